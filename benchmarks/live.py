"""A thousand events a second into open screens: how late each is shown, and whether any is lost.

`python -m benchmarks.live --minutes 10 --rate 1000 --sessions 20 --json results.json`

Watcher, server and readers are processes of their own, but for the readers and the sender, which
are this one. The watcher is `cityboard watch` with its inbox, its home a temporary folder; the
readers are sessions that speak the Bokeh protocol: of the live city, into which calls of incidents
are pushed (`--page live`, with the embedded figures of Seoul), or of *Explore* over events of a
city that has nothing else (`--page explore`). An event is shown when the number a session tells has
reached it, for events are sent in order; one delivery of a hundred is sent twice. At the end the
rows of the table are compared with what was sent, key by key.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import datetime as dt
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from benchmarks.counter import PARAMETERS, CountingReader, LiveReader
from benchmarks.events import KINDS, SEOUL, make_city
from benchmarks.served import ServedCity, served
from cityboard.catalog import Catalog
from cityboard.home import APPS
from cityboard.lake import Lake
from cityboard.lake.pulse import Pulse, feeds_folder, read_pulse

DATASET = "live_events"
INCIDENT_KINDS = ("fire", "ambulance", "rescue", "disaster")
VIEWS = ["trend", "ranking", "categories", "heatmap"]
DELIVERIES = 10  # a second
TWICE = 100  # every so many deliveries one is sent again
TRIES = 20  # of a delivery
MEASURED_EVERY = 2.0  # seconds between two looks at the server's memory
WARM_SHARE, WARM_SECONDS = 0.4, 180.0  # of the time, at most: until caches have filled
SETTLE_SECONDS = 15.0  # at most, until the last event is shown
ADDRESS = re.compile(rb"http://\S+/feeds/")
COMMAND = "from cityboard.cli import main; main()"
YEAR = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@dataclasses.dataclass(frozen=True)
class LiveResult:
    """What became of events, and when they were seen.

    Attributes:
        minutes: For which events were sent.
        rate: Events a second that were to be sent.
        sessions: Open screens.
        sent: Events with a key of their own.
        resent: Events sent again.
        published: Rows of the table.
        duplicates: Rows that the feed counted as there already.
        lost: Keys that were sent and are not in the table.
        doubled: Rows whose key stands in the table before.
        unseen: Events that some session never showed.
        p50_s: Median seconds from the making of an event until a session showed it.
        p95_s: The 95th percentile.
        max_s: The longest.
        commit_p95_s: The 95th percentile until the inbox had answered for it.
        versions: Of the table.
        refused: Deliveries that were answered with 429 and sent again.
        slope_mb_min: Growth of the server's own memory after the warm-up (MiB a minute).
        own_mb: Its own memory at the end (MiB).
        kept_mb: The same, once garbage is collected and free memory given back (MiB).
        memory_mb: Minute since the first screen was open → the same, every ten seconds.
        watcher_mb: The watcher's.
        server_cores: Processor time of the server by the clock's.
        errors: What went wrong; empty when nothing did.
    """

    minutes: float
    rate: int
    sessions: int
    sent: int
    resent: int
    published: int
    duplicates: int
    lost: int
    doubled: int
    unseen: int
    p50_s: float
    p95_s: float
    max_s: float
    commit_p95_s: float
    versions: int
    refused: int
    slope_mb_min: float
    own_mb: float
    kept_mb: float
    memory_mb: dict[str, float]
    watcher_mb: float
    server_cores: float
    errors: tuple[str, ...]


def measure_live(
    home: Path, *, seconds: float, rate: int, sessions: int, page: str = "explore"
) -> LiveResult:
    """Return what became of events sent for some seconds into open screens."""
    return asyncio.run(_live(home, PAGES[page], seconds, rate=rate, sessions=sessions))


@dataclasses.dataclass(frozen=True)
class Page:
    """A page that shows events, and how they are made.

    Attributes:
        dataset: What is pushed.
        key: Its key.
        reader: Opens a session of the page.
        parameters: Of its address.
        city: Returns the folder of its catalogue, given a folder to write one into.
        event: Returns an event by its number, its kind, its place.
    """

    dataset: str
    key: str
    reader: type[CountingReader]
    parameters: str
    city: Callable[[Path], Path]
    event: Callable[[int, int, dict[str, Any]], dict[str, Any]]


def make_live_city(folder: Path) -> Path:
    """Write the catalogue of a city that has nothing but pushed events, and return its folder."""
    city = make_city(folder)
    (city / "datasets" / "events.yaml").unlink()
    shutil.copy2(Path(__file__).with_name("live.yaml"), city / "datasets" / f"{DATASET}.yaml")
    path = city / "boards" / "explore.yaml"
    board = yaml.safe_load(path.read_text("utf-8"))
    told = {**board, "dataset": DATASET, "views": VIEWS}
    path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return city


def _event(number: int, kind: int, placed: dict[str, Any]) -> dict[str, Any]:
    return {"event_id": f"b-{number}", "kind": KINDS[kind], **placed}


def _call(number: int, kind: int, placed: dict[str, Any]) -> dict[str, Any]:
    """Return the call of an incident; its title says what it is."""
    return {
        "event_id": f"b-{number}",
        "incident_id": f"benchmark-{number}",
        "kind_code": INCIDENT_KINDS[kind % len(INCIDENT_KINDS)],
        "step_code": "received",
        "title_ko": f"성능 시험 {number}",
        "title_en": f"Benchmark {number}",
        **placed,
    }


PAGES = {
    "explore": Page(
        DATASET, "event_id", CountingReader, f"{PARAMETERS}{DATASET}", make_live_city, _event
    ),
    "live": Page("incident_steps", "event_id", LiveReader, "lang=en", lambda _: SEOUL, _call),
}


class Sender:
    """Sends events in order, each delivery when it is due, and again until it is answered.

    Args:
        address: Of the inbox.
        token: Its secret.
        page: Makes the events.
        districts: Codes of which each event has one.
        rate: Events a second.
    """

    def __init__(
        self, address: str, token: str, page: Page, *, districts: Sequence[str], rate: int
    ) -> None:
        self._address, self._token, self._page = address, token, page
        self._districts, self._size = districts, rate // DELIVERIES
        self._client = AsyncHTTPClient(force_instance=True, max_clients=100)
        self.made: list[float] = []  # when each delivery was made, seconds since the epoch
        self.answered: list[float] = []  # seconds until each was answered
        self.resent = self.refused = 0
        self.errors: list[str] = []
        self._random = np.random.default_rng(7)

    @property
    def sent(self) -> int:
        """Return how many events were made."""
        return len(self.made) * self._size

    def made_at(self) -> np.ndarray:
        """Return when each event was made."""
        return np.repeat(np.array(self.made), self._size)

    async def send(self, seconds: float) -> None:
        """Send for some seconds."""
        clock = asyncio.get_running_loop().time
        begin, under_way = clock(), set[asyncio.Task[None]]()
        for number in range(round(seconds * DELIVERIES)):
            await asyncio.sleep(max(0.0, begin + number / DELIVERIES - clock()))
            body = self._body(len(self.made))
            self.made.append(time.time())
            under_way.add(asyncio.create_task(self._deliver(body)))
            if number % TWICE == TWICE - 1:
                self.resent += self._size
                under_way.add(asyncio.create_task(self._deliver(body)))
            under_way = {task for task in under_way if not task.done()}
        await asyncio.gather(*under_way)

    def _body(self, number: int) -> bytes:
        at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        district = self._random.choice(self._districts, self._size)
        kind = self._random.choice(len(KINDS), self._size)
        places = self._random.normal((126.98, 37.56), 0.02, (self._size, 2)).round(6)
        told = (
            {"at": at, "district_code": name, "lon": lon, "lat": lat}
            for name, (lon, lat) in zip(district.tolist(), places.tolist(), strict=True)
        )
        first = number * self._size
        events = (
            self._page.event(first + i, int(kind[i]), placed) for i, placed in enumerate(told)
        )
        return "\n".join(json.dumps(event) for event in events).encode()

    async def _deliver(self, body: bytes) -> None:
        began = time.perf_counter()
        headers = {"Authorization": f"Bearer {self._token}"}
        request = HTTPRequest(
            self._address, method="POST", body=body, headers=headers, request_timeout=30
        )
        for _ in range(TRIES):
            try:
                await self._client.fetch(request)
            except HTTPClientError as error:
                if error.response is None or error.code != 429:
                    self.errors.append(f"a delivery was answered with {error}")
                self.refused += 1
                await asyncio.sleep(0.5)
            except OSError as error:
                self.errors.append(f"a delivery failed: {error}")
                await asyncio.sleep(0.5)
            else:
                self.answered.append(time.perf_counter() - began)
                return
        self.errors.append("a delivery was never taken")


@contextlib.asynccontextmanager
async def watching(
    home: Path, city: Path, dataset: str, *, token: str, log: Path
) -> AsyncIterator[tuple[str, int]]:
    """Give the address of a watcher's inbox, and its process number; it is stopped afterwards."""
    with log.open("w") as said:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", COMMAND, "watch", "--listen", "0"),
            *("--home", str(home), "--city", str(city), "--only", dataset),
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "CITYBOARD_FEED_TOKEN": token},
        )
    try:
        line = await process.stdout.readline()  # type: ignore[union-attr]
        found = ADDRESS.search(line)
        if found is None:
            msg = f"the watcher gave no address:\n{log.read_text('utf-8')}"
            raise RuntimeError(msg)
        yield found.group().decode(), process.pid
    finally:
        process.terminate()
        await process.communicate()


