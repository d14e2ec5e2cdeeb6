"""Trains about to arrive at stations of Seoul's subway."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.clock import read_stamp
from data_sources.fetched import Fetched
from data_sources.places import with_district
from data_sources.plaza.readings import readings

SERVICE = "realtimeStationArrival"
NAMES = {
    "subwayId": "line_id",
    "updnLine": "direction",
    "statnId": "station_id",
    "statnNm": "station_name",
    "btrainNo": "train_number",
    "bstatnNm": "destination_name",
    "barvlDt": "seconds",
    "recptnDt": "stamp",
    "arvlMsg2": "message",
    "arvlCd": "arrival",
    "lstcarAt": "last",
}
LINES = {
    **{f"100{n}": f"{n}호선" for n in range(1, 10)},
    "1032": "GTXA",
    "1061": "경의중앙선",
    "1063": "경의중앙선",
    "1065": "공항철도",
    "1067": "경춘선",
    "1075": "수인분당선",
    "1077": "신분당선",
    "1081": "경강선",
    "1092": "우이신설선",
    "1093": "서해선",
    "1094": "신림선",
}
DIRECTIONS = {"상행": "up", "내선": "up", "하행": "down", "외선": "down"}
ARRIVALS = {
    "0": "entering",
    "1": "arrived",
    "2": "departed",
    "3": "left_station_before",
    "4": "entering_station_before",
    "5": "at_station_before",
    "99": "running",
}
RUNNING = "99"


def arrivals(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of announced trains.

    Args:
        fetched: Pages of the subway host; no train at night is a page without rows.
        catalog: Knows where the stations are, the districts, and the zone of the stamps.

    Returns:
        `arrives_in_s` counts from `at`, and is null where the line does not estimate it: the
        service writes 0 for a train that still runs.
    """
    frame = readings(fetched, SERVICE, NAMES, optional=("destination_name", "message", "last"))
    frame = frame.with_columns(line_name=pl.col("line_id").replace(LINES))
    is_estimated = (pl.col("seconds") != "0") | (pl.col("arrival") != RUNNING)
    placed = with_district(_with_position(frame, catalog), catalog)
    return placed.with_columns(
        at=read_stamp(pl.col("stamp"), catalog),
        direction_code=pl.col("direction").replace(DIRECTIONS),
        arrival_code=pl.col("arrival").replace(ARRIVALS),
        arrives_in_s=pl.when(is_estimated).then("seconds"),
        is_last=pl.col("last") == "1",
    )


def _with_position(frame: pl.DataFrame, catalog: Catalog) -> pl.DataFrame:
    """Return the frame with `lon` and `lat` from the register of stations, null where unknown."""
    register = pl.read_parquet(catalog.figures_folder / "subway_stations.parquet")
    known = register.select("line_name", "lon", "lat", station="station_name")
    known = known.unique(["line_name", "station"], keep="first", maintain_order=True)
    named = frame.with_columns(station=pl.col("station_name").str.replace(r"\(.*\)$", ""))
    return named.join(known, on=["line_name", "station"], how="left", maintain_order="left")
