"""Run peers one after the other, each in a process of its own, and compare their answers."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from benchmarks.peers.registry import PEERS
from benchmarks.peers.work import THREADS

REPOSITORY = Path(__file__).parents[2]
WARM_UP = 2
REPEATS = 9
MOST_SECONDS = 3600
LIMITS = ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "ARROW_NUM_THREADS")


@dataclasses.dataclass(frozen=True)
class PeerResult:
    """What one peer did; a number is None where it was not run or cannot be told apart.

    Attributes:
        name: Key of `PEERS`.
        title: Name in the table.
        rows: Events.
        prepare_s: From the parquet files to ready (s).
        activation_ms: What the first touch of a brush waits for besides its step (ms).
        step_ms: Four charts and the map (ms, median).
        p95_ms: The same, 95th percentile.
        charts_ms: The charts without the map (ms, median).
        map_ms: The map without the charts (ms, median).
        peak_mb: Most memory held by its processes (MiB).
        note: Why it was not run, or what else to know.
        equal: Whether every array of every step is that of the first peer; False if not run.
        digest: Checksum of all answers.
    """

    name: str
    title: str
    rows: int
    prepare_s: float | None = None
    activation_ms: float | None = None
    step_ms: float | None = None
    p95_ms: float | None = None
    charts_ms: float | None = None
    map_ms: float | None = None
    peak_mb: float | None = None
    note: str = ""
    equal: bool = False
    digest: str = ""


def compare(
    files: Sequence[Path],
    folder: Path,
    rows: int,
    names: Sequence[str] | None = None,
    *,
    repeats: int = REPEATS,
) -> list[PeerResult]:
    """Let peers do the same steps and compare each of their arrays with the first peer's.

    Args:
        files: Parquet files of events, in any order.
        folder: For what peers prepare; emptied after each.
        rows: Events in the files.
        names: Keys of `PEERS`, in this order; None is all.
        repeats: Measured steps; two more go before to warm up. Each is of another period.

    Returns:
        A result per name, also for a peer that was not run.
    """
    ordered, results, reference = in_order(files), [], None
    for name in names or PEERS:
        sys.stderr.write(f"{name} …\n")
        with tempfile.TemporaryDirectory(dir=folder, prefix=f"{name}-") as own:
            result = _run(name, ordered, Path(own), rows, repeats)
            answers = Path(own) / "answers.npz"
            if answers.exists() and result.digest:
                if reference is None:
                    reference = folder / "reference.npz"
                    shutil.copy2(answers, reference)
                result = dataclasses.replace(result, equal=_equal(answers, reference))
        results.append(result)
    if reference:
        reference.unlink()
    return results


def in_order(files: Sequence[Path]) -> list[Path]:
    """Return files in the order of time, by their first event."""
    return sorted(files, key=lambda path: _first(pq.ParquetFile(path)))


def _first(file: pq.ParquetFile) -> object:
    place = file.schema_arrow.get_field_index("at")
    groups = range(file.metadata.num_row_groups)
    return min(file.metadata.row_group(n).column(place).statistics.min for n in groups)


def _run(name: str, files: list[Path], folder: Path, rows: int, repeats: int) -> PeerResult:
    """Run a peer in a process of its own."""
    (folder / "data").mkdir()
    job = {"name": name, "files": [str(path) for path in files], "rows": rows}
    job |= {"warm_up": WARM_UP, "repeats": repeats}
    (folder / "job.json").write_text(json.dumps(job), "utf-8")
    command = [sys.executable, "-m", "benchmarks.peers.run", str(folder)]
    limits = dict.fromkeys(LIMITS, str(min(THREADS, os.cpu_count() or THREADS)))
    try:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=os.environ | limits,
            check=False,
            stderr=subprocess.PIPE,
            text=True,
            timeout=MOST_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return PeerResult(name, name, rows, note=f"stopped after {MOST_SECONDS} s")
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        sys.stderr.write(done.stderr)
        return PeerResult(name, name, rows, note=f"failed: {why}")
    told = json.loads((folder / "result.json").read_text("utf-8"))
    return PeerResult(name=name, rows=rows, **told)


def _equal(one: Path, other: Path) -> bool:
    """Return whether two peers' answers have the same arrays, value by value."""
    with np.load(one) as ours, np.load(other) as theirs:
        same = set(ours.files) == set(theirs.files)
        return same and all(np.array_equal(ours[name], theirs[name]) for name in ours.files)
