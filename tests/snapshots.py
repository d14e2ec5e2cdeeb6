"""Snapshots of small frames for tests that need files but no lake."""

import datetime as dt
from pathlib import Path

import polars as pl

from cityboard.lake import Snapshot
from tests.lakes import REJECTS, lineage


def write_snapshot(frame: pl.DataFrame, folder: Path, *, name: str = "visits") -> Snapshot:
    """Return version 0 of a dataset: one parquet file of the frame, in a folder of its own."""
    path = folder / name / "rows.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    told = lineage(frame, pl.DataFrame(schema=REJECTS))
    now = dt.datetime(2026, 3, 9, tzinfo=dt.UTC)
    return Snapshot(name, 0, now, (path,), (), told, frame.height)
