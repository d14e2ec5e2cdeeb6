"""Keyword counts of Seoul, counted again text by text with the same tokenizer."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from kiwipiepy import Kiwi

from data_sources.nouns import COMPOUNDS, EMPTY_WORDS, PROPER_NOUNS
from tests.cleaning import SEOUL, clean_published, seoul

pytestmark = [pytest.mark.seoul, pytest.mark.timeout(1200)]  # analyses every text twice

FIGURES = ("proposal_duplicates", "proposal_keywords", "proposal_topics")
LEFT_OUT = {"proposal_duplicates": ["title"]}


def _figures(name: str) -> pl.DataFrame:
    return pl.read_parquet(SEOUL / f"figures/{name}.parquet")


def _recount(proposals: pl.DataFrame) -> Counter[tuple[str, object]]:
    """Return keyword and month → proposals that name it, one text after the other."""
    kiwi = Kiwi()
    for word in COMPOUNDS.split():
        kiwi.add_user_word(word, "NNG")
    districts = {a.name.ko for a in seoul().all_areas if a.level == "district"}
    counts: Counter[tuple[str, object]] = Counter()
    for title, body, day in proposals.select("title", "body_text", "proposed_date").rows():
        words = set()
        for token in kiwi.tokenize("\n".join(filter(None, (title, body)))):
            is_common = token.tag == "NNG" and len(token.form) > 1
            is_known = token.tag == "NNP" and (
                token.form in PROPER_NOUNS.split() or token.form in districts
            )
            is_latin = token.tag == "SL" and token.form.isascii() and token.form.isalpha()
            is_latin = is_latin and token.form.isupper() and 2 <= len(token.form) <= 6
            is_mask = token.form in {"EMAIL", "ID", "PHONE", "USER"}
            if (is_common or is_known or is_latin) and not is_mask:
                words.add(token.form)
        counts.update((word, day.replace(day=1)) for word in words - set(EMPTY_WORDS.split()))
    return counts


def test_keyword_counts_equal_an_independent_recount(seoul_data: Path) -> None:
    counts = _recount(clean_published("citizen_proposals", seoul_data).frame)
    totals: Counter[str] = Counter()
    for (word, _), count in counts.items():
        totals[word] += count
    kept = {word for word, total in totals.items() if total >= 30}
    told = _figures("proposal_keywords")
    assert set(told.get_column("keyword")) == kept
    shown = {
        (word, month): count
        for word, month, count in told.select("keyword", "proposed_month", "proposals").rows()
        if count
    }
    assert shown == {key: count for key, count in counts.items() if key[0] in kept}


@pytest.mark.parametrize("name", FIGURES)
def test_the_embedded_figures_equal_the_published_counts(name: str, seoul_data: Path) -> None:
    left_out = LEFT_OUT.get(name, [])
    published = clean_published(name, seoul_data).frame.drop(left_out)
    assert _figures(name).drop(left_out).equals(published)


def test_the_embedded_figures_hold_no_text_of_a_proposal() -> None:
    assert _figures("proposal_duplicates").get_column("title").null_count() == len(
        _figures("proposal_duplicates")
    )
    proposals = _figures("citizen_proposals")
    for column in ("title", "body_text", "keywords", "source_url"):
        assert proposals.get_column(column).null_count() == proposals.height
    replies = _figures("adopted_proposals")
    for column in ("title", "department_name", "reply_text"):
        assert replies.get_column(column).null_count() == replies.height
    named = _figures("proposal_keywords").group_by("keyword").agg(pl.col("proposals").sum())
    assert named.get_column("proposals").min() >= 30
