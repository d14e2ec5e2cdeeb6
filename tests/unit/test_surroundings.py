"""What is around a place at an hour, against the tables themselves; and how long it takes."""

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cityboard.incidents import incident, incidents, incidents_near
from cityboard.lake import Lake
from cityboard.nearest import distances_m, nearest
from cityboard.store import Store, counting_rows
from cityboard.surroundings import (
    Air,
    Presence,
    air_at,
    air_near,
    hospitals_near,
    people_near,
    police_units_near,
)
from data_sources.publish import publish
from tests.cleaning import SEOUL, seoul
from tests.days import SEOUL_ZONE, clock, store_of

DATASETS = (
    *("incident_steps", "hospital_beds", "police_units", "hospitals", "police_boxes"),
    *("fire_stations", "earthquake_shelters", "cctv_cameras", "air_quality_hourly"),
    "living_population_neighbourhood_hourly",
)
AT_FIVE = clock("17:05")
GANGNAM = (127.0276, 37.4979)
YEOKSAM_1 = "11680640"
LONGEST_SECONDS = 0.5


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return Seoul with what is around an incident, from what ships with it."""
    lake = Lake(tmp_path_factory.mktemp("day") / "lake/seoul")
    for name in DATASETS:
        publish(seoul().dataset(name), catalog=seoul(), lake=lake, data=None)
    return Store(seoul(), lake)


def table(name: str) -> pd.DataFrame:
    """Return a table as it ships, read apart from the store."""
    return pd.read_parquet(SEOUL / f"figures/{name}.parquet")


def test_the_persons_present_are_those_of_the_neighbourhood_in_the_very_hour(store: Store) -> None:
    rows = table("living_population_neighbourhood_hourly")
    for hour in (0, 8, 17, 23):
        at = clock(f"{hour:02d}:59:59")
        begins = pd.Timestamp(at).floor("h")
        is_asked = (rows["observed_at"] == begins) & (rows["neighbourhood_code"] == YEOKSAM_1)
        assert people_near(store, YEOKSAM_1, at) == Presence(rows[is_asked]["persons"].item(), True)


def test_outside_the_recorded_week_the_persons_are_those_usual_at_the_hour(store: Store) -> None:
    rows = table("living_population_neighbourhood_hourly")
    usual = pd.Timestamp("2019-03-05 17:00", tz=SEOUL_ZONE)
    is_asked = (rows["observed_at"] == usual) & (rows["neighbourhood_code"] == YEOKSAM_1)
    found = people_near(store, YEOKSAM_1, clock("17:30", "2026-11-24"))  # a Tuesday too
    assert found == Presence(rows[is_asked]["persons"].item(), is_that_hour=False)


def test_a_neighbourhood_nobody_counted_has_no_persons_rather_than_none_present(
    store: Store,
) -> None:
    counted = set(table("living_population_neighbourhood_hourly")["neighbourhood_code"])
    codes = [a.code for a in seoul().all_areas if a.level == "neighbourhood"]
    missing = next(code for code in codes if code not in counted)
    assert people_near(store, missing, AT_FIVE) is None


def test_the_air_is_that_of_the_hour(store: Store) -> None:
    rows = table("air_quality_hourly").set_index("measured_at")
    row = rows.loc[pd.Timestamp(AT_FIVE).floor("h").tz_convert("UTC")]
    found = air_at(store, AT_FIVE)
    assert found["mean_pm25"] == row["pm25_ug_m3"] > 75
    assert found["mean_o3"] == pytest.approx(row["o3_ppm"])


def test_air_that_was_not_measured_is_missing(store: Store) -> None:
    assert air_at(store, clock("17:05", "2026-03-05")) == {}


def test_the_air_of_a_district_is_that_of_its_own_stations_where_they_are_polled(
    store: Store, tmp_path: Path
) -> None:
    city = air_near(store, "11680", until=AT_FIVE)  # nobody polls it: the hour of the city
    hour = clock("17:00")
    assert city == Air(air_at(store, AT_FIVE), hour, None, "air_quality_hourly")
    rows = [
        {"at": clock(at), "known_at": clock(known), "district_code": code, "pm25_ug_m3": pm25}
        for at, known, code, pm25 in (
            ("16:00", "16:10", "11680", 30.0),
            ("17:00", "17:04", "11680", 35.0),
            ("17:00", "17:04", "11110", 99.0),
            ("17:00", "17:30", "11680", 40.0),
        )
    ]
    polled = store_of(tmp_path, "air_now", rows)
    told = air_near(polled, "11680", until=AT_FIVE)
    assert told == Air({"mean_pm25": 35.0}, hour, "11680", "air_now")


def test_hospitals_tell_the_beds_they_had_counted_last(store: Store) -> None:
    beds = table("hospital_beds")
    found = hospitals_near(store, GANGNAM, 12, until=AT_FIVE)
    assert list(found["distance_m"]) == sorted(found["distance_m"])
    assert set(found["hospital_kind"]) == {"general"}
    assert set(found["state"]) == {"open"}
    known = beds[(beds["known_at"] <= AT_FIVE) & (beds["known_at"] > clock("14:05"))]
    for _, row in found.iterrows():
        told = known[known["hospital_id"] == row["hospital_id_mois"]].sort_values("at")
        if told.empty:
            assert pd.isna(row["free_beds"])
        else:
            assert row["free_beds"] == told["free_beds"].iloc[-1]
            assert row["beds_at"] == told["at"].iloc[-1]
    assert found["free_beds"].notna().any()


def test_a_hospital_that_tells_nothing_has_unknown_beds_not_none(store: Store) -> None:
    found = hospitals_near(store, GANGNAM, 100, until=AT_FIVE)
    told = set(table("hospital_beds")["hospital_id"])
    silent = found[~found["hospital_id_mois"].isin(told)]
    assert len(silent) > 0
    assert silent["free_beds"].isna().all()


def test_beds_counted_long_ago_say_nothing_of_now(store: Store) -> None:
    assert (
        hospitals_near(store, GANGNAM, 9, until=clock("12:00", "2019-03-06"))["free_beds"]
        .isna()
        .all()
    )


def test_police_cars_stand_where_they_were_last_told_to_be(store: Store) -> None:
    rows = table("police_units")
    known = rows[(rows["known_at"] <= AT_FIVE) & (rows["known_at"] > clock("14:05"))]
    last = known.sort_values("at").groupby("unit_id").tail(1).sort_values("unit_id")
    metres = distances_m(*GANGNAM, last["lon"].to_numpy(), last["lat"].to_numpy()).round(6)
    expected = last.assign(m=metres).sort_values("m", kind="stable").head(7)
    found = police_units_near(store, GANGNAM, 7, until=AT_FIVE)
    assert list(found["unit_id"]) == list(expected["unit_id"])
    assert list(found["state_code"]) == list(expected["state_code"])
    np.testing.assert_array_equal(found["distance_m"], expected["m"])


def around_one(store: Store, until: dt.datetime) -> None:
    """Ask all that a page of one incident tells."""
    asked = incidents(store, until=until)[0]
    one = incident(store, asked.id, until=until)
    assert one.place is not None
    assert one.neighbourhood is not None
    for register in ("cctv_cameras", "fire_stations", "police_boxes", "earthquake_shelters"):
        assert len(nearest(store, register, *one.place, 5)) == 5
    hospitals_near(store, one.place, 5, until=until)
    police_units_near(store, one.place, 5, until=until)
    assert people_near(store, one.neighbourhood, until) is not None
    assert air_at(store, until)
    incidents_near(store, one.place, until=until, without=(one.id,))


def seconds_of(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def test_all_around_an_incident_is_told_within_half_a_second(store: Store) -> None:
    """From rows, nothing remembered; the quickest of five, for the machine may be busy."""
    around_one(store, AT_FIVE)

    def ask(minute: int) -> None:
        with counting_rows():
            around_one(store, clock(f"17:{minute:02d}"))

    assert min(seconds_of(lambda m=m: ask(m)) for m in range(6, 11)) < LONGEST_SECONDS
