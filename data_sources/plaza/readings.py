"""Readings: what a service of the Plaza tells of now, and when we learnt it."""

from collections.abc import Collection, Mapping

import polars as pl

from data_sources.delimited import rename_columns
from data_sources.fetched import Fetched
from data_sources.plaza.rows import text_frame


def readings(
    fetched: Fetched, service: str, names: Mapping[str, str], *, optional: Collection[str] = ()
) -> pl.DataFrame:
    """Return a draft's beginning: the rows of all pages under our names.

    Args:
        fetched: Pages of the service; a page without rows is no fault.
        service: Its name; decides the aliases.
        names: The service's names of today → ours.
        optional: Those of our names that some answers lack.

    Returns:
        Every value as text without spaces around it, null where blank or absent; `known_at` (when
        the pages were received, UTC), `source_file`, `source_row` and `reject_reason` (null).

    Raises:
        ContractError: The service no longer answers a name that is not optional.
        SourceError: A page cannot be read.
    """
    rows = text_frame(fetched, service)
    lacking = optional if rows.height else names.values()
    frame = rename_columns(rows, names, source=fetched.request, optional=lacking)
    absent = [name for name in names.values() if name not in frame.columns]
    texts = pl.col(*names.values()).str.strip_chars()
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in absent).with_columns(
        pl.when(texts != "").then(texts),
        known_at=pl.lit(fetched.received_at, pl.Datetime("us", "UTC")),
        reject_reason=pl.lit(None, pl.String),
    )


def minute_of_receipt() -> pl.Expr:
    """Return `at` of a service that gives no stamp: the minute in which it answered.

    Two polls within a minute are one reading.
    """
    return pl.col("known_at").dt.truncate("1m")
