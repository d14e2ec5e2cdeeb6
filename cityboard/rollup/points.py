"""Put points in order: from batches of rows to a segment of a pyramid."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from cityboard.catalog import Dataset
from cityboard.errors import RollupError
from cityboard.rollup import kernels
from cityboard.rollup.axes import Axis
from cityboard.rollup.checkpoints import Checkpoints, checkpoints_of, narrowed
from cityboard.rollup.kernels import Rows
from cityboard.rollup.mapped import Held, InMemory
from cityboard.rollup.pyramid import Segment
from cityboard.rollup.weights import DAYS, FIRST_HALF

ROWS_A_CHECKPOINT = {1: 12_000_000, 0: 1_200_000}  # level: a brush then adds at most as many rows
MOST_CHECKPOINTS = {1: 4, 0: 96}
TOTALS_SHARE = 0.4  # of the room beside the rows, for totals of leads
SHARES = {1: 0.35, 0: 0.99}  # of what is left then, for checkpoints of a level
ROWS_FOR_TOTALS = 4_000_000
MOST_CODES = 2**16
MOST_RUNS = 2**27  # 512 MB of offsets: more is never under a budget


@dataclasses.dataclass
class _Batch:
    """Points of a batch: `part` is block × areas + area, `group` half × leads + lead."""

    part: np.ndarray
    group: np.ndarray
    pos: np.ndarray
    fine: np.ndarray
    code: np.ndarray
    values: dict[str, np.ndarray]


class Points:
    """Collects the points of a version's files, batch by batch, then puts them in order.

    Points without both coordinates, or beyond 180 and 90 degrees, are left out: no map has them.

    Args:
        dataset: Entry with a raster.
        axes: Of the rows, as a cube's.

    Raises:
        RollupError: Day, hour and dimensions are too many for a code.
    """

    def __init__(self, dataset: Dataset, axes: Sequence[Axis]) -> None:
        raster = dataset.rollup.raster if dataset.rollup else None
        if raster is None or dataset.place is None:
            msg = f"the rollup of {dataset.id} declares no raster"
            raise RollupError(msg)
        self._dataset, self._place, self._raster = dataset, dataset.place, raster
        every_day, self._halves, self._half, self._weekday = _halves(axes[0])
        self._axes = (Axis("day", every_day), *axes[1:])
        self._sides = {axis.name: len(axis) for axis in axes}
        self._coded = [a for a in axes[1:] if a.name not in {"area", raster.by}]
        codes = DAYS * int(np.prod([len(axis) for axis in self._coded]))
        if codes > MOST_CODES:
            sides = " × ".join(f"{axis.name} {len(axis)}" for axis in self._coded)
            msg = f"the map of {dataset.id} tells {sides} apart, which is too much"
            raise RollupError(f"{msg}; name fewer dimensions in its `rollup`")
        self._code_type = np.uint8 if codes <= 256 else np.uint16
        self._blocks: dict[int, int] = {}
        self._batches: list[_Batch] = []
        self._columns = dict.fromkeys(value_columns(dataset), True)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of a batch that are read, besides those of the axes."""
        return (self._place.lon or "", self._place.lat or "", *self._columns)

    def add(self, batch: pa.RecordBatch, places: Mapping[str, np.ndarray]) -> None:
        """Take a batch of rows.

        Args:
            batch: With `columns`.
            places: Axis → (n) place of each row.
        """
        lon, lat = (batch.column(name).to_numpy(zero_copy_only=False) for name in self.columns[:2])
        is_on_earth = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # not where either is NaN
        if not is_on_earth.all():
            batch = batch.filter(pa.array(is_on_earth))
            places = {name: found[is_on_earth] for name, found in places.items()}
            lon, lat = lon[is_on_earth], lat[is_on_earth]
        block_x, block_y = np.empty((2, len(lon)), np.int32)
        pos, fine = np.empty((2, len(lon)), np.uint8)
        kernels.find_cells(lon, lat, float(2**self._raster.finest), block_x, block_y, pos, fine)
        areas = self._sides.get("area", 1)
        part = self._number(block_x, block_y) * areas + places.get("area", 0)
        day = places["day"]
        lead = places[self._raster.by] if self._raster.by else 0
        group = self._half[day] * self._leads + lead
        kept = (part.astype(np.uint32), group.astype(np.uint32), pos, fine, self._code(places))
        self._batches.append(_Batch(*kept, self._values(batch)))

    def segment(self, budget: float) -> Segment:
        """Return the points in order.

        Args:
            budget: Bytes that all of it may take.

        Raises:
            RollupError: It would take more.
        """
        blocks, rank, parts = self._parts()
        groups = self._halves * self._leads
        runs = len(parts) * groups
        count = sum(len(batch.pos) for batch in self._batches)
        fixed = 2 * runs + 4 * len(parts) * self._halves + count * self._bytes_a_row
        if runs > MOST_RUNS or fixed > budget:
            self._refuse(fixed, budget, len(parts))
        counts = np.zeros(runs + 1, np.int64)
        for batch in self._batches:
            kernels.count_runs(_keys(batch, rank, groups), counts[1:])
        offsets = np.cumsum(counts)
        rows, values = self._ordered(offsets, rank, count)
        fixed += rows.starts.nbytes - 2 * runs
        checkpoints, totals = _checkpoints(rows, len(parts), budget - fixed)
        held = {name: InMemory(column) for name, column in values.items()}
        return Segment(
            finest=self._raster.finest,
            axes=self._axes,
            lead=self._raster.by,
            blocks=blocks,
            parts=parts,
            heads=InMemory(rows.heads),
            starts=InMemory(rows.starts),
            pos=InMemory(rows.pos),
            fine=InMemory(rows.fine),
            code=InMemory(rows.code),
            values=held,
            checkpoints=checkpoints,
            totals=totals,
        )

    @property
    def _leads(self) -> int:
        return self._sides[self._raster.by] if self._raster.by else 1

    @property
    def _bytes_a_row(self) -> int:
        values = sum(
            4 if self._dataset.column(name).type == "int32" else 8
            for name, is_kept in self._columns.items()
            if is_kept
        )
        return 2 + np.dtype(self._code_type).itemsize + values

    def _refuse(self, size: float, budget: float, parts: int) -> None:
        msg = (
            f"the map of {self._dataset.id} ({parts:,} parts, {self._halves // 2:,} weeks, "
            f"{self._leads} leads) would take {size / 1e6:,.0f} MB, {budget / 1e6:,.0f} are left; "
            "name a coarser `finest` or no `by` in its `raster`, or raise `most_mb`"
        )
        raise RollupError(msg)

    def _number(self, block_x: np.ndarray, block_y: np.ndarray) -> np.ndarray:
        """Return the number of each point's block, in the order in which blocks were met."""
        codes, met = pd.factorize((block_y.astype(np.int64) << 32) + block_x)
        numbers = [self._blocks.setdefault(key, len(self._blocks)) for key in met.tolist()]
        found: np.ndarray = np.array(numbers, np.int64)[codes]
        return found

    def _code(self, places: Mapping[str, np.ndarray]) -> np.ndarray:
        code = self._weekday[places["day"]]
        for axis in self._coded:
            code = code * len(axis) + places[axis.name]
        return code.astype(self._code_type)

    def _values(self, batch: pa.RecordBatch) -> dict[str, np.ndarray]:
        """Return the columns of whole numbers; one that has a null is no longer kept."""
        for name in [name for name, is_kept in self._columns.items() if is_kept]:
            self._columns[name] = not batch.column(name).null_count
        kept = [name for name, is_kept in self._columns.items() if is_kept]
        return {name: batch.column(name).to_numpy() for name in kept}

    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the blocks in order, the rank of each batch's part, and the parts."""
        areas = self._sides.get("area", 1)
        keys = np.array(list(self._blocks), np.int64)
        columns = (keys & 0xFFFFFFFF).astype(np.uint32).view(np.int32).astype(np.int64)
        blocks = np.stack([columns, (keys - columns) >> 32], axis=1)
        order = np.lexsort(blocks.T)
        blocks = blocks[order]
        is_met = np.zeros(len(keys) * areas, bool)
        for batch in self._batches:
            is_met[batch.part] = True
        is_met = is_met.reshape(-1, areas)[order]
        parts = np.argwhere(is_met).astype(np.int64)
        ranks = np.zeros((len(keys), areas), np.int64)
        ranks[order] = (np.cumsum(is_met) - 1).reshape(is_met.shape)
        return blocks, ranks.reshape(-1), parts

    def _ordered(
        self, offsets: np.ndarray, rank: np.ndarray, count: int
    ) -> tuple[Rows, dict[str, np.ndarray]]:
        """Return the points in order; the batches are used up."""
        halves, leads = self._halves, self._leads
        ordered = (np.empty(count, np.uint8), np.empty(count, np.uint8))
        code = np.empty(count, self._code_type)
        kept = [name for name, is_kept in self._columns.items() if is_kept]
        values = {
            name: np.empty(count, np.int32 if self._dataset.column(name).type == "int32" else "i8")
            for name in kept
        }
        heads = offsets[:-1].copy()
        while self._batches:
            batch = self._batches.pop(0)
            went = np.empty(len(batch.pos) if kept else 0, np.int64)
            keys = _keys(batch, rank, halves * leads)
            found = (batch.pos, batch.fine, batch.code)
            kernels.put_in_order(keys, heads, found, (*ordered, code), went)
            for name in kept:
                values[name][went] = batch.values[name]
        heads, starts = _heads(offsets, leads)
        firsts = kernels.firsts_of(heads, (len(heads) - 1) // halves, halves)
        return Rows(heads, starts, firsts, halves, leads, *ordered, code), values


def value_columns(dataset: Dataset) -> tuple[str, ...]:
    """Return the columns of whole numbers that a dataset's measures add up."""
    added = [m for m in dataset.measures if m.aggregate in {"sum", "mean", "ratio"}]
    names = [name for m in added for name in (m.column, m.over) if name]
    return tuple(dict.fromkeys(n for n in names if dataset.column(n).type in {"int32", "int64"}))


def _heads(offsets: np.ndarray, leads: int) -> tuple[np.ndarray, np.ndarray]:
    """Return `Rows.heads` and `Rows.starts`, narrow, of the first rows of all runs."""
    heads = offsets[::leads]
    starts = (offsets[:-1].reshape(-1, leads) - heads[:-1, None]).reshape(-1)
    few = starts.max(initial=0) < 2**16
    wide = np.uint32 if offsets[-1] < 2**32 else np.uint64
    return heads.astype(wide), starts.astype(np.uint16 if few else wide)


def _halves(days: Axis) -> tuple[np.ndarray, int, np.ndarray, np.ndarray]:
    """Return every day of the weeks (Monday first) that have any, and where days lie in them.

    Returns:
        The days, how many halves of weeks there are with one more for rows without a day, and of
        each place of the axis its half and its day of the week; of null the last half, and 7.
    """
    numbers = days.values.astype(np.int64) + 3  # the first day of 1970 is a Thursday
    weeks = np.unique(numbers // 7)
    every = (weeks[:, None] * 7 - 3 + np.arange(7)).reshape(-1).astype("datetime64[D]")
    weekday = numbers % 7
    half = 2 * np.searchsorted(weeks, numbers // 7) + (weekday >= FIRST_HALF)
    count = 2 * len(weeks) + 1
    return every, count, np.append(half, count - 1), np.append(weekday, 7)


def _keys(batch: _Batch, rank: np.ndarray, groups: int) -> np.ndarray:
    keys: np.ndarray = rank[batch.part] * groups + batch.group
    return keys


def _checkpoints(
    rows: Rows, parts: int, budget: float
) -> tuple[dict[int, Checkpoints], Held | None]:
    """Return checkpoints as many as are worth it and fit."""
    found: dict[int, Checkpoints] = {}
    totals, room = _totals(rows, parts, budget * TOTALS_SHARE), budget
    room -= totals.nbytes if totals is not None else 0
    for level, step in ROWS_A_CHECKPOINT.items():
        most = min(MOST_CHECKPOINTS[level], len(rows.pos) // step)
        if fitting := _fitting(rows, parts, level, most, room * SHARES[level]):
            found[level] = fitting
            room -= sum(held.array.nbytes for held in fitting.held)
    return found, None if totals is None else InMemory(totals)


def _fitting(rows: Rows, parts: int, level: int, most: int, room: float) -> Checkpoints | None:
    """Return checkpoints of a level as many as fit, at most so many."""
    cells = 256 << 2 * level
    count = min(most, int(room // (parts * cells or 1)))
    while count > 0:
        ends = _ends(rows, parts, count)
        counts = np.zeros((len(ends), parts, cells), np.uint32)
        kernels.cumulate(rows, ends, kernels.FINE_BITS - 2 * level, counts)
        found = checkpoints_of(ends, counts)
        size = sum(held.array.nbytes for held in found.held)
        if size <= room:
            return found
        count = min(count - 1, int(count * room / size))
    return None


def _totals(rows: Rows, parts: int, room: float) -> np.ndarray | None:
    """Return the base cells of each lead over all time, where it is worth it and fits."""
    if rows.leads == 1 or len(rows.pos) < ROWS_FOR_TOTALS or 512 * rows.leads * parts > room:
        return None
    totals = np.zeros((rows.leads, parts, 256), np.uint32)
    kernels.cumulate_leads(rows, totals)
    totals = narrowed(totals)
    return totals if totals.nbytes < room else None


def _ends(rows: Rows, parts: int, count: int) -> np.ndarray:
    """Return after how many halves of weeks each checkpoint lies, about as many rows apart.

    A week apart is as near as helps: a period then reads the halves alone that its ends lie in.
    """
    if 2 * count >= rows.halves:
        return np.arange(rows.halves, 0, -2, dtype=np.int64)[::-1]
    counts = np.diff(rows.heads.astype(np.int64)).reshape(parts, rows.halves)
    so_far = np.cumsum(counts.sum(axis=0))
    wanted = so_far[-1] * np.arange(1, count) / count
    inner = np.searchsorted(so_far, wanted) + 1
    return np.unique(np.append(inner, rows.halves)).astype(np.int64)
