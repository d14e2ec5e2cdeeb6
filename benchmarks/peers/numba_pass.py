"""The limit of reading rows: one compiled pass over columns mapped from files, two threads."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.peers.memory import bandwidth
from benchmarks.peers.work import (
    BOTTOM,
    CELLS_PER_DEGREE,
    DAYS,
    DISTRICTS,
    FIRST_DAY,
    HEIGHT,
    KINDS,
    LEFT,
    MONTHS,
    THREADS,
    WIDTH,
    Peer,
    Step,
    instant,
    months_of_days,
    number_of,
)

COLUMNS = {"x": "u2", "y": "u2", "hour": "u2", "kind": "u1", "district": "u1"}
BYTES_PER_ROW = 8
BATCH_ROWS = 1_000_000


class NumbaPass(Peer):
    """All rows are read in every step, whatever the period."""

    name = "numba"
    title = "numba, one pass over mapped columns"

    def prepare(self, files: Sequence[Path], folder: Path) -> None:
        """Load the events."""
        counts = [pq.ParquetFile(path).metadata.num_rows for path in files]
        self._columns = {
            name: np.lib.format.open_memmap(folder / f"{name}.npy", "w+", dtype, (sum(counts),))
            for name, dtype in COLUMNS.items()
        }
        start = 0
        for path, count in zip(files, counts, strict=True):
            self._fill(path, start)
            self._arrange(slice(start, start + count))
            start += count
        self._month = months_of_days()
        cells = len(KINDS) * len(DISTRICTS), 24 * DAYS, WIDTH * HEIGHT
        self._parts = [np.zeros((THREADS, count), np.int32) for count in cells]

    def close(self) -> None:
        """Measure what memory gives, beside which the steps are to be seen."""
        rows, speed = len(self._columns["x"]), bandwidth()
        least = rows * BYTES_PER_ROW / speed.read_gb_s / 1e6
        self.note = (
            f"memory reads {speed.read_gb_s:.1f} and copies {speed.copy_gb_s:.1f} GB/s, "
            f"so {BYTES_PER_ROW} bytes a row take at least {least:,.1f} ms"
        )

    def _fill(self, path: Path, start: int) -> None:
        for batch in _batches(path):
            for name, values in batch.items():
                self._columns[name][start : start + len(values)] = values
            start += len(batch["x"])

    def _arrange(self, rows: slice) -> None:
        """Leave the rows of a file as they are."""

    def _rows(self, low: int, high: int) -> slice:  # noqa: ARG002
        """Return which rows to read for hours."""
        return slice(None)

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        hours = 24 * number_of(low), 24 * number_of(high)
        rows = self._rows(*hours)
        _count(*(self._columns[name][rows] for name in COLUMNS), *hours, *self._parts)
        cells, by_hour, pixels = (part[0] + part[1] for part in self._parts)
        by_day = by_hour.reshape(DAYS, 24)
        months = np.bincount(self._month, by_day.sum(axis=1), MONTHS).astype(np.int64)
        cells = cells.reshape(len(KINDS), len(DISTRICTS))
        return Step(
            kind=cells.sum(axis=1),
            hour=by_day.sum(axis=0),
            district=cells.sum(axis=0),
            month=months,
            pixels=pixels.reshape(HEIGHT, WIDTH),
        )


class NumbaSlice(NumbaPass):
    """Rows are sorted by hour, so that a step reads its period's alone."""

    name = "numba-slice"
    title = "numba, the period's slice of mapped columns sorted by time"

    def prepare(self, files: Sequence[Path], folder: Path) -> None:
        """Load the events."""
        super().prepare(files, folder)
        hour = self._columns["hour"]
        self._offsets = np.searchsorted(hour, np.arange(24 * DAYS + 1).astype("u2"))
        if (hour[1:] < hour[:-1]).any():
            msg = "the files are not in the order of time: give them by their first event"
            raise ValueError(msg)

    def close(self) -> None:
        """Leave the files to their folder."""

    def _arrange(self, rows: slice) -> None:
        order = np.argsort(self._columns["hour"][rows], kind="stable")
        for column in self._columns.values():
            column[rows] = column[rows][order]

    def _rows(self, low: int, high: int) -> slice:
        return slice(self._offsets[low], self._offsets[high])


def _batches(path: Path) -> Iterator[dict[str, np.ndarray]]:
    """Yield the columns of a file, some rows at a time."""
    file = pq.ParquetFile(path, read_dictionary=["kind", "district_code"])
    first = np.datetime64(instant(FIRST_DAY).replace(tzinfo=None), "us")
    for batch in file.iter_batches(BATCH_ROWS):
        at = batch["at"].to_numpy(zero_copy_only=False).astype("datetime64[us]")
        yield {
            "x": _cells(batch["lon"], LEFT),
            "y": _cells(batch["lat"], BOTTOM),
            "hour": ((at - first) // np.timedelta64(1, "h")).astype("u2"),
            "kind": _codes(batch["kind"], KINDS),
            "district": _codes(batch["district_code"], DISTRICTS),
        }


def _cells(degrees: pa.Array, first: int) -> np.ndarray:
    return (np.floor(degrees.to_numpy() * CELLS_PER_DEGREE) - first).astype("u2")


def _codes(names: pa.DictionaryArray, order: Sequence[str]) -> np.ndarray:
    codes = np.array([order.index(name) for name in names.dictionary.to_pylist()], "u1")
    return codes[names.indices.to_numpy()]


@numba.njit(parallel=True)
def _count(  # noqa: ANN202
    x: np.ndarray,
    y: np.ndarray,
    hour: np.ndarray,
    kind: np.ndarray,
    district: np.ndarray,
    low: int,
    high: int,
    cells: np.ndarray,
    hours: np.ndarray,
    pixels: np.ndarray,
):
    """Count rows with low <= hour < high by (kind, district), hour and pixel, a thread a row."""
    rows = len(x)
    for thread in numba.prange(THREADS):
        part = slice(rows * thread // THREADS, rows * (thread + 1) // THREADS)
        xs, ys, hs, kinds, districts = x[part], y[part], hour[part], kind[part], district[part]
        of_cell, of_hour, of_pixel = cells[thread], hours[thread], pixels[thread]
        of_cell[:], of_hour[:], of_pixel[:] = 0, 0, 0
        for row in range(len(xs)):
            at = np.int64(hs[row])
            if low <= at < high:
                of_hour[at] += 1
                of_cell[np.int64(kinds[row]) * len(DISTRICTS) + districts[row]] += 1
                of_pixel[np.int64(ys[row]) * WIDTH + xs[row]] += 1
