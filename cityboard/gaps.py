"""What is missing: breakdowns that are expected, women beside men, sums that differ, old data."""

import dataclasses
import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from cityboard.catalog import Dataset, Indicator, Provenance, Text
from cityboard.catalog.indicator import Breakdown
from cityboard.errors import DisclosureError, NoSnapshotError, UnknownNameError
from cityboard.observation import Observation, observe, observe_areas, own_clauses
from cityboard.query import Field, Query
from cityboard.selection import Clause, Interval, Members
from cityboard.store import Store

UNREADABLE = (NoSnapshotError, DisclosureError, UnknownNameError)
WOMEN, MEN = frozenset({"f", "female", "women"}), frozenset({"m", "male", "men"})  # codes of sex
NOT_TOLD = frozenset({"unknown", "all", "total"})  # codes that are no group of their own
ROUNDING = 1e-9  # of the city's value, by which a sum of floating numbers may be off
NO_DATA = Text(ko="공표된 자료가 없습니다.", en="Nothing has been published.")
NO_COLUMN = Text(
    ko="자료에 이 구분이 없습니다.", en="The dataset does not tell these groups apart."
)
NO_GROUPS = Text(
    ko="가장 새로운 기간에 구분된 값이 없습니다.", en="The newest period has no values by group."
)
NO_AREAS = Text(ko="지역이 없는 자료입니다.", en="The dataset has no areas.")
NOT_ADDITIVE = Text(
    ko="비율이나 평균처럼 더할 수 없는 값입니다.",
    en="It is a ratio, a mean or an extreme, which cannot be added up.",
)
NO_VALUE = Text(ko="값이 없습니다.", en="There is no value.")
UNDECLARED = Text(
    ko="지역의 합이 도시 전체의 값과 다르지만 그 이유가 적혀 있지 않습니다.",
    en="The areas do not add up to the city, and no reason is declared.",
)


@dataclasses.dataclass(frozen=True)
class Gap:
    """Whether an indicator has a breakdown that it should have.

    Attributes:
        indicator: What should have it.
        breakdown: `area`, `sex` or `age`.
        groups: How many groups have a value in the newest period.
        reason: Why it is missing; None where it is there.
    """

    indicator: Indicator
    breakdown: Breakdown
    groups: int
    reason: Text | None = None

    @property
    def is_there(self) -> bool:
        """Tell whether the data tell two groups apart at least."""
        return self.reason is None


@dataclasses.dataclass(frozen=True)
class BreakdownShare:
    """How many of the breakdowns that are expected are there.

    Attributes:
        breakdown: `area`, `sex` or `age`.
        expected: Indicators that should have it.
        there: Those of them that have it.
        listed: Indicators of the list, whether or not they should have it.
    """

    breakdown: Breakdown
    expected: int
    there: int
    listed: int

    @property
    def pct(self) -> float:
        """Return the share of expected ones that are there, in per cent; NaN where none is."""
        return 100 * self.there / self.expected if self.expected else math.nan


@dataclasses.dataclass(frozen=True)
class GenderGap:
    """Women's and men's value of an indicator in its newest period that has both.

    Attributes:
        indicator: Of what; it names a column of sex.
        period: First day of that period; None without a time column.
        women, men: In the indicator's unit; None where there is none.
        reason: Why there is no difference; None where there is one.
    """

    indicator: Indicator
    period: dt.date | None = None
    women: float | None = None
    men: float | None = None
    reason: Text | None = None

    @property
    def difference(self) -> float | None:
        """Return women's value less men's; None where one of them is missing."""
        return None if self.women is None or self.men is None else self.women - self.men


@dataclasses.dataclass(frozen=True)
class Sums:
    """Whether an indicator's areas add up to the city.

    Attributes:
        indicator: Of what.
        city: The city's value in its newest period; None where there is none.
        areas: The sum over districts; None where it makes no sense.
        adds_up: Whether they are equal but for rounding; None where they need not be.
        reason: Why they do not, or need not; None where they do.
    """

    indicator: Indicator
    city: float | None
    areas: float | None
    adds_up: bool | None
    reason: Text | None = None


