"""Steps: which may be taken, and what is made of those that are told."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityboard.errors import StepError
from cityboard.steps import Contradiction, contradiction, take, told
from tests.days import clock

ORDER = ("received", "ordered", "arrived", "closed")
CALLED = {"received": clock("14:00")}
STEPS = st.sampled_from(ORDER)
INSTANTS = st.integers(0, 9).map(lambda n: clock(f"14:{n:02d}"))


def taken(*steps: tuple[str, str]) -> dict[str, dt.datetime]:
    """Return what is taken after some orders."""
    so_far: dict[str, dt.datetime] = {}
    for step, at in steps:
        so_far = take(ORDER, so_far, step, clock(at), what="incident i1")
    return so_far


def test_steps_are_taken_in_their_order_and_may_be_left_out() -> None:
    assert list(taken(("received", "14:00"), ("arrived", "14:04"), ("closed", "15:00"))) == [
        "received",
        "arrived",
        "closed",
    ]


def test_taking_a_step_leaves_what_was_taken_as_it_was() -> None:
    before = dict(CALLED)
    take(ORDER, before, "ordered", clock("14:01"), what="incident i1")
    assert before == CALLED


@pytest.mark.parametrize(
    ("steps", "step", "at", "words"),
    [
        ([], "arrived", "14:00", "nothing is received yet. Take 'received' first"),
        ([("received", "14:00")], "received", "14:01", "it was taken at .*A step is taken once"),
        ([("received", "14:00"), ("closed", "14:09")], "closed", "14:10", "closed since .*new one"),
        (
            [("received", "14:00"), ("closed", "14:09")],
            "arrived",
            "14:10",
            "closed since .*new one",
        ),
        ([("received", "14:00"), ("arrived", "14:05")], "ordered", "14:06", "'arrived' was taken"),
        ([("received", "14:05")], "ordered", "14:01", "later. Mend the clock"),
        ([("received", "14:00")], "flown", "14:01", "no such step. Take one of: received, ordered"),
    ],
)
def test_an_order_that_cannot_be_is_refused_with_what_to_do(
    steps: list[tuple[str, str]], step: str, at: str, words: str
) -> None:
    so_far = taken(*steps)
    asked = f"^incident i1: step '{step}' was asked at 2019-03-05T{at}:00.09:00; .*{words}"
    with pytest.raises(StepError, match=asked):
        take(ORDER, so_far, step, clock(at), what="incident i1")


@given(st.lists(st.tuples(STEPS, INSTANTS)))
def test_whatever_is_ordered_what_is_taken_has_no_contradiction(
    orders: list[tuple[str, dt.datetime]],
) -> None:
    so_far: dict[str, dt.datetime] = {}
    for step, at in orders:
        try:
            so_far = take(ORDER, so_far, step, at, what="incident i1")
        except StepError:
            continue
    assert list(so_far) == [step for step in ORDER if step in so_far]
    assert list(so_far.values()) == sorted(so_far.values())
    assert not so_far or "received" in so_far
    assert told(ORDER, list(so_far.items())) == (so_far, ())


@given(st.lists(st.tuples(STEPS, INSTANTS)))
def test_of_what_is_told_nothing_is_lost_but_what_is_told_again(
    rows: list[tuple[str, dt.datetime]],
) -> None:
    steps, found = told(ORDER, rows)
    assert {step for step, _ in rows} == set(steps)
    for step, at in steps.items():
        assert at == next(instant for name, instant in rows if name == step)
    others = {(step, at) for step, at in rows if steps[step] != at}
    assert others <= {(each.step, each.at) for each in found}


def test_a_step_told_late_or_never_contradicts_nothing() -> None:
    assert contradiction(ORDER, {"arrived": clock("14:05")}, "received", clock("14:00")) is None
    assert contradiction(ORDER, {}, "closed", clock("14:00")) is None


def test_a_step_told_again_is_no_news() -> None:
    assert contradiction(ORDER, CALLED, "received", clock("14:00")) is None


@pytest.mark.parametrize(
    ("known", "step", "at", "expected"),
    [
        (CALLED, "received", "14:01", ("received", "14:00")),
        (CALLED, "arrived", "13:59", ("received", "14:00")),
        ({"closed": clock("14:30")}, "arrived", "14:31", ("closed", "14:30")),
        (CALLED, "flown", "14:01", None),
    ],
)
def test_what_cannot_be_is_told_with_what_it_contradicts(
    known: dict[str, dt.datetime], step: str, at: str, expected: tuple[str, str] | None
) -> None:
    other, other_at = (expected[0], clock(expected[1])) if expected else (None, None)
    found = contradiction(ORDER, known, step, clock(at))
    assert found == Contradiction(step, clock(at), other, other_at)
