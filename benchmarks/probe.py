"""The server as a user starts it, with a probe in it: `python -m benchmarks.probe serve --port 0`.

The arguments are those of `cityboard`. What is written to standard input is answered on standard
output, a line of JSON each: `reset` forgets how late the event loop was, `report` tells it with
how many documents and sessions live, `collect` first frees what can be freed. When standard input
ends, so does the server: nobody is left to ask.
"""

import array
import asyncio
import gc
import io
import json
import os
import signal
import sys

import numpy as np
from tornado.ioloop import IOLoop

from cityboard import cli

EVERY_SECONDS = 0.01
KINDS = {
    "documents": "bokeh.document.document.Document",
    "sessions": "bokeh.server.session.ServerSession",
    "views": "cityboard.views.view.View",
}


class Probe:
    """How late the event loop was, every hundredth of a second; what lives in the process.

    A loop that was busy for half a second was late for fifty ticks, and all fifty are counted:
    the figures are those of an event that comes at any moment.

    Args:
        loop: Of the server.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._late = loop, array.array("d", [0.0])  # small: it is in the memory told
        self._due = loop.time()
        loop.add_reader(sys.stdin.fileno(), self._asked)
        self._tick()

    def _tick(self) -> None:
        now = self._loop.time()
        while self._due <= now:
            self._late.append(now - self._due)
            self._due += EVERY_SECONDS
        self._loop.call_at(self._due, self._tick)

    def _asked(self) -> None:
        for word in os.read(sys.stdin.fileno(), 4096).decode().split() or ["end"]:
            if word == "end":
                self._loop.remove_reader(sys.stdin.fileno())
                sys.stdout = io.StringIO()  # who asked may have ended: a broken pipe
                os.kill(os.getpid(), signal.SIGTERM)
                return
            if word == "collect":
                _free()
            sys.stdout.write(json.dumps(self._report()) + "\n")
            sys.stdout.flush()
            if word != "report":
                self._late, self._due = array.array("d", [0.0]), self._loop.time()

    def _report(self) -> dict[str, float]:
        late = 1000 * np.array(self._late)
        lags = {f"lag_p{share}": float(np.percentile(late, share)) for share in (50, 99)}
        return {**lags, "lag_max": float(late.max()), **_count()}


def _free() -> None:
    """Collect garbage, and give back to the system what the allocator keeps."""
    from cityboard.process import give_back  # noqa: PLC0415 - loaded by now; before, it takes 2 s

    for _ in range(3):
        gc.collect()
    give_back()


def _count() -> dict[str, int]:
    """Return how many objects of each kind live; a kind that was not imported has none."""
    kinds = {}
    for name, path in KINDS.items():
        module, kind = path.rsplit(".", 1)
        kinds[name] = getattr(sys.modules.get(module), kind, ())
    # By type: `isinstance` asks an object for its class, at which lazily imported modules load
    objects = gc.get_objects()  # without those that a server has frozen
    living = [type(one) for one in objects]
    counted = {name: sum(issubclass(k, kind) for k in living) for name, kind in kinds.items()}
    default = getattr(sys.modules.get("bokeh.io.state"), "_STATE", None)
    own = None if default is None else default.document  # Bokeh's, for scripts: no session's
    counted["documents"] -= own is not None and any(one is own for one in objects)
    return counted


def main() -> None:
    """Run the command line, with the probe on the loop that its server will use."""
    Probe(IOLoop.current().asyncio_loop)  # type: ignore[attr-defined]
    cli.main()


if __name__ == "__main__":
    main()
