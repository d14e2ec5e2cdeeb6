"""The scenario of a day: the same on every run, at real places, and nobody named in it."""

import itertools
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from cityboard.catalog import Catalog
from cityboard.complaints import STATES
from cityboard.incidents import STEPS, taken
from cityboard.steps import take
from data_sources.figures.files import write
from data_sources.places import area_of_points
from data_sources.scenario import simulate_tables
from data_sources.scenario_day import DAY_SEED, DAY_TABLES
from data_sources.scenario_pledges import read_words
from tests.cleaning import SEOUL, seoul
from tests.days import SEOUL_ZONE, clock


def table(name: str) -> pd.DataFrame:
    """Return a table as it ships, read apart from the code under test."""
    return pd.read_parquet(SEOUL / f"figures/{name}.parquet")


def by_incident() -> list[pd.DataFrame]:
    """Return the steps of each incident, in order of time."""
    steps = table("incident_steps").sort_values("at")
    return [steps for _, steps in steps.groupby("incident_id")]


def test_the_day_is_the_same_to_the_byte_on_every_run_and_the_one_that_ships(
    tmp_path: Path,
) -> None:
    """Run `python -m data_sources.scenario_day` where it is not."""
    for run in ("one", "other"):
        for name, frame in simulate_tables(Catalog(SEOUL), DAY_TABLES, seed=DAY_SEED).items():
            write(frame, name, tmp_path / run)
            assert frame.equals(pl.read_parquet(SEOUL / f"figures/{name}.parquet")), name
    for name in DAY_TABLES:
        one, other = (tmp_path / run / f"{name}.parquet" for run in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()


def test_every_table_is_marked_as_simulated_in_both_languages() -> None:
    for name in DAY_TABLES:
        entry = seoul().dataset(name)
        last = entry.distributions[-1]
        assert (last.kind, last.provenance) == ("simulation", "simulated")
        assert [each.kind for each in entry.distributions[:-1]] in ([], ["push"])
        assert entry.description.en.startswith("Simulated. ")
        assert entry.description.ko.startswith("모의 자료입니다. ")


def test_sixty_incidents_of_four_kinds_in_every_district() -> None:
    kinds = pd.Series([steps["kind_code"].iloc[0] for steps in by_incident()]).value_counts()
    assert kinds.to_dict() == {"ambulance": 37, "rescue": 15, "fire": 5, "disaster": 3}
    districts = {area.code for area in seoul().areas("district")}
    assert set(table("incident_steps")["district_code"]) == districts


def test_calls_are_received_on_the_day_and_most_while_people_are_awake() -> None:
    received = table("incident_steps").query("step_code == 'received'")["at"]
    local = received.dt.tz_convert(SEOUL_ZONE)
    assert set(local.dt.strftime("%Y-%m-%d")) == {"2019-03-05"}
    assert local.dt.hour.between(8, 21).mean() > 0.6


def test_the_steps_of_every_incident_are_orders_that_may_be_given() -> None:
    for steps in by_incident():
        so_far: dict[str, object] = {}
        for _, row in steps.iterrows():
            so_far = taken("i", row["kind_code"], so_far, row["step_code"], row["at"])  # type: ignore[arg-type,assignment]
        assert next(iter(so_far)) == "received"
        assert list(so_far)[-1] == "closed"


def test_three_larger_fires_have_all_their_steps() -> None:
    whole = [s for s in by_incident() if s["kind_code"].iloc[0] == "fire" and len(s) == 7]
    large = {
        w["title_en"] for w in read_words(seoul(), "day_incidents").filter(is_large="1").to_dicts()
    }
    titles = [steps["title_en"].iloc[0].partition(",")[0] for steps in whole]
    assert large <= set(titles)
    assert len(large) == 3


def test_some_steps_are_never_known_and_some_are_learnt_late() -> None:
    steps = table("incident_steps")
    expected = sum(len(STEPS[s["kind_code"].iloc[0]]) for s in by_incident())
    assert 0.9 * expected < len(steps) < expected
    late = steps["known_at"] - steps["at"] > pd.Timedelta(minutes=5)
    assert 0.05 < late.mean() < 0.25
    for name in DAY_TABLES:
        assert (table(name)["known_at"] > table(name)["at"]).all()


def test_an_incident_is_on_a_real_street_in_the_district_and_neighbourhood_it_names() -> None:
    steps = table("incident_steps")
    points = pl.from_pandas(steps[["lon", "lat"]])
    assert area_of_points(points, seoul()).to_list() == list(steps["district_code"])
    found = area_of_points(points, seoul(), level="neighbourhood")
    assert found.to_list() == list(steps["neighbourhood_code"])
    stops = pd.concat(pd.read_parquet(p) for p in SEOUL.glob("figures/bus_boardings_*.parquet"))
    assert set(zip(steps["lon"], steps["lat"], strict=True)) <= {
        *zip(stops["lon"], stops["lat"], strict=True)
    }


def test_stations_hospitals_and_police_boxes_are_those_of_the_registers() -> None:
    stations = table("fire_stations")
    parents = stations["parent_name"].fillna("")
    names = {
        f"{parent} {name}".strip()
        for parent, name in zip(parents, stations["station_name"], strict=True)
    }
    assert set(table("incident_steps")["station_name"]) <= names
    hospitals = table("hospitals").query("state == 'open' and hospital_kind == 'general'")
    beds = table("hospital_beds")
    assert set(beds["hospital_id"]) < set(hospitals["hospital_id_mois"])
    places = hospitals.set_index("hospital_id_mois")[["lon", "lat"]]
    told = beds.drop_duplicates("hospital_id").set_index("hospital_id")[["lon", "lat"]]
    pd.testing.assert_frame_equal(
        told.sort_index(), places.loc[told.index].sort_index(), check_names=False
    )
    boxes = table("police_boxes")
    at_base = table("police_units").query("state_code == 'at_base'")
    assert set(zip(at_base["lon"], at_base["lat"], strict=True)) <= {
        *zip(boxes["lon"].round(5), boxes["lat"].round(5), strict=True)
    }


def test_a_title_is_a_word_of_the_list_and_a_neighbourhood_and_no_name_of_anybody() -> None:
    words = read_words(seoul(), "day_incidents")
    english = set(words["title_en"])
    names = {area.name.en for area in seoul().areas("neighbourhood")}
    for title in table("incident_steps")["title_en"].unique():
        what, _, where = title.partition(", ")
        assert what in english
        assert where in names
    complaints = table("complaint_steps")
    assert set(complaints["title_ko"]) <= set(read_words(seoul(), "day_complaints")["title_ko"])


def test_who_is_in_charge_is_a_role() -> None:
    steps = table("incident_steps")
    assert steps["in_charge_ko"].str.contains("(?:구급대장|지휘팀장|긴급구조통제단장)$").all()
    assert (
        steps["in_charge_en"]
        .str.match("Head of ambulance crew|Head of command team|Incident com")
        .all()
    )


def test_three_hundred_complaints_move_through_their_states_in_order() -> None:
    steps = table("complaint_steps").sort_values("at")
    groups = [rows for _, rows in steps.groupby("complaint_id")]
    assert len(groups) == 300
    for rows in groups:
        so_far: dict[str, object] = {}
        for _, row in rows.iterrows():
            so_far = take(STATES, so_far, row["state_code"], row["at"], what="c")  # type: ignore[arg-type,assignment]
        assert rows["due_at"].nunique() == 1
    assert steps["known_at"].max() <= clock("00:00", "2019-03-06")


def test_a_limit_is_that_of_the_category_and_some_complaints_are_overdue() -> None:
    words = read_words(seoul(), "day_complaints")
    days = dict(zip(words["title_ko"], words["days"].cast(int), strict=True))
    steps = table("complaint_steps")
    filed = steps[steps["state_code"] == "received"]
    local = filed["at"].dt.tz_convert(SEOUL_ZONE).dt.normalize()
    due = local + pd.to_timedelta(filed["title_ko"].map(days), "D") + pd.Timedelta(hours=18)
    assert (due == filed["due_at"]).all()
    answered = set(steps[steps["state_code"].isin(["answered", "closed"])]["complaint_id"])
    overdue = filed[(filed["due_at"] < clock("18:01")) & ~filed["complaint_id"].isin(answered)]
    assert len(overdue) > 3
    assert filed["district_code"].notna().mean() == pytest.approx(0.25, abs=0.08)


def test_a_car_is_in_one_state_at_a_time_and_free_beds_are_never_below_none() -> None:
    units = table("police_units")
    assert units["unit_id"].nunique() == 160
    assert not units.duplicated(["unit_id", "at"]).any()
    scenes = {(r.lon, r.lat) for r in table("incident_steps").itertuples()}
    at_scene = units[units["state_code"] == "at_scene"]
    assert len(at_scene) == 23
    assert {*zip(at_scene["lon"], at_scene["lat"], strict=True)} <= scenes
    assert table("hospital_beds")["free_beds"].between(0, 45).all()


def test_every_hour_of_the_day_has_recorded_air_and_persons() -> None:
    hours = list(
        itertools.accumulate([pd.Timedelta(hours=1)] * 23, initial=pd.Timestamp(clock("00:00")))
    )
    air = table("air_quality_hourly").set_index("measured_at")["pm25_ug_m3"]
    assert air.loc[hours].min() > 100
    persons = table("living_population_neighbourhood_hourly")
    assert persons[persons["observed_at"].isin(hours)].groupby("observed_at").size().eq(424).all()
