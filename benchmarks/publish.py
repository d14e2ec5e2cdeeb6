"""Publish a large CSV: rows a second from file to acknowledged snapshot, and peak memory.

`python -m benchmarks.publish --rows 10e6 --json results.json`

The path is that of every published file: checksum of the input, polars reads each value as text,
`conform` types and checks every row against the contract of its catalogue entry (pandera, area
codes, bounding box, unique key), and the lake writes, hashes and flushes a new version. Each run
is a process of its own, so that its peak memory is its own.
"""

import argparse
import dataclasses
import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from cityboard.catalog import Catalog, Dataset
from cityboard.lake import Lake, Lineage
from data_sources.delimited import read_csv
from data_sources.draft import conform
from data_sources.fetched import fetch_files
from data_sources.publish import code_version

SEOUL = Path(__file__).parents[1] / "catalogs/seoul"
FIRST_DAY = dt.date(2024, 1, 1)
GROUPS = 16
BAD_ROWS = 1_000_003  # every so many rows one is out of range, and must be rejected

ENTRY = {
    "id": "visits",
    "title": {"ko": "방문", "en": "Visits"},
    "description": {"ko": "시험용 자료.", "en": "Made for this benchmark."},
    "publisher": {"ko": "시험", "en": "Benchmark"},
    "licence": "CC0-1.0",
    "frequency": "H",
    "theme": "people",
    "columns": [
        {"name": "visit_date", "type": "date", "unit": "date"},
        {"name": "hour", "type": "int32", "unit": "hour", "minimum": 0, "maximum": 23},
        {"name": "district_code", "type": "string", "unit": "code"},
        {"name": "group_code", "type": "string", "unit": "code"},
        {"name": "persons", "type": "int64", "unit": "persons", "minimum": 0},
        {"name": "minutes", "type": "float64", "unit": "min", "nullable": True, "minimum": 0},
        {"name": "lon", "type": "float64", "unit": "degree"},
        {"name": "lat", "type": "float64", "unit": "degree"},
    ],
    "key": ["visit_date", "hour", "district_code", "group_code"],
    "time": {"column": "visit_date", "grain": "hour", "hour": "hour"},
    "place": {"level": "district", "area": "district_code", "lon": "lon", "lat": "lat"},
    "measures": [],
    "stale_after_days": 1,
    "distributions": [{"kind": "file", "system": "none", "cleaner": "none", "path": ["*.csv"]}],
    "dcat": {"identifier": "none", "theme": [], "keyword": {}},
}


@dataclasses.dataclass(frozen=True)
class Run:
    """One publish.

    Attributes:
        rows: Rows of the CSV.
        rejected: Rows of them that were rejected.
        seconds: Stage → seconds by the clock.
        cpu_seconds: Processor time of all stages; less than the clock's where others compute too.
        peak_rss_mb: Most memory held at once (MiB).
        published_mb: Size of the data files (MiB).
    """

    rows: int
    rejected: int
    seconds: dict[str, float]
    cpu_seconds: float
    peak_rss_mb: float
    published_mb: float

    @property
    def rows_per_second(self) -> float:
        """Return rows read per second of the whole."""
        return self.rows / sum(self.seconds.values())


def dataset() -> Dataset:
    """Return the entry of the rows written here."""
    columns = [column | {"title": {"ko": "값", "en": "Value"}} for column in ENTRY["columns"]]
    columns[3]["labels"] = {f"g{n:02}": {"ko": "무리", "en": "Group"} for n in range(GROUPS)}
    return Dataset.model_validate(ENTRY | {"columns": columns})


