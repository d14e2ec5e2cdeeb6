"""A cube: what the rows of each combination of values add up to, kept along time.

Counts and sums of whole numbers are kept *cumulative along days*: plane `d` holds what came before
day `d`, so any period is the difference of two planes. Sums of fractions are kept per day, since
differences of large fractions are not exact; least and greatest values too, for they do not
subtract.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cityboard.rollup.axes import Axis

if TYPE_CHECKING:
    import xarray as xr

ROWS = "rows"
LARGEST = 2.0**62  # of the sizes of all values of a column together, so that no sum leaves int64
MOST_PERIODS = 8
MOST_REMEMBERED = 1_000_000  # cells: the charts of a screen, before anything is selected


@dataclasses.dataclass(frozen=True)
class Cube:
    """Aggregates of a snapshot's rows.

    Attributes:
        axes: The day's first; the place behind an axis' last value is null.
        cumulative: `rows`, `known:<column>` and `sum:<column>` of whole numbers: (days + 2, …)
            counts of what lies before each day; the last two differ by the rows without a day.
        daily: `sum:<column>` of fractions, `min:<column>`, `max:<column>`: (days + 1, …).
        groups: Remembered by who asks, a few: how axes are grouped.
    """

    axes: tuple[Axis, ...]
    cumulative: Mapping[str, np.ndarray]
    daily: Mapping[str, np.ndarray]
    groups: dict[Any, Any] = dataclasses.field(default_factory=dict, repr=False, compare=False)
    _whole: dict[tuple[str, tuple[int, ...]], np.ndarray] = dataclasses.field(
        default_factory=dict, repr=False, compare=False
    )
    _periods: dict[tuple[str, bytes | None], np.ndarray] = dataclasses.field(
        default_factory=dict, repr=False, compare=False
    )

    def axis(self, name: str) -> int:
        """Return the number of an axis.

        Raises:
            KeyError: The cube has no such axis.
        """
        for number, axis in enumerate(self.axes):
            if axis.name == name:
                return number
        raise KeyError(name)

    @property
    def size_bytes(self) -> int:
        """Return how many bytes its tables take."""
        return sum(table.nbytes for table in (*self.cumulative.values(), *self.daily.values()))

    def to_xarray(self) -> "xr.Dataset":
        """Return the cumulative tables with their axes, over the same mapped memory.

        Along `before` a plane holds the rows before that day (datetime64); the last two differ by
        the rows without a day. Null stands behind the last label of every other axis.
        """
        import xarray as xr  # noqa: PLC0415 - 9 MB that a server has no use for

        days = self.axes[0].values
        ends = days[-1:] + 1 if len(days) else np.array(["NaT"], "datetime64[D]")
        before = np.concatenate([days, ends, np.array(["NaT"], "datetime64[D]")])
        sides = {a.name: [*a.values.tolist(), None] for a in self.axes[1:]}
        coords = {"before": before.astype("datetime64[s]")} | {
            name: np.array(labels, object) for name, labels in sides.items()
        }
        tables = {name: (("before", *sides), table) for name, table in self.cumulative.items()}
        return xr.Dataset(tables, coords)

    def has(self, part: str) -> bool:
        """Tell whether a part, such as `sum:persons`, is kept."""
        return part in self.cumulative or part in self.daily

    def total(self, part: str, chosen: Mapping[int, np.ndarray], kept: Sequence[int]) -> np.ndarray:
        """Return a part added up over the places chosen of each axis.

        Args:
            part: `rows`, `known:…`, `sum:…`, `min:…` or `max:…`.
            chosen: Axis number → places, ascending; an axis not named is taken whole.
            kept: Axes not added up, ascending.

        Returns:
            One side per kept axis, as long as its chosen places; int64 or float64.
        """
        others = {n: places for n, places in chosen.items() if n != 0}
        if part in self.cumulative:
            table = self.cumulative[part]
            if 0 in kept:
                planes = self._planes(part, others, tuple(kept))
                return np.diff(planes, axis=0)[chosen.get(0, slice(None))]
            return _added(self._period(part, chosen.get(0)), others, (0, *kept))[0]
        table = self.daily[part]
        if 0 in chosen:
            table = table[chosen[0]]
        reduce = {"min": np.minimum, "max": np.maximum}.get(part.partition(":")[0], np.add)
        return _reduced(_cut(table, others), reduce, kept)

    def _period(self, part: str, days: np.ndarray | None) -> np.ndarray:
        """Return (1, …) a cumulative part of some days; every chart of a brush asks the same."""
        key = (part, None if days is None else days.tobytes())
        found = self._periods.get(key)
        if found is None:
            found = _between(self.cumulative[part], days)
            if found.size <= MOST_REMEMBERED:
                while len(self._periods) >= MOST_PERIODS:
                    self._periods.pop(next(iter(self._periods), key), None)
                self._periods[key] = found
        return found

    def _planes(
        self, part: str, others: Mapping[int, np.ndarray], kept: tuple[int, ...]
    ) -> np.ndarray:
        """Return a cumulative part over kept axes; of all rows, added up once and remembered."""
        if others:
            return _added(self.cumulative[part], others, kept)
        if (part, kept) not in self._whole:
            planes = _added(self.cumulative[part], others, kept)
            if planes.size > MOST_REMEMBERED:
                return planes
            self._whole[part, kept] = planes
        return self._whole[part, kept]


def _between(table: np.ndarray, days: np.ndarray | None) -> np.ndarray:
    """Return (1, …) the sum of some days: a difference of two planes for each run of days."""
    if days is None:
        return np.asarray(table[-1:], np.int64)
    if not len(days):
        return np.zeros((1, *table.shape[1:]), np.int64)
    found = np.zeros((1, *table.shape[1:]), np.int64)
    for first, last in _runs(days):
        found += table[last + 1]
        found -= table[first]
    return found


def _runs(places: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield first and last of each run of places without a gap."""
    breaks = np.flatnonzero(np.diff(places) > 1)
    firsts, lasts = (
        np.append(places[:1], places[breaks + 1]),
        np.append(places[breaks], places[-1:]),
    )
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)


