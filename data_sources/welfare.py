"""Welfare of Seoul by district: seniors, their places to meet, suicides, low incomes."""

from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched
from data_sources.places import district_code
from data_sources.statistics_sheet import read_statistics, require_columns
from data_sources.tables import read_json, read_parts, record_table

SUPPORT = {
    "국민기초생활보장 수급권자": "basic_livelihood",
    "저소득노인": "near_poor",
    "일 반": "none",
}
AGES = {"65~79세": "65_79", "80세 이상": "80_plus"}
FACILITIES = {
    "노인복지관 수": "welfare_centre",
    "경로당 수": "senior_club",
    "노인교실 수": "senior_school",
}
DEATHS, RATE = "자살 사망자수 (명)", "자살률 (10만명당 명)"
LIVING_ALONE = [f"{group}/{age}" for group in ("소계", *SUPPORT) for age in ("계", *AGES)]
TOTAL = "total of other rows"
SHORTENED = {"동대문": "동대문구"}  # so written in the table of seniors living alone


def seniors_living_alone(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of people of 65 and over who live alone, by district, support and age.

    A row is one cell of the table; its sums are rows too, marked as totals of others.

    Args:
        fetched: Workbooks of one year each, with a header of two rows.
        catalog: Knows the district codes.

    Raises:
        SourceError: A workbook is not of this table.
    """

    def cells(part: Path) -> pl.DataFrame:
        wide = read_statistics(part, header_rows=2)
        require_columns(wide, LIVING_ALONE, part)
        return _long(wide, LIVING_ALONE, "group", "persons")

    frame = _placed(read_parts(fetched, cells), catalog)
    support, age = (pl.col("group").str.split("/").list.get(n) for n in (0, 1))
    is_total = support.eq("소계") | age.eq("계")
    return frame.with_columns(
        support_status=support.replace(SUPPORT),
        age_group=age.replace(AGES),
        reject_reason=pl.when(is_total).then(pl.lit(TOTAL)),
    )


def leisure_facilities(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of welfare centres, clubs and schools for the elderly per district.

    The column of the centres' staff counts no places and is left behind.

    Args:
        fetched: Workbooks of one year each.
        catalog: Knows the district codes.

    Raises:
        SourceError: A workbook is not of this table.
    """

    def kinds(part: Path) -> pl.DataFrame:
        wide = read_statistics(part)
        require_columns(wide, list(FACILITIES), part)
        return _long(wide, list(FACILITIES), "facility_kind", "facilities")

    frame = _placed(read_parts(fetched, kinds), catalog)
    return frame.with_columns(pl.col("facility_kind").replace(FACILITIES))


def suicides(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of deaths by suicide per district, with the residents they are told for.

    The table gives deaths and their rate per 100,000 residents of the middle of the year, not the
    residents. They are deaths × 100,000 / rate: so the rate of every district is the published
    one, and that of several districts together is within the rounding of theirs (0.05).

    Args:
        fetched: Workbooks of one year each; the row `소계` is the city.
        catalog: Knows the district codes.

    Raises:
        SourceError: A workbook is not of this table.
    """

    def rows(part: Path) -> pl.DataFrame:
        frame = read_statistics(part)
        require_columns(frame, [DEATHS, RATE], part)
        return frame

    deaths, rate = (pl.col(name).cast(pl.Float64, strict=False) for name in (DEATHS, RATE))
    return _placed(read_parts(fetched, rows), catalog).with_columns(
        deaths=DEATHS,
        mid_year_residents=pl.when(rate > 0).then(deaths * 100_000 / rate),
        reject_reason=pl.when(pl.col("area_name") == "소계").then(pl.lit(TOTAL)),
    )


def low_income_neighbourhoods(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:  # noqa: ARG001 - a cleaner's form
    """Return a draft of the share of residents with low incomes per neighbourhood.

    Eight shares are exactly 0, all of neighbourhoods whose names are spelled in several ways
    (중계2·3동) or stand twice (신사동): the source has not joined their incomes. They are rejected.

    Args:
        fetched: JSON, one record a neighbourhood; shares of 1, codes of ten digits, whose last two
            are 0 for a neighbourhood.
        catalog: The city's.

    Raises:
        SourceError: It is no list of such records.
    """

    def records(part: Path) -> pl.DataFrame:
        return record_table(read_json(part), ["dong_code", "dong_name", "low_income_share"], part)

    share = pl.col("low_income_share").cast(pl.Float64, strict=False)
    return read_parts(fetched, records).with_columns(
        neighbourhood_code=pl.col("dong_code").str.strip_suffix("00"),
        low_income_share_pct=share * 100,
        reject_reason=pl.when(share == 0).then(pl.lit("a share of 0: not joined by its source")),
    )


def _long(wide: pl.DataFrame, columns: list[str], name: str, value: str) -> pl.DataFrame:
    """Return a row per row and column."""
    index = ["area_name", "year_start_date", "source_file", "source_row", "reject_reason"]
    return wide.unpivot(columns, index=index, variable_name=name, value_name=value)


def _placed(frame: pl.DataFrame, catalog: Catalog) -> pl.DataFrame:
    """Return a table with the `district_code` of its areas; that of the city's row is null."""
    whole = frame.with_columns(pl.col("area_name").str.strip_chars().replace(SHORTENED))
    return whole.with_columns(district_code=district_code("area_name", catalog))
