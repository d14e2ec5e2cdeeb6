"""Keywords over time and rising terms: equal to a plain recomputation of the embedded figures."""

import datetime as dt
import math
import statistics
import time
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cityboard.errors import QueryError
from cityboard.lake import Lake
from cityboard.opinion import PRIOR, log_odds, mentions, rising_terms, voices
from cityboard.selection import Interval, Members
from cityboard.store import Store
from data_sources.publish import publish
from tests.cleaning import SEOUL, seoul

DATASETS = ("citizen_proposals", "proposal_keywords")
FIGURES = SEOUL / "figures/proposal_keywords.parquet"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    lake = Lake(tmp_path_factory.mktemp("opinion"))
    for name in DATASETS:
        publish(seoul().dataset(name), catalog=seoul(), lake=lake, data=None)
    return Store(seoul(), lake)


def test_a_keyword_is_told_month_by_month(store: Store) -> None:
    told = mentions(store, "버스")
    rows = pl.read_parquet(FIGURES).filter(pl.col("keyword") == "버스")
    counted = dict(rows.select("proposed_month", "proposals").rows())
    in_all = dict(rows.select("proposed_month", "proposals_in_all").rows())
    assert list(told.proposals) == [counted.get(month, 0) for month in told.months]
    assert list(told.in_all) == [in_all.get(month, 0) for month in told.months]
    assert sum(told.in_all) == 4892


def test_months_that_were_not_published_are_no_months_without_proposals(store: Store) -> None:
    told = mentions(store, "버스")
    gap = [month for month, count in zip(told.months, told.in_all, strict=True) if not count]
    assert gap == [dt.date(2018, month, 1) for month in (1, 2, 3, 4)]
    rising = rising_terms(store)
    assert (rising.months_before, rising.months_after) == (8, 12)


def test_an_unknown_keyword_is_named_by_none(store: Store) -> None:
    assert set(mentions(store, "<script>").proposals) == {0}


def test_three_terms_rose_from_2018_to_2019_as_a_plain_recomputation_has_them(store: Store) -> None:
    years: dict[int, Counter[str]] = {2018: Counter(), 2019: Counter()}
    for keyword, month, count in (
        pl.read_parquet(FIGURES).select("keyword", "proposed_month", "proposals").rows()
    ):
        if month.year in years:
            years[month.year][keyword] += count
    sizes = {year: sum(counts.values()) for year, counts in years.items()}

    def z_score(keyword: str) -> tuple[float, float]:
        both = years[2018][keyword] + years[2019][keyword]
        alpha = PRIOR * both / sum(sizes.values())
        odds, variance = [], 0.0
        for year in (2018, 2019):
            y = years[year][keyword] + alpha
            odds.append(math.log(y / (sizes[year] + PRIOR - y)))
            variance += 1 / y
        return odds[1] - odds[0], (odds[1] - odds[0]) / math.sqrt(variance)

    rising = rising_terms(store)
    named = [word for word in years[2018] if years[2018][word] + years[2019][word]]
    assert len(rising.rises) == len(named)
    for rise in rising.rises:
        assert (rise.log_odds, rise.z) == pytest.approx(z_score(rise.keyword), abs=1e-9)
        assert (rise.before, rise.after) == (
            years[2018][rise.keyword],
            years[2019][rise.keyword],
        )
        assert sum(rise.months) == rise.before + rise.after
        assert len(rise.months) == len(rising.in_all) == 20
    assert [r.keyword for r in rising.rises] == sorted(
        named, key=lambda word: (-z_score(word)[1], word)
    )
    assert all(rise.z > rising.limit for rise in rising.rises[:3])
    assert rising.before == Interval(dt.date(2018, 1, 1), dt.date(2019, 1, 1))
    assert (rising.proposals_before, rising.proposals_after) == (2067, 2248)
    assert sum(rising.in_all) == rising.proposals_before + rising.proposals_after
    chance = 1 - 0.05 / (2 * len(named))
    assert rising.limit == pytest.approx(statistics.NormalDist().inv_cdf(chance))


@pytest.mark.parametrize(("span", "first"), [("half", (2019, 1)), ("quarter", (2019, 7))])
def test_shorter_spans_end_with_the_newest_month(
    store: Store, span: str, first: tuple[int, int]
) -> None:
    rising = rising_terms(store, span=span)  # type: ignore[arg-type]
    assert rising.before.low == dt.date(*first, 1)
    assert rising.after.high == dt.date(2020, 1, 1)


def test_two_words_that_change_places_have_opposite_scores() -> None:
    difference, z = log_odds(np.array([10, 30, 0]), np.array([30, 10, 0]))
    assert difference[0] == pytest.approx(-difference[1])
    assert z.tolist() == [pytest.approx(-z[1]), pytest.approx(z[1]), 0.0]
    assert z[0] > 0


def test_a_word_of_a_few_does_not_lead_one_of_many() -> None:
    _, z = log_odds(np.array([0, 100, 1000]), np.array([4, 200, 1000]))
    assert z[1] > z[0] > 0


def test_too_few_months_are_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rising_terms.__globals__["SPANS"], "half", 24)
    with pytest.raises(QueryError, match="two periods of 24 months"):
        rising_terms(store, span="half")


def test_proposals_are_counted_with_honest_coverage(store: Store) -> None:
    told = voices(store)
    rows = pl.read_parquet(SEOUL / "figures/citizen_proposals.parquet")
    located = rows.drop_nulls("district_code").get_column("proposals").sum()
    assert (told.proposals, told.votes, told.located) == (4892, 10380, located)
    assert sum(told.by_district.values()) == told.located
    assert told.most_voted.empty


def test_the_selection_holds_for_proposals(store: Store) -> None:
    year = Interval(dt.date(2019, 1, 1), dt.date(2020, 1, 1))
    assert voices(store, where=(year,)).proposals == 2248
    gangnam = voices(store, where=(Members("area", ("11680",)),))
    assert gangnam.by_district == {"11680": gangnam.proposals}


def test_figures_cannot_tell_which_proposals_name_a_keyword(store: Store) -> None:
    told = voices(store, "버스")
    assert (told.proposals, told.by_district) == (None, {})


def test_keyword_trends_answer_within_200_ms_once_warm(store: Store) -> None:
    rising_terms(store)
    mentions(store, "버스")
    began = time.perf_counter()
    rising_terms(store)
    mentions(store, "버스")
    assert time.perf_counter() - began < 0.2


def test_texts_are_listed_where_they_are_published(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {
            "제안번호": [1, 2, 3, *range(10, 40)],
            "제안제목": ["버스 정류장", "<b>버스</b>", "공원"] + ["버스"] * 30,
            "제안내용": ["강남구에", None, "<script>alert(1)</script>"] + [None] * 30,
            "득표": [1, 7, 9] + [0] * 30,
            "제안등록일자": ["2019-01-02 03:04:05.0"] * 33,
        },
        schema_overrides={"제안내용": pl.String},
    )
    data = tmp_path / "data"
    (data / "opinion").mkdir(parents=True)
    rows.write_parquet(data / "opinion/proposals_2017_2019.parquet")
    lake = Lake(tmp_path / "lake")
    entry = seoul().dataset("citizen_proposals").model_copy(update={"rows_at_least": 1})
    publish(entry, catalog=seoul(), lake=lake, data=data)
    told = voices(Store(seoul(), lake), "버스", shown=2)
    assert (told.proposals, told.votes, told.by_district) == (32, 8, {"11680": 1})
    assert told.most_voted["title"].tolist() == ["버스", "버스 정류장"]
    assert told.most_voted["source_url"].iloc[0].endswith("?sn=2")
