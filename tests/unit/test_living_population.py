"""Living population: hours of the city's own day, codes of both levels, one row a cell."""

import datetime as dt
import json
from pathlib import Path

import pytest

from cityboard.errors import SourceError
from tests.cleaning import clean

HEADER = "\ufeff기준일ID,시간대구분,자치구코드,총생활인구수\r\n"
SAJIK, GANGNAM = "11110530", "11680"


def _districts(tmp_path: Path, *rows: str):
    content = HEADER + "\r\n".join(rows) + "\r\n"
    return clean("living_population_district_hourly", {"gu.csv": content}, tmp_path)


def _week(tmp_path: Path, *rows: tuple[int, list[float]], monday: str = "20190304"):
    content = json.dumps([{"code_8": code, "id": 1, "t": hours} for code, hours in rows])
    files = {f"{monday}/whole.json": content}
    return clean("living_population_neighbourhood_hourly", files, tmp_path)


def test_the_first_hour_of_a_day_in_seoul_is_the_afternoon_before_in_utc(tmp_path: Path) -> None:
    frame = _districts(tmp_path, "20240605,00,11680,512345.6789").frame
    assert frame.row(0) == (dt.datetime(2024, 6, 4, 15, tzinfo=dt.UTC), 0, GANGNAM, 512345.6789)


@pytest.mark.parametrize("row", ["20240605,24,11680,1.0", "20240631,00,11680,1.0"])
def test_an_hour_that_does_not_exist_is_rejected(tmp_path: Path, row: str) -> None:
    cleaned = _districts(tmp_path, row)
    assert cleaned.frame.is_empty()
    assert cleaned.rejects.item(0, "reason") == "observed_at is missing"


def test_a_district_that_is_not_of_seoul_is_rejected(tmp_path: Path) -> None:
    cleaned = _districts(tmp_path, "20240605,00,41135,1.0")
    assert cleaned.rejects.item(0, "reason") == "district_code is not an area of the catalogue"


def test_the_same_district_and_hour_twice_is_kept_once(tmp_path: Path) -> None:
    cleaned = _districts(tmp_path, "20240605,00,11680,1.0", "20240605,00,11680,2.0")
    assert cleaned.frame.get_column("persons").to_list() == [1.0]
    assert cleaned.rejects.height == 1


def test_every_hour_of_a_week_becomes_a_row(tmp_path: Path) -> None:
    frame = _week(tmp_path, (int(SAJIK), [float(n) for n in range(168)])).frame
    assert frame.height == 168
    first, last = frame.row(0), frame.row(-1)
    assert first == (dt.datetime(2019, 3, 3, 15, tzinfo=dt.UTC), 0, SAJIK, 0.0)
    assert last == (dt.datetime(2019, 3, 10, 14, tzinfo=dt.UTC), 23, SAJIK, 167.0)


def test_every_week_there_is_is_read(tmp_path: Path) -> None:
    week = json.dumps([{"code_8": int(SAJIK), "t": [1, 2]}])
    files = {"20190304/whole.json": week, "20200309/whole.json": week}
    frame = clean("living_population_neighbourhood_hourly", files, tmp_path).frame
    assert frame.get_column("observed_at").dt.year().to_list() == [2019, 2019, 2020, 2020]


def test_an_hour_without_a_count_is_rejected(tmp_path: Path) -> None:
    cleaned = _week(tmp_path, (int(SAJIK), [1, None]))
    assert cleaned.frame.height == 1
    assert cleaned.rejects.item(0, "reason") == "persons is missing"


def test_a_folder_that_is_no_day_rejects_its_hours(tmp_path: Path) -> None:
    cleaned = _week(tmp_path, (int(SAJIK), [1.0, 2.0]), monday="latest")
    assert cleaned.frame.is_empty()
    assert cleaned.rejects.get_column("reason").unique().to_list() == ["observed_at is missing"]


@pytest.mark.parametrize("content", ["[{", '[{"id": 1}]', '{"t": {}}'])
def test_a_file_that_is_no_week_is_named(tmp_path: Path, content: str) -> None:
    with pytest.raises(SourceError, match=r"whole\.json"):
        clean("living_population_neighbourhood_hourly", {"20190304/whole.json": content}, tmp_path)
