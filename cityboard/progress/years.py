"""An indicator year by year, made of its complete periods."""

import calendar
import datetime as dt
import itertools
import statistics
from collections.abc import Callable, Sequence
from typing import Literal

from cityboard.observation import Observation

PERIODS = {"M": 12, "Q": 4, "A": 1}  # of a year
WAYS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "mean": statistics.fmean,
    "last": lambda values: values[-1],
}


def annual(observed: Observation) -> tuple[tuple[int, float], ...]:
    """Return year and value of every complete year, oldest first.

    A year is complete with all its periods; where its last period makes its value, with that one.

    Args:
        observed: Its periods are complete; the indicator's `annual` says how they make a year's.
    """
    indicator = observed.indicator
    years = itertools.groupby(observed.series, key=lambda point: point[0].year)
    found = ((year, list(points)) for year, points in years)
    return tuple(
        (year, WAYS[indicator.annual]([value for _, value in points]))
        for year, points in found
        if _is_complete(year, [day for day, _ in points], indicator.frequency, indicator.annual)
    )


def _is_complete(
    year: int, days: Sequence[dt.date], frequency: str, way: Literal["sum", "mean", "last"]
) -> bool:
    if way == "last":
        return days[-1] >= _last_period(year, frequency)
    return len(days) == PERIODS.get(frequency, 365 + calendar.isleap(year))


def _last_period(year: int, frequency: str) -> dt.date:
    """Return the first day of the last period of a year."""
    if frequency == "D":
        return dt.date(year, 12, 31)
    return dt.date(year, 13 - 12 // PERIODS[frequency], 1)
