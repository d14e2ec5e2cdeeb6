"""Every engine there is; each must meet the whole specification."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pandas as pd

from cityboard.catalog import Dataset, Rollup
from cityboard.engines import cube
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.errors import NotHeldError
from cityboard.lake import Snapshot
from cityboard.query import Listing, Query
from cityboard.rollup import Cube, build_cube


class Engine(Protocol):
    """Answers a question from the files of a snapshot."""

    def answer(
        self, question: Query | Listing, dataset: Dataset, snapshot: Snapshot
    ) -> pd.DataFrame:
        """Return the rows of the answer."""


class RollupEngine:
    """Answers from a cube what it holds, as the store does, and the rest from rows."""

    def __init__(self, root: Path) -> None:
        self._rows = DuckDBEngine(root)
        self._cubes: dict[tuple[Path, ...], Cube] = {}
        self.held = 0

    def answer(
        self, question: Query | Listing, dataset: Dataset, snapshot: Snapshot
    ) -> pd.DataFrame:
        """Return the rows of the answer."""
        entry = dataset.model_copy(update={"rollup": Rollup(dimensions=dataset.dimensions)})
        if isinstance(question, Query):
            if snapshot.files not in self._cubes:
                self._cubes[snapshot.files] = build_cube(entry, snapshot)
            with contextlib.suppress(NotHeldError):
                frame = cube.answer(question, entry, self._cubes[snapshot.files])
                self.held += 1
                return frame
        return self._rows.answer(question, dataset, snapshot)


ENGINES: dict[str, Callable[[Path], Engine]] = {
    "rows": DuckDBEngine,
    "rollup": RollupEngine,
}
