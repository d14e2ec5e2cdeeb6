"""The broker: one question a view, the newest wins, and one broken view leaves the others alone."""

import concurrent.futures
import dataclasses
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bokeh.document import Document
from bokeh.document.models import DocumentModelManager
from bokeh.server.callbacks import NextTickCallback, TimeoutCallback
from panel.io.state import set_curdoc

from cityboard.cancel import Cancel
from cityboard.catalog import Catalog
from cityboard.errors import CityboardError
from cityboard.lake import Lake
from cityboard.selection import Members, Selection
from cityboard.store import Store
from cityboard.views.broker import Broker
from cityboard.views.screen import Screen, open_screen
from cityboard.views.view import View

EAST, WEST = Members("area", ("11002",)), Members("area", ("11001",))
ADULT = Members("group_code", ("adult",))


class Diary(View):
    """Writes down what it is asked and what it shows."""

    def __init__(self, screen: Screen, *, publishes: tuple[str, ...] = ()) -> None:
        super().__init__(screen)
        self._publishes = publishes
        self.heard: list[object] = []
        self.drawn: list[object] = []
        self.dims: list[bool] = []
        self.described: list[object] = []
        self.fault: Exception | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    @property
    def publishes(self) -> tuple[str, ...]:
        return self._publishes

    @property
    def fields(self) -> tuple[str, ...]:
        return ("area", "group_code")

    def question(self, selection: Selection) -> object:
        return self.where(selection)

    def ask(self, selection: Selection, cancel: Cancel) -> Any:
        self.heard.append(self.where(selection))
        self.meanwhile()
        if self.fault:
            raise self.fault
        return self.where(selection)

    def draw(self, result: Any, selection: Selection) -> None:
        self.drawn.append(result)

    def describe(self, result: Any, selection: Selection) -> None:
        self.described.append(result)

    def busy(self, *, is_busy: bool) -> None:
        self.dims.append(is_busy)


class Found:
    """An answer that tells whether it is still held."""


class Finder(Diary):
    """Answers with something of its own each time."""

    def ask(self, selection: Selection, cancel: Cancel) -> Any:
        return Found()

    def draw(self, result: Any, selection: Selection) -> None:
        self.drawn = [weakref.ref(result)]


class Patient(Diary):
    """A diary that is asked only once the hand rests."""

    waits = True


class ByHand(concurrent.futures.Executor):
    """Runs what was submitted when a test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[concurrent.futures.Future[Any], Callable[[], Any]]] = []

    def submit(self, do: Any, /, *arguments: Any, **named: Any) -> concurrent.futures.Future[Any]:
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self.waiting.append((future, lambda: do(*arguments, **named)))
        return future

    def run(self, place: int = 0) -> None:
        """Run one of what waits."""
        future, do = self.waiting.pop(place)
        future.set_result(do())


@dataclasses.dataclass
class Session:
    """A session of a server, run by hand."""

    document: Document
    threads: ByHand

    def tick(self) -> None:
        """Do what was put off to the session's own thread."""
        self._run(NextTickCallback)

    def answer(self) -> None:
        """Answer the question that waits longest, and show it."""
        self.threads.run()
        self.tick()

    def wait(self) -> None:
        """Do what was put off for some time."""
        self._run(TimeoutCallback)

    def _run(self, kind: type) -> None:
        for callback in self.document.session_callbacks:
            if isinstance(callback, kind):
                self.document.callbacks.remove_session_callback(callback)
                callback.callback()


@pytest.fixture
def screen(testburg: Catalog, testburg_lake: Lake) -> Screen:
    return open_screen(Store(testburg, testburg_lake), language="en")


@pytest.fixture
def session() -> Iterator[Session]:
    document, threads = Document(), ByHand()
    document._session_context = weakref.ref(threads)
    with set_curdoc(document):
        yield Session(document, threads)


def test_each_view_is_asked_once_at_the_start(screen: Screen) -> None:
    views = [Diary(screen), Diary(screen)]
    Broker(screen, views).start()
    assert [view.heard for view in views] == [[()], [()]]
    assert [view.drawn for view in views] == [[()], [()]]


