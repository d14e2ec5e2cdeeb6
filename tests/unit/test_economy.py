"""Work and trade: records of items become years, maps of districts become days."""

import datetime as dt
import json
from pathlib import Path

import pytest

from cityboard.errors import ContractError, SourceError
from data_sources.draft import Cleaned
from tests.cleaning import clean

ITEMS = {
    "population_15_over": 800_000.0,
    "economically_active": 500_000.0,
    "employed": 480_000.0,
    "unemployed": 20_000.0,
    "economically_inactive": 300_000.0,
    "labor_force_participation_rate": 62.5,
    "unemployment_rate": 4.0,
    "employment_rate": 60.0,
    "employment_rate_15_64": 66.1,
}


def _records(region: str, year: int = 2024) -> list[dict[str, object]]:
    return [{"region": region, "year": year, "item": k, "value": v} for k, v in ITEMS.items()]


def _labour_force(tmp_path: Path, records: list[dict[str, object]]) -> Cleaned:
    return clean("labour_force", {"long.json": json.dumps(records)}, tmp_path)


def test_the_items_of_a_year_become_its_row(tmp_path: Path) -> None:
    frame = _labour_force(tmp_path, _records("서울특별시")).frame
    columns = ("year_start_date", "employed_persons", "employment_rate_pct")
    assert frame.select(columns).rows() == [(dt.date(2024, 1, 1), 480_000, 60.0)]


def test_other_regions_are_kept_as_rejects(tmp_path: Path) -> None:
    cleaned = _labour_force(tmp_path, _records("전국") + _records("서울특별시"))
    assert cleaned.frame.height == 1
    rejects = cleaned.rejects.select("reason", "source_row").rows()
    assert rejects == [("another region", 1)]


def test_a_year_that_lacks_an_item_is_rejected(tmp_path: Path) -> None:
    records = _records("서울특별시")[1:] + _records("전국")
    reasons = _labour_force(tmp_path, records).rejects.get_column("reason").to_list()
    assert "persons_15_plus is missing" in reasons


@pytest.mark.parametrize("content", ['{"region": 1}', "[]", "[1, 2]", '[{"region": "서울"}]', "[{"])
def test_a_file_that_holds_no_such_records_is_named(tmp_path: Path, content: str) -> None:
    with pytest.raises(SourceError, match=r"long\.json"):
        clean("labour_force", {"long.json": content}, tmp_path)


def test_every_district_has_its_days(tmp_path: Path) -> None:
    def day(date: str, amount: object) -> dict[str, object]:
        return {"date": date, "temp_max": 7.1, "retail_total_amount": amount}

    content = {
        "11110": [day("2024-01-01", 2_864_400_559.0), day("2024-01-02", 3.0)],
        "11140": [day("2024-01-01", -1.0)],
    }
    cleaned = clean("retail_card_sales", {"daily.json": json.dumps(content)}, tmp_path)
    assert cleaned.frame.rows() == [
        (dt.date(2024, 1, 1), "11110", 2_864_400_559),
        (dt.date(2024, 1, 2), "11110", 3),
    ]
    assert cleaned.rejects.get_column("reason").to_list() == ["sales_krw below 0"]


def test_arrivals_stand_in_the_first_day_of_their_month(tmp_path: Path) -> None:
    content = "yyyymm,arrivals_persons,source_tbl\n202201,81851,B\n202513,1,B\n"
    cleaned = clean("foreign_arrivals", {"arrivals.csv": content}, tmp_path)
    assert cleaned.frame.rows() == [(dt.date(2022, 1, 1), 81_851)]
    assert cleaned.rejects.get_column("reason").to_list() == ["month is missing"]


def test_a_renamed_column_of_arrivals_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"arrivals\.csv: no column for arrivals"):
        clean("foreign_arrivals", {"arrivals.csv": "yyyymm,persons\n202201,1\n"}, tmp_path)
