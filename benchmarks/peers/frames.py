"""The events as a pandas frame, as the HoloViz peers want it."""

from collections.abc import Sequence
from pathlib import Path

import datashader as ds
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads

from benchmarks.peers.work import (
    BOTTOM,
    CELLS_PER_DEGREE,
    DISTRICTS,
    HEIGHT,
    KINDS,
    LEFT,
    UTC_OFFSET_HOURS,
    WIDTH,
)

X_RANGE = (LEFT / CELLS_PER_DEGREE, (LEFT + WIDTH) / CELLS_PER_DEGREE)
Y_RANGE = (BOTTOM / CELLS_PER_DEGREE, (BOTTOM + HEIGHT) / CELLS_PER_DEGREE)


def canvas() -> ds.Canvas:
    """Return a canvas with the pixels of the map."""
    return ds.Canvas(plot_width=WIDTH, plot_height=HEIGHT, x_range=X_RANGE, y_range=Y_RANGE)


def with_local_time(frame: pd.DataFrame) -> pd.DataFrame:
    """Return events by Seoul's clock: `at` (naive), `hour`, `month` (from 0), names as categories.

    Args:
        frame: Columns of the files.
    """
    at = frame["at"].dt.tz_localize(None) + pd.Timedelta(hours=UTC_OFFSET_HOURS)
    return pd.DataFrame(
        {
            "at": at,
            "hour": at.dt.hour.astype("uint8"),
            "month": (12 * (at.dt.year - 2023) + at.dt.month - 1).astype("uint8"),
            "kind": frame["kind"].astype(pd.CategoricalDtype(KINDS)),
            "district": frame["district_code"].astype(pd.CategoricalDtype(DISTRICTS)),
            "lon": frame["lon"],
            "lat": frame["lat"],
        }
    )


def read_events(files: Sequence[Path]) -> pd.DataFrame:
    """Return all events; read in batches, since names as strings would take most memory."""
    source = pads.dataset([str(path) for path in files])
    parts = [
        with_local_time(pa.Table.from_batches([batch]).to_pandas())
        for batch in source.to_batches(batch_size=1_000_000)
        if batch.num_rows
    ]
    return pd.concat(parts, ignore_index=True)
