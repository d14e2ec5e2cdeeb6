"""One step of a brush on the server: from the selection to the bytes of its message."""

import functools
import time
from collections.abc import Sequence
from typing import Any

import panel as pn
from bokeh.document import Document
from bokeh.protocol import Protocol
from panel.io.state import set_curdoc

from cityboard.boards import make_board
from cityboard.catalog import Catalog
from cityboard.lake import Lake
from cityboard.selection import Interval
from cityboard.store import Store
from cityboard.views.screen import open_screen


def measure_server_steps(
    catalog: Catalog, lake: Lake, periods: Sequence[Interval]
) -> tuple[list[float], int]:
    """Return the milliseconds of each step and the bytes of the last one's messages.

    The board is the one that is served, in a document of its own; a step ends when every change of
    the document has been written as the one message that a session would send.
    """
    pn.extension()
    store, document, protocol = Store(catalog, lake), Document(), Protocol()
    events: list[Any] = []
    taken, size = [], 0
    with set_curdoc(document):
        screen = open_screen(store, language="en", theme="dark")
        board = make_board(screen, "explore", dataset="events")
        board.restore({})
        pn.panel(board).server_doc(document)
        show = type(board.broker)._show.__wrapped__  # noqa: SLF001 - Panel's hold sends to sessions only
        board.broker._show = functools.partial(show, board.broker)  # noqa: SLF001
        document.callbacks.on_change(events.append)
        for period in periods:
            events.clear()
            began = time.perf_counter()
            document.hold("combine")
            screen.selection.publish(period)
            document.unhold()
            message = protocol.create("PATCH-DOC", list(events))
            size = len(message.content_json) + sum(len(b.to_bytes()) for b in message.buffers)
            taken.append(1000 * (time.perf_counter() - began))
    return taken, size
