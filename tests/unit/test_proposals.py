"""Citizens' proposals: times of Seoul, the one district named, nothing personal."""

import datetime as dt
import io
from pathlib import Path

import polars as pl
import pytest

from data_sources.draft import Cleaned
from tests.cleaning import clean


def _clean(
    tmp_path: Path,
    *bodies: str | None,
    title: str = "제안",
    at: str = "2017-09-01 08:30:35.0",
) -> Cleaned:
    count = len(bodies)
    frame = pl.DataFrame(
        {
            "제안번호": range(1, count + 1),
            "제안제목": [title] * count,
            "제안내용": list(bodies),
            "득표": [3] * count,
            "제안등록일자": [at] * count,
        },
        schema_overrides={"제안내용": pl.String},
    )
    content = io.BytesIO()
    frame.write_parquet(content)
    return clean("citizen_proposals", {"proposals.parquet": content.getvalue()}, tmp_path)


def test_a_proposal_is_told_in_utc_and_dated_in_seoul(tmp_path: Path) -> None:
    frame = _clean(tmp_path, "<p>본문</p>").frame
    assert frame.row(0, named=True) == {
        "proposal_id": 1,
        "title": "제안",
        "body_text": "본문",
        "votes": 3,
        "proposed_at": dt.datetime(2017, 8, 31, 23, 30, 35, tzinfo=dt.UTC),
        "proposed_date": dt.date(2017, 9, 1),
        "district_code": None,
        "keywords": None,
        "source_url": "https://idea.seoul.go.kr/front/freeSuggest/view.do?sn=1",
        "proposals": 1,
    }


@pytest.mark.parametrize("body", [None, "", "<p>&nbsp;</p>"])
def test_an_empty_body_stays_published(tmp_path: Path, body: str | None) -> None:
    assert _clean(tmp_path, body).frame.get_column("body_text").to_list() == [None]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("강남구에 나무를", "11680"),
        ("강남구, 강남구청, 서울시 강남구", "11680"),
        ("서울특별시중구 정동", "11140"),
        ("강남구와 서초구", None),
        ("예산이 중구난방이다", None),
        ("부산 중구에서는", None),
        ("인천광역시 서구와 부산시 강서구", None),
        ("지하철 출입구를", None),
        (None, None),
    ],
)
def test_a_district_is_given_where_exactly_one_is_named(
    tmp_path: Path, body: str | None, code: str | None
) -> None:
    assert _clean(tmp_path, body).frame.get_column("district_code").to_list() == [code]


def test_a_district_may_be_named_in_the_title(tmp_path: Path) -> None:
    frame = _clean(tmp_path, "본문", title="은평구 도서관").frame
    assert frame.get_column("district_code").to_list() == ["11380"]


def test_titles_are_cleaned_like_bodies(tmp_path: Path) -> None:
    frame = _clean(tmp_path, "본문", title="&#39;따릉이&#39; <b>문의</b> 010-1234-5678").frame
    assert frame.item(0, "title") == "'따릉이' 문의 [PHONE]"


def test_a_rejected_proposal_keeps_nothing_personal(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, "<p>010-1234-5678</p>", at="어제")
    assert cleaned.rejects.get_column("reason").to_list() == ["proposed_at is missing"]
    assert "1234" not in cleaned.rejects.item(0, "row")


def _adopted(tmp_path: Path, *replies: str | None) -> Cleaned:
    count = len(replies)
    rows = {
        "제안번호": range(7, 7 + count),
        "제안제목": ["강남구 가로등"] * count,
        "제안내용": ["<p>밝게</p>"] * count,
        "제안등록일자": ["2017-07-31 16:17:34.0"] * count,
        "담당부서": ["도로과"] * count,
        "담당부서 의견": list(replies),
    }
    content = io.BytesIO()
    frame = pl.DataFrame(rows, schema_overrides={"담당부서 의견": pl.String})
    frame.write_parquet(content)
    return clean("adopted_proposals", {"adopted.parquet": content.getvalue()}, tmp_path)


def test_an_adopted_proposal_counts_once_and_has_its_departments_reply(tmp_path: Path) -> None:
    rows = {
        "제안번호": [7, 7, 8],
        "제안제목": ["강남구 가로등", "강남구 가로등", None],
        "제안내용": ["<p>밝게</p>", "<p>밝게</p>", None],
        "제안등록일자": ["2017-07-31 16:17:34.0"] * 2 + ["2012-01-02 01:00:00.0"],
        "담당부서": ["도로과", "조명과", None],
        "담당부서 의견": ["<b>010-1234-5678</b>로 회신"] * 2 + [None],
    }
    content = io.BytesIO()
    pl.DataFrame(rows).write_parquet(content)
    cleaned = clean("adopted_proposals", {"adopted.parquet": content.getvalue()}, tmp_path)
    assert cleaned.frame.rows() == [
        (8, None, dt.date(2012, 1, 2), None, None, None),
        (7, "강남구 가로등", dt.date(2017, 7, 31), "11680", "도로과", "[PHONE]로 회신"),
    ]
    assert cleaned.rejects.height == 1
    assert "5678" not in cleaned.rejects.item(0, "row")


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("담당자 홍길동 (☎2133-0223)", "담당자 [NAME] (☎[PHONE])"),
        ("홍길동 주무관(3999-509)에게", "[NAME] 주무관([PHONE])에게"),
        ("담당 : 홍길동, Tel", "담당 : [NAME], Tel"),
        ("담당부서의 의견을 들어", "담당부서의 의견을 들어"),
        ("2015-2016년, 1,234,567원", "2015-2016년, 1,234,567원"),
        ("<script>alert(1)</script>회신", "회신"),
        (None, None),
    ],
)
def test_officials_are_not_named_in_a_reply(
    tmp_path: Path, reply: str | None, told: str | None
) -> None:
    assert _adopted(tmp_path, reply).frame.get_column("reply_text").to_list() == [told]
