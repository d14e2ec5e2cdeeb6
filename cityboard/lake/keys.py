"""The keys of the rows that a table holds, so that a row that comes twice is known again."""

import numpy as np
import polars as pl
import xxhash

MOST_RECENT = 100_000  # kept in a set; putting them in order with all others takes time
_LOW = 2**64 - 1


class Keys:
    """Keys as digests of 128 bits, 16 bytes each.

    Two keys of one digest would be taken for one; with ten million keys the chance of any such
    pair is below 1e-24.
    """

    def __init__(self) -> None:
        self._high, self._low = np.empty(0, np.uint64), np.empty(0, np.uint64)
        self._recent: set[int] = set()

    def __len__(self) -> int:
        return len(self._high) + len(self._recent)

    def unknown(self, keys: pl.DataFrame) -> pl.Series:
        """Tell of each key whether it is new: neither held nor met in an earlier row."""
        digests = _digests(keys)
        is_held, met = self._held(digests), set[int]()
        is_new = []
        for digest, held in zip(digests, is_held, strict=True):
            is_new.append(not held and digest not in met)
            met.add(digest)
        return pl.Series(is_new, dtype=pl.Boolean)

    def add(self, keys: pl.DataFrame) -> None:
        """Hold the keys of further rows."""
        self._recent.update(_digests(keys))
        if len(self._recent) > MOST_RECENT:
            self._put_in_order()

    def _held(self, digests: list[int]) -> list[bool]:
        if not digests:
            return []
        high, low = _halves(digests)
        place = np.searchsorted(self._high, high).clip(max=max(len(self._high) - 1, 0))
        if len(self._high):
            is_old = (self._high[place] == high) & (self._low[place] == low)
        else:
            is_old = np.zeros(len(digests), np.bool_)
        return [bool(o) or d in self._recent for o, d in zip(is_old, digests, strict=True)]

    def _put_in_order(self) -> None:
        high, low = _halves(list(self._recent))
        high, low = np.concatenate([self._high, high]), np.concatenate([self._low, low])
        order = np.argsort(high, kind="stable")
        self._high, self._low = high[order], low[order]
        self._recent.clear()


def _halves(digests: list[int]) -> tuple[np.ndarray, np.ndarray]:
    count = len(digests)
    high = np.fromiter((digest >> 64 for digest in digests), np.uint64, count)
    return high, np.fromiter((digest & _LOW for digest in digests), np.uint64, count)


def _digests(keys: pl.DataFrame) -> list[int]:
    texts = keys.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return [xxhash.xxh3_128_intdigest(text.encode()) for text in texts]
