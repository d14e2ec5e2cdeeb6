"""Answers from a cube, in milliseconds whatever the number of rows.

Counts and sums of whole numbers are exact; sums of fractions differ from the rows' in the order of
adding, as two answers of the rows' engine may: in the last digits.
"""

import dataclasses
import datetime as dt
import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from cityboard.catalog import Dataset, Measure
from cityboard.engines.duckdb import ROW_CAP
from cityboard.errors import NotHeldError
from cityboard.query import By, Field, Period, Pixels, Query
from cityboard.rollup import ROWS, Axis, Cube
from cityboard.rollup.axes import axis_names
from cityboard.rollup.cube import neutral
from cityboard.selection import Box, Clause, Instants, Interval, Members

LARGEST_EXACT = 2.0**53  # whole numbers below it are told apart as float64
MOST_CELLS = 20_000_000  # of an answer before those without rows are left out
MOST_COPIED = 1000  # rows of a frame: making it takes longer than copying its columns
CALENDAR = {"day": "D", "month": "M", "year": "Y"}
Table = np.ndarray


class Sided(Protocol):
    """Anything whose rows lie at places along axes, the day's first."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Return the axes."""

    def axis(self, name: str) -> int:
        """Return the number of an axis, or raise KeyError."""


@dataclasses.dataclass(frozen=True)
class _Groups:
    """How a `by` groups the cells of a cube.

    Attributes:
        column: Of the answer.
        axes: Axes it depends on.
        values: Of the groups, ascending.
        places: (sides of `axes`) group of each place; the one behind the last value is null.
    """

    column: str
    axes: tuple[int, ...]
    values: np.ndarray
    places: np.ndarray

    def labels(self, places: np.ndarray) -> pd.api.extensions.ExtensionArray:
        """Return the values at some places, in the types that rows give."""
        if len(places) and np.array_equal(places, np.arange(len(self.values))):
            return self._all_labels.array
        if len(places) and places.max() < len(self.values):
            return self._all_labels.array.take(places)
        return _labelled(self.values, places).array

    @functools.cached_property
    def is_axis(self) -> bool:
        """Return whether each place of one axis is a group, in their order."""
        return len(self.axes) == 1 and np.array_equal(self.places, np.arange(len(self.places)))

    @functools.cached_property
    def _all_labels(self) -> pd.Series:
        return _labelled(self.values, np.arange(len(self.values)))


def answer(query: Query, dataset: Dataset, cube: Cube) -> pd.DataFrame:
    """Return the answer to a query; see `Query` for columns and order.

    Raises:
        NotHeldError: The cube does not hold it: ask the rows.
    """
    measures = [dataset.measure(name) for name in query.measures]
    _refuse_what_is_not_held(query, measures, dataset, cube)
    chosen = chosen_places(query.where, dataset, cube)
    groups = [_remembered_groups(by, dataset, cube) for by in query.by]
    days = _day_groups(cube) if any(m.aggregate == "days" for m in measures) else None
    counted = _Counted(cube, chosen, groups)
    columns = counted.group_columns()
    for name, measure in zip(query.measures, measures, strict=True):
        columns[name] = counted.measure(measure, days)
    return _framed(columns)


