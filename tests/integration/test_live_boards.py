"""The live city and one incident, as they were known: equal to the rows counted apart."""

import datetime as dt
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from cityboard.boards import IncidentBoard, LiveBoard, make_board
from cityboard.cancel import Cancel
from cityboard.catalog import Language
from cityboard.incidents import STEPS
from cityboard.nearest import SPHERE_M
from cityboard.selection import Selection
from cityboard.store import Store, open_store
from cityboard.views.clock import ClockView, clock_at
from cityboard.views.incident import BOXES, COUNT, SHELTERS, STATIONS, NearbyView, TimelineView
from cityboard.views.live import ComplaintsNowView, CountsView, OpenIncidentsView
from cityboard.views.now import screen_clock
from cityboard.views.screen import open_screen
from tests.cleaning import SEOUL

ZONE = ZoneInfo("Asia/Seoul")
TIMES = ["00:20", "08:47:13", "14:05", "23:59:59"]
DAY = "2019-03-05"


@pytest.fixture(scope="module")
def store(figures_home: Path) -> Store:
    """Return Seoul from its embedded figures."""
    return open_store(SEOUL, figures_home)


@pytest.fixture(scope="module")
def steps(store: Store) -> pd.DataFrame:
    """Return every step of every incident."""
    return store.frame("incident_steps")


def live(store: Store, at: str, *, language: Language = "en", speed: str = "0") -> LiveBoard:
    """Return the live city standing at a time of the scenario's day."""
    screen = open_screen(store, language=language, is_live=False)
    board = make_board(screen, "live")
    assert isinstance(board, LiveBoard)
    assert board.restore({"at": f"{DAY}T{at}", "speed": speed}) == []
    assert [view.problem for view in board.views.values() if view.problem] == []
    return board


def opened(store: Store, incident: str, at: str) -> IncidentBoard:
    """Return the page of an incident, standing at a time of the scenario's day."""
    screen = open_screen(store, language="en", is_live=False)
    board = make_board(screen, "incident")
    assert isinstance(board, IncidentBoard)
    assert board.restore({"incident": incident, "at": f"{DAY}T{at}", "speed": "0"}) == []
    assert [view.problem for view in board.views.values() if view.problem] == []
    return board


def timeline(store: Store, incident: str, at: str) -> TimelineView:
    """Return the course of an incident alone, at a time of the scenario's day."""
    screen, clock = open_screen(store, language="en", is_live=False), screen_clock(store)
    clock.clock = clock_at(clock, f"{DAY}T{at}")
    view = TimelineView(screen, clock=clock, incident_id=incident)
    view.show(view.ask(Selection(), Cancel()), Selection())
    return view


def instant(at: str) -> pd.Timestamp:
    return pd.Timestamp(f"{DAY}T{at}", tz=ZONE)


def known(steps: pd.DataFrame, at: str) -> pd.DataFrame:
    return steps[steps["known_at"] <= instant(at)]


@pytest.mark.parametrize("at", TIMES)
def test_calls_of_each_kind_equal_an_independent_count(
    store: Store, steps: pd.DataFrame, at: str
) -> None:
    rows = known(steps, at)
    calls = rows[(rows["step_code"] == "received") & (rows["at"] >= instant("00:00"))]
    counted = calls.groupby("kind_code").size().to_dict()
    view = live(store, at).views["counts"]
    assert isinstance(view, CountsView)
    shown = {each.kind: each.calls for each in view.result.kinds}
    assert shown == {kind: counted.get(kind, 0) for kind in STEPS}


@pytest.mark.parametrize("at", TIMES)
def test_the_open_incidents_are_those_nobody_has_closed(
    store: Store, steps: pd.DataFrame, at: str
) -> None:
    rows = known(steps, at)
    closed = set(rows[rows["step_code"] == "closed"]["incident_id"])
    view = live(store, at).views["incidents"]
    assert isinstance(view, OpenIncidentsView)
    assert {each.id for each in view.result} == set(rows["incident_id"]) - closed


@pytest.mark.parametrize("at", TIMES)
def test_the_funnel_of_complaints_equals_an_independent_count(store: Store, at: str) -> None:
    rows = store.frame("complaint_steps")
    rows = rows[rows["known_at"] <= instant(at)]
    order = ["received", "assigned", "in_progress", "answered", "closed"]
    furthest = rows["state_code"].map(order.index).groupby(rows["complaint_id"]).max()
    view = live(store, at).views["complaints"]
    assert isinstance(view, ComplaintsNowView)
    reached = [int((furthest >= place).sum()) for place in range(len(order))]
    assert [*view.result.funnel.reached.values()] == reached


def test_the_times_of_every_incident_equal_its_rows(store: Store, steps: pd.DataFrame) -> None:
    rows = known(steps, "18:00")
    for name, of_it in rows.groupby("incident_id"):
        view = timeline(store, str(name), "18:00")
        told = dict(zip(of_it["step_code"], of_it["at"], strict=True))
        shown = {step: at for step, at in view.result.steps.items() if at}
        assert shown == {step: at.to_pydatetime() for step, at in told.items()}


