"""A day that a test makes up: rows of the live datasets of Seoul, published as they are told."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from cityboard.lake import Lake
from cityboard.store import Store
from data_sources.draft import POLARS_TYPES
from tests.cleaning import seoul
from tests.lakes import REJECTS, lineage

SEOUL_ZONE = dt.timezone(dt.timedelta(hours=9))
PLACE = (127.0, 37.55)


def clock(text: str, day: str = "2019-03-05") -> dt.datetime:
    """Return an instant of the city's clock, such as `14:05` or `14:05:30`."""
    return dt.datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=SEOUL_ZONE)


def step(incident: str, code: str, at: str, **told: Any) -> dict[str, Any]:
    """Return a row of `incident_steps`; `known` is when it became known, at once unless given."""
    known = told.pop("known", at)
    row = {
        "event_id": f"{incident}_{code}_{at}",
        "incident_id": incident,
        "kind_code": "fire",
        "step_code": code,
        "at": clock(at),
        "known_at": clock(known),
        "lon": PLACE[0],
        "lat": PLACE[1],
        "district_code": "11140",
        "neighbourhood_code": None,
        "title_ko": "창고 화재",
        "title_en": "Fire in a warehouse",
        "station_name": None,
        "in_charge_ko": None,
        "in_charge_en": None,
    }
    return row | told


def state(complaint: str, code: str, at: str, **told: Any) -> dict[str, Any]:
    """Return a row of `complaint_steps`; `known` and `due` are texts as `at` is."""
    known, due = told.pop("known", at), told.pop("due", "18:00")
    row = {
        "event_id": f"{complaint}_{code}_{at}",
        "complaint_id": complaint,
        "category_code": "air",
        "state_code": code,
        "at": clock(at),
        "known_at": clock(known),
        "due_at": clock(due),
        "district_code": None,
        "title_ko": "미세먼지",
        "title_en": "Fine dust",
    }
    return row | told


def store_of(folder: Path, dataset: str, rows: Iterable[dict[str, Any]]) -> Store:
    """Return Seoul with these rows of one dataset, in a lake below a folder."""
    entry, lake = seoul().dataset(dataset), Lake(folder / "lake/seoul")
    schema = {column.name: POLARS_TYPES[column.type] for column in entry.columns}
    frame = pl.DataFrame(list(rows), schema=schema)
    rejects = pl.DataFrame(schema=REJECTS)
    lake.publish(dataset, frame, rejects, lineage=lineage(frame, rejects, provenance="simulated"))
    return Store(seoul(), lake)