def _framed(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return columns as a frame; a short one from a copy of an empty one, which is sooner made."""
    rows = len(next(iter(columns.values())))
    if rows > MOST_COPIED:
        return pd.DataFrame(columns, copy=False)
    frame = _empty_frame(tuple(columns), rows).copy(deep=False)
    for number, column in enumerate(columns.values()):
        frame.isetitem(number, column)
    return frame


@functools.lru_cache(maxsize=256)
def _empty_frame(names: tuple[str, ...], rows: int) -> pd.DataFrame:
    return pd.DataFrame({name: np.zeros(rows, np.int8) for name in names}, copy=False)


class _Counted:
    """The cells chosen of a cube, added up to groups: ordered, those without rows left out."""

    def __init__(
        self, cube: Cube, chosen: Mapping[int, np.ndarray], groups: Sequence[_Groups]
    ) -> None:
        self.cube, self.chosen, self.groups = cube, chosen, groups
        self._added: dict[str, np.ndarray] = {}
        self._kept = tuple(sorted({axis for group in groups for axis in group.axes}))
        self._sides = tuple(len(group.values) + 1 for group in groups)
        if math.prod(self._sides) > MOST_CELLS:
            raise NotHeldError
        self._is_axis = len(groups) == 1 and groups[0].is_axis and self._kept[0] not in chosen
        rows = self._add(ROWS)
        self._present = np.flatnonzero(rows) if groups else np.zeros(1, np.int64)
        if len(self._present) > ROW_CAP:
            raise NotHeldError

    def group_columns(self) -> dict[str, Any]:
        """Return the columns that name the groups: arrays, which need no aligning."""
        if len(self.groups) == 1:
            return {self.groups[0].column: self.groups[0].labels(self._present)}
        places = np.unravel_index(self._present, self._sides) if self.groups else ()
        return {
            group.column: group.labels(place)
            for group, place in zip(self.groups, places, strict=True)
        }

    @functools.cached_property
    def _group_of_cell(self) -> np.ndarray:
        return self._cells(self.groups, self._kept).reshape(-1)

    def measure(self, measure: Measure, days: _Groups | None) -> np.ndarray:
        """Return a measure per group; null is NaN."""
        values, is_known = self._value(measure, days)
        if measure.scale != 1:
            values = values.astype(np.float64) * measure.scale  # as the rows' engine does
        if is_known is None:
            return values
        return values if is_known.all() else np.where(is_known, values.astype(np.float64), np.nan)

    def _value(
        self, measure: Measure, days: _Groups | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return a measure per group, and where it is known; None for everywhere."""
        column = measure.column
        if measure.aggregate == "days" and days is not None:
            return self._days(days), None
        if column is None:
            return self._of(ROWS), None
        known = self._known(column)
        if measure.aggregate in {"min", "max", "sum"}:
            return self._of(f"{measure.aggregate}:{column}"), known > 0
        total = self._of(f"sum:{column}").astype(np.float64)
        if measure.aggregate == "mean":
            return total / np.where(known, known, 1), known > 0
        over = self._of(f"sum:{measure.over}").astype(np.float64)
        is_known = (known > 0) & (self._known(measure.over or "") > 0) & (over != 0)
        return total / np.where(is_known, over, 1.0), is_known

    def _known(self, column: str) -> np.ndarray:
        part = f"known:{column}"
        return self._of(part if self.cube.has(part) else ROWS)

    def _of(self, part: str) -> np.ndarray:
        return self._add(part)[self._present]

    def _add(self, part: str) -> np.ndarray:
        """Return a part of every group, also of those without rows; added up once."""
        if part not in self._added:
            self._added[part] = self._sum(part)
        return self._added[part]

    def _sum(self, part: str) -> np.ndarray:
        cells = self.cube.total(part, self.chosen, self._kept)
        kind = part.partition(":")[0]
        if not self.groups or self._is_axis:
            return cells.reshape(-1)
        reduce = {"min": np.minimum, "max": np.maximum}.get(kind, np.add)
        start = cells.dtype.type(0) if reduce is np.add else neutral(cells.dtype, reduce)
        found = np.full(int(np.prod(self._sides)), start, cells.dtype)
        reduce.at(found, self._group_of_cell, cells.reshape(-1))
        return found

    def _days(self, days: _Groups) -> np.ndarray:
        """Return on how many days each group has rows."""
        if math.prod(self._sides) * (len(days.values) + 1) > MOST_CELLS:
            raise NotHeldError
        groups = [*self.groups, days]
        kept = tuple(sorted({*self._kept, 0}))
        cells = self.cube.total(ROWS, self.chosen, kept)
        found = np.zeros((*self._sides, len(days.values) + 1), np.int64)
        np.add.at(found.reshape(-1), self._cells(groups, kept).reshape(-1), cells.reshape(-1))
        told = np.count_nonzero(found[..., :-1], axis=-1).reshape(-1)
        return told[self._present]

    def _cells(self, groups: Sequence[_Groups], kept: Sequence[int]) -> np.ndarray:
        """Return the number of the group that each cell of the kept axes lies in."""
        lengths = [
            len(self.chosen.get(n, self.cube.axes[n].values)) + (n not in self.chosen) for n in kept
        ]
        cells = np.zeros(lengths, np.int64)
        for group in groups:
            places = group.places
            for side, axis in enumerate(group.axes):
                if axis in self.chosen:
                    places = np.take(places, self.chosen[axis], axis=side)
            shape = [1] * len(kept)
            for side, axis in enumerate(group.axes):
                shape[kept.index(axis)] = places.shape[side]
            cells = cells * (len(group.values) + 1) + places.reshape(shape)
        return cells


def _refuse_what_is_not_held(
    query: Query, measures: Sequence[Measure], dataset: Dataset, cube: Cube
) -> None:
    names = [*(_column(by) for by in query.by), *query.measures]
    is_asked_well = names and len({*names}) == len(names)
    if not is_asked_well or (dataset.time and dataset.time.is_stock):
        raise NotHeldError
    if any(isinstance(by, Pixels) for by in query.by):
        raise NotHeldError
    for measure in measures:
        if measure.aggregate == "days" and dataset.time is None:
            raise NotHeldError
        is_extreme = measure.column and measure.aggregate in {"min", "max"}
        if is_extreme and dataset.column(measure.column or "").type not in {"int64", "float64"}:
            raise NotHeldError  # rows keep the narrower type
        kind = measure.aggregate if measure.aggregate in {"min", "max"} else "sum"
        if any(c and not cube.has(f"{kind}:{c}") for c in (measure.column, measure.over)):
            raise NotHeldError


def _column(by: By) -> str:
    return by.name if isinstance(by, Field) else "period"


def _axis(cube: Sided, name: str, dataset: Dataset) -> int:
    """Return the number of an axis that the role may ask for."""
    if name == "day" or name not in axis_names(dataset):  # as a field it would be a column
        raise NotHeldError
    try:
        return cube.axis(name)
    except KeyError as error:
        raise NotHeldError from error


def chosen_places(where: Sequence[Clause], dataset: Dataset, cube: Sided) -> dict[int, np.ndarray]:
    """Return the places of each axis that meet the clauses, ascending; null meets none."""
    chosen: dict[int, np.ndarray] = {}
    for clause in where:
        if isinstance(clause, Box | Instants):
            raise NotHeldError
        if dataset.time is None and isinstance(clause, Interval):
            raise NotHeldError
        axis, places = _met(clause, dataset, cube)
        chosen[axis] = np.intersect1d(chosen[axis], places) if axis in chosen else places
    return chosen


def _met(clause: Interval | Members, dataset: Dataset, cube: Sided) -> tuple[int, np.ndarray]:
    """Return an axis and the places of its values that meet a clause, ascending."""
    if isinstance(clause, Interval):
        return 0, _days_within(clause, cube.axes[0].values)
    axis, is_met = _is_met(clause, dataset, cube)
    return axis, np.flatnonzero(is_met)


def _days_within(period: Interval, days: np.ndarray) -> np.ndarray:
    if period.low.year == dt.MINYEAR or period.high.year == dt.MAXYEAR:
        raise NotHeldError  # in UTC it may leave the calendar: the rows say so
    ends = np.array([period.low, period.high], "datetime64[D]")
    first, behind = np.searchsorted(days, ends).tolist()
    return np.arange(first, behind)


def _is_met(clause: Members, dataset: Dataset, cube: Sided) -> tuple[int, np.ndarray]:
    """Return an axis and which of its values meet a clause."""
    if clause.field == "weekday":
        if dataset.time is None:
            raise NotHeldError
        return 0, np.isin(_weekdays(cube.axes[0].values), clause.values)
    if clause.field == "district":
        return _axis(cube, "area", dataset), np.isin(_districts(cube, dataset), clause.values)
    axis = _axis(cube, clause.field, dataset)
    values = cube.axes[axis].values
    if clause.field == "area":
        codes = tuple(str(value) for value in clause.values)
        return axis, np.array([str(v).startswith(codes) for v in values], bool)
    return axis, np.isin(values, _typed(clause.values, values))


def _typed(wanted: Sequence[Any], values: np.ndarray) -> list[Any]:
    """Return what an address holds in the type of an axis' values."""
    if values.dtype == object:
        return [str(value) for value in wanted]
    if values.dtype == bool:
        if not all(str(value).lower() in {"true", "false"} for value in wanted):
            raise NotHeldError
        return [str(value).lower() == "true" for value in wanted]
    if values.dtype.kind == "M":
        raise NotHeldError
    try:
        numbers = [float(value) for value in wanted]
    except ValueError as error:
        raise NotHeldError from error
    if any(abs(number) >= LARGEST_EXACT for number in numbers):
        raise NotHeldError
    return numbers


def _remembered_groups(by: By, dataset: Dataset, cube: Cube) -> _Groups:
    """Return how a `by` groups a cube's cells; worked out once a cube."""
    if isinstance(by, Field) and by.name not in {"weekday", "district"}:
        _axis(cube, by.name, dataset)  # the role may not see it
    key = (by, dataset.place and dataset.place.level, dataset.time and dataset.time.zone)
    if key not in cube.groups:
        cube.groups[key] = _groups(by, dataset, cube)
    found: _Groups = cube.groups[key]
    return found


def _groups(by: By, dataset: Dataset, cube: Cube) -> _Groups:
    if isinstance(by, Period):
        return _period_groups(by, dataset, cube)
    if isinstance(by, Field) and by.name == "weekday":
        if dataset.time is None:
            raise NotHeldError
        return _relabelled("weekday", 0, _weekdays(cube.axes[0].values).astype(np.int32))
    if isinstance(by, Field) and by.name == "district":
        return _relabelled("district", _axis(cube, "area", dataset), _districts(cube, dataset))
    name = _column(by)
    return _relabelled(name, axis := _axis(cube, name, dataset), cube.axes[axis].values)


def _relabelled(column: str, axis: int, labels: np.ndarray) -> _Groups:
    """Return the groups of an axis each of whose values has a label."""
    values, places = np.unique(labels, return_inverse=True)
    return _Groups(column, (axis,), values, np.append(places, len(values)))


def _period_groups(by: Period, dataset: Dataset, cube: Cube) -> _Groups:
    if dataset.time is None:
        raise NotHeldError
    days = cube.axes[0].values.astype("datetime64[D]")
    if by.grain == "hour":
        return _hour_groups(days, _axis(cube, "hour", dataset), cube)
    if by.grain == "week":
        firsts = days - ((days.astype(np.int64) + 3) % 7)  # the first day of 1970 is a Thursday
    elif by.grain == "quarter":
        months = days.astype("datetime64[M]")
        firsts = (months - months.astype(np.int64) % 3).astype("datetime64[D]")
    else:
        firsts = days.astype(f"datetime64[{CALENDAR[by.grain]}]").astype("datetime64[D]")
    return _relabelled("period", 0, firsts)


def _hour_groups(days: np.ndarray, hour: int, cube: Cube) -> _Groups:
    hours = cube.axes[hour].values.astype("timedelta64[h]")
    begins = days.astype("datetime64[us]")[:, None] + hours[None, :]
    values, found = np.unique(begins, return_inverse=True)
    places = np.full((len(days) + 1, len(hours) + 1), len(values))
    places[:-1, :-1] = found.reshape(begins.shape)
    return _Groups("period", (0, hour), values, places)


def _day_groups(cube: Cube) -> _Groups:
    return _relabelled("days", 0, cube.axes[0].values)


def _weekdays(days: np.ndarray) -> np.ndarray:
    """Return 1 for Monday to 7 for Sunday."""
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7 + 1


def _districts(cube: Sided, dataset: Dataset) -> np.ndarray:
    areas = cube.axes[_axis(cube, "area", dataset)].values
    if dataset.place and dataset.place.level == "neighbourhood":
        return np.array([code[:5] for code in areas], object)
    return areas


def _labelled(values: np.ndarray, places: np.ndarray) -> pd.Series:
    """Return a column of groups in the types that rows give; see `engines.frame`."""
    is_null = places == len(values)
    padded = np.append(values, np.zeros(1, values.dtype))  # a null has no value; any will do
    known = padded[places]
    if values.dtype == object:
        series = pd.Series(known, dtype="str")
    elif is_null.any() and values.dtype.kind in "bi":
        series = pd.Series(pd.array(known))
    else:
        series = pd.Series(known.astype("datetime64[us]") if known.dtype.kind == "M" else known)
    return series.mask(is_null) if is_null.any() else series
