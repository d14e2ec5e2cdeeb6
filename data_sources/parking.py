"""Cars in the car parks of Seoul now."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.clock import read_stamp
from data_sources.fetched import Fetched
from data_sources.places import district_code, with_district
from data_sources.plaza.readings import readings

SERVICE = "GetParkingInfo"
NAMES = {
    "PKLT_CD": "car_park_id",
    "PKLT_NM": "car_park_name",
    "ADDR": "address",
    "TPKCT": "spaces",
    "NOW_PRK_VHCL_CNT": "cars",
    "NOW_PRK_VHCL_UPDT_TM": "stamp",
    "PRK_STTS_YN": "counted",
    "LOT": "lon",  # of GetParkInfo, the same car parks under the same names
    "LAT": "lat",
}
COUNTED = "1"
DISTRICT = r"^(?:서울(?:특별시|시)? )?(\S+구)\b"


def car_parks(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the cars in each car park.

    Args:
        fetched: Pages of the service, which gives no coordinates, or of `GetParkInfo`.
        catalog: Knows the districts and the zone of the stamps.

    Returns:
        A car park that does not count its cars now is marked; the district is that of the point,
        else the one the address names.
    """
    optional = ("lon", "lat", "address", "counted")
    frame = with_district(readings(fetched, SERVICE, NAMES, optional=optional), catalog)
    frame = frame.with_columns(named=pl.col("address").str.extract(DISTRICT))
    is_silent = (pl.col("counted") != COUNTED) | pl.col("stamp").is_null()
    return frame.with_columns(
        at=read_stamp(pl.col("stamp"), catalog),
        district_code=pl.coalesce("district_code", district_code("named", catalog)),
        reject_reason=pl.when(is_silent).then(pl.lit("the car park tells no number of cars now")),
    )
