"""Figure tables on disk: the smallest parquet there is of each."""

import io
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

LEVEL = 19  # of zstd: small matters more here than quick
ROWS_A_FILE = 400_000  # a file of bus stops stays near a megabyte


def write(frame: pl.DataFrame, dataset: str, folder: Path) -> int:
    """Write a table in files of a megabyte or so, in the place of those there; bytes written.

    Args:
        frame: The table.
        dataset: Its id; the files are named after it.
        folder: Made if need be.
    """
    folder.mkdir(exist_ok=True)
    for old in folder.glob(f"{dataset}*.parquet"):
        old.unlink()
    pieces = max(1, round(frame.height / ROWS_A_FILE))
    total = 0
    for number in range(pieces):
        part = frame.slice(number * ROWS_A_FILE, ROWS_A_FILE if number < pieces - 1 else None)
        name = dataset if pieces == 1 else f"{dataset}_{number + 1}"
        content = _smallest(part)
        (folder / f"{name}.parquet").write_bytes(content)
        total += len(content)
    return total


def _smallest(frame: pl.DataFrame) -> bytes:
    """Return the table as parquet, its numbers split into byte streams where that is smaller."""
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    others = [name for name in frame.columns if name not in numbers]
    written = [_parquet(table, use_dictionary=True)]
    if numbers:
        split = dict.fromkeys(numbers, "BYTE_STREAM_SPLIT")
        written.append(_parquet(table, use_dictionary=others, column_encoding=split))
        repeated = [name for name in numbers if frame[name].n_unique() < frame.height / 10]
        split = {name: kind for name, kind in split.items() if name not in repeated}
        written.append(
            _parquet(table, use_dictionary=[*others, *repeated], column_encoding=split or None)
        )
    return min(written, key=len)


def _parquet(table: pa.Table, **options: Any) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content, compression="zstd", compression_level=LEVEL, **options)
    return content.getvalue()
