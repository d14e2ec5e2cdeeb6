"""Registered population of Seoul by district, age and sex."""

from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched
from data_sources.places import district_code
from data_sources.tables import read_parts

SEXES = {"남자인구수": "m", "여자인구수": "f"}
COUNTED = r"^(\d{4})(?:\. (\d{2}) 월| 년)$"
TOP_AGE = "100세 이상"  # everybody aged 100 and over, counted as 100
RETIRED = 65
GROUP_YEARS, TOP_GROUP = 5, 100  # five-year groups, then everybody of 100 and over
FERTILE = (15, 49)  # years in which births are counted, both included


def residents(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of residents per day counted, district, age and sex.

    Args:
        fetched: Wide CSV of KOSIS: one row a district, age and sex; one column a count, `2008 년`
            (31 December) or `2021. 08 월` (the last day of that month).
        catalog: Knows the district codes.

    Returns:
        One row a district, age, sex and count; `source_row` is the line it stood in.
    """
    long = read_parts(fetched, _long)
    age = pl.col("연령별").replace(TOP_AGE, "100세").str.strip_suffix("세")
    retired = age.cast(pl.Int32, strict=False) >= RETIRED
    return long.with_columns(
        counted_date=_last_day("counted"),
        district_code=district_code("행정구역(시군구)별", catalog),
        age=age,
        age_group=_age_group(age.cast(pl.Int32, strict=False)),
        sex=pl.col("항목").replace(SEXES),
        persons_65_plus=pl.when(retired).then("persons").otherwise(pl.lit("0")),
    )


def residents_by_age_group(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of residents per day counted, district, age group of five years and sex.

    Args:
        fetched: As of `residents`.
        catalog: Knows the district codes.

    Returns:
        The rows of `residents`, one a year of age, with the small children and the women of an age
        to bear them apart: what the child-woman ratio is made of.
    """
    age = pl.col("age").cast(pl.Int32, strict=False)
    is_mother = age.is_between(*FERTILE) & pl.col("sex").eq("f")
    return residents(fetched, catalog).with_columns(
        age_group=_five_years(age),
        children_0_4=pl.when(age < GROUP_YEARS).then("persons").otherwise(pl.lit("0")),
        women_15_49=pl.when(is_mother).then("persons").otherwise(pl.lit("0")),
    )


def _long(part: Path) -> pl.DataFrame:
    """Return a row per row and count of one file."""
    wide = read_csv(part)
    counts = [name for name in wide.columns if name.endswith(("년", "월"))]
    return wide.unpivot(
        counts,
        index=[name for name in wide.columns if name not in counts],
        variable_name="counted",
        value_name="persons",
    )


def _last_day(column: str) -> pl.Expr:
    """Return the last day of the month, or of the year, that a heading names."""
    year = pl.col(column).str.extract(COUNTED, 1)
    month = pl.col(column).str.extract(COUNTED, 2).fill_null("12")
    first = pl.concat_str(year, month, separator="-").str.to_date("%Y-%m", strict=False)
    return first.dt.month_end()


def _age_group(age: pl.Expr) -> pl.Expr:
    young, working = pl.lit("0_14"), pl.lit("15_64")
    return (
        pl.when(age < 15)
        .then(young)
        .when(age < RETIRED)
        .then(working)
        .when(age >= RETIRED)
        .then(pl.lit("65_plus"))
    )


def _five_years(age: pl.Expr) -> pl.Expr:
    """Return the group an age lies in: `0_4` to `95_99`, and `100_plus`."""
    first = age // GROUP_YEARS * GROUP_YEARS
    group = pl.format("{}_{}", first, first + GROUP_YEARS - 1)
    return pl.when(age >= TOP_GROUP).then(pl.lit("100_plus")).otherwise(group)
