"""Condense the rows of a snapshot, a batch at a time."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cityboard.catalog import Dataset
from cityboard.errors import RollupError
from cityboard.lake import Snapshot
from cityboard.rollup.axes import Axis, axis_columns, places, read_axes
from cityboard.rollup.condensed import Condensed
from cityboard.rollup.cube import LARGEST, ROWS, Cube, neutral, running
from cityboard.rollup.points import Points

BATCH_ROWS = 1 << 20
REDUCE = {"sum": np.add, "min": np.minimum, "max": np.maximum}
Batches = Callable[[Sequence[str]], Iterator[pa.RecordBatch]]


def build_cube(dataset: Dataset, snapshot: Snapshot) -> Cube:
    """Return the cube of a snapshot as its entry's `rollup` declares it; see `condense`."""
    return condense(dataset, snapshot.files, with_points=False).cube


def condense(
    dataset: Dataset,
    files: Sequence[Path],
    *,
    with_points: bool = True,
    cube: Cube | None = None,
) -> Condensed:
    """Return what the rows of some files add up to, as their entry's `rollup` declares it.

    Rows are read twice: for the values that there are, and for what they add up to. Where points
    do not fit into the budget the cube is kept alone, and says why.

    Args:
        dataset: Entry with a rollup.
        files: Of a snapshot.
        with_points: Whether to put points in order where the entry declares a raster.
        cube: Of the same rows, where another engine has added them up already.

    Raises:
        RollupError: The cube would be larger than its entry allows, or not exact.
    """
    batches = _reader(files)
    axes = cube.axes if cube else read_axes(batches(axis_columns(dataset)), dataset)
    filling = _Filling(dataset, axes, given=cube)
    points, problem = None, ""
    if with_points and dataset.rollup and dataset.rollup.raster:
        points, problem = _begin_points(dataset, axes)
    columns = (*filling.columns, *(points.columns if points else ()))
    for batch in batches(tuple(dict.fromkeys(columns))) if points or not cube else ():
        found = {axis.name: places(batch, axis, dataset) for axis in axes}
        filling.add(batch, found)
        if points:
            points.add(batch, found)
    cube = filling.cube()
    if points is None:
        return Condensed(cube, (), problem)
    try:
        room = 1e6 * (dataset.rollup.most_mb if dataset.rollup else 0) - cube.size_bytes
        segment = points.segment(room)
    except RollupError as error:
        return Condensed(cube, (), str(error))
    names = tuple(path.name for path in files)
    return Condensed(cube, (dataclasses.replace(segment, files=names),))


def _begin_points(dataset: Dataset, axes: Sequence[Axis]) -> tuple[Points | None, str]:
    try:
        return Points(dataset, axes), ""
    except RollupError as error:
        return None, str(error)


class _Filling:
    """Adds batches of rows to the tables of a cube; of one that is given, nothing."""

    def __init__(
        self, dataset: Dataset, axes: tuple[Axis, ...], *, given: Cube | None = None
    ) -> None:
        self._axes, self._given = axes, given
        self._parts = [] if given else parts_of(dataset)
        refuse_too_large(axes, len(self._parts), dataset)
        shape = tuple(len(axis) for axis in axes)
        self._tables = {part.name: part.empty(shape) for part in self._parts}
        self._sizes = dict.fromkeys(self._tables, 0.0)
        of_parts = (part.column for part in self._parts if part.column)
        self.columns = (*axis_columns(dataset), *of_parts)

    def add(self, batch: pa.RecordBatch, found: Mapping[str, np.ndarray]) -> None:
        """Add a batch, whose rows lie at the places found."""
        cells = _cells(self._axes, found, batch.num_rows)
        for part in self._parts:
            self._sizes[part.name] += _size(batch, part)
            refuse_inexact(self._sizes[part.name], part)
            part.add(self._tables[part.name].reshape(-1), cells, batch)

    def cube(self) -> Cube:
        """Return the cube of all batches."""
        return self._given or Cube(self._axes, *kept_tables(self._parts, self._tables))


