"""From a draft to published rows: types, ranges, keys; every row that fails is kept with a reason.

A *draft* is a frame with the dataset's columns (text is allowed where numbers are declared), the
columns `source_file` and `source_row` (line or row number in it, from 1), and `reject_reason`
(null while the row is good). Other columns are allowed and are kept with rejected rows only.
A draft holds every row that was read: cleaning marks rows, it never drops them.
"""

import dataclasses
from typing import Any

import pandera.polars as pandera
import polars as pl
from pandera.errors import SchemaErrors

from cityboard.catalog import Catalog, Column, Dataset
from cityboard.errors import ContractError, listed

TRACE = ("source_file", "source_row", "reject_reason")
POLARS_TYPES: dict[str, Any] = {
    "string": pl.String,
    "int32": pl.Int32,
    "int64": pl.Int64,
    "float64": pl.Float64,
    "date": pl.Date,
    "timestamp": pl.Datetime("us", "UTC"),
    "bool": pl.Boolean,
}
REJECTS_SCHEMA = {
    "reason": pl.String,
    "source_file": pl.String,
    "source_row": pl.Int64,
    "row": pl.String,
}


@dataclasses.dataclass(frozen=True)
class Cleaned:
    """What a cleaning gives; `frame` and `rejects` together hold every row of the draft.

    Attributes:
        frame: The dataset's columns, typed, sorted by its `sort` (else `key`).
        rejects: `reason`, `source_file`, `source_row`, `row` (the draft's row as JSON).
        checks: Names of the checks every row of `frame` passed.
    """

    frame: pl.DataFrame
    rejects: pl.DataFrame
    checks: tuple[str, ...]

    @property
    def rows_in(self) -> int:
        """Return how many rows were read."""
        return self.frame.height + self.rejects.height


def conform(draft: pl.DataFrame, dataset: Dataset, catalog: Catalog) -> Cleaned:
    """Check a draft against its dataset's contract and split it.

    Args:
        draft: See the module; columns in any order.
        dataset: Declares columns, types, ranges, labels, key, place.
        catalog: Knows the area codes and the bounding box.

    Returns:
        Published rows and rejects; the first of several rows with the same key is kept.

    Raises:
        ContractError: A declared column or a trace column is missing from the draft.
    """
    missing = [n for n in (*dataset.column_names, *TRACE) if n not in draft.columns]
    if missing:
        msg = (
            f"{dataset.id}: the source has no column {', '.join(missing)}; it has "
            f"{listed(draft.columns)}. Its publisher renamed it: teach the cleaner the new name."
        )
        raise ContractError(msg)
    raw = draft
    draft = _cast(draft, dataset)
    for column in dataset.columns:  # one at a time: a copy of all columns is 0.4 GB for the buses
        draft = _mark_failures(draft, _schema(column))
    draft = _mark_places(draft, dataset, catalog)
    draft = _mark_duplicates(draft, dataset)
    reasons = draft.get_column("reject_reason")
    return Cleaned(
        frame=_published(draft, dataset),
        rejects=_rejects(raw.with_columns(reject_reason=reasons)),
        checks=_check_names(dataset),
    )


def _mark(draft: pl.DataFrame, failed: pl.Expr, reason: pl.Expr | str) -> pl.DataFrame:
    words = pl.lit(reason) if isinstance(reason, str) else reason
    still_good = pl.col("reject_reason").is_null()
    return draft.with_columns(
        reject_reason=pl.when(still_good & failed).then(words).otherwise("reject_reason")
    )


