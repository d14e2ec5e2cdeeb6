"""Subway: three generations of headers, one that lies, names that changed, a place named twice."""

import datetime as dt
from pathlib import Path

import pytest

from data_sources.draft import Cleaned
from tests.cleaning import clean, clean_published

OLD = '"사용일자","노선명","역ID","역명",승차총승객수,하차총승객수,"등록일자"\n'
NEW = '"사용일자","호선명","역명","승차총승객수","하차총승객수","등록일자"\n'
RENAMED = "date,line_name,st_name,on_num,off_num,reg_date\n"
STATIONS = (
    "station_id,line,name,station_nm_eng,station_cd,lat,lng\n"
    "1,4호선,서울,Seoul Station,0426,37.552810,126.972556\n"
    "2,5호선,양평,Yangpyeong,2523,37.525569,126.885943\n"
    "3,경의중앙선,양평,Yangpyeong,1217,37.492773,127.491837\n"
    "4,1호선,용산,Yongsan,0152,37.529849,126.964561\n"
)
SEOUL_STATION = '"20200601","4호선","서울역","5893","4899","20200604"\n'


def _clean(folder: Path, *months: str | bytes) -> Cleaned:
    files = {f"month_{n}.csv": month for n, month in enumerate(months)}
    return clean("subway_boardings_daily", {**files, "stations.csv": STATIONS}, folder)


@pytest.mark.parametrize(
    "month",
    [
        OLD + '"20200601","4호선","0426","서울역",5893,4899,"20200604"\n',
        OLD + '"20200601","4호선","0426","서울역","5893.0","4899.0","20200604",""\n',
        NEW + SEOUL_STATION,
        RENAMED + "20200601,4호선,서울역,5893,4899,20200604\n",
        ("\ufeff" + NEW + SEOUL_STATION).encode(),
        (NEW + SEOUL_STATION.replace("\n", "\r\n")).encode("cp949"),
    ],
    ids=["with id", "decimal and comma", "without id", "English", "BOM", "CP949 and CRLF"],
)
def test_every_generation_gives_the_same_row(month: str | bytes, tmp_path: Path) -> None:
    row = _clean(tmp_path, month).frame.row(0, named=True)
    assert (row["boarding_date"], row["line_name"]) == (dt.date(2020, 6, 1), "4호선")
    assert (row["station_name"], row["boardings"], row["alightings"]) == ("서울역", 5893, 4899)


def test_a_header_may_claim_a_station_id_that_no_row_has(tmp_path: Path) -> None:
    month = OLD + '"20200601","4호선","서울역","5893","4899","20200604",""\n'
    row = _clean(tmp_path, month).frame.row(0, named=True)
    assert (row["station_name"], row["boardings"], row["alightings"]) == ("서울역", 5893, 4899)


def test_what_stands_in_brackets_after_a_name_is_left_out(tmp_path: Path) -> None:
    month = NEW + '"20200601","4호선","회현(남대문시장)","1","2","20200604"\n'
    assert _clean(tmp_path, month).frame.get_column("station_name").to_list() == ["회현"]


def test_a_station_under_its_former_name_has_its_place(tmp_path: Path) -> None:
    row = _clean(tmp_path, NEW + SEOUL_STATION).frame.row(0, named=True)
    assert (row["lon"], row["lat"], row["district_code"]) == (126.972556, 37.55281, "11170")


def test_a_line_of_the_operators_is_found_on_the_map_s_line(tmp_path: Path) -> None:
    month = NEW + '"20200601","경원선","용산","1","2","20200604"\n'
    assert _clean(tmp_path, month).frame.get_column("lat").to_list() == [37.529849]


def test_a_station_that_only_another_line_lists_is_found_by_name(tmp_path: Path) -> None:
    month = NEW + '"20200601","경춘선","용산","1","2","20200604"\n'
    assert _clean(tmp_path, month).frame.get_column("lat").to_list() == [37.529849]


def test_the_far_yangpyeong_is_not_put_into_seoul(tmp_path: Path) -> None:
    month = NEW + (
        '"20200601","5호선","양평","1","2","20200604"\n'
        '"20200601","중앙선","양평","3","4","20200604"\n'
    )
    frame = _clean(tmp_path, month).frame.sort("boardings")
    assert frame.select("boardings", "lon", "district_code").rows() == [
        (1, 126.885943, "11560"),
        (3, None, None),
    ]


def test_a_station_nobody_lists_is_published_without_a_place(tmp_path: Path) -> None:
    month = NEW + '"20200601","4호선","새역","1","2","20200604"\n'
    assert _clean(tmp_path, month).frame.select("boardings", "lon").rows() == [(1, None)]


def test_two_counts_of_a_station_on_a_day_are_both_kept(tmp_path: Path) -> None:
    month = OLD + (
        '"20171130","경의선","1251","서울역",3139,4077,"20171203"\n'
        '"20171130","경의선","1291","서울역",1,0,"20171203"\n'
    )
    frame = _clean(tmp_path, month).frame
    assert frame.select("entry_number", "boardings").rows() == [(1, 3139), (2, 1)]


def test_a_month_that_comes_twice_is_counted_once(tmp_path: Path) -> None:
    month = NEW + SEOUL_STATION
    cleaned = _clean(tmp_path, month, month)
    assert (cleaned.frame.height, cleaned.rejects.height) == (1, 1)


def test_a_day_and_a_count_that_are_none_are_rejected_with_their_row(tmp_path: Path) -> None:
    month = NEW + (
        '"20200631","4호선","서울역","1","2","20200604"\n'
        '"20200601","4호선","서울역","-","2","20200604"\n'
        '"20200602","4호선","서울역","-3","2","20200604"\n'
    )
    rejects = _clean(tmp_path, month).rejects
    assert rejects.select("reason", "source_row").rows() == [
        ("boarding_date is not a date", 2),
        ("boardings is not a whole number", 3),
        ("boardings below 0", 4),
    ]


def test_a_station_has_both_names_and_its_district(tmp_path: Path) -> None:
    cleaned = clean("subway_stations", {"stations.csv": STATIONS}, tmp_path)
    assert cleaned.frame.row(0, named=True) == {
        "station_code": "0152",
        "station_name": "용산",
        "station_name_en": "Yongsan",
        "line_name": "1호선",
        "district_code": "11170",
        "lon": 126.964561,
        "lat": 37.529849,
    }


def test_a_station_beyond_the_map_is_rejected(tmp_path: Path) -> None:
    cleaned = clean("subway_stations", {"stations.csv": STATIONS}, tmp_path)
    assert cleaned.rejects.select("reason", "source_row").rows() == [
        ("coordinates outside the city", 4)
    ]


def test_stations_of_every_list_are_known_and_a_row_stays_one(tmp_path: Path) -> None:
    header, *stations = STATIONS.splitlines(keepends=True)
    (tmp_path / "month.csv").write_text(NEW + SEOUL_STATION, "utf-8")
    (tmp_path / "list_1.csv").write_text(header + stations[3], "utf-8")
    (tmp_path / "list_2.csv").write_text(header + stations[0] + stations[0], "utf-8")
    cleaned = clean_published("subway_boardings_daily", tmp_path, ("month.csv", "list_*.csv"))
    assert (cleaned.rows_in, cleaned.frame.item(0, "lon")) == (1, 126.972556)
