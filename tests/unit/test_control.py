"""Signal or noise, and what may come: limits by hand, tests of Nelson again, statsmodels' own."""

import datetime as dt
import math
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from cityboard.progress import RULES, Control, control, forecast
from cityboard.store import Answer
from tests.courses import observed

SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
NOISE = np.random.default_rng(7).normal(0, 1, 400)
WINTER = np.array([5.0, 4, 2, 0, -2, -4, -5, -4, -2, 0, 2, 4])


def charted(answer: Answer, values: list[float], **changes: str) -> Control:
    """Return the control chart of years, which have no season."""
    return control(observed(answer, values, first="1900-01-01", **changes))


def test_limits_are_two_and_two_thirds_moving_ranges_from_the_mean(answer: Answer) -> None:
    """Moving ranges of 10, 12, 10, ... are all 2; 2 / 1.128 is sigma."""
    seen = charted(answer, [10.0, 12.0] * 6)
    assert (seen.center, seen.sigma) == (11, pytest.approx(2 / 1.128, rel=1e-3))
    assert (seen.lower, seen.upper) == (
        pytest.approx(11 - 2.66 * 2, rel=1e-3),
        pytest.approx(11 + 2.66 * 2, rel=1e-3),
    )
    assert (seen.signals, seen.verdict) == ((), "noise")


@pytest.mark.parametrize(
    ("direction", "value", "side", "judgement"),
    [
        ("up", 30, "above", "better"),
        ("up", -8, "below", "worse"),
        ("down", 30, "above", "worse"),
        ("neither", 30, "above", "neither"),
    ],
)
def test_a_value_beyond_the_limits_is_a_signal(
    answer: Answer, direction: str, value: float, side: str, judgement: str
) -> None:
    seen = charted(answer, [*[10.0, 12.0] * 12, value], direction=direction)
    (signal,) = [each for each in seen.signals if each.rule == 1]
    assert (signal.day, signal.side, signal.judgement) == (seen.days[-1], side, judgement)
    assert seen.verdict == "signal"


def test_a_signal_of_long_ago_is_none_of_now(answer: Answer) -> None:
    seen = charted(answer, [*[10.0, 12.0] * 6, 30, *[10.0, 12.0] * 9])
    assert 1 in {each.rule for each in seen.signals}
    assert seen.verdict == "noise"


def test_a_trend_goes_where_it_ends(answer: Answer) -> None:
    base = [10.0, 14.0] * 10
    rising = charted(answer, [*base, 8, 9, 10, 11, 11.5, 11.6], direction="up")
    trend = next(each for each in rising.signals if each.rule == 3)
    assert (trend.side, trend.judgement, len(trend.days)) == ("above", "better", 6)


def nelson(values: list[float], center: float, sigma: float) -> set[tuple[int, int]]:
    """Return rule and place of every pattern, counted anew over every window of its length."""
    z = [(value - center) / sigma for value in values]
    found = {(1, n) for n, each in enumerate(z) if abs(each) > 3}
    for n in range(len(z)):
        for sign in (1, -1):
            if n >= 8 and all(sign * each > 0 for each in z[n - 8 : n + 1]):
                found.add((2, n))
            if n >= 5 and all(sign * (values[k] - values[k - 1]) > 0 for k in range(n - 4, n + 1)):
                found.add((3, n))
            for rule, length, needed, beyond in ((5, 3, 2, 2), (6, 5, 4, 1)):
                for start in range(max(0, n - length + 1), min(n, len(z) - length) + 1):
                    out = [k for k in range(start, start + length) if sign * z[k] > beyond]
                    if len(out) >= needed and out[-1] == n:
                        found.add((rule, n))
    return found


