"""Air of Seoul now: the newest hour of each district's station."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.clock import read_stamp
from data_sources.fetched import Fetched
from data_sources.places import district_code
from data_sources.plaza.readings import readings

SERVICE = "RealtimeCityAir"  # ListAirQualityByDistrictService has its names, but for the stamp's
NAMES = {
    "MSRMT_DT": "stamp",
    "MSRSTN_NM": "station_name",
    "PM": "pm10_ug_m3",
    "FPM": "pm25_ug_m3",
    "OZON": "o3_ppm",
    "NTDX": "no2_ppm",
    "CBMX": "co_ppm",
    "SPDX": "so2_ppm",
    "CAI": "cai",
    "CAI_GRD": "grade",
    "CRST_SBSTN": "pollutant",
}
MEASURED = ("pm10_ug_m3", "pm25_ug_m3", "o3_ppm", "no2_ppm", "co_ppm", "so2_ppm", "cai")
GRADES = {"좋음": "good", "보통": "moderate", "나쁨": "bad", "매우나쁨": "very_bad"}
POLLUTANTS = {"PM10": "pm10", "PM25": "pm25", "O3": "o3", "NO2": "no2", "CO": "co", "SO2": "so2"}
INSPECTED = "점검중"  # its numbers are 0 or below
NOT_MEASURED = ("-", INSPECTED)


def stations(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the newest means per station, each of the hour that ended at `at`.

    Args:
        fetched: Pages of either service, under the names of any year.
        catalog: Knows the districts, which the stations are named for, and the zone of the stamps.
    """
    frame = readings(fetched, SERVICE, NAMES, optional=("cai", "grade", "pollutant"))
    value = pl.col(MEASURED)
    is_told = (pl.col("grade") != INSPECTED).fill_null(value=True)
    is_told &= ~value.is_in(NOT_MEASURED) & ~value.str.starts_with("-")
    pollutant = pl.col("pollutant").str.replace_all(r"[-.]", "").str.to_uppercase()
    return frame.with_columns(
        pl.when(is_told).then(value),
        at=read_stamp(pl.col("stamp"), catalog),
        district_code=district_code("station_name", catalog),
        grade_code=_code(pl.col("grade").str.replace_all(" ", ""), GRADES),
        pollutant_code=_code(pollutant, POLLUTANTS),
    )


def _code(words: pl.Expr, codes: dict[str, str]) -> pl.Expr:
    """Return codes for words; a word nobody knows stays, so that its row is rejected and told."""
    return pl.when(~words.is_in(NOT_MEASURED)).then(words.replace(codes))
