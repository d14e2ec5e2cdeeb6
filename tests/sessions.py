"""Sessions opened and closed on a server in this process; what is left of them, as JSON.

`python -m tests.sessions PAGE COUNT [--hold]`: open COUNT sessions of PAGE one after another,
close them, wait until the server has dropped them, and print per class how many objects lived
before and after. With `--hold` a list of this process keeps every view, as a careless cache would.
The environment holds Bokeh's secret key, as `cityboard.home.sign_sessions` says.
"""

import asyncio
import functools
import gc
import json
import re
import socket
import sys
from collections.abc import Callable
from typing import Any

from bokeh.document import Document
from bokeh.io.state import curstate
from bokeh.server.server import Server
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from cityboard import page as board_page
from cityboard.boards import BoardViewer
from cityboard.home import APPS
from cityboard.selection import Members, SelectionState
from cityboard.server import make_server
from cityboard.views.broker import Broker
from cityboard.views.screen import Screen
from cityboard.views.view import View

KINDS = (Document, BoardViewer, View, Screen, Broker, SelectionState)
TOKEN = re.compile(r'"token":\s*"([^"]+)"')
PULL = ('{"msgid":"1","msgtype":"PULL-DOC-REQ"}', "{}", "{}")
UNUSED_SECONDS = 0.2
LOOK_AGAIN_SECONDS = 0.5  # Bokeh holds a session's periodic callback until it is next due
DISTRICT = "11680"
kept: list[View] = []


async def open_session(address: str, page: str) -> Any:
    """Return the websocket of a session of a page, its document pulled."""
    answer = await AsyncHTTPClient().fetch(f"http://{address}/{page}", request_timeout=60)
    token = TOKEN.search(answer.body.decode())
    assert token, "the page holds no token"
    request = HTTPRequest(f"ws://{address}/{page}/ws", headers={"Origin": f"http://{address}"})
    one = await websocket_connect(request, subprotocols=["bokeh", token[1]])
    await one.read_message()
    for part in PULL:
        await one.write_message(part)
    await one.read_message()
    return one


def count() -> dict[str, int]:
    """Return how many objects of each kind live, one empty document of Bokeh's among them.

    Panel leaves the document built last as Bokeh's default one, depending on the order in which
    sessions end: one document at most, and not what is counted here.
    """
    curstate().reset()
    for _ in range(3):
        gc.collect()
    living = gc.get_objects()
    return {kind.__name__: sum(isinstance(one, kind) for one in living) for kind in KINDS}


def boards(server: Server) -> list[BoardViewer]:
    """Return the board of every open session."""
    open_ones = [
        s.document for path in server._tornado.app_paths for s in server.get_sessions(path)
    ]
    living = [one for one in gc.get_objects() if isinstance(one, BoardViewer)]
    return [board for board in living if board.broker._document in open_ones]


def select_everywhere(server: Server) -> None:
    """Select a district on every board, as a tap of its reader would."""
    for board in boards(server):
        select = functools.partial(board.screen.selection.publish, Members("area", (DISTRICT,)))
        board.broker._document.add_next_tick_callback(select)  # type: ignore[union-attr]


def count_answered(server: Server) -> int:
    """Return how many boards have shown every answer for the district."""
    return sum(is_answered(board) for board in boards(server))


def is_answered(board: BoardViewer) -> bool:
    """Tell whether a board's views all show what was asked last, the district."""
    selection = board.screen.selection.value
    shown = all(view.asked == view.question(selection) for view in board.views.values())
    return shown and selection.get("area") is not None


def count_undelayed(server: Server) -> int:
    """Return how many connections send each message at once."""
    sockets = [one._socket.ws_connection.stream.socket for one in server._tornado._clients]
    return sum(bool(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) for one in sockets)


async def run(server: Server, page: str, sessions: int) -> dict[str, dict[str, int]]:
    """Return counts after one session that warms up, while the others are open, and afterwards."""
    address = f"localhost:{server.port}"
    (await open_session(address, page)).close()
    await dropped(server)
    before = count()
    sockets = [await open_session(address, page) for _ in range(sessions)]
    during = count()
    select_everywhere(server)
    for _ in range(100):
        await asyncio.sleep(0.1)
        if count_answered(server) == sessions:
            break
    during |= {"answered": count_answered(server), "undelayed": count_undelayed(server)}
    for one in sockets:
        one.close()
    await dropped(server)
    return {"before": before, "during": during, "after": count()}


async def dropped(server: Server) -> None:
    """Wait until the server has no session."""
    for _ in range(200):
        await asyncio.sleep(0.1)
        if not any(server.get_sessions(app) for app in server._tornado.app_paths):
            break
    await asyncio.sleep(2 * LOOK_AGAIN_SECONDS)


def _keeping(create: Callable[..., None]) -> Callable[..., None]:
    def create_and_keep(view: View, *arguments: Any, **options: Any) -> None:
        kept.append(view)
        create(view, *arguments, **options)

    return create_and_keep


def main() -> None:
    """Serve, count, print."""
    page, sessions, *hold = sys.argv[1:]
    if hold:
        View.__init__ = _keeping(View.__init__)  # type: ignore[method-assign]
    board_page.LOOK_AGAIN_MS = round(1000 * LOOK_AGAIN_SECONDS)
    server = make_server(APPS, port=0, unused_seconds=UNUSED_SECONDS)
    server.start()
    found = server.io_loop.run_sync(lambda: run(server, page, int(sessions)), timeout=280)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
