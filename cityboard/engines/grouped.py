"""A cube from one `GROUP BY`, by whatever engine reads the rows.

Only cells that have rows come back, so what travels depends on the cube and not on the rows.
Instants before 1972 count as all others here; `build_cube` refuses them.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from cityboard.cancel import Cancel
from cityboard.catalog import Dataset
from cityboard.engines.columns import TYPES, field_type, numpy_column
from cityboard.engines.dialect import translation
from cityboard.engines.runner import Runner
from cityboard.engines.statement import Statement, field_sql, local_time_sql
from cityboard.errors import QueryError, RollupError
from cityboard.rollup import ROWS, Axis, Condense, Condensed, Cube, condense
from cityboard.rollup.axes import axis_names
from cityboard.rollup.build import Part, kept_tables, parts_of, refuse_inexact, refuse_too_large


def grouped_cube(dataset: Dataset, files: Sequence[Path], runner: Runner) -> Cube:
    """Return the cube of a snapshot's files, equal to `build_cube`'s.

    Sums of fractions are added in the engine's order, so they may differ in their last digits.

    Raises:
        RollupError: The cube would be larger than its entry allows, or not exact, or the engine
            gave up.
        CorruptSnapshotError: A file is damaged or gone.
    """
    parts = parts_of(dataset)
    asked = translation(_statement(dataset, files, parts), runner.dialect)
    try:
        cells = runner.run(asked, cancel=Cancel())
    except QueryError as error:
        msg = f"the rows of {dataset.id} could not be added up by {runner.dialect}: {error}"
        raise RollupError(msg) from error
    return _cube(cells, parts, dataset)


def condense_by(runner: Runner) -> Condense:
    """Return what condenses files by a runner's cube; points are put in order on this machine."""

    def condensed(dataset: Dataset, files: Sequence[Path]) -> Condensed:
        return condense(dataset, files, cube=grouped_cube(dataset, files, runner))

    return condensed


def _statement(dataset: Dataset, files: Sequence[Path], parts: Sequence[Part]) -> Statement:
    """Return what selects a column per axis, per part and per size, and a row per cell.

    One cell more than fits into the budget is enough to refuse the cube.
    """
    axes = [_axis_sql(name, dataset) for name in axis_names(dataset)]
    columns = [*axes, *map(_part_sql, parts), *(_size_sql(part) for part in parts if _sized(part))]
    selected = ", ".join(f"{sql} AS c{n}" for n, sql in enumerate(columns))
    groups = ", ".join(str(n + 1) for n in range(len(axes)))
    most = int(1e6 * (dataset.rollup.most_mb if dataset.rollup else 0) / (8 * len(parts)))
    sql = f"SELECT {selected} FROM read_parquet(?) GROUP BY {groups} LIMIT {most + 1}"
    return Statement(sql, ([str(path) for path in files],))


def _axis_sql(name: str, dataset: Dataset) -> str:
    if name == "day":
        return f"{local_time_sql(dataset)}::DATE" if dataset.time else "NULL::DATE"
    return field_sql(name, dataset)


def _part_sql(part: Part) -> str:
    if part.column is None:
        return "count(*)"
    if part.kind == "known":
        return f'count("{part.column}")'
    kind = "BIGINT" if part.is_whole else "DOUBLE"
    return f'{part.kind}("{part.column}")::{kind}'


def _size_sql(part: Part) -> str:
    return f'sum(abs("{part.column}"::DOUBLE))'


def _sized(part: Part) -> bool:
    return part.kind not in {ROWS, "known"}


def _cube(cells: pa.Table, parts: Sequence[Part], dataset: Dataset) -> Cube:
    columns = iter(cells.columns)
    values = {
        name: numpy_column(next(columns), _axis_type(name, dataset)) for name in axis_names(dataset)
    }
    axes = tuple(_axis(name, found) for name, found in values.items())
    refuse_too_large(axes, len(parts), dataset)
    shape = tuple(len(axis) for axis in axes)
    places = [_places(axis, values[axis.name]) for axis in axes]
    numbers = np.ravel_multi_index(places, shape)
    tables = {part.name: _table(part, shape, numbers, next(columns)) for part in parts}
    for part in filter(_sized, parts):
        refuse_inexact(float(next(columns).drop_null().to_numpy().sum()), part)
    return Cube(axes, *kept_tables(parts, tables))


def _axis_type(name: str, dataset: Dataset) -> pa.DataType:
    return TYPES["date"] if name == "day" else field_type(name, dataset)


def _axis(name: str, values: np.ma.MaskedArray) -> Axis:
    known = np.unique(values.compressed())
    return Axis(name, known.astype("datetime64[D]") if known.dtype.kind == "M" else known)


def _places(axis: Axis, values: np.ma.MaskedArray) -> np.ndarray:
    """Return (n) int64 places of values on an axis."""
    found = np.full(len(values), axis.null)
    found[~values.mask] = np.searchsorted(axis.values, values.compressed())
    return found


def _table(
    part: Part, shape: tuple[int, ...], numbers: np.ndarray, column: pa.ChunkedArray
) -> np.ndarray:
    """Return a part of every cell: of those numbered what an engine found, null as of no rows."""
    table = part.empty(shape)
    found = numpy_column(column, TYPES["int64" if table.dtype.kind == "i" else "float64"])
    table.reshape(-1)[numbers[~found.mask]] = found.compressed()
    return table
