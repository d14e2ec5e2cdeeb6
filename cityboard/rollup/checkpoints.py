"""Checkpoints: the cells of every part, counted up to the end of some halves of weeks.

A period is the difference of two of them, and the rows between them and its ends. Most are told by
one byte a cell, as how far they are from one near them that is kept whole; so there are twice as
many in the same room.
"""

import dataclasses
import functools

import numpy as np

from cityboard.rollup import kernels
from cityboard.rollup.kernels import Between
from cityboard.rollup.mapped import Held, InMemory

MOST_APART = 255  # rows of a cell between a checkpoint and the one it is told from
NOTHING_NARROW = kernels.frozen(np.zeros((0, 256), np.uint8))
NOTHING = kernels.frozen(np.zeros((0, 256), np.uint16))
NOT_COUNTED = Between(NOTHING, NOTHING, NOTHING_NARROW, NOTHING_NARROW, (1, 1))
Told = tuple[np.ndarray, np.ndarray, int]


@dataclasses.dataclass(frozen=True)
class Checkpoints:
    """Cells of every part up to the end of some halves of weeks.

    Attributes:
        ends: (checkpoints) int64 how many halves are counted, ascending; the last counts all.
        bases: (checkpoints) int64 number of the one that each is told from, ascending; its own
            where it is kept whole.
        planes: (those kept whole, parts, cells of a block) uint16 or uint32 counts.
        narrow: (others, parts, cells of a block) uint8 how far their counts are from their base's.
    """

    ends: np.ndarray
    bases: np.ndarray
    planes: Held
    narrow: Held

    @property
    def held(self) -> tuple[Held, Held]:
        """Return the arrays that may lie on the disk."""
        return self.planes, self.narrow

    def between(self, low: int, high: int) -> Between:
        """Return what lies between two of them; 1 is the first, 0 the beginning."""
        upper, over, above = self._told(high)
        lower, under, below = self._told(low)
        return Between(upper, lower, over, under, (above, below))

    def thinner(self) -> "Checkpoints":
        """Return every second one, the last included."""
        kept = np.arange(len(self.ends))[::-2][::-1]
        return checkpoints_of(self.ends[kept], np.stack([self._counts(n + 1) for n in kept]))

    @functools.cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where each one's base lies in `planes`, and it or the next in `narrow`."""
        is_whole = self.bases == np.arange(len(self.bases))
        wholes = np.flatnonzero(is_whole)
        return np.searchsorted(wholes, self.bases), np.cumsum(~is_whole) - ~is_whole

    def _told(self, number: int) -> Told:
        """Return the base's counts, how far away, and in which direction."""
        planes, at = self.planes.array, number - 1
        if not number:
            return planes[0][:0], NOTHING_NARROW, 1
        base, place = (int(places[at]) for places in self._places)
        if self.bases[at] == at:
            return planes[base], NOTHING_NARROW, 1
        return planes[base], self.narrow.array[place], 1 if at > self.bases[at] else -1

    def _counts(self, number: int) -> np.ndarray:
        plane, away, sign = self._told(number)
        counts = plane.astype(np.int64)
        return (counts + sign * away.astype(np.int64) if len(away) else counts).astype(np.uint32)


def checkpoints_of(ends: np.ndarray, counts: np.ndarray) -> Checkpoints:
    """Return checkpoints, as many as can be told from others near them.

    Args:
        ends: As of `Checkpoints`.
        counts: (checkpoints, parts, cells of a block) uint32 up to each end.
    """
    bases, first = np.arange(len(ends)), 0
    while first < len(ends):
        base = _last_near(counts, first)
        behind = _last_near(counts, base) + 1
        bases[first:behind] = base
        first = behind
    is_whole = bases == np.arange(len(ends))
    narrow = np.empty((int((~is_whole).sum()), *counts.shape[1:]), np.uint8)
    for place, number in enumerate(np.flatnonzero(~is_whole)):
        low, high = sorted((int(number), int(bases[number])))
        narrow[place] = counts[high] - counts[low]
    return Checkpoints(ends, bases, InMemory(narrowed(counts[is_whole])), InMemory(narrow))


def narrowed(counts: np.ndarray) -> np.ndarray:
    """Return counts in the smallest type that planes have."""
    return counts.astype(np.uint16) if counts.max(initial=0) < 2**16 else counts


def _last_near(counts: np.ndarray, first: int) -> int:
    """Return the last checkpoint of which no cell is further than a byte tells from the first."""
    last = first
    while last + 1 < len(counts) and (counts[last + 1] - counts[first]).max() <= MOST_APART:
        last += 1
    return last
