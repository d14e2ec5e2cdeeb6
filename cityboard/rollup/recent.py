"""Maps drawn of late: the next step of a drag differs from the last one by a few days."""

import collections
import threading
from collections.abc import Hashable

import numpy as np

from cityboard.rollup.weights import half_of

MOST_BYTES = 12 * 1024 * 1024  # a few maps: more would drive each other out of the cache
SMALLEST_ROWS = 2_000_000  # of a segment: below, all of it is read sooner than a map is copied
Run = tuple[int, int]


class Recent:
    """Images by what they are about and their run of days; safe to share between threads.

    Args:
        most_bytes: Memory of all of them together.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._images: collections.OrderedDict[tuple[Hashable, Run], np.ndarray]
        self._images = collections.OrderedDict()
        self._lock = threading.Lock()

    def closest(self, about: Hashable, run: Run) -> tuple[Run, np.ndarray] | None:
        """Return the image of the run that differs in the fewest halves of weeks, and the run."""
        with self._lock:
            runs = [other for what, other in self._images if what == about]
            if not runs:
                return None
            best = min(runs, key=lambda other: halves_between(run, other))
            self._images.move_to_end((about, best))
            return best, self._images[about, best]

    def keep(self, about: Hashable, run: Run, image: np.ndarray) -> None:
        """Keep an image, which nobody writes to any more."""
        with self._lock:
            before = self._images.pop((about, run), None)
            self._bytes += image.nbytes - (0 if before is None else before.nbytes)
            self._images[about, run] = image
            while self._bytes > self._most:
                _, dropped = self._images.popitem(last=False)
                self._bytes -= dropped.nbytes


def halves_between(run: Run, other: Run) -> int:
    """Return how many halves of weeks have days in which two runs differ: so many are read."""
    ends = (sorted(pair) for pair in zip(run, other, strict=True))
    return sum(half_of(last - 1) - half_of(first) + 1 for first, last in ends if first < last)
