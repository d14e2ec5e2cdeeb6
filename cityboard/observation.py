"""What an indicator says: its newest complete period, its change, its series, how unusual it is."""

import dataclasses
import datetime as dt
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from cityboard.cancel import Cancel
from cityboard.catalog import Grain, Indicator
from cityboard.period import period_before, period_end
from cityboard.query import Field, Period, Query
from cityboard.selection import Clause, Interval, Members
from cityboard.store import Answer, Store, last_day

GRAINS: dict[str, Grain] = {"D": "day", "M": "month", "Q": "quarter", "A": "year"}
TYPICAL_PERIODS = 12  # periods that say what is usual for an indicator


@dataclasses.dataclass(frozen=True)
class Observation:
    """An indicator's value and what to compare it with.

    Attributes:
        indicator: What it is a value of.
        value: In the indicator's unit; None where nothing was published for it.
        period: First day of the period it is about; None without a time column.
        until: Last day of that period, or of the rows.
        previous: The value one period earlier, selected or not; None where there is none.
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
        """Return whether the change is in the direction wanted, or nearer to the band wanted."""
        if self.trend in {"level", "unknown"} or self.indicator.direction == "neither":
            return "neither"
        if self.indicator.band and self.value is not None and self.previous is not None:
            now, before = (_beyond(v, *self.indicator.band) for v in (self.value, self.previous))
            return "neither" if now == before else "better" if now < before else "worse"
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


def observe(
    store: Store,
    indicator: Indicator,
    *,
    where: Sequence[Clause] = (),
    cancel: Cancel | None = None,
) -> Observation:
    """Return an indicator's observation within a selection.

    Args:
        store: Answers.
        indicator: What to observe.
        where: Clauses of the selection; a period keeps only the periods that begin in it.
        cancel: Stops it.

    Raises:
        CityboardError: As of `Store.answer`.
    """
    answer = store.answer(query_of(store, indicator, where), cancel=cancel)
    if store.dataset(indicator.dataset).time is None:
        return _timeless(indicator, answer)
    days = _complete_days(store, indicator, answer)
    return _observation(indicator, answer, _series(store, indicator, answer, days), where)


def observe_by(
    store: Store,
    indicator: Indicator,
    field: str,
    *,
    where: Sequence[Clause] = (),
    cancel: Cancel | None = None,
) -> dict[str, Observation]:
    """Return an indicator's observation per value of a field, such as a sex, an age or a district.

    Args:
        store: Answers.
        indicator: What to observe.
        field: `area`, `district` or a column of the indicator's dataset.
        where: Clauses of the selection, as of `observe`.
        cancel: Stops it.

    Returns:
        Value of the field, as text → its observation, in the order of the values. Rows without a
        value are in none; a value has 0 where nothing happened, as the city has.

    Raises:
        CityboardError: As of `Store.answer`.
    """
    query = query_of(store, indicator, where)
    asked = dataclasses.replace(query, by=(*query.by, Field(field)))
    answer = store.answer(asked, cancel=cancel)
    parts = {
        str(value): dataclasses.replace(answer, frame=part)
        for value, part in answer.frame.dropna(subset=[field]).groupby(field, sort=True)
    }
    if store.dataset(indicator.dataset).time is None:
        return {value: _timeless(indicator, part) for value, part in parts.items()}
    days = _complete_days(store, indicator, answer)
    return {
        value: _observation(indicator, part, _series(store, indicator, part, days), where)
        for value, part in parts.items()
    }


def query_of(store: Store, indicator: Indicator, where: Sequence[Clause] = ()) -> Query:
    """Return the one query behind an indicator: per period, or of all rows of a register.

    Args:
        store: Knows the dataset.
        indicator: Of which.
        where: Clauses of the selection; its period is not asked, for the series is told whole.
    """
    rows = _rows_of(indicator, where)
    has_time = store.dataset(indicator.dataset).time is not None
    by = (Period(GRAINS[indicator.frequency]),) if has_time else ()
    return Query(indicator.dataset, (indicator.measure,), by, rows)


def observe_areas(
    store: Store,
    indicator: Indicator,
    *,
    where: Sequence[Clause] = (),
    cancel: Cancel | None = None,
) -> tuple[dict[str, float], Observation]:
    """Return an indicator per district for the period that its observation is about.

    Args:
        store: Answers.
        indicator: What to observe; its dataset needs areas.
        where: Clauses of the selection but those on `area`.
        cancel: Stops it.

    Returns:
        District code → value, 0 where nothing happened, without districts that have none; and
        the city's observation. No district has one where the city's number is told of none.
    """
    city = observe(store, indicator, where=where, cancel=cancel)
    rows = _rows_of(indicator, where)
    if city.period and city.until:
        rows = (*rows, Interval(city.period, city.until + dt.timedelta(days=1)))
    query = Query(indicator.dataset, (indicator.measure,), (Field("district"),), rows)
    frame = store.answer(query, cancel=cancel).frame
    known = frame.dropna(subset=["district"])
    values = dict(zip(known["district"], known[indicator.measure].astype(float), strict=True))
    is_told = bool(values) or city.value == 0
    if _is_additive(store, indicator) and city.value is not None and is_told:
        values = {area.code: 0.0 for area in store.catalog.areas("district")} | values
    days = _days(store, indicator).get(city.period, 1) if city.period else 1
    return {code: v / days for code, v in values.items() if not math.isnan(v)}, city


def own_clauses(indicator: Indicator) -> tuple[Clause, ...]:
    """Return the clauses of the indicator's own `where`."""
    return tuple(Members(column, values) for column, values in indicator.where.items())


