"""Add cubes: what two sets of rows add up to, together."""

from collections.abc import Sequence

import numpy as np

from cityboard.errors import RollupError
from cityboard.rollup.axes import Axis
from cityboard.rollup.cube import LARGEST, ROWS, Cube, neutral, running

REDUCE = {"min": np.minimum, "max": np.maximum}


def merged(first: Cube, second: Cube) -> Cube:
    """Return the cube of the rows of both.

    Args:
        first: Its axes have the names of the other's, in the same order.
        second: Of other rows of the same dataset.

    Raises:
        RollupError: A sum might leave int64.
    """
    if _follows(first, second):
        return _joined(first, second)
    axes = tuple(_both(one, other) for one, other in zip(first.axes, second.axes, strict=True))
    names = _names(first, second)
    cumulative = {name: running(_added(axes, name, [first, second])) for name in names[0]}
    daily = {name: _added(axes, name, [first, second]) for name in names[1]}
    return Cube(axes, cumulative, daily)


def _follows(first: Cube, second: Cube) -> bool:
    """Tell whether the second has later days than the first, and nothing else that is new."""
    days, later = first.axes[0].values, second.axes[0].values
    is_later = not len(days) or not len(later) or days[-1] < later[0]
    others = zip(first.axes[1:], second.axes[1:], strict=True)
    is_same = all(np.array_equal(one.values, other.values) for one, other in others)
    is_counted = all(table.dtype == np.uint32 for table in first.cumulative.values())
    return bool(is_later and is_same and is_counted and not first.daily and not second.daily)


def _joined(first: Cube, second: Cube) -> Cube:
    """Return the cube of both where the second's days come after: its planes are put on top."""
    days = np.concatenate([first.axes[0].values, second.axes[0].values])
    axes = (Axis(first.axes[0].name, days), *first.axes[1:])
    tables = {}
    for name in dict.fromkeys([*first.cumulative, *second.cumulative]):
        below = first.cumulative.get(name, first.cumulative[ROWS])
        above = second.cumulative.get(name, second.cumulative[ROWS]).astype(np.int64)
        on_top = np.concatenate([below[-2] + above[1:-1], (below[-1] + above[-1])[None]])
        fits = on_top.min(initial=0) >= 0 and on_top.max(initial=0) < 2**32
        on_top = on_top.astype(np.uint32) if fits else on_top
        tables[name] = np.concatenate([below[:-1], on_top])
        if name.startswith("sum:"):
            _refuse_inexact(name, np.diff(tables[name].astype(np.int64), axis=0))
    return Cube(axes, tables, {})


def _both(one: Axis, other: Axis) -> Axis:
    if np.array_equal(one.values, other.values):
        return one
    return Axis(one.name, np.unique(np.concatenate([one.values, other.values])))


def _names(first: Cube, second: Cube) -> tuple[list[str], list[str]]:
    """Return the cumulative and the daily parts that the cube of both needs."""
    cumulative = dict.fromkeys([*first.cumulative, *second.cumulative])
    daily = dict.fromkeys([*first.daily, *second.daily])
    return list(cumulative), list(daily)


def _refuse_inexact(part: str, found: np.ndarray) -> None:
    """Refuse a part of which some sum of cells might leave int64."""
    size = float(np.abs(found.astype(np.float64)).sum())
    if not size < LARGEST:
        msg = f"{part} adds up to {size:g} over both: a cube of them would not be exact"
        raise RollupError(msg)


def _added(axes: Sequence[Axis], part: str, cubes: Sequence[Cube]) -> np.ndarray:
    """Return a part of all cubes per day and cell of some axes."""
    shape = tuple(len(axis) for axis in axes)
    kind = part.partition(":")[0]
    tables = [per_day(cube, part) for cube in cubes]
    start = neutral(tables[0].dtype, REDUCE[kind]) if kind in REDUCE else 0
    found = np.full(shape, start, tables[0].dtype)
    for cube, table in zip(cubes, tables, strict=True):
        at = np.ix_(*(_places(own, axis) for own, axis in zip(cube.axes, axes, strict=True)))
        found[at] = REDUCE.get(kind, np.add)(found[at], table)
    if kind == "sum":
        _refuse_inexact(part, found)
    return found


def per_day(cube: Cube, part: str) -> np.ndarray:
    """Return (days + 1, …) a part per day; what is known of every row is its count."""
    if part in cube.daily:
        return np.asarray(cube.daily[part])
    name = part if part in cube.cumulative else ROWS
    return np.diff(cube.cumulative[name].astype(np.int64), axis=0)


def _places(own: Axis, axis: Axis) -> np.ndarray:
    """Return where each place of a cube's own axis lies on the common one."""
    return np.append(np.searchsorted(axis.values, own.values), axis.null)
