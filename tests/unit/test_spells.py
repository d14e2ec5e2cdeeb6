"""When alarms open and close, on tables small enough to follow by hand."""

import datetime as dt
import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from cityboard.alerts.incident import courses, minutes_to_scene, open_counts
from cityboard.alerts.spell import Point, Spell, deviations, rates, silences, spells
from cityboard.catalog import Alert, Text

MIDNIGHT = dt.datetime(2019, 3, 5, tzinfo=dt.UTC)
WORDS = Text(ko="말", en="words")


def rule(**fields: Any) -> Alert:
    """Return a rule: opens at 75 for two hours, closes below 35, unless told otherwise."""
    base: dict[str, Any] = {
        "id": "dust",
        "title": WORDS,
        "kind": "threshold",
        "level": "warning",
        "dataset": "air",
        "measure": "mean",
        "opens": 75,
        "closes": 35,
        "periods": 2,
        "owner": "city",
        "source": WORDS,
    }
    return Alert.model_validate(base | fields)


def hourly(*values: float | None) -> list[Point]:
    """Return a point an hour, the first known at 1:00."""
    return [Point(at(n), value, value) for n, value in enumerate(values, start=1)]


def at(hour: float) -> dt.datetime:
    return MIDNIGHT + dt.timedelta(hours=hour)


def times(found: tuple[Spell, ...]) -> list[tuple[float, float | None]]:
    """Return the hours of the day at which spells open and close."""
    return [
        (hours(spell.opened_at), None if spell.closed_at is None else hours(spell.closed_at))
        for spell in found
    ]


def hours(instant: dt.datetime) -> float:
    return (instant - MIDNIGHT).total_seconds() / 3600


# values of 1:00, 2:00, … → spells
THRESHOLDS: dict[str, tuple[tuple[float | None, ...], list[tuple[float, float | None]]]] = {
    "one hour is not enough": ((80, 50, 80, 50), []),
    "two hours are": ((80, 80, 80), [(2, None)]),
    "the limit itself counts": ((75, 75), [(2, None)]),
    "between the limits it stays open": ((80, 80, 40, 74, 36), [(2, None)]),
    "between the limits it stays closed": ((74, 40, 74, 74), []),
    "it closes below the other limit": ((80, 80, 35, 34.9), [(2, 4)]),
    "it flickers only once": ((80, 80, 70, 80, 70, 80, 30), [(2, 7)]),
    "it opens again": ((80, 80, 30, 80, 80), [(2, 3), (5, None)]),
    "what is not known breaks the run": ((80, None, 80), []),
    "what is not known closes nothing": ((80, 80, None, None), [(2, None)]),
    "nothing is known": ((None, None), []),
    "there is nothing": ((), []),
}


@pytest.mark.parametrize("name", THRESHOLDS)
def test_a_threshold_has_hysteresis(name: str) -> None:
    values, expected = THRESHOLDS[name]
    assert times(spells(rule(), hourly(*values))) == expected


def test_a_rule_may_watch_what_is_too_low() -> None:
    low = rule(side="below", opens=10, closes=20, periods=1)
    assert times(spells(low, hourly(15, 10, 19, 20, 20.1, 9))) == [(2, 5), (6, None)]


def test_without_a_closing_limit_it_closes_as_soon_as_it_would_not_open() -> None:
    assert times(spells(rule(closes=None, periods=1), hourly(75, 74.9, 80))) == [(1, 2), (3, None)]


def test_a_spell_keeps_its_first_its_last_and_its_worst_value() -> None:
    (spell,) = spells(rule(), hourly(80, 90, 120, 100, 20))
    assert (spell.first.value, spell.last.value, spell.worst.value) == (90, 20, 120)


def test_a_rate_is_the_change_over_the_periods_named() -> None:
    values = pd.Series([10.0, 12.0, 40.0, 41.0, np.nan, 90.0])
    assert rates(values, 1).tolist()[1:4] == [2, 28, 1]
    assert rates(values, 2).tolist()[2:4] == [30, 29]
    assert rates(values, 1).isna().tolist() == [True, False, False, False, True, True]


