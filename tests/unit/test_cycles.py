"""The collector of cycles: when sessions have gone, and seldom otherwise."""

import gc
from collections.abc import Iterator

import pytest

from cityboard.process import LONGEST_SECONDS, NEVER, SHORTEST_SECONDS, SPARED, CycleCollector


class Ring:
    """An object that only a look for cycles can free."""

    alive = 0

    def __init__(self) -> None:
        self.me = self
        Ring.alive += 1

    def __del__(self) -> None:
        Ring.alive -= 1


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_cycles_are_collected_when_a_session_has_gone() -> None:
    there = {"a", "b"}
    collector = CycleCollector(lambda: set(there), clock=lambda: 0.0)
    assert not collector.look()
    Ring()
    there.remove("a")
    assert collector.look()
    assert Ring.alive == 0
    assert not collector.look()


def test_they_are_collected_after_a_while_though_nobody_has_gone() -> None:
    now = [0.0]
    collector = CycleCollector(lambda: {"a"}, clock=lambda: now[0])
    now[0] = SHORTEST_SECONDS - 1
    assert not collector.look()
    now[0] = SHORTEST_SECONDS + 1
    assert collector.look()
    assert not collector.look()


@pytest.mark.parametrize(
    ("took", "wait"), [(0.01, SHORTEST_SECONDS), (0.5, 0.5 * SPARED), (9.0, LONGEST_SECONDS)]
)
def test_a_look_that_takes_long_is_spared_for_longer(
    monkeypatch: pytest.MonkeyPatch, took: float, wait: float
) -> None:
    now = [0.0]
    collector = CycleCollector(lambda: {"a"}, clock=lambda: now[0])
    monkeypatch.setattr(gc, "collect", lambda: now.__setitem__(0, now[0] + took))
    now[0] = SHORTEST_SECONDS + 1
    assert collector.look()
    now[0] += wait - 1
    assert not collector.look()
    now[0] += 2
    assert collector.look()


def test_python_no_longer_looks_through_all_objects_by_itself() -> None:
    CycleCollector(lambda: {"warm"}).begin()
    assert gc.get_threshold()[2] == NEVER
    assert gc.get_freeze_count() == 0


def test_what_is_loaded_is_left_out_from_the_beginning_where_no_session_is_there_yet() -> None:
    CycleCollector(set).begin()
    assert gc.get_freeze_count() > 1000


def test_what_is_loaded_is_left_out_once_no_session_is_there() -> None:
    there = {"warm"}
    collector = CycleCollector(lambda: set(there), clock=lambda: 0.0)
    collector.look()
    assert gc.get_freeze_count() == 0
    there.clear()
    collector.look()
    assert gc.get_freeze_count() > 1000
