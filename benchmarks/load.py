"""Many readers at once on one process, and what is left when they have gone.

`python -m benchmarks.load --rows 1e6 --sessions 80 --seconds 60 --json results.json`

The server is the real one, in a process of its own; the readers are sessions of *Explore* over
simulated events that speak the Bokeh protocol, all in this process. Each brushes a random period
of whole days on the trend every three seconds; a step is answered with the last byte of the
message after which the map's layer, every bar chart and the heat map have their new data.
"""

import argparse
import asyncio
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.events import DAYS, LAST_DAY
from benchmarks.reader import DAY, Reader
from benchmarks.served import ServedCity, make_home, served

EVERY = 3.0  # seconds from brush to brush
BATCH = 10  # sessions open at a time where they are opened and closed
QUARTERS = 4  # after each of which memory is measured
BRUSHES = 2  # of each of those
WARM_BRUSHES = 20  # of two readers: until the answers that a server keeps have filled their room
SPAN = (LAST_DAY - (DAYS - 1) * DAY, LAST_DAY)
KEPT_SECONDS = 2.0  # of a session whose reader has gone
LONGEST_WAIT = 40.0  # seconds until the last document must have gone


@dataclasses.dataclass(frozen=True)
class LoadResult:
    """What many readers at once met, and what they cost.

    Attributes:
        sessions: Readers at once.
        seconds: For which they brushed.
        steps: Brushes that were answered.
        left_out: Brushes that were due while an earlier answer was awaited.
        errors: What went wrong, for the readers or in the server's log; empty when nothing did.
        ms: Percentile → milliseconds from a brush to its whole answer.
        step_kb: Sent to a reader per step (median, kB).
        step_messages: In how many messages (median).
        server_cores: Processor time of the server by the clock's.
        client_cores: That of all readers together; they share the machine.
        session_mb: Own memory of the process that a session added (MiB).
        session_kept_mb: The same once garbage is collected and free memory given back.
        own_mb: Own memory of the process under load, without mapped files (MiB).
        resident_mb: With the parts of mapped files that were touched (MiB).
        lag_ms: Percentile → lateness of the server's event loop while it was brushed.
        open_ms: From asking for a page to its whole document (median), others being idle.
    """

    sessions: int
    seconds: float
    steps: int
    left_out: int
    errors: tuple[str, ...]
    ms: dict[str, float]
    step_kb: float
    step_messages: float
    server_cores: float
    client_cores: float
    session_mb: float
    session_kept_mb: float
    own_mb: float
    resident_mb: float
    lag_ms: dict[str, float]
    open_ms: float


@dataclasses.dataclass(frozen=True)
class LeakResult:
    """What is left of sessions that were opened, brushed and closed.

    Attributes:
        sessions: How many, ten at a time.
        documents: That live when all are closed.
        views: The same.
        own_mb: Own memory of the process (MiB) by how many were closed, garbage collected.
        grown_mb: From the end of the first quarter of the sessions to that of the last.
        errors: What went wrong.
    """

    sessions: int
    documents: int
    views: int
    own_mb: dict[int, float]
    grown_mb: float
    errors: tuple[str, ...]


def measure_load(home: Path, city: Path, sessions: int, seconds: float) -> LoadResult:
    """Return what readers at once met on one process.

    Args:
        home: Of the events.
        city: Folder of their catalogue.
        sessions: How many readers.
        seconds: For which they brush.
    """
    return asyncio.run(_load(home, city, sessions, seconds))


def measure_leak(home: Path, city: Path, sessions: int = 200) -> LeakResult:
    """Return what is left of readers who came, brushed and went, ten at a time."""
    return asyncio.run(_leak(home, city, sessions))


