"""Indicators: a measure of a dataset with a definition, a frequency and a direction."""

from typing import Literal

from pydantic import Field

from cityboard.catalog.dataset import Name, Unit
from cityboard.catalog.text import Entry, Text


class Indicator(Entry):
    """One number a city watches.

    Attributes:
        dataset: Dataset the number is computed from.
        measure: Measure of that dataset.
        where: Only rows whose column has one of the values count.
        frequency: Length of the period one value is about.
        per_day: The value is divided by the days of its period that have rows; by its calendar
            days where the rows do not tell days apart.
        direction: Which way is better: `up`, `down` or `neither`.
        decimals: Digits shown after the decimal sign.
        owner: The office that answers for the number.
    """

    id: Name
    title: Text
    definition: Text
    dataset: Name
    measure: Name
    where: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    frequency: Literal["D", "M", "A"]
    per_day: bool = False
    direction: Literal["up", "down", "neither"]
    decimals: int = 0
    unit: Unit
    owner: Text
