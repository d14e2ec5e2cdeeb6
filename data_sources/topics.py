"""Groups of citizens' proposals: topics by the keywords they share, and near duplicates."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from rapidfuzz import fuzz
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from sklearn.decomposition import NMF
from sklearn.feature_extraction.text import TfidfVectorizer

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched
from data_sources.keywords import keywords_named, nouns_named, proposed_months, traced_table
from data_sources.proposal_texts import read_texts, whole_texts

TOPICS, WORDS_TOLD, SEED = 12, 5, 2017
MOST_ROUNDS = 2000
BETWEEN = " · "
ALIKE_NOUNS = 0.6  # cosine of tf-idf from which two texts are compared letter by letter
ALIKE_LETTERS = 90.0  # of a hundred: rapidfuzz's ratio, from which they are near duplicates
ROWS_AT_ONCE = 500


def proposal_topics(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of how many proposals of each month belong to each topic.

    Topics are the parts of a non-negative factorisation of the proposals' keywords (tf-idf), each
    called by its heaviest words; a proposal belongs to the one that weighs most in it, and one
    without any keyword to none.

    Args:
        fetched: Files of proposals.
        catalog: Knows the areas, which are kept as keywords.

    Source: Lee and Seung 1999, Learning the parts of objects by non-negative matrix factorization,
        Nature 401, 788-791; as scikit-learn does it.
    """
    numbers, words = topic_groups([sorted(named) for named in keywords_named(fetched, catalog)])
    months = proposed_months(fetched).with_columns(
        topic_id=pl.Series([f"{number + 1:02}" if number >= 0 else "00" for number in numbers]),
        topic_words=pl.Series([words[n] if n >= 0 else None for n in numbers], dtype=pl.String),
    )
    table = months.group_by("topic_id", "topic_words", "proposed_month").agg(
        proposals=pl.len(), votes=pl.col("votes").sum()
    )
    return traced_table(table.sort("topic_id", "proposed_month"), fetched)


def topic_groups(
    named: Sequence[Sequence[str]], count: int = TOPICS
) -> tuple[list[int], list[str]]:
    """Return the topic of each proposal and the words of each topic, the largest topic first.

    Args:
        named: Keywords of each proposal.
        count: How many topics.

    Returns:
        (n proposals) the topic's number from 0, or -1 for none; (count) its heaviest words.
    """
    weigh = TfidfVectorizer(analyzer=_itself, min_df=2)
    weights = weigh.fit_transform(named)
    parts = NMF(count, init="nndsvda", random_state=SEED, max_iter=MOST_ROUNDS)
    shares = parts.fit_transform(weights)
    chosen = np.where(shares.max(axis=1) > 0, shares.argmax(axis=1), -1)
    sizes = np.bincount(chosen[chosen >= 0], minlength=count)
    order = np.argsort(-sizes, kind="stable")
    place = {int(topic): n for n, topic in enumerate(order)} | {-1: -1}
    vocabulary = weigh.get_feature_names_out()
    told = [
        BETWEEN.join(vocabulary[n] for n in np.argsort(-parts.components_[topic])[:WORDS_TOLD])
        for topic in order
    ]
    return [place[int(topic)] for topic in chosen], told


def proposal_duplicates(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of groups of proposals whose texts are nearly the same.

    Args:
        fetched: Files of proposals.
        catalog: Knows the areas, which count as nouns.

    Returns:
        A row a group of at least two: its days, size, votes, and the title of the first.
    """
    texts = whole_texts(read_texts(fetched))
    groups = alike(texts, [sorted(named) for named in nouns_named(fetched, catalog)])
    day = pl.col("제안등록일자").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    rows = read_texts(fetched).select("title", proposed_date=day, votes="득표")
    grouped = rows.with_columns(group=pl.Series(groups)).sort("proposed_date", maintain_order=True)
    table = grouped.group_by("group", maintain_order=True).agg(
        pl.col("title").first(),
        pl.col("votes").sum(),
        first_date=pl.col("proposed_date").min(),
        last_date=pl.col("proposed_date").max(),
        proposals=pl.len(),
    )
    several = table.filter(pl.col("proposals") > 1).drop("group").sort("first_date", "proposals")
    return traced_table(several.with_row_index("group_number", offset=1), fetched)


def alike(texts: Sequence[str], named: Sequence[Sequence[str]]) -> list[int]:
    """Return the number of each text's group: texts that are nearly the same, or lead to such.

    Args:
        texts: Whole texts.
        named: Nouns of each; only texts that share most of them are compared letter by letter.
    """
    pairs = [
        (one, other)
        for one, other in _candidates(named)
        if fuzz.ratio(texts[one], texts[other], score_cutoff=ALIKE_LETTERS)
    ]
    ones, others = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    size = len(texts)
    linked = coo_array((np.ones(len(ones)), (ones, others)), shape=(size, size))
    _, groups = connected_components(linked, directed=False)
    return [int(group) for group in groups]


def _candidates(named: Sequence[Sequence[str]]) -> Iterator[tuple[int, int]]:
    """Yield pairs of texts, the earlier first, that share most of their nouns."""
    weights = csr_array(TfidfVectorizer(analyzer=_itself).fit_transform(named))
    for start in range(0, len(named), ROWS_AT_ONCE):
        near = (weights[start : start + ROWS_AT_ONCE] @ weights.T).tocoo()
        is_near = near.data >= ALIKE_NOUNS
        for one, other in zip(near.row[is_near] + start, near.col[is_near], strict=True):
            if one < other:
                yield int(one), int(other)


def _itself(words: Sequence[str]) -> Sequence[str]:
    """Return words that are told apart already."""
    return words
