"""Complaints as they were known at an instant, and the funnel they pass."""

from pathlib import Path

import pytest

from cityboard.complaints import STATES, Complaint, complaints, funnel, moved
from cityboard.errors import StepError
from cityboard.selection import Members
from cityboard.store import Store
from tests.cleaning import seoul
from tests.days import clock, state, store_of

DAY = [
    state("a", "received", "09:00", due="12:00"),
    state("b", "received", "09:30", due="12:00", district_code="11680"),
    state("b", "assigned", "10:00", due="12:00", district_code="11680"),
    state("c", "received", "10:00"),
    state("c", "in_progress", "10:30"),
    state("c", "answered", "11:00", known="13:00"),
    state("d", "received", "08:00", due="09:00", category_code="roads"),
    state("d", "answered", "09:30", due="09:00", category_code="roads"),
    state("d", "closed", "10:00", due="09:00", category_code="roads"),
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return Seoul with four complaints."""
    return store_of(tmp_path, "complaint_steps", DAY)


def known(store: Store, until: str) -> dict[str, Complaint]:
    """Return the complaints by id, as they were known at a time of the city's clock."""
    return {each.id: each for each in complaints(store, until=clock(until))}


def test_every_state_has_its_words() -> None:
    labels = seoul().dataset("complaint_steps").column("state_code").labels or {}
    assert tuple(labels) == STATES


def test_a_complaint_stands_in_the_furthest_state_that_is_known(store: Store) -> None:
    noon, later = known(store, "12:00"), known(store, "13:00")
    assert {name: each.state for name, each in noon.items()} == {
        "c": "in_progress",
        "b": "assigned",
        "a": "received",
        "d": "closed",
    }
    assert later["c"].state == "answered"
    assert noon["c"].is_waiting
    assert not later["c"].is_waiting


def test_the_last_filed_comes_first(store: Store) -> None:
    assert list(known(store, "13:00")) == ["c", "b", "a", "d"]


def test_a_complaint_is_overdue_once_its_limit_has_passed_without_an_answer(store: Store) -> None:
    found = known(store, "12:30")
    assert [name for name, each in found.items() if each.is_overdue(clock("12:00"))] == []
    assert [name for name, each in found.items() if each.is_overdue(clock("12:01"))] == ["b", "a"]


def test_an_answer_is_in_time_or_late_and_neither_as_long_as_it_waits(store: Store) -> None:
    found = known(store, "13:00")
    assert {name: each.is_in_time for name, each in found.items()} == {
        "c": True,
        "b": None,
        "a": None,
        "d": False,
    }


def test_the_funnel_counts_every_complaint_once_and_reaches_down_to_the_last_state(
    store: Store,
) -> None:
    found = funnel(complaints(store, until=clock("13:00")), at=clock("13:00"))
    assert list(found.counts.items()) == [
        ("received", 1),
        ("assigned", 1),
        ("in_progress", 0),
        ("answered", 1),
        ("closed", 1),
    ]
    assert list(found.reached.values()) == [4, 3, 2, 2, 1]
    assert (found.filed, found.waiting, found.overdue) == (4, 2, 2)
    assert (found.answered, found.in_time, found.in_time_pct) == (2, 1, 50.0)


def test_the_funnel_of_nothing_is_empty_and_has_no_share() -> None:
    found = funnel((), at=clock("13:00"))
    assert (found.filed, found.in_time_pct) == (0, None)


def test_a_district_is_named_by_few(store: Store) -> None:
    assert {name: each.district for name, each in known(store, "13:00").items()} == {
        "c": None,
        "b": "11680",
        "a": None,
        "d": None,
    }


def test_a_clause_chooses_complaints(store: Store) -> None:
    roads = (Members("category_code", ("roads",)),)
    assert [each.id for each in complaints(store, until=clock("13:00"), where=roads)] == ["d"]


def test_more_than_a_page_of_steps_is_read_whole(tmp_path: Path) -> None:
    rows = [state(f"c{n:04d}", name, "09:00") for n in range(700) for name in STATES[:2]]
    found = complaints(store_of(tmp_path, "complaint_steps", rows), until=clock("10:00"))
    assert funnel(found, at=clock("10:00")).counts["assigned"] == 700


def test_what_cannot_be_is_kept_and_marked(tmp_path: Path) -> None:
    rows = [state("a", "received", "09:00"), state("a", "answered", "08:00", known="09:30")]
    (found,) = complaints(store_of(tmp_path, "complaint_steps", rows), until=clock("10:00"))
    assert found.state == "answered"
    assert [each.step for each in found.contradictions] == ["answered"]


def test_a_complaint_cannot_be_answered_before_it_was_filed_nor_after_it_was_closed() -> None:
    with pytest.raises(StepError, match=r"^complaint a: step 'answered' .* Take 'received' first"):
        moved("a", {}, "answered", clock("09:00"))
    states = moved("a", moved("a", {}, "received", clock("09:00")), "closed", clock("10:00"))
    with pytest.raises(StepError, match="closed since"):
        moved("a", states, "answered", clock("11:00"))
