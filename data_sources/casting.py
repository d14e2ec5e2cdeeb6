"""Give the columns of a draft the types its dataset declares, and tell which values do not fit."""

import dataclasses
from typing import Any

import polars as pl

from cityboard.catalog import Column, Dataset

POLARS_TYPES: dict[str, Any] = {
    "string": pl.String,
    "int32": pl.Int32,
    "int64": pl.Int64,
    "float64": pl.Float64,
    "date": pl.Date,
    "timestamp": pl.Datetime("us", "UTC"),
    "bool": pl.Boolean,
}
TYPE_WORDS = {"int32": "a whole number", "int64": "a whole number", "float64": "a number"}
INSTANT = "%Y-%m-%dT%H:%M:%S%.f%#z"  # text without an offset is no instant


@dataclasses.dataclass(frozen=True)
class Cast:
    """A column with its declared type.

    Attributes:
        values: A value that did not fit, blank text and NaN are null.
        misfits: True where a value did not fit; None where every value fits.
    """

    values: pl.Series
    misfits: pl.Series | None


def cast_columns(draft: pl.DataFrame, dataset: Dataset) -> list[Cast]:
    """Return the columns of a dataset, in its order, cast from a draft."""
    columns = dataset.columns
    drafted = draft.select(column.name for column in columns)
    plain = drafted.select(_plain(column, drafted.schema[column.name]) for column in columns)
    return [_cast(drafted.get_column(c.name), plain.get_column(c.name), c) for c in dataset.columns]


def type_words(column: Column) -> str:
    """Return a column's type in words, with its article."""
    return TYPE_WORDS.get(column.type, f"a {column.type}")


def _cast(drafted: pl.Series, plain: pl.Series, column: Column) -> Cast:
    """Return the plain cast where it lost nothing; otherwise look at the values again."""
    is_exact = drafted.dtype in (plain.dtype, pl.String)
    if is_exact and plain.null_count() == drafted.null_count() and _is_finite(plain):
        return Cast(plain, None)
    given = drafted
    if drafted.dtype == pl.String:
        stripped = drafted.str.strip_chars()
        missing = ["", "NaN", "nan"] if plain.dtype.is_float() else [""]
        given = stripped.set(stripped.is_in(missing), None)
    if given.dtype.is_float():
        given = given.fill_nan(None)
    values = pl.select(_careful(pl.lit(given), column, given.dtype)).to_series()
    misfits = values.is_null() & given.is_not_null()
    return Cast(values.alias(column.name), misfits if misfits.any() else None)


def _is_finite(values: pl.Series) -> bool:
    return not values.dtype.is_float() or bool(values.is_finite().all())


def _plain(column: Column, given: pl.DataType) -> pl.Expr:
    """Return the fastest cast; right where it leaves no value null that was given."""
    wanted, value = POLARS_TYPES[column.type], pl.col(column.name)
    if given == wanted or given != pl.String:
        return value if given == wanted else value.cast(wanted, strict=False)
    return _from_text(value, column)


def _careful(value: pl.Expr, column: Column, given: pl.DataType) -> pl.Expr:
    """Return the cast that takes a value only as what it is: 5893.0 for 5893, never 5.5 for 5."""
    wanted = POLARS_TYPES[column.type]
    if wanted.is_integer():
        number = value.cast(pl.Float64, strict=False)
        whole = pl.when(number == number.round(0)).then(number).cast(wanted, strict=False)
        exact = value.cast(wanted, strict=False)
        return whole if given.is_float() else pl.coalesce(exact, whole)
    cast = _from_text(value, column) if given == pl.String else value.cast(wanted, strict=False)
    return pl.when(cast.is_finite()).then(cast) if wanted.is_float() else cast


def _from_text(text: pl.Expr, column: Column) -> pl.Expr:
    if column.type == "date":
        return text.str.to_date("%Y-%m-%d", strict=False)
    if column.type == "timestamp":
        return text.str.to_datetime(INSTANT, time_unit="us", time_zone="UTC", strict=False)
    if column.type == "bool":
        truth = {"true": True, "false": False}
        return text.str.to_lowercase().replace_strict(truth, default=None, return_dtype=pl.Boolean)
    return text.cast(POLARS_TYPES[column.type], strict=False)
