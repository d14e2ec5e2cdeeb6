"""What may come: a series carried on, with the room in which it is likely to lie.

Exponential smoothing in state space form (ETS) with additive error and, where a season is known,
additive season, as statsmodels' `ETSModel` fits it by maximum likelihood; without a trend or with a
damped one, whichever has the lower AICc (Hyndman, Koehler, Ord, Snyder 2008, Forecasting with
Exponential Smoothing).

statsmodels' own intervals take the fitted parameters for known. Of 60 random walks of two years of
months with a season, 60 to 73 % of what came lay within its 95 %. They are therefore widened as
those of a regression are: variance by n / (n - k), and Student's t instead of the normal.
"""

import dataclasses
import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cityboard.catalog import Indicator, Text
from cityboard.observation import GRAINS, Observation
from cityboard.period import period_before, period_end

SEASONS = {"D": 7, "M": 12, "Q": 4, "A": 0}  # periods until the season returns
FEWEST = {"D": 730, "M": 24, "Q": 16, "A": 8}  # as many as leave room for an error
AHEAD = {"D": 28, "M": 12, "Q": 4, "A": 3}
MOST = {"D": 1096, "M": 120, "Q": 60, "A": 60}  # newest values fitted, for a fit under 300 ms
ROUNDING = 1e-12
LEVELS = (0.80, 0.95)
NEVER_CHANGED = Text(ko="값이 바뀐 적이 없습니다.", en="It never changed.")
NOT_FITTED = Text(
    ko="이 값들에 맞는 예측 모형을 찾지 못했습니다.", en="No model could be fitted to these values."
)
WITHOUT_TREND = Text(ko="지수평활(ETS), 추세 없음", en="Exponential smoothing (ETS) without trend")
WITH_TREND = Text(
    ko="지수평활(ETS), 약해지는 추세", en="Exponential smoothing (ETS) with damped trend"
)


@dataclasses.dataclass(frozen=True)
class ForecastPoint:
    """A period to come, in the indicator's unit.

    Attributes:
        day: Its first day.
        value: Expected.
        low80, high80, low95, high95: Between which it lies with 80 and 95 % probability, if what
            was will go on; never past the indicator's limits.
    """

    day: dt.date
    value: float
    low80: float
    high80: float
    low95: float
    high95: float


@dataclasses.dataclass(frozen=True)
class Forecast:
    """What may come.

    Attributes:
        indicator: Of what.
        points: Oldest first; none where there is no forecast.
        since: First day of the values it is made from; None where there is no forecast.
        model: How it was made.
        reason: Why there is none; None where there is one.
    """

    indicator: Indicator
    points: tuple[ForecastPoint, ...] = ()
    since: dt.date | None = None
    model: Text | None = None
    reason: Text | None = None


def forecast(observed: Observation, periods: int | None = None) -> Forecast:
    """Return the periods that come next, from the newest unbroken run of periods.

    Args:
        observed: Two years of days or months, four of quarters, eight of years; else there is no
            forecast.
        periods: How many; None is the next twelve months or four quarters, three years, 28 days.
    """
    indicator = observed.indicator
    run = _unbroken_end(observed)
    if len(run) < FEWEST[indicator.frequency]:
        return Forecast(indicator, reason=_too_short(indicator, len(run)))
    run = run[-MOST[indicator.frequency] :]
    values = np.array([value for _, value in run])
    scale = float(np.abs(values).mean())
    if np.ptp(values) <= ROUNDING * scale:
        return Forecast(indicator, reason=NEVER_CHANGED)
    days = _next_days(run[-1][0], indicator, periods or AHEAD[indicator.frequency])
    fitted = _fitted(values / scale, SEASONS[indicator.frequency])
    if fitted is None:
        return Forecast(indicator, reason=NOT_FITTED)
    table = _limited(scale * _bands(fitted, len(days)), indicator.limits)
    points = (ForecastPoint(day, *row) for day, row in zip(days, table.tolist(), strict=True))
    model = WITH_TREND if fitted.model.trend else WITHOUT_TREND
    return Forecast(indicator, tuple(points), run[0][0], model)


def _fitted(values: np.ndarray, season: int) -> Any:
    """Return the fit with the lower AICc, without or with damped trend; None if neither ends."""
    from statsmodels.tsa.exponential_smoothing.ets import (  # noqa: PLC0415 - loads for a second
        ETSModel,
    )
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    fits = []
    for trend in (None, "add"):
        model = ETSModel(
            pd.Series(values),
            error="add",
            trend=trend,
            damped_trend=trend is not None,
            seasonal="add" if season else None,
            seasonal_periods=season or None,
            initialization_method="heuristic" if season == 7 else "estimated",  # 8 ms, not 400
        )
        with threadpool_limits(
            1, user_api="blas"
        ):  # matrices of 20: threads take five times as long
            fits.append(model.fit(disp=False, warn_convergence=False))
    ended = [fit for fit in fits if fit.mle_retvals["converged"] and np.isfinite(fit.aicc)]
    return min(ended, key=lambda fit: fit.aicc, default=None)


def _bands(fitted: Any, count: int) -> np.ndarray:
    """Return (count, 5) the expected value, low and high of 80 %, low and high of 95 %."""
    from scipy import stats  # noqa: PLC0415 - comes with statsmodels

    n, k = fitted.nobs, len(fitted.params)
    steps = fitted.get_prediction(start=n, end=n + count - 1)
    mean = steps.predicted_mean.to_numpy()
    columns = [mean]
    for level in LEVELS:
        tail = (1 + level) / 2
        wider = math.sqrt(n / (n - k)) * stats.t.ppf(tail, n - k) / stats.norm.ppf(tail)
        own = steps.pred_int(alpha=1 - level).to_numpy()
        columns += [mean + wider * (own[:, end] - mean) for end in (0, 1)]
    return np.column_stack(columns)


def _limited(table: np.ndarray, limits: tuple[float | None, float | None]) -> np.ndarray:
    low, high = limits
    return table if low is None and high is None else np.clip(table, low, high)


def _unbroken_end(observed: Observation) -> Sequence[tuple[dt.date, float]]:
    """Return the newest periods that follow each other without a gap."""
    series, grain = observed.series, GRAINS[observed.indicator.frequency]
    first = len(series) - 1
    while first > 0 and period_before(series[first][0], grain) == series[first - 1][0]:
        first -= 1
    return series[max(first, 0) :]


def _next_days(last: dt.date, indicator: Indicator, count: int) -> list[dt.date]:
    """Return the first days of the periods after the one that begins on a day."""
    days, grain = [last], GRAINS[indicator.frequency]
    for _ in range(count):
        days.append(period_end(days[-1], grain) + dt.timedelta(days=1))
    return days[1:]


def _too_short(indicator: Indicator, count: int) -> Text:
    needed = FEWEST[indicator.frequency]
    return Text(
        ko=f"빠짐없이 이어지는 값이 {count}개뿐입니다. 전망에는 {needed}개 이상이 필요합니다.",
        en=f"{count} values follow each other without a gap; a forecast needs {needed}.",
    )
