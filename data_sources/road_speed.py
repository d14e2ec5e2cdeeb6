"""Speed on the roads of Seoul now, link by link."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched
from data_sources.places import positions, with_district
from data_sources.plaza.readings import minute_of_receipt, readings

SERVICE = "TrafficInfo"
NAMES = {"LINK_ID": "link_id", "PRCS_SPD": "speed_km_h", "PRCS_TRV_TIME": "travel_time_s"}


def links(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of speeds in the minute the service answered.

    Args:
        fetched: A page (JSON or XML) for each link; there is no stamp, and no coordinates.
        catalog: Knows where links are, and the districts.

    Returns:
        A link that nobody drove on has speed and time 0, which are left empty.
    """
    frame = readings(fetched, SERVICE, NAMES)
    known = positions("road_link", catalog).rename({"id": "link_id"})
    placed = with_district(frame.join(known, on="link_id", how="left"), catalog)
    driven = pl.col("speed_km_h", "travel_time_s")
    is_zero = driven.cast(pl.Float64, strict=False) == 0
    return placed.with_columns(
        pl.when(~is_zero.fill_null(value=False)).then(driven), at=minute_of_receipt()
    )
