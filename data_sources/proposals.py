"""What citizens proposed to Seoul on its site Democracy Seoul and the one before it."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.citizen_text import masked_reply
from data_sources.clock import to_utc
from data_sources.fetched import Fetched
from data_sources.keywords import SEPARATOR, keywords_named
from data_sources.proposal_texts import plain_series, read_texts

PAGE = "https://idea.seoul.go.kr/front/freeSuggest/view.do?sn={}"
OTHER_CITY = r"(?:부산|대구|인천|광주|대전|울산)(?:광역시|시)?\s*[가-힣]{1,3}구"


def proposals(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of citizens' proposals, in plain text with personal numbers masked.

    Args:
        fetched: Parquet; bodies in HTML, times in Seoul's local time.
        catalog: Knows the districts' names and the city's zone.
    """
    frame, named = read_texts(fetched), keywords_named(fetched, catalog)
    at = pl.col("제안등록일자").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False)
    return frame.with_columns(
        proposal_id="제안번호",
        source_url=pl.format(PAGE, "제안번호"),
        keywords=pl.Series(
            [SEPARATOR.join(sorted(words)) or None for words in named], dtype=pl.String
        ),
        votes="득표",
        proposed_at=to_utc(at, catalog),
        proposed_date=at.dt.date(),
        district_code=_district_named(catalog),
        proposals=pl.lit(1, pl.Int32),
    )


def adopted(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the proposals the city adopted, with the department's reply.

    Bodies and the words of the panel of experts are left behind.

    Args:
        fetched: Parquet; bodies in HTML, times in Seoul's local time. A proposal that two
            departments adopted stands there twice.
        catalog: Knows the districts' names.
    """
    frame = read_texts(fetched)
    at = pl.col("제안등록일자").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False)
    replies = [text and masked_reply(text) for text in plain_series(frame["담당부서 의견"])]
    frame = frame.with_columns(
        district_code=_district_named(catalog), reply_text=pl.Series(replies, dtype=pl.String)
    )
    return frame.select(
        "source_file",
        "source_row",
        "reject_reason",
        "title",
        "district_code",
        "reply_text",
        department_name="담당부서",
        proposal_id="제안번호",
        proposed_date=at.dt.date(),
    )


def _district_named(catalog: Catalog) -> pl.Expr:
    """Return the code of the one district named in title or body; null for none or several.

    A name counts at the beginning of a word or after "서울시": 중구 is part of other words.
    """
    codes = {a.name.ko: a.code for a in catalog.all_areas if a.level == "district"}
    name = f"({'|'.join(codes)})"
    text = pl.concat_str("title", "body_text", separator="\n", ignore_nulls=True)
    text = text.str.replace_all(OTHER_CITY, " ").str.replace_all(r"중구\s?난방", " ")
    named = text.str.extract_all(rf"(?:^|[^가-힣]|서울시|특별시){name}")
    names = named.list.eval(pl.element().str.extract(rf"{name}$")).list.unique()
    only = pl.when(names.list.len() == 1).then(names.list.first())
    return only.replace_strict(codes, default=None)
