"""Snapshots: one Delta table per dataset; publish is atomic, every version stays readable.

Layout under the root: `<dataset>/*.parquet` (data), `<dataset>/_rejects/*.parquet` (rows that
could not be used), `<dataset>/_delta_log/` (versions), `.locks/` (one lock per dataset). A version
names its own files and their SHA-256 in its commit, so a reader never globs and never meets a
half-written file.
"""

from cityboard.lake.lake import Lake
from cityboard.lake.live import Appended, LiveTable
from cityboard.lake.snapshot import Lineage, PassedOver, Snapshot

__all__ = ["Appended", "Lake", "Lineage", "LiveTable", "PassedOver", "Snapshot"]
