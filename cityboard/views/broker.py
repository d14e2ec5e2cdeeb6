"""One user action, one question a view, one message: off the event loop, the newest wins."""

import concurrent.futures
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

Answered = list[tuple[View, object, Any]]
Told = Callable[[Recount | None], None]


class Broker(param.Parameterized):
    """Asks for the views of one session when something changes, and shows the answers.

    A view is asked only when its question differs from the one it shows. In a served session the
    questions run in threads and the answers come back in one message; in a notebook and in a
    report, where nobody else waits, they run in place.

    Args:
        screen: The session's.
        views: Its views.
        threads: Where questions run in a served session.
        aside: Where recounts do.
    """

    shown = param.Event(doc="Happens when answers have been shown.")

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
        work = self._submit(selection)
        try:
            self._show(self._cancel, selection, work.result(FIRST_FRAME_SECONDS))
        except concurrent.futures.TimeoutError:
            work.add_done_callback(functools.partial(self._done, self._cancel, selection))
            self._dim(work)

    def ask(self) -> None:
        """Ask what has changed; what is under way is no longer wanted."""
        if not self._is_open:
            return
        self._drop_recount()
        self._ask()

    def _ask(self) -> None:
        self._cancel.set()
        self._cancel = Cancel()
        selection = self.screen.selection.value
        if self._is_served:
            work = self._submit(selection)
            work.add_done_callback(functools.partial(self._done, self._cancel, selection))
            self._dim_later(work)
        else:
            self._show(self._cancel, selection, self._answer(self._cancel, selection))

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
        self._dim_no_more()

    @property
    def _is_served(self) -> bool:
        return self._document is not None and self._document.session_context is not None

    @property
    def _has_answered(self) -> bool:
        return self._work is None or self._work.done()

    def _changed(self, _event: object) -> None:
        self.ask()

    def _submit(self, selection: Selection) -> concurrent.futures.Future[Answered]:
        self._work = self._threads.submit(self._answer, self._cancel, selection)
        return self._work

    def _done(
        self,
        cancel: Cancel,
        selection: Selection,
        work: concurrent.futures.Future[Answered],
    ) -> None:
        self._later(functools.partial(self._show, cancel, selection, work.result()))

    def _later(self, do: Callable[[], None]) -> None:
        """Have something done on the session's own thread, if the session is still there."""
        if self._is_open and self._document is not None and self._is_served:
            self._document.add_next_tick_callback(do)

    def _dim_later(self, work: concurrent.futures.Future[Answered]) -> None:
        self._dim_no_more()
        if self._document is not None:
            dim = functools.partial(self._dim, work)
            self._dimming = self._document.add_timeout_callback(dim, DIM_MS)

    def _dim_no_more(self) -> None:
        if self._dimming is not None and self._document is not None:
            self._document.remove_timeout_callback(self._dimming)
            self._dimming = None

    @pn.io.hold()
    def _dim(self, work: concurrent.futures.Future[Answered]) -> None:
        """Dim the views that are still being asked, if this is what is asked last."""
        self._dimming = None
        if work is self._work and not work.done():
            for view, question in self._due:
                if view.asked != question:
                    view.busy(is_busy=True)

    def _answer(self, cancel: Cancel, selection: Selection) -> Answered:
        """Return question and result, or fault, of every view whose question has changed."""
        asked = [(v, at_the_edge(v, v.question, selection)) for v in self.views]
        due = [(view, question) for view, question in asked if question != view.asked]
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
    def _show(self, cancel: Cancel, selection: Selection, answered: Answered) -> None:
        if cancel.is_set:
            return
        self._dim_no_more()
        fresh = {view: (question, result) for view, question, result in answered}
        for view in self.views:
            question, result = fresh.get(view, (view.asked, view.result))
            if question is not None and not isinstance(result, CityboardError):
                view.asked = question
                result = at_the_edge(view, view.show, result, selection)
            if isinstance(result, CityboardError):
                view.refuse(result)
            view.busy(is_busy=False)
        if answered:
            self._follow()
        self.shown = True

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
