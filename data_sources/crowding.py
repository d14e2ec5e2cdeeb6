"""How many people are at the busy places of Seoul now."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.clock import read_stamp
from data_sources.fetched import Fetched
from data_sources.places import positions, with_district
from data_sources.plaza.readings import readings

SERVICE = "citydata_ppltn"
NAMES = {
    "AREA_CD": "place_code",
    "AREA_NM": "place_name",
    "AREA_CONGEST_LVL": "level",
    "AREA_PPLTN_MIN": "persons_min",
    "AREA_PPLTN_MAX": "persons_max",
    "REPLACE_YN": "replaced",
    "PPLTN_TIME": "stamp",
}
LEVELS = {
    "여유": "relaxed",
    "보통": "normal",
    "약간 붐빔": "slightly_crowded",
    "붐빔": "crowded",
}


def busy_places(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the estimated numbers of people at places.

    Args:
        fetched: A page for each place; forecasts in it are left out.
        catalog: Knows where the places are, the districts, and the zone of the stamps.
    """
    frame = readings(fetched, SERVICE, NAMES, optional=("replaced",))
    known = positions("crowded_place", catalog).rename({"id": "place_name"})
    placed = with_district(frame.join(known, on="place_name", how="left"), catalog)
    return placed.with_columns(
        at=read_stamp(pl.col("stamp"), catalog),
        level_code=pl.col("level").replace(LEVELS),
        is_replaced=pl.col("replaced") == "Y",
    )
