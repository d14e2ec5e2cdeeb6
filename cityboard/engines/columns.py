"""The columns of an answer: one type each, whichever engine gives it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cityboard.catalog import Dataset, Measure
from cityboard.engines.frame import column_series
from cityboard.query import DISTANCE, By, Field, Listing, Period, Query

TYPES = {
    "string": pa.string(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "bool": pa.bool_(),
}
NAIVE = pa.timestamp("us")  # an hour on the city's clock
DUCKDB = {pa.string(): "VARCHAR", TYPES["timestamp"]: "TIMESTAMP WITH TIME ZONE"}


def answer_types(question: Query | Listing, dataset: Dataset) -> dict[str, pa.DataType]:
    """Return the columns of an answer with their types, in order.

    Raises:
        UnknownNameError: A measure or column is not in the dataset.
    """
    if isinstance(question, Listing):
        names = question.columns or dataset.column_names
        types = {name: TYPES[dataset.column(name).type] for name in names}
        return types | ({DISTANCE: TYPES["float64"]} if question.near else {})
    groups = dict(pair for by in question.by for pair in _group_types(by, dataset))
    measures = {name: _measure_type(dataset.measure(name), dataset) for name in question.measures}
    return groups | measures


def field_type(name: str, dataset: Dataset) -> pa.DataType:
    """Return the type of a field or column.

    Raises:
        UnknownNameError: The dataset has no such column.
    """
    if name in {"area", "district"}:
        return TYPES["string"]
    if name == "hour" and dataset.time and dataset.time.hour:
        name = dataset.time.hour
    elif name in {"hour", "weekday"}:
        return TYPES["int32"]
    return TYPES[dataset.column(name).type]


def typed_frame(
    table: pa.Table, types: Mapping[str, pa.DataType], measures: Sequence[str]
) -> pd.DataFrame:
    """Return a table as a frame in the types of `fetch_frame`.

    Args:
        table: As an engine gave it: numbers may be wider, hours of a clock may name their zone.
        types: Of its columns, in order.
        measures: Columns in which null is NaN.

    Raises:
        pyarrow.ArrowInvalid: A value does not fit its type.
    """
    columns = {}
    for number, (name, kind) in enumerate(types.items()):
        values = numpy_column(table.column(number), kind)
        columns[name] = column_series(values, DUCKDB.get(kind, ""), is_measure=name in measures)
    return pd.DataFrame(columns)


def numpy_column(column: pa.ChunkedArray, kind: pa.DataType) -> np.ma.MaskedArray:
    """Return a column in a type as numpy has it, masked where null; times in microseconds."""
    if kind == NAIVE and getattr(column.type, "tz", None):
        column = pc.local_timestamp(column)
    values = column.cast(kind).combine_chunks()
    mask = values.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_temporal(kind):
        values = values.cast(NAIVE)
    elif not pa.types.is_string(kind):
        values = values.fill_null(False if pa.types.is_boolean(kind) else 0)
    return np.ma.array(values.to_numpy(zero_copy_only=False), mask=mask)


def _group_types(by: By, dataset: Dataset) -> Iterator[tuple[str, pa.DataType]]:
    if isinstance(by, Field):
        yield by.name, field_type(by.name, dataset)
    elif isinstance(by, Period):
        yield "period", NAIVE if by.grain == "hour" else TYPES["date"]
    else:
        yield from (("x", pa.int32()), ("y", pa.int32()))


def _measure_type(measure: Measure, dataset: Dataset) -> pa.DataType:
    kind = dataset.column(measure.column).type if measure.column else "int64"
    if measure.scale != 1 or measure.aggregate in {"mean", "ratio"}:
        kind = "float64"
    elif measure.aggregate == "sum" and kind != "float64":
        kind = "int64"
    return TYPES[kind]
