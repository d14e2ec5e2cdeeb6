"""Watch the feeds of a city: poll each on its own clock, take what is pushed, tell how they are."""

import asyncio
import contextlib
import datetime as dt
import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from filelock import FileLock, Timeout

from cityboard.catalog import Catalog, Dataset
from cityboard.errors import CatalogError, CityboardError
from cityboard.lake import Lake
from cityboard.lake.pulse import feeds_folder
from data_sources.feeds.inbox import Inbox
from data_sources.feeds.poll import poll
from data_sources.feeds.stream import Stream

TOKEN_VARIABLE = "CITYBOARD_FEED_TOKEN"  # noqa: S105 - its name, not the token
SHORTEST_TOKEN = 16  # characters
BEAT_SECONDS = 5
THREADS = 8  # polls at once

logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a poll that is still running is told


def fed_datasets(catalog: Catalog, only: Sequence[str] = ()) -> list[Dataset]:
    """Return the datasets that have a feed; those named, where any are.

    Raises:
        UnknownNameError: There is no such dataset.
        CatalogError: One that is named has no feed, or none has.
    """
    named = [catalog.dataset(name) for name in only]
    for dataset in named:
        if dataset.feed is None:
            msg = (
                f"{dataset.id} has no feed: give one of its distributions a `feed`, or leave it out"
            )
            raise CatalogError(msg)
    found = named or [each for each in catalog.datasets.values() if each.feed]
    if not found:
        msg = f"{catalog.id} has no feed. docs/how-to/live-feeds.md tells how to switch one on."
        raise CatalogError(msg)
    return found


def token() -> str:
    """Return what senders must know, from the environment.

    Raises:
        CityboardError: There is none, or it is too short to be a secret.
    """
    given = os.environ.get(TOKEN_VARIABLE, "")
    if len(given) < SHORTEST_TOKEN:
        msg = (
            f"{TOKEN_VARIABLE} has {len(given)} characters: set it to a secret of at least "
            f"{SHORTEST_TOKEN}, which senders give as `Authorization: Bearer …`."
        )
        raise CityboardError(msg)
    return given


class Watch:
    """The feeds of a city while they are watched; use with `with`.

    Args:
        catalog: The city's.
        lake: Where their tables are.
        datasets: With a feed each.
    """

    def __init__(self, catalog: Catalog, lake: Lake, datasets: Sequence[Dataset]) -> None:
        self._folder = feeds_folder(lake)
        self._locks = contextlib.ExitStack()
        for dataset in datasets:
            self._locks.enter_context(_alone(self._folder, dataset.id))
        self.streams = [Stream(dataset, catalog, lake) for dataset in datasets]
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(THREADS), "beat": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=dt.UTC,
        )

    def __enter__(self) -> "Watch":
        """Begin: every poll at once, then each on its clock."""
        now = dt.datetime.now(dt.UTC)
        for stream in self.polled:
            self._scheduler.add_job(
                poll,
                "interval",
                args=[stream],
                seconds=stream.feed.every_seconds,
                next_run_time=now,
            )
        return self

    def __exit__(self, *_: object) -> None:
        """End; a poll that is under way is finished."""
        if self._scheduler.running:
            self._scheduler.shutdown()
        self._locks.close()

    @property
    def polled(self) -> list[Stream]:
        """Return the feeds that are polled."""
        return [stream for stream in self.streams if stream.feed.every_seconds]

    @property
    def pushed(self) -> list[Stream]:
        """Return the feeds whose sources push."""
        return [stream for stream in self.streams if not stream.feed.every_seconds]

    def run(self, streams: Sequence[Stream]) -> None:
        """Poll, and tell that these feeds are watched, from now on."""
        self._scheduler.add_job(
            _beat,
            "interval",
            args=[streams],
            seconds=BEAT_SECONDS,
            executor="beat",
            next_run_time=dt.datetime.now(dt.UTC),
        )
        self._scheduler.start()


def watch(
    catalog: Catalog,
    lake: Lake,
    *,
    only: Sequence[str] = (),
    listen: int | None = None,
    told: Callable[[str], object] = print,
) -> None:
    """Watch feeds until this process is asked to end.

    Args:
        catalog: The city's.
        lake: Where their tables are.
        only: Ids of datasets; all that have a feed unless any is named.
        listen: Port for what is pushed; 0 takes a free one, None takes nothing.
        told: Hears what is watched, a line at a time.
    """
    secret = token() if listen is not None else ""
    with Watch(catalog, lake, fed_datasets(catalog, only)) as watched:
        asyncio.run(_run(watched, secret, listen, told))


async def _run(
    watched: Watch, secret: str, listen: int | None, told: Callable[[str], object]
) -> None:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    inbox = None if listen is None else Inbox(watched.pushed, secret, port=listen)
    watched.run(watched.streams if inbox else watched.polled)
    for stream in watched.polled:
        told(f"{stream.dataset.id}: polled every {stream.feed.every_seconds:,} s")
    for stream in watched.pushed:
        where = f"http://127.0.0.1:{inbox.port}/feeds/{stream.dataset.id}" if inbox else ""
        told(f"{stream.dataset.id}: {where or 'pushed, but nothing listens without --listen'}")
    await ended.wait()
    if inbox:
        await asyncio.to_thread(inbox.close)


def _beat(streams: Sequence[Stream]) -> None:
    for stream in streams:
        stream.beat()


@contextlib.contextmanager
def _alone(folder: Path, dataset: str) -> Iterator[None]:
    """Let one process at a time watch a feed."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / f".{dataset}.lock", timeout=0):
            yield
    except Timeout as error:
        msg = f"{dataset} is watched by another process already. End that one, or leave it out."
        raise CityboardError(msg) from error
