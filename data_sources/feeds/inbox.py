"""The inbox: takes events that are pushed by HTTP, and answers once they are on the disk.

`POST /feeds/<dataset>` with `Authorization: Bearer …` and objects of JSON, one a line or in a list.
"""

import asyncio
import collections
import dataclasses
import hashlib
import hmac
import logging
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, stream_request_body

from cityboard.errors import CityboardError, LakeError
from data_sources.feeds.stream import Intake, Stream
from data_sources.fetched import Fetched

log = logging.getLogger(__name__)

MOST_BYTES = 10_000_000  # of one delivery
READ_BYTES = 8 * MOST_BYTES  # read of a delivery that is too large, so that its sender is told
MOST_WAITING = 64  # deliveries of a feed that wait
MOST_WAITING_BYTES = 4 * MOST_BYTES
MOST_TOGETHER_BYTES = MOST_BYTES  # appended in one commit, unless one is larger
APART_SECONDS = 0.25  # between two commits: each is a version, which readers open
RETRY_SECONDS = 2
BODY_SECONDS = 60.0  # for the last byte of a delivery


class FullError(CityboardError):
    """More deliveries wait than the inbox holds; the sender comes again later."""


@dataclasses.dataclass(frozen=True)
class Delivery:
    """What was pushed at once.

    Attributes:
        body: As received.
        done: Gets how many rows were taken of it: received and rejected.
    """

    body: bytes
    done: "Future[tuple[int, int]]"


