"""What is around a place at an hour: persons, air, hospitals with their beds, police cars."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pandas as pd

from cityboard.errors import NoSnapshotError
from cityboard.nearest import distances_m, nearest
from cityboard.query import DISTANCE, Query
from cityboard.selection import Clause, Interval, Members
from cityboard.steps import known_rows
from cityboard.store import Store

PERSONS = "living_population_neighbourhood_hourly"
AIR, AIR_NOW = "air_quality_hourly", "air_now"
AIR_MEASURES = ("mean_pm25", "mean_pm10", "mean_o3", "mean_no2", "mean_co", "mean_so2")
HOSPITALS, BEDS, UNITS = "hospitals", "hospital_beds", "police_units"
TELLS_WITHIN = dt.timedelta(hours=3)  # what was told longer ago says nothing of now
ADMITS = Members("hospital_kind", ("general",))
OPEN = Members("state", ("open",))


@dataclasses.dataclass(frozen=True)
class Presence:
    """Persons present in a neighbourhood.

    Attributes:
        persons: How many.
        is_that_hour: Whether they were counted in the very hour; otherwise they are the mean of
            the same weekday and hour of all that is recorded.
    """

    persons: float
    is_that_hour: bool


def people_near(store: Store, neighbourhood: str, at: dt.datetime) -> Presence | None:
    """Return the persons present in a neighbourhood in an hour; None where none were counted.

    Args:
        store: Answers.
        neighbourhood: Its code.
        at: Any instant (aware) of the hour.
    """
    for is_that_hour in (True, False):
        where = (Members("area", (neighbourhood,)), *_hour_of(store, at, is_that_hour=is_that_hour))
        frame = store.answer(Query(PERSONS, ("persons_mean",), (), where)).frame
        persons = frame["persons_mean"].iloc[0]
        if not pd.isna(persons):
            return Presence(float(persons), is_that_hour)
    return None


def air_at(store: Store, at: dt.datetime) -> dict[str, float]:
    """Return the mean of each pollutant over the city in an hour.

    Args:
        store: Answers.
        at: Any instant (aware) of the hour.

    Returns:
        Measure of `air_quality_hourly` → value in its unit; what was not measured is missing.
    """
    where = _hour_of(store, at, is_that_hour=True)
    row = store.answer(Query(AIR, AIR_MEASURES, (), where)).frame.iloc[0]
    return {name: float(row[name]) for name in AIR_MEASURES if not pd.isna(row[name])}


@dataclasses.dataclass(frozen=True)
class Air:
    """Mean concentrations around a place.

    Attributes:
        values: Measure of `dataset` → value in its unit; what was not measured is missing.
        at: Beginning of the hour, or when the stations of the district measured.
        district: Code of the district whose stations measured; None is the mean of the city.
        dataset: Where they are from.
    """

    values: Mapping[str, float]
    at: dt.datetime
    district: str | None
    dataset: str


def air_near(store: Store, district: str | None, *, until: dt.datetime) -> Air | None:
    """Return the air known at an instant: of the district where it is polled, else of the city.

    Args:
        store: Answers.
        district: Code of a district; None asks for the city.
        until: What was known at this instant (aware) is told, and no more.

    Returns:
        None where nothing was measured in the hour, and no station told within three hours.
    """
    told = _air_now(store, district, until) if district else None
    if told is not None:
        return told
    hour = until.replace(minute=0, second=0, microsecond=0)
    values = air_at(store, hour)
    return Air(values, hour, None, AIR) if values else None


def _air_now(store: Store, district: str, until: dt.datetime) -> Air | None:
    where = (Members("area", (district,)),)
    try:
        rows = known_rows(
            store, AIR_NOW, until=until, since=until - TELLS_WITHIN, where=where, pages=1
        )
    except NoSnapshotError:  # nobody polls it here
        return None
    if rows.empty:
        return None
    row = rows.sort_values("at", kind="stable").iloc[-1]
    columns = {m.id: m.column for m in store.dataset(AIR_NOW).measures if m.id in AIR_MEASURES}
    values = {name: float(row[c]) for name, c in columns.items() if c and not pd.isna(row[c])}
    return Air(values, row["at"].to_pydatetime(), district, AIR_NOW)


def hospitals_near(
    store: Store, place: tuple[float, float], count: int, *, until: dt.datetime
) -> pd.DataFrame:
    """Return the open general hospitals nearest to a place, with their free beds.

    Args:
        store: Answers.
        place: Longitude and latitude (degrees, WGS 84).
        count: How many.
        until: Beds are those known at this instant (aware).

    Returns:
        As of `nearest`, with `free_beds` (null where none were told within three hours) and
        `beds_at`, when they were counted.
    """
    near = nearest(store, HOSPITALS, *place, count, where=(OPEN, ADMITS))
    told = _newest(store, BEDS, "hospital_id", until)[["hospital_id", "free_beds", "at"]]
    told = told.rename(columns={"hospital_id": "hospital_id_mois", "at": "beds_at"})
    told = told.astype({"free_beds": "Int64"})
    return near.merge(told, on="hospital_id_mois", how="left", validate="1:1")


def police_units_near(
    store: Store, place: tuple[float, float], count: int, *, until: dt.datetime
) -> pd.DataFrame:
    """Return the police cars nearest to a place, where they were last told to be.

    Args:
        store: Answers.
        place: Longitude and latitude (degrees, WGS 84).
        count: How many.
        until: What was known at this instant (aware) is told, and no more.

    Returns:
        (at most `count` rows) the columns of `police_units` and `distance_m`, nearest first,
        equally near ones by their id. Cars that told nothing for three hours are left out.
    """
    told = _newest(store, UNITS, "unit_id", until).sort_values("unit_id")
    metres = distances_m(*place, told["lon"].to_numpy(float), told["lat"].to_numpy(float))
    told = told.assign(**{DISTANCE: metres.round(6)})
    return told.sort_values(DISTANCE, kind="stable", ignore_index=True).head(count)


def _hour_of(store: Store, at: dt.datetime, *, is_that_hour: bool) -> tuple[Clause, ...]:
    """Return the clauses of an hour: of its day, or of every such weekday."""
    local = at.astimezone(ZoneInfo(store.catalog.city.time_zone))
    hour = Members("hour", (local.hour,))
    if not is_that_hour:
        return (hour, Members("weekday", (local.isoweekday(),)))
    return (hour, Interval(local.date(), local.date() + dt.timedelta(days=1)))


def _newest(store: Store, dataset: str, name: str, until: dt.datetime) -> pd.DataFrame:
    """Return the newest row of each thing, of those known at an instant and not too old."""
    rows = known_rows(store, dataset, until=until, since=until - TELLS_WITHIN)
    return rows.sort_values("at", ascending=False, kind="stable").drop_duplicates(name)