def test_a_fast_rise_opens_and_a_slow_one_does_not() -> None:
    fast = rule(kind="rate", opens=25, closes=5, periods=1, over=1)
    values = pd.Series([60.0, 84.0, 109.0, 112.0, 117.0, 118.0])
    signals = rates(values, 1)
    points = [
        Point(at(n), value, None if np.isnan(signal) else signal)
        for n, (value, signal) in enumerate(zip(values, signals, strict=True), start=1)
    ]
    assert times(spells(fast, points)) == [(3, 4)]


def weekly(values: list[float], *, hour: int = 9) -> pd.Series:
    """Return one value a week at one hour, every other hour at 0."""
    first = pd.Timestamp(2019, 1, 1, hour)
    index = pd.date_range(first, first + pd.Timedelta(days=7 * (len(values) - 1)), freq="h")
    series = pd.Series(0.0, index)
    series.iloc[:: 7 * 24] = values
    return series


def test_an_anomaly_is_told_against_the_same_hour_of_past_weeks() -> None:
    # Of 10, 12, 14, 16 the median is 13 and the distances from it 3, 1, 1, 3, so the MAD is 2.
    scores = deviations(weekly([10, 12, 14, 16, 33]), 4)
    assert scores.iloc[-1] == pytest.approx((33 - 13) / (1.4826 * 2))


def test_one_wild_week_does_not_make_the_next_one_usual() -> None:
    calm, wild = ([30, 32, 34, 36, 38, 40, 42, last, 120] for last in (44, 900))
    calm_score, wild_score = (deviations(weekly(values), 8).iloc[-1] for values in (calm, wild))
    assert wild_score == pytest.approx(calm_score)


def test_an_anomaly_is_not_known_from_fewer_than_four_weeks() -> None:
    assert np.isnan(deviations(weekly([10, 12, 14, 33]), 8).iloc[-1])
    assert np.isnan(deviations(weekly([10, np.nan, 12, 14, 33]), 4).iloc[-1])


def test_a_spread_of_nothing_is_not_divided_by_unless_a_smallest_one_is_given() -> None:
    same = weekly([20, 20, 20, 20, 30])
    assert np.isnan(deviations(same, 4).iloc[-1])
    assert deviations(same, 4, smallest_spread=5).iloc[-1] == 2


@given(st.lists(st.integers(0, 500), min_size=9, max_size=9))
def test_the_spread_is_the_one_scipy_has(values: list[int]) -> None:
    past, now = values[:8], values[8]
    spread = median_abs_deviation(past, scale="normal")
    score = deviations(weekly([float(value) for value in values]), 8).iloc[-1]
    if spread > 0:
        assert score == pytest.approx((now - np.median(past)) / spread, rel=1e-4)
    else:
        assert np.isnan(score)


# when there was news → spells of 30 minutes without, looked at from 6:00 back to midnight
SILENCES: dict[str, tuple[tuple[float, ...], list[tuple[float, float | None]]]] = {
    "news every quarter of an hour": (tuple(n / 4 for n in range(25)), []),
    "a gap that ended": ((0.4, 0.8, 4, 4.2, 4.4, 4.6, 4.8, 5, 5.2, 5.4, 5.6, 5.8), [(1.3, 4)]),
    "a gap that lasts": ((5.25,), [(5.75, None)]),
    "exactly so long": ((5.5,), [(6, None)]),
    "not so long yet": ((5.51,), []),
    "no news at all": ((), [(0.5, None)]),
    "news that is yet to come": ((5.75, 6.25), []),
    "news from before": ((-3, 5.75), []),
}


@pytest.mark.parametrize("name", SILENCES)
def test_an_absence_opens_after_so_long_and_closes_with_the_next_news(name: str) -> None:
    news, expected = SILENCES[name]
    found = silences(30, [at(hour) for hour in news], since=at(0), until=at(6))
    assert times(found) == expected


def test_an_absence_tells_how_long_it_has_lasted() -> None:
    (spell,) = silences(30, [at(1)], since=at(0), until=at(4))
    assert (spell.first.value, spell.last.value) == (30, 180)


