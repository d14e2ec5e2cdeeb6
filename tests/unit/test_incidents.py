"""Incidents as they were known at an instant."""

import datetime as dt
import itertools
from pathlib import Path

import pytest

from cityboard.errors import StepError, UnknownNameError
from cityboard.incidents import (
    AT_SCENE,
    STEPS,
    Incident,
    contradiction_words,
    incident,
    incidents,
    incidents_near,
    taken,
)
from cityboard.selection import Members
from cityboard.store import Store
from tests.cleaning import seoul
from tests.days import PLACE, clock, step, store_of

NIGHT = clock("23:59")
FIRE = [
    step("f1", "received", "14:00", known="14:00:10"),
    step("f1", "arrived", "14:04", known="14:30", station_name="을지로119안전센터"),
    step("f1", "dispatch_ordered", "14:01", known="14:01:10"),
    step("f1", "full_control", "14:40", in_charge_ko="지휘팀장", in_charge_en="Team leader"),
]


def opened(folder: Path, *rows: dict[str, object]) -> Store:
    """Return Seoul with these steps of incidents."""
    return store_of(folder, "incident_steps", rows)


def only(store: Store, until: str) -> Incident:
    """Return the one incident there is, as it was known at a time of the city's clock."""
    (found,) = incidents(store, until=clock(until))
    return found


def test_every_kind_and_step_has_its_words_and_no_words_are_left_over() -> None:
    entry = seoul().dataset("incident_steps")
    assert set(entry.column("kind_code").labels or {}) == set(STEPS)
    steps = set(itertools.chain.from_iterable(STEPS.values()))
    assert set(entry.column("step_code").labels or {}) == steps
    assert all(AT_SCENE[kind] in order for kind, order in STEPS.items())


def test_nothing_is_told_before_it_was_known(tmp_path: Path) -> None:
    store = opened(tmp_path, *FIRE)
    assert incidents(store, until=clock("14:00:09")) == ()
    assert only(store, "14:00:10").steps["received"] == clock("14:00")
    at_five_past = only(store, "14:05")
    assert at_five_past.steps["dispatch_ordered"] == clock("14:01")
    assert at_five_past.steps["arrived"] is None  # it was taken, and known to nobody here
    assert only(store, "14:30").steps["arrived"] == clock("14:04")


def test_a_step_not_known_is_unknown_if_a_later_one_was_taken_and_awaited_otherwise(
    tmp_path: Path,
) -> None:
    found = only(opened(tmp_path, *FIRE), "15:00")
    assert {name: found.state_of(name) for name in found.steps} == {
        "received": "known",
        "dispatch_ordered": "known",
        "arrived": "known",
        "activity_started": "unknown",
        "first_control": "unknown",
        "full_control": "known",
        "closed": "awaited",
    }
    assert found.last_step == "full_control"
    assert found.is_open


def test_an_incident_is_open_until_somebody_says_it_is_closed(tmp_path: Path) -> None:
    closed = step("f1", "closed", "15:00", known="15:20")
    store = opened(tmp_path, *FIRE, closed)
    assert only(store, "15:19").is_open
    assert not only(store, "15:20").is_open


def test_what_is_learnt_late_says_since_when_it_is_known(tmp_path: Path) -> None:
    found = only(opened(tmp_path, *FIRE), "15:00")
    assert found.late_steps == {"arrived": clock("14:30")}


@pytest.mark.parametrize(
    ("kind", "there", "at", "minutes", "is_within"),
    [
        ("fire", "arrived", "14:05", 5.0, True),
        ("fire", "arrived", "14:05:01", 5 + 1 / 60, False),
        ("ambulance", "activity", "14:04", 4.0, True),
        ("rescue", "arrived", "14:09", 9.0, False),
        ("fire", "arrived", "13:59", -1.0, False),
    ],
)
def test_the_target_is_five_minutes_from_the_call_to_the_scene(
    tmp_path: Path, kind: str, there: str, at: str, minutes: float, is_within: bool
) -> None:
    rows = [step("i", "received", "14:00"), step("i", there, at)]
    found = only(opened(tmp_path, *({**row, "kind_code": kind} for row in rows)), "15:00")
    assert found.minutes_to_arrival == pytest.approx(minutes)
    assert found.is_within_target is is_within


def test_an_ambulance_at_the_hospital_is_not_yet_known_to_have_been_at_the_scene(
    tmp_path: Path,
) -> None:
    rows = [step("a", name, "14:00", kind_code="ambulance") for name in ("received", "arrived")]
    found = only(opened(tmp_path, *rows), "15:00")
    assert (found.minutes_to_arrival, found.is_within_target) == (None, None)


def test_who_is_in_charge_and_where_is_what_was_told_last(tmp_path: Path) -> None:
    moved = step("f1", "closed", "15:00", lon=127.1, station_name="중부소방서")
    store = opened(tmp_path, *FIRE, moved)
    before, after = only(store, "14:30"), only(store, "15:00")
    assert (before.station, before.place) == ("을지로119안전센터", PLACE)
    assert (after.station, after.place) == ("중부소방서", (127.1, PLACE[1]))
    assert before.in_charge is None
    assert after.in_charge is not None
    assert after.in_charge.ko == "지휘팀장"


def test_a_place_that_is_not_known_is_not_made_up(tmp_path: Path) -> None:
    store = opened(tmp_path, step("f1", "received", "14:00", lon=None, district_code=None))
    found = only(store, "15:00")
    assert (found.place, found.district, found.neighbourhood) == (None, None, None)
    assert incidents_near(store, PLACE, until=NIGHT) == ()


