"""City events to measure with: simulated from one seed, published as a city's own data are.

Three years of events by the rhythm of a day and of a year, in clusters around the centres of the 25
districts of Seoul, of 12 kinds of unequal frequency; a district is the one that the event lies in.
"""

import dataclasses
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import shapely
import yaml

from cityboard.catalog import Catalog
from cityboard.lake import Lake, Lineage, Snapshot

SEED = 2026
FIRST = np.datetime64("2022-12-31T15:00", "us")  # midnight of the new year in Seoul
DAYS = 1096  # 2023, 2024 with its leap day, 2025
LAST_DAY = dt.date(2025, 12, 31)
OF_A_DAY = [2, 1, 1, 1, 1, 2, 4, 8, 10, 8, 7, 7, 8, 8, 7, 8, 9, 11, 12, 10, 8, 6, 5, 3]
KINDS = [f"kind {n:02}" for n in range(12)]
FILE_ROWS = 10_000_000
CELLS_PER_DEGREE = 2**12  # in which the district is looked up
KEPT = ("areas.csv", "changes.csv", "city.yaml", "organisations.yaml", "outlines.parquet")
SEOUL = Path(__file__).parent.parent / "catalogs" / "seoul"
NO_REJECTS = pl.DataFrame(
    schema={
        "reason": pl.String,
        "source_file": pl.String,
        "source_row": pl.Int64,
        "row": pl.String,
    }
)


def make_city(folder: Path) -> Path:
    """Write the catalogue of a city that has nothing but events, and return its folder."""
    city = folder / "seoul"
    (city / "datasets").mkdir(parents=True, exist_ok=True)
    for part in ("boards", "indicators"):
        (city / part).mkdir(exist_ok=True)
    for name in KEPT:
        shutil.copy2(SEOUL / name, city / name)
    shutil.copy2(Path(__file__).with_name("events.yaml"), city / "datasets" / "events.yaml")
    board = yaml.safe_load((SEOUL / "boards" / "explore.yaml").read_text("utf-8"))
    (city / "boards" / "explore.yaml").write_text(
        yaml.safe_dump({**board, "dataset": "events"}, allow_unicode=True), "utf-8"
    )
    return city


def publish_events(lake: Lake, catalog: Catalog, rows: int) -> Snapshot:
    """Publish events in the order of time, ten million a file; nothing is done twice.

    Args:
        lake: Where to.
        catalog: Of `make_city`.
        rows: How many.
    """
    if "events" in lake.datasets():
        there = lake.snapshot("events")
        if there.rows == rows:
            return there
    for number, frame in enumerate(event_frames(catalog, rows)):
        mode = "append" if number else "replace"
        snapshot = append_events(lake, frame, source=f"{rows}:{number}", mode=mode)
    return snapshot


def append_events(lake: Lake, frame: pl.DataFrame, *, source: str, mode: str) -> Snapshot:
    """Publish one file of events."""
    count, (first, last) = frame.height, frame.select(pl.min("at"), pl.max("at").alias("to")).row(0)
    lineage = Lineage("figures", "simulated", "benchmark", source, "1", count, count, 0, {}, ())
    lineage = dataclasses.replace(lineage, first=first.isoformat(), last=last.isoformat())
    return lake.publish("events", frame, NO_REJECTS, lineage=lineage, mode=mode)  # type: ignore[arg-type]


def event_frames(catalog: Catalog, rows: int, *, seed: int = SEED) -> Iterator[pl.DataFrame]:
    """Yield the events in the order of time, a file at a time, each file sorted by place."""
    clusters = _Clusters(catalog)
    random = np.random.default_rng(seed)
    hours = 24 * DAYS
    season = 1 + 0.3 * np.sin(np.arange(hours) / 8766 * 2 * np.pi)
    weight = season * np.resize(OF_A_DAY, hours)
    per_hour = random.multinomial(rows, weight / weight.sum())
    ends = np.cumsum(per_hour)
    for start in range(0, rows, FILE_ROWS):
        count = min(FILE_ROWS, rows - start)
        hour = np.searchsorted(ends, np.arange(start, start + count), side="right")
        yield clusters.draw(hour.astype(np.int64), np.random.default_rng((seed, start)))


