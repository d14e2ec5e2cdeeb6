"""Living population of Seoul: how many people are where, hour by hour, from mobile phones."""

import io
from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from data_sources.clock import day, to_utc
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched, read_text
from data_sources.tables import naming, read_parts, traced


def districts_hourly(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of persons per district and hour.

    Args:
        fetched: CSV with days as `20240605` and hours as `00` to `23` of the city's own time.
        catalog: Knows that time's zone.
    """
    frame = read_parts(fetched, read_csv)
    midnight = day(pl.col("기준일ID")).cast(pl.Datetime("us"))
    hour = pl.col("시간대구분").cast(pl.Int64, strict=False)
    local = pl.when(hour.is_between(0, 23)).then(midnight + pl.duration(hours=hour))
    return frame.with_columns(
        observed_at=to_utc(local, catalog),
        hour="시간대구분",
        district_code="자치구코드",
        persons="총생활인구수",
    )


def neighbourhoods_hourly(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of persons per neighbourhood and hour.

    Args:
        fetched: JSON files, one a week, each in a folder named after its first day (`20190304`):
            a list of neighbourhoods with `code_8` and `t`, persons in each hour of the week.
        catalog: Knows the city's zone.
    """
    frame = read_parts(fetched, _week)
    local = pl.col("observed")
    return frame.with_columns(
        observed_at=to_utc(local, catalog), hour=local.dt.hour().cast(pl.Int32)
    ).drop("observed")


def _week(part: Path) -> pl.DataFrame:
    content = io.BytesIO(read_text(part).encode())
    with naming(part):
        week = pl.read_json(content, infer_schema_length=None).select(
            neighbourhood_code=pl.col("code_8").cast(pl.String),
            persons=pl.col("t").cast(pl.List(pl.Float64)),
        )
    begins = day(pl.lit(part.parent.name)).cast(pl.Datetime("us"))
    hours = pl.int_ranges(pl.col("persons").list.len())
    week = traced(week, part, first_row=1).with_columns(since=hours)
    week = week.explode("persons", "since")
    return week.with_columns(observed=begins + pl.duration(hours=pl.col("since")))
