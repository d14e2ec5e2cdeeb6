"""Every engine there is; each must meet the whole specification."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pandas as pd

from cityboard.catalog import Dataset, Rollup
from cityboard.catalog.dataset import Raster
from cityboard.engines import rollup
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.engines.remote import RemoteEngine
from cityboard.engines.runner import DuckDBRunner
from cityboard.errors import NotHeldError
from cityboard.lake import Snapshot
from cityboard.query import Listing, Query
from cityboard.rollup import Condensed, condense
from tests.clusters import spark_runner


class Engine(Protocol):
    """Answers a question from the files of a snapshot."""

    def answer(
        self, question: Query | Listing, dataset: Dataset, snapshot: Snapshot
    ) -> pd.DataFrame:
        """Return the rows of the answer."""


def entry_with_rollup(dataset: Dataset) -> Dataset:
    """Return the entry with every dimension, and its points where it has any, condensed."""
    raster = None
    if dataset.place and dataset.place.has_points:
        raster = Raster(finest=12, by="kind" if "kind" in dataset.dimensions else None)
    rollup = Rollup(dimensions=dataset.dimensions, raster=raster)
    return dataset.model_copy(update={"rollup": rollup})


class RollupEngine:
    """Answers from a rollup what it holds, as the store does, and the rest from rows."""

    def __init__(self, root: Path) -> None:
        self._rows = DuckDBEngine(root)
        self._rollups: dict[tuple[Path, ...], Condensed] = {}
        self.held = 0

    def answer(
        self, question: Query | Listing, dataset: Dataset, snapshot: Snapshot
    ) -> pd.DataFrame:
        """Return the rows of the answer."""
        entry = entry_with_rollup(dataset)
        if isinstance(question, Query):
            if snapshot.files not in self._rollups:
                self._rollups[snapshot.files] = condense(entry, snapshot.files)
            with contextlib.suppress(NotHeldError):
                frame = rollup.answer(question, entry, self._rollups[snapshot.files])
                self.held += 1
                return frame
        return self._rows.answer(question, dataset, snapshot)


ENGINES: dict[str, Callable[[Path], Engine]] = {
    "rows": DuckDBEngine,
    "rollup": RollupEngine,
    "remote": lambda root: RemoteEngine(DuckDBRunner(root)),
    "spark": lambda root: RemoteEngine(spark_runner()),
}
