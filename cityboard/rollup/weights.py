"""What rows count: the places chosen of each axis, as weights by week and code."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from cityboard.rollup.axes import Axis
from cityboard.rollup.kernels import UNEVEN, Weights

DAYS = 8  # of a code: Monday to Sunday, and none
Chosen = Mapping[int, np.ndarray]


class Ordered(Protocol):
    """Rows ordered by week and lead, their day and the rest told by a code."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Return the axes, the day's first."""

    @property
    def weeks(self) -> int:
        """Return how many weeks there are, the one of rows without a day last."""

    @property
    def lead(self) -> str | None:
        """Return the name of the lead's axis."""

    @property
    def coded(self) -> tuple[int, ...]:
        """Return the numbers of the axes that a code tells besides the day."""


def weigh(ordered: Ordered, chosen: Chosen, counted: tuple[int, int] | None) -> Weights:
    """Return what each row counts.

    Args:
        ordered: Whose rows.
        chosen: Axis number → places that count; null counts only where nothing is chosen.
        counted: Days that are counted elsewhere, the last excluded: their rows count one less. Rows
            without a day come after the last day.
    """
    days = _days(ordered, chosen)
    if counted is not None:
        elsewhere = np.zeros(7 * (ordered.weeks - 1), np.int64)
        elsewhere[counted[0] : counted[1]] = 1
        days[:-1, :7] -= elsewhere.reshape(-1, 7)
        if counted[1] > 7 * (ordered.weeks - 1):
            days[-1, 7] -= 1
    days[-1, :7], days[:-1, 7] = 0, 0
    rest = _rest(ordered, chosen)
    kinds, first, table_of_week = np.unique(
        (days + 1) @ (3 ** np.arange(DAYS)), return_index=True, return_inverse=True
    )
    tables = (days[first][:, :, None] * rest).reshape(len(kinds), -1).astype(np.int8)
    even = np.array([_even(days[n], n, ordered.weeks) for n in first], np.int8)
    if not rest.all():
        even[even != 0] = UNEVEN
    spans = _spans(table_of_week, even)
    if any(not len(places) for places in chosen.values()):
        spans = spans[:0]
    return Weights(spans, _leads(ordered, chosen), tables, even)


def _days(ordered: Ordered, chosen: Chosen) -> np.ndarray:
    """Return (weeks, 8) what the days of each week count; 7 is no day."""
    days = np.zeros((ordered.weeks, DAYS), np.int64)
    if 0 not in chosen:
        days[:-1, :7], days[-1, 7] = 1, 1
        return days
    counts = np.zeros(7 * (ordered.weeks - 1), np.int64)
    counts[chosen[0]] = 1
    days[:-1, :7] = counts.reshape(-1, 7)
    return days


def _rest(ordered: Ordered, chosen: Chosen) -> np.ndarray:
    """Return (codes without the day) what the other axes of a code count."""
    rest = np.ones(1, np.int64)
    for number in ordered.coded:
        counts = np.ones(len(ordered.axes[number]), np.int64)
        if number in chosen:
            counts[:] = 0
            counts[chosen[number]] = 1
        rest = (rest[:, None] * counts).reshape(-1)
    return rest


def _even(days: np.ndarray, week: int, weeks: int) -> int:
    """Return the weight that all days of a week have, or `UNEVEN`."""
    if week == weeks - 1:
        return int(days[7])
    return int(days[0]) if (days[:7] == days[0]).all() else UNEVEN


def _spans(table_of_week: np.ndarray, even: np.ndarray) -> np.ndarray:
    """Return (n, 3) first week, week behind the last and table, of what counts anything."""
    breaks = np.flatnonzero(np.diff(table_of_week)) + 1
    firsts = np.concatenate([[0], breaks])
    lasts = np.concatenate([breaks, [len(table_of_week)]])
    spans = np.stack([firsts, lasts, table_of_week[firsts]], axis=1).astype(np.int64)
    return np.ascontiguousarray(spans[even[spans[:, 2]] != 0])


def _leads(ordered: Ordered, chosen: Chosen) -> np.ndarray:
    for number, places in chosen.items():
        if ordered.axes[number].name == ordered.lead:
            return np.asarray(places, np.int64)
    return np.empty(0, np.int64)
