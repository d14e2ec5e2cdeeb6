"""Brush a period over city events: four charts from a rollup, against the same from rows.

`python -m benchmarks.brush --rows 100e6 --json results.json`

Events of one seed: 25 districts of unequal size, 12 categories, three years by the hour with the
rhythm of a day and of a year. Every answer of the rollup is compared with that of the rows.
"""

import argparse
import dataclasses
import datetime as dt
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cityboard.catalog import Dataset
from cityboard.engines import cube as cube_engine
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.lake import Lineage, Snapshot
from cityboard.query import Field, Period, Query
from cityboard.rollup import open_rollup, rollup_folder, write_rollup
from cityboard.selection import Interval

FIRST = np.datetime64("2022-12-31T15:00", "us")  # midnight of the new year in Seoul
HOURS = 3 * 8766
OF_A_DAY = [2, 1, 1, 1, 1, 2, 4, 8, 10, 8, 7, 7, 8, 8, 7, 8, 9, 11, 12, 10, 8, 6, 5, 3]
DISTRICTS = [f"11{n:03}" for n in range(110, 860, 30)]
KINDS = [f"kind {n:02}" for n in range(12)]
BATCH_ROWS = 5_000_000
MEASURED = 9
WORDS = {"ko": "값", "en": "Value"}
CHARTS = {
    "by category": (Field("kind"),),
    "by hour": (Field("hour"),),
    "by district": (Field("district"),),
    "by month": (Period("month"),),
}


@dataclasses.dataclass(frozen=True)
class Result:
    """What one run measured.

    Attributes:
        seconds_to_build: From the snapshot's files to a rollup on the disk.
        peak_rss_mb: Most memory held while building (MiB).
        rollup_mb: Size of the rollup (MB).
        ms_to_open: From a closed rollup, checksums compared, to the first answer.
        ms: Chart → milliseconds (median) from the rollup and from rows; `brush` is all four.
    """

    rows: int
    seconds_to_build: float
    peak_rss_mb: float
    rollup_mb: float
    ms_to_open: float
    ms: dict[str, tuple[float, float]]


def dataset() -> Dataset:
    """Return the entry of the events."""
    columns = [("at", "timestamp", "time"), ("area", "string", "code"), ("kind", "string", "code")]
    return Dataset.model_validate(
        {
            "id": "events",
            "title": WORDS,
            "description": WORDS,
            "publisher": WORDS,
            "licence": "CC0-1.0",
            "frequency": "H",
            "theme": "safety",
            "columns": [
                {"name": name, "type": kind, "unit": unit, "title": WORDS}
                for name, kind, unit in columns
            ],
            "key": ["at", "area", "kind"],
            "time": {"column": "at", "grain": "hour"},
            "place": {"level": "district", "area": "area"},
            "measures": [],
            "dimensions": ["kind"],
            "rollup": {"dimensions": ["kind"]},
            "stale_after_days": 1,
            "distributions": [
                {"kind": "simulation", "system": "none", "cleaner": "none", "path": ["none"]}
                | {"note": WORDS}
            ],
            "dcat": {"identifier": "none", "theme": [], "keyword": {}},
        }
    )


def write_events(folder: Path, rows: int) -> Snapshot:
    """Write simulated events in the order of time."""
    random = np.random.default_rng(2026)
    season = 1 + 0.3 * np.sin(np.arange(HOURS) / 8766 * 2 * np.pi)
    weight = season * np.resize(OF_A_DAY, HOURS)
    hours = np.repeat(np.arange(HOURS), random.multinomial(rows, weight / weight.sum()))
    shares = [1 / np.arange(1, len(names) + 1) ** 0.8 for names in (DISTRICTS, KINDS)]
    path = folder / "events.parquet"
    schema = pa.schema(
        [
            ("at", pa.timestamp("us", tz="UTC")),
            *((name, pa.dictionary(pa.int8(), pa.string())) for name in ("area", "kind")),
        ]
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for start in range(0, rows, BATCH_ROWS):
            at = FIRST + hours[start : start + BATCH_ROWS].astype("timedelta64[h]")
            drawn = [
                random.choice(len(share), len(at), p=share / share.sum()).astype(np.int8)
                for share in shares
            ]
            named = [
                pa.DictionaryArray.from_arrays(codes, names)
                for codes, names in zip(drawn, (DISTRICTS, KINDS), strict=True)
            ]
            file.write_table(pa.table([pa.array(at, pa.timestamp("us", tz="UTC")), *named], schema))
    lineage = Lineage("none", "simulated", "benchmark", "", "", rows, rows, 0, {}, ())
    return Snapshot("events", 0, dt.datetime.now(dt.UTC), (path,), (), lineage, rows)


def measure(rows: int, folder: Path) -> Result:
    """Build a rollup of events and time a brush, each answer compared with the rows' own."""
    entry, snapshot = dataset(), write_events(folder, rows)
    began = time.perf_counter()
    write_rollup(entry, snapshot)
    built = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    files = rollup_folder(entry, snapshot).iterdir()
    began = time.perf_counter()
    cube = open_rollup(entry, snapshot)
    if cube is None:
        msg = "the rollup that was just written is not there"
        raise RuntimeError(msg)
    cube_engine.answer(Query("events", ("rows",)), entry, cube)
    opened = 1000 * (time.perf_counter() - began)
    engine = DuckDBEngine(folder, seconds=600)
    ms = {}
    for name, by in CHARTS.items():
        query = Query(
            "events", ("rows",), by, (Interval(dt.date(2023, 4, 5), dt.date(2025, 2, 3)),)
        )
        held, from_rollup = _timed(lambda q=query: cube_engine.answer(q, entry, cube))
        told, from_rows = _timed(lambda q=query: engine.answer(q, entry, snapshot))
        pd.testing.assert_frame_equal(held, told, check_exact=True)
        ms[name] = (from_rollup, from_rows)
    ms["brush"] = (sum(one for one, _ in ms.values()), sum(one for _, one in ms.values()))
    return Result(rows, built, peak, sum(f.stat().st_size for f in files) / 1e6, opened, ms)


def _timed(ask: Callable[[], pd.DataFrame]) -> tuple[pd.DataFrame, float]:
    """Return an answer and the median milliseconds of asking, after one to warm up."""
    frame, taken = ask(), []
    for _ in range(MEASURED):
        began = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - began))
    return frame, statistics.median(taken)


def main() -> None:
    """Measure, print and, if asked, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(int(given.rows), Path(folder))
    sys.stdout.write(
        f"{result.rows:,} rows: built in {result.seconds_to_build:.1f} s with at most "
        f"{result.peak_rss_mb:,.0f} MiB; {result.rollup_mb:.1f} MB; "
        f"first answer {result.ms_to_open:.0f} ms after opening\n"
    )
    for name, (rollup, rows) in result.ms.items():
        ratio = rows / rollup
        sys.stdout.write(
            f"{name:12} rollup {rollup:8.2f} ms   rows {rows:8.1f} ms   × {ratio:,.0f}\n"
        )
    if given.json:
        given.json.write_text(json.dumps(dataclasses.asdict(result), indent=2), "utf-8")


if __name__ == "__main__":
    main()
