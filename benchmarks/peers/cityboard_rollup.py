"""cityboard itself: the rollup of the events, asked as the store asks it."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from benchmarks.peers.work import (
    BOTTOM,
    CELLS_PER_DEGREE,
    HEIGHT,
    LEFT,
    WIDTH,
    Clock,
    Peer,
    Step,
    counted,
)
from cityboard.catalog import Dataset
from cityboard.engines import rollup
from cityboard.query import By, Field, Period, Pixels, Query
from cityboard.rollup import condense
from cityboard.rollup.manifest import read_manifest, write_manifest
from cityboard.selection import Interval

ENTRY = Path(__file__).parents[1] / "events.yaml"
PIXELS = Pixels(
    LEFT / CELLS_PER_DEGREE,
    BOTTOM / CELLS_PER_DEGREE,
    (LEFT + WIDTH) / CELLS_PER_DEGREE,
    (BOTTOM + HEIGHT) / CELLS_PER_DEGREE,
    WIDTH,
    HEIGHT,
)
BY: dict[str, By] = {
    "kind": Field("kind"),
    "hour": Field("hour"),
    "district": Field("district"),
    "month": Period("month"),
}


class CityboardRollup(Peer):
    """The cube and the points in order, mapped from the files that a build leaves."""

    name, title = "cityboard", "cityboard, rollup"

    def prepare(self, files: Sequence[Path], folder: Path) -> None:
        """Build the rollup and open it."""
        self._entry = Dataset.model_validate(yaml.safe_load(ENTRY.read_text("utf-8")))
        names = [path.name for path in files]
        write_manifest(condense(self._entry, files), folder, contract="", files=names)
        self._condensed = read_manifest(folder)

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        where, clock = (Interval(low, high),), Clock()
        charts = {name: self._chart(name, by, where) for name, by in BY.items()}
        charts_ms = clock.lap()
        query = Query("events", ("rows",), (PIXELS,), where)
        pixels = rollup.raster(query, self._entry, self._condensed)
        map_ms = clock.lap()
        return Step(**charts, pixels=pixels, charts_ms=charts_ms, map_ms=map_ms)

    def _chart(self, name: str, by: By, where: tuple[Interval, ...]) -> np.ndarray:
        query = Query("events", ("rows",), (by,), where)
        frame = rollup.answer(query, self._entry, self._condensed)
        keys = frame.iloc[:, 0]
        if name == "month":
            keys = 12 * (keys.dt.year - 2023) + keys.dt.month - 1
        return counted(name, keys.tolist(), frame["rows"].tolist())
