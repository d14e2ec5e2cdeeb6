"""What each dataset's figures keep of its published rows.

Every table keeps the grain of the indicators made from it: an indicator has the same value from
figures as from the published files (held by a test).
"""

import calendar
import datetime as dt
from collections.abc import Callable

import polars as pl

Condenser = Callable[[pl.DataFrame], pl.DataFrame]
LOCAL = "Asia/Seoul"


def _everything(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _since(column: str, first: dt.date) -> Condenser:
    def condense(frame: pl.DataFrame) -> pl.DataFrame:
        day = pl.col(column)
        if isinstance(frame.schema[column], pl.Datetime):
            day = day.dt.convert_time_zone(LOCAL)
        return frame.filter(day.dt.date() >= first)

    return condense


def _but(*columns: str) -> Condenser:
    """Return every row without some columns, coordinates to five decimals (about a metre)."""

    def condense(frame: pl.DataFrame) -> pl.DataFrame:
        places = [name for name in ("lon", "lat") if name in frame.columns]
        return frame.drop(columns).with_columns(pl.col(places).round(5))

    return condense


def _summed(groups: tuple[str, ...], sums: tuple[str, ...], number: str | None = None) -> Condenser:
    """Return sums per group; rows get a running `number` where the key asks for one."""

    def condense(frame: pl.DataFrame) -> pl.DataFrame:
        total = frame.group_by(groups, maintain_order=True).agg(pl.col(sums).sum()).sort(groups)
        return total.with_row_index(number, offset=1) if number else total

    return condense


def _bus_boardings(frame: pl.DataFrame) -> pl.DataFrame:
    """Return sums per stop, hour and month; a stop that was renamed keeps its last name."""
    place = ("stop_name", "district_code", "lon", "lat")
    stops = frame.sort("month", "stop_name").group_by("stop_id_ars").agg(pl.col(place).last())
    total = _summed(("stop_id_ars", "hour", "month"), ("boardings", "alightings"))(frame)
    return total.join(stops, on="stop_id_ars", maintain_order="left").with_columns(entry_number=1)


def _bike_trips(frame: pl.DataFrame) -> pl.DataFrame:
    """Return sums per month, hour of day and station, each dated the month's first day."""
    local = pl.col("rented_at").dt.convert_time_zone(LOCAL)
    hour = local.dt.truncate("1mo") + pl.duration(hours=local.dt.hour())
    frame = frame.with_columns(rented_at=hour.dt.convert_time_zone("UTC"))
    station = ("from_station_number", "from_station_name", "district_code", "lon", "lat")
    total = _summed((*station, "rented_at"), ("trips", "minutes", "distance_m"))(frame)
    return total.with_columns(entry_number=1)


def _subway_boardings(frame: pl.DataFrame) -> pl.DataFrame:
    """Return sums per month, line and station, of the months that have all their days."""
    day = pl.col("boarding_date")
    days = frame.group_by(month=day.dt.truncate("1mo")).agg(days=day.n_unique())
    whole = [
        month for month, n in days.rows() if n == calendar.monthrange(month.year, month.month)[1]
    ]
    frame = frame.with_columns(boarding_date=day.dt.truncate("1mo"))
    frame = frame.filter(pl.col("boarding_date").is_in(whole))
    station = ("line_name", "station_name", "district_code", "lon", "lat")
    total = _summed((*station, "boarding_date"), ("boardings", "alightings"))(frame)
    return total.with_columns(entry_number=1)


def _whole_persons(frame: pl.DataFrame) -> pl.DataFrame:
    """Return every row in whole persons, an area's hours together: half the bytes."""
    area = next(name for name in frame.columns if name.endswith("_code"))
    return frame.with_columns(pl.col("persons").round()).sort(area, "observed_at")


def _citizen_proposals(frame: pl.DataFrame) -> pl.DataFrame:
    """Return sums per day and district named; what citizens wrote is left to the source."""
    total = _summed(("proposed_date", "district_code"), ("votes", "proposals"), "proposal_id")(
        frame
    )
    midnight = pl.col("proposed_date").cast(pl.Datetime("us")).dt.replace_time_zone(LOCAL)
    return total.with_columns(proposed_at=midnight.dt.convert_time_zone("UTC"))


CONDENSERS: dict[str, Condenser] = {
    "adopted_proposals": _but("title", "department_name", "reply_text"),
    "air_quality_daily": _since("measured_date", dt.date(2020, 1, 1)),
    "air_quality_hourly": _everything,
    "apartment_sales": _summed(
        ("sold_month", "district_code", "size_class"),
        ("sales", "price_krw", "area_m2"),
        "record_number",
    ),
    "bike_rentals_daily": _but("temperature_max_celsius", "precipitation_mm"),
    "bike_stations": _but("address"),
    "bike_trips": _bike_trips,
    "bus_boardings": _bus_boardings,
    "cctv_cameras": _but("owner_name", "recorded_date"),
    "citizen_proposals": _citizen_proposals,
    "crime": _everything,
    "earthquake_shelters": _but(),
    "emergency_bells": _but(),
    "fair_price_shops": _everything,
    "fire_station_distances": _everything,
    "fire_stations": _but(),
    "foreign_arrivals": _everything,
    "hospitals": _but("address"),
    "labour_force": _everything,
    "living_population_district_hourly": _whole_persons,
    "living_population_neighbourhood_hourly": _whole_persons,
    "low_income_neighbourhoods": _everything,
    "libraries": _but(),
    "open_data_titles": _everything,
    "parks": _but(),
    "police_boxes": _but("address"),
    "population": _everything,
    "population_by_age_group": _summed(
        ("counted_date", "district_code", "age_group", "sex"),
        ("persons", "children_0_4", "women_15_49"),
    ),
    "retail_card_sales": _everything,
    "rides_by_passenger": _everything,
    "senior_leisure_facilities": _everything,
    "seniors_living_alone": _everything,
    "proposal_duplicates": _but("title"),
    "proposal_keywords": _everything,
    "proposal_topics": _everything,
    "public_toilets": _but("toilet_name"),
    "street_lights": _but(),
    "subway_boardings_daily": _subway_boardings,
    "subway_stations": _but(),
    "suicides": _everything,
    "traffic_deaths": _but(),
}
