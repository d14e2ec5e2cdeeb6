"""Small frames and lineages for the tests of the lake."""

from pathlib import Path
from typing import Any

import polars as pl

from cityboard.lake import Lake, Lineage, Snapshot

REJECTS = {
    "reason": pl.String,
    "source_file": pl.String,
    "source_row": pl.Int64,
    "row": pl.String,
}


def lineage(frame: pl.DataFrame, rejects: pl.DataFrame, **changes: Any) -> Lineage:
    """Return a lineage whose counts are those of the frames."""
    reasons = rejects.get_column("reason").value_counts()
    values: dict[str, Any] = {
        "system": "toy",
        "provenance": "published",
        "request": "toy.csv",
        "input_sha256": "0",
        "code_version": "1",
        "rows_in": frame.height + rejects.height,
        "rows_published": frame.height,
        "rows_rejected": rejects.height,
        "rejects": dict(reasons.iter_rows()),
        "checks": ("id is given",),
    }
    return Lineage(**(values | changes))


def publish(
    lake: Lake,
    frame: pl.DataFrame,
    *,
    source: object = "0",
    rejects: pl.DataFrame | None = None,
    changes: dict[str, Any] | None = None,
    **options: Any,
) -> Snapshot:
    """Publish a frame as the dataset `toy`; `source` stands for the checksum of its input."""
    rejected = pl.DataFrame(schema=REJECTS) if rejects is None else rejects
    told = lineage(frame, rejected, input_sha256=str(source), **(changes or {}))
    return lake.publish("toy", frame, rejected, lineage=told, **options)


def rows(snapshot: Snapshot) -> pl.DataFrame:
    """Return all rows of a snapshot, read by its explicit list of files."""
    return pl.read_parquet(list(snapshot.files))


def numbers(*values: int) -> pl.DataFrame:
    """Return a frame with the column `id`."""
    return pl.DataFrame({"id": values}, schema={"id": pl.Int64})


def data_files(table: Path) -> set[Path]:
    """Return every data file in a table's folder, named by a version or not."""
    return {*table.glob("*.parquet"), *table.glob("_rejects/*.parquet")}


def named_files(lake: Lake, dataset: str = "toy") -> set[Path]:
    """Return every file that a version names."""
    return {path for s in lake.versions(dataset) for path in (*s.files, *s.rejects)}