async def _build(home: Path, city: Path) -> None:
    """Publish what else the page shows; the feed's dataset stays as it is."""
    command = (sys.executable, "-c", COMMAND, "build", "--home", str(home), "--city", str(city))
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    await process.wait()  # what only a feed brings is not published


async def _live(home: Path, page: Page, seconds: float, *, rate: int, sessions: int) -> LiveResult:
    city, token, log = page.city(home / "city"), secrets.token_urlsafe(16), home / "watch.txt"
    catalog = Catalog(city)
    lake = Lake(home / "lake" / catalog.id)
    districts = [area.code for area in catalog.areas("district")]
    async with watching(home, city, page.dataset, token=token, log=log) as (address, watcher):
        sender = Sender(f"{address}{page.dataset}", token, page, districts=districts, rate=rate)
        await sender.send(1.0)  # there is a version before the first screen is opened
        await _build(home, city)
        async with served(home, city) as server:
            readers = [await _open(server.host, page) for _ in range(sessions)]
            first = sender.sent
            used, began = server.cpu_seconds(), time.perf_counter()
            looking = asyncio.create_task(_look_at_memory(server))
            await sender.send(seconds)
            cores = (server.cpu_seconds() - used) / (time.perf_counter() - began)
            await _settle(readers, sender.sent)
            looking.cancel()
            memory = await _memory_of(looking)
            await server.ask("collect")
            kept_mb = server.memory().own
            for reader in readers:
                await reader.close()
            faults = [*server.faults(), *(error for reader in readers for error in reader.errors)]
        watcher_mb = _own_mb(watcher)
    delays, unseen = _delays(readers, sender.made_at(), first)
    newest = lake.snapshot(page.dataset)
    keys = pl.read_parquet(list(newest.files), columns=[page.key])[page.key]
    pulse = read_pulse(feeds_folder(lake), page.dataset) or Pulse()
    return LiveResult(
        minutes=seconds / 60,
        rate=rate,
        sessions=sessions,
        sent=sender.sent,
        resent=sender.resent,
        published=keys.len(),
        duplicates=pulse.duplicates,
        lost=len({f"b-{n}" for n in range(sender.sent)} - set(keys)),
        doubled=keys.len() - keys.n_unique(),
        unseen=unseen,
        **{f"p{share}_s": float(np.percentile(delays, share)) for share in (50, 95)},
        max_s=float(delays.max()),
        commit_p95_s=float(np.percentile(sender.answered, 95)),
        versions=newest.version + 1,
        refused=sender.refused,
        slope_mb_min=_slope(memory, seconds),
        own_mb=memory[-1][1],
        kept_mb=kept_mb,
        memory_mb={f"{minute:.2f}": own for minute, own in memory[::5]},
        watcher_mb=watcher_mb,
        server_cores=cores,
        errors=(*sender.errors, *faults, *log.read_text("utf-8").splitlines()),
    )