class Queue:
    """The deliveries of one feed that wait, and the thread that appends them; bounded.

    Those that wait are appended in one commit, each delivery a part of it.

    Args:
        stream: The feed.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._waiting: collections.deque[Delivery] = collections.deque()
        self._bytes, self._lock = 0, threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"inbox {stream.dataset.id}")
        self._last = 0.0

    def put(self, body: bytes) -> "Future[tuple[int, int]]":
        """Have a delivery appended; what comes back tells when it is on the disk.

        Raises:
            FullError: Too many wait.
        """
        delivery = Delivery(body, Future())
        with self._lock:
            is_full = len(self._waiting) >= MOST_WAITING
            if is_full or (self._waiting and self._bytes + len(body) > MOST_WAITING_BYTES):
                msg = f"{len(self._waiting)} deliveries wait; come again in {RETRY_SECONDS} s"
                raise FullError(msg)
            self._waiting.append(delivery)
            self._bytes += len(body)
        self._thread.submit(self._append)
        return delivery.done

    def close(self) -> None:
        """Append what waits, and take nothing more."""
        self._thread.shutdown(wait=True)

    def _append(self) -> None:
        """Append what waits in one commit; nothing where another call has done so."""
        pause = self._last + APART_SECONDS - time.monotonic()
        if self._waiting and pause > 0:
            time.sleep(pause)
        together = self._together()
        if not together:
            return
        try:
            told = self._take(together)
        except Exception as error:  # noqa: BLE001 - whatever it is, its senders are told
            for delivery in together:
                delivery.done.set_exception(error)
        else:
            for delivery, counts in zip(together, told, strict=True):
                delivery.done.set_result(counts)
        self._last = time.monotonic()

    def _together(self) -> list[Delivery]:
        together: list[Delivery] = []
        size = 0
        with self._lock:
            while self._waiting:
                size += len(self._waiting[0].body)
                if together and size > MOST_TOGETHER_BYTES:
                    break
                together.append(self._waiting.popleft())
                self._bytes -= len(together[-1].body)
        return together

    def _take(self, together: Sequence[Delivery]) -> list[tuple[int, int]]:
        with tempfile.TemporaryDirectory(prefix="inbox") as folder:
            parts = [Path(folder) / f"{n:04}.json" for n in range(len(together))]
            total = hashlib.sha256()
            for part, delivery in zip(parts, together, strict=True):
                part.write_bytes(delivery.body)
                total.update(delivery.body)
            taken = self._taken(Fetched(tuple(parts), "pushed", total.hexdigest()))
        return [
            (taken.received_of.get(part.name, 0), taken.rejected_of.get(part.name, 0))
            for part in parts
        ]

    def _taken(self, fetched: Fetched) -> Intake:
        try:
            return self._stream.take(fetched)
        except CityboardError as error:
            self._stream.failed(str(error))
            raise
        except Exception as error:
            log.exception("%s could not be appended", self._stream.dataset.id)
            self._stream.failed(f"it could not be appended: {type(error).__name__}: {error}")
            raise


@stream_request_body
class InboxHandler(RequestHandler):
    """Takes one delivery, in memory, up to its largest size."""

    def initialize(self, queues: Mapping[str, Queue], token: str) -> None:
        """Take what the inbox knows: the queue of each feed, and the token of its senders."""
        self._queues, self._token = queues, token
        self._body, self._size = bytearray(), 0

    async def prepare(self) -> None:
        """Refuse who does not know the token, and what cannot be taken, before it is read."""
        self.request.connection.set_body_timeout(BODY_SECONDS)
        given = self.request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            self._refuse(401, "the token is missing or another one")
        elif self.path_kwargs["dataset"] not in self._queues:
            self._refuse(404, f"no feed of that name; there is {', '.join(sorted(self._queues))}")
        elif self._told_size() > READ_BYTES:
            self._refuse(413, f"at most {MOST_BYTES:,} bytes at a time")

    def data_received(self, chunk: bytes) -> None:
        """Keep what comes, as long as it is not too much."""
        self._size += len(chunk)
        if self._size > MOST_BYTES or self._finished:
            self._body.clear()
        else:
            self._body += chunk

    async def post(self, dataset: str) -> None:
        """Answer 202 once the delivery is on the disk: how many rows came, how many were bad."""
        if self._size > MOST_BYTES:
            self._refuse(413, f"at most {MOST_BYTES:,} bytes at a time")
            return
        try:
            waiting = self._queues[dataset].put(bytes(self._body))
            received, rejected = await asyncio.wrap_future(waiting)
        except FullError as error:
            self.set_header("Retry-After", str(RETRY_SECONDS))
            self._refuse(429, str(error))
        except LakeError as error:
            self.set_header("Retry-After", str(RETRY_SECONDS))
            self._refuse(503, str(error))
        except Exception as error:  # noqa: BLE001 - told by the queue, with its traceback
            self._refuse(500, f"not taken: {error}")
        else:
            self.set_status(202)
            self.write({"received": received, "rejected": rejected})

    def _told_size(self) -> int:
        told = self.request.headers.get("Content-Length", "0")
        return int(told) if told.isdecimal() else 0

    def _refuse(self, status: int, problem: str) -> None:
        self.set_status(status)
        self.finish({"problem": problem})


class Inbox:
    """Listens for deliveries to some feeds; runs on the event loop of the thread that makes it.

    Args:
        streams: The feeds that are pushed.
        token: What senders know.
        address: Where to listen; loopback unless asked otherwise.
        port: Port; 0 takes a free one.

    Raises:
        CityboardError: The port is taken.
    """

    def __init__(
        self, streams: Sequence[Stream], token: str, *, address: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._queues = {stream.dataset.id: Queue(stream) for stream in streams}
        options: dict[str, Any] = {"queues": self._queues, "token": token}
        application = Application([(r"/feeds/(?P<dataset>\w+)", InboxHandler, options)])
        application.settings["log_function"] = _log_faults
        self._server = HTTPServer(
            application, max_body_size=READ_BYTES, idle_connection_timeout=BODY_SECONDS
        )
        try:
            sockets = bind_sockets(port, address)
        except OSError as error:
            msg = f"cannot listen on {address}:{port}: {error.strerror}. Choose another port."
            raise CityboardError(msg) from error
        self._server.add_sockets(sockets)
        self.port = int(sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening; what was taken is appended."""
        self._server.stop()
        for queue in self._queues.values():
            queue.close()


def _log_faults(handler: RequestHandler) -> None:
    if handler.get_status() >= 500:
        log.warning("%s %s: %s", handler.request.method, handler.request.uri, handler.get_status())
