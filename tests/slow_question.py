"""One reader asks something slow while another reads on: how long the other waits, as JSON.

`python -m tests.slow_question [--on-loop]`: two sessions of one server; the first selects a
district, and each of its answers takes SLOW_SECONDS. With `--on-loop` the server's own thread
answers, as a careless view would have it.
"""

import asyncio
import functools
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from bokeh.server.server import Server
from tornado.httpclient import AsyncHTTPClient

from cityboard.home import APPS, city_store
from cityboard.selection import Members
from cityboard.server import make_server
from cityboard.views.broker import Broker
from tests.sessions import DISTRICT, boards, is_answered, open_session

SLOW_SECONDS = 0.4
ASK = ('{"msgid":"2","msgtype":"SERVER-INFO-REQ"}', "{}", "{}")


class InPlace(Executor):
    """Runs what it is given at once, in the thread that gives it."""

    def submit(self, work: Callable[..., Any], /, *given: Any, **options: Any) -> "Future[Any]":
        """Run some work."""
        done: Future[Any] = Future()
        done.set_result(work(*given, **options))
        return done


def slow_down() -> None:
    """Have every answer about the district take its time."""
    store = city_store()
    answer = store._answer

    def answer_slowly(question: Any, *given: Any, **options: Any) -> Any:
        if DISTRICT in str(question):
            time.sleep(SLOW_SECONDS)
        return answer(question, *given, **options)

    store._answer = answer_slowly  # type: ignore[method-assign]


async def wait_once(address: str, socket: Any) -> float:
    """Return the seconds that a message and a file take."""
    before = time.perf_counter()
    for part in ASK:
        await socket.write_message(part)
    while "SERVER-INFO-REPLY" not in str(await socket.read_message()):
        pass
    await AsyncHTTPClient().fetch(f"http://{address}/assets/page.css")
    return time.perf_counter() - before


async def run(server: Server) -> dict[str, Any]:
    """Return the longest wait of the second reader, and how many waits fell into the question."""
    address = f"localhost:{server.port}"
    await open_session(address, "explore")
    (first,) = boards(server)
    other = await open_session(address, "explore")
    await wait_once(address, other)
    slow_down()
    select = functools.partial(first.screen.selection.publish, Members("area", (DISTRICT,)))
    first.broker._document.add_next_tick_callback(select)  # type: ignore[union-attr]
    waits: list[float] = []
    started = time.perf_counter()
    while not is_answered(first) and time.perf_counter() - started < 60:
        waits.append(await wait_once(address, other))
        await asyncio.sleep(0.02)
    return {"longest": max(waits), "waits": len(waits), "seconds": time.perf_counter() - started}


def main() -> None:
    """Serve, ask, print."""
    if "--on-loop" in sys.argv:
        in_place = functools.partialmethod(Broker.__init__, threads=InPlace())
        Broker.__init__ = in_place  # type: ignore[assignment]
    server = make_server(APPS, port=0, unused_seconds=60)
    server.start()
    found = server.io_loop.run_sync(lambda: run(server), timeout=120)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
