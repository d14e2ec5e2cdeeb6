"""What the rollup of events takes: to build, to grow, to open, to answer a brush and to draw maps.

Each figure is measured in a process of its own: `python -m benchmarks.engine PART FOLDER` prints it
as JSON. Answers are compared with those from rows in the same run.
"""

import argparse
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.events import DAYS, KINDS, append_events, later_events, make_city, publish_events
from cityboard.catalog import Catalog, Dataset
from cityboard.engines import rollup
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.lake import Lake, Snapshot
from cityboard.query import By, Field, Period, Query, pixels_of
from cityboard.rollup import Condensed, kernels, open_rollup, rollup_folder, write_rollup
from cityboard.selection import Clause, Interval, Members

FIRST_DAY = dt.date(2023, 1, 1)
LEVEL = 11  # pixels of 2^-11 degrees: the whole city on 902 × 616
ZOOMS = 5
STEPS, WARM_UP, REDRAWS, CHECKED = 60, 10, 300, 6
DRAGS, DRAG_STEPS = 8, 15
CHARTS: tuple[By, ...] = (Field("kind"), Field("hour"), Field("district"), Period("month"))


class City:
    """Events published in a folder, and their rollup."""

    def __init__(self, folder: Path) -> None:
        self.catalog = Catalog(folder / "city" / "seoul")
        self.lake = Lake(folder / "lake" / self.catalog.id)
        self.entry: Dataset = self.catalog.dataset("events")

    @property
    def snapshot(self) -> Snapshot:
        """Return the newest version."""
        return self.lake.snapshot("events")

    def open(self) -> Condensed:
        """Return its rollup."""
        condensed = open_rollup(self.entry, self.snapshot)
        if condensed is None:
            msg = "the events have no rollup; build it first"
            raise RuntimeError(msg)
        return condensed

    def period(self, random: np.random.Generator) -> Interval:
        """Return any period of days."""
        low, high = sorted(random.choice(DAYS + 1, 2, replace=False).tolist())
        return Interval(FIRST_DAY + dt.timedelta(days=low), FIRST_DAY + dt.timedelta(days=high))


def make_home(folder: Path, rows: int) -> City:
    """Publish events into a folder, unless they are there."""
    make_city(folder / "city")
    city = City(folder)
    publish_events(city.lake, city.catalog, rows)
    return city


def measure(part: str, folder: Path) -> dict[str, Any]:
    """Return what a part measures, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.engine", part, str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def build(folder: Path) -> dict[str, Any]:
    """Build the rollup from the version's files."""
    city = City(folder)
    shutil.rmtree(rollup_folder(city.entry, city.snapshot).parent, ignore_errors=True)
    began = time.perf_counter()
    written = write_rollup(city.entry, city.snapshot)
    seconds = time.perf_counter() - began
    size = sum(path.stat().st_size for path in written.iterdir())
    return {"seconds": seconds, "peak_mib": _peak_mib(), "mb": size / 1e6}


