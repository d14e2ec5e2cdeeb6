"""Axes of a cube: which values a dataset's rows have, and in which place of an axis a row lies."""

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cityboard.catalog import Dataset
from cityboard.errors import RollupError

FIRST_US = 2 * 365 * 86_400 * 1_000_000  # 1972
QUARTER_US = 15 * 60 * 1_000_000  # the clocks of all zones differ by quarters of an hour


@dataclasses.dataclass(frozen=True)
class Axis:
    """The values along one side of a cube; the place behind the last one is null.

    Attributes:
        name: `day` and `hour` of the city's clock, `area`, or a column.
        values: `datetime64[D]` days, whole numbers, yes/no or words, ascending.
    """

    name: str
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values) + 1

    @property
    def null(self) -> int:
        """Return the place of rows without a value."""
        return len(self.values)


def axis_names(dataset: Dataset) -> tuple[str, ...]:
    """Return the axes of a dataset's cube; the first is the day, also where rows have no time."""
    names = ["day"]
    if dataset.time and (dataset.time.hour or dataset.has_instants):
        names.append("hour")
    if dataset.place and dataset.place.area:
        names.append("area")
    dimensions = dataset.rollup.dimensions if dataset.rollup else ()
    return (*names, *(name for name in dimensions if name not in names))


def axis_columns(dataset: Dataset) -> tuple[str, ...]:
    """Return the columns from which places on axes are read, each once."""
    found = (_column(name, dataset) for name in axis_names(dataset))
    return tuple(dict.fromkeys(name for name in found if name))


def read_axes(batches: Iterable[pa.RecordBatch], dataset: Dataset) -> tuple[Axis, ...]:
    """Return the axes of all rows.

    Args:
        batches: Rows; of their columns those of `axis_columns` are read.
        dataset: Entry that says what the columns mean.
    """
    seen: dict[str, list[np.ndarray]] = {name: [] for name in axis_names(dataset)}
    for batch in batches:
        for name, values in seen.items():
            values.append(_coded(batch, name, dataset)[0])
    return tuple(
        Axis(name, np.unique(np.concatenate([np.empty(0, _kind(name, dataset)), *values])))
        for name, values in seen.items()
    )


def places(batch: pa.RecordBatch, axis: Axis, dataset: Dataset) -> np.ndarray:
    """Return (n) int64 places of rows on an axis."""
    values, codes = _coded(batch, axis.name, dataset)
    places_of_values = np.append(np.searchsorted(axis.values, values), axis.null)
    return places_of_values[codes]


def _coded(batch: pa.RecordBatch, name: str, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return the different values of an axis, and (n) which one each row has, -1 for none."""
    column = _column(name, dataset)
    if column is None:
        return np.empty(0, "datetime64[D]"), np.full(batch.num_rows, -1)
    values = batch.column(column)
    on_clock = name in {"day", "hour"} and pa.types.is_timestamp(values.type)
    if on_clock:
        values = _quarters(values)
    coded = pc.dictionary_encode(values)
    codes = coded.indices.fill_null(-1).to_numpy()
    if on_clock:
        return _on_the_clock(coded.dictionary.to_numpy(), name, dataset), codes
    return _values(coded.dictionary), codes


def _quarters(instants: pa.Array) -> pa.Array:
    """Return the quarters of an hour since 1970 in which instants lie; null stays null.

    Raises:
        RollupError: One lies before 1972, when clocks still differed by seconds.
    """
    microseconds = instants.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    if len(microseconds) and (pc.min(microseconds).as_py() or FIRST_US) < FIRST_US:
        msg = "an instant lies before 1972, when clocks differed by seconds; ask the rows"
        raise RollupError(msg)
    numbers = np.floor_divide(microseconds.fill_null(0).to_numpy(), QUARTER_US)
    return pa.array(numbers, mask=instants.is_null().to_numpy(zero_copy_only=False))


def _column(name: str, dataset: Dataset) -> str | None:
    """Return the column an axis is read from; None for the day of rows without time."""
    if name == "day" or (name == "hour" and dataset.time and not dataset.time.hour):
        return dataset.time.column if dataset.time else None
    if name == "hour" and dataset.time:
        return dataset.time.hour
    return dataset.place.area if name == "area" and dataset.place else name


def _values(dictionary: pa.Array) -> np.ndarray:
    if pa.types.is_date(dictionary.type):
        return dictionary.cast(pa.int32()).to_numpy().astype("datetime64[D]")
    if pa.types.is_string(dictionary.type) or pa.types.is_large_string(dictionary.type):
        return np.array(dictionary.to_pylist(), object)
    return dictionary.to_numpy(zero_copy_only=False)


def _on_the_clock(quarters: np.ndarray, part: str, dataset: Dataset) -> np.ndarray:
    """Return the days or hours of quarters since 1970 on the city's clock."""
    zone = dataset.time.zone if dataset.time else "UTC"
    clock = pd.to_datetime(quarters * QUARTER_US, unit="us", utc=True).tz_convert(zone)
    if part == "hour":
        return clock.hour.to_numpy(np.int32)
    return clock.tz_localize(None).to_numpy().astype("datetime64[D]")


def _kind(name: str, dataset: Dataset) -> str:
    """Return numpy's type of an axis' values."""
    column = _column(name, dataset)
    if name == "day" or column is None:
        return "datetime64[D]"
    kind = dataset.column(column).type
    return {"string": "object", "date": "datetime64[D]", "timestamp": "int32"}.get(kind, kind)
