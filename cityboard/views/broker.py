"""One user action, one question a view, one message: off the event loop, the newest wins."""

import concurrent.futures
import functools
import logging
from collections.abc import Sequence
from typing import Any

import panel as pn
from bokeh.document import Document

from cityboard.engines.duckdb import Cancel
from cityboard.errors import CityboardError, QueryTimeoutError
from cityboard.selection import Selection
from cityboard.views.screen import Screen
from cityboard.views.view import View

log = logging.getLogger(__name__)

# Two cores answer; more threads than that only make every answer later.
_THREADS = concurrent.futures.ThreadPoolExecutor(max_workers=4, thread_name_prefix="answer")

Asked = tuple[View, object, Any]


class Broker:
    """Asks for the views of one session when the selection changes, and shows the answers.

    A view is asked only when its question differs from the one it shows. In a served session the
    questions run in threads and the answers come back in one message; in a notebook and in a
    report, where nothing else waits, they run in place.

    Args:
        screen: The session's.
        views: Its views.
    """

    def __init__(self, screen: Screen, views: Sequence[View]) -> None:
        self.screen, self.views = screen, tuple(views)
        self._cancel = Cancel()
        self._is_started = False
        self._document: Document | None = pn.state.curdoc
        screen.selection.param.watch(self._changed, "value")
        for view in self.views:
            if view.asks_again:
                view.param.watch(self._changed, view.asks_again)

    def refresh(self) -> None:
        """Ask and show in place; from the first time on, changes are answered."""
        self._is_started = True
        selection = self.screen.selection.value
        self._show(
            self._cancel, selection, self._ask(self._cancel, selection, self._due(selection))
        )

    def _changed(self, _event: object) -> None:
        if not self._is_started:
            return
        self._cancel.set()
        self._cancel = Cancel()
        if not self._is_served:
            self.refresh()
            return
        selection = self.screen.selection.value
        due = self._due(selection)
        for view, _ in due:
            view.busy(is_busy=True)
        _THREADS.submit(self._answer, self._cancel, selection, due)

    @property
    def _is_served(self) -> bool:
        return self._document is not None and self._document.session_context is not None

    def _due(self, selection: Selection) -> list[tuple[View, object]]:
        questions = [(view, view.question(selection)) for view in self.views]
        return [(view, question) for view, question in questions if question != view.asked]

    def _answer(self, cancel: Cancel, selection: Selection, due: list[tuple[View, object]]) -> None:
        answered = self._ask(cancel, selection, due)
        if not cancel.is_set and self._document is not None:
            show = functools.partial(self._show, cancel, selection, answered)
            self._document.add_next_tick_callback(show)

    def _ask(
        self, cancel: Cancel, selection: Selection, due: list[tuple[View, object]]
    ) -> list[Asked]:
        answered: list[Asked] = []
        for view, question in due:
            if cancel.is_set:
                break
            answered.append((view, question, self._ask_one(view, selection, cancel)))
        return answered

    def _ask_one(self, view: View, selection: Selection, cancel: Cancel) -> Any:
        try:
            return view.ask(selection, cancel)
        except QueryTimeoutError as error:
            return error
        except CityboardError as error:
            return error
        except Exception as error:  # the pane's edge: one broken view must not blank the screen
            log.exception("%s could not be drawn", type(view).__name__)
            return CityboardError(f"this tile could not be drawn: {error}")

    @pn.io.hold()
    def _show(self, cancel: Cancel, selection: Selection, answered: list[Asked]) -> None:
        if cancel.is_set:
            return
        fresh = {id(view): (question, result) for view, question, result in answered}
        for view in self.views:
            question, result = fresh.get(id(view), (view.asked, view.result))
            if isinstance(result, CityboardError):
                view.refuse(result)
            else:
                view.asked, view.result, view.problem = question, result, ""
                view.show(result, selection)
            view.busy(is_busy=False)