def later_events(catalog: Catalog, rows: int) -> pl.DataFrame:
    """Return events of the week after the three years."""
    random = np.random.default_rng((SEED, 7))
    hour = np.sort(random.integers(24 * DAYS, 24 * (DAYS + 7), rows))
    return _Clusters(catalog).draw(hour, random)


class _Clusters:
    """Where events lie: normal distributions around the centres of districts, within the city."""

    def __init__(self, catalog: Catalog) -> None:
        areas = [area for area in catalog.areas("district") if area.lon and area.lat]
        self._codes = [area.code for area in areas]
        self._centres = np.array([[area.lon, area.lat] for area in areas])
        self._spread = np.array([[(a.area_km2 or 24.0) ** 0.5 * 0.35] for a in areas])
        self._spread = self._spread / np.array([[88.2, 111.2]])
        shares = 1 / np.arange(1, len(areas) + 1) ** 0.5
        self._shares = shares / shares.sum()
        of_kinds = 1 / np.arange(1, len(KINDS) + 1) ** 0.8
        self._of_kinds = of_kinds / of_kinds.sum()
        self._west, self._south, east, north = catalog.city.bounding_box
        side = CELLS_PER_DEGREE
        width, height = int((east - self._west) * side) + 1, int((north - self._south) * side) + 1
        x, y = np.meshgrid((np.arange(width) + 0.5) / side, (np.arange(height) + 0.5) / side)
        self._district = np.full((height, width), -1, np.int8)
        outlines = {outline.code: outline for outline in catalog.outlines("district")}
        for number, code in enumerate(self._codes):
            shape = shapely.MultiPolygon(
                [shapely.Polygon(p[0], p[1:]) for p in outlines[code].polygons]
            )
            shapely.prepare(shape)
            inside = shapely.contains_xy(shape, x + self._west, y + self._south)
            self._district[inside] = number

    def draw(self, hour: np.ndarray, random: np.random.Generator) -> pl.DataFrame:
        """Return an event per hour given, sorted by place."""
        count = len(hour)
        cluster = random.choice(len(self._codes), count, p=self._shares)
        place = np.empty((count, 2))
        district = np.full(count, -1, np.int8)
        todo = np.arange(count)
        for narrowing in (1.0, 0.7, 0.4, 0.1, 0.0):
            chosen = cluster[todo]
            away = random.standard_normal((len(todo), 2), np.float32) * narrowing
            place[todo] = (self._centres[chosen] + away * self._spread[chosen]).round(6)
            district[todo] = self._look_up(place[todo])
            todo = todo[district[todo] < 0]
        seconds = hour * 3600 + random.integers(0, 3600, count)
        kinds = random.choice(len(KINDS), count, p=self._of_kinds)
        at = (FIRST + seconds.astype("timedelta64[s]")).astype("datetime64[us]")
        frame = pl.DataFrame(
            {
                "at": pl.Series(at).dt.replace_time_zone("UTC"),
                "district_code": pl.Series(self._codes).gather(district.astype(np.uint32)),
                "kind": pl.Series(KINDS).gather(kinds.astype(np.uint32)),
                "lon": place[:, 0],
                "lat": place[:, 1],
            }
        )
        return frame[np.argsort(_morton(place, self._west, self._south), kind="stable")]

    def _look_up(self, place: np.ndarray) -> np.ndarray:
        column = ((place[:, 0] - self._west) * CELLS_PER_DEGREE).astype(np.int64)
        row = ((place[:, 1] - self._south) * CELLS_PER_DEGREE).astype(np.int64)
        height, width = self._district.shape
        known = (column >= 0) & (row >= 0) & (column < width) & (row < height)
        found = np.full(len(place), -1, np.int8)
        found[known] = self._district[row[known], column[known]]
        return found


def _morton(place: np.ndarray, west: float, south: float) -> np.ndarray:
    """Return where points lie along a curve that keeps neighbours together (Morton 1966)."""
    code = np.zeros(len(place), np.uint32)
    x = ((place[:, 0] - west) * CELLS_PER_DEGREE).astype(np.uint32)
    y = ((place[:, 1] - south) * CELLS_PER_DEGREE).astype(np.uint32)
    for bit in range(12):
        code |= ((x >> bit) & 1) << (2 * bit) | ((y >> bit) & 1) << (2 * bit + 1)
    return code