def test_steps_that_cannot_be_are_kept_and_mark_the_incident(tmp_path: Path) -> None:
    rows = [
        step("f1", "received", "14:00", known="14:00:10"),
        step("f1", "arrived", "13:50", known="14:05"),
        step("f1", "closed", "15:00", known="15:00:05"),
        step("f1", "closed", "15:30", known="15:30:05"),
        step("f1", "en_route", "14:01", known="15:40"),
        step("f1", "received", "14:00", known="15:50", event_id="again"),
    ]
    store = opened(tmp_path, *rows)
    assert not only(store, "14:04").is_contradictory
    found = only(store, "16:00")
    assert found.is_contradictory
    assert found.steps["arrived"] == clock("13:50")
    assert found.steps["closed"] == clock("15:00")  # the first told counts
    assert [(each.step, each.other) for each in found.contradictions] == [
        ("arrived", "received"),
        ("closed", "closed"),
        ("en_route", None),
    ]
    words = [contradiction_words(store, each) for each in found.contradictions]
    assert [each.ko for each in words] == [
        "단계의 순서와 시각이 맞지 않습니다: 도착 13:50:00, 신고 접수 14:00:00",
        "상황 종료 시각이 두 번 다르게 통보되었습니다: 15:00:00, 15:30:00",
        "이 종류의 사건에는 없는 단계가 통보되었습니다: 출동 14:01:00",
    ]
    assert words[1].en == "Closed was told twice: 15:00:00 and 15:30:00"


def test_an_order_that_cannot_be_names_the_incident() -> None:
    words = r"^incident i1 \(fire\): step 'arrived' was asked at .*; nothing is received yet"
    with pytest.raises(StepError, match=words):
        taken("i1", "fire", {}, "arrived", clock("14:00"))
    steps: dict[str, dt.datetime] = {}
    for minute, name in enumerate(STEPS["fire"]):
        steps = taken("i1", "fire", steps, name, clock(f"14:{minute:02d}"))
    assert tuple(steps) == STEPS["fire"]
    with pytest.raises(StepError, match=r"it is closed since .*\. Open a new one"):
        taken("i1", "fire", steps, "closed", clock("15:00"))
    with pytest.raises(UnknownNameError, match="No kind of incident 'flood' in STEPS"):
        taken("i1", "flood", {}, "received", clock("14:00"))


def test_the_last_one_called_in_comes_first_and_equal_ones_by_their_id(tmp_path: Path) -> None:
    rows = [step(name, "received", at) for name, at in (("a", "14:00"), ("c", "14:02"))]
    rows += [step("b", "received", "14:02"), step("d", "arrived", "14:01")]
    found = incidents(opened(tmp_path, *rows), until=NIGHT)
    assert [each.id for each in found] == ["c", "b", "d", "a"]


def test_news_since_an_instant_are_of_incidents_told_whole(tmp_path: Path) -> None:
    store = opened(tmp_path, *FIRE, step("f2", "received", "13:00"))
    (found,) = incidents(store, until=clock("14:35"), since=clock("14:20"))
    assert found.id == "f1"
    assert found.received_at == clock("14:00")
    assert incidents(store, until=clock("14:35"), since=clock("14:30")) == ()


def test_a_clause_chooses_incidents_and_leaves_their_steps(tmp_path: Path) -> None:
    store = opened(tmp_path, *FIRE, step("a1", "received", "14:00", kind_code="ambulance"))
    (found,) = incidents(store, until=NIGHT, where=(Members("step_code", ("arrived",)),))
    assert (found.id, len([at for at in found.steps.values() if at])) == ("f1", 4)


@pytest.mark.parametrize("long", [10_000, 0])
def test_of_very_many_the_newest_are_told_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: int
) -> None:
    """A page of a listing has a thousand rows; an incident may begin on an earlier one.

    A longer table is read from its end, an hour or a day at a time.
    """
    monkeypatch.setattr("cityboard.steps.LONG", long)
    rows = [step(f"i{n:04d}", "received", "10:00") for n in range(600)]
    rows += [step(f"i{n:04d}", "arrived", "11:00", known="12:00") for n in range(600)]
    rows += [step(f"i{n:04d}", "closed", "11:30", known="12:30") for n in range(100, 600)]
    found = incidents(opened(tmp_path, *rows), until=NIGHT, most=300)
    assert len(found) == 300
    assert all(each.received_at and not each.is_open for each in found)
    assert {each.known_at for each in found} == {clock("12:30")}


def test_one_incident_is_found_by_its_id_as_it_was_known(tmp_path: Path) -> None:
    store = opened(tmp_path, *FIRE)
    assert incident(store, "f1", until=clock("14:05")) == only(store, "14:05")
    with pytest.raises(UnknownNameError, match=r"No incident 'f2' in what was known at .*: f1\."):
        incident(store, "f2", until=clock("14:05"))
    with pytest.raises(UnknownNameError, match="There is: none"):
        incident(store, "f1", until=clock("13:00"))


def test_incidents_nearby_are_those_within_the_reach_and_not_the_one_asked_about(
    tmp_path: Path,
) -> None:
    metre = 1 / 111_195  # of a degree northwards
    rows = [
        step(name, "received", f"{hour}:00", lat=PLACE[1] + metres * metre)
        for name, hour, metres in (("here", 10, 0), ("near", 11, 1990), ("far", 12, 2010))
    ]
    found = incidents_near(opened(tmp_path, *rows), PLACE, until=NIGHT, without=("here",))
    assert [each.id for each in found] == ["near"]
