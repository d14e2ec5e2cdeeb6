"""The texts of citizens' proposals as they are published: plain, with personal numbers masked."""

import functools

import polars as pl

from data_sources.citizen_text import plain_text
from data_sources.fetched import Fetched
from data_sources.tables import read_parquet, read_parts


@functools.lru_cache(maxsize=1)
def read_texts(fetched: Fetched) -> pl.DataFrame:
    """Return the proposals' rows with `title` and `body_text` for what they have in HTML.

    It is kept, for four datasets are made of the same files.

    Args:
        fetched: Parquet with `제안제목` and `제안내용`, bodies in HTML.
    """
    frame = read_parts(fetched, read_parquet)
    return frame.drop("제안제목", "제안내용").with_columns(
        title=plain_series(frame.get_column("제안제목")),
        body_text=plain_series(frame.get_column("제안내용")),
    )


def plain_series(markup: pl.Series) -> pl.Series:
    """Return texts without markup and personal numbers; null where nothing is left to read."""
    return pl.Series([plain_text(text) for text in markup], dtype=pl.String)


def whole_texts(frame: pl.DataFrame) -> list[str]:
    """Return title and body of each proposal as one text."""
    both = pl.concat_str("title", "body_text", separator="\n", ignore_nulls=True)
    return frame.select(both.fill_null("")).to_series().to_list()
