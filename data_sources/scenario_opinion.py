"""Simulate polls of citizens: questions nobody asked, answers nobody gave."""

import numpy as np
import polars as pl

from cityboard.catalog import Catalog
from data_sources.scenario_pledges import read_words

CERTAINTY = 200.0  # of the shares in the word list: the larger, the nearer a poll comes to them


def polls(
    random: np.random.Generator,
    catalog: Catalog,
    tables: dict[str, pl.DataFrame],  # noqa: ARG001 - a table's form
) -> pl.DataFrame:
    """Return the answers to every option of every poll; of each poll they add up to its persons."""
    words = read_words(catalog, "polls").with_columns(
        pl.col("asked_date", "closed_date").str.to_date(),
        pl.col("persons", "weight").cast(pl.Int64),
    )
    asked = words.partition_by("poll_id", maintain_order=True)
    return pl.concat(part.with_columns(answers=_answers(part, random)) for part in asked)


def _answers(options: pl.DataFrame, random: np.random.Generator) -> pl.Series:
    weights = options.get_column("weight").to_numpy()
    shares = random.dirichlet(CERTAINTY * weights / weights.sum())
    return pl.Series(random.multinomial(options.item(0, "persons"), shares))
