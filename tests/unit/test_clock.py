"""The city's clock: days and months as publishers write them, and hours that were put forward."""

import datetime as dt

import polars as pl
import pytest

from data_sources.clock import day, iso_day, month_start, to_utc
from tests.cleaning import seoul


def _of(expression: pl.Expr) -> object:
    return pl.select(expression).item()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("20240229", dt.date(2024, 2, 29)),
        ("2024-02-29", dt.date(2024, 2, 29)),
        ("20230229", None),
        ("2024022", None),
        ("", None),
    ],
)
def test_a_day_is_read_with_and_without_dashes(text: str, wanted: dt.date | None) -> None:
    assert _of(day(pl.lit(text))) == wanted


@pytest.mark.parametrize("text", ["unknown", "202406010", "2024-06-01"])
def test_text_of_another_form_stays_for_the_contract_to_judge(text: str) -> None:
    assert _of(iso_day(pl.lit("20240601"))) == "2024-06-01"
    assert _of(iso_day(pl.lit(text))) == text


@pytest.mark.parametrize(("text", "wanted"), [("202402", dt.date(2024, 2, 1)), ("202413", None)])
def test_a_month_is_given_by_its_first_day(text: str, wanted: dt.date | None) -> None:
    assert _of(month_start(pl.lit(text))) == wanted


def test_a_time_of_the_city_becomes_an_instant() -> None:
    local = pl.lit(dt.datetime.fromisoformat("2024-06-05 00:00"))
    assert _of(to_utc(local, seoul())) == dt.datetime(2024, 6, 4, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize("text", ["1988-05-08 02:30", "1988-10-09 02:30"])
def test_an_hour_that_clocks_left_out_or_showed_twice_is_no_instant(text: str) -> None:
    assert _of(to_utc(pl.lit(dt.datetime.fromisoformat(text)), seoul())) is None
