"""The work that every peer does: one step of a brush along time, answered as four charts and a map.

Nothing of the project is imported here, so that a peer's memory is its own.
"""

import csv
import datetime as dt
import hashlib
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

THREADS = 2
FIRST_DAY = dt.date(2023, 1, 1)
DAYS = 1096
MONTHS = 36
UTC_OFFSET_HOURS = 9  # of Asia/Seoul, which has had no summer time since 1988
KINDS = tuple(f"kind {n:02}" for n in range(12))
AREAS = Path(__file__).parents[2] / "catalogs" / "seoul" / "areas.csv"
with AREAS.open(encoding="utf-8") as file:
    DISTRICTS = tuple(
        sorted(row["code"] for row in csv.DictReader(file) if row["level"] == "district")
    )

CELLS_PER_DEGREE = 2**11  # a power of two: no peer rounds on the way to its pixel
WEST, SOUTH, EAST, NORTH = 126.76, 37.41, 127.20, 37.71
LEFT, BOTTOM = math.floor(WEST * CELLS_PER_DEGREE), math.floor(SOUTH * CELLS_PER_DEGREE)
WIDTH = math.ceil(EAST * CELLS_PER_DEGREE) - LEFT
HEIGHT = math.ceil(NORTH * CELLS_PER_DEGREE) - BOTTOM
SIZES = {"kind": len(KINDS), "hour": 24, "district": len(DISTRICTS), "month": MONTHS}
CHARTS = tuple(SIZES)


@dataclass(frozen=True)
class Step:
    """What the screen shows of a period.

    Attributes:
        kind, hour, district, month: Events by kind (12), hour of the day (24), district by code
            (25) and month (36, nought outside the period).
        pixels: Events per pixel (`HEIGHT` × `WIDTH`, int32), rows from south to north.
        ms: Time taken, where only the peer can tell because it runs elsewhere; else None.
        charts_ms: Of it, or alone, the four charts; None where they cannot be separated.
        map_ms: The same of the map.
    """

    kind: np.ndarray
    hour: np.ndarray
    district: np.ndarray
    month: np.ndarray
    pixels: np.ndarray
    ms: float | None = None
    charts_ms: float | None = None
    map_ms: float | None = None

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the five answers, counts as int64 and pixels as int32."""
        charts = {name: np.asarray(getattr(self, name), np.int64) for name in CHARTS}
        return {**charts, "pixels": np.asarray(self.pixels, np.int32)}


class Peer(Protocol):
    """One way of doing the work.

    Attributes:
        name: Key on the command line.
        title: Name in the table.
        most_rows: Above this it is not run; None is any number.
        why: Why not above.
        activates: Whether it prepares something when a brush begins (`activate`).
        note: What the reader of its row should know.
    """

    name: str
    title: str
    most_rows: int | None = None
    why: str = ""
    activates: bool = False
    note: str = ""

    def obtain(self) -> None:
        """Install what the project has not, once and untimed.

        Raises:
            MissingPeerError: It cannot be had here.
        """

    def prepare(self, files: Sequence[Path], folder: Path) -> None:
        """Load the events in the form this peer wants.

        Args:
            files: Parquet files in the order of time: `at` (UTC), `district_code`, `kind`, `lon`,
                `lat` (degrees).
            folder: Empty; may be filled.
        """

    def activate(self) -> None:
        """Do what is done once when a brush begins."""

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days of Seoul's calendar, `high` not included."""

    def pids(self) -> tuple[int, ...]:
        """Return the processes whose memory counts."""
        return (os.getpid(),)

    def close(self) -> None:
        """Release everything."""


class MissingPeerError(Exception):
    """A peer cannot be had here; the message says why."""


def periods(count: int, *, seed: int = 2026) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield periods of days, each once, so that no cache answers in a peer's place."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        low, high = np.sort(random.choice(DAYS + 1, 2, replace=False))
        yield day(low), day(high)


def day(number: int) -> dt.date:
    """Return a day of the three years by its number."""
    return FIRST_DAY + dt.timedelta(days=int(number))


def number_of(date: dt.date) -> int:
    """Return the number of a day since the first of the three years."""
    return (date - FIRST_DAY).days


def instant(date: dt.date) -> dt.datetime:
    """Return when a day begins in Seoul (UTC, aware)."""
    midnight = dt.datetime.combine(date, dt.time(), dt.UTC)
    return midnight - dt.timedelta(hours=UTC_OFFSET_HOURS)


def months_of_days() -> np.ndarray:
    """Return the month of each day of the three years, numbered from 0 (uint8)."""
    dates = [day(n) for n in range(DAYS)]
    return np.array([12 * (date.year - FIRST_DAY.year) + date.month - 1 for date in dates], "u1")


def counted(chart: str, keys: Sequence[object], counts: Sequence[int]) -> np.ndarray:
    """Return the counts of a chart by position, from groups in any order.

    Args:
        chart: One of `CHARTS`.
        keys: Names of kinds, codes of districts, hours, or numbers of months.
        counts: Events of each.
    """
    values = np.zeros(SIZES[chart], np.int64)
    names = {"kind": KINDS, "district": DISTRICTS}.get(chart)
    at = [names.index(str(key)) for key in keys] if names else [int(str(key)) for key in keys]
    values[at] = counts
    return values


def painted(pixel: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the map of pixels numbered `x + WIDTH * y`."""
    image = np.zeros(WIDTH * HEIGHT, np.int32)
    image[np.asarray(pixel, np.int64)] = np.asarray(counts, np.int64)
    return image.reshape(HEIGHT, WIDTH)


def digest(steps: Sequence[Step]) -> str:
    """Return a checksum of everything that steps answer."""
    seen = hashlib.sha256()
    for step in steps:
        for name, values in step.arrays().items():
            seen.update(f"{name}{values.shape}{values.dtype}".encode())
            seen.update(np.ascontiguousarray(values))
    return seen.hexdigest()[:16]


def peak_mb(pids: Sequence[int]) -> float | None:
    """Return the most memory that running processes held, each at its own time (MiB).

    None where the system does not tell.
    """
    held = [_high_water(Path(f"/proc/{pid}/status")) for pid in pids]
    return sum(held) / 1024 if all(held) else None


def _high_water(path: Path) -> int:
    """Return a process's peak (KiB); `getrusage` would tell its parent's where that is more."""
    lines = path.read_text("ascii").splitlines() if path.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


class Clock:
    """Milliseconds since it was made or last read."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def lap(self) -> float:
        """Return the milliseconds since the last lap."""
        now = time.perf_counter()
        taken, self._began = 1000 * (now - self._began), now
        return taken
