"""Ask Lumen's DuckDB source; runs in an environment of its own, which has no cityboard.

`python lumen_child.py '{"database": …, "kind": …, "events": …}'`: orders as lines of JSON on the
input, answers on the output.
"""

import base64
import json
import sys
import time

import duckdb
import lumen
import numpy as np
from lumen.sources.duckdb import DuckDBSource
from lumen.transforms.sql import SQLGroupBy

CHARTS = ("kind", "hour", "district", "month")
THREADS = 2


def make_source(database: str, kind: str, events: str) -> DuckDBSource:
    """Return a source over a view of the files or a table of its own.

    Args:
        database: File to make.
        kind: `VIEW` or `TABLE`.
        events: SQL of the events with the columns of the charts. Lumen prints what it is given
            anew in a dialect that has no lists of files, so it is given a name.
    """
    with duckdb.connect(database, config={"threads": THREADS}) as connection:
        connection.execute(f"CREATE {kind} prepared AS {events}")
    return DuckDBSource(
        uri=database,
        tables=["prepared"],
        initializers=[f"SET threads = {THREADS}"],
    )


def answer(source: DuckDBSource, order: dict) -> dict:
    """Answer one period: a question a chart through the source's own transforms."""
    told, began = {}, time.perf_counter()
    period = (order["low"], order["last"])
    for chart in CHARTS:
        frame = _counts(source, chart, period)
        told[chart] = [frame[chart].tolist(), frame["n"].tolist()]
    told["charts_ms"] = 1000 * (time.perf_counter() - began)
    frame = _counts(source, "pixels", period)
    told["ms"] = 1000 * (time.perf_counter() - began)
    told["map_ms"] = told["ms"] - told["charts_ms"]
    told["pixels"] = _packed(frame["pixels"])
    told["n"] = _packed(frame["n"])
    return told


def _counts(source: DuckDBSource, column: str, period: tuple[str, str]):  # noqa: ANN202
    group = SQLGroupBy(by=[column], aggregates={"COUNT": "n"})
    return source.get("prepared", at=period, sql_transforms=[group])


def _packed(values: object) -> str:
    return base64.b64encode(np.asarray(values, np.int32).tobytes()).decode()


def main() -> None:
    """Serve orders until the input ends."""
    known = json.loads(sys.argv[1])
    source = make_source(known["database"], known["kind"], known["events"])
    sys.stdout.write(json.dumps({"version": lumen.__version__}) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(source, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