def test_a_step_nobody_told_is_shown_unknown_and_one_to_come_is_not(
    store: Store, steps: pd.DataFrame
) -> None:
    whole = known(steps, "23:59:59")
    gone = [
        (name, step)
        for name, of_it in whole.groupby("incident_id")
        for step in STEPS[of_it["kind_code"].iloc[0]]
        if step not in set(of_it["step_code"]) and "closed" in set(of_it["step_code"])
    ]
    assert gone
    for name, step in gone:
        view = timeline(store, str(name), "23:59:59")
        assert view.result.state_of(step) == "unknown"
        told = str(view.told(view.result))
        assert f'data-step="{step}" data-state="unknown"' in told
        assert "unknown" in told


@pytest.mark.parametrize("register", [STATIONS, BOXES, SHELTERS])
def test_what_is_nearest_equals_brute_force(
    store: Store, steps: pd.DataFrame, register: str
) -> None:
    rows = store.frame(register).dropna(subset=["lon", "lat"])
    placed = known(steps, "18:00").dropna(subset=["lon"]).drop_duplicates("incident_id")
    for row in placed.head(5).to_dict("records"):
        view = opened(store, row["incident_id"], "18:00").views["nearby"]
        assert isinstance(view, NearbyView)
        shown = view.result.frames[register]["distance_m"].to_numpy()
        far = np.sort(metres(view.result.place, rows["lon"], rows["lat"]))[:COUNT]
        assert shown == pytest.approx(far, abs=1e-3)


def metres(place: tuple[float, float], lons: pd.Series, lats: pd.Series) -> np.ndarray:
    """Return great-circle distances by the dot product of unit vectors."""
    lon, lat = np.radians(lons), np.radians(lats)
    east, north = np.radians(place[0]), np.radians(place[1])
    ends = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    start = [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)]
    chord = np.linalg.norm(ends - np.array(start)[:, None], axis=0)
    return np.asarray(2 * SPHERE_M * np.arcsin(chord / 2))


def test_nothing_learnt_later_is_on_the_page(store: Store, steps: pd.DataFrame) -> None:
    late = steps[steps["known_at"] > steps["at"] + pd.Timedelta(minutes=5)].iloc[0]
    before = late["known_at"].tz_convert(ZONE) - pd.Timedelta(seconds=1)
    board = opened(store, late["incident_id"], f"{before:%H:%M:%S}")
    view = board.views["timeline"]
    assert isinstance(view, TimelineView)
    assert view.result.steps[late["step_code"]] is None
    board.clock.clock = board.clock.clock.stepped(board.clock.real_now(), dt.timedelta(seconds=2))
    assert view.result.steps[late["step_code"]] == late["at"].to_pydatetime()
    assert late["step_code"] in view.result.late_steps


def test_the_frame_says_what_is_replayed_and_simulated(store: Store) -> None:
    banner = live(store, "14:05", language="ko", speed="10").views["banner"].markup()[0]
    for words in ("재생", "2019-03-05", "×10", "모의"):
        assert words in banner


def test_an_address_that_names_no_time_speed_or_incident_says_so(store: Store) -> None:
    screen = open_screen(store, language="en", is_live=False)
    wrong = [{"at": "25:00"}, {"at": "2999-01-01T00:00"}, {"speed": "7"}]
    for address in wrong:
        assert len(make_board(screen, "live").restore(address)) == 1
    told = make_board(screen, "incident").restore({"incident": "none", "at": f"{DAY}T14:05"})
    assert [str(problem)[:11] for problem in told] == ["No incident"]


def test_the_address_gives_the_clock_back(store: Store) -> None:
    board = live(store, "14:05", speed="60")
    assert board.parameters() == {"at": f"{DAY}T14:05:00", "speed": "60"}
    board.clock.clock = board.clock.clock.paused(board.clock.real_now())
    assert board.parameters()["speed"] == "0"


def test_a_day_that_has_ended_is_said_to_begin_again(store: Store) -> None:
    board = live(store, "23:59:59", speed="60")
    clock = board.clock
    started = clock.clock.started_at
    clock.real_now = lambda: started + dt.timedelta(seconds=2)
    board.broker.look_again()
    view = board.views["clock"]
    assert isinstance(view, ClockView)
    assert "played again from midnight" in "".join(view.markup())


def test_sessions_at_the_same_second_ask_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    listed = store.list_rows
    monkeypatch.setattr(store, "list_rows", lambda *a, **k: asked.append(a) or listed(*a, **k))
    live(store, "11:11:11")
    first = len(asked)
    assert first > 0
    for _ in range(19):
        live(store, "11:11:11")
    assert len(asked) == first


def test_the_page_of_an_incident_is_made_within_half_a_second(
    store: Store, steps: pd.DataFrame
) -> None:
    names = known(steps, "18:00")["incident_id"].unique()[:10]
    opened(store, names[0], "18:00")
    took = []
    for name in names[1:]:
        begun = time.perf_counter()
        opened(store, name, "18:00")
        took.append(time.perf_counter() - begun)
    assert np.median(took) < 0.5
