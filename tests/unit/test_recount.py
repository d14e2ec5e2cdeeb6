"""Counting again: rows are asked, numbers compared, and what is no longer shown is not told of."""

import dataclasses
from typing import Any

import pandas as pd
import pytest

from cityboard.boards import LinkedBoard, make_board
from cityboard.cancel import Cancel
from cityboard.catalog import Catalog
from cityboard.engines import rollup
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.errors import QueryTimeoutError
from cityboard.lake import Lake
from cityboard.query import Field, Near, Query
from cityboard.selection import Members, Selection
from cityboard.store import Store, counting_rows
from cityboard.views.broker import Broker
from cityboard.views.compare import agree
from cityboard.views.listing import ListingView
from cityboard.views.map import MapView
from cityboard.views.recount import Recount, recount, shown_by
from cityboard.views.recount_line import RecountLine
from cityboard.views.screen import Screen, open_screen
from tests.unit.test_broker import EAST, Diary, Session, screen, session

__all__ = ["screen", "session"]  # fixtures
PERSONS = Query("visits", ("persons",), (Field("district"),))


@pytest.fixture
def board(screen: Screen) -> LinkedBoard:
    """Return the linked board of visits, shown."""
    made = make_board(screen, "libraries", dataset="visits")
    assert isinstance(made, LinkedBoard)
    made.restore({})
    return made


class Number(Diary):
    """Shows one number, which the rows may say otherwise."""

    def ask(self, selection: Selection, cancel: Cancel) -> Any:
        super().ask(selection, cancel)
        return len(self.heard)

    def frames(self, result: Any) -> tuple[pd.DataFrame, ...]:
        return (pd.DataFrame({"value": [0 * result]}),)


def frame(*values: object) -> pd.DataFrame:
    return pd.DataFrame({"value": list(values)})


def line(broker: Broker) -> RecountLine:
    return RecountLine(broker.screen, broker.recount)


def started(views: list[Any], session: Session) -> Broker:
    """Return a served broker whose views have shown their first answers."""
    broker = Broker(views[0].screen, views, threads=session.threads, aside=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    broker.ask()
    session.threads.run()
    session.tick()
    return broker


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (frame(572_103_410), frame(572_103_410), True),
        (frame(572_103_410), frame(572_103_411), False),
        (frame(572_103_410.0), frame(572_103_411), False),
        (frame(2**53 + 1), frame(2**53), False),
        (frame(0.1 + 0.2), frame(0.3), True),
        (frame(1.5), frame(1.5 + 1e-8), False),
        (frame(None, 1.0), frame(None, 1.0), True),
        (frame(None, 1.0), frame(0.0, 1.0), False),
        (frame("a", None), frame("a", None), True),
        (frame("a"), frame("b"), False),
        (frame(1), frame(1, 1), False),
        (frame(1), frame(1).rename(columns={"value": "other"}), False),
    ],
)
def test_whole_numbers_agree_to_the_bit_and_fractions_within_a_billionth(
    one: pd.DataFrame, other: pd.DataFrame, is_same: bool
) -> None:
    assert agree(one, other) is is_same


