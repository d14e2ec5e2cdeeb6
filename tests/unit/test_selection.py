"""Clauses and selections: one clause a field, the way into an address and back."""

import contextlib
import datetime as dt
import string
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityboard.errors import QueryError
from cityboard.selection import (
    Box,
    Clause,
    Interval,
    Members,
    Selection,
    SelectionState,
    parameters_of,
)

MARCH = Interval(dt.date(2026, 3, 1), dt.date(2026, 4, 1))
JONGNO = Members("area", ("11110",))
FIELDS = ("time", "place", "hour", "weekday", "area", "kind", "floor")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SIDES = st.floats(allow_nan=False)


def _intervals() -> st.SearchStrategy[Clause]:
    days = st.lists(st.dates(), min_size=2, max_size=2, unique=True).map(sorted)
    return days.map(lambda pair: Interval(*pair))


def _members(field: str, values: st.SearchStrategy[str | int]) -> st.SearchStrategy[Clause]:
    return st.lists(values, min_size=1, max_size=5).map(lambda v: Members(field, tuple(v)))


def _boxes() -> st.SearchStrategy[Clause]:
    two_sides = st.lists(SIDES, min_size=2, max_size=2, unique=True).map(sorted)
    pairs = st.lists(two_sides, min_size=2, max_size=2)
    return pairs.map(lambda p: Box(p[0][0], p[1][0], p[0][1], p[1][1]))


CLAUSES = st.one_of(
    _intervals(),
    _boxes(),
    _members("hour", st.integers(0, 23)),
    _members("weekday", st.integers(1, 7)),
    _members("area", st.text(string.digits, min_size=1)),
    _members("kind", TEXT | st.sampled_from(["", "%", ",", "%2C", "%25", "a,b", "한글"])),
    _members("floor", st.integers()),
)
SELECTIONS = st.lists(CLAUSES, unique_by=lambda clause: clause.field).map(
    lambda clauses: Selection(tuple(clauses))
)


@given(SELECTIONS)
def test_every_selection_comes_back_from_its_address(selection: Selection) -> None:
    search = f"?{urlencode(selection.to_parameters())}"
    assert Selection.from_parameters(parameters_of(search), fields=FIELDS) == selection


@given(st.sampled_from(FIELDS), TEXT | st.text("0123456789,.-:WnaifTZ%", max_size=24))
def test_any_text_in_an_address_is_a_selection_or_refused(field: str, text: str) -> None:
    with contextlib.suppress(QueryError):
        selection = Selection.from_parameters({field: text}, fields=FIELDS)
        assert Selection.from_parameters(selection.to_parameters(), fields=FIELDS) == selection


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("time", "2026-03-01", "time='2026-03-01', which is not a selection"),
        ("time", "2026-03-01..2026-03-01", "its end must be after its start"),
        ("time", "2026-04-01..2026-03-01", "its end must be after its start"),
        ("time", "2026-02-30..2026-03-01", "not a selection; drop it"),
        ("time", "..2026-03-01", "not a selection; drop it"),
        ("time", "2026-03-01..2026-04-01..2026-05-01", "not a selection; drop it"),
        ("time", "<script>alert(1)</script>", "not a selection; drop it"),
        ("place", "126.9,37.5,127.0", "place='126.9,37.5,127.0', which is not a selection"),
        ("place", "127.0,37.5,126.9,37.6", "is empty; give west, south, east, north"),
        ("place", "nan,nan,nan,nan", "is empty; give west, south, east, north"),
        ("place", "126.9,37.5,east,37.6", "not a selection; drop it"),
        ("hour", "24", "hour='24' was asked; give whole numbers from 0 to 23"),
        ("hour", "-1", "give whole numbers from 0 to 23"),
        ("hour", "seven", "give whole numbers from 0 to 23"),
        ("hour", "7,", "give whole numbers from 0 to 23"),
        ("hour", "7.5", "give whole numbers from 0 to 23"),
        ("hour", "9" * 5000, "give whole numbers from 0 to 23"),
        ("weekday", "0", "weekday='0' was asked; give whole numbers from 1 to 7"),
        ("weekday", "8", "give whole numbers from 1 to 7"),
    ],
)
def test_a_bad_address_is_refused_and_what_was_asked_is_told(
    field: str, text: str, words: str
) -> None:
    with pytest.raises(QueryError, match=words):
        Selection.from_parameters({field: text}, fields=FIELDS)


