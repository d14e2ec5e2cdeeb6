"""The process of a server: memory given back, looks for cycles, threads that give way.

Nothing of this changes what is answered; it keeps a server prompt and small that runs for weeks.
"""

import ctypes
import gc
import sys
import time
from collections.abc import Callable

from bokeh.server.server import Server
from tornado.ioloop import PeriodicCallback

LOOK_SECONDS = 20
SHORTEST_SECONDS, LONGEST_SECONDS = 60.0, 600.0  # between looks while nobody goes
SPARED = 400  # times as long as a look took until the next: one in 400 readers would notice
TURN_SECONDS = 0.0005  # not Python's 5 ms: each frame that is sent waits for one turn of a thread
YOUNG, YOUNG_LOOKS = 5_000, 20  # new objects until a look at them; looks until one at the middle
NEVER = 2**31 - 1
MOST_HEAPS = -8  # the number of `M_ARENA_MAX` to the C library of most Linux systems


class CycleCollector:
    """Has Python look through all objects when sessions have gone, and seldom otherwise.

    Python would do so whenever a quarter more objects live: with 80 sessions half a second each
    time, in which nobody is answered. Young objects are looked through as ever.

    Args:
        sessions: Gives the ids of the sessions there are.
        clock: Seconds.
    """

    def __init__(
        self, sessions: Callable[[], set[str]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sessions, self._clock = sessions, clock
        self._before: set[str] = set()
        self._due, self._is_begun = clock() + SHORTEST_SECONDS, False

    def begin(self) -> None:
        """Leave all looks to `look`, and what is loaded out of them.

        A callback of a document is a cycle that is dead within a second: young objects are looked
        through so seldom that few such are taken for old, and stay.
        """
        gc.set_threshold(YOUNG, YOUNG_LOOKS, NEVER)
        if not self._sessions():
            _leave_out()

    def look(self) -> bool:
        """Collect if a session has gone since the last time, or it is due; tell whether.

        It is due after a while, the sooner the less it takes: what a stream leaves behind is freed.
        When there is no session for the first time, what was loaded since is left out as well.
        Free memory is given back as long as there are any.
        """
        there = self._sessions()
        if not there and not self._is_begun:
            self._is_begun = True
            _leave_out()
        began = self._clock()
        is_due = bool(self._before - there) or began > self._due
        self._before = there
        if is_due:
            gc.collect()
            ended = self._clock()
            wait = min(max(SPARED * (ended - began), SHORTEST_SECONDS), LONGEST_SECONDS)
            self._due = ended + wait
        if is_due or there:
            give_back()
        return is_due


def _leave_out() -> None:
    """Leave every object there is out of later looks."""
    gc.collect()
    gc.freeze()


def share_one_heap() -> None:
    """Have all threads take memory from one heap: of its own each keeps what is free, 25 MB of 40.

    Before any thread begins; other C libraries than glibc have one heap anyway.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MOST_HEAPS, 1)


def take_turns() -> None:
    """Have a thread that computes give way to the event loop soon, which waits for it often."""
    sys.setswitchinterval(TURN_SECONDS)


def give_back() -> None:
    """Give free memory back to the system, where the C library keeps it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def collect_seldom(server: Server) -> None:
    """Keep Python's collector from stopping a server in the middle of a brush."""

    def sessions() -> set[str]:
        paths = server._tornado.app_paths  # noqa: SLF001 - Bokeh's server knows its pages
        return {session.id for path in paths for session in server.get_sessions(path)}

    collector = CycleCollector(sessions)
    collector.begin()
    PeriodicCallback(collector.look, 1000 * LOOK_SECONDS).start()