def _rows_of(indicator: Indicator, where: Sequence[Clause]) -> tuple[Clause, ...]:
    return (*own_clauses(indicator), *(c for c in where if not isinstance(c, Interval)))


def _timeless(indicator: Indicator, answer: Answer) -> Observation:
    value = _number(answer.frame[indicator.measure].iloc[0])
    return Observation(indicator, value, None, None, None, (), answer)


def _observation(
    indicator: Indicator,
    answer: Answer,
    every: Sequence[tuple[dt.date, float]],
    where: Sequence[Clause],
) -> Observation:
    grain = GRAINS[indicator.frequency]
    chosen = next((clause for clause in where if isinstance(clause, Interval)), None)
    series = [(d, v) for d, v in every if chosen is None or chosen.low <= d < chosen.high]
    if not series:
        return Observation(indicator, None, None, None, None, (), answer)
    period, value = series[-1]
    before = dict(every).get(period_before(period, grain))
    until = period_end(period, grain)
    return Observation(indicator, value, period, until, before, tuple(series), answer)


def _series(
    store: Store, indicator: Indicator, answer: Answer, days: Mapping[dt.date, int]
) -> list[tuple[dt.date, float]]:
    """Return first days and values of complete periods, oldest first.

    A period with rows, but none that meet the selection, is 0 where the measure adds up; a period
    without any row was not published, and is missing.
    """
    rows = answer.frame.dropna(subset=["period"])
    periods = pd.to_datetime(rows["period"]).dt.date
    found = dict(zip(periods, rows[indicator.measure].astype(float), strict=True))
    if _is_additive(store, indicator):
        found = dict.fromkeys(days, 0.0) | found
    return [
        (day, found[day] / divisor)
        for day, divisor in days.items()
        if not math.isnan(found.get(day, math.nan))
    ]


def _complete_days(store: Store, indicator: Indicator, answer: Answer) -> dict[dt.date, int]:
    """Return the periods of `_days` that are over."""
    grain, covered = GRAINS[indicator.frequency], _covered(store, answer)
    return {
        day: divisor
        for day, divisor in _days(store, indicator).items()
        if covered is None or period_end(day, grain) <= covered
    }


def _days(store: Store, indicator: Indicator) -> dict[dt.date, int]:
    """Return each published period and by how many days its measure is divided (else by 1).

    They are the days that have any row; the calendar's where the rows do not tell days apart.
    """
    grain = GRAINS[indicator.frequency]
    query = Query(indicator.dataset, ("days",), (Period(grain),))
    frame = store.answer(query).frame.dropna(subset=["period"])
    published = dict(zip(pd.to_datetime(frame["period"]).dt.date, frame["days"], strict=True))
    if not indicator.per_day:
        return dict.fromkeys(published, 1)
    if store.grain(indicator.dataset) in {"hour", "day"}:
        return {day: int(days) for day, days in published.items()}
    return {day: (period_end(day, grain) - day).days + 1 for day in published}


def _is_additive(store: Store, indicator: Indicator) -> bool:
    return store.dataset(indicator.dataset).measure(indicator.measure).additive


def _covered(store: Store, answer: Answer) -> dt.date | None:
    """Return the last day of the newest step of time that is published."""
    last = last_day(answer.snapshot, ZoneInfo(store.catalog.city.time_zone))
    step = store.grain(answer.snapshot.dataset)
    return period_end(last, step) if last and step else None


def _beyond(value: float, low: float, high: float) -> float:
    """Return how far a value lies outside a band; 0 inside it and at its ends."""
    return max(low - value, value - high, 0.0)


def _number(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]
