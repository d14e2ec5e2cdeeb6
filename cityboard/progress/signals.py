"""Signal or noise: a control chart of an indicator's periods.

Individuals and moving ranges (XmR): the centre is the mean, the limits stand three sigma from it,
and sigma is the mean moving range divided by 1.128 (Shewhart; Montgomery, Introduction to
Statistical Quality Control, ch. 6). Of the tests of Nelson (1984) those are run that tell a change
of level or a trend; all eight would cry wolf once in 44 points of pure noise. They are Western
Electric's too, whose run on one side is one point shorter. Limits and tests are capstat-core's, the
seasonal adjustment is statsmodels' STL.

The limits take values to be independent. A series with a trend is not, and has signals by nature:
they say that it is not one stable level. A note says so.
"""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Literal

import numpy as np

from cityboard.catalog import Indicator, Text
from cityboard.observation import Observation
from cityboard.period import period_before

TREND = 3  # the rule of six rising or falling
DEPENDENT = 0.5  # autocorrelation from which limits are too narrow (Montgomery, ch. 10)
FEWEST = 12  # points; limits of fewer move with each new one
ROUNDING = 1e-12
SEASONS_FROM = 36  # months; three of each
RULES: dict[int, Text] = {  # by Nelson's numbers
    1: Text(ko="관리한계를 벗어남", en="beyond the limits"),
    2: Text(ko="아홉 번 잇따라 중심선의 한쪽", en="nine in a row on one side of the centre"),
    3: Text(ko="여섯 번 잇따라 오르거나 내림", en="six in a row rising, or falling"),
    5: Text(ko="세 번 중 두 번이 같은 쪽 2σ 밖", en="two of three beyond 2σ on one side"),
    6: Text(ko="다섯 번 중 네 번이 같은 쪽 1σ 밖", en="four of five beyond 1σ on one side"),
}


@dataclasses.dataclass(frozen=True)
class Signal:
    """A pattern that noise seldom makes.

    Attributes:
        rule: As of `RULES`.
        day: First day of the period that completes it.
        days: First days of the periods it is made of.
        side: Whether they lie above or below the centre; of a trend, whether it ends there.
        judgement: Whether that is the direction wanted.
    """

    rule: int
    day: dt.date
    days: tuple[dt.date, ...]
    side: Literal["above", "below"]
    judgement: Literal["better", "worse", "neither"]


@dataclasses.dataclass(frozen=True)
class Control:
    """A control chart.

    Attributes:
        indicator: What is charted.
        days: First days of the periods, oldest first.
        values: What is charted, in the indicator's unit; without its season if `is_adjusted`.
        is_adjusted: Whether the season was taken out.
        center, lower, upper: Mean and limits; None where there is no chart.
        sigma: Spread of the noise; None where there is no chart.
        signals: Oldest first.
        reason: Why there is no chart; None where there is one.
        note: That the values hang together so closely that signals are no surprise, if they do.
    """

    indicator: Indicator
    days: tuple[dt.date, ...]
    values: tuple[float, ...]
    is_adjusted: bool = False
    center: float | None = None
    lower: float | None = None
    upper: float | None = None
    sigma: float | None = None
    signals: tuple[Signal, ...] = ()
    reason: Text | None = None
    note: Text | None = None

    @property
    def verdict(self) -> Literal["signal", "noise", "unknown"]:
        """Return whether the newest period completes a pattern that noise seldom makes."""
        if self.reason is not None:
            return "unknown"
        return "signal" if any(s.day == self.days[-1] for s in self.signals) else "noise"


def control(observed: Observation) -> Control:
    """Return the control chart of an observation's periods.

    Months are charted without their season where three unbroken years or more are known.
    """
    indicator = observed.indicator
    days = tuple(day for day, _ in observed.series)
    values = tuple(value for _, value in observed.series)
    told = Control(indicator, days, values)
    if len(values) < FEWEST:
        return dataclasses.replace(told, reason=_too_few(len(values)))
    if indicator.frequency == "M" and len(days) >= SEASONS_FROM and _is_unbroken(days):
        values = _without_season(values)
        told = dataclasses.replace(told, values=values, is_adjusted=True)
    from capstat_core import i_mr_chart, nelson_rules  # noqa: PLC0415 - loads scipy, for a second

    chart = i_mr_chart(values).location
    limits = chart.limits
    sigma = (limits.upper - limits.center) / 3
    told = dataclasses.replace(
        told, center=limits.center, lower=limits.lower, upper=limits.upper, sigma=sigma
    )
    if sigma <= ROUNDING * abs(limits.center):  # it never changed
        return told
    found = nelson_rules(chart, rules=tuple(RULES))
    signals = tuple(_signal(told, limits.center, f.rule, f.window) for f in found)
    return dataclasses.replace(told, signals=signals, note=_dependence(values))


def _signal(told: Control, center: float, rule: int, window: Sequence[int]) -> Signal:
    """Return a pattern with its days, and whether it goes the way wanted.

    A trend is on the side it goes to, every other pattern where its newest value is.
    """
    last = told.values[window[-1]]
    start = told.values[window[0]] if rule == TREND else center
    side: Literal["above", "below"] = "above" if last > start else "below"
    judgement: Literal["better", "worse", "neither"] = "neither"
    if told.indicator.direction in {"up", "down"}:
        is_wanted = (side == "above") == (told.indicator.direction == "up")
        judgement = "better" if is_wanted else "worse"
    days = tuple(told.days[place] for place in window)
    return Signal(rule, days[-1], days, side, judgement)


def _is_unbroken(days: Sequence[dt.date]) -> bool:
    return all(period_before(b, "month") == a for a, b in itertools.pairwise(days))


def _without_season(values: Sequence[float]) -> tuple[float, ...]:
    """Return months without what recurs every twelve: one pattern for the whole series.

    STL with a season that does not change ("periodic" in Cleveland et al. 1990), robust to single
    months; a season that may change takes an outlier of the last years for a new season.
    """
    from statsmodels.tsa.seasonal import STL  # noqa: PLC0415 - loads for a second

    series = np.asarray(values, np.float64)
    window = 10 * len(series) + 1  # odd, and so wide that all years weigh alike
    model = STL(series, period=12, seasonal=window, seasonal_deg=0, robust=True)
    return tuple((series - model.fit().seasonal).tolist())


def _dependence(values: Sequence[float]) -> Text | None:
    """Return that each value hangs on the one before it, where it does closely."""
    from statsmodels.tsa.stattools import acf  # noqa: PLC0415 - loads for a second

    lag = float(acf(np.asarray(values, np.float64), nlags=1, fft=False)[1])
    if lag <= DEPENDENT:
        return None
    return Text(
        ko=f"값이 앞 기간의 값에 크게 좌우되어(자기상관 {lag:.2f}) 신호가 많이 나올 수 있습니다.",
        en=f"Each value follows closely from the one before ({lag:.2f}): expect many signals.",
    )


def _too_few(count: int) -> Text:
    return Text(
        ko=f"값이 {count}개뿐입니다. 관리도에는 {FEWEST}개 이상이 필요합니다.",
        en=f"There are {count} values; a control chart needs {FEWEST}.",
    )
