"""What citizens proposed to Seoul on its site Democracy Seoul and the one before it."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.citizen_text import plain_text
from data_sources.clock import to_utc
from data_sources.fetched import Fetched
from data_sources.tables import read_parquet, read_parts

OTHER_CITY = r"(?:부산|대구|인천|광주|대전|울산)(?:광역시|시)?\s*[가-힣]{1,3}구"


def proposals(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of citizens' proposals, in plain text with personal numbers masked.

    Args:
        fetched: Parquet; bodies in HTML, times in Seoul's local time.
        catalog: Knows the districts' names and the city's zone.
    """
    frame = read_parts(fetched, read_parquet)
    at = pl.col("제안등록일자").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False)
    frame = frame.with_columns(
        _plain(frame.get_column("제안제목")).alias("title"),
        _plain(frame.get_column("제안내용")).alias("body_text"),
    )
    return frame.drop("제안제목", "제안내용").with_columns(
        proposal_id="제안번호",
        votes="득표",
        proposed_at=to_utc(at, catalog),
        proposed_date=at.dt.date(),
        district_code=_district_named(catalog),
        proposals=pl.lit(1, pl.Int32),
    )


def adopted(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the proposals the city adopted; replies and bodies are left behind.

    Args:
        fetched: Parquet; bodies in HTML, times in Seoul's local time. A proposal that two
            departments adopted stands there twice.
        catalog: Knows the districts' names.
    """
    frame = read_parts(fetched, read_parquet)
    at = pl.col("제안등록일자").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False)
    frame = frame.with_columns(
        _plain(frame.get_column("제안제목")).alias("title"),
        _plain(frame.get_column("제안내용")).alias("body_text"),
    )
    frame = frame.with_columns(district_code=_district_named(catalog))
    return frame.select(
        "source_file",
        "source_row",
        "reject_reason",
        "title",
        "district_code",
        proposal_id="제안번호",
        proposed_date=at.dt.date(),
    )


def _plain(markup: pl.Series) -> pl.Series:
    return pl.Series([plain_text(text) for text in markup], dtype=pl.String)


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
