"""Simulate free emergency beds and the whereabouts of police cars on the day."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from cityboard.catalog import Catalog
from data_sources.scenario_clock import DAY, instant, known_after
from data_sources.scenario_places import emergency_hospitals, metres_to

SILENT_SHARE = 0.1  # of the hospitals, which tell no beds
TELLS_EVERY = 30.0  # minutes from one count of beds to the next, about
BEDS = (8, 45)  # of an emergency room
UNITS = 160
LATE_SHARE = 0.05  # of what is told
PATROL_MINUTES = (60, 150)
PATROL_DEGREES = 0.006  # how far from its box a car patrols, about 600 m
CALLS_POLICE = {"fire", "rescue", "disaster"}
Told = dict[str, Any]  # a row to be


def hospital_beds(
    random: np.random.Generator,
    catalog: Catalog,
    tables: dict[str, pl.DataFrame],  # noqa: ARG001 - a table's form
) -> pl.DataFrame:
    """Return the free beds of every emergency room that tells them, about every half hour."""
    hospitals = emergency_hospitals(catalog)
    tells = random.random(hospitals.height) >= SILENT_SHARE
    rows: list[Told] = []
    for hospital in hospitals.filter(pl.Series(tells)).rows(named=True):
        place = {
            "hospital_id": hospital["hospital_id_mois"],
            "lon": hospital["lon"],
            "lat": hospital["lat"],
        }
        rows += [{**place, **count} for count in _counts(random)]
    return pl.DataFrame(rows, infer_schema_length=None)


def _counts(random: np.random.Generator) -> Iterator[Told]:
    """Yield the free beds of one emergency room: fewest in the evening, never below none."""
    beds = int(random.integers(*BEDS))
    minute, drift = random.uniform(0, TELLS_EVERY), 0.0
    while minute < 24 * 60:
        wave = 0.25 * np.cos(2 * np.pi * (minute / 60 - 8) / 24)  # freest at eight in the morning
        drift = 0.8 * drift + random.normal(0, 0.08)
        at = instant(DAY, minute)
        yield {
            "free_beds": int(np.clip(round(beds * (0.3 + wave + drift)), 0, beds)),
            "at": at,
            "known_at": known_after(random, at, late_share=LATE_SHARE),
        }
        minute += TELLS_EVERY * random.uniform(0.8, 1.2)


def police_units(
    random: np.random.Generator, catalog: Catalog, tables: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return where each car was and what it did: patrols, and the incidents it was sent to."""
    boxes = pl.read_parquet(catalog.figures_folder / "police_boxes.parquet")
    chosen = boxes[np.sort(random.choice(boxes.height, UNITS, replace=False))]
    ids = pl.Series([f"p{number:03d}" for number in range(1, UNITS + 1)])
    bases = chosen.select(unit_id=ids, lon="lon", lat="lat")
    sent = _sent(tables["incident_steps"], bases)
    rows: list[Told] = []
    for base in bases.rows(named=True):
        rows += [{**base, **report} for report in _reports(random, base, sent)]
    return pl.DataFrame(rows, infer_schema_length=None).unique(["unit_id", "at"], keep="first")


def _sent(steps: pl.DataFrame, bases: pl.DataFrame) -> dict[str, list[Told]]:
    """Return the incidents each car was sent to: the car whose box is nearest goes."""
    incidents = steps.filter(pl.col("kind_code").is_in(list(CALLS_POLICE)))
    sent: dict[str, list[Told]] = {}
    for _, group in incidents.sort("at").group_by("incident_id", maintain_order=True):
        first, last = group.row(0, named=True), group.row(-1, named=True)
        nearest = bases.row(int(metres_to(bases, first["lon"], first["lat"]).argmin()), named=True)
        sent.setdefault(nearest["unit_id"], []).append({**first, "until": last["at"]})
    return sent


def _reports(
    random: np.random.Generator,
    base: Told,
    sent: dict[str, list[Told]],
) -> Iterator[Told]:
    """Yield what one car reported, patrols left out while it was at an incident."""
    calls = sent.get(str(base["unit_id"]), [])
    spans = [(call["at"], call["until"]) for call in calls]
    for report in _patrols(random, base):
        if not any(since <= report["at"] <= until for since, until in spans):
            yield report
    for call in calls:
        yield from _told(random, _at_incident(random, base, call))


def _patrols(random: np.random.Generator, base: Told) -> Iterator[Told]:
    minute, is_out = random.uniform(0, 30), bool(random.random() < 0.6)
    while minute < 24 * 60:
        east, north = random.uniform(-PATROL_DEGREES, PATROL_DEGREES, 2) if is_out else (0.0, 0.0)
        report = {
            "state_code": "on_patrol" if is_out else "at_base",
            "at": instant(DAY, minute),
            "lon": round(base["lon"] + east, 5),
            "lat": round(base["lat"] + north, 5),
        }
        yield from _told(random, [report])
        minute, is_out = minute + random.uniform(*PATROL_MINUTES), not is_out


def _at_incident(random: np.random.Generator, base: Told, call: Told) -> list[Told]:
    """Return the three reports of a car that was sent: sent, there, and back on patrol."""
    ordered = call["at"] + dt.timedelta(seconds=int(random.integers(40, 120)))
    there = ordered + dt.timedelta(seconds=int(random.integers(120, 480)))
    home = {"lon": base["lon"], "lat": base["lat"]}
    scene = {"lon": call["lon"], "lat": call["lat"]}
    return [
        {"state_code": "dispatched", "at": ordered, **home},
        {"state_code": "at_scene", "at": there, **scene},
        {
            "state_code": "on_patrol",
            "at": max(call["until"], there) + dt.timedelta(minutes=2),
            **scene,
        },
    ]


def _told(random: np.random.Generator, reports: Sequence[Told]) -> Iterator[Told]:
    for report in reports:
        yield {**report, "known_at": known_after(random, report["at"], late_share=LATE_SHARE)}
