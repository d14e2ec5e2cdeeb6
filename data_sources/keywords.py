"""What citizens' proposals are about, as counts: keywords per month, topics, near duplicates.

No text stands in these tables but nouns that at least `LEAST_PROPOSALS` proposals name, so that
nobody's words can be put together again from them.
"""

import functools
from collections import Counter

import polars as pl

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched
from data_sources.nouns import nouns
from data_sources.proposal_texts import read_texts, whole_texts

LEAST_PROPOSALS = 30
SEPARATOR = " "


@functools.lru_cache(maxsize=1)
def nouns_named(fetched: Fetched, catalog: Catalog) -> tuple[frozenset[str], ...]:
    """Return the nouns each proposal names, in the order of the file.

    It is kept: the analysis takes half a minute, and several datasets are made of it.
    """
    areas = frozenset(a.name.ko for a in catalog.all_areas if a.level == "district")
    return tuple(nouns(whole_texts(read_texts(fetched)), areas=areas))


def keywords_named(fetched: Fetched, catalog: Catalog) -> list[frozenset[str]]:
    """Return the keywords each proposal names: its nouns that enough proposals name."""
    named = nouns_named(fetched, catalog)
    counts = Counter(word for words in named for word in words)
    kept = frozenset(word for word, count in counts.items() if count >= LEAST_PROPOSALS)
    return [words & kept for words in named]


def proposal_keywords(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of how many proposals of each month name each keyword.

    Args:
        fetched: Files of proposals, as `proposals.proposals` reads them.
        catalog: Knows the areas, which are kept as keywords.

    Returns:
        A row for every keyword and month, also where no proposal names it: a share over several
        months needs the months without one.
    """
    months = proposed_months(fetched).with_columns(
        keyword=pl.Series(
            [sorted(words) for words in keywords_named(fetched, catalog)],
            dtype=pl.List(pl.String),
        )
    )
    in_all = months.group_by("proposed_month").agg(proposals_in_all=pl.len())
    named = months.explode("keyword").drop_nulls("keyword")
    counts = named.group_by("keyword", "proposed_month").agg(
        proposals=pl.len(), votes=pl.col("votes").sum()
    )
    every = named.select(pl.col("keyword").unique()).join(in_all, how="cross")
    table = every.join(counts, on=["keyword", "proposed_month"], how="left")
    filled = table.with_columns(pl.col("proposals", "votes").fill_null(0))
    return traced_table(filled.sort("keyword", "proposed_month"), fetched)


def proposed_months(fetched: Fetched) -> pl.DataFrame:
    """Return the first day of the month and the votes of each proposal, in the file's order."""
    day = pl.col("제안등록일자").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return read_texts(fetched).select(proposed_month=day.dt.truncate("1mo"), votes="득표")


def traced_table(table: pl.DataFrame, fetched: Fetched) -> pl.DataFrame:
    """Return a table that was counted from many rows as a draft, traced to the files counted."""
    return table.with_row_index("source_row", offset=1).with_columns(
        source_file=pl.lit(", ".join(part.name for part in fetched.parts)),
        reject_reason=pl.lit(None, pl.String),
    )
