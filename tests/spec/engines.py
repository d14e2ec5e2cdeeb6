"""Every engine there is; each must meet the whole specification."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pandas as pd

from cityboard.catalog import Dataset
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.lake import Snapshot
from cityboard.query import Listing, Query


class Engine(Protocol):
    """Answers a question from the files of a snapshot."""

    def answer(
        self, question: Query | Listing, dataset: Dataset, snapshot: Snapshot
    ) -> pd.DataFrame:
        """Return the rows of the answer."""


ENGINES: dict[str, Callable[[Path], Engine]] = {
    "rows": DuckDBEngine,
}
