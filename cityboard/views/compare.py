"""Compare two frames, counted in two ways."""

import numpy as np
import pandas as pd

FRACTION = 1e-9  # fractions added up in another order differ in their last digits


def agree(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Tell whether two frames say the same.

    Whole numbers, words and times agree to the bit, fractions within 1e-9 of the larger one.
    """
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return False
    return all(_column_agrees(one[name], other[name]) for name in one.columns)


def _column_agrees(one: pd.Series, other: pd.Series) -> bool:
    is_known = one.notna().to_numpy()
    if (is_known != other.notna().to_numpy()).any():
        return False
    values, others = (column[is_known].to_numpy() for column in (one, other))
    if "f" not in {values.dtype.kind, others.dtype.kind}:
        return bool((values == others).all())
    return _numbers_agree(values.astype(np.float64), others.astype(np.float64))


def _numbers_agree(values: np.ndarray, others: np.ndarray) -> bool:
    are_whole = (values == np.floor(values)) & (others == np.floor(others))
    largest = np.maximum(np.abs(values), np.abs(others))
    are_close = np.abs(values - others) <= FRACTION * largest
    return bool(np.where(are_whole, values == others, are_close).all())
