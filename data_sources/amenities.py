"""Registers of places close to home: shelters, libraries, parks, toilets, fair-price shops."""

import json
from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from cityboard.errors import SourceError
from data_sources.clock import iso_day
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched
from data_sources.places import area_of_points, district_code
from data_sources.tables import naming, read_parts, traced

SHELTER_KINDS = {"지진옥외대피소": "outdoor", "지진실내구호소": "indoor"}

LIBRARY_KINDS = {
    "공공도서관": "public",
    "작은도서관": "small",
    "전문도서관": "special",
    "장애인도서관": "for_disabled_people",
    "국립도서관": "national",
    "대표도서관": "city",
}

# In what a library writes of its closing days, words that hold the name of a weekday by chance.
NOT_A_WEEKDAY = r"법정|공휴일|휴일|휴관일|요일|매월|\d월|\d+일|당일|평일|격일|임시"
WEEKDAYS = "월화수목금토일"

TOILET_KINDS = {
    "공중": "public",
    "공공청사": "public_building",
    "공공기관": "public_building",
    "공공": "public_building",
    "공공기": "public_building",
    "지하철": "subway",
    "지하철역": "subway",
    "개방": "opened",
    "개": "opened",
    "민간개방화장실": "opened",
    "민간내방화장실": "opened",
}

TRADES = {
    "한식": "korean_food",
    "중식": "chinese_food",
    "경양식/일식": "western_or_japanese_food",
    "기타외식업": "other_food",
    "이미용": "hairdressing",
    "세탁": "laundry",
    "목욕업": "bathhouse",
    "숙박업(호텔,여관)": "lodging",
    "기타서비스업": "other_service",
}


def earthquake_shelters(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the places to go to in an earthquake.

    The publisher's id is 0 in most rows, so the row is the key; a building has a row for each of
    its rooms.

    Args:
        fetched: UTF-8 CSV with BOM; `없음` for coordinates that are not known, and a few points
            that lie in another city. Neither has a point here.
        catalog: Knows the outlines and codes of the districts.
    """
    frame = read_parts(fetched, read_csv)
    frame = _with_points(frame, catalog, lon="경도", lat="위도")
    return frame.with_columns(
        record_number="source_row",
        shelter_name="시설명",
        shelter_kind=pl.col("구분명").replace(SHELTER_KINDS),
        area_m2="시설면적",
        district_code=district_code("시군구명", catalog),
    )


def libraries(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the libraries; addresses and telephone numbers are left behind.

    Args:
        fetched: UTF-8 CSV with BOM.
        catalog: Knows the outlines and codes of the districts.
    """
    frame = read_parts(fetched, read_csv).drop("전화번호", "홈페이지 URL")
    frame = _with_points(frame, catalog, lon="경도", lat="위도")
    return frame.with_columns(
        library_id_seoul="도서관 일련번호",
        library_name="도서관명",
        library_kind=pl.col("도서관 구분명").replace(LIBRARY_KINDS),
        closed_on=_closed_on(pl.col("정기 휴관일")),
        district_code=district_code("구명", catalog),
    )


def _closed_on(text: pl.Expr) -> pl.Expr:
    """Return the code of the weekdays a library is closed on; null where none can be read."""
    named = text.str.replace_all(NOT_A_WEEKDAY, " ").str.replace_all("주말", "토일")
    days = [named.str.contains(day) for day in WEEKDAYS]
    is_working_day = pl.any_horizontal(days[:5])
    return (
        pl.when(days[5] & days[6] & ~is_working_day)
        .then(pl.lit("weekend"))
        .when(days[6] & ~days[5] & ~is_working_day)
        .then(pl.lit("sunday"))
        .when(days[0] & ~pl.any_horizontal(days[1:]))
        .then(pl.lit("monday"))
        .when(pl.any_horizontal(days))
        .then(pl.lit("other_days"))
        .when(text.str.contains("휴일"))
        .then(pl.lit("holidays"))
        .when(text.str.contains("없음|무휴"))
        .then(pl.lit("never"))
    )


def parks(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the parks; the source gives neither names nor areas.

    Args:
        fetched: UTF-8 CSV of coordinates and district; some coordinates are missing or wrong.
        catalog: Knows the outlines and codes of the districts.
    """
    frame = read_parts(fetched, read_csv)
    frame = _with_points(frame, catalog, lon="경도", lat="위도")
    return frame.with_columns(
        record_number="source_row", district_code=district_code("구", catalog)
    )


def public_toilets(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the toilets open to everyone; the kind's spellings are brought together.

    Args:
        fetched: UTF-8 JSON, a list of records.
        catalog: Knows the outlines of the districts.
    """
    frame = read_parts(fetched, _records)
    frame = _with_points(frame, catalog, lon="X_WGS84", lat="Y_WGS84")
    return frame.with_columns(
        area_of_points(frame, catalog),
        toilet_id_seoul="POI_ID",
        toilet_name="FNAME",
        toilet_kind=pl.col("ANAME").replace_strict(TOILET_KINDS, default="other"),
        recorded_date=iso_day(pl.col("INSERTDATE")),
    )


def fair_price_shops(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the shops the city names for their low prices.

    Telephone numbers, addresses and what the shops write of themselves are left behind. Some
    addresses leave the district out, one is the words of a test.

    Args:
        fetched: UTF-8 JSON of the Plaza's file form, its records under `DATA`.
        catalog: Knows the codes of the districts.
    """
    frame = read_parts(fetched, _records)
    address = pl.col("sh_addr")
    frame = frame.with_columns(
        reject_reason=pl.when(address.str.contains("테스트")).then(pl.lit("test entry")),
        named=address.str.extract(r"(?:^|[^가-힣])([가-힣]{1,3}구)(?:[^가-힣]|$)"),
    )
    return frame.select(
        "source_file",
        "source_row",
        "reject_reason",
        district_code("named", catalog).alias("district_code"),
        shop_id_seoul="sh_id",
        shop_name=pl.col("sh_name").str.strip_chars(),
        trade=pl.col("induty_code_se_name").replace(TRADES),
        recommendations="sh_rcmn",
    )


def _records(part: Path) -> pl.DataFrame:
    """Return the records of a JSON file as text, whether they stand alone or under `DATA`."""
    with naming(part):
        content = json.loads(part.read_text("utf-8-sig"))
        rows = content.get("DATA") if isinstance(content, dict) else content
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            msg = f"{part}: a list of records was expected, alone or under DATA. Fetch it again."
            raise SourceError(msg)
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = [{name: _text(row.get(name)) for name in names} for row in rows]
        return traced(pl.DataFrame(text, schema=dict.fromkeys(names, pl.String)), part, first_row=1)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _with_points(frame: pl.DataFrame, catalog: Catalog, *, lon: str, lat: str) -> pl.DataFrame:
    """Return the frame with `lon` and `lat` in degrees; null unless the point lies in the city.

    Args:
        frame: (n rows) coordinates as text.
        catalog: Knows the outlines of the districts.
        lon: Column of longitudes.
        lat: Column of latitudes.
    """
    points = frame.select(
        lon=pl.col(lon).cast(pl.Float64, strict=False),
        lat=pl.col(lat).cast(pl.Float64, strict=False),
    )
    is_inside = area_of_points(points, catalog).is_not_null()
    points = points.with_columns(is_inside.alias("inside"))
    return frame.with_columns(
        points.select(pl.when("inside").then(pl.col("lon", "lat"))),
    )