def test_rows_are_counted_whatever_is_held_or_remembered(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, asked = screen.store, list[object]()
    answer = DuckDBEngine.answer

    def counted(engine: DuckDBEngine, question: Any, *given: Any, **options: Any) -> pd.DataFrame:
        asked.append(question)
        return answer(engine, question, *given, **options)

    monkeypatch.setattr(DuckDBEngine, "answer", counted)
    assert store.answer(PERSONS).engine == "rollup"
    for _ in range(2):
        with counting_rows():
            assert store.answer(PERSONS).engine == "rows"
    assert asked == [PERSONS, PERSONS]
    assert store.answer(PERSONS).engine == "rollup"


def test_every_figure_of_a_board_agrees_with_its_rows(board: LinkedBoard) -> None:
    found = list[Recount | None]()
    board.broker.recount(found.append)
    (one,) = found
    assert one is not None
    assert {view.about for view in one.agreed} >= {"the total", "over time", "by district"}
    assert (one.rows, one.differing, one.failed) == (336, (), ())


def test_a_rollup_that_counts_wrongly_is_found_out(
    board: LinkedBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = rollup.answer

    def wrong(query: Query, *given: Any) -> pd.DataFrame:
        found = answer(query, *given)
        return found if query.by != PERSONS.by else found.assign(persons=found["persons"] + 1)

    monkeypatch.setattr(rollup, "answer", wrong)
    board.screen.selection.publish(Members("hour", (8,)))
    said = line(board.broker)
    said.press()
    assert "≠" in said.parts()[1].object
    assert "differs: by district" in said.parts()[1].object


def test_rows_that_take_too_long_are_told_of(
    board: LinkedBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_long(*_given: object, **_options: object) -> None:
        msg = "the question about visits took more than 10 s"
        raise QueryTimeoutError(msg)

    monkeypatch.setattr(DuckDBEngine, "answer", too_long)
    said = line(board.broker)
    said.press()
    assert "⚠" in said.parts()[1].object
    assert "over time could not be recounted: took more than 10 s" in said.parts()[1].object


def test_a_fault_of_one_view_leaves_the_others_counted(screen: Screen) -> None:
    broken, whole = Number(screen), Number(screen)
    Broker(screen, [broken, whole]).start()
    broken.fault = ZeroDivisionError()
    found = recount(shown_by([broken, whole]), Cancel())
    assert found is not None
    assert found.agreed == (whole,)
    assert [view for view, _ in found.failed] == [broken]


def test_counting_stops_when_it_is_cancelled(screen: Screen) -> None:
    views, cancel = [Number(screen), Number(screen)], Cancel()
    Broker(screen, views).start()
    views[0].meanwhile = cancel.set
    assert recount(shown_by(views), cancel) is None
    assert len(views[1].heard) == 1


def test_what_a_view_no_longer_shows_is_not_counted(screen: Screen) -> None:
    view = Number(screen)
    Broker(screen, [view]).start()
    (shown,) = shown_by([view])
    assert recount([dataclasses.replace(shown, question="another")], Cancel()) is None


def test_rows_themselves_are_not_counted_again(screen: Screen) -> None:
    rows = ListingView(screen, screen.store.dataset("visits"))
    Broker(screen, [rows]).start()
    assert shown_by([rows]) == ()


def test_a_session_counts_off_its_own_thread(screen: Screen, session: Session) -> None:
    broker, found = started([Number(screen)], session), list[Recount | None]()
    broker.recount(found.append)
    assert found == []
    session.threads.run()
    session.tick()
    (one,) = found
    assert one is not None
    assert len(one.agreed) == 1


def test_another_selection_ends_the_counting(screen: Screen, session: Session) -> None:
    broker, found = started([Number(screen)], session), list[Recount | None]()
    broker.recount(found.append)
    screen.selection.publish(EAST)
    assert found == [None]
    session.threads.run()
    session.tick()
    session.threads.run()
    session.tick()
    assert found == [None]


def test_what_was_counted_is_taken_back_when_something_else_is_shown(
    screen: Screen, session: Session
) -> None:
    broker, found = started([Number(screen)], session), list[Recount | None]()
    broker.recount(found.append)
    session.threads.run()
    session.tick()
    screen.selection.publish(EAST)
    assert [one is None for one in found] == [False, True]


def test_looking_for_newer_versions_neither_disturbs_nor_takes_back_a_count(
    screen: Screen, session: Session
) -> None:
    broker, found = started([Number(screen)], session), list[Recount | None]()
    broker.recount(found.append)
    broker.look_again()
    assert len(session.threads.waiting) == 1
    session.threads.run()
    session.tick()
    broker.look_again()
    session.threads.run()
    session.tick()
    assert [one is None for one in found] == [False]


def test_counting_waits_for_what_is_being_asked(screen: Screen, session: Session) -> None:
    broker, found = started([Number(screen)], session), list[Recount | None]()
    screen.selection.publish(EAST)
    broker.recount(found.append)
    assert len(session.threads.waiting) == 1
    session.threads.run()
    session.tick()
    session.threads.run()
    session.tick()
    assert [one is None for one in found] == [False]


def test_a_closed_session_hears_of_no_count(screen: Screen, session: Session) -> None:
    broker, found = started([Number(screen)], session), list[Recount | None]()
    broker.recount(found.append)
    broker.close()
    session.threads.run()
    assert session.document.session_callbacks == []
    assert found == []


def test_a_pixel_of_another_colour_is_a_difference(testburg: Catalog, testburg_lake: Lake) -> None:
    screen = open_screen(Store(testburg, testburg_lake), language="en")
    seen = MapView(screen, screen.store.dataset("trees"))
    Broker(screen, [seen]).start()
    result, image = seen.result, seen.result.image.copy()
    assert seen.agrees(result, dataclasses.replace(result, image=image))
    image[0, 0] += 1
    assert not seen.agrees(result, dataclasses.replace(result, image=image))
    assert not seen.agrees(result, dataclasses.replace(result, filled=result.filled + 1))


def test_what_is_near_a_tap_is_listed_until_it_is_let_go(
    testburg: Catalog, testburg_lake: Lake
) -> None:
    screen = open_screen(Store(testburg, testburg_lake), language="en")
    rows = ListingView(screen, screen.store.dataset("trees"))
    Broker(screen, [rows]).start()
    everything = rows.markup()
    rows.near = Near(10.02, 50.02, reach_m=2000)  # t1 there, t2 1,430 m east
    head, table, _ = rows.markup()
    assert "Rows within 2,000 m of 50.0200 N, 10.0200 E" in head
    assert rows.result.answer.frame["tree_id"].tolist() == ["t1", "t2"]
    assert "Distance (m)" in table
    screen.selection.publish(Members("species_code", ("lime",)))
    assert rows.problem == "No data for this selection"
    screen.selection.clear()
    rows.near = None
    assert rows.markup() == everything
