"""Stop a question that is no longer wanted, from another thread."""

import threading
from collections.abc import Callable

from cityboard.errors import CancelledQuestionError

SECONDS_TO_REPEAT = 0.02


class Cancel:
    """Lets another thread stop a question that is no longer wanted.

    DuckDB forgets an interrupt that comes in the first milliseconds, while a query is planned
    (a third of them within 1 ms; duckdb 1.5.5 and 2.0.0), so it is sent until the query has ended.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self.is_set = False

    def set(self) -> None:
        """Stop what runs; what would start later is refused."""
        with self._lock:
            self.is_set = True
            for stop in self._stops:
                stop()
            if self._stops:
                start_timer(SECONDS_TO_REPEAT, self.set)

    def watch(self, stop: Callable[[], None]) -> None:
        """Have `stop` called when cancelled.

        Raises:
            CancelledQuestionError: It has been cancelled already.
        """
        with self._lock:
            if self.is_set:
                raise CancelledQuestionError
            self._stops.append(stop)

    def forget(self, stop: Callable[[], None]) -> None:
        """Stop calling `stop`."""
        with self._lock:
            if stop in self._stops:
                self._stops.remove(stop)


def start_timer(seconds: float, then: Callable[[], None]) -> threading.Timer:
    """Have `then` called once after some seconds, unless the process ends before."""
    timer = threading.Timer(seconds, then)
    timer.daemon = True
    timer.start()
    return timer
