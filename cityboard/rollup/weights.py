"""What rows count: the places chosen of each axis, as weights by half of a week and code."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from cityboard.rollup.axes import Axis
from cityboard.rollup.kernels import UNEVEN, Weights

DAYS = 8  # of a code: Monday to Sunday, and none
FIRST_HALF = 4  # days of a week: Monday to Thursday
KEYS = 3 ** np.arange(DAYS)  # of weights -1, 0 and 1, as one number
Chosen = Mapping[int, np.ndarray]


class Ordered(Protocol):
    """Rows ordered by half of a week and lead, their day and the rest told by a code."""

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Return the axes, the day's first."""

    @property
    def halves(self) -> int:
        """Return how many halves of weeks there are, the one of rows without a day last."""

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
        days[counted[0] : counted[1]] -= 1
    is_counted = counted is not None and counted[1] > len(days)
    halves = _halves(days, (0 not in chosen) - is_counted)
    rest = _rest(ordered, chosen)
    firsts, ones, table_of_span = _alike(halves)
    kinds = halves[ones]
    tables = (kinds[:, :, None] * rest).reshape(len(ones), -1).astype(np.int8)
    even = _even(kinds)
    if not rest.all():
        even[even != 0] = UNEVEN
    spans = np.stack([firsts[:-1], firsts[1:], table_of_span], axis=1)[even[table_of_span] != 0]
    if any(not len(places) for places in chosen.values()):
        spans = spans[:0]
    return Weights(spans, _leads(ordered, chosen), tables, even)


def _alike(halves: np.ndarray) -> tuple[np.ndarray, list[int], np.ndarray]:
    """Return where halves begin to differ, one of each kind, and the kind of each span.

    The last of the first is behind the last half.
    """
    keys = (halves + 1) @ KEYS
    breaks = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    firsts = [0, *breaks.tolist(), len(halves)]
    kinds: dict[int, int] = {}
    found = [kinds.setdefault(int(keys[first]), len(kinds)) for first in firsts[:-1]]
    ones = [firsts[found.index(kind)] for kind in range(len(kinds))]
    return np.array(firsts), ones, np.array(found)


def first_day(halves: np.ndarray) -> np.ndarray:
    """Return the day on which halves of weeks begin, counted from the first Monday."""
    return 7 * (halves // 2) + FIRST_HALF * (halves % 2)


def half_of(day: int) -> int:
    """Return the half of a week that a day lies in."""
    return 2 * (day // 7) + (day % 7 >= FIRST_HALF)


def _days(ordered: Ordered, chosen: Chosen) -> np.ndarray:
    """Return (days) what each day counts."""
    count = 7 * (ordered.halves // 2)
    if 0 not in chosen:
        return np.ones(count, np.int64)
    days = np.zeros(count, np.int64)
    days[chosen[0]] = 1
    return days


def _halves(days: np.ndarray, no_day: int) -> np.ndarray:
    """Return (halves, 8) what the days of each half count; 7 is no day.

    Where the days that lie in a half count alike, the others are said to count the same: no row of
    the half is theirs.
    """
    weeks = days.reshape(-1, 7)
    halves = np.zeros((2 * len(weeks) + 1, DAYS), np.int64)
    for place, own in ((0, weeks[:, :FIRST_HALF]), (1, weeks[:, FIRST_HALF:])):
        is_even = (own == own[:, :1]).all(axis=1)[:, None]
        halves[place:-1:2, :7] = np.where(is_even, own[:, :1], weeks)
    halves[-1, 7] = no_day
    return halves


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


def _even(halves: np.ndarray) -> np.ndarray:
    """Return (halves) int8 the weight that all days of each half have, or `UNEVEN`."""
    is_even = (halves[:, :7] == halves[:, :1]).all(axis=1)
    weights = np.where(is_even, halves[:, 0], UNEVEN)
    return np.where(halves[:, 7], halves[:, 7], weights).astype(np.int8)


def _leads(ordered: Ordered, chosen: Chosen) -> np.ndarray:
    for number, places in chosen.items():
        if ordered.axes[number].name == ordered.lead:
            return np.asarray(places, np.int64)
    return np.empty(0, np.int64)
