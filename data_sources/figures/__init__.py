"""Seoul's embedded figures: compact tables in the catalogue's own schema.

They ship with the project, so that a new machine shows a real city without any download. The
cleaner here reads them; `python -m data_sources.figures` computes them.
"""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched
from data_sources.tables import read_parquet, read_parts


def table(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:  # noqa: ARG001 - a cleaner's form
    """Return a draft of one figure table; its columns are the dataset's own."""
    return read_parts(fetched, read_parquet)
