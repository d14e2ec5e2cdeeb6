"""Bikes at the stations of Seoul's public bicycles now."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched
from data_sources.places import with_district
from data_sources.plaza.readings import minute_of_receipt, readings

SERVICE = "bikeList"
NAMES = {
    "stationId": "station_id",
    "stationName": "name",
    "rackTotCnt": "racks",
    "parkingBikeTotCnt": "bikes",
    "stationLongitude": "lon",
    "stationLatitude": "lat",
}
NUMBERED = r"^(\d+)\s*\.\s*"  # 102. 망원역 1번출구 앞


def stations(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the bikes at each station in the minute the service answered.

    Args:
        fetched: Pages of the service; every number is text, and there is no stamp.
        catalog: Knows the outlines of the districts.

    Returns:
        A station at 0 degrees has no place.
    """
    frame = readings(fetched, SERVICE, NAMES)
    return with_district(frame, catalog).with_columns(
        at=minute_of_receipt(),
        station_number=pl.col("name").str.extract(NUMBERED),
        station_name=pl.col("name").str.replace(NUMBERED, ""),
    )