def append(folder: Path) -> dict[str, Any]:
    """Grow the rollup by a million rows, in a copy that shares the files there are."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        copy = Path(name)
        shutil.copytree(folder / "city", copy / "city")
        shutil.copytree(folder / "lake", copy / "lake", copy_function=os.link)
        city = City(copy)
        frame = later_events(city.catalog, 1_000_000)
        snapshot = append_events(city.lake, frame, source="later", mode="append")
        began = time.perf_counter()
        write_rollup(city.entry, snapshot)
        seconds = time.perf_counter() - began
        condensed, rows = city.open(), DuckDBEngine(city.lake.root, seconds=600)
        pixels = pixels_of(city.catalog.city.bounding_box, LEVEL)
        query = Query("events", ("rows",), (pixels,), (Members("kind", (KINDS[7],)),))
        _same(city, condensed, rows, query)
        return {"seconds": seconds, "rows": snapshot.rows}


def first(folder: Path) -> dict[str, Any]:
    """Open the rollup and ask the first step of a brush, the compiled loops being loaded."""
    city = City(folder)
    snapshot, began = city.snapshot, time.perf_counter()
    kernels.warm()
    loaded, began = time.perf_counter() - began, time.perf_counter()
    condensed = open_rollup(city.entry, snapshot)
    opened = time.perf_counter()
    assert condensed is not None
    where = (Interval(dt.date(2023, 4, 5), dt.date(2025, 2, 3)),)
    rollup.answer(Query("events", ("rows",), CHARTS[:1], where), city.entry, condensed)
    asked = time.perf_counter()
    _step(city, condensed, where)
    done = time.perf_counter()
    told = {
        "load": loaded,
        "open": opened - began,
        "first_chart": asked - opened,
        "first_step": done - opened,
    }
    return {f"{name}_ms": 1000 * seconds for name, seconds in told.items()}


def step(folder: Path) -> dict[str, Any]:
    """Answer the steps of a brush: four charts and the map of any period."""
    city, random = City(folder), np.random.default_rng(1)
    condensed, rows = city.open(), DuckDBEngine(city.lake.root, seconds=600)
    charts, maps = [], []
    for _ in range(WARM_UP + STEPS):
        charts_ms, map_ms = _step(city, condensed, (city.period(random),))
        charts.append(charts_ms)
        maps.append(map_ms)
    for _ in range(2):
        where = (city.period(random),)
        for query in _queries(city, where):
            _same(city, condensed, rows, query)
    total = np.add(charts, maps)[WARM_UP:]
    return {
        "ms": float(np.median(total)),
        "p95_ms": float(np.percentile(total, 95)),
        "charts_ms": float(np.median(charts[WARM_UP:])),
        "map_ms": float(np.median(maps[WARM_UP:])),
    }


def drag(folder: Path) -> dict[str, Any]:
    """Answer the steps of a drag: each period has ends up to two weeks from those before."""
    city, random = City(folder), np.random.default_rng(5)
    condensed, taken = city.open(), []
    for _ in range(DRAGS):
        low, high = (int(day) for day in np.sort(random.choice(DAYS + 1, 2, replace=False)))
        for step in range(DRAG_STEPS + 1):
            moved = random.integers(-14, 15, 2) * (random.random(2) < 0.7)
            low = int(np.clip(low + moved[0], 0, DAYS - 1))
            high = int(np.clip(high + moved[1], low + 1, DAYS))
            days = (FIRST_DAY + dt.timedelta(days=day) for day in (low, high))
            both = sum(_step(city, condensed, (Interval(*days),)))
            if step:
                taken.append(both)
    return {"ms": float(np.median(taken)), "p95_ms": float(np.percentile(taken, 95))}


def redraw(folder: Path) -> dict[str, Any]:
    """Draw any window of any zoom, period and one kind, one district or neither, each once."""
    city, random = City(folder), np.random.default_rng(2)
    kernels.warm()
    condensed, rows = city.open(), DuckDBEngine(city.lake.root, seconds=600)
    taken: list[tuple[int, str, float]] = []
    for number in range(REDRAWS):
        zoom, kind = number % ZOOMS, ("none", "kind", "district")[number // ZOOMS % 3]
        query = _window(city, random, zoom, kind)
        began = time.perf_counter()
        rollup.raster(query, city.entry, condensed)
        taken.append((zoom, kind, 1000 * (time.perf_counter() - began)))
    for number in range(CHECKED):
        kind = ("none", "kind", "district")[number % 3]
        _same(city, condensed, rows, _window(city, random, number % ZOOMS, kind))
    frame = pd.DataFrame(taken, columns=["zoom", "filter", "ms"])
    by = frame.groupby(["filter", "zoom"])["ms"].quantile(0.95).round(2)
    return {
        "first_ms": taken[0][2],
        "median_ms": float(frame["ms"].median()),
        "p95_ms": float(frame["ms"].quantile(0.95)),
        "max_ms": float(frame["ms"].max()),
        "p95_by": {f"{name} z{zoom}": ms for (name, zoom), ms in by.items()},
    }


def box(folder: Path) -> dict[str, Any]:
    """Answer four charts of a box on the map, each box once."""
    from cityboard.selection import Box  # noqa: PLC0415

    city, random = City(folder), np.random.default_rng(3)
    condensed, rows = city.open(), DuckDBEngine(city.lake.root, seconds=600)
    taken = []
    for number in range(WARM_UP + 30):
        pixels = pixels_of(_part(city, random, random.uniform(0.1, 0.6)), LEVEL)
        where = (Box(pixels.west, pixels.south, pixels.east, pixels.north),)
        began = time.perf_counter()
        for by in CHARTS:
            query = Query("events", ("rows",), (by,), where)
            rollup.answer(query, city.entry, condensed)
        taken.append(1000 * (time.perf_counter() - began))
        if number < 2:
            _same(city, condensed, rows, query)
    measured = taken[WARM_UP:]
    return {"ms": float(np.median(measured)), "p95_ms": float(np.percentile(measured, 95))}


def server(folder: Path) -> dict[str, Any]:
    """Show the steps of a brush on a board: answers, shading, drawing and the message."""
    from benchmarks.server_step import measure_server_steps  # noqa: PLC0415 - loads the screen

    city = City(folder)
    periods = [city.period(np.random.default_rng((4, n))) for n in range(WARM_UP + STEPS)]
    steps, rests, size = measure_server_steps(city.catalog, city.lake, periods)
    return {
        "ms": float(np.median(steps[WARM_UP:])),
        "p95_ms": float(np.percentile(steps[WARM_UP:], 95)),
        "rest_ms": float(np.median(rests[WARM_UP:])),
        "bytes": size,
    }


def _queries(city: City, where: tuple[Clause, ...]) -> list[Query]:
    pixels = pixels_of(city.catalog.city.bounding_box, LEVEL)
    return [Query("events", ("rows",), (by,), where) for by in (*CHARTS, pixels)]


def _step(city: City, condensed: Condensed, where: tuple[Clause, ...]) -> tuple[float, float]:
    """Answer four charts and the map; return the milliseconds of both."""
    *charts, drawn = _queries(city, where)
    began = time.perf_counter()
    for query in charts:
        rollup.answer(query, city.entry, condensed)
    charted = time.perf_counter()
    rollup.raster(drawn, city.entry, condensed)
    done = time.perf_counter()
    return 1000 * (charted - began), 1000 * (done - charted)


def _part(city: City, random: np.random.Generator, share: float) -> tuple[float, ...]:
    """Return a window of a share of each side, half of them around the centre of a district."""
    west, south, east, north = city.catalog.city.bounding_box
    width, height = (east - west) * share, (north - south) * share
    left = west + random.random() * (east - west - width)
    low = south + random.random() * (north - south - height)
    if random.random() < 0.5:
        area = random.choice(np.array(city.catalog.areas("district"), object))
        left = float(np.clip((area.lon or west) - width / 2, west, east - width))
        low = float(np.clip((area.lat or south) - height / 2, south, north - height))
    return left, low, left + width, low + height


def _window(city: City, random: np.random.Generator, zoom: int, kind: str) -> Query:
    window = _part(city, random, 1 / 2**zoom)
    pixels = pixels_of(window, LEVEL + zoom)  # type: ignore[arg-type]
    where: list[Clause] = [city.period(random)]
    if kind == "kind":
        where.append(Members("kind", (str(random.choice(KINDS)),)))
    if kind == "district":
        codes = [area.code for area in city.catalog.areas("district")]
        where.append(Members("area", (str(random.choice(codes)),)))
    return Query("events", ("rows",), (pixels,), tuple(where))


def _same(city: City, condensed: Condensed, rows: DuckDBEngine, query: Query) -> None:
    """Compare the rollup's answer with that from rows, to the bit."""
    held = rollup.answer(query, city.entry, condensed)
    told = rows.answer(query, city.entry, city.snapshot)
    pd.testing.assert_frame_equal(held, told, check_exact=True)


def _peak_mib() -> float:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "build": build,
    "append": append,
    "first": first,
    "step": step,
    "drag": drag,
    "redraw": redraw,
    "box": box,
    "server": server,
}


def main() -> None:
    """Measure one part and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(PARTS[given.part](given.folder)) + "\n")


if __name__ == "__main__":
    main()
