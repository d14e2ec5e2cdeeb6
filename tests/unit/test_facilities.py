"""Fire stations and hospitals: metres of two kinds become degrees, offices become districts."""

import datetime as dt
from pathlib import Path

import polars as pl
import pyproj
import pytest

from cityboard.errors import SourceError
from data_sources.draft import Cleaned
from tests.cleaning import clean, seoul

STATIONS = (
    "\ufeff연번,서ㆍ센터ID,서ㆍ센터명,유형구분명,도서지역포함여부,상위서ㆍ센터ID,일련번호,"
    "X좌표,Y좌표\n"
)
HOSPITALS = (
    "\ufeff개방자치단체코드,관리번호,인허가일자,영업상태명,폐업일자,전화번호,지번주소,도로명주소,사업장명,"
    "업태구분명,좌표정보(X),좌표정보(Y),병상수\n"
)
METRE = 1e-5  # degrees


def _stations(tmp_path: Path, *rows: str) -> Cleaned:
    return clean("fire_stations", {"stations.csv": STATIONS + "\n".join(rows) + "\n"}, tmp_path)


def _hospitals(tmp_path: Path, *rows: str) -> Cleaned:
    return clean("hospitals", {"hospitals.csv": HOSPITALS + "\n".join(rows) + "\n"}, tmp_path)


def test_a_fire_station_stands_where_others_geocoded_it(tmp_path: Path) -> None:
    row = "1,1116000,관악소방서,소방서, ,1100000,43,195785.5015,541613.1799"
    frame = _stations(tmp_path, row).frame
    assert frame.select("lon", "lat").row(0) == pytest.approx(
        (126.95235494891779, 37.473942757901284), abs=METRE
    )
    assert frame.select("station_kind", "district_code").row(0) == ("station", "11620")


def _distances(tmp_path: Path, *rows: str) -> Cleaned:
    content = STATIONS + "\n".join(rows) + "\n"
    return clean("fire_station_distances", {"stations.csv": content}, tmp_path)


def test_every_neighbourhood_is_told_its_nearest_station(tmp_path: Path) -> None:
    middle = seoul().area("11110515")
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:5186", always_xy=True)
    x, y = to_metres.transform(middle.lon, middle.lat)
    near = f"1,1,가까운소방서,소방서, ,,1,{x + 300},{y - 400}"
    far = f"2,2,먼119안전센터,안전센터/구조대, ,1,2,{x + 3000},{y - 4000}"
    frame = _distances(tmp_path, far, near, "3,3,서울 밖,소방서, ,,3,,").frame
    assert frame.height == len(seoul().areas("neighbourhood"))
    row = frame.row(by_predicate=pl.col("neighbourhood_code") == middle.code)
    assert row == (middle.code, "가까운소방서", "station", 500)


def test_distances_need_a_station_in_the_city(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="none of its fire stations stands in the city"):
        _distances(tmp_path, "1,1,서울 밖,소방서, ,,1,,")


def test_a_rescue_unit_names_the_station_it_belongs_to(tmp_path: Path) -> None:
    frame = _stations(
        tmp_path,
        "7,1116402,구조대,안전센터/구조대, ,1116000,49,195787.3454,541603.89",
        "1,1116000,관악소방서,소방서, ,1100000,43,195785.5015,541613.1799",
    ).frame
    assert frame.select("station_name", "station_kind", "parent_name").rows() == [
        ("관악소방서", "station", None),
        ("구조대", "centre_or_rescue_unit", "관악소방서"),
    ]


@pytest.mark.parametrize(("x", "reason"), [("0", "outside the city"), ("", "lon is missing")])
def test_a_fire_station_without_a_place_is_rejected(tmp_path: Path, x: str, reason: str) -> None:
    rejects = _stations(tmp_path, f"1,1,가,소방서, ,1100000,43,{x},541613.2").rejects
    assert reason in rejects.item(0, "reason")


def _hospital(
    *, office: str = "3000000", licensed: str = "19770217", state: str = "영업/정상", x: str = ""
) -> str:
    y = "451678.7875" if x else ""
    closed = "" if state == "영업/정상" else "20181001"
    return (
        f"{office},PHMA1,{licensed},{state},{closed},02-123-4567,,서울,적십자병원,종합병원,{x},{y},"
    )


def test_a_hospital_stands_within_streets_of_where_others_geocoded_it(tmp_path: Path) -> None:
    frame = _hospitals(tmp_path, _hospital(x="197013.4902")).frame
    assert frame.select("lon", "lat").row(0) == pytest.approx((126.96700, 37.56708), abs=50 * METRE)


def test_a_hospital_without_coordinates_is_published_in_its_office_s_district(
    tmp_path: Path,
) -> None:
    frame = _hospitals(tmp_path, _hospital(office="3240000")).frame
    assert frame.select("lon", "lat", "district_code", "beds").row(0) == (None, None, "11740", None)


@pytest.mark.parametrize(
    ("written", "state", "is_open"),
    [
        ("영업/정상", "open", 1),
        ("휴업", "suspended", 0),
        ("폐업", "closed", 0),
        ("취소/말소/만료/정지/중지", "cancelled", 0),
        ("제외/삭제/전출", "moved_away", 0),
    ],
)
def test_only_working_hospitals_count_as_open(
    tmp_path: Path, written: str, state: str, is_open: int
) -> None:
    frame = _hospitals(tmp_path, _hospital(state=written)).frame
    assert frame.select("state", "open_hospitals").row(0) == (state, is_open)


@pytest.mark.parametrize(
    ("written", "day"), [("19770217", dt.date(1977, 2, 17)), ("19000101", None), ("", None)]
)
def test_a_licence_of_1900_is_of_an_unknown_day(
    tmp_path: Path, written: str, day: dt.date | None
) -> None:
    frame = _hospitals(tmp_path, _hospital(licensed=written)).frame
    assert frame.item(0, "licensed_date") == day


def test_an_office_outside_the_city_is_rejected(tmp_path: Path) -> None:
    rejects = _hospitals(tmp_path, _hospital(office="3250000")).rejects
    assert rejects.get_column("reason").to_list() == ["district_code is missing"]
    assert "02-123-4567" not in rejects.item(0, "row")
