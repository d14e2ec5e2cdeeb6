"""The published algorithm of Mosaic in SQL: tables by the brush's bins and each chart's groups.

Heer and Moritz, "Mosaic: An Architecture for Scalable & Interoperable Data Views", IEEE TVCG
30(1), 2024, section 5.2. Its own coordinator is measured in `mosaic.py`; this stands for it where
there is no Node.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.peers.duck import KEYS, LOCAL, files_sql
from benchmarks.peers.work import (
    CHARTS,
    FIRST_DAY,
    THREADS,
    Clock,
    Peer,
    Step,
    counted,
    number_of,
    painted,
)


class PreAggregated(Peer):
    """Sums of pre-aggregates by day, made when the brush begins."""

    name = "preaggregated"
    title = "Mosaic's algorithm, in DuckDB"
    most_rows = 100_000_000
    why = "the map's pre-aggregate has nearly as many rows as the events"
    activates = True

    def prepare(self, files: Sequence[Path], folder: Path) -> None:
        """Load the events."""
        self._connection = duckdb.connect(
            str(folder / "events.duckdb"), config={"threads": THREADS}
        )
        self._connection.execute(
            f"CREATE TABLE events AS SELECT *, {LOCAL} AS local_at, "
            f"date_diff('day', DATE '{FIRST_DAY}', local_at::DATE) AS day FROM {files_sql(files)}"
        )

    def activate(self) -> None:
        """Pre-aggregate by day."""
        clock = Clock()
        for name, key in KEYS.items():
            if name == "pixels":
                self.note = f"charts alone are active after {clock.lap():,.0f} ms"
            self._connection.execute(
                f"CREATE TABLE by_{name} AS "
                f"SELECT {key} AS k, day, count(*) AS n FROM events GROUP BY ALL"
            )

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        clock, values = Clock(), [number_of(low), number_of(high) - 1]
        charts = {chart: counted(chart, *self._sums(chart, values)) for chart in CHARTS}
        charts_ms = clock.lap()
        image = painted(*self._sums("pixels", values))
        return Step(**charts, pixels=image, charts_ms=charts_ms, map_ms=clock.lap())

    def _sums(self, name: str, values: list[int]) -> tuple[np.ndarray, np.ndarray]:
        sql = f"SELECT k, sum(n)::BIGINT AS n FROM by_{name} WHERE day BETWEEN ? AND ? GROUP BY k"
        found = self._connection.execute(sql, values).fetchnumpy()
        return found["k"], found["n"]

    def close(self) -> None:
        """Release everything."""
        self._connection.close()