async def _load(home: Path, city: Path, sessions: int, seconds: float) -> LoadResult:
    async with served(home, city, "--keep", str(KEPT_SECONDS)) as server:
        errors = await _come_and_go(server, 2, brushes=WARM_BRUSHES)
        await server.left(LONGEST_WAIT)
        before = server.memory().own
        readers, open_ms = await _open(server, sessions)
        await server.ask("reset")
        used, began = (server.cpu_seconds(), time.process_time()), time.perf_counter()
        left_out = await _brush(readers, seconds)
        taken = time.perf_counter() - began
        cores = [
            (after - at_first) / taken
            for after, at_first in zip(
                (server.cpu_seconds(), time.process_time()), used, strict=True
            )
        ]
        report, after = await server.ask("report"), server.memory()
        await server.ask("collect")
        kept = server.memory().own
        await _close(readers)
        steps = [step for reader in readers for step in reader.steps]
        ms = [step.ms for step in steps] or [float("nan")]
        return LoadResult(
            sessions=sessions,
            seconds=seconds,
            steps=len(steps),
            left_out=left_out,
            errors=(*errors, *_errors(readers), *server.faults()),
            ms={f"p{share}": float(np.percentile(ms, share)) for share in (50, 95, 99, 100)},
            step_kb=float(np.median([step.size / 1000 for step in steps] or [0])),
            step_messages=float(np.median([step.messages for step in steps] or [0])),
            server_cores=cores[0],
            client_cores=cores[1],
            session_mb=(after.own - before) / sessions,
            session_kept_mb=(kept - before) / sessions,
            own_mb=after.own,
            resident_mb=after.resident,
            lag_ms={name: report[f"lag_{name}"] for name in ("p50", "p99", "max")},
            open_ms=open_ms,
        )


async def _leak(home: Path, city: Path, sessions: int) -> LeakResult:
    async with served(home, city, "--keep", str(KEPT_SECONDS)) as server:
        errors: list[str] = []
        own_mb = {}
        for begun in range(0, sessions, BATCH):
            closed = min(begun + BATCH, sessions)
            errors += await _come_and_go(server, closed - begun)
            if QUARTERS * closed // sessions > QUARTERS * begun // sessions:
                report = await server.left(LONGEST_WAIT)
                own_mb[closed] = server.memory().own
        in_order = list(own_mb.values())
        return LeakResult(
            sessions=sessions,
            documents=int(report["documents"]),
            views=int(report["views"]),
            own_mb=own_mb,
            grown_mb=in_order[-1] - in_order[0],
            errors=(*errors, *server.faults()),
        )


async def _open(server: ServedCity, sessions: int) -> tuple[list[Reader], float]:
    """Return readers who have brushed once, and the median milliseconds until a page is there."""
    readers, ms = [], []
    for _ in range(sessions):
        began = time.perf_counter()
        readers.append(await Reader.open(server.host, days=SPAN))
        ms.append(1000 * (time.perf_counter() - began))
        await readers[-1].brush()
        readers[-1].steps.clear()
    return readers, float(np.median(ms))


async def _brush(readers: Sequence[Reader], seconds: float) -> int:
    """Have all brush, one after another within three seconds; return how many were left out."""
    begin = asyncio.get_running_loop().time()
    left_out = await asyncio.gather(
        *(
            reader.brush_often(
                every=EVERY, begin=begin + EVERY * i / len(readers), end=begin + seconds
            )
            for i, reader in enumerate(readers)
        )
    )
    return sum(left_out)


async def _come_and_go(server: ServedCity, sessions: int, *, brushes: int = BRUSHES) -> list[str]:
    """Open sessions, brush in each and close them; return what went wrong."""
    readers, _ = await _open(server, sessions)
    for reader in readers:
        for _ in range(brushes):
            await reader.brush()
    await _close(readers)
    return _errors(readers)


async def _close(readers: Sequence[Reader]) -> None:
    for reader in readers:
        await reader.close()


def _errors(readers: Sequence[Reader]) -> list[str]:
    return [error for reader in readers for error in reader.errors]


def main() -> None:
    """Measure, print and, if asked, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--sessions", type=int, nargs="*", default=[80])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--leak", type=int, default=200, help="sessions; 0 leaves it out")
    parser.add_argument("--home", type=Path, help="of events published before, or to be kept")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        city = make_home(home, int(given.rows))
        results = [measure_load(home, city, n, given.seconds) for n in given.sessions]
        leaks = [measure_leak(home, city, given.leak)] if given.leak else []
    told = [dataclasses.asdict(result) for result in (*results, *leaks)]
    text = json.dumps({"rows": int(given.rows), "results": told}, indent=2)
    sys.stdout.write(f"{text}\n")
    if given.json:
        given.json.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
