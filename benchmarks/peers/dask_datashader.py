"""dask and datashader: the same as pandas, in partitions held in memory."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import dask
import dask.dataframe as dd
import datashader as ds
import pandas as pd

from benchmarks.peers.frames import canvas, with_local_time
from benchmarks.peers.work import CHARTS, THREADS, Clock, Peer, Step, counted


class DaskDatashader(Peer):
    """In memory, a partition per row groups of the files."""

    name = "dask"
    title = "dask + datashader, in memory"
    most_rows = 100_000_000
    why = "the frame and its filtered copy do not fit into 24 GB beside the others"

    def prepare(self, files: Sequence[Path], folder: Path) -> None:  # noqa: ARG002
        """Load the events."""
        dask.config.set(
            {"scheduler": "threads", "num_workers": THREADS, "dataframe.convert-string": False}
        )
        read = dd.read_parquet([str(path) for path in files], split_row_groups=8)
        self._events = read.map_partitions(with_local_time).persist()

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        clock, at = Clock(), self._events["at"]
        period = self._events[(at >= pd.Timestamp(low)) & (at < pd.Timestamp(high))]
        found = dask.compute(*(period[chart].value_counts() for chart in CHARTS))
        charts = {
            chart: counted(chart, list(n.index), n.to_numpy())
            for chart, n in zip(CHARTS, found, strict=True)
        }
        charts_ms = clock.lap()
        image = canvas().points(period, "lon", "lat", ds.count()).to_numpy()
        return Step(**charts, pixels=image, charts_ms=charts_ms, map_ms=clock.lap())