@SHARED
@given(seed=st.integers(0, 10_000), drift=st.sampled_from([0.0, 0.05, -0.1]))
def test_the_tests_of_nelson_counted_again_find_the_same(
    answer: Answer, seed: int, drift: float
) -> None:
    noise = np.random.default_rng(seed).normal(0, 1, 60)
    values = [float(v) for v in 50 + noise + drift * np.arange(60)]
    seen = charted(answer, values)
    assert seen.center is not None
    assert seen.sigma
    found = {(each.rule, seen.days.index(each.day)) for each in seen.signals}
    assert found == nelson(values, seen.center, seen.sigma)


def test_a_season_is_no_signal_and_an_outlier_in_it_is(answer: Answer) -> None:
    months = 20 + np.tile(WINTER, 6) + 0.3 * NOISE[:72]
    calm = control(observed(answer, months.tolist(), frequency="M"))
    assert calm.is_adjusted
    assert np.array(calm.values) == pytest.approx(20 + 0.3 * NOISE[:72], abs=0.6)
    months[66] += 4  # July as warm as April: within the year's range, far out of July's
    odd = control(observed(answer, months.tolist(), frequency="M"))
    assert (1, odd.days[66]) in {(each.rule, each.day) for each in odd.signals}


def test_one_season_is_taken_out_of_every_year(answer: Answer) -> None:
    """A season that may change would take the outliers of the last years for a new season."""
    months = 20 + np.tile(WINTER, 6) + NOISE[:72]
    months[65] += 8
    seen = control(observed(answer, months.tolist(), frequency="M"))
    seasons = (months - np.array(seen.values)).reshape(6, 12)
    assert seasons == pytest.approx(np.tile(seasons[0], (6, 1)), abs=0.05)
    assert seasons[0] == pytest.approx(WINTER, abs=1.5)


def test_a_season_is_only_taken_out_of_three_unbroken_years(answer: Answer) -> None:
    months: list[float | None] = (20 + np.tile(WINTER, 3)).tolist()
    assert control(observed(answer, months, frequency="M")).is_adjusted
    assert not control(observed(answer, months[1:], frequency="M")).is_adjusted
    assert not control(observed(answer, [*months[:5], None, *months], frequency="M")).is_adjusted


def test_what_never_changed_has_no_signal(answer: Answer) -> None:
    assert charted(answer, [0.1] * 20).signals == ()
    flat = control(observed(answer, [0.1] * 40, frequency="M"))
    assert (flat.signals, flat.verdict) == ((), "noise")


def test_values_that_hang_on_each_other_are_said_to(answer: Answer) -> None:
    assert charted(answer, NOISE[:60].tolist()).note is None
    walk = charted(answer, NOISE[:60].cumsum().tolist())
    assert walk.note
    assert "0.9" in walk.note.ko


def test_eleven_values_are_too_few_for_limits(answer: Answer) -> None:
    seen = charted(answer, [10.0, 12.0] * 5 + [10.0])
    assert (seen.verdict, seen.center, seen.signals) == ("unknown", None, ())
    assert seen.reason
    assert "11" in seen.reason.ko


def test_every_rule_is_told_in_words() -> None:
    assert set(RULES) == {1, 2, 3, 5, 6}


@pytest.mark.parametrize("is_seasonal", [True, False])
def test_a_forecast_is_what_statsmodels_fits(answer: Answer, *, is_seasonal: bool) -> None:
    count, season = (60, 12) if is_seasonal else (20, None)
    values = 100 + NOISE[:count] + (np.tile(WINTER, 5) if season else 3 * np.arange(count))
    seen = forecast(observed(answer, values.tolist(), frequency="M" if season else "A"), 6)
    scale = np.abs(values).mean()
    fits = [
        ETSModel(
            pd.Series(values / scale),
            trend=trend,
            damped_trend=bool(trend),
            seasonal="add" if season else None,
            seasonal_periods=season,
        ).fit(disp=False)
        for trend in (None, "add")
    ]
    best = min(fits, key=lambda fit: fit.aicc)
    own = best.get_prediction(start=count, end=count + 5)
    mean, low = scale * own.predicted_mean, scale * own.pred_int(alpha=0.05).iloc[:, 0]
    free = count - len(best.params)
    wider = math.sqrt(count / free) * stats.t.ppf(0.975, free) / stats.norm.ppf(0.975)
    assert [p.value for p in seen.points] == pytest.approx(mean.tolist(), rel=1e-6)
    widened = (mean - wider * (mean - low)).tolist()
    assert [p.low95 for p in seen.points] == pytest.approx(widened, rel=1e-6)