@dataclasses.dataclass(frozen=True)
class Part:
    """One aggregate of every cell: `rows`, or `known`, `sum`, `min` or `max` of a column."""

    kind: str
    column: str | None
    is_whole: bool

    @property
    def name(self) -> str:
        """Return how its table is called."""
        return f"{self.kind}:{self.column}" if self.column else self.kind

    @property
    def is_cumulative(self) -> bool:
        """Tell whether days may be subtracted from one another."""
        return self.kind in {ROWS, "known"} or (self.kind == "sum" and self.is_whole)

    def empty(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return the table of no rows."""
        kind = np.dtype(np.int64 if self.is_cumulative or self.is_whole else np.float64)
        if self.kind in {"min", "max"}:
            return np.full(shape, neutral(kind, REDUCE[self.kind]), kind)
        return np.zeros(shape, kind)

    def add(self, table: np.ndarray, cells: np.ndarray, batch: pa.RecordBatch) -> None:
        """Add rows to their cells, in place."""
        if self.column is None:
            np.add.at(table, cells, 1)
            return
        values = batch.column(self.column)
        if values.null_count:
            is_known = values.is_valid().to_numpy(zero_copy_only=False)
            cells, values = cells[is_known], values.drop_null()
        if self.kind == "known":
            np.add.at(table, cells, 1)
        else:
            values = values.to_numpy()
            REDUCE[self.kind].at(table, cells, values.astype(table.dtype))


def _size(batch: pa.RecordBatch, part: Part) -> float:
    """Return the sizes of a batch's values added up; NaN where one is."""
    if part.column is None or part.kind == "known":
        return 0.0
    values = batch.column(part.column).drop_null().to_numpy()
    return float(np.abs(values.astype(np.float64)).sum())


def refuse_inexact(size: float, part: Part) -> None:
    """Refuse a column whose sums might leave int64, or hold NaN.

    Args:
        size: The sizes of all its values added up.
        part: What is added up.

    Raises:
        RollupError: A cube would not be exact.
    """
    if not size < LARGEST:
        msg = f"the values of {part.column} add up to {size:g}: a cube of them would not be exact"
        raise RollupError(msg)


def _reader(files: Sequence[Path]) -> Batches:
    def read(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        for path in files:
            texts = [f.name for f in pq.read_schema(path) if _is_text(f.type) and f.name in columns]
            with pq.ParquetFile(path, read_dictionary=texts) as file:
                yield from file.iter_batches(BATCH_ROWS, columns=list(columns))

    return read


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def parts_of(dataset: Dataset) -> list[Part]:
    """Return what the dataset's measures need, each once."""
    kinds = {column.name: column.type for column in dataset.columns}
    parts = [Part(ROWS, None, is_whole=True)]
    for measure in dataset.measures:
        for name in (measure.column, measure.over):
            if name is None or not dataset.column(name).is_numeric:
                continue
            kind = measure.aggregate if measure.aggregate in {"min", "max"} else "sum"
            is_whole = kinds[name] != "float64"
            parts += [Part("known", name, is_whole=True), Part(kind, name, is_whole=is_whole)]
    return list(dict.fromkeys(parts))


def refuse_too_large(axes: Sequence[Axis], parts: int, dataset: Dataset) -> None:
    """Refuse a cube over the budget of its entry.

    Raises:
        RollupError: With its sides and what to do.
    """
    most = dataset.rollup.most_mb if dataset.rollup else 0
    cells = math.prod(len(axis) for axis in axes)
    size = 8e-6 * cells * parts
    if size > most:
        sides = " × ".join(f"{axis.name} {len(axis):,}" for axis in axes)
        msg = (
            f"the cube of {dataset.id} ({sides}) would take {size:,.0f} MB, {most} are allowed; "
            "name fewer dimensions in its `rollup`, or raise `most_mb`"
        )
        raise RollupError(msg)


def _cells(axes: Sequence[Axis], found: Mapping[str, np.ndarray], rows: int) -> np.ndarray:
    cells = np.zeros(rows, np.int64)
    for axis in axes:
        cells *= len(axis)
        cells += found[axis.name]
    return cells


def kept_tables(
    parts: Iterable[Part], tables: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return cumulative and daily tables; what is known of every row is not kept twice."""
    cumulative, daily = {}, {}
    for part in parts:
        table = tables[part.name]
        if part.kind == "known" and np.array_equal(table, tables[ROWS]):
            continue
        if part.is_cumulative:
            cumulative[part.name] = running(table)
        else:
            daily[part.name] = table
    return cumulative, daily
