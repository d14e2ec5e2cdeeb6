"""Data files: written once, flushed to the disk, known by their checksum."""

import hashlib
import os
import re
import uuid
from collections.abc import Iterable
from pathlib import Path

import polars as pl

ROW_GROUP = 122_880  # rows DuckDB prunes together; also its own vector batch
OUR_NAMES = re.compile(r"[0-9a-f]{32}\.parquet")


def new_file(folder: Path) -> Path:
    """Return a path in a folder that no file has or had."""
    return folder / f"{uuid.uuid4().hex}.parquet"


def write(frame: pl.DataFrame, path: Path, *, row_group: int = ROW_GROUP) -> str:
    """Write a frame, flush it to the disk and return the SHA-256 of the file.

    Args:
        frame: What is written.
        path: Of the file.
        row_group: Rows that a reader prunes together.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        frame.write_parquet(file, compression="zstd", row_group_size=row_group)
        file.flush()
        os.fsync(file.fileno())
    flush(path.parent)
    return sha256(path)


def flush(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep(table: Path, named: Iterable[str]) -> None:
    """Delete the data files a killed publisher left; files of other tools are let be.

    Args:
        table: Folder of the table; its publishers are locked out.
        named: Files that versions name, relative to it.
    """
    kept = {table / name for name in named}
    for path in [*table.glob("*.parquet"), *table.glob("_rejects/*.parquet")]:
        if path not in kept and OUR_NAMES.fullmatch(path.name):
            path.unlink(missing_ok=True)
    for path in table.glob("_delta_log/*.json#*"):  # delta-rs's own half-written entries
        path.unlink(missing_ok=True)
