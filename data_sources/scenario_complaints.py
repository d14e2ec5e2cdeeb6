"""Simulate the complaints of two weeks, step by step, each with its time limit."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from cityboard.catalog import Catalog
from data_sources.scenario_clock import DAY, ZONE, instant, known_after, minutes_of_day
from data_sources.scenario_pledges import read_words

FILED = 300
DAYS_BEFORE = 14  # the first are filed on 19 February
TODAY_SHARE = 0.3  # of all, filed on the day itself: the air is what many write of
AIR_TODAY_SHARE = 0.4  # of those filed on the day
DISTRICT_SHARE = 0.25  # of all, which name a district
SLOW_SHARE = 0.18  # of all, answered after their limit or not yet
OFFICE = (9.0, 18.0)  # hours in which the administration takes a step
FILING_HOURS = (2, 1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 7, 8, 8, 8, 8, 7, 6, 6, 6, 6, 5, 4)


def complaint_steps(
    random: np.random.Generator,
    catalog: Catalog,
    tables: dict[str, pl.DataFrame],  # noqa: ARG001 - a table's form
) -> pl.DataFrame:
    """Return the steps of every complaint until the end of the day."""
    words = read_words(catalog, "day_complaints").rows(named=True)
    air = [word for word in words if word["category_code"] == "air"]
    districts = [area.code for area in catalog.areas("district")]
    rows: list[dict[str, Any]] = []
    for number, (day, minute) in enumerate(_filed(random), start=1):
        is_air = day == DAY and random.random() < AIR_TODAY_SHARE
        word = (air if is_air else words)[random.integers(len(air if is_air else words))]
        complaint = {
            **word,
            "complaint_id": f"c{DAY:%y%m%d}_{number:03d}",
            "due_at": instant(day + dt.timedelta(days=int(word["days"])), OFFICE[1] * 60),
            "district_code": _district(random, districts),
        }
        rows += [
            {**complaint, "state_code": state, "at": at, "known_at": known}
            for state, at, known in _known_states(random, day, minute, int(word["days"]))
        ]
    ids = [f"{row['complaint_id']}_{row['state_code']}" for row in rows]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(event_id=pl.Series(ids))


def _filed(random: np.random.Generator) -> list[tuple[dt.date, float]]:
    """Return day and minute of every filing, in order."""
    today = round(FILED * TODAY_SHARE)
    before = random.integers(1, DAYS_BEFORE + 1, FILED - today)
    days = [DAY - dt.timedelta(days=int(n)) for n in before] + [DAY] * today
    minutes = random.permutation(minutes_of_day(random, FILED, FILING_HOURS))
    return sorted(zip(days, minutes.tolist(), strict=True))


def _district(random: np.random.Generator, districts: list[str]) -> str | None:
    luck, chosen = random.random(), districts[random.integers(len(districts))]
    return chosen if luck < DISTRICT_SHARE else None


def _known_states(
    random: np.random.Generator, day: dt.date, minute: float, days: int
) -> Iterator[tuple[str, dt.datetime, dt.datetime]]:
    """Yield each state reached by the end of the day, with when it was and when it was known."""
    end = instant(DAY + dt.timedelta(days=1), 0)
    is_slow = random.random() < SLOW_SHARE
    hours = {
        "assigned": random.uniform(0.5, 10),
        "in_progress": random.uniform(1, 20),
        "answered": days * 24 * (random.uniform(1.0, 1.8) if is_slow else random.uniform(0.1, 0.8)),
        "closed": random.uniform(2, 40),
    }
    at = instant(day, minute)
    for state, waited in itertools.chain([("received", 0.0)], hours.items()):
        at = at if state == "received" else _in_office(at + dt.timedelta(hours=waited))
        known = known_after(random, at, late_share=0.05)
        if known <= end:
            yield state, at, known


def _in_office(at: dt.datetime) -> dt.datetime:
    """Return an instant, or the same share of the next office hours where it is outside them."""
    opens, closes = (instant(at.astimezone(ZONE).date(), hour * 60) for hour in OFFICE)
    if opens <= at < closes:
        return at
    later = opens if at < opens else opens + dt.timedelta(days=1)
    return later + dt.timedelta(minutes=(at.minute * 60 + at.second) % 500)
