"""A day of incidents told through a feed: what was known equals the log of what was sent."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from cityboard.incidents import STEPS, incident, incidents
from cityboard.lake import Lake
from cityboard.store import Store
from data_sources.feeds.stream import Stream
from data_sources.fetched import Fetched
from data_sources.publish import publish
from tests.cleaning import seoul

NOON = dt.datetime(2026, 11, 26, 3, 0, tzinfo=dt.UTC)  # 12:00 in Seoul
NAME = "incident_steps"


class Room:
    """A control room that tells what happens, and keeps a log of what it has told."""

    def __init__(self, folder: Path) -> None:
        self.now, self.log, self._folder = NOON, list[dict[str, Any]](), folder
        lake = Lake(folder / "lake/seoul")
        publish(seoul().dataset(NAME), catalog=seoul(), lake=lake, data=None)
        self.store = Store(seoul(), lake)
        self.stream = Stream(seoul().dataset(NAME), seoul(), lake, now=lambda: self.now)

    def tell(self, step: str, minute: float, *, late: float = 0.0, **told: Any) -> None:
        """Tell that a step was taken some minutes after noon; it is known that much later."""
        at = NOON + dt.timedelta(minutes=minute)
        self.now = at + dt.timedelta(minutes=late)
        event = {
            "event_id": f"i1_{step}_{minute}",
            "incident_id": "i1",
            "kind_code": "fire",
            "step_code": step,
            "at": at.isoformat(),
            "known_at": self.now.isoformat(),
            "lon": 127.0366,
            "lat": 37.5006,
        } | told
        self.log.append(event)
        path = self._folder / f"{len(self.log)}.json"
        path.write_text(json.dumps(event), "utf-8")
        self.stream.take(Fetched((path,), "pushed", str(len(self.log))))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return a control room of a city that had only the scenario until now."""
    return Room(tmp_path)


def known(room: Room, minute: float) -> dict[str, dt.datetime]:
    """Return the steps known some minutes after noon, to somebody who opens the city anew."""
    store = Store(seoul(), room.store.lake)
    steps = incident(store, "i1", until=NOON + dt.timedelta(minutes=minute)).steps
    return {step: at for step, at in steps.items() if at}


def test_the_scenario_leaves_with_the_first_step_that_is_told_live(room: Room) -> None:
    evening = dt.datetime(2019, 3, 5, 12, 0, tzinfo=dt.UTC)
    assert len(incidents(room.store, until=evening)) > 40
    room.tell("received", 0)
    store = Store(seoul(), room.store.lake)
    assert store.snapshot(NAME).lineage.provenance == "live"
    assert [each.id for each in incidents(store, until=room.now)] == ["i1"]


def test_what_was_known_at_every_minute_equals_the_log(room: Room) -> None:
    for number, step in enumerate(STEPS["fire"]):
        room.tell(step, 4.0 * number, late=15.0 if step == "arrived" else 0.1)
    for minute in range(60):
        until = (NOON + dt.timedelta(minutes=minute)).isoformat()
        told = {
            e["step_code"]: dt.datetime.fromisoformat(e["at"])
            for e in room.log
            if e["known_at"] <= until
        }
        if told:
            assert known(room, minute) == told
    found = incident(Store(seoul(), room.store.lake), "i1", until=room.now)
    assert not found.is_open
    assert found.minutes_to_arrival == 8.0
    assert set(found.late_steps) == {"arrived"}
    assert not found.is_contradictory


def test_a_step_sent_twice_counts_once_and_one_that_cannot_be_marks_the_incident(
    room: Room,
) -> None:
    room.tell("received", 0)
    room.tell("received", 0)
    room.tell("arrived", -3, late=9)
    room.tell("closed", 30, lon=0, lat=0)
    room.tell("closed", 40, title_ko="<b>끝</b>")
    found = incident(Store(seoul(), room.store.lake), "i1", until=room.now)
    assert room.stream.pulse.duplicates == 1
    assert room.stream.pulse.published == 4
    assert room.stream.pulse.rejected == 0
    assert [each.step for each in found.contradictions] == ["arrived", "closed"]
    assert found.steps["closed"] == NOON + dt.timedelta(minutes=30)
    assert found.place == (127.0366, 37.5006)  # the zeros are no place
    assert found.title.ko == "끝"