def _added(table: np.ndarray, others: Mapping[int, np.ndarray], kept: Sequence[int]) -> np.ndarray:
    return _reduced(_cut(table, others), np.add, kept)


def _cut(table: np.ndarray, others: Mapping[int, np.ndarray]) -> np.ndarray:
    """Return a table with only the chosen places of each axis; runs are cut without a copy."""
    for number, places in others.items():
        if len(places) and places[-1] - places[0] + 1 == len(places):
            index: slice | np.ndarray = slice(places[0], places[-1] + 1)
        else:
            index = places
        table = table[(slice(None),) * number + (index,)]
    return table


def _reduced(table: np.ndarray, reduce: np.ufunc, kept: Sequence[int]) -> np.ndarray:
    axes = tuple(n for n in range(table.ndim) if n not in kept)
    if reduce is np.add:
        kind = np.float64 if table.dtype.kind == "f" else np.int64
        return np.add.reduce(table, axis=axes, dtype=kind)
    start = np.array(neutral(table.dtype, reduce), table.dtype)
    return reduce.reduce(table, axis=axes, initial=start[()])


def neutral(kind: np.dtype, reduce: np.ufunc) -> float | int:
    """Return what no value is: above every least one, below every greatest one."""
    if kind.kind == "f":
        return np.inf if reduce is np.minimum else -np.inf
    limits = np.iinfo(kind)
    return limits.max if reduce is np.minimum else limits.min


def running(table: np.ndarray) -> np.ndarray:
    """Return what lies before each day, in the smallest type that holds it."""
    total = np.zeros((len(table) + 1, *table.shape[1:]), np.int64)
    np.cumsum(table, axis=0, out=total[1:])
    fits = total.min() >= 0 and total.max() < 2**32
    return total.astype(np.uint32) if fits else total
