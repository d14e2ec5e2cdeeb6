"""What an indicator says: its newest complete period, its change, its series, how unusual it is."""

import calendar
import dataclasses
import datetime as dt
import statistics
from collections.abc import Sequence
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from cityboard.catalog import Grain, Indicator
from cityboard.query import By, Field, Period, Query
from cityboard.selection import Clause, Interval, Members
from cityboard.store import Answer, Store, last_day

GRAINS: dict[str, Grain] = {"D": "day", "M": "month", "A": "year"}
TYPICAL_PERIODS = 12  # periods that say what is usual for an indicator


@dataclasses.dataclass(frozen=True)
class Observation:
    """An indicator's value and what to compare it with.

    Attributes:
        indicator: What it is a value of.
        value: In the indicator's unit; None where nothing was published for it.
        period: First day of the period it is about; None without a time column.
        until: Last day of that period, or of the rows.
        previous: The value one period earlier; None where there is none.
        series: First days of periods and values, oldest first, complete periods only.
        answer: Where the numbers come from.
    """

    indicator: Indicator
    value: float | None
    period: dt.date | None
    until: dt.date | None
    previous: float | None
    series: tuple[tuple[dt.date, float], ...]
    answer: Answer

    @property
    def change_pct(self) -> float | None:
        """Return the change against the previous period in per cent; None if it has none."""
        if self.value is None or not self.previous:
            return None
        return 100 * (self.value - self.previous) / abs(self.previous)

    @property
    def trend(self) -> Literal["up", "down", "level", "unknown"]:
        """Return which way the value went; less than half a per cent is level."""
        if self.change_pct is None:
            return "unknown"
        if abs(self.change_pct) < 0.5:
            return "level"
        return "up" if self.change_pct > 0 else "down"

    @property
    def judgement(self) -> Literal["better", "worse", "neither"]:
        """Return whether the change is in the direction wanted."""
        if self.trend in {"level", "unknown"} or self.indicator.direction == "neither":
            return "neither"
        return "better" if self.trend == self.indicator.direction else "worse"

    @property
    def deviation(self) -> float:
        """Return how many standard deviations the value is from the mean of the 12 before it.

        0 where fewer than three periods came before it, or all were equal.
        """
        before = [value for _, value in self.series[-TYPICAL_PERIODS - 1 : -1]]
        if self.value is None or len(before) < 3:
            return 0.0
        spread = statistics.stdev(before)
        return (self.value - statistics.fmean(before)) / spread if spread else 0.0


def observe(store: Store, indicator: Indicator, *, where: Sequence[Clause] = ()) -> Observation:
    """Return an indicator's observation within a selection.

    Args:
        store: Answers.
        indicator: What to observe.
        where: Clauses of the selection; a period keeps only the periods that begin in it.

    Raises:
        CityboardError: As of `Store.answer`.
    """
    dataset = store.dataset(indicator.dataset)
    rows = (*own_clauses(indicator), *(c for c in where if not isinstance(c, Interval)))
    if dataset.time is None:
        answer = store.answer(Query(dataset.id, (indicator.measure,), where=rows))
        value = _number(answer.frame[indicator.measure].iloc[0])
        return Observation(indicator, value, None, None, None, (), answer)
    grain = GRAINS[indicator.frequency]
    by: tuple[By, ...] = (Period(grain),)
    answer = store.answer(Query(dataset.id, (indicator.measure,), by, rows))
    last = last_day(answer.snapshot, ZoneInfo(store.catalog.city.time_zone))
    series = _series(indicator, answer.frame, grain, last if _is_open(store, indicator) else None)
    chosen = next((clause for clause in where if isinstance(clause, Interval)), None)
    if chosen:
        series = [(day, value) for day, value in series if chosen.low <= day < chosen.high]
    if not series:
        return Observation(indicator, None, None, None, None, (), answer)
    period, value = series[-1]
    previous = series[-2][1] if len(series) > 1 else None
    until = period_end(period, grain)
    return Observation(indicator, value, period, until, previous, tuple(series), answer)


def observe_areas(
    store: Store, indicator: Indicator, *, where: Sequence[Clause] = ()
) -> tuple[dict[str, float], Observation]:
    """Return an indicator per district for the period that its observation is about.

    Args:
        store: Answers.
        indicator: What to observe; its dataset needs areas.
        where: Clauses of the selection but those on `area`.

    Returns:
        District code → value, without districts that have none; and the city's observation.
    """
    city = observe(store, indicator, where=where)
    rows = (*own_clauses(indicator), *(c for c in where if not isinstance(c, Interval)))
    if city.period and city.until:
        rows = (*rows, Interval(city.period, city.until + dt.timedelta(days=1)))
    query = Query(indicator.dataset, (indicator.measure,), (Field("district"),), rows)
    frame = store.answer(query).frame.dropna()
    days = _days(indicator, city.period) if city.period else 1
    values = frame[indicator.measure].astype(float) / days
    return dict(zip(frame["district"], values, strict=True)), city


def period_end(day: dt.date, grain: Grain) -> dt.date:
    """Return the last day of the period that begins on a day."""
    if grain == "month":
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    if grain == "year":
        return day.replace(month=12, day=31)
    return day


def own_clauses(indicator: Indicator) -> tuple[Clause, ...]:
    """Return the clauses of the indicator's own `where`."""
    return tuple(Members(column, values) for column, values in indicator.where.items())


def _is_open(store: Store, indicator: Indicator) -> bool:
    """Tell whether the newest period may still lack days: rows finer than the frequency."""
    grain = store.grain(indicator.dataset)
    return grain in {"hour", "day"} and indicator.frequency != "D"


def _series(
    indicator: Indicator, frame: pd.DataFrame, grain: Grain, last: dt.date | None
) -> list[tuple[dt.date, float]]:
    rows = frame.dropna()
    pairs = zip(pd.to_datetime(rows["period"]).dt.date, rows[indicator.measure], strict=True)
    return [
        (day, float(value) / _days(indicator, day))
        for day, value in pairs
        if last is None or period_end(day, grain) <= last
    ]


def _days(indicator: Indicator, period: dt.date) -> int:
    if not indicator.per_day:
        return 1
    return (period_end(period, GRAINS[indicator.frequency]) - period).days + 1


def _number(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]
