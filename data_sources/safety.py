"""Safety on the street: cameras, emergency bells, street lights and police boxes of Seoul."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched
from data_sources.places import area_of_points, district_code
from data_sources.tables import read_parts, read_sheet

PURPOSES = {
    "생활방범": "crime_prevention",
    "다목적": "multi_purpose",
    "어린이보호": "child_protection",
    "교통단속": "traffic_enforcement",
    "교통단속(방범겸용)": "traffic_enforcement_and_crime_prevention",
    "교통정보수집": "traffic_information",
    "차량방범": "vehicle_crime_prevention",
    "시설물관리": "facility_management",
    "쓰레기단속": "litter_control",
    "재난재해": "disaster",
    "기타": "other",
}

BOX_KINDS = {"지구대": "station", "파출소": "box", "치안센터": "centre"}
NO_BOX = "no police box, but a place named after one"


def cameras(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of camera sites; the telephone number of the owner is left behind.

    Args:
        fetched: CP949 CSV of the standard data set of surveillance cameras. Sites without a known
            place stand at 99.999999, 999.999999.
        catalog: Knows the outlines and codes of the districts.
    """
    frame = read_parts(fetched, read_csv)
    owner = pl.col("man").str.extract(r"([가-힣]+구)(?:청|$)")
    frame = frame.with_columns(owner.alias("owner_district"), installed_month=_installed_month())
    return frame.drop("phone").with_columns(
        _district(frame, catalog, lon="lng", lat="lat", named="owner_district"),
        record_number="source_row",
        purpose=pl.col("object").replace(PURPOSES),
        cameras="num",
        installed_year=pl.col("installed_month").dt.year(),
        recorded_date="update",
        owner_name="man",
        lon="lng",
    )


def emergency_bells(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of emergency bells.

    The publisher's district column has 415 spellings, street names among them, so the district is
    taken from the point, which is also where the map draws the bell; the spelling is used only
    for a point that lies in no district.

    Args:
        fetched: UTF-8 CSV.
        catalog: Knows the outlines and codes of the districts.
    """
    frame = read_parts(fetched, read_csv)
    return frame.with_columns(
        _district(frame, catalog, lon="WGS84경도", lat="WGS84위도", named="구"),
        record_number="source_row",
        installed_year="설치연도",
        lon="WGS84경도",
        lat="WGS84위도",
    )


def police_boxes(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of police boxes and neighbourhood police stations.

    The file is what a search of a map gave, so crossroads, car parks and toilets named after a
    police box stand in it too; they are rejected.

    Args:
        fetched: xlsx with name, address and coordinates (degrees, WGS 84).
        catalog: Knows the outlines of the districts.
    """
    frame = read_parts(fetched, read_sheet)
    ending = pl.col("이름").str.strip_chars().str.extract(f"({'|'.join(BOX_KINDS)})$")
    return frame.with_columns(
        _district(frame, catalog, lon="Longitude", lat="Latitude"),
        record_number="source_row",
        box_name=pl.col("이름").str.strip_chars(),
        box_kind=ending.replace_strict(BOX_KINDS, default=None),
        address="도로명주소",
        lon="Longitude",
        lat="Latitude",
        reject_reason=pl.when(ending.is_null()).then(pl.lit(NO_BOX)),
    )


def street_lights(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of street lights along the city's own roads.

    Args:
        fetched: UTF-8 CSV with BOM. Lights without a known place stand at 0, 4664046.125.
        catalog: Knows the outlines of the districts.
    """
    frame = read_parts(fetched, read_csv)
    return frame.with_columns(
        _district(frame, catalog, lon="경도", lat="위도"),
        light_id_seoul="관리번호",
        lon="경도",
        lat="위도",
    )


def _district(
    frame: pl.DataFrame, catalog: Catalog, *, lon: str, lat: str, named: str | None = None
) -> pl.Series:
    """Return `district_code` of every point; of the district named where a point lies in none.

    Args:
        frame: (n rows) coordinates as text.
        catalog: Knows the outlines and codes of the districts.
        lon: Column of longitudes.
        lat: Column of latitudes.
        named: Column of district names; None where the source has none.
    """
    points = frame.select(
        lon=pl.col(lon).cast(pl.Float64, strict=False),
        lat=pl.col(lat).cast(pl.Float64, strict=False),
    )
    codes = area_of_points(points, catalog)
    if named is None:
        return codes
    spelled = frame.select(district_code(named, catalog)).to_series()
    return codes.zip_with(codes.is_not_null(), spelled)


def _installed_month() -> pl.Expr:
    """Return the first day of the month of installation, null where it is unknown.

    A spreadsheet has turned "2017-12" into "17-Dec" and "1999-05" into "May-99"; that the first
    number is a year and not a day shows in its range, 02 to 17.
    """
    text = pl.col("install_day").str.strip_chars()
    first_day = pl.lit("01-") + text
    dates = [
        first_day.str.to_date("%d-%y-%b", strict=False),
        first_day.str.to_date("%d-%b-%y", strict=False),
        text.str.to_date("%Y-%m-%d", strict=False),
    ]
    return pl.coalesce(dates).dt.month_start()
