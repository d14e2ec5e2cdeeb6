"""Bike trips: instants, places, and what is not published about the rider."""

import datetime as dt
from pathlib import Path

import pytest

from data_sources.draft import Cleaned
from tests.cleaning import clean, clean_published

HEADER = (
    "bicycle_id,rent_time,rent_station_no,rent_rack,return_time,return_station_no,return_rack,"
    "use_time_min,use_dist_m,birth_year,gender,user_type,bicycle_type"
)
TRIP = (
    "SPB-02041,2018-01-01 00:30:03,2315,9,2018-01-01 00:38:04,349,7,"
    "7,1290.0,1979,M,내국인,LCD자전거"
)
KOREAN_HEADER = (
    "자전거번호,대여일시,대여 대여소번호,대여 대여소명,대여거치대,반납일시,반납대여소번호,"
    "반납대여소명,반납거치대,이용시간(분),이용거리(M),생년,성별,이용자종류,대여대여소ID,"
    "반납대여소ID,자전거구분"
)
KOREAN_TRIP = (
    "SPB-02041,2018-01-01 00:30:03,02315,봉은사역,9,2018-01-01 00:38:04,00349,어딘가,7,"
    "7,1290.00,1979,M,내국인,ST-799,ST-1,LCD자전거"
)
STATIONS = (
    "연번, 구분,대여소ID,대여소번호,대여소명,거치대수,위도,경도\r\n"
    "1,강남구,ST-799,2315,2315. 봉은사역 5번출구 옆,10,37.514248,127.061119\r\n"
)


def _clean(folder: Path, *trips: str, header: str = HEADER, encoding: str = "utf-8") -> Cleaned:
    text = "\n".join([header, *trips]) + "\n"
    files: dict[str, str | bytes] = {
        "trips.csv": text.encode(encoding),
        "stations.csv": STATIONS.encode("cp949"),
    }
    return clean("bike_trips", files, folder)


def _changed(**values: str) -> str:
    names = HEADER.split(",")
    fields = dict(zip(names, TRIP.split(","), strict=True))
    return ",".join((fields | values).values())


def test_times_of_seoul_become_instants(tmp_path: Path) -> None:
    trip = _clean(tmp_path, TRIP).frame.row(0, named=True)
    assert trip["rented_at"] == dt.datetime(2017, 12, 31, 15, 30, 3, tzinfo=dt.UTC)
    assert trip["returned_at"] == dt.datetime(2017, 12, 31, 15, 38, 4, tzinfo=dt.UTC)


def test_a_trip_stands_where_it_began(tmp_path: Path) -> None:
    trip = _clean(tmp_path, TRIP).frame.row(0, named=True)
    assert (trip["lon"], trip["lat"], trip["district_code"]) == (127.061119, 37.514248, "11680")
    assert (trip["from_station_name"], trip["to_station_number"]) == ("봉은사역 5번출구 옆", "349")


def test_a_trip_from_a_station_nobody_lists_is_published_without_a_place(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, _changed(rent_station_no="99999"))
    assert cleaned.frame.select("lon", "lat", "district_code", "trips").rows() == [
        (None, None, None, 1)
    ]


def test_korean_headers_give_the_same_trip(tmp_path: Path) -> None:
    korean = _clean(tmp_path / "ko", KOREAN_TRIP, header=KOREAN_HEADER)
    assert korean.frame.equals(_clean(tmp_path / "en", TRIP).frame)


def test_encoding_does_not_change_a_trip(tmp_path: Path) -> None:
    old = _clean(tmp_path / "old", TRIP, encoding="cp949")
    new = _clean(tmp_path / "new", TRIP, encoding="utf-8-sig")
    assert old.frame.equals(new.frame)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("2000", "10"),
        ("1979", "30"),
        ("1948", "70"),
        ("1919", "70"),
        ("1918", "unknown"),
        ("2019", "unknown"),
        ("0000", "unknown"),
        (r"\N", "unknown"),
    ],
)
def test_a_year_of_birth_becomes_a_band_of_ten_years(born: str, band: str, tmp_path: Path) -> None:
    frame = _clean(tmp_path, _changed(birth_year=born)).frame
    assert frame.get_column("age_band").to_list() == [band]


def test_sex_and_rider_not_given_are_unknown(tmp_path: Path) -> None:
    frame = _clean(tmp_path, _changed(gender=r"\N", user_type=r"\N")).frame
    assert frame.select("sex", "rider_type").rows() == [("unknown", "unknown")]


def test_bicycle_and_year_of_birth_are_nowhere(tmp_path: Path) -> None:
    early = _changed(return_time="2018-01-01 00:00:00")
    cleaned = _clean(tmp_path, TRIP, early)
    assert cleaned.rejects.height == 1
    kept = cleaned.frame.write_json() + cleaned.rejects.write_json()
    assert "SPB-02041" not in kept
    assert "1979" not in kept


def test_a_return_before_the_rental_is_rejected(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, _changed(return_time="2018-01-01 00:30:02"))
    assert cleaned.rejects.get_column("reason").to_list() == ["returned before it was rented"]


def test_a_time_that_is_none_is_rejected_at_its_row(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, TRIP, _changed(rent_time="2018-02-30 00:00:00"))
    assert cleaned.rejects.select("reason", "source_row").rows() == [("rented_at is not a time", 3)]


@pytest.mark.parametrize(
    ("minutes", "metres", "kept"),
    [("60", "40000.0", 40_000.0), ("60", "40010.0", None), ("0", "10.0", None), ("0", "0.0", 0.0)],
)
def test_a_distance_no_rider_can_cover_is_left_empty(
    minutes: str, metres: str, kept: float | None, tmp_path: Path
) -> None:
    cleaned = _clean(tmp_path, _changed(use_time_min=minutes, use_dist_m=metres))
    assert cleaned.frame.get_column("distance_m").to_list() == [kept]


def test_two_trips_from_a_station_in_one_second_are_both_kept(tmp_path: Path) -> None:
    frame = _clean(tmp_path, TRIP, _changed(bicycle_id="SPB-00001", rent_rack="1")).frame
    assert frame.get_column("entry_number").to_list() == [1, 2]


def test_the_same_trips_in_a_second_file_are_rejected(tmp_path: Path) -> None:
    text = f"{HEADER}\n{TRIP}\n"
    files: dict[str, str | bytes] = {
        "jan.csv": text,
        "jan_cp949.csv": text.encode("cp949"),
        "stations.csv": STATIONS.encode("cp949"),
    }
    cleaned = clean("bike_trips", files, tmp_path)
    assert (cleaned.frame.height, cleaned.rejects.height) == (1, 1)


def test_stations_of_every_list_are_known(tmp_path: Path) -> None:
    header, station = STATIONS.splitlines(keepends=True)
    (tmp_path / "trips.csv").write_text(f"{HEADER}\n{TRIP}\n", "utf-8")
    (tmp_path / "list_1.csv").write_text(header + station, "utf-8")
    (tmp_path / "list_2.csv").write_text(header + station.replace("2315", "1"), "utf-8")
    cleaned = clean_published("bike_trips", tmp_path, ("trips.csv", "list_*.csv"))
    assert cleaned.frame.get_column("district_code").to_list() == ["11680"]
