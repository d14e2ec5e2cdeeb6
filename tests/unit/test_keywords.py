"""Keywords, topics and near duplicates: counted as told, and nobody named."""

import io
from pathlib import Path

import polars as pl
import pytest

from data_sources.draft import Cleaned
from data_sources.keywords import LEAST_PROPOSALS
from data_sources.nouns import nouns
from data_sources.topics import alike, topic_groups
from tests.cleaning import clean

FILE = "proposals.parquet"


def _clean(name: str, folder: Path, rows: list[tuple[str, str | None, int, str]]) -> Cleaned:
    """Return a dataset of proposals: title, body, votes and day of each."""
    columns = list(zip(*rows, strict=True))
    frame = pl.DataFrame(
        {
            "제안번호": range(1, len(rows) + 1),
            "제안제목": columns[0],
            "제안내용": columns[1],
            "득표": columns[2],
            "제안등록일자": [f"{day} 12:00:00.0" for day in columns[3]],
        },
        schema_overrides={"제안내용": pl.String},
    )
    content = io.BytesIO()
    frame.write_parquet(content)
    return clean(name, {FILE: content.getvalue()}, folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("버스 정류장에 의자를 놓아 주세요", {"버스", "정류장", "의자"}),
        ("미세먼지가 심합니다. 미세먼지!", {"미세먼지"}),
        ("은평구 CCTV, LED 조명", {"은평구", "CCTV", "LED", "조명"}),
        ("안녕하세요, 감사합니다.", set()),
        ("연락처 [PHONE] [EMAIL]", {"연락처"}),
        ("저는 홍길동입니다", set()),
        ("", set()),
    ],
)
def test_the_nouns_of_a_text(text: str, words: set[str]) -> None:
    assert nouns([text], areas=frozenset({"은평구"})) == [words]


def test_a_keyword_counts_once_a_proposal_and_months_without_it_are_told(tmp_path: Path) -> None:
    rows = [("버스 버스", "<p>버스</p>", 2, "2018-05-03")] * LEAST_PROPOSALS
    rows += [("버스", None, 1, "2018-06-30"), ("공원", None, 5, "2018-07-01")]
    frame = _clean("proposal_keywords", tmp_path, rows).frame
    told = frame.select(pl.col("proposed_month").dt.month(), pl.exclude("proposed_month"))
    assert told.rows() == [
        (5, "버스", LEAST_PROPOSALS, 2 * LEAST_PROPOSALS, LEAST_PROPOSALS),
        (6, "버스", 1, 1, 1),
        (7, "버스", 0, 0, 1),
    ]


def test_what_few_proposals_name_is_no_keyword(tmp_path: Path) -> None:
    rows = [("버스", None, 0, "2018-05-03")] * LEAST_PROPOSALS
    rows += [("공원 버스", None, 0, "2018-05-04")] * (LEAST_PROPOSALS - 1)
    keywords = _clean("proposal_keywords", tmp_path, rows).frame.get_column("keyword")
    assert keywords.unique().to_list() == ["버스"]
    named = _clean("citizen_proposals", tmp_path, rows).frame.get_column("keywords")
    assert named.unique().to_list() == ["버스"]


def test_a_proposal_belongs_to_the_topic_of_its_words() -> None:
    traffic, green = ["버스", "정류장", "노선"], ["공원", "나무", "산책"]
    numbers, words = topic_groups([traffic] * 6 + [green] * 4 + [[]], count=2)
    assert numbers == [0] * 6 + [1] * 4 + [-1]
    assert set(words[0].split(" · ")) >= set(traffic)
    assert topic_groups([traffic] * 6 + [green] * 4 + [[]], count=2) == (numbers, words)


def test_texts_that_are_nearly_the_same_are_one_group() -> None:
    text = "은평구 광역자원순환센터 건립을 백지화해 주십시오"
    texts = [text, text + "!", "버스 정류장에 의자를", text + "..."]
    named = [sorted(words) for words in nouns(texts)]
    groups = alike(texts, named)
    assert len({groups[0], groups[1], groups[3]}) == 1
    assert groups[2] != groups[0]


def test_a_group_tells_its_size_days_and_votes(tmp_path: Path) -> None:
    text = "버스 정류장에 의자와 그늘을 놓아 주세요"
    rows = [(text, None, 3, "2018-06-02"), ("공원의 나무", None, 9, "2018-06-03")]
    rows += [(text, None, 4, "2018-05-31")]
    frame = _clean("proposal_duplicates", tmp_path, rows).frame
    assert frame.select("title", "proposals", "votes").rows() == [(text, 2, 7)]
    assert [f"{day:%m-%d}" for day in frame.row(0)[1:3]] == ["05-31", "06-02"]