def write_csv(path: Path, rows: int, catalog: Catalog) -> None:
    """Write rows of one seed: hour by hour, districts and groups within an hour in any order."""
    random = np.random.default_rng(2026)
    districts = [area.code for area in catalog.areas("district")]
    per_hour = len(districts) * GROUPS
    number = np.arange(rows)
    hours = number // per_hour
    cell = (number * 7919 + hours * 104729) % per_hour  # 7919 is prime: no cell comes twice
    persons = random.poisson(20, rows)
    west, south, east, north = catalog.city.bounding_box
    frame = pl.DataFrame(
        {
            "visit_date": np.datetime64(FIRST_DAY) + (hours // 24).astype("timedelta64[D]"),
            "hour": hours % 24,
            "district_code": np.array(districts)[cell % len(districts)],
            "group_code": np.array([f"g{n:02}" for n in range(GROUPS)])[cell // len(districts)],
            "persons": np.where(number % BAD_ROWS == BAD_ROWS - 1, -1, persons),
            "minutes": np.round(persons * random.gamma(2, 15, rows), 1),
            "lon": np.round(random.uniform(west, east, rows), 6),
            "lat": np.round(random.uniform(south, north, rows), 6),
        }
    )
    frame.write_csv(path)


def publish(folder: Path) -> Run:
    """Publish the CSV of a folder once into a new lake beside it."""
    catalog, entry = Catalog(SEOUL), dataset()
    cpu, clock = time.process_time(), [time.perf_counter()]
    fetched = fetch_files(folder, ["*.csv"])
    clock.append(time.perf_counter())
    draft = read_csv(fetched.parts[0])
    clock.append(time.perf_counter())
    cleaned = conform(draft, entry, catalog)
    clock.append(time.perf_counter())
    lineage = Lineage(
        system="benchmark",
        provenance="simulated",
        request=fetched.request,
        input_sha256=fetched.sha256,
        code_version=code_version(),
        rows_in=cleaned.rows_in,
        rows_published=cleaned.frame.height,
        rows_rejected=cleaned.rejects.height,
        rejects=dict(cleaned.rejects.get_column("reason").value_counts().iter_rows()),
        checks=cleaned.checks,
    )
    with tempfile.TemporaryDirectory(dir=folder) as root:
        snapshot = Lake(Path(root)).publish(
            entry.id, cleaned.frame, cleaned.rejects, lineage=lineage
        )
        clock.append(time.perf_counter())
        size = sum(path.stat().st_size for path in snapshot.files)
    stages = ("fetch", "read", "conform", "publish")
    return Run(
        rows=lineage.rows_in,
        rejected=lineage.rows_rejected,
        seconds={s: b - a for s, a, b in zip(stages, clock, clock[1:], strict=False)},
        cpu_seconds=time.process_time() - cpu,
        peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        published_mb=size / 2**20,
    )


def measure(rows: int, runs: int) -> list[Run]:
    """Write the CSV once and publish it in as many processes as there are runs."""
    with tempfile.TemporaryDirectory() as folder:
        write_csv(Path(folder) / "visits.csv", rows, Catalog(SEOUL))
        command = [sys.executable, "-m", "benchmarks.publish", "--once", folder]
        outputs = [subprocess.check_output(command, text=True) for _ in range(runs)]
    return [Run(**json.loads(output)) for output in outputs]


def main() -> None:
    """Run the benchmark, print the medians, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=10e6)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(dataclasses.asdict(publish(asked.once))))
        return
    runs = measure(int(asked.rows), asked.runs)
    result = {
        "benchmark": "publish",
        "rows": runs[0].rows,
        "rejected": runs[0].rejected,
        "runs": len(runs),
        "rows_per_second": round(statistics.median(run.rows_per_second for run in runs)),
        "seconds": {
            stage: round(statistics.median(run.seconds[stage] for run in runs), 2)
            for stage in runs[0].seconds
        },
        "cpu_seconds": round(statistics.median(run.cpu_seconds for run in runs), 2),
        "peak_rss_mb": round(statistics.median(run.peak_rss_mb for run in runs)),
        "published_mb": round(runs[0].published_mb, 1),
    }
    print(json.dumps(result, indent=2))
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
