"""One user action, one question a view, one message: off the event loop, the newest wins."""

import concurrent.futures
import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

import panel as pn
import param
from bokeh.document import Document

from cityboard.cancel import Cancel
from cityboard.errors import CityboardError
from cityboard.selection import Selection
from cityboard.views.recount import Recount, recount, shown_by
from cityboard.views.screen import Screen
from cityboard.views.view import View, at_the_edge

# Shared by all sessions of the process: DuckDB itself uses every core for one query, so more
# threads than these would only make every answer later.
_THREADS = concurrent.futures.ThreadPoolExecutor(max_workers=4, thread_name_prefix="answer")
# One at a time, and apart: rows take seconds to count, and no step of a brush shall wait for it.
_ASIDE = concurrent.futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="recount")
FIRST_FRAME_SECONDS = 0.5  # what is not answered by then is drawn when it is
DIM_MS = 100  # what is answered sooner is not dimmed: a step of a brush would be two messages more
REST_MS = 20  # without a step until the hand rests: what follows is seen as the same change

Answered = list[tuple[View, object, Any]]
Told = Callable[[Recount | None], None]


class Broker(param.Parameterized):
    """Asks for the views of one session when something changes, and shows the answers.

    A view is asked only when its question differs from the one it shows. In a served session the
    questions run in threads and the answers come back in one message. What is read rather than
    watched, tables and sources and lists of rows, follows in another once the hand rests: writing
    it takes longer than a step of a brush may. In a notebook and in a report, where nobody else
    waits, all of it runs in place.

    Args:
        screen: The session's.
        views: Its views.
        threads: Where questions run in a served session.
        aside: Where recounts do.
    """

    shown = param.Event(doc="Happens when what is shown has been described too.")

    def __init__(
        self,
        screen: Screen,
        views: Sequence[View],
        *,
        threads: concurrent.futures.Executor = _THREADS,
        aside: concurrent.futures.Executor = _ASIDE,
    ) -> None:
        super().__init__()
        self.screen, self.views = screen, tuple(views)
        self._threads, self._aside = threads, aside
        self._document: Document | None = pn.state.curdoc
        self._cancel, self._is_open = Cancel(), False
        self._work: concurrent.futures.Future[Answered] | None = None
        self._due: list[tuple[View, object]] = []
        self._dimming: Any = None  # the document's callback that will dim what is not answered
        self._resting: Any = None  # the one that will describe what is shown
        self._told: Told | None = None  # hears of the recount
        self._is_wanted, self._counting = False, Cancel()  # not yet begun; ends the one under way
        self._counting.set()
        screen.selection.param.watch(self._changed, "value")
        for view in self.views:
            if view.asks_again:
                view.param.watch(self._changed, view.asks_again)

    def start(self) -> None:
        """Ask and show for the first time; from then on changes are answered."""
        self._is_open = True
        if not self._is_served:
            self.ask()
            return
        selection = self.screen.selection.value
        work = self._submit(selection, is_resting=True)
        try:
            self._show(selection, work.result(FIRST_FRAME_SECONDS))
            self._describe()
        except concurrent.futures.TimeoutError:
            done = functools.partial(self._done, self._cancel, selection, is_resting=True)
            work.add_done_callback(done)
            self._dim(self._cancel)

    def ask(self) -> None:
        """Ask what has changed; what is under way is no longer wanted."""
        if not self._is_open:
            return
        self._drop_recount()
        self._ask()

    def _ask(self) -> None:
        if self._is_served:
            self._ask_in_threads(is_resting=False)
        else:
            selection, cancel = self.screen.selection.value, self._new_cancel()
            self._show(selection, self._answer(cancel, selection, is_resting=True))
            self._describe()

    def _ask_in_threads(self, *, is_resting: bool) -> None:
        selection, cancel = self.screen.selection.value, self._new_cancel()
        work = self._submit(selection, is_resting=is_resting)
        done = functools.partial(self._done, cancel, selection, is_resting=is_resting)
        work.add_done_callback(done)
        self._dim_later(cancel)

    def _new_cancel(self) -> Cancel:
        self._cancel.set()
        self._cancel = Cancel()
        return self._cancel

    def look_again(self) -> None:
        """Ask whether there are newer versions, unless something is being asked already."""
        if self._is_open and self._counting.is_set and self._has_answered:
            self._ask()

    def recount(self, told: Told) -> None:
        """Have what is shown counted again from rows, as soon as nothing is being asked.

        Args:
            told: Hears what came out, and None as soon as that is no longer about what is shown.
        """
        self._drop_recount()
        self._told, self._is_wanted = told, True
        if self._has_answered:
            self._recount()

    def close(self) -> None:
        """Stop asking: the session has ended."""
        self._is_open, self._told = False, None
        self._cancel.set()
        self._drop_recount()
        with contextlib.suppress(AttributeError):  # Bokeh may have taken the document apart
            self._dim_no_more()
            self._rest_no_more()

    @property
    def _is_served(self) -> bool:
        return self._document is not None and self._document.session_context is not None

    @property
    def _has_answered(self) -> bool:
        return self._work is None or self._work.done()

    def _changed(self, _event: object) -> None:
        self.ask()

    def _submit(
        self, selection: Selection, *, is_resting: bool
    ) -> concurrent.futures.Future[Answered]:
        self._rest_no_more()
        self._work = self._threads.submit(
            self._answer, self._cancel, selection, is_resting=is_resting
        )
        return self._work

    def _done(
        self,
        cancel: Cancel,
        selection: Selection,
        work: concurrent.futures.Future[Answered],
        *,
        is_resting: bool,
    ) -> None:
        answered = [work.result()]  # let go when shown: Bokeh's callbacks stay until looked through

        def show() -> None:
            shown = answered.pop()
            if cancel.is_set:
                return
            self._show(selection, shown)
            if is_resting:
                self._describe()
            else:
                self._rest_later()

        self._later(show)

    def _later(self, do: Callable[[], None]) -> None:
        """Have something done on the session's own thread, if the session is still there."""
        if self._is_open and self._document is not None and self._is_served:
            self._document.add_next_tick_callback(do)

    def _dim_later(self, cancel: Cancel) -> None:
        """Dim in a moment; the callback may outlive its time and so holds no answer."""
        self._dim_no_more()
        if self._document is not None:
            dim = functools.partial(self._dim, cancel)
            self._dimming = self._document.add_timeout_callback(dim, DIM_MS)

    def _dim_no_more(self) -> None:
        if self._dimming is not None and self._document is not None:
            self._document.remove_timeout_callback(self._dimming)
            self._dimming = None

    @pn.io.hold()
    def _dim(self, cancel: Cancel) -> None:
        """Dim the views that are still being asked, if this is what is asked last."""
        self._dimming = None
        if cancel is self._cancel and not self._has_answered:
            for view, question in self._due:
                if view.asked != question:
                    view.busy(is_busy=True)

    def _rest_later(self) -> None:
        self._rest_no_more()
        if self._is_open and self._document is not None and self._is_served:
            self._resting = self._document.add_timeout_callback(self._rest, REST_MS)

    def _rest_no_more(self) -> None:
        if self._resting is not None and self._document is not None:
            self._document.remove_timeout_callback(self._resting)
            self._resting = None

    def _rest(self) -> None:
        """Describe what is shown, and ask for what waits until the hand rests."""
        self._resting = None
        self._describe()
        if any(self._is_waiting(view) for view in self.views):
            self._ask_in_threads(is_resting=True)

    @pn.io.hold()
    def _describe(self) -> None:
        for view in self.views:
            fault = at_the_edge(view, view.rest)
            if isinstance(fault, CityboardError):
                view.refuse(fault)
        self.shown = True

    def _is_waiting(self, view: View) -> bool:
        """Tell whether a view shows an older answer until the hand rests."""
        selection = self.screen.selection.value
        return view.waits and view.asked != at_the_edge(view, view.question, selection)

    def _answer(self, cancel: Cancel, selection: Selection, *, is_resting: bool) -> Answered:
        """Return question and result, or fault, of every view whose question has changed.

        Those that wait until the hand rests are asked then, or where no other has to be asked.
        """
        asked = [(v, at_the_edge(v, v.question, selection)) for v in self.views]
        due = [(view, question) for view, question in asked if question != view.asked]
        if not is_resting:
            due = [(view, question) for view, question in due if not view.waits] or due
        self._due = due
        answered: Answered = []
        for view, question in due:
            if cancel.is_set:
                break
            is_fault = isinstance(question, CityboardError)
            result = question if is_fault else at_the_edge(view, view.ask, selection, cancel)
            answered.append((view, question, result))
        return answered

    @pn.io.hold()
    def _show(self, selection: Selection, answered: Answered) -> None:
        self._dim_no_more()
        fresh = {view: (question, result) for view, question, result in answered}
        for view in self.views:
            if view not in fresh and self._is_waiting(view):
                view.busy(is_busy=True)
                continue
            question, result = fresh.get(view, (view.asked, view.result))
            is_drawn = view not in fresh and view.shown is not None and view.shown[1] == selection
            if question is not None and not is_drawn and not isinstance(result, CityboardError):
                view.asked = question
                result = at_the_edge(view, view.show, result, selection)
            if isinstance(result, CityboardError):
                view.refuse(result)
            view.busy(is_busy=False)
        if any(not view.waits for view in fresh):
            self._follow()

    def _follow(self) -> None:
        """Count what is shown now, if that was asked for; what was counted before is gone."""
        if self._is_wanted or not self._counting.is_set:
            self._recount()
        else:
            self._drop_recount()

    def _recount(self) -> None:
        self._counting.set()
        self._counting, self._is_wanted = Cancel(), False
        cancel, shown = self._counting, shown_by(self.views)
        if self._is_served:
            work = self._aside.submit(recount, shown, cancel)
            work.add_done_callback(
                lambda done: self._later(functools.partial(self._tell, cancel, done.result()))
            )
        else:
            self._tell(cancel, recount(shown, cancel))

    @pn.io.hold()
    def _tell(self, cancel: Cancel, found: Recount | None) -> None:
        if not cancel.is_set and self._told is not None:
            cancel.set()
            self._told(found)

    def _drop_recount(self) -> None:
        """Stop counting, and have it said that nothing has been counted."""
        self._counting.set()
        told, self._told, self._is_wanted = self._told, None, False
        if told is not None:
            told(None)
