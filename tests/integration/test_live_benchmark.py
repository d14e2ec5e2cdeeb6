"""The benchmark of streams: it counts by key, and notices what is lost, doubled or never shown."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.counter import CountingReader
from benchmarks.live import LiveResult, _delays, _slope, measure_live


def test_every_event_is_sent_published_once_and_shown(tmp_path: Path) -> None:
    result = measure_live(tmp_path, seconds=12.0, rate=200, sessions=2)
    assert isinstance(result, LiveResult)
    assert result.errors == ()
    assert result.sent == 13 * 200
    assert (result.published, result.lost, result.doubled) == (result.sent, 0, 0)
    assert (result.unseen, result.resent, result.duplicates) == (0, 20, 20)
    assert 0 < result.p50_s <= result.p95_s <= result.max_s
    assert result.own_mb > 0


def reader(*seen: tuple[float, int]) -> CountingReader:
    found = CountingReader.__new__(CountingReader)
    found.seen = list(seen)
    return found


def test_an_event_is_shown_with_the_first_total_that_reaches_it() -> None:
    made_at = np.array([0.0, 1.0, 2.0, 3.0])
    delays, unseen = _delays([reader((2.5, 2), (4.0, 3)), reader((5.0, 4))], made_at, 1)
    assert delays.tolist() == [1.5, 2.0, 4.0, 3.0, 2.0]
    assert unseen == 1


def test_the_slope_is_of_the_time_after_the_warm_up() -> None:
    memory = [
        (minute, 100.0 + (50 if minute >= 1 else 50 * minute)) for minute in np.arange(0, 5, 0.1)
    ]
    assert _slope(memory, 300.0) == pytest.approx(0, abs=1e-6)
