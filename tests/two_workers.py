"""Build a cube by two workers of Spark, each a process, and compare it with our own.

`python -m tests.two_workers FOLDER` reads the parquet files of a folder, written by `write_visits`,
and prints how many workers there were.
"""

import dataclasses
import datetime as dt
import sys
from pathlib import Path

import numpy as np
import polars as pl

from cityboard.catalog import Dataset, Rollup
from cityboard.engines.grouped import grouped_cube
from cityboard.engines.runner import DuckDBRunner
from cityboard.engines.spark import SparkRunner, start_spark
from cityboard.lake import Snapshot
from cityboard.rollup import build_cube
from tests.clusters import OPTIONS, PROCESSES
from tests.cubes import assert_equal_cubes
from tests.snapshots import write_snapshot
from tests.spec.tables import table

FILES, ROWS = 4, 10_000
WAIT = {"spark.scheduler.minRegisteredResourcesRatio": "1.0", "spark.sql.shuffle.partitions": "2"}
VISITS = table(
    "id | at | area | kind | persons | minutes\na | 2026-03-01 00:00 | 11110 | park | 1 | 1.0"
)


def dataset() -> Dataset:
    """Return the entry of the visits."""
    return VISITS.dataset.model_copy(update={"rollup": Rollup(dimensions=("kind",))})


def write_visits(folder: Path) -> Snapshot:
    """Write 40,000 visits in four files; every seventh has no number of persons."""
    parts = [write_snapshot(_visits(n), folder, name=f"part_{n}") for n in range(FILES)]
    return dataclasses.replace(parts[0], files=tuple(part.files[0] for part in parts))


def _visits(seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    begin = np.datetime64("2026-03-01T00:00:00", "us")
    persons = pl.Series(random.integers(0, 2**40, ROWS))
    return pl.DataFrame(
        {
            "id": [str(n) for n in range(ROWS)],
            "at": begin + random.integers(0, 60 * 86_400, ROWS) * np.timedelta64(1, "s"),
            "area": random.choice(["11110", "11140", "11170", "11200"], ROWS),
            "kind": random.choice(["park", "museum", "zoo"], ROWS),
            "persons": persons.set(persons % 7 == 0, None),
            "minutes": random.integers(0, 4000, ROWS) / 4,
        }
    ).with_columns(pl.col("at").dt.replace_time_zone("UTC"))


def main(folder: Path) -> None:
    """Compare and print."""
    files = tuple(sorted(folder.glob("*/rows.parquet")))
    snapshot = Snapshot("visits", 0, dt.datetime.now(dt.UTC), files, (), None, FILES * ROWS)  # type: ignore[arg-type]
    session = start_spark(PROCESSES, {**OPTIONS, **WAIT})
    expected = build_cube(dataset(), snapshot)
    assert_equal_cubes(grouped_cube(dataset(), files, SparkRunner(session)), expected)
    assert_equal_cubes(grouped_cube(dataset(), files, DuckDBRunner(folder)), expected)
    driver_and_workers = session.sparkContext._jsc.sc().getExecutorMemoryStatus().size()
    session.stop()
    sys.stdout.write(f"{driver_and_workers - 1} workers, {len(files)} files, equal\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
