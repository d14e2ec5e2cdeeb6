"""Simulate the incidents of a day, step by step: ambulance calls, rescues, fires, disasters."""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from cityboard.catalog import Catalog
from data_sources.scenario_clock import DAY, instant, known_after, minutes_of_day
from data_sources.scenario_places import (
    ROAD_FACTOR,
    emergency_hospitals,
    nearest_row,
    stations_of,
    street_points,
)
from data_sources.scenario_pledges import read_words

COUNTS = {"ambulance": 37, "rescue": 15, "fire": 5, "disaster": 3}
# Weights of the hours from midnight: people call when they are awake, and fires follow cooking.
HOURS: dict[str, tuple[float, ...]] = {
    "ambulance": (3, 2, 2, 1, 1, 2, 3, 4, 6, 7, 7, 6, 6, 6, 6, 6, 6, 6, 7, 6, 6, 5, 4, 4),
    "rescue": (1, 1, 1, 1, 1, 1, 2, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 7, 5, 4, 3, 2, 2),
    "fire": (1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 6, 7, 6, 5, 4, 3, 2),
    "disaster": (1, 1, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 6, 6, 6, 6, 5, 5, 5, 4, 3, 2, 1, 1),
}
RUSH = {7, 8, 9, 17, 18, 19}
METRES_A_MINUTE = 480.0  # 29 km/h through a city, outside the rush hours
RUSH_FACTOR = 1.4
UNKNOWN_SHARE = 0.1  # of the steps that never become known; none of a larger incident
LATE_SHARE = 0.15
MAY_STAY_UNKNOWN = {"dispatch_ordered", "ordered", "en_route", "activity_started", "first_control"}
MAY_STAY_UNKNOWN |= {"arrived", "activity"}
NEVER_LATE = {"received"}
Minutes = dict[str, float]


@dataclasses.dataclass(frozen=True)
class Call:
    """What is known of an incident when it is called in.

    Attributes:
        minute: Of the day, at which the call is received.
        is_large: Whether all its steps become known, and it takes long.
        drive: Minutes from the station to the scene.
        to_hospital: Minutes from the scene to the nearest general hospital.
    """

    kind: str
    minute: float
    is_large: bool
    drive: float
    to_hospital: float


def incident_steps(
    random: np.random.Generator,
    catalog: Catalog,
    tables: dict[str, pl.DataFrame],  # noqa: ARG001 - a table's form
) -> pl.DataFrame:
    """Return the steps of every incident, those that never became known left out."""
    rows: list[dict[str, Any]] = []
    places = street_points(random, catalog, sum(COUNTS.values())).rows(named=True)
    calls = sorted(_calls(random, catalog), key=lambda call: call["minute"])
    stations, hospitals = stations_of(catalog), emergency_hospitals(catalog)
    centres = stations.filter(pl.col("station_name").str.ends_with("안전센터"))
    for number, (call, place) in enumerate(zip(calls, places, strict=True), start=1):
        sends = centres if call["kind_code"] == "ambulance" else stations
        station, metres = nearest_row(sends, place["lon"], place["lat"])
        _, to_hospital = nearest_row(hospitals, place["lon"], place["lat"])
        told = Call(
            call["kind_code"],
            call["minute"],
            call["is_large"] == "1",
            _drive(metres, call["minute"]),
            _drive(to_hospital, call["minute"]),
        )
        incident = {
            "incident_id": f"s{DAY:%y%m%d}_{number:03d}",
            "kind_code": told.kind,
            **place,
            **_titles(catalog, call, place["neighbourhood_code"]),
            "station_name": station["full_name"],
            **_in_charge(told, station),
        }
        rows += [{**incident, **step} for step in _known_steps(random, told)]
    ids = [f"{row['incident_id']}_{row['step_code']}" for row in rows]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(event_id=pl.Series(ids))


def _calls(random: np.random.Generator, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Yield what each incident is and when it is called in; words of a kind take turns."""
    words = read_words(catalog, "day_incidents")
    for kind, count in COUNTS.items():
        turns = itertools.cycle(words.filter(kind_code=kind).rows(named=True))
        minutes = random.permutation(minutes_of_day(random, count, HOURS[kind]))
        for minute, word in zip(minutes, turns, strict=False):
            yield {**word, "minute": float(minute)}


def _titles(catalog: Catalog, call: Mapping[str, Any], neighbourhood: str) -> dict[str, str]:
    name = catalog.area(neighbourhood).name
    return {
        "title_ko": f"{name.ko} {call['title_ko']}",
        "title_en": f"{call['title_en']}, {name.en}",
    }


def _in_charge(call: Call, station: Mapping[str, Any]) -> dict[str, str]:
    """Return the role that leads at the scene: a role, never a person."""
    own, parent = station["station_name"], station["parent_name"] or station["station_name"]
    if call.kind == "ambulance":
        return {"in_charge_ko": f"{own} 구급대장", "in_charge_en": f"Head of ambulance crew, {own}"}
    if call.is_large or call.kind == "disaster":
        return {
            "in_charge_ko": f"{parent} 긴급구조통제단장",
            "in_charge_en": f"Incident commander, {parent}",
        }
    return {"in_charge_ko": f"{parent} 지휘팀장", "in_charge_en": f"Head of command team, {parent}"}


def _drive(metres: float, minute: float) -> float:
    is_rush = int(minute // 60) % 24 in RUSH
    return metres * ROAD_FACTOR / METRES_A_MINUTE * (RUSH_FACTOR if is_rush else 1.0)


def _known_steps(random: np.random.Generator, call: Call) -> Iterator[dict[str, Any]]:
    """Yield each step that became known, with when."""
    for step, minute in _timeline(random, call).items():
        luck, at = random.random(), instant(DAY, minute)
        late = 0.0 if step in NEVER_LATE else LATE_SHARE
        known: dt.datetime = known_after(random, at, late_share=late)
        if call.is_large or step not in MAY_STAY_UNKNOWN or luck >= UNKNOWN_SHARE:
            yield {"step_code": step, "at": at, "known_at": known}


def _timeline(random: np.random.Generator, call: Call) -> Minutes:
    """Return the minute of the day of every step, in order."""
    lengths = _ambulance(random, call) if call.kind == "ambulance" else _fire(random, call)
    minutes = call.minute + np.cumsum(np.maximum(list(lengths.values()), 0.1))
    return {"received": call.minute, **dict(zip(lengths, minutes.tolist(), strict=True))}


def _ambulance(random: np.random.Generator, call: Call) -> Minutes:
    """Return the minutes from each step of an ambulance call to the next."""
    return {
        "ordered": random.uniform(0.4, 1.5),
        "en_route": random.uniform(0.5, 1.3),
        "activity": call.drive * random.uniform(0.9, 1.5),
        "arrived": random.uniform(7, 18) + call.to_hospital * random.uniform(0.9, 1.4),
        "closed": random.uniform(12, 35),
    }


def _fire(random: np.random.Generator, call: Call) -> Minutes:
    """Return the minutes from each step of a fire, rescue or disaster to the next."""
    long = 3.0 if call.is_large else 1.0
    return {
        "dispatch_ordered": random.uniform(0.4, 1.6),
        "arrived": random.uniform(0.8, 1.6) + call.drive * random.uniform(0.9, 1.4),
        "activity_started": random.uniform(0.5, 3),
        "first_control": random.uniform(5, 18) * long,
        "full_control": random.uniform(8, 25) * long,
        "closed": random.uniform(10, 40) * long,
    }