@dataclasses.dataclass(frozen=True)
class Coverage:
    """Where an indicator's numbers come from and how old they are.

    Attributes:
        indicator: Of what.
        provenance: Its class; None where nothing was published.
        publisher: Who published the source.
        as_of: Latest day the rows are about; None where that is not known.
        age_days: Days since; None where nothing was published.
        is_stale: Whether it is older than its entry promises.
        reason: Why nothing is told; None where it is.
    """

    indicator: Indicator
    provenance: Provenance | None = None
    publisher: Text | None = None
    as_of: dt.date | None = None
    age_days: int | None = None
    is_stale: bool | None = None
    reason: Text | None = None


def gaps(store: Store) -> list[Gap]:
    """Return whether each breakdown that a listed indicator should have is in its data.

    A breakdown is there when two of its groups have a value in the newest complete period. The
    data are asked, not the entry.

    Returns:
        By the number of the indicator, then as its entry orders them.
    """
    return [gap for entry in _listed(store) for gap in _gaps_of(store, entry)]


def shares(found: Sequence[Gap], *, listed: int) -> list[BreakdownShare]:
    """Return how much of each breakdown is there.

    Args:
        found: As of `gaps`.
        listed: How many indicators the list has; those without an entry are among them.
    """
    expected = Counter(gap.breakdown for gap in found)
    there = Counter(gap.breakdown for gap in found if gap.is_there)
    kinds: tuple[Breakdown, ...] = ("area", "sex", "age")
    return [BreakdownShare(kind, expected[kind], there[kind], listed) for kind in kinds]


def gender_gaps(store: Store) -> list[GenderGap]:
    """Return women's and men's value of every indicator whose entry names a column of sex."""
    entries = store.catalog.indicators.values()
    return [_gender_gap(store, entry) for entry in entries if entry.sex]


def sums(store: Store, indicator: Indicator) -> Sums:
    """Return whether an indicator's districts add up to the city, and why where they do not.

    Raises:
        CityboardError: As of `Store.answer`.
    """
    dataset = store.dataset(indicator.dataset)
    measure = dataset.measure(indicator.measure)
    if dataset.place is None or dataset.place.area is None:
        return Sums(indicator, observe(store, indicator).value, None, None, NO_AREAS)
    if not measure.additive:
        reason = indicator.apart or NOT_ADDITIVE
        return Sums(indicator, observe(store, indicator).value, None, None, reason)
    values, city = observe_areas(store, indicator)
    if city.value is None:
        return Sums(indicator, None, None, None, NO_VALUE)
    total = math.fsum(values.values())
    if math.isclose(total, city.value, rel_tol=ROUNDING, abs_tol=ROUNDING):
        return Sums(indicator, city.value, total, adds_up=True)
    reason = indicator.apart or _without_area(store, city, total) or UNDECLARED
    return Sums(indicator, city.value, total, adds_up=False, reason=reason)


def coverage(store: Store, *, today: dt.date | None = None) -> list[Coverage]:
    """Return where the numbers of every indicator come from and how old they are.

    Args:
        store: Answers.
        today: The city's calendar day; None is now.

    Returns:
        The listed ones by number, then the others by id.
    """
    entries = sorted(store.catalog.indicators.values(), key=lambda each: each.number or math.inf)
    return [_coverage(store, entry, today) for entry in entries]


def _listed(store: Store) -> list[Indicator]:
    entries = [each for each in store.catalog.indicators.values() if each.number is not None]
    return sorted(entries, key=lambda each: each.number or 0)


def _gaps_of(store: Store, indicator: Indicator) -> list[Gap]:
    """Return whether each breakdown that one indicator should have is in its data."""
    try:
        dataset, newest = store.dataset(indicator.dataset), observe(store, indicator)
    except UNREADABLE:
        return [Gap(indicator, each, 0, NO_DATA) for each in indicator.expected]
    fields = ((each, _field(indicator, dataset, each)) for each in indicator.expected)
    return [_gap(store, newest, breakdown, field) for breakdown, field in fields]


