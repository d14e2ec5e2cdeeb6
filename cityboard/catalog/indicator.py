"""Indicators: one number a city watches, what it means, who answers for it, where it should go."""

import datetime as dt
import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from cityboard.catalog.dataset import Name, Unit
from cityboard.catalog.text import Entry, Text, fault

Breakdown = Literal["area", "sex", "age"]
# The goals that the platform's own operator names; an indicator may serve others too.
SDG_TARGET = re.compile(r"(?:[1-9]|1[0-7])(?:\.(?:[0-9]{1,2}|[a-z]))?")


def _known_target(target: str) -> str:
    if not SDG_TARGET.fullmatch(target):
        msg = f"{target!r} is neither an SDG goal (11) nor one of its targets (11.6, 5.c)"
        raise ValueError(msg)
    return target


SdgTarget = Annotated[str, AfterValidator(_known_target)]


class Target(Entry):
    """Where a number should be, by when, and who said so.

    Attributes:
        value: In the indicator's unit.
        by: Last day of the period in which it should be reached.
        set_by: Who set it.
        set_on: When they did; None where only the year of the source is known.
        source: Where it is written.
    """

    value: float
    by: dt.date
    set_by: Text
    set_on: dt.date | None = None
    source: Text


class Indicator(Entry):
    """One number a city watches.

    Attributes:
        number: Its place in the list the city watches, from 1; None where it is not in it.
        rationale: Why the city watches it.
        dataset: Dataset the number is computed from.
        measure: Measure of that dataset.
        where: Only rows whose column has one of the values count.
        frequency: Length of the period one value is about.
        per_day: The value is divided by the days of its period that have rows; by its calendar
            days where the rows do not tell days apart.
        annual: How the values of a year's periods make the year's: `sum`, `mean`, or the `last`.
        direction: Which way is better: `up`, `down`, `neither`, or into a `band`.
        band: Lowest and highest value wanted; of a `band`, and only of that.
        limits: Smallest and largest value the number can have; None where it has none.
        decimals: Digits shown after the decimal sign.
        owner: The organisation that answers for the number.
        task: The task of the plan it measures; None where it measures none.
        sdg: Goals and targets of the United Nations it serves.
        base_year: The year that progress is counted from; None is the first there is.
        target: Where it should be; None where nobody has said.
        expected: Breakdowns that it should have.
        sex: Column of the dataset that tells women and men apart; None where there is none.
        age: Column that tells ages apart.
        apart: Why the values of areas do not add up to the city's; None where they do, or where
            the measure is none that adds up.
        measures_otherwise: What differs from the number the list asks for, where something does.
    """

    id: Name
    number: int | None = Field(default=None, ge=1)
    title: Text
    definition: Text
    rationale: Text | None = None
    dataset: Name
    measure: Name
    where: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    frequency: Literal["D", "M", "Q", "A"]
    per_day: bool = False
    annual: Literal["sum", "mean", "last"] = "mean"
    direction: Literal["up", "down", "neither", "band"]
    band: tuple[float, float] | None = None
    limits: tuple[float | None, float | None] = (None, None)
    decimals: int = 0
    unit: Unit
    owner: Name
    task: Name | None = None
    sdg: tuple[SdgTarget, ...] = ()
    base_year: int | None = None
    target: Target | None = None
    expected: tuple[Breakdown, ...] = ()
    sex: Name | None = None
    age: Name | None = None
    apart: Text | None = None
    measures_otherwise: Text | None = None

    @model_validator(mode="after")
    def _a_band_has_two_ends(self) -> Self:
        if (self.band is None) == (self.direction == "band"):
            raise fault("`band` belongs to the direction `band` and only to it", "direction")
        if self.band and self.band[0] > self.band[1]:
            raise fault("a band begins with its lowest value", "band")
        return self

    @property
    def goals(self) -> tuple[int, ...]:
        """Return the goals of the United Nations it serves, in order."""
        return tuple(sorted({int(target.split(".")[0]) for target in self.sdg}))
