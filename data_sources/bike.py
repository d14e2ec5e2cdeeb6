"""Public bicycles of Seoul (Ttareungyi): rentals per day and single trips."""

import polars as pl

from cityboard.catalog import Catalog
from data_sources.bike_stations import station_list
from data_sources.clock import to_utc
from data_sources.delimited import read_csv, read_delimited
from data_sources.fetched import Fetched
from data_sources.places import district_code
from data_sources.tables import read_parts

TRIP_HEADERS = {
    "rent_time": "rented",
    "대여일시": "rented",
    "return_time": "returned",
    "반납일시": "returned",
    "rent_station_no": "from_station_number",
    "대여 대여소번호": "from_station_number",
    "return_station_no": "to_station_number",
    "반납대여소번호": "to_station_number",
    "use_time_min": "minutes",
    "이용시간(분)": "minutes",
    "use_dist_m": "distance_m",
    "이용거리(M)": "distance_m",
    "birth_year": "birth_year",
    "생년": "birth_year",
    "gender": "sex",
    "성별": "sex",
    "user_type": "rider_type",
    "이용자종류": "rider_type",
}
TRIP_COLUMNS = (*dict.fromkeys(TRIP_HEADERS.values()), "source_file", "source_row")
RIDER_TYPES = {"내국인": "member", "외국인": "foreign_member", "비회원": "guest"}
YOUNGEST, OLDEST, LAST_BAND = 10, 99, 70  # years; some riders give 1901 or 2019 as year of birth
FASTEST_KM_H = 40  # mean of a whole trip; 1.3 % of the trips of 2018 claim more, up to 12,000


def rentals_daily(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of rentals per district and day.

    Args:
        fetched: UTF-8 CSV with BOM; `avg_use_time` is minutes per rental.
        catalog: Knows the district codes.
    """
    return read_parts(fetched, read_csv).with_columns(
        rental_date="date",
        district_code=district_code("district", catalog),
        rentals="use_count",
        minutes=pl.col("use_count").cast(pl.Float64, strict=False)
        * pl.col("avg_use_time").cast(pl.Float64, strict=False),
        is_holiday=pl.col("is_holiday") == "True",
        temperature_max_celsius="temp_max",
        precipitation_mm="precip",
    )


def trips(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of trips, one row each, without what identifies the rider.

    Args:
        fetched: Trips in English or Korean headers, then lists of stations.
        catalog: Knows the district codes and the city's zone.

    Returns:
        Neither bicycle nor year of birth is kept, not even with rejected rows. Place, name and
        district are those of the station of departure; null where the list lacks it.
    """
    parts, lists = fetched.rows_and_lists()
    frames = [read_delimited(part, TRIP_HEADERS).select(TRIP_COLUMNS) for part in parts]
    frame = pl.concat(frames).with_columns(
        pl.col("from_station_number", "to_station_number").str.strip_chars_start("0"),
        rented_at=_instant("rented", catalog),
        returned_at=_instant("returned", catalog),
        entry_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(
            "source_file", "rented", "from_station_number"
        ),
        trips=pl.lit(1, pl.Int64),
        age_band=_age_band(),
        sex=pl.col("sex").replace_strict({"M": "male", "F": "female"}, default="unknown"),
        rider_type=pl.col("rider_type").replace_strict(RIDER_TYPES, default="unknown"),
        distance_m=_distance(),
    )
    frame = frame.with_columns(reject_reason=_reason()).drop("birth_year", "rented", "returned")
    origins = pl.concat([station_list(part) for part in lists]).select(
        from_station_number="station_number",
        from_station_name="station_name",
        district_code=district_code("district_name", catalog),
        lon="lon",
        lat="lat",
    )
    known = origins.unique("from_station_number", keep="first", maintain_order=True)
    return frame.join(known, on="from_station_number", how="left", maintain_order="left")


def _instant(column: str, catalog: Catalog) -> pl.Expr:
    return to_utc(pl.col(column).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False), catalog)


def _age_band() -> pl.Expr:
    """Return the first year of a band of ten; the last one is open."""
    born = pl.col("birth_year").cast(pl.Int32, strict=False)
    age = pl.col("rented").str.slice(0, 4).cast(pl.Int32, strict=False) - born
    band = (age // 10 * 10).clip(upper_bound=LAST_BAND).cast(pl.String)
    return pl.when(age.is_between(YOUNGEST, OLDEST)).then(band).otherwise(pl.lit("unknown"))


def _distance() -> pl.Expr:
    """Return metres, null where no bicycle can have covered them in the minutes given."""
    metres = pl.col("distance_m").cast(pl.Float64, strict=False)
    limit = pl.col("minutes").cast(pl.Float64, strict=False) * FASTEST_KM_H * 1000 / 60
    return pl.when((metres <= limit) | limit.is_null()).then("distance_m")


def _reason() -> pl.Expr:
    """Return why a trip cannot be used, or null."""
    return (
        pl.when(pl.col("rented_at").is_null() & pl.col("rented").is_not_null())
        .then(pl.lit("rented_at is not a time"))
        .when(pl.col("returned_at").is_null() & pl.col("returned").is_not_null())
        .then(pl.lit("returned_at is not a time"))
        .when(pl.col("returned_at") < pl.col("rented_at"))
        .then(pl.lit("returned before it was rented"))
    )
