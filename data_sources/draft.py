"""From a draft to published rows: types, ranges, keys; every row that fails is kept with a reason.

A *draft* is a frame with the dataset's columns (text is allowed where numbers are declared), the
columns `source_file` and `source_row` (line or row number in it, from 1), and `reject_reason`
(null while the row is good). Other columns are allowed and are kept with rejected rows only.
A draft holds every row that was read: cleaning marks rows, it never drops them.
"""

import dataclasses

import polars as pl

from cityboard.catalog import Catalog, Dataset
from cityboard.errors import ContractError, RowsLostError, listed
from data_sources.casting import POLARS_TYPES, cast_columns, type_words
from data_sources.contract import check_names, failures
from data_sources.order import sorted_rows

__all__ = ["POLARS_TYPES", "Cleaned", "conform"]

TRACE = ("source_file", "source_row", "reject_reason")
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

    A row is rejected for the first of: the cleaner's own reason, a type, a range, a missing value,
    an unknown code, a place, a key that an earlier good row has.

    Args:
        draft: See the module; columns in any order.
        dataset: Declares columns, types, ranges, labels, key, place.
        catalog: Knows the area codes and the bounding box.

    Returns:
        Published rows and rejects; the first of several rows with the same key is kept.

    Raises:
        ContractError: A declared column or a trace column is missing from the draft.
        RowsLostError: Published and rejected rows are not the rows of the draft.
    """
    missing = [n for n in (*dataset.column_names, *TRACE) if n not in draft.columns]
    if missing:
        msg = (
            f"{dataset.id}: the source has no column {', '.join(missing)}; it has "
            f"{listed(draft.columns)}. Its publisher renamed it: teach the cleaner the new name."
        )
        raise ContractError(msg)
    reasons = draft.get_column("reject_reason").cast(pl.String)
    frame, reasons = _typed(draft, dataset, reasons)
    for name in dataset.column_names:
        reasons = _checked(frame.select(name), dataset, reasons)
    reasons = _placed(frame, dataset, catalog, reasons=reasons)
    repeats = _repeats_key(frame, dataset, reasons)
    reasons = _mark(reasons, repeats, f"duplicate key ({', '.join(dataset.key)})")
    rejects = _rejects(draft, reasons)
    rows_in = draft.height
    del draft
    rows = sorted_rows(frame, dataset.sort or dataset.key, reasons.is_null())
    cleaned = Cleaned(_taken(frame, rows), rejects, checks_of(dataset))
    if cleaned.rows_in != rows_in:
        msg = (
            f"{dataset.id}: {rows_in} rows in, but {cleaned.frame.height} published and "
            f"{rejects.height} rejected. Nothing was published; mend its cleaner."
        )
        raise RowsLostError(msg)
    return cleaned


def _mark(reasons: pl.Series, failed: pl.Series, words: str) -> pl.Series:
    """Return the reasons with one for each failed row that had none."""
    failed = failed.fill_null(value=False) & reasons.is_null()
    if not failed.any():
        return reasons
    return reasons.set(failed, words)


def _typed(
    draft: pl.DataFrame, dataset: Dataset, reasons: pl.Series
) -> tuple[pl.DataFrame, pl.Series]:
    casts = cast_columns(draft, dataset)
    for column, cast in zip(dataset.columns, casts, strict=True):
        if cast.misfits is not None:
            words = f"{column.name} is not {type_words(column)}"
            reasons = _mark(reasons, cast.misfits, words)
    return pl.DataFrame([cast.values for cast in casts]), reasons


def _checked(values: pl.DataFrame, dataset: Dataset, reasons: pl.Series) -> pl.Series:
    """Return the reasons with those of the contract for one column; only good rows are checked."""
    good = reasons.is_null()
    checked = values if good.all() else values.filter(good)
    faults = failures(checked, dataset.column(values.columns[0]))
    if faults.is_empty():
        return reasons
    rows = good.arg_true().gather(faults.get_column("row"))
    return reasons.clone().scatter(rows, faults.get_column("reason"))


def _placed(
    frame: pl.DataFrame, dataset: Dataset, catalog: Catalog, *, reasons: pl.Series
) -> pl.Series:
    place = dataset.place
    if place is None:
        return reasons
    if place.lon and place.lat:
        west, south, east, north = catalog.city.bounding_box
        inside = pl.col(place.lon).is_between(west, east)
        inside &= pl.col(place.lat).is_between(south, north)
        outside = frame.select(~inside).to_series()
        reasons = _mark(reasons, outside, "coordinates outside the city")
    if place.area:
        codes = [area.code for area in catalog.all_areas if area.level == place.level]
        unknown = ~frame.get_column(place.area).is_in(codes)
        reasons = _mark(reasons, unknown, f"{place.area} is not an area of the catalogue")
    return reasons


def _repeats_key(frame: pl.DataFrame, dataset: Dataset, reasons: pl.Series) -> pl.Series:
    """Return which good rows have a key that an earlier good row has.

    Hashes find the few rows to compare: a copy of all keys is 1 GB for the buses.
    """
    good = reasons.is_null()
    hashes = frame.select(dataset.key).hash_rows().set(~good, None)
    repeats = pl.repeat(value=False, n=frame.height, eager=True, dtype=pl.Boolean)
    if hashes.drop_nulls().n_unique() == good.sum():
        return repeats
    keys = frame.select(dataset.key).with_row_index("_row").filter(hashes.is_duplicated() & good)
    again = keys.filter(~pl.struct(dataset.key).is_first_distinct()).get_column("_row")
    return repeats.scatter(again, values=True)


def _taken(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Return rows of a frame by their numbers; all of them in their order cost no copy."""
    if rows.len() == frame.height and rows.is_sorted():
        return frame
    return pl.DataFrame([column.gather(rows) for column in frame.iter_columns()])


def _rejects(draft: pl.DataFrame, reasons: pl.Series) -> pl.DataFrame:
    if reasons.null_count() == reasons.len():
        return pl.DataFrame(schema=REJECTS_SCHEMA)
    marked = draft.lazy().with_columns(reject_reason=reasons)
    rejects = marked.filter(pl.col("reject_reason").is_not_null()).select(
        reason="reject_reason",
        source_file=pl.col("source_file").cast(pl.String),
        source_row=pl.col("source_row").cast(pl.Int64),
        row=pl.struct(pl.exclude(TRACE)).struct.json_encode(),
    )
    return rejects.collect(engine="streaming")


def checks_of(dataset: Dataset) -> tuple[str, ...]:
    """Return the names of all that a dataset's rows are checked for."""
    names = check_names(dataset)
    if dataset.place and dataset.place.has_points:
        names.append("coordinates inside the city")
    if dataset.place and dataset.place.area:
        names.append(f"{dataset.place.area} is an area of the catalogue")
    return (*names, f"key ({', '.join(dataset.key)}) is unique")
