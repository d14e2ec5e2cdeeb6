"""Lumen's DuckDB source: the aggregations of a dashboard's pipelines, in Lumen's own Python."""

import base64
import datetime as dt
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.borrowed import python_with
from benchmarks.peers.duck import KEYS, LOCAL, files_sql
from benchmarks.peers.work import CHARTS, Peer, Step, counted, instant, painted

# beside duckdb 2 pip silently takes 0.10.1 of June 2025: a dependency of 1.3 and later needs 1.x
PACKAGES = ["lumen==1.4.0", "duckdb==1.5.6"]
CHILD = Path(__file__).with_name("lumen_child.py")


class LumenParquet(Peer):
    """On the files as they are."""

    name = "lumen-parquet"
    title = "Lumen 1.4.0 DuckDBSource, parquet"
    _kind = "VIEW"

    def obtain(self) -> None:
        """Install Lumen in an environment of its own."""
        self._python = python_with("lumen-1.4.0", PACKAGES)

    def prepare(self, files: Sequence[Path], folder: Path) -> None:
        """Load the events."""
        keys = ", ".join(f"{key} AS {name}" for name, key in KEYS.items() if name != "kind")
        located = f"SELECT *, {LOCAL} AS local_at FROM {files_sql(files)}"
        known = {
            "database": str(folder / "lumen.duckdb"),
            "kind": self._kind,
            "events": f'SELECT "at", kind, {keys}, 1 AS n FROM ({located})',
        }
        self._child = subprocess.Popen(
            [str(self._python), str(CHILD), json.dumps(known)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hear()

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        last = instant(high) - dt.timedelta(microseconds=1)  # Lumen includes both ends
        order = {"low": str(instant(low)), "last": str(last)}
        self._child.stdin.write(json.dumps(order) + "\n")
        self._child.stdin.flush()
        told = self._hear()
        charts = {chart: counted(chart, *told[chart]) for chart in CHARTS}
        image = painted(_unpacked(told["pixels"]), _unpacked(told["n"]))
        times = {name: told[name] for name in ("ms", "charts_ms", "map_ms")}
        return Step(**charts, pixels=image, **times)

    def _hear(self) -> dict[str, Any]:
        line = self._child.stdout.readline()
        if not line:
            msg = "Lumen's process ended; see its words above"
            raise RuntimeError(msg)
        return json.loads(line)

    def pids(self) -> tuple[int, ...]:
        """Return the processes whose memory counts."""
        return (self._child.pid,)

    def close(self) -> None:
        """Release everything."""
        self._child.stdin.close()
        self._child.wait(30)


class LumenTable(LumenParquet):
    """On a table of its own."""

    name = "lumen-table"
    title = "Lumen 1.4.0 DuckDBSource, native table"
    _kind = "TABLE"


def _unpacked(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.int32)
