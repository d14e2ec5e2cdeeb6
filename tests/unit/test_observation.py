"""What an indicator says: complete periods, days counted, changes judged, deviations measured."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import polars as pl
import pytest

from cityboard.catalog import Catalog, Grain, Indicator
from cityboard.lake import Lake
from cityboard.observation import Observation, observe, observe_areas, observe_by
from cityboard.period import period_end
from cityboard.selection import Box, Interval, Members
from cityboard.store import Answer, Store
from tests.lakes import REJECTS, lineage

Visit = tuple[str, int, str | None, str, int | None]  # day, hour, district, group, persons
SCHEMA = {
    "visit_date": pl.Date,
    "hour": pl.Int32,
    "district_code": pl.String,
    "group_code": pl.String,
    "persons": pl.Int64,
    "minutes": pl.Float64,
}
Published = Callable[..., Store]


@pytest.fixture
def published(testburg: Catalog, testburg_lake: Lake) -> Published:
    """Return a function that publishes visits and opens the city."""

    def publish(visits: Sequence[Visit], *, grain: Grain | None = None) -> Store:
        rows = [(dt.date.fromisoformat(day), *rest, 1.0) for day, *rest in visits]
        frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
        rejects = pl.DataFrame(schema=REJECTS)
        days = [day for day, *_ in visits]
        told = lineage(frame, rejects, first=min(days), last=max(days), grain=grain)
        testburg_lake.publish("visits", frame, rejects, lineage=told)
        return Store(testburg, testburg_lake)

    return publish


def indicator(**changes: Any) -> Indicator:
    """Return the visitors of a month, changed."""
    words = {"ko": "방문자", "en": "Visitors"}
    values = {
        "id": "visitors",
        "title": words,
        "definition": words,
        "dataset": "visits",
        "measure": "persons",
        "frequency": "M",
        "direction": "up",
        "unit": "persons",
        "owner": "culture",
    }
    return Indicator.model_validate(values | changes)


def visit(day: str, persons: int | None = 1, district: str = "11001") -> Visit:
    """Return a row of adults at noon."""
    return (day, 12, district, "adult", persons)


def every_day(first: str, last: str) -> list[Visit]:
    """Return one visitor a day, `last` included."""
    low, high = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    days = [low + dt.timedelta(days=n) for n in range((high - low).days + 1)]
    return [visit(day.isoformat()) for day in days]


def test_a_month_under_way_is_not_yet_told(published: Published) -> None:
    seen = observe(published(every_day("2026-01-01", "2026-03-30")), indicator())
    assert (seen.value, seen.period, seen.until) == (28, dt.date(2026, 2, 1), dt.date(2026, 2, 28))
    assert seen.series == ((dt.date(2026, 1, 1), 31.0), (dt.date(2026, 2, 1), 28.0))


def test_a_month_is_told_with_its_last_day(published: Published) -> None:
    seen = observe(published(every_day("2026-01-01", "2026-03-31")), indicator())
    assert (seen.value, seen.period, seen.previous) == (31, dt.date(2026, 3, 1), 28)


def test_a_year_under_way_is_not_yet_told_where_only_months_are_known(
    published: Published,
) -> None:
    months = [visit(f"{year}-{month:02}-01") for year in (2024, 2025) for month in range(1, 13)]
    store = published([*months, visit("2026-01-01"), visit("2026-11-01")], grain="month")
    assert observe(store, indicator(frequency="A")).period == dt.date(2025, 1, 1)


def test_the_newest_month_is_told_where_only_months_are_known(published: Published) -> None:
    store = published([visit("2026-01-01"), visit("2026-02-01", 3)], grain="month")
    seen = observe(store, indicator())
    assert (seen.value, seen.until) == (3, dt.date(2026, 2, 28))


def test_every_day_is_told_where_days_are_asked(published: Published) -> None:
    seen = observe(published(every_day("2026-03-01", "2026-03-05")), indicator(frequency="D"))
    assert (seen.period, seen.until, seen.previous) == (dt.date(2026, 3, 5), dt.date(2026, 3, 5), 1)


def test_per_day_divides_by_the_days_that_have_rows(published: Published) -> None:
    """Seven days of January were not published; they are not days without visitors."""
    days = [*every_day("2026-01-08", "2026-01-31"), visit("2026-01-31", 24, "11002")]
    assert observe(published(days), indicator(per_day=True)).value == 2


def test_per_day_divides_by_calendar_days_where_days_are_not_told_apart(
    published: Published,
) -> None:
    store = published([visit("2024-02-01", 58), visit("2024-03-01", 31)], grain="month")
    seen = observe(store, indicator(per_day=True))
    assert seen.series == ((dt.date(2024, 2, 1), 2.0), (dt.date(2024, 3, 1), 1.0))


def test_a_group_is_observed_as_the_city_is_with_nothing_but_it(published: Published) -> None:
    """Per day that has any row, complete months only, 0 in a month that has none of the group."""
    days = [*every_day("2026-01-01", "2026-02-28"), *every_day("2026-03-01", "2026-03-05")]
    child = ("2026-02-10", 12, "11001", "child", 56)
    store, asked = published([*days, child]), indicator(per_day=True)
    seen = observe_by(store, asked, "group_code")
    january, february = dt.date(2026, 1, 1), dt.date(2026, 2, 1)
    assert {name: each.series for name, each in seen.items()} == {
        "adult": ((january, 1.0), (february, 1.0)),
        "child": ((january, 0.0), (february, 2.0)),
    }
    for name, each in seen.items():
        alone = observe(store, asked, where=(Members("group_code", (name,)),))
        assert (each.series, each.previous) == (alone.series, alone.previous)


def test_a_register_is_observed_by_group(testburg: Catalog, testburg_lake: Lake) -> None:
    asked = indicator(dataset="trees", measure="trees", unit="1")
    seen = observe_by(Store(testburg, testburg_lake), asked, "species_code")
    assert {name: each.value for name, each in seen.items()} == {"lime": 2, "oak": 4, "plane": 2}


def test_the_month_before_a_gap_is_not_the_previous_one(published: Published) -> None:
    store = published([visit("2026-01-01"), visit("2026-03-01", 2)], grain="month")
    seen = observe(store, indicator())
    assert (seen.value, seen.previous, seen.change_pct, seen.trend) == (2, None, None, "unknown")
    assert len(seen.series) == 2


def test_january_is_compared_with_december(published: Published) -> None:
    store = published([visit("2025-12-01", 4), visit("2026-01-01", 5)], grain="month")
    assert observe(store, indicator()).change_pct == 25


def test_a_month_whose_values_are_null_is_left_out(published: Published) -> None:
    store = published([visit("2026-01-01", 4), visit("2026-02-01", None)], grain="month")
    assert observe(store, indicator()).period == dt.date(2026, 1, 1)


def test_a_period_keeps_the_months_that_begin_in_it(published: Published) -> None:
    store = published(every_day("2026-01-01", "2026-03-31"))
    chosen = Interval(dt.date(2026, 1, 2), dt.date(2026, 3, 1))
    seen = observe(store, indicator(), where=(chosen,))
    assert seen.series == ((dt.date(2026, 2, 1), 28.0),)


def test_a_period_without_months_has_no_value(published: Published) -> None:
    store = published(every_day("2026-01-01", "2026-03-31"))
    chosen = Interval(dt.date(2030, 1, 1), dt.date(2031, 1, 1))
    seen = observe(store, indicator(), where=(chosen,))
    assert (seen.value, seen.period, seen.series, seen.deviation) == (None, None, (), 0)


def test_only_rows_of_the_indicators_own_codes_count(published: Published) -> None:
    rows = [*every_day("2026-01-01", "2026-01-31"), ("2026-01-31", 8, "11001", "child", 100)]
    assert observe(published(rows), indicator(where={"group_code": ["child"]})).value == 100


def test_other_clauses_choose_rows(published: Published) -> None:
    rows = [*every_day("2026-01-01", "2026-01-31"), visit("2026-01-31", 100, "11002")]
    east = Members("area", ("11002",))
    assert observe(published(rows), indicator(), where=(east,)).value == 100


def test_a_register_has_a_value_but_no_period(published: Published) -> None:
    trees = indicator(dataset="trees", measure="trees", unit="1")
    store = published(every_day("2026-01-01", "2026-01-31"))
    chosen = Interval(dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    seen = observe(store, trees, where=(chosen, Box(10.0, 50.0, 10.1, 50.1)))
    assert (seen.value, seen.period, seen.previous, seen.series) == (3, None, None, ())


def test_an_indicator_per_district_is_of_the_citys_period(published: Published) -> None:
    january = every_day("2026-01-01", "2026-01-31")
    store = published([*january, visit("2026-01-31", 5, "11002"), visit("2026-02-01", 9)])
    values, city = observe_areas(store, indicator())
    assert values == {"11001": 31.0, "11002": 5.0, "11003": 0.0}
    assert (city.value, city.period) == (36, dt.date(2026, 1, 1))


def test_a_district_is_divided_by_the_days_that_were_published(published: Published) -> None:
    """A day without a row in a district, though others have one, is a day without visitors."""
    january = every_day("2026-01-01", "2026-01-31")
    store = published([*january, visit("2026-01-30", 5, "11002"), visit("2026-01-31", 7, "11002")])
    values, _ = observe_areas(store, indicator(per_day=True))
    assert values == {"11001": 1.0, "11002": 12 / 31, "11003": 0.0}


def test_a_district_of_nulls_is_left_out(published: Published) -> None:
    january = every_day("2026-01-01", "2026-01-31")
    store = published([*january, visit("2026-01-31", None, "11002")])
    assert observe_areas(store, indicator())[0] == {"11001": 31.0, "11003": 0.0}


def test_rows_of_a_register_in_no_district_are_left_out(published: Published) -> None:
    store = published(every_day("2026-01-01", "2026-01-31"))
    values, city = observe_areas(store, indicator(dataset="trees", measure="trees", unit="1"))
    assert values == {"11001": 3.0, "11002": 2.0, "11003": 2.0}
    assert city.value == 8


def test_a_number_told_of_no_district_is_0_in_none(published: Published) -> None:
    january = every_day("2026-01-01", "2026-01-31")
    citywide = [(day, hour, None, group, n) for day, hour, _, group, n in january]
    values, city = observe_areas(published(citywide), indicator())
    assert (values, city.value) == ({}, 31)


@pytest.fixture
def answer(published: Published) -> Answer:
    return observe(published([visit("2026-01-31")]), indicator()).answer


def observation(answer: Answer, series: Iterable[float], direction: str = "up") -> Observation:
    """Return what a series of months says."""
    values = [float(value) for value in series]
    months = [dt.date(2020 + n // 12, 1 + n % 12, 1) for n in range(len(values))]
    before = values[-2] if len(values) > 1 else None
    dated = tuple(zip(months, values, strict=True))
    shown = indicator(direction=direction)
    return Observation(shown, values[-1], months[-1], months[-1], before, dated, answer)


@pytest.mark.parametrize(
    ("before", "value", "trend"),
    [
        (100, 101, "up"),
        (100, 99, "down"),
        (100, 100.4, "level"),
        (100, 99.6, "level"),
        (-100, -50, "up"),
        (0, 5, "unknown"),
    ],
)
def test_less_than_half_a_per_cent_is_level(
    answer: Answer, before: float, value: float, trend: str
) -> None:
    assert observation(answer, [before, value]).trend == trend


@pytest.mark.parametrize(
    ("direction", "value", "judgement"),
    [
        ("up", 110, "better"),
        ("up", 90, "worse"),
        ("down", 110, "worse"),
        ("down", 90, "better"),
        ("neither", 110, "neither"),
        ("up", 100.1, "neither"),
    ],
)
def test_a_change_is_judged_by_the_direction_wanted(
    answer: Answer, direction: str, value: float, judgement: str
) -> None:
    assert observation(answer, [100, value], direction).judgement == judgement


@pytest.mark.parametrize(
    ("before", "value", "judgement"),
    [
        (4, 3, "better"),
        (3, 4, "worse"),
        (0.5, 1, "better"),
        (2.5, 1.5, "neither"),
        (4, 0.5, "better"),
    ],
)
def test_a_change_is_judged_by_how_near_it_came_to_the_band(
    answer: Answer, before: float, value: float, judgement: str
) -> None:
    seen = observation(answer, [before, value])
    wanted = indicator(direction="band", band=(1.5, 2.5))
    assert dataclasses.replace(seen, indicator=wanted).judgement == judgement


def test_without_a_previous_value_nothing_is_judged(answer: Answer) -> None:
    seen = dataclasses.replace(observation(answer, [100, 200]), previous=None)
    assert (seen.change_pct, seen.trend, seen.judgement) == (None, "unknown", "neither")


def test_a_deviation_is_told_in_standard_deviations(answer: Answer) -> None:
    assert observation(answer, [8, 10, 12, 14]).deviation == 2


def test_a_deviation_is_from_the_twelve_periods_before(answer: Answer) -> None:
    twelve = [8, 12] * 6
    assert observation(answer, [1000, *twelve, 10]).deviation == 0


def test_two_periods_before_are_too_few_for_a_deviation(answer: Answer) -> None:
    assert observation(answer, [8, 12, 1000]).deviation == 0


def test_nothing_deviates_from_what_never_changed(answer: Answer) -> None:
    assert observation(answer, [10, 10, 10, 10, 99]).deviation == 0


@pytest.mark.parametrize("day", [dt.date(2026, 3, 9), dt.date(2026, 3, 15)])
def test_a_week_ends_on_its_sunday(day: dt.date) -> None:
    assert period_end(day, "week") == dt.date(2026, 3, 15)


@pytest.mark.parametrize(
    ("grain", "end"), [("day", "2024-02-10"), ("month", "2024-02-29"), ("year", "2024-12-31")]
)
def test_periods_end_on_their_last_day(grain: Grain, end: str) -> None:
    assert period_end(dt.date(2024, 2, 10), grain) == dt.date.fromisoformat(end)
