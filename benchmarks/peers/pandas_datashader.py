"""pandas and datashader: a mask, value counts, and points on a canvas."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import datashader as ds
import pandas as pd

from benchmarks.peers.frames import canvas, read_events
from benchmarks.peers.work import CHARTS, Clock, Peer, Step, counted


class PandasDatashader(Peer):
    """In memory."""

    name = "pandas"
    title = "pandas + datashader, in memory"
    most_rows = 100_000_000
    why = "the frame and its filtered copy do not fit into 24 GB beside the others"

    def prepare(self, files: Sequence[Path], folder: Path) -> None:  # noqa: ARG002
        """Load the events."""
        self._events = read_events(files)

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        clock, at = Clock(), self._events["at"]
        period = self._events[(at >= pd.Timestamp(low)) & (at < pd.Timestamp(high))]
        filter_ms = clock.lap()
        found = {chart: period[chart].value_counts() for chart in CHARTS}
        charts = {chart: counted(chart, list(n.index), n.to_numpy()) for chart, n in found.items()}
        charts_ms = filter_ms + clock.lap()
        image = canvas().points(period, "lon", "lat", ds.count()).to_numpy()
        return Step(**charts, pixels=image, charts_ms=charts_ms, map_ms=filter_ms + clock.lap())
