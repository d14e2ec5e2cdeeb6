"""One step of a brush on the server, from the selection to the bytes of its message, and its rest.

The rest is what follows once the hand rests: tables, sources, the list of rows.
"""

import functools
import time
from collections.abc import Callable, Sequence
from typing import Any

import panel as pn
from bokeh.document import Document
from bokeh.protocol import Protocol
from panel.io.state import set_curdoc

from cityboard.boards import make_board
from cityboard.cancel import Cancel
from cityboard.catalog import Catalog
from cityboard.lake import Lake
from cityboard.selection import Interval, Selection
from cityboard.store import Store
from cityboard.views.broker import Answered, Broker
from cityboard.views.screen import open_screen


def measure_server_steps(
    catalog: Catalog, lake: Lake, periods: Sequence[Interval]
) -> tuple[list[float], list[float], int]:
    """Return the milliseconds of each step and of each rest, and the bytes of the last step.

    The board is the one that is served, in a document of its own; a step ends when every change of
    the document has been written as the one message that a session would send, and a rest likewise.
    """
    pn.extension()
    store, document, protocol = Store(catalog, lake), Document(), Protocol()
    events: list[Any] = []

    def message() -> int:
        document.unhold()
        written = protocol.create("PATCH-DOC", list(events))
        events.clear()
        return len(written.content_json) + sum(len(b.to_bytes()) for b in written.buffers)

    steps, rests = [], []
    with set_curdoc(document):
        screen = open_screen(store, language="en", theme="dark")
        board = make_board(screen, "explore", dataset="events")
        board.restore({})
        pn.panel(board).server_doc(document)
        rest = _apart(board.broker)
        document.callbacks.on_change(events.append)
        for period in periods:
            began = time.perf_counter()
            document.hold("combine")
            screen.selection.publish(period)
            size = message()
            stepped = time.perf_counter()
            document.hold("combine")
            rest()
            message()
            steps.append(1000 * (stepped - began))
            rests.append(1000 * (time.perf_counter() - stepped))
    return steps, rests, size


def _apart(broker: Broker) -> Callable[[], None]:
    """Have a broker that asks in place answer as in a session: return what its rest does.

    Panel's hold is taken off both: it sends to sessions only.
    """
    step, rest = (getattr(type(broker), name).__wrapped__ for name in ("_show", "_describe"))
    waiting = [view for view in broker.views if view.waits]
    answer = broker._answer  # noqa: SLF001

    def answer_step(cancel: Cancel, selection: Selection, **_: bool) -> Answered:
        return answer(cancel, selection, is_resting=False)

    def describe() -> None:
        selection, cancel = broker.screen.selection.value, Cancel()
        if any(view.asked != view.question(selection) for view in waiting):
            step(broker, selection, answer(cancel, selection, is_resting=True))
        rest(broker)

    broker._answer = answer_step  # noqa: SLF001
    broker._show = functools.partial(step, broker)  # noqa: SLF001
    broker._describe = lambda: None  # noqa: SLF001
    return describe
