"""A toy stream for the tests of feeds: calls for help in Testburg, pushed.

`python -m tests.streams JOB FOLDER` appends to it in a process of its own.
"""

import dataclasses
import datetime as dt
import http.client
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from cityboard.catalog import Catalog, Dataset
from cityboard.lake import Appended, Lake, LiveTable
from data_sources.fetched import Fetched
from tests.cities import write_served_city
from tests.lakes import REJECTS, lineage
from tests.servers import COMMAND, started

TOKEN = "the secret of these tests"

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=5)
ENTRY = """
id: calls
title: {ko: 신고, en: Calls}
description: {ko: 시험용 신고., en: Calls to test with.}
publisher: {ko: 시험시청, en: City of Testburg}
licence: CC-BY-4.0
frequency: irregular
theme: safety
columns:
  - {name: call_id, type: string, unit: code, title: {ko: 번호, en: Number}}
  - {name: at, type: timestamp, unit: time, title: {ko: 시각, en: Time}}
  - {name: district_code, type: string, unit: code, nullable: true, title: {ko: 구, en: District}}
  - {name: persons, type: int64, unit: persons, minimum: 0, title: {ko: 사람, en: Persons}}
  - {name: lon, type: float64, unit: degree, nullable: true, title: {ko: 경도, en: Longitude}}
  - {name: lat, type: float64, unit: degree, nullable: true, title: {ko: 위도, en: Latitude}}
  - {name: words, type: string, unit: text, nullable: true, title: {ko: 내용, en: Words}}
key: [call_id]
time: {column: at, zone: Europe/Berlin, grain: hour}
place: {level: district, area: district_code, lon: lon, lat: lat}
measures:
  - {id: persons, title: {ko: 사람, en: Persons}, unit: persons, aggregate: sum, column: persons}
stale_after_days: 40
distributions:
  - kind: push
    system: feeds
    cleaner: events
    feed: {late_after_seconds: 600, stale_after_seconds: 900, keep_days: 31}
dcat:
  identifier: TB-9
  theme: [JUST]
  keyword: {ko: [신고], en: [call]}
"""


SCHEMA = {
    **dict.fromkeys(("call_id", "district_code", "words"), pl.String),
    **dict.fromkeys(("lon", "lat"), pl.Float64),
    "at": pl.Datetime("us", "UTC"),
    "persons": pl.Int64,
}


def write_stream_city(folder: Path, entry: str = ENTRY) -> Path:
    """Write Testburg with a stream of calls, its boards under the names that the apps serve."""
    return write_served_city(folder, {"datasets/calls.yaml": entry})


def stream_city(folder: Path, entry: str = ENTRY) -> Catalog:
    """Return the catalogue of Testburg with a stream of calls."""
    return Catalog(write_stream_city(folder, entry))


def calls(first: int, count: int, *, at: dt.datetime = NOW, persons: int = 1) -> pl.DataFrame:
    """Return calls numbered from `first`, a second apart."""
    numbers = range(first, first + count)
    return pl.DataFrame(
        {
            "call_id": [f"c{n}" for n in numbers],
            "at": [at + dt.timedelta(seconds=n - first) for n in numbers],
            "district_code": ["11001"] * count,
            "persons": [persons] * count,
            "lon": [10.05] * count,
            "lat": [50.05] * count,
            "words": [None] * count,
        },
        schema_overrides=SCHEMA,
    )


def toy_stream(folder: Path, entry: str = ENTRY) -> tuple[Lake, Dataset]:
    """Return an empty lake, and the dataset of calls."""
    return Lake(folder / "lake"), stream_city(folder / "testburg", entry).dataset("calls")


def appended(live: LiveTable, frame: pl.DataFrame, **changes: Any) -> Appended:
    """Append calls without rejects, and return what became of them."""
    rejects = changes.pop("rejects", pl.DataFrame(schema=REJECTS))
    span = {"first": frame["at"].min(), "last": frame["at"].max()} if frame.height else {}
    told = {name: time.isoformat() for name, time in span.items()}
    of_live = {"provenance": "live", "request": "pushed", **told, **changes}
    return live.append(frame, rejects, lineage=lineage(frame, rejects, **of_live))


def pushed(folder: Path, *bodies: str | bytes) -> Fetched:
    """Return deliveries as the inbox hands them on."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for number, body in enumerate(bodies):
        parts.append(folder / f"{number:04}.json")
        parts[-1].write_bytes(
            body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        )
    return Fetched(tuple(parts), "pushed", "0")


def event(number: int, *, at: dt.datetime | str = NOW, **changes: Any) -> dict[str, Any]:
    """Return a call as its sender writes it."""
    when = at if isinstance(at, str) else at.isoformat()
    told = {"call_id": f"c{number}", "at": when, "district_code": "11001", "persons": 1}
    return told | {"lon": 10.05, "lat": 50.05} | changes


def lines(*events: Any) -> str:
    """Return events an object of JSON a line."""
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in events)


@dataclasses.dataclass(frozen=True)
class Posted:
    """An answer of the inbox."""

    status: int
    told: dict[str, Any]
    headers: dict[str, str]


@dataclasses.dataclass(frozen=True)
class Watched:
    """A running `cityboard watch`.

    Attributes:
        address: Where calls are pushed.
        log: File of all it says.
    """

    address: str
    log: Path

    def post(self, body: str | bytes, *, token: str = TOKEN, **headers: str) -> Posted:
        """Push a body, and return what was answered."""
        where = urlsplit(self.address)
        connection = http.client.HTTPConnection(where.netloc, timeout=60)
        told = {"Authorization": f"Bearer {token}", **headers}
        try:
            connection.request(
                "POST", where.path, body.encode() if isinstance(body, str) else body, told
            )
            answer = connection.getresponse()
            return Posted(answer.status, json.loads(answer.read()), dict(answer.getheaders()))
        finally:
            connection.close()


@contextmanager
def watched(home: Path, city: Path, log: Path) -> Iterator[Watched]:
    """Give `cityboard watch` over a home, its inbox on a free port; it is stopped afterwards."""
    command = [COMMAND, "watch", "--listen", "0", "--home", str(home), "--city", str(city)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "CITYBOARD_FEED_TOKEN": TOKEN}
    with started(command, log, environment=environment) as address:
        yield Watched(address, log)


def _die_at_the_entry(folder: Path) -> None:
    """Append two commits, and die by SIGKILL as the entry of the third is about to be linked."""
    lake, dataset = Lake(folder / "lake"), Catalog(folder / "testburg").dataset("calls")
    live = LiveTable(lake, dataset)
    appended(live, calls(0, 5))
    appended(live, calls(5, 5))
    os.link = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
    appended(live, calls(10, 5))


def _append_own(folder: Path, first: int) -> None:
    """Append ten commits of five calls of one's own, and one call that everybody appends."""
    lake, dataset = Lake(folder / "lake"), Catalog(folder / "testburg").dataset("calls")
    live = LiveTable(lake, dataset)
    for n in range(10):
        own = calls(first + 5 * n, 5)
        appended(live, pl.concat([own, calls(999_999, 1)]))


if __name__ == "__main__":
    job, where, *arguments = sys.argv[1:]
    if job == "die":
        _die_at_the_entry(Path(where))
    else:
        _append_own(Path(where), int(arguments[0]))
