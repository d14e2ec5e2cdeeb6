"""The city's own compact figures: tables computed from the published files, in its own schema."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched


def table(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:  # noqa: ARG001 - a cleaner's form
    """Return a draft of one figure table; its columns are the dataset's own."""
    frames = [
        pl.read_parquet(part).with_row_index("source_row", offset=1).with_columns(
            source_file=pl.lit(part.name), reject_reason=pl.lit(None, pl.String)
        )
        for part in fetched.parts
    ]
    return pl.concat(frames)