def test_nothing_is_asked_before_the_start(screen: Screen) -> None:
    view = Diary(screen)
    Broker(screen, [view]).ask()
    screen.selection.publish(EAST)
    assert view.heard == []


def test_a_selection_asks_every_view_but_the_one_that_made_it(screen: Screen) -> None:
    clicked, other = Diary(screen, publishes=("area",)), Diary(screen)
    Broker(screen, [clicked, other]).start()
    screen.selection.publish(EAST)
    assert (clicked.heard, other.heard) == ([()], [(), (EAST,)])


def test_a_view_that_is_not_asked_again_is_still_drawn_to_mark_what_is_selected(
    screen: Screen,
) -> None:
    clicked = Diary(screen, publishes=("area",))
    Broker(screen, [clicked]).start()
    screen.selection.publish(EAST)
    assert clicked.drawn == [(), ()]
    assert clicked.shown == ((), screen.selection.value)


def test_a_selection_of_a_field_a_view_does_not_have_is_not_asked(screen: Screen) -> None:
    view = Diary(screen)
    Broker(screen, [view]).start()
    screen.selection.publish(Members("hour", (8,)))
    assert view.heard == [()]


@pytest.mark.parametrize("fault", [CityboardError("the file is gone"), ZeroDivisionError()])
def test_a_broken_view_says_so_and_the_others_are_shown(screen: Screen, fault: Exception) -> None:
    broken, whole = Diary(screen), Diary(screen)
    broken.fault = fault
    Broker(screen, [broken, whole]).start()
    assert (broken.drawn, whole.drawn) == ([], [()])
    assert ("the file is gone" in broken.problem) == isinstance(fault, CityboardError)
    assert broken.problem
    assert not whole.problem


def test_a_view_that_failed_is_asked_again_and_recovers(screen: Screen) -> None:
    view = Diary(screen)
    broker = Broker(screen, [view])
    view.fault = CityboardError("the file is gone")
    broker.start()
    view.fault = None
    broker.look_again()
    assert (view.heard, view.drawn, view.problem) == ([(), ()], [()], "")


def test_a_view_that_failed_keeps_what_it_showed_before(screen: Screen) -> None:
    view = Diary(screen)
    Broker(screen, [view]).start()
    view.fault = CityboardError("the file is gone")
    screen.selection.publish(EAST)
    assert view.drawn == [()]
    assert view.result == ()