def _cast(draft: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """Give every column its type; a value that does not fit marks its row and becomes null."""
    for column in dataset.columns:
        wanted = POLARS_TYPES[column.type]
        if draft.schema[column.name] == wanted:
            continue
        typed = pl.col(column.name).cast(wanted, strict=False)
        if draft.schema[column.name] == pl.String:
            text = pl.col(column.name).str.strip_chars()
            text = pl.when(text != "").then(text)
            draft = draft.with_columns(text.alias(column.name))
            typed = _from_text(column)
        draft = draft.with_columns(typed.alias("_typed"))
        lost = pl.col("_typed").is_null() & pl.col(column.name).is_not_null()
        draft = _mark(draft, lost, f"{column.name} is not {_type_words(column)}")
        draft = draft.with_columns(pl.col("_typed").alias(column.name)).drop("_typed")
    return draft.with_columns(
        pl.when(pl.col(c.name).is_finite()).then(pl.col(c.name)).alias(c.name)
        for c in dataset.columns
        if c.type == "float64"
    )


def _from_text(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.type == "date":
        return text.str.to_date("%Y-%m-%d", strict=False)
    if column.type in {"int32", "int64"}:  # some publishers write "5893.0"
        number = text.cast(pl.Float64, strict=False)
        whole = pl.when(number == number.round(0)).then(number)
        return whole.cast(POLARS_TYPES[column.type], strict=False)
    return text.cast(POLARS_TYPES[column.type], strict=False)


def _type_words(column: Column) -> str:
    words = {"int32": "a whole number", "int64": "a whole number", "float64": "a number"}
    return words.get(column.type, f"a {column.type}")


def _schema(column: Column) -> pandera.DataFrameSchema:
    checks = _column_checks(column)
    wanted = pandera.Column(POLARS_TYPES[column.type], checks, nullable=column.nullable)
    return pandera.DataFrameSchema({column.name: wanted})


def _column_checks(column: Column) -> list[pandera.Check]:
    checks = []
    if column.minimum is not None:
        below = f"{column.name} below {column.minimum:g}"
        checks.append(pandera.Check.ge(column.minimum, name=below, error=below))
    if column.maximum is not None:
        above = f"{column.name} above {column.maximum:g}"
        checks.append(pandera.Check.le(column.maximum, name=above, error=above))
    if column.labels is not None:
        unknown = f"{column.name} is an unknown code"
        checks.append(pandera.Check.isin(list(column.labels), name=unknown, error=unknown))
    return checks


def _mark_failures(draft: pl.DataFrame, schema: pandera.DataFrameSchema) -> pl.DataFrame:
    checked = draft.select(*schema.columns, "reject_reason").with_row_index("_row")
    checked = checked.filter(pl.col("reject_reason").is_null())
    try:
        schema.validate(checked, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return draft
    rows = checked.get_column("_row")
    whole = cases.filter(pl.col("index").is_null())
    if whole.height:
        raise ContractError(f"the contract cannot be checked: {whole.rows()[0]}")
    null = pl.col("check") == "not_nullable"
    failures = cases.select(
        _row=rows.gather(cases.get_column("index").cast(pl.UInt32)),
        _reason=pl.when(null).then(pl.format("{} is missing", "column")).otherwise("check"),
    ).unique("_row", keep="first", maintain_order=True)
    marked = draft.with_row_index("_row").join(failures, on="_row", how="left").sort("_row")
    marked = _mark(marked, pl.col("_reason").is_not_null(), pl.col("_reason"))
    return marked.drop("_row", "_reason")


def _mark_places(draft: pl.DataFrame, dataset: Dataset, catalog: Catalog) -> pl.DataFrame:
    place = dataset.place
    if place is None:
        return draft
    if place.lon and place.lat:
        west, south, east, north = catalog.city.bounding_box
        inside = pl.col(place.lon).is_between(west, east) & pl.col(place.lat).is_between(
            south, north
        )
        draft = _mark(draft, ~inside, "coordinates outside the city")
    if place.area:
        codes = [area.code for area in catalog.all_areas if area.level == place.level]
        known = pl.col(place.area).is_in(codes)
        draft = _mark(draft, ~known, f"{place.area} is not an area of the catalogue")
    return draft


def _mark_duplicates(draft: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """Mark every row whose key an earlier good row has; hashes find the few rows to compare."""
    good = draft.get_column("reject_reason").is_null()
    hashes = draft.select(dataset.key).hash_rows().set(~good, None)
    alike = hashes.is_duplicated() & good
    keys = draft.select(dataset.key).with_row_index("_row").filter(alike)
    again = keys.filter(~pl.struct(dataset.key).is_first_distinct()).get_column("_row")
    if again.is_empty():
        return draft
    is_again = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(again.implode())
    return _mark(draft, is_again, f"duplicate key ({', '.join(dataset.key)})")


def _published(draft: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """Return the good rows, sorted; only the columns sorted by are copied for it."""
    by = dataset.sort or dataset.key
    rows = draft.lazy().select(*by, "reject_reason").with_row_index("_row")
    good = rows.filter(pl.col("reject_reason").is_null()).sort(by, maintain_order=True)
    return draft.select(dataset.column_names)[good.select("_row").collect().to_series()]


def _rejects(draft: pl.DataFrame) -> pl.DataFrame:
    bad = draft.lazy().filter(pl.col("reject_reason").is_not_null())
    values = pl.struct(pl.exclude(TRACE)).struct.json_encode()
    rejects = bad.select(
        reason="reject_reason",
        source_file=pl.col("source_file").cast(pl.String),
        source_row=pl.col("source_row").cast(pl.Int64),
        row=values,
    )
    return rejects.collect(engine="streaming")


def _check_names(dataset: Dataset) -> tuple[str, ...]:
    names = [f"{c.name} is {_type_words(c)}" for c in dataset.columns if c.type != "string"]
    names += [f"{c.name} is given" for c in dataset.columns if not c.nullable]
    names += [f"not: {check.name}" for c in dataset.columns for check in _column_checks(c)]
    if dataset.place and dataset.place.has_points:
        names.append("coordinates inside the city")
    if dataset.place and dataset.place.area:
        names.append(f"{dataset.place.area} is an area of the catalogue")
    return (*names, f"key ({', '.join(dataset.key)}) is unique")
