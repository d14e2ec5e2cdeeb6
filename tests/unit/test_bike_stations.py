"""Bike stations: pages with numbers as text, and every dialect of the lists."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data_sources.bike_stations import station_list
from data_sources.draft import Cleaned
from tests.cleaning import clean

ROW = {
    "STA_LOC": "마포구",
    "RENT_ID": "ST-10",
    "RENT_NO": "00108",
    "RENT_NM": "서교동 사거리",
    "RENT_ID_NM": "108. 서교동 사거리",
    "HOLD_NUM": "12",
    "STA_ADD1": "서울특별시 마포구 양화로 93",
    "STA_ADD2": "427",
    "STA_LAT": "37.55274582",
    "STA_LONG": "126.91861725",
    "START_INDEX": 0,
    "RNUM": "1",
}
LIST_2018 = (
    "연번, 구분,대여소ID,대여소번호,대여소명,거치대수,위도,경도\r\n"
    "1,강남구,ST-799,2315,2315. 봉은사역 5번출구 옆,10,37.514248,127.061119\r\n"
)
LIST_2021 = (
    '"대여소\n번호",보관소(대여소)명,소재지(위치),,,,"설치\n시기",설치형태,,"운영\n방식"\r\n'
    ",,,,,,,LCD,QR,\r\n"
    ",,자치구,상세주소,위도,경도,,,,\r\n"
    ',,,,,,,"거치\n대수","거치\n대수",\r\n'
    ",,,,,,,,,\r\n"
    "301,경복궁역 7번출구 앞,종로구,사직로 지하130,37.575794,126.971451,2015-10-07,16,2,LCD\r\n"
    ",,,,,,,,,\r\n"
)
MASTER = (
    '"대여소_ID","주소1","주소2","위도","경도"\n'
    '"ST-999","서울특별시 양천구 목동서로 280","8단지 상가동","0.000000","0.000000"\n'
    '"ST-997","서울특별시 양천구 목동중앙로 49","정류장","37.534390","126.869598"\n'
)


def _page(*rows: dict[str, Any]) -> str:
    result = {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다."}
    count = str(len(rows))
    page = {"stationInfo": {"list_total_count": count, "RESULT": result, "row": rows}}
    return json.dumps(page, ensure_ascii=False)


def _clean(folder: Path, *rows: dict[str, Any]) -> Cleaned:
    return clean("bike_stations", {"page_1_1000.json": _page(*rows)}, folder)


def _list(folder: Path, content: str, encoding: str = "cp949") -> pl.DataFrame:
    path = folder / "stations.csv"
    path.write_bytes(content.encode(encoding))
    return station_list(path)


def test_numbers_written_as_text_become_numbers(tmp_path: Path) -> None:
    station = _clean(tmp_path, ROW).frame.row(0, named=True)
    assert (station["racks"], station["lon"], station["lat"]) == (12, 126.91861725, 37.55274582)
    assert (station["station_number"], station["district_code"]) == ("108", "11440")


def test_a_station_at_zero_degrees_is_published_without_a_position(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, ROW | {"STA_LAT": "0", "STA_LONG": "0"})
    assert cleaned.frame.select("lon", "lat", "racks").rows() == [(None, None, 12)]


def test_a_station_without_racks_is_published(tmp_path: Path) -> None:
    assert _clean(tmp_path, ROW | {"HOLD_NUM": ""}).frame.get_column("racks").to_list() == [None]


def test_a_station_sent_twice_is_kept_once(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, ROW, ROW)
    assert (cleaned.frame.height, cleaned.rejects.height) == (1, 1)


def test_a_station_that_nothing_names_is_rejected(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, ROW, ROW | {"RENT_ID": "", "RENT_NO": ""})
    reasons = cleaned.rejects.get_column("reason").to_list()
    assert reasons == ["station has neither id nor number"]


def test_the_list_of_2018_has_spaces_in_its_header(tmp_path: Path) -> None:
    station = _list(tmp_path, LIST_2018).row(0, named=True)
    assert (station["district_name"], station["station_id"]) == ("강남구", "ST-799")
    assert (station["station_number"], station["station_name"]) == ("2315", "봉은사역 5번출구 옆")


def test_the_list_of_2021_has_line_ends_in_its_header(tmp_path: Path) -> None:
    stations = _list(tmp_path, LIST_2021)
    columns = ["station_number", "district_name", "racks", "lat", "source_row"]
    assert stations.select(columns).rows() == [
        ("301", "종로구", "18", "37.575794", 6),
        (None, None, None, None, 7),
    ]


def test_a_master_list_has_no_position_where_it_says_zero(tmp_path: Path) -> None:
    stations = _list(tmp_path, MASTER).select("station_id", "lon", "lat")
    assert stations.rows() == [("ST-999", None, None), ("ST-997", "126.869598", "37.534390")]


@pytest.mark.parametrize(
    ("city", "district"), [("서울특별시", "양천구"), ("서울", "양천구"), ("경기도", None)]
)
def test_a_master_list_takes_the_district_from_an_address_in_seoul(
    city: str, district: str | None, tmp_path: Path
) -> None:
    stations = _list(tmp_path, MASTER.replace("서울특별시", city))
    assert stations.get_column("district_name").to_list() == [district, district]


def test_encoding_does_not_change_a_list(tmp_path: Path) -> None:
    assert _list(tmp_path, LIST_2018, "utf-8-sig").equals(_list(tmp_path, LIST_2018, "cp949"))