@given(st.lists(st.floats(0, 200), max_size=60), st.integers(0, 60))
def test_what_was_known_is_told_the_same_when_more_is_known(values: list[float], then: int) -> None:
    points = hourly(*values)
    before, after = spells(rule(), points[:then]), spells(rule(), points)
    assert times(before)[:-1] == times(after)[: max(len(before) - 1, 0)]
    assert [spell.opened_at for spell in before] == [s.opened_at for s in after[: len(before)]]


@given(st.lists(st.floats(0, 200), max_size=60))
def test_spells_never_overlap_and_are_as_long_as_the_rule_asks(values: list[float]) -> None:
    found = spells(rule(), hourly(*values))
    for spell, following in itertools.pairwise(found):
        assert spell.closed_at is not None
        assert spell.opened_at < spell.closed_at < following.opened_at
    for spell in found:
        last = int(hours(spell.opened_at))
        assert all(value >= 75 for value in values[last - 2 : last])


def told(*rows: tuple[str, str, float, float, str]) -> pd.DataFrame:
    """Return steps: incident, step, hour taken, hour known, title in both languages."""
    names = ["incident_id", "step_code", "at", "known_at", "title_ko"]
    frame = pd.DataFrame(rows, columns=names).sort_values("known_at")
    frame["title_en"], frame["kind_code"] = frame["title_ko"], "fire"
    for name in ("at", "known_at"):
        frame[name] = pd.to_datetime([at(hour) for hour in frame[name]], utc=True)
    return frame


def test_an_incident_is_open_from_the_first_news_of_it_to_the_news_of_its_end() -> None:
    rows = told(
        ("a", "received", 1, 1.5, "A"),
        ("b", "arrived", 2, 2, "B"),
        ("a", "closed", 3, 4, "A"),
        ("c", "received", 4, 4.5, "C"),
    )
    counts = [(hours(point.at), point.value) for point in open_counts(courses(rows).values())]
    assert counts == [(1.5, 1), (2, 2), (4, 1), (4.5, 2)]


# steps (taken, known) → spells of help that comes later than five minutes; hours of the day
ARRIVALS: dict[str, tuple[dict[str, tuple[float, float]], list[tuple[float, float | None]]]] = {
    "in time": ({"received": (1, 1), "arrived": (1 + 4 / 60, 1 + 4 / 60)}, []),
    "not yet due": ({"received": (3 - 4 / 60, 3 - 4 / 60)}, []),
    "late": ({"received": (1, 1), "arrived": (1.2, 1.2)}, [(1 + 5 / 60, None)]),
    "never known": ({"received": (1, 1)}, [(1 + 5 / 60, None)]),
    "learnt in time after all": (
        {"received": (1, 1), "arrived": (1 + 3 / 60, 2)},
        [(1 + 5 / 60, 2)],
    ),
    "closed": (
        {"received": (1, 1), "arrived": (1.2, 1.2), "closed": (2, 2.5)},
        [(1 + 5 / 60, 2.5)],
    ),
    "a call that is learnt late": ({"received": (1, 2), "arrived": (1.2, 2.2)}, [(2, None)]),
    "no call is known": ({"arrived": (1.2, 1.2)}, []),
}


@pytest.mark.parametrize("name", ARRIVALS)
def test_help_that_comes_late_opens_when_the_target_has_passed(name: str) -> None:
    steps, expected = ARRIVALS[name]
    late = rule(watches="minutes_to_scene", measure=None, opens=5, closes=None, periods=1)
    rows = told(*[("a", step, *times_of, "A") for step, times_of in steps.items()])
    (course,) = courses(rows).values()
    found = times(spells(late, minutes_to_scene(late, course, at(3))))
    assert [(round(opened, 6), closed) for opened, closed in found] == [
        (round(opened, 6), closed) for opened, closed in expected
    ]


def test_an_incident_without_a_title_is_called_by_its_id() -> None:
    (course,) = courses(told(("i7", "received", 1, 1, "  "))).values()
    assert course.title == Text(ko="i7", en="i7")
