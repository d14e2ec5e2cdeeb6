"""One user action, one question a view, one message: off the event loop, the newest wins."""

import concurrent.futures
import functools
import logging
from collections.abc import Callable, Sequence
from typing import Any

import panel as pn
import param
from bokeh.document import Document

from cityboard.cancel import Cancel
from cityboard.errors import CancelledQuestionError, CityboardError
from cityboard.selection import Selection
from cityboard.views.screen import Screen
from cityboard.views.view import View

log = logging.getLogger(__name__)

# Shared by all sessions of the process: DuckDB itself uses every core for one query, so more
# threads than these would only make every answer later.
_THREADS = concurrent.futures.ThreadPoolExecutor(max_workers=4, thread_name_prefix="answer")
FIRST_FRAME_SECONDS = 0.5  # what is not answered by then is drawn when it is
DIM_MS = 100  # what is answered sooner is not dimmed: a step of a brush would be two messages more

Answered = list[tuple[View, object, Any]]


class Broker(param.Parameterized):
    """Asks for the views of one session when something changes, and shows the answers.

    A view is asked only when its question differs from the one it shows. In a served session the
    questions run in threads and the answers come back in one message; in a notebook and in a
    report, where nobody else waits, they run in place.

    Args:
        screen: The session's.
        views: Its views.
        threads: Where questions run in a served session.
    """

    shown = param.Event(doc="Happens when answers have been shown.")

    def __init__(
        self,
        screen: Screen,
        views: Sequence[View],
        *,
        threads: concurrent.futures.Executor = _THREADS,
    ) -> None:
        super().__init__()
        self.screen, self.views = screen, tuple(views)
        self._threads = threads
        self._document: Document | None = pn.state.curdoc
        self._cancel, self._is_open = Cancel(), False
        self._work: concurrent.futures.Future[Answered] | None = None
        self._due: list[tuple[View, object]] = []
        self._dimming: Any = None  # the document's callback that will dim what is not answered
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
        if self._work is None or self._work.done():
            self.ask()

    def close(self) -> None:
        """Stop asking: the session has ended."""
        self._is_open = False
        self._cancel.set()
        self._dim_no_more()

    @property
    def _is_served(self) -> bool:
        return self._document is not None and self._document.session_context is not None

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
        asked = [(v, _at_the_edge(v, v.question, selection)) for v in self.views]
        due = [(view, question) for view, question in asked if question != view.asked]
        self._due = due
        answered: Answered = []
        for view, question in due:
            if cancel.is_set:
                break
            is_fault = isinstance(question, CityboardError)
            result = question if is_fault else _at_the_edge(view, view.ask, selection, cancel)
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
                result = _at_the_edge(view, view.show, result, selection)
            if isinstance(result, CityboardError):
                view.refuse(result)
            view.busy(is_busy=False)
        self.shown = True


def _at_the_edge(view: View, do: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a view does, or its fault: one broken view must not blank the screen."""
    try:
        return do(*arguments)
    except CancelledQuestionError as error:
        return error
    except CityboardError as error:
        log.warning("%s: %s", type(view).__name__, error)
        return error
    except Exception as error:
        log.exception("%s could not be drawn", type(view).__name__)
        return CityboardError(f"this tile could not be drawn: {error}")
