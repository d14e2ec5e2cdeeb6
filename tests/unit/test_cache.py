"""Answers that are kept: bounded by bytes, the least lately used goes first."""

import numpy as np
import pandas as pd
import pytest

from cityboard.cache import LARGEST_SHARE, AnswerCache

KILOBYTE = 1024


def frame(kilobytes: float) -> pd.DataFrame:
    """Return a frame of about a size."""
    return pd.DataFrame({"persons": np.zeros(int(kilobytes * KILOBYTE / 8))})


@pytest.fixture
def cache() -> AnswerCache:
    """Return room for ten frames of ten kilobytes, and a little for what stands beside them."""
    return AnswerCache(310 * KILOBYTE)


def test_what_was_put_is_given_back(cache: AnswerCache) -> None:
    kept = frame(1)
    cache.put("a", kept)
    assert cache.get("a") is kept
    assert cache.get("b") is None


def test_the_least_lately_used_answer_goes_first(cache: AnswerCache) -> None:
    for name in range(10):
        cache.put(name, frame(10))
    assert cache.get(0) is not None
    cache.put("new", frame(10))
    assert cache.get(1) is None
    assert cache.get(0) is not None
    assert len(cache) == 10


def test_an_answer_that_would_drive_out_many_others_is_not_kept(cache: AnswerCache) -> None:
    cache.put("large", frame(311 / LARGEST_SHARE))
    assert cache.get("large") is None


def test_an_answer_put_twice_is_counted_once(cache: AnswerCache) -> None:
    for _ in range(100):
        cache.put("a", frame(10))
    for name in range(9):
        cache.put(name, frame(10))
    assert cache.get("a") is not None
