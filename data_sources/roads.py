"""Accidents on the roads in which somebody died."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.clock import day
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched
from data_sources.places import district_code
from data_sources.tables import read_parts

CITY = "서울"
ACCIDENT_KINDS = {
    "차대사람": "vehicle_and_pedestrian",
    "차대차": "vehicles",
    "차량단독": "vehicle_alone",
}
VICTIMS = {
    "보행자": "pedestrian",
    "자전거": "bicycle",
    "이륜차": "motorcycle",
    "원동기장치자전거": "motorcycle",
    "승용차": "car",
    "승합차": "van_or_bus",
    "화물차": "lorry",
    "없음": "none",
}


def fatal_accidents(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the city's fatal accidents; those of the rest of the country are marked.

    The source has no number of an accident: its row stands for it. The second party of a vehicle
    that met with an accident alone is `none`; the source does not tell in which vehicle a person
    died.

    Args:
        fetched: CP949 CSV of the whole country, a row per accident; `2018021406` is the hour from
            06:00 of 14 February 2018.
        catalog: Knows the codes of the districts.
    """
    frame = read_parts(fetched, read_csv)
    hour = pl.col("발생년월일시").str.extract(r"^\d{8}(\d{2})$")
    second = pl.col("피해자_당사자종별_대분류")
    return frame.with_columns(
        reject_reason=pl.when(pl.col("발생지시도") != CITY).then(pl.lit("outside the city")),
        record_number="source_row",
        accident_date=day(pl.col("발생년월일시").str.head(8)),
        accident_hour=hour,
        district_code=district_code("발생지시군구", catalog),
        accident_kind=pl.col("사고유형_대분류").replace(ACCIDENT_KINDS),
        second_party=second.replace_strict(VICTIMS, default="other"),
        deaths="사망자수",
        casualties="사상자수",
        lon="경도",
        lat="위도",
    )
