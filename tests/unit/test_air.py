"""Air quality: renamed headers, two encodings, hour 24, and what counts as not measured."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cityboard.errors import ContractError, SourceError
from tests.cleaning import clean
from tests.workbooks import workbook

STATIONS = (
    "측정일시,측정소명,이산화질소농도(ppm),오존농도(ppm),일산화탄소농도(ppm),아황산가스농도(ppm),"
    "미세먼지농도(㎍/㎥),초미세먼지농도(㎍/㎥)\n"
)
CITY = ",일시,초미세먼지,미세먼지,오존,이산화탄소,일산화탄소,아황산가스\n"


def _stations(tmp_path: Path, *rows: str):
    content = (STATIONS + "\n".join(rows) + "\n").encode("cp949")
    return clean("air_quality_daily", {"2022.csv": content}, tmp_path)


def _city(tmp_path: Path, *rows: str):
    return clean("air_quality_hourly", {"air.csv": CITY + "\n".join(rows) + "\n"}, tmp_path)


def test_a_station_named_like_a_district_stands_for_it(tmp_path: Path) -> None:
    cleaned = _stations(
        tmp_path, "20220101,강남구,0.029,0.014,0.5,0.003,25,12", "20220101,강남대로,,,,,30,20"
    )
    rows = cleaned.frame.select("station_name", "district_code", "station_kind").rows()
    assert rows == [("강남구", "11680", "district"), ("강남대로", None, "other")]


def test_carbon_dioxide_in_the_workbooks_is_carbon_monoxide(tmp_path: Path) -> None:
    header = (
        *("측정일시", "측정소명", "이산화질소농도(ppm)", "오존농도(ppm)", "이산화탄소농도(ppm)"),
        *("아황산가스(ppm)", "미세먼지(㎍/㎥)", "초미세먼지(㎍/㎥)"),
    )
    content = workbook(header, (20140101, "강남구", 0.031, 0.016, 0.5, 0.01, 117, ""))
    frame = clean("air_quality_daily", {"2014.xlsx": content}, tmp_path).frame
    assert frame.row(0, named=True) == {
        "measured_date": dt.date(2014, 1, 1),
        "station_name": "강남구",
        "district_code": "11680",
        "station_kind": "district",
        "no2_ppm": 0.031,
        "o3_ppm": 0.016,
        "co_ppm": 0.5,
        "so2_ppm": 0.01,
        "pm10_ug_m3": 117.0,
        "pm25_ug_m3": None,
        "cai": 179,
    }


def test_carbon_dioxide_in_the_hourly_file_is_nitrogen_dioxide(tmp_path: Path) -> None:
    frame = _city(tmp_path, "0,2018-01-01 01:00,17,31,0.018,0.021,0.4,0.005").frame
    assert frame.select("no2_ppm", "co_ppm").row(0) == (0.021, 0.4)


@pytest.mark.parametrize(("stamp", "hour"), [("01:00", 0), ("13:00", 12), ("24:00", 23)])
def test_an_hour_stamped_with_its_end_is_told_by_its_beginning(
    tmp_path: Path, stamp: str, hour: int
) -> None:
    frame = _city(tmp_path, f"0,2022-12-31 {stamp},57,63,0.002,0.062,1.3,0.004").frame
    local = frame.item(0, "measured_at").astimezone(ZoneInfo("Asia/Seoul"))
    assert (local.date(), local.hour) == (dt.date(2022, 12, 31), hour)


@pytest.mark.parametrize(
    "time", ["2022-12-31 25:00", "2022-12-31 00:00", "2022-13-31 01:00", "2022-12-31"]
)
def test_a_time_that_does_not_exist_is_rejected(tmp_path: Path, time: str) -> None:
    cleaned = _city(tmp_path, f"0,{time},57,63,0.002,0.062,1.3,0.004")
    assert cleaned.frame.is_empty()
    assert cleaned.rejects.item(0, "reason") == "measured_at is missing"
    assert time in cleaned.rejects.item(0, "row")


def test_hours_of_every_file_are_read(tmp_path: Path) -> None:
    values = "17,31,0.018,0.021,0.4,0.005"
    files = {f"{year}.csv": f"{CITY}0,{year}-01-01 01:00,{values}\n" for year in (2021, 2022)}
    assert clean("air_quality_hourly", files, tmp_path).frame.height == 2


def test_an_hour_published_twice_is_kept_once(tmp_path: Path) -> None:
    row = "0,2019-12-01 01:00,26,46,0.006,0.045,0.6,0.004"
    cleaned = _city(tmp_path, row, row)
    assert cleaned.frame.height == 1
    assert cleaned.rejects.item(0, "reason") == "duplicate key (measured_at)"


@pytest.mark.parametrize("nothing", ["", "-", " "])
def test_what_was_not_measured_is_missing_not_zero(tmp_path: Path, nothing: str) -> None:
    frame = _city(tmp_path, f"0,2018-01-01 01:00,17,31,0.018,0.021,{nothing},0.005").frame
    assert frame.item(0, "co_ppm") is None
    assert frame.item(0, "pm25_ug_m3") == 17


def test_a_zero_is_kept_as_published(tmp_path: Path) -> None:
    frame = _stations(tmp_path, "20191130,도산대로,0.05,0,0.9,0.003,60,40").frame
    assert frame.item(0, "o3_ppm") == 0


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ("0.03,0.278,0.5,0.003,25,12", "o3_ppm above 0.15"),
        ("0.03,0.01,25.1,0.003,25,12", "co_ppm above 10"),
        ("0.03,0.01,0.5,0.14,25,12", "so2_ppm above 0.1"),
        ("-0.01,0.01,0.5,0.003,25,12", "no2_ppm below 0"),
        ("0.03,0.01,0.5,0.003,25,통신장애", "pm25_ug_m3 is not a number"),
    ],
)
def test_an_impossible_value_is_rejected_with_its_reason(
    tmp_path: Path, values: str, reason: str
) -> None:
    cleaned = _stations(tmp_path, f"20160724,화랑로,{values}")
    assert cleaned.rejects.get_column("reason").to_list() == [reason]
    assert cleaned.rejects.select("source_file", "source_row").row(0) == ("2022.csv", 2)


def test_an_unknown_header_is_named(tmp_path: Path) -> None:
    renamed = STATIONS.replace("오존농도(ppm)", "O₃") + "20220101,강남구,0,0,0,0,0,0\n"
    with pytest.raises(ContractError, match="no column o3_ppm"):
        clean("air_quality_daily", {"2022.csv": renamed}, tmp_path)


def test_a_workbook_cut_short_is_named(tmp_path: Path) -> None:
    cut = workbook(("측정일시",))[:200]
    with pytest.raises(SourceError, match=r"2014\.xlsx"):
        clean("air_quality_daily", {"2014.xlsx": cut}, tmp_path)