def test_parameters_of_no_field_are_left_to_others() -> None:
    parameters = {"lang": "ko", "theme": "dark", "area": "11110"}
    assert Selection.from_parameters(parameters, fields=FIELDS) == Selection((JONGNO,))


def test_an_empty_parameter_selects_nothing() -> None:
    assert Selection.from_parameters({"area": "", "time": ""}, fields=FIELDS) == Selection()


def test_the_last_of_several_parameters_of_one_name_counts() -> None:
    assert parameters_of("?area=11110&area=11140&x") == {"area": "11140"}


def test_a_field_has_one_clause() -> None:
    with pytest.raises(QueryError, match="two clauses of one field: area, area"):
        Selection((JONGNO, Members("area", ("11140",))))


def test_a_clause_takes_the_place_of_the_one_of_its_field() -> None:
    selection = Selection((MARCH, JONGNO)).put(Members("area", ("11140",)))
    assert selection.get("area") == Members("area", ("11140",))
    assert selection.get("time") == MARCH


def test_clauses_are_dropped_by_field() -> None:
    selection = Selection((MARCH, JONGNO)).without("area", "hour")
    assert selection == Selection((MARCH,))
    assert selection.get("area") is None


def test_the_order_in_which_clauses_came_makes_no_difference() -> None:
    one, other = Selection((MARCH, JONGNO)), Selection((JONGNO, MARCH))
    assert (one, hash(one)) == (other, hash(other))


def test_the_order_and_number_of_values_make_no_difference() -> None:
    assert Members("kind", ("b", "a", "b")) == Members("kind", ("a", "b"))


def test_hours_are_ordered_as_numbers() -> None:
    assert Members("hour", (10, 9, "8")).values == (8, 9, 10)


def test_a_number_and_its_text_are_one_selection() -> None:
    assert Members("floor", (3,)) == Members("floor", ("3",))
    assert Members("hour", ("8",)) == Members("hour", (8,))


def test_yes_and_one_are_two_selections() -> None:
    """Python holds True equal to 1: an answer to one must not be given for the other."""
    assert Members("is_open", (True,)) != Members("is_open", (1,))


def test_no_values_are_no_clause() -> None:
    with pytest.raises(QueryError, match="no value of 'area' is selected"):
        Members("area", ())


def test_a_period_without_a_day_is_refused() -> None:
    with pytest.raises(QueryError, match="its end must be after its start"):
        Interval(dt.date(2026, 3, 1), dt.date(2026, 3, 1))


def test_a_box_keeps_every_digit_in_the_address() -> None:
    box = Box(126.97712345678901, 37.5, 126.97712345678905, 37.6)
    assert Selection.from_parameters({"place": str(box)}, fields=FIELDS).get("place") == box


def test_publishing_replaces_and_clearing_drops() -> None:
    state = SelectionState()
    state.publish(MARCH, JONGNO)
    state.publish(Members("area", ("11140",)))
    assert state.value == Selection((MARCH, Members("area", ("11140",))))
    state.clear("time")
    assert state.value == Selection((Members("area", ("11140",)),))
    state.clear()
    assert state.value == Selection()


def test_watchers_hear_of_one_action_once() -> None:
    state, heard = SelectionState(), []
    state.param.watch(lambda event: heard.append(event.new), "value")
    state.publish(MARCH, JONGNO)
    state.publish(JONGNO)
    assert heard == [Selection((MARCH, JONGNO))]
