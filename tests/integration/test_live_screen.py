"""An event that is pushed is on every open screen within two seconds, without a reload."""

import asyncio
import datetime as dt
import statistics
import time
from pathlib import Path

import pytest

import cityboard.store
from benchmarks.counter import PARAMETERS, CountingReader
from cityboard.catalog import Catalog
from cityboard.lake import Lake, LiveTable
from cityboard.query import Query
from cityboard.store import Store
from tests.cities import publish_city
from tests.servers import served
from tests.streams import (
    ENTRY,
    Watched,
    appended,
    calls,
    event,
    lines,
    stream_city,
    watched,
    write_stream_city,
)

SESSIONS, SECONDS = 3, 2.0
DAYS = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


async def shown(reader: CountingReader, count: int) -> float:
    """Return when a session showed a number of rows; it fails where it never does."""
    for _ in range(200):
        for when, seen in reader.seen:
            if seen == count:
                return when
        await asyncio.sleep(0.05)
    raise AssertionError((count, reader.seen, reader.errors))


async def delays(host: str, pushing: Watched) -> list[float]:
    """Return the seconds from each answer of the inbox until each session shows the event."""
    readers = [
        await CountingReader.open(host, days=DAYS, parameters=f"{PARAMETERS}calls")
        for _ in range(SESSIONS)
    ]
    found = []
    for n in range(5):
        posted = await asyncio.to_thread(pushing.post, lines(event(100 + n), event(100 + n)))
        assert posted.told == {"received": 2, "rejected": 0}
        committed = time.time()
        found += [await shown(reader, 11 + n) - committed for reader in readers]
    for reader in readers:
        await reader.close()
        assert reader.errors == []
    return found


def test_an_event_is_on_every_open_screen_within_two_seconds(tmp_path: Path) -> None:
    city, home = write_stream_city(tmp_path / "testburg"), tmp_path / "home"
    plain = city / "datasets/calls.yaml"
    plain.unlink()
    publish_city(Catalog(city), home / "lake/testburg")
    plain.write_text(ENTRY, "utf-8")
    with watched(home, city, tmp_path / "watch.txt") as pushing:
        assert pushing.post(lines(*(event(n) for n in range(10)))).status == 202
        with served(home, tmp_path / "log.txt", "--city", str(city), "--no-warm") as server:
            found = asyncio.run(delays(server.host, pushing))
        assert server.faults == []
    assert len(found) == 5 * SESSIONS
    assert statistics.median(found) < SECONDS  # the longest is a matter of who else is at work


def test_the_newest_version_of_a_feed_is_trusted_for_half_a_second_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cityboard.store.FEED_SECONDS_TRUSTED <= 0.5
    catalog, lake = stream_city(tmp_path / "testburg"), Lake(tmp_path / "lake")
    live, store = LiveTable(lake, catalog.dataset("calls")), Store(catalog, lake)
    appended(live, calls(0, 5))
    monkeypatch.setattr(cityboard.store, "FEED_SECONDS_TRUSTED", 3600)
    assert rows_of(store) == 5
    appended(live, calls(5, 5))
    assert rows_of(store) == 5
    monkeypatch.setattr(cityboard.store, "FEED_SECONDS_TRUSTED", 0)
    assert rows_of(store) == 10


def rows_of(store: Store) -> int:
    return int(store.answer(Query("calls", ("rows",))).frame["rows"][0])


def test_answers_about_a_stream_leave_those_about_the_city_in_memory(tmp_path: Path) -> None:
    catalog, lake = stream_city(tmp_path / "testburg"), Lake(tmp_path / "lake")
    live, store = LiveTable(lake, catalog.dataset("calls")), Store(catalog, lake)
    for n in range(5):
        appended(live, calls(n, 1))
        store._newest.clear()
        assert rows_of(store) == n + 1
    assert len(store._cache) == 0