def test_a_session_is_answered_off_its_own_thread(screen: Screen, session: Session) -> None:
    view = Diary(screen)
    broker = Broker(screen, [view], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    screen.selection.publish(EAST)
    assert view.heard == []
    session.threads.run()
    assert (view.heard, view.drawn) == ([(EAST,)], [])
    session.tick()
    assert view.drawn == [(EAST,)]


def test_the_newest_question_wins_whatever_comes_first(screen: Screen, session: Session) -> None:
    view = Diary(screen)
    broker = Broker(screen, [view], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    screen.selection.publish(EAST)
    screen.selection.publish(WEST)
    session.threads.run(1)
    session.threads.run(0)
    session.tick()
    assert (view.heard, view.drawn) == ([(WEST,)], [(WEST,)])


def test_a_view_that_is_asked_for_long_is_dimmed_until_it_is_shown(
    screen: Screen, session: Session
) -> None:
    view = Diary(screen)
    view.meanwhile = session.wait
    broker = Broker(screen, [view], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    screen.selection.publish(EAST)
    session.answer()
    assert view.dims == [True, False]


def test_a_closed_session_is_answered_no_more(screen: Screen, session: Session) -> None:
    view = Diary(screen)
    broker = Broker(screen, [view], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    screen.selection.publish(EAST)
    broker.close()
    session.threads.run()
    assert session.document.session_callbacks == []
    screen.selection.publish(WEST)
    assert session.threads.waiting == []


def test_a_session_is_closed_though_bokeh_has_taken_its_document_apart(
    screen: Screen, session: Session
) -> None:
    broker = Broker(screen, [Diary(screen)], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    screen.selection.publish(EAST)
    session.document.callbacks.destroy()
    broker.close()
    screen.selection.publish(WEST)
    assert len(session.threads.waiting) == 1


def test_only_what_is_not_answered_soon_is_dimmed(screen: Screen, session: Session) -> None:
    view = Diary(screen)
    broker = Broker(screen, [view], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    screen.selection.publish(EAST)
    session.answer()
    session.wait()
    assert view.dims == [False]


def test_what_is_shown_does_not_have_bokeh_walk_the_document(
    screen: Screen, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[object] = []
    monkeypatch.setattr(DocumentModelManager, "recompute", walks.append)
    broker = Broker(screen, [Diary(screen)], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    screen.selection.publish(EAST)
    session.answer()
    assert walks == []  # a hold that freezes the models ends in one: 25 ms of each step


def test_what_is_no_longer_shown_is_let_go_though_nobody_looks_for_cycles(
    screen: Screen, session: Session
) -> None:
    view = Finder(screen)
    broker = Broker(screen, [view], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    gc.disable()
    try:
        screen.selection.publish(EAST)
        session.answer()
        (first,) = view.drawn
        assert first() is not None
        screen.selection.publish(WEST)
        session.answer()
        assert first() is None  # Bokeh's callbacks are cycles: they may hold no answer
    finally:
        gc.enable()


def test_looking_again_waits_for_what_is_being_asked(screen: Screen, session: Session) -> None:
    broker = Broker(screen, [Diary(screen)], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    broker.ask()
    broker.look_again()
    assert len(session.threads.waiting) == 1


@pytest.fixture
def moving(screen: Screen, session: Session) -> tuple[Diary, Patient, Broker]:
    """Return a view, one that waits until the hand rests, and the broker that has shown both."""
    watched, read = Diary(screen), Patient(screen)
    broker = Broker(screen, [watched, read], threads=session.threads)
    broker._is_open = True  # a start would wait half a second for the first answer
    broker._ask_in_threads(is_resting=True)
    session.answer()
    assert (watched.described, read.drawn) == ([()], [()])
    return watched, read, broker


def test_what_is_read_follows_once_the_hand_rests(
    moving: tuple[Diary, Patient, Broker], screen: Screen, session: Session
) -> None:
    watched, read, _ = moving
    screen.selection.publish(EAST)
    session.answer()
    assert (watched.drawn, watched.described) == ([(), (EAST,)], [()])
    assert (read.heard, read.dims[-1]) == ([()], True)
    session.wait()
    assert watched.described == [(), (EAST,)]
    session.answer()
    assert (read.heard, read.drawn, read.described) == ([(), (EAST,)],) * 3
    assert not read.dims[-1]
    session.wait()
    assert session.threads.waiting == []


def test_a_hand_that_moves_on_does_not_rest(
    moving: tuple[Diary, Patient, Broker], screen: Screen, session: Session
) -> None:
    watched, read, _ = moving
    screen.selection.publish(EAST)
    session.answer()
    screen.selection.publish(WEST)
    session.wait()
    assert watched.described == [()]
    session.answer()
    session.wait()
    session.answer()
    assert watched.described == read.drawn == [(), (WEST,)]


def test_a_view_that_waits_and_fails_is_not_asked_again_and_again(
    moving: tuple[Diary, Patient, Broker], screen: Screen, session: Session
) -> None:
    _, read, _ = moving
    read.fault = CityboardError("the file is gone")
    screen.selection.publish(EAST)
    for _ in range(3):
        for _ in session.threads.waiting:
            session.threads.run()
        session.tick()
        session.wait()
    assert (read.heard, bool(read.problem)) == ([(), (EAST,)], True)
    assert session.threads.waiting == []


def test_a_view_that_waits_is_asked_at_once_where_no_other_has_to_be(
    moving: tuple[Diary, Patient, Broker], session: Session
) -> None:
    _, read, broker = moving
    read.asked = None
    broker.ask()
    session.answer()
    assert read.drawn == [(), ()]
