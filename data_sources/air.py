"""Air quality of Seoul: daily means per station, hourly means of the city."""

import re
from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from data_sources.air_index import with_air_index
from data_sources.clock import iso_day, to_utc
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched
from data_sources.places import district_code
from data_sources.tables import read_parts, read_sheet

POLLUTANTS = {
    "이산화질소": "no2_ppm",
    "오존": "o3_ppm",
    "일산화탄소": "co_ppm",
    "아황산가스": "so2_ppm",
    "미세먼지": "pm10_ug_m3",
    "초미세먼지": "pm25_ug_m3",
}
# Nobody measures carbon dioxide (이산화탄소) here. The workbooks of 2014 to 2017 write it over
# carbon monoxide (0.1 to 3 ppm, beside a column of NO2), the hourly file over nitrogen dioxide
# (0.003 to 0.094 ppm, beside a column of CO).
STATION_HEADERS = {**POLLUTANTS, "이산화탄소": "co_ppm"}
CITY_HEADERS = {**POLLUTANTS, "이산화탄소": "no2_ppm"}
NOT_MEASURED = ("", "-")


def stations_daily(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of daily means per station.

    Args:
        fetched: One workbook or CSV per year; headers differ by year.
        catalog: Knows the district codes; a station named like a district stands for it.
    """
    district = district_code("측정소명", catalog)
    frame = with_air_index(read_parts(fetched, _station_year))
    return frame.with_columns(
        measured_date=iso_day(pl.col("측정일시")),
        station_name="측정소명",
        district_code=district,
        station_kind=pl.when(district.is_null())
        .then(pl.lit("other"))
        .otherwise(pl.lit("district")),
    )


def city_hourly(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of hourly means of the city's stations.

    Args:
        fetched: CSV; the hours of a day are 01:00 to 24:00, so each is the end of the hour it
            is the mean of.
        catalog: Knows the zone the hours are told in.

    Returns:
        `measured_at` is the beginning of the hour, as in every other dataset: 24:00 is 23:00 of
        the same day.
    """
    frame = read_parts(fetched, _city_hours)
    day = pl.col("일시").str.head(10).str.to_datetime("%Y-%m-%d", strict=False)
    hour = pl.col("일시").str.extract(r"^.{10} ([0-9]{2}):00$").cast(pl.Int64)
    begins = pl.when(hour.is_between(1, 24)).then(day + pl.duration(hours=hour - 1))
    return frame.with_columns(measured_at=to_utc(begins, catalog))


def _station_year(part: Path) -> pl.DataFrame:
    read = {".xlsx": read_sheet, ".csv": read_csv}
    return _renamed(read[part.suffix](part), STATION_HEADERS)


def _city_hours(part: Path) -> pl.DataFrame:
    return _renamed(read_csv(part), CITY_HEADERS)


def _renamed(frame: pl.DataFrame, headers: dict[str, str]) -> pl.DataFrame:
    """Return pollutants under their own names; the words that follow theirs differ by year."""
    names = {name: headers.get(re.split(r"농도|\(", name)[0], name) for name in frame.columns}
    found = [name for name in names.values() if name in POLLUTANTS.values()]
    value = pl.col(found).str.strip_chars()
    return frame.rename(names).with_columns(pl.when(~value.is_in(NOT_MEASURED)).then(value))
