"""A DuckDB result as a pandas frame whose types do not depend on DuckDB's version."""

from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd


def fetch_frame(result: duckdb.DuckDBPyConnection, measures: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a result, which is used up.

    Not `result.df()`: it gives measures as nullable integers, whose null is no number that can be
    written or drawn, and warns of pandas 4 wherever there is an instant (duckdb 1.5.5 and 2.0.0).

    Args:
        result: Of an executed statement; no two columns have one name.
        measures: Columns in which null is NaN, so that whole numbers with a null become float64.

    Returns:
        Text as `str`, days and naive timestamps as `datetime64`, instants as `datetime64` in UTC;
        whole numbers and yes/no as numpy's types, as pandas' nullable ones where one is null.
    """
    kinds = {name: str(kind) for name, kind, *_ in result.description or ()}
    columns = {
        name: column_series(values, kinds[name], is_measure=name in measures)
        for name, values in result.fetchnumpy().items()
    }
    return pd.DataFrame(columns)


def column_series(values: Any, kind: str, *, is_measure: bool) -> pd.Series:
    """Return a column of an answer; see `fetch_frame`.

    Args:
        values: Numpy's, masked where null.
        kind: DuckDB's type.
        is_measure: Whether null is NaN.
    """
    data, mask = np.ma.getdata(values), np.ma.getmaskarray(values)
    if kind == "VARCHAR":
        series = pd.Series(data, dtype="str")
    elif mask.any() and data.dtype.kind in "bi" and not is_measure:
        series = pd.Series(pd.array(data))
    else:
        series = pd.Series(data)
    if kind == "TIMESTAMP WITH TIME ZONE":
        series = series.dt.tz_localize("UTC")
    return series.mask(mask) if mask.any() else series