def test_a_season_comes_again(answer: Answer) -> None:
    months = (100 + np.tile(WINTER, 5) + 0.1 * NOISE[:60]).tolist()
    seen = forecast(observed(answer, months, frequency="M"))
    assert [p.day for p in seen.points[:2]] == [dt.date(2020, 1, 1), dt.date(2020, 2, 1)]
    assert [p.value for p in seen.points] == pytest.approx((100 + WINTER).tolist(), abs=0.5)


@settings(SHARED, max_examples=15)
@given(seed=st.integers(0, 1000), size=st.sampled_from([1e-3, 1.0, 1e9]))
def test_wider_is_surer_and_the_unit_does_not_matter(
    answer: Answer, seed: int, size: float
) -> None:
    walk = 100 + np.random.default_rng(seed).normal(0, 1, 15).cumsum()
    seen = forecast(observed(answer, (size * walk).tolist()))
    one = forecast(observed(answer, walk.tolist()))
    for point, same in zip(seen.points, one.points, strict=True):
        ends = [point.low95, point.low80, point.value, point.high80, point.high95]
        assert ends == sorted(ends)
        assert point.high95 / size == pytest.approx(same.high95, rel=0.02)  # likelihoods are flat


def test_most_of_what_came_lay_within_its_interval(answer: Answer) -> None:
    """Of 40 random walks of eight years, nine tenths of the next year within 95 % or more."""
    walks = 100 + np.random.default_rng(5).normal(0, 1, (40, 9)).cumsum(axis=1)
    points = [forecast(observed(answer, walk[:8].tolist()), 1).points for walk in walks]
    inside = [p[0].low95 <= w[8] <= p[0].high95 for p, w in zip(points, walks, strict=True) if p]
    assert len(inside) >= 36
    assert sum(inside) / len(inside) >= 0.85


@pytest.mark.parametrize(("frequency", "needed"), [("M", 24), ("A", 8), ("Q", 16), ("D", 730)])
def test_a_short_series_has_no_forecast_and_says_why(
    answer: Answer, frequency: str, needed: int
) -> None:
    values = (100 + np.resize(NOISE, needed)).tolist()
    assert forecast(observed(answer, values, frequency=frequency)).points
    short = forecast(observed(answer, values[1:], frequency=frequency))
    assert short.points == ()
    assert short.reason
    assert str(needed) in short.reason.en


def test_only_what_follows_the_last_gap_is_carried_on(answer: Answer) -> None:
    months: list[float | None] = [*(100 + NOISE[:30]).tolist(), None, *NOISE[:23].tolist()]
    assert forecast(observed(answer, months, frequency="M")).reason
    enough = forecast(observed(answer, [*months, 1.0], frequency="M"))
    assert enough.since == dt.date(2017, 8, 1)


def test_a_forecast_stays_within_what_the_number_can_be(answer: Answer) -> None:
    falling = [9.0, 8, 7.5, 6, 5.2, 4, 2.9, 2.1, 1.2, 0.4]
    seen = forecast(observed(answer, falling, limits=(0, None)))
    assert all(p.low95 >= 0 for p in seen.points)


def test_nothing_is_carried_on_of_what_never_changed(answer: Answer) -> None:
    assert forecast(observed(answer, [3.0] * 30)).reason


def test_a_forecast_is_quick_once_its_library_is_loaded(answer: Answer) -> None:
    months = (100 + np.resize(WINTER, 120) + NOISE[:120]).tolist()
    seen = observed(answer, months, frequency="M")
    took = []
    for _ in range(5):
        began = time.perf_counter()
        forecast(seen)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.3
