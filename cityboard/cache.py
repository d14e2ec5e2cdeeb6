"""Answers kept while there is room: the least lately used goes first."""

import collections
import threading
from collections.abc import Hashable

import pandas as pd

MOST_BYTES = 128 * 1024 * 1024
LARGEST_SHARE = 8  # an answer over this part of the room would drive out too many others
BESIDE_BYTES = 20_000  # of a frame without rows, its columns looked up, and its question: measured


class AnswerCache:
    """Frames by question and version, bounded by their bytes; safe to share between threads.

    Args:
        most_bytes: Memory of all frames together.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._frames: collections.OrderedDict[Hashable, tuple[pd.DataFrame, int]]
        self._frames = collections.OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._frames)

    def get(self, key: Hashable) -> pd.DataFrame | None:
        """Return a frame, or None where it is not kept."""
        with self._lock:
            if key not in self._frames:
                return None
            self._frames.move_to_end(key)
            return self._frames[key][0]

    def put(self, key: Hashable, frame: pd.DataFrame) -> None:
        """Keep a frame; a very large one is not kept."""
        size = int(frame.memory_usage(deep=True).sum()) + BESIDE_BYTES
        if size > self._most // LARGEST_SHARE:
            return
        with self._lock:
            self._bytes += size - self._frames.get(key, (frame, 0))[1]
            self._frames[key] = (frame, size)
            while self._bytes > self._most:
                _, (_, dropped) = self._frames.popitem(last=False)
                self._bytes -= dropped