def _gap(store: Store, newest: Observation, breakdown: Breakdown, field: str | None) -> Gap:
    if field is None:
        return Gap(newest.indicator, breakdown, 0, NO_COLUMN)
    try:
        known = _by_group(store, newest, field).dropna()
    except UNREADABLE:  # the role may not see the column
        return Gap(newest.indicator, breakdown, 0, NO_COLUMN)
    groups = int((~known[field].astype(str).isin(NOT_TOLD)).sum())
    return Gap(newest.indicator, breakdown, groups, None if groups > 1 else NO_GROUPS)


def _field(indicator: Indicator, dataset: Dataset, breakdown: Breakdown) -> str | None:
    """Return the field that tells the groups apart; None where there is none."""
    if breakdown == "area":
        return "district" if dataset.place and dataset.place.area else None
    return indicator.sex if breakdown == "sex" else indicator.age


def _by_group(store: Store, newest: Observation, field: str) -> pd.DataFrame:
    """Return the measure per group (null last) of the period that an observation is about."""
    indicator = newest.indicator
    rows: tuple[Clause, ...] = own_clauses(indicator)
    if newest.period and newest.until:
        rows = (*rows, Interval(newest.period, newest.until + dt.timedelta(days=1)))
    query = Query(indicator.dataset, (indicator.measure,), (Field(field),), rows)
    return store.answer(query).frame


def _without_area(store: Store, city: Observation, total: float) -> Text | None:
    """Return the reason where what is missing belongs to rows without an area; else None."""
    indicator, value = city.indicator, city.value or 0.0
    frame = _by_group(store, city, "district")
    everything = frame[indicator.measure].sum()
    nowhere = frame.loc[frame["district"].isna(), indicator.measure].sum()
    missing = value - total
    is_all = everything and math.isclose(
        missing, value * nowhere / everything, rel_tol=1e-6, abs_tol=ROUNDING
    )
    if not is_all:
        return None
    pct = 100 * missing / value
    return Text(
        ko=f"지역을 알 수 없는 자료가 {pct:,.2f}% 있습니다.",
        en=f"{pct:,.2f}% of it belongs to no known area.",
    )


def _gender_gap(store: Store, indicator: Indicator) -> GenderGap:
    try:
        women, men = (_of_sex(store, indicator, codes) for codes in (WOMEN, MEN))
    except UNREADABLE:
        return GenderGap(indicator, reason=NO_DATA)
    periods = [day for day in women if day in men]
    if not periods:
        return GenderGap(indicator, reason=NO_GROUPS)
    newest = max(periods, key=lambda day: day or dt.date.min)
    return GenderGap(indicator, newest, women[newest], men[newest])


def _of_sex(
    store: Store, indicator: Indicator, codes: frozenset[str]
) -> dict[dt.date | None, float]:
    """Return first day and value of the periods that one sex has; of None without a time."""
    column = store.dataset(indicator.dataset).column(str(indicator.sex))
    known = sorted(codes & set(column.labels or codes))
    if not known:
        return {}
    seen = observe(store, indicator, where=(Members(column.name, tuple(known)),))
    if seen.period is None:
        return {} if seen.value is None else {None: seen.value}
    return dict(seen.series)


def _coverage(store: Store, indicator: Indicator, today: dt.date | None) -> Coverage:
    try:
        dataset, snapshot = store.dataset(indicator.dataset), store.snapshot(indicator.dataset)
        age = store.freshness(indicator.dataset, today=today)
    except UNREADABLE:
        return Coverage(indicator, reason=NO_DATA)
    return Coverage(
        indicator,
        snapshot.lineage.provenance,
        dataset.publisher,
        age.last,
        age.age_days,
        age.is_stale,
    )
