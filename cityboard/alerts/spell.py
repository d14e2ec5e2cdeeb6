"""When a number was beyond its limits: pure functions of what became known, in order."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from cityboard.catalog import Alert

DEVIATIONS_PER_MAD = 1.4826  # the standard deviation of a normal distribution, in its MADs
MINUTE = dt.timedelta(minutes=1)
WEEKS_AT_LEAST = 4  # fewer values of past weeks say nothing about what is usual


@dataclasses.dataclass(frozen=True)
class Point:
    """What became known at an instant.

    Attributes:
        at: When it is known (aware): the end of the period it is about.
        value: The number; None where it is not known.
        signal: What is compared with the limits: the value itself, its change, or how unusual it
            is; None where that is not known.
    """

    at: dt.datetime
    value: float | None
    signal: float | None


@dataclasses.dataclass(frozen=True)
class Spell:
    """A time for which a number was beyond its limits.

    Attributes:
        opened_at: When it was known to be beyond the limit for as long as the rule asks.
        closed_at: When it was known to be back; None where it is not.
        first: What was known when it opened.
        last: What is known of it last, at its closing where it has closed.
        worst: The point with the worst signal of it.
    """

    opened_at: dt.datetime
    closed_at: dt.datetime | None
    first: Point
    last: Point
    worst: Point


def spells(alert: Alert, points: Iterable[Point]) -> tuple[Spell, ...]:
    """Return the spells of a rule, in order.

    A signal that is not known begins the count of periods anew, and leaves an open spell open.

    Args:
        alert: Of any kind but an absence.
        points: What became known, in order.
    """
    opens, closes = alert.opens or 0.0, alert.closing_limit or 0.0
    found: list[Spell] = []
    run = 0
    for point in points:
        if point.signal is None:
            run = 0
            continue
        run = run + 1 if alert.sign * (point.signal - opens) >= 0 else 0
        is_open = bool(found) and found[-1].closed_at is None
        if is_open:
            is_back = alert.sign * (point.signal - closes) < 0
            found[-1] = _continued(alert, found[-1], point, is_back=is_back)
        elif run >= alert.periods:
            found.append(Spell(point.at, None, point, point, point))
    return tuple(found)


def _continued(alert: Alert, spell: Spell, point: Point, *, is_back: bool) -> Spell:
    def badness(each: Point) -> float:
        return alert.sign * (each.signal or 0.0)

    return dataclasses.replace(
        spell,
        closed_at=point.at if is_back else None,
        last=point,
        worst=max(spell.worst, point, key=badness),
    )


def silences(
    minutes: int, news: Sequence[dt.datetime], *, since: dt.datetime, until: dt.datetime
) -> tuple[Spell, ...]:
    """Return the times without news of at least so many minutes, in order.

    Args:
        minutes: Without news for so long, a spell opens.
        news: When there was news (aware), in order.
        since: Before it nothing is known: without any news a spell opens as if the last came then.
        until: The instant that is looked from.

    Returns:
        Spells whose values are the full minutes without news.
    """
    limit = dt.timedelta(minutes=minutes)
    heard = [at for at in news if since <= at <= until] or [since]
    nexts: list[dt.datetime | None] = [*heard[1:], None]
    found = []
    for last, following in zip(heard, nexts, strict=True):
        end = following or until
        if end - last >= limit:
            opened = Point(last + limit, float(minutes), float(minutes))
            silent = float((end - last) // MINUTE)
            now = Point(following or last + silent * MINUTE, silent, silent)
            found.append(Spell(opened.at, following, opened, now, now))
    return tuple(found)


def rates(values: pd.Series, over: int) -> pd.Series:
    """Return how much each value differs from the one so many periods before.

    Args:
        values: By period, every period once; NaN where it is not known.
        over: Periods.
    """
    return values - values.shift(over)


def deviations(values: pd.Series, weeks: int, *, smallest_spread: float = 0.0) -> pd.Series:
    """Return how far each value is from the same hour and weekday of past weeks.

    It is (value - median) / (1.4826 × MAD) over the past weeks, the *modified z-score*: unlike mean
    and standard deviation, a past outlier does not move it. 3.5 is the customary limit.

    Args:
        values: By period on the city's clock (naive), every period once; NaN where it is not known.
        weeks: How many past weeks say what is usual.
        smallest_spread: The spread 1.4826 × MAD is never taken to be smaller.

    Returns:
        By period, in robust standard deviations; NaN with fewer than four past values, or where the
        past values have no spread.

    Source: B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers (ASQC, 1993).
    """
    periods = pd.DatetimeIndex(values.index)
    before = [periods - pd.Timedelta(weeks=n) for n in range(1, weeks + 1)]
    past = np.column_stack([values.reindex(each).to_numpy(float) for each in before])
    scores = np.full(len(values), np.nan)
    is_told = (~np.isnan(past)).sum(axis=1) >= WEEKS_AT_LEAST
    if is_told.any():
        usual = np.nanmedian(past[is_told], axis=1)
        mad = np.nanmedian(np.abs(past[is_told] - usual[:, None]), axis=1)
        spread = np.maximum(DEVIATIONS_PER_MAD * mad, smallest_spread)
        apart = values.to_numpy(float)[is_told] - usual
        with np.errstate(divide="ignore", invalid="ignore"):
            scores[is_told] = np.where(spread > 0, apart / spread, np.nan)
    return pd.Series(scores, values.index)
