"""DuckDB, as one writes it by hand: five questions a step, or one with grouping sets."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.peers.work import (
    BOTTOM,
    CELLS_PER_DEGREE,
    CHARTS,
    LEFT,
    THREADS,
    WIDTH,
    Clock,
    Peer,
    Step,
    counted,
    instant,
    painted,
)

# `timezone('Asia/Seoul', "at")` says the same and takes twice as long
LOCAL = 'make_timestamp(epoch_us("at")) + INTERVAL 9 HOUR'
PIXEL = (
    f"floor(lon * {CELLS_PER_DEGREE})::INTEGER - {LEFT} + "
    f"{WIDTH} * (floor(lat * {CELLS_PER_DEGREE})::INTEGER - {BOTTOM})"
)
KEYS = {
    "kind": "kind",
    "hour": "hour(local_at)",
    "district": "district_code",
    "month": "12 * (year(local_at) - 2023) + month(local_at) - 1",
    "pixels": PIXEL,
}
PERIOD = '"at" >= ? AND "at" < ?'


def files_sql(files: Sequence[Path]) -> str:
    """Return the table function that reads the files."""
    names = ", ".join("'{}'".format(str(path).replace("'", "''")) for path in files)
    return f"read_parquet([{names}])"


class _DuckDB(Peer):
    """Five questions a step, asked one after the other with both threads each."""

    def prepare(self, files: Sequence[Path], folder: Path) -> None:
        """Load the events."""
        self._connection = duckdb.connect(
            str(folder / "events.duckdb"), config={"threads": THREADS}
        )
        self._connection.execute(
            f"CREATE {self._kind} events AS SELECT *, {LOCAL} AS local_at FROM {files_sql(files)}"
        )

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        clock, values = Clock(), [instant(low), instant(high)]
        charts = {chart: counted(chart, *self._ask(chart, values)) for chart in CHARTS}
        charts_ms = clock.lap()
        image = painted(*self._ask("pixels", values))
        return Step(**charts, pixels=image, charts_ms=charts_ms, map_ms=clock.lap())

    def _ask(self, name: str, values: list[dt.datetime]) -> tuple[np.ndarray, np.ndarray]:
        sql = f"SELECT {KEYS[name]} AS k, count(*) AS n FROM events WHERE {PERIOD} GROUP BY ALL"
        found = self._connection.execute(sql, values).fetchnumpy()
        return found["k"], found["n"]

    def close(self) -> None:
        """Release everything."""
        self._connection.close()


class DuckDBParquet(_DuckDB):
    """On the files as they are."""

    name = "duckdb-parquet"
    title = "DuckDB, parquet"
    _kind = "VIEW"


class DuckDBTable(_DuckDB):
    """On a table of its own."""

    name = "duckdb-table"
    title = "DuckDB, native table"
    _kind = "TABLE"


class _GroupingSets(_DuckDB):
    """One question a step: every chart and the map as a grouping set of one pass."""

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        columns = ", ".join(f"{key} AS {name}" for name, key in KEYS.items())
        sql = (
            f"SELECT grouping({', '.join(KEYS)}) AS told, {', '.join(KEYS)}, count(*) AS n "
            f"FROM (SELECT {columns} FROM events WHERE {PERIOD}) "
            f"GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in KEYS)})"
        )
        values = [instant(low), instant(high)]
        found = self._connection.execute(sql, values).fetchnumpy()
        answers = {}
        for place, name in enumerate(KEYS):
            # a bit for each key that a row does not tell, the first key's the highest
            rows = found["told"] == (31 ^ (16 >> place))
            keys = np.ma.getdata(found[name])[rows]
            answers[name] = (keys, found["n"][rows])
        charts = {chart: counted(chart, *answers[chart]) for chart in CHARTS}
        return Step(**charts, pixels=painted(*answers["pixels"]))


class DuckDBParquetSets(_GroupingSets):
    """On the files as they are."""

    name = "duckdb-parquet-sets"
    title = "DuckDB, parquet, GROUPING SETS"
    _kind = "VIEW"


class DuckDBTableSets(_GroupingSets):
    """On a table of its own."""

    name = "duckdb-table-sets"
    title = "DuckDB, native table, GROUPING SETS"
    _kind = "TABLE"
