"""Observations with a course of values that a test chooses."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pandas as pd

from cityboard.catalog import Indicator
from cityboard.observation import Observation
from cityboard.store import Answer

MONTHS = {name: pd.DateOffset(months=n) for name, n in (("M", 1), ("Q", 3), ("A", 12))}


def indicator(**changes: Any) -> Indicator:
    """Return the visitors of a year, changed; a target is (value, year)."""
    words = {"ko": "방문자", "en": "Visitors"}
    values: dict[str, Any] = {
        "id": "visitors",
        "title": words,
        "definition": words,
        "dataset": "visits",
        "measure": "persons",
        "frequency": "A",
        "direction": "up",
        "unit": "persons",
        "owner": "culture",
    }
    if target := changes.pop("target", None):
        value, year = target
        by = dt.date(year, 12, 31)
        values["target"] = {"value": value, "by": by, "set_by": words, "source": words}
    return Indicator.model_validate(values | changes)


def observed(
    answer: Answer, values: Iterable[float | None], *, first: str = "2015-01-01", **changes: Any
) -> Observation:
    """Return what a series says whose first period begins on a day; None leaves a period out."""
    shown = indicator(**changes)
    step = pd.DateOffset(days=1) if shown.frequency == "D" else MONTHS[shown.frequency]
    days = [(pd.Timestamp(first) + step * n).date() for n in range(1000)]
    series = tuple((day, float(v)) for day, v in zip(days, values, strict=False) if v is not None)
    if not series:
        return Observation(shown, None, None, None, None, (), answer)
    day, newest = series[-1]
    return Observation(shown, newest, day, day, None, series, answer)