async def _open(host: str, page: Page) -> CountingReader:
    return await page.reader.open(host, days=YEAR, parameters=page.parameters)


async def _look_at_memory(server: ServedCity) -> list[tuple[float, float]]:
    """Return minutes and the server's own memory (MiB), until it is cancelled."""
    found, began = [], time.perf_counter()
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            found.append(((time.perf_counter() - began) / 60, server.memory().own))
            await asyncio.sleep(MEASURED_EVERY)
    return found


async def _memory_of(
    looking: "asyncio.Task[list[tuple[float, float]]]",
) -> list[tuple[float, float]]:
    return await looking


async def _settle(readers: Sequence[CountingReader], sent: int) -> None:
    """Wait until every session shows the last event, or some seconds have passed."""
    for _ in range(round(SETTLE_SECONDS * 10)):
        if all(reader.seen and reader.seen[-1][1] >= sent for reader in readers):
            return
        await asyncio.sleep(0.1)


def _delays(
    readers: Sequence[CountingReader], made_at: np.ndarray, first: int
) -> tuple[np.ndarray, int]:
    """Return the seconds until each session showed each event, and how many it never showed.

    Args:
        readers: The sessions.
        made_at: When each event was made, in their order.
        first: Events made before the first session was open are left out.
    """
    delays, unseen = [np.zeros(0)], 0
    for reader in readers:
        shown = first
        for when, count in reader.seen:
            delays.append(when - made_at[shown:count])
            shown = max(shown, count)
        unseen += len(made_at) - shown
    return np.concatenate(delays), unseen


def _slope(memory: Sequence[tuple[float, float]], seconds: float) -> float:
    """Return the growth (MiB a minute) after the warm-up, by least squares."""
    warm = min(WARM_SHARE * seconds, WARM_SECONDS) / 60
    after = np.array([look for look in memory if look[0] >= warm])
    return float(np.polyfit(after[:, 0], after[:, 1], 1)[0])


def _own_mb(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return int(dict(line.split(":", 1) for line in lines)["RssAnon"].split()[0]) / 1024


def _has_live() -> bool:
    return (APPS / "live.py").is_file()


def main() -> None:
    """Measure, print and, if asked, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=1000, help="events a second; a multiple of 10")
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--page", choices=PAGES, default="live" if _has_live() else "explore")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result: Any = measure_live(
            Path(folder),
            seconds=60 * given.minutes,
            rate=given.rate,
            sessions=given.sessions,
            page=given.page,
        )
    text = json.dumps(dataclasses.asdict(result), indent=2)
    sys.stdout.write(f"{text}\n")
    if given.json:
        given.json.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
