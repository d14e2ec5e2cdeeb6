"""Mosaic: its own coordinator under Node, and a DuckDB server with a table of its own."""

import base64
import datetime as dt
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from benchmarks.peers.borrowed import cache_folder
from benchmarks.peers.duck import LOCAL, files_sql
from benchmarks.peers.mosaic_server import MosaicServer
from benchmarks.peers.work import (
    BOTTOM,
    CELLS_PER_DEGREE,
    CHARTS,
    DAYS,
    FIRST_DAY,
    HEIGHT,
    LEFT,
    THREADS,
    WIDTH,
    MissingPeerError,
    Peer,
    Step,
    counted,
    number_of,
)

VERSION = "0.32.0"
PACKAGES = {
    "private": True,
    "dependencies": {"@uwdata/mosaic-core": VERSION, "@uwdata/mosaic-sql": VERSION},
    # 2.7.0 depends on a package that not every registry has
    "overrides": {"@uwdata/flechette": "2.5.0", "@uwdata/mosaic-sql": VERSION},
}
OLDEST_NODE = 20
NODE_WITH_SOCKETS = 22
INSTALL_SECONDS = 600
DRIVER = Path(__file__).with_name("mosaic.mjs")
COLUMNS = f"""
    kind,
    hour(local_at)::INTEGER AS hour,
    district_code AS district,
    (12 * (year(local_at) - 2023) + month(local_at) - 1)::INTEGER AS month,
    date_diff('day', DATE '{FIRST_DAY}', local_at::DATE)::INTEGER AS day,
    lon,
    lat
"""


class Mosaic(Peer):
    """Every client is pre-aggregated by the days of the brush.

    The brush is over a column of whole days and its scale has a pixel a day: the fewest bins with
    which its answers are exact.
    """

    name = "mosaic"
    title = f"Mosaic {VERSION}, coordinator and DuckDB server"
    most_rows = 100_000_000
    why = "the map's pre-aggregate has nearly as many rows as the events"
    activates = True
    _stable = True

    def obtain(self) -> None:
        """Find Node and install Mosaic's packages."""
        self._node, self._modules = _node(), _packages()

    def prepare(self, files: Sequence[Path], folder: Path) -> None:
        """Load the events, start the server and draw the two boards for the first time."""
        self._connection = duckdb.connect(
            str(folder / "events.duckdb"), config={"threads": THREADS}
        )
        self._connection.execute(
            f"CREATE TABLE events AS SELECT {COLUMNS} "
            f"FROM (SELECT *, {LOCAL} AS local_at FROM {files_sql(files)})"
        )
        self._server = MosaicServer(self._connection)
        known = {"cells": CELLS_PER_DEGREE, "left": LEFT, "bottom": BOTTOM, "days": DAYS}
        known |= {"width": WIDTH, "height": HEIGHT, "stable": self._stable}
        self._driver = subprocess.Popen(
            [*self._node, str(DRIVER), str(self._modules), self._server.uri, json.dumps(known)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hear()

    def activate(self) -> None:
        """Pre-aggregate by day."""
        told = self._order(do="activate", low=0, high=DAYS - 1)
        self.note = f"charts alone are active after {told['charts_ms']:,.0f} ms"

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        told = self._order(do="step", low=number_of(low), high=number_of(high) - 1)
        charts = {
            chart: counted(chart, *zip(*told[chart].items(), strict=True)) for chart in CHARTS
        }
        pixels = np.frombuffer(base64.b64decode(told["pixels"]), np.int32).reshape(HEIGHT, WIDTH)
        return Step(**charts, pixels=pixels, ms=told["ms"], charts_ms=told["charts_ms"])

    def _order(self, **order: Any) -> dict[str, Any]:
        self._driver.stdin.write(json.dumps(order) + "\n")
        self._driver.stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        line = self._driver.stdout.readline()
        told = json.loads(line) if line else {"error": "the driver ended; see above"}
        if "error" in told:
            raise RuntimeError(told["error"])
        return told

    def pids(self) -> tuple[int, ...]:
        """Return the processes whose memory counts."""
        return (os.getpid(), self._driver.pid)

    def close(self) -> None:
        """Release everything."""
        self._driver.stdin.close()
        self._driver.wait(30)
        self._server.close()
        self._connection.close()


class MosaicMapOfRows(Mosaic):
    """The charts are pre-aggregated, the map asks the rows."""

    name = "mosaic-map-of-rows"
    title = f"Mosaic {VERSION}, its map not pre-aggregated"
    most_rows = None
    why = ""
    _stable = False


def _node() -> list[str]:
    """Return the command that runs Node with web sockets."""
    found = shutil.which("node")
    if not found:
        msg = "Node is not installed; the row of its algorithm stands for it"
        raise MissingPeerError(msg)
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    major = int(re.match(r"v(\d+)", told)[1])
    if major < OLDEST_NODE:
        msg = f"Node {major} is too old, {OLDEST_NODE} is needed; its algorithm's row stands for it"
        raise MissingPeerError(msg)
    return [found] if major >= NODE_WITH_SOCKETS else [found, "--experimental-websocket"]


def _packages() -> Path:
    """Install Mosaic's packages once, and return the folder that holds their `node_modules`."""
    folder = cache_folder() / f"mosaic-{VERSION}"
    if (folder / "installed").exists():
        return folder
    npm = shutil.which("npm")
    if not npm:
        msg = "npm is not installed; the row of its algorithm stands for it"
        raise MissingPeerError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps(PACKAGES), "utf-8")
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund"]
    command += ["--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=INSTALL_SECONDS,
        env=os.environ,
    )
    if done.returncode:
        msg = f"its packages could not be had from npm: {done.stderr.strip()[:300]}"
        raise MissingPeerError(msg)
    (folder / "installed").touch()
    return folder
