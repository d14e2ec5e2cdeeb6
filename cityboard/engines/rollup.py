"""Answers from a version's rollup: charts from its cube, maps and boxes from its points."""

import numpy as np
import pandas as pd

from cityboard.catalog import Dataset
from cityboard.engines import cube, points
from cityboard.query import Pixels, Query
from cityboard.rollup import Condensed
from cityboard.selection import Box

NAME = "rollup"


def answer(query: Query, dataset: Dataset, condensed: Condensed) -> pd.DataFrame:
    """Return the answer to a query; see `Query` for columns and order.

    Raises:
        NotHeldError: The rollup does not hold it: ask the rows.
        RollupError: A file of it is damaged.
    """
    has_pixels = any(isinstance(by, Pixels) for by in query.by)
    if has_pixels or any(isinstance(clause, Box) for clause in query.where):
        return points.answer(query, dataset, condensed)
    return cube.answer(query, dataset, condensed.cube)


def raster(query: Query, dataset: Dataset, condensed: Condensed) -> np.ndarray:
    """Return one measure per pixel; see `cityboard.engines.points.raster`."""
    return points.raster(query, dataset, condensed)
