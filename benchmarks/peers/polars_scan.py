"""polars: a lazy scan of the files, five aggregations collected at once."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from benchmarks.peers.work import (
    BOTTOM,
    CELLS_PER_DEGREE,
    CHARTS,
    LEFT,
    UTC_OFFSET_HOURS,
    WIDTH,
    Peer,
    Step,
    counted,
    instant,
    painted,
)

LOCAL = pl.col("at") + pl.duration(hours=UTC_OFFSET_HOURS)


def _cell(column: str, first: int) -> pl.Expr:
    return (pl.col(column) * CELLS_PER_DEGREE).floor().cast(pl.Int32) - first


KEYS = {
    "kind": pl.col("kind"),
    "hour": LOCAL.dt.hour(),
    "district": pl.col("district_code"),
    "month": 12 * (LOCAL.dt.year() - 2023) + LOCAL.dt.month().cast(pl.Int32) - 1,
    "pixels": _cell("lon", LEFT) + WIDTH * _cell("lat", BOTTOM),
}


class PolarsScan(Peer):
    """On the files as they are."""

    name = "polars"
    title = "polars, lazy scan of parquet"

    def prepare(self, files: Sequence[Path], folder: Path) -> None:  # noqa: ARG002
        """Load the events."""
        self._events = pl.scan_parquet(files)

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        period = self._events.filter(pl.col("at") >= instant(low), pl.col("at") < instant(high))
        asked = [period.group_by(key.alias("k")).agg(pl.len().alias("n")) for key in KEYS.values()]
        found = dict(zip(KEYS, pl.collect_all(asked, engine="streaming"), strict=True))
        charts = {
            chart: counted(chart, found[chart]["k"].to_list(), found[chart]["n"].to_numpy())
            for chart in CHARTS
        }
        pixels = found["pixels"]
        return Step(**charts, pixels=painted(pixels["k"].to_numpy(), pixels["n"].to_numpy()))
