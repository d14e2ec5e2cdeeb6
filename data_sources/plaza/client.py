"""The OpenAPI of the Seoul Open Data Plaza: every page of a service, kept as files.

`python -m data_sources.plaza SERVICE [ARGUMENTS] --home FOLDER` prints the rows of any service.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import os
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import filelock
import httpx2

from cityboard.catalog import Distribution, Feed
from cityboard.errors import SourceError
from data_sources.fetched import Fetched, checksum, together
from data_sources.plaza.envelope import parse
from data_sources.plaza.files import Kept, PageFolder
from data_sources.plaza.key import Key
from data_sources.plaza.paging import Paging
from data_sources.plaza.question import SAMPLE_ROWS, Question
from data_sources.plaza.quota import Quota
from data_sources.plaza.request import Connection, Limits
from data_sources.plaza.rows import rename

PLAZA_VARIABLE, PLAZA_URL = "SEOUL_OPENAPI_URL", "http://openapi.seoul.go.kr:8088"
SUBWAY_VARIABLE, SUBWAY_URL = "SEOUL_SUBWAY_URL", "http://swopenapi.seoul.go.kr/api/subway"


def fetch(distribution: Distribution, folder: Path) -> Fetched:
    """Return every page of a distribution's service, as received.

    Args:
        distribution: Names the service and its positional arguments; where it asks for several
            things one by one, all of them must answer. Pages of a feed are asked for anew at
            every poll.
        folder: Pages, their dates and the count of today's calls are kept in it.

    Raises:
        NoKeyError: There is no key.
        QuotaError: Today's calls are used up.
        SourceError: The service could not be read.
    """
    questions = [(*distribution.arguments, each) for each in distribution.each]
    asked = questions or [distribution.arguments]
    plaza = Plaza(folder, limits=_limits(distribution.feed, len(asked)))
    return together([plaza.fetch(str(distribution.service), arguments) for arguments in asked])


def _limits(feed: Feed | None, questions: int) -> Limits:
    """Return limits that let a poll neither see an older poll's pages nor last into the next."""
    limits = Limits()
    if feed is None or feed.every_seconds is None:
        return limits
    return dataclasses.replace(
        limits,
        fresh_seconds=min(limits.fresh_seconds, feed.every_seconds / 2),
        fetch_seconds=min(limits.fetch_seconds, feed.every_seconds / questions),
    )


class Plaza:
    """A client of both hosts of the Plaza; the key comes from `SEOUL_OPENAPI_KEY` only.

    Args:
        folder: Pages, their dates and the count of today's calls are kept in it.
        url: Address of the general host; `SEOUL_OPENAPI_URL`, else the official one.
        subway_url: Address of the subway host; `SEOUL_SUBWAY_URL`, else the official one.
        limits: Of time, size, tries and calls.
        now: Gives the present instant.

    Raises:
        SourceError: An address is not one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        url: str | None = None,
        subway_url: str | None = None,
        limits: Limits | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._folder = folder
        self._url = _address(url or os.environ.get(PLAZA_VARIABLE) or PLAZA_URL)
        self._subway_url = _address(subway_url or os.environ.get(SUBWAY_VARIABLE) or SUBWAY_URL)
        self._limits = limits or Limits()
        self._now = now

    def fetch(
        self, service: str, arguments: Iterable[str | None] = (), *, limit: int | None = None
    ) -> Fetched:
        """Return every page of a service; no data is one page without rows.

        Args:
            service: Service name.
            arguments: Positional arguments in the service's own order.
            limit: Rows wanted at most; the sample key gives five.

        Raises:
            QuotaError: Today's calls are used up.
            SourceError: There is no key, the question cannot be asked, or no usable answer came.
        """
        key = Key.from_environment()
        if key.is_sample:
            limit = min(limit or SAMPLE_ROWS, SAMPLE_ROWS)
        question = Question.of(service, arguments, limit=limit)
        host = self._subway_url if question.is_subway else self._url
        address = f"{host}/{key.shown}/json/"
        folder = PageFolder(self._folder / service, f"{address} {question}")
        paging = Paging(question, address, folder, self._limits, self._now)
        with _alone(folder.lock_path, self._limits.fetch_seconds):
            kept = folder.kept()
            if kept is None or not kept.is_fresh(self._now(), self._limits.fresh_seconds):
                kept = _run(self._read(paging, key, kept))
                folder.keep(kept)
        parts = tuple(page.path for page in kept.pages)
        received_at = max(page.received_at for page in kept.pages)
        return Fetched(parts, kept.request, checksum(parts), received_at=received_at)

    def rows(
        self, service: str, arguments: Iterable[str | None] = (), *, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the rows of a service under today's names; arguments and errors as of `fetch`."""
        fetched = self.fetch(service, arguments, limit=limit)
        rows = [row for part in fetched.parts for row in parse(part.read_bytes()).rows]
        return rename(rows[:limit], service)

    async def _read(self, paging: Paging, key: Key, kept: Kept | None) -> Kept:
        quota = Quota(self._folder / "calls.json", self._limits.calls_per_day)
        connection = Connection(key, quota, limits=self._limits, now=self._now)
        try:
            with key.masked_logs():
                async with asyncio.timeout(self._limits.fetch_seconds), connection:
                    return await paging.read(connection, kept)
        except TimeoutError:
            pass
        # Raised out here because the library's frames behind a chained error may hold the key.
        msg = (
            f"{paging.address}{paging.question.service} was not read whole within "
            f"{self._limits.fetch_seconds:g} s. Try again later, or ask for less with a limit."
        )
        raise SourceError(msg)


def _address(url: str) -> str:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL:
        parsed = httpx2.URL("")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        msg = f"{url!r} is no address of the Plaza: set {PLAZA_VARIABLE} to one like {PLAZA_URL}."
        raise SourceError(msg)
    return url.rstrip("/")


@contextlib.contextmanager
def _alone(lock_path: Path, seconds: float) -> Iterator[None]:
    """Let one process at a time fetch the same; the next one finds fresh pages."""
    try:
        lock_path.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(lock_path, timeout=seconds)
        held = lock.acquire()
    except (OSError, filelock.Timeout) as error:
        msg = f"{lock_path} cannot be locked ({error}). End the other fetch, or free the disk."
        raise SourceError(msg) from error
    with held:
        yield


def _run(work: Coroutine[Any, Any, Kept]) -> Kept:
    """Return what a coroutine gives, also where a notebook already runs an event loop."""
    if not _has_loop():
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
