"""`cityboard watch` as it is run: its inbox by HTTP, its answers, its limits, its end."""

import concurrent.futures
import datetime as dt
import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cityboard.catalog import Catalog
from cityboard.feeds import FeedState, feed_state
from cityboard.lake import Lake
from cityboard.lake.pulse import feeds_folder
from data_sources.feeds import inbox
from data_sources.feeds.inbox import MOST_BYTES, FullError, Queue
from data_sources.feeds.stream import Stream, utc_now
from data_sources.feeds.watch import Watch, fed_datasets
from tests.lakes import rows
from tests.servers import COMMAND
from tests.streams import Watched, event, lines, stream_city, toy_stream, watched, write_stream_city


class Running(Watched):
    """A watcher, its city and its lake."""

    city: Catalog
    lake: Lake

    def state(self) -> FeedState:
        found = feed_state(self.city.dataset("calls"), feeds_folder(self.lake), utc_now())
        assert found is not None
        return found

    def calls(self) -> list[str]:
        return sorted(rows(self.lake.snapshot("calls"))["call_id"])


def until(holds: Callable[[], Any], *, seconds: float = 20) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("watched")
    city = write_stream_city(folder / "testburg")
    with watched(folder / "home", city, folder / "log.txt") as found:
        running = Running(found.address, found.log)
        object.__setattr__(running, "city", Catalog(city))
        object.__setattr__(running, "lake", Lake(folder / "home/lake/testburg"))
        yield running
    assert "Traceback" not in found.log.read_text("utf-8")


def test_what_is_answered_with_202_is_on_the_disk(running: Running) -> None:
    now = dt.datetime.now(dt.UTC)  # the suite may have begun long ago
    posted = running.post(lines(event(1, at=now), event(2, at=now), {"nothing": 1}))
    assert (posted.status, posted.told) == (202, {"received": 3, "rejected": 1})
    assert {"c1", "c2"} <= {*running.calls()}
    assert running.state().state == "ok"


def test_a_sender_without_the_token_is_refused(running: Running) -> None:
    for token in ("", "another secret", "the secret of these test"):
        assert running.post(lines(event(900)), token=token).status == 401
    assert "c900" not in running.calls()


def test_a_feed_that_is_not_there_is_told_with_those_that_are(running: Running) -> None:
    elsewhere = Watched(running.address.replace("calls", "trees"), running.log)
    posted = elsewhere.post(lines(event(1)))
    assert (posted.status, "calls" in posted.told["problem"]) == (404, True)


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 3 * MOST_BYTES])
def test_a_delivery_over_ten_megabytes_is_refused(running: Running, size: int) -> None:
    assert running.post(b"x" * size).status == 413


def test_a_delivery_that_announces_far_too_much_is_refused_at_once(running: Running) -> None:
    posted = running.post(b"x", **{"Content-Length": str(10**12)})
    assert posted.status == 413


def test_ten_megabytes_are_taken(running: Running) -> None:
    body = lines(event(20, words="x" * (MOST_BYTES - 200)))
    posted = running.post(body)
    assert (posted.status, posted.told) == (202, {"received": 1, "rejected": 1})


def test_half_a_delivery_is_not_taken(running: Running) -> None:
    where = urlsplit(running.address)
    head = (
        f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 100000\r\n"
        f"Authorization: Bearer the secret of these tests\r\n\r\n"
    )
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(head.encode() + lines(event(30)).encode())
        time.sleep(0.2)
    time.sleep(0.5)
    assert "c30" not in running.calls()
    assert running.post(lines(event(30))).status == 202


def test_many_senders_at_once_lose_and_double_nothing(running: Running) -> None:
    before = running.state().pulse
    bodies = [lines(*(event(1000 + 10 * n + i) for i in range(12))) for n in range(40)]
    with concurrent.futures.ThreadPoolExecutor(10) as senders:
        posted = list(senders.map(running.post, bodies))
    assert {each.status for each in posted} == {202}
    assert {each.told["received"] for each in posted} == {12}
    found = [name for name in running.calls() if int(name[1:]) in range(1000, 1402)]
    assert found == sorted(f"c{n}" for n in range(1000, 1402))
    after = running.state().pulse
    assert after.received - before.received == 480
    assert after.duplicates - before.duplicates == 480 - 402


def test_a_second_watcher_of_the_same_feed_is_refused(running: Running) -> None:
    home = running.lake.root.parent.parent
    command = [COMMAND, "watch", "--home", str(home), "--city", str(running.city.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "watched by another process" in done.stderr


def test_a_watcher_needs_a_token_to_listen(tmp_path: Path) -> None:
    city = write_stream_city(tmp_path / "testburg")
    command = [COMMAND, "watch", "--listen", "0", "--home", str(tmp_path), "--city", str(city)]
    environment = {**os.environ, "CITYBOARD_FEED_TOKEN": "short"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "CITYBOARD_FEED_TOKEN has 5 characters" in done.stderr


def test_a_watcher_that_was_killed_begins_where_it_was(tmp_path: Path) -> None:
    city, home = write_stream_city(tmp_path / "testburg"), tmp_path / "home"
    command = [COMMAND, "watch", "--listen", "0", "--home", str(home), "--city", str(city)]
    environment = {**os.environ, "CITYBOARD_FEED_TOKEN": "the secret of these tests"}
    with watched(home, city, tmp_path / "log.txt") as found:
        assert found.post(lines(event(1), event(2))).status == 202
    process = subprocess.Popen(
        command, env={**environment, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        address = next(line for line in process.stdout if "http://" in line).split()[-1]
        again = Watched(address, tmp_path / "log.txt")
        acknowledged: list[str] = []
        sender = threading.Thread(target=_push_until_refused, args=[again, acknowledged])
        sender.start()
        time.sleep(1)
        process.send_signal(signal.SIGKILL)
        sender.join()
    lake = Lake(home / "lake/testburg")
    assert {"c1", "c2", "c100", *acknowledged} <= {*rows(lake.snapshot("calls"))["call_id"]}
    with watched(home, city, tmp_path / "log.txt") as found:
        every = range(100, 100 + 5 * 200)
        assert found.post(lines(*(event(n) for n in every))).status == 202
    names = rows(lake.snapshot("calls"))["call_id"]
    assert sorted(names) == sorted([*(f"c{n}" for n in every), "c1", "c2"])


def _push_until_refused(found: Watched, acknowledged: list[str]) -> None:
    for first in range(100, 100 + 5 * 200, 5):
        try:
            found.post(lines(*(event(first + i) for i in range(5))))
        except (OSError, http.client.HTTPException):
            return
        acknowledged += [f"c{first + i}" for i in range(5)]


def test_too_many_deliveries_wait_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = stream_city(tmp_path / "testburg")
    stream = Stream(city.dataset("calls"), city, Lake(tmp_path / "home/lake/testburg"))
    gate = threading.Event()
    take = stream.take
    monkeypatch.setattr(stream, "take", lambda fetched: gate.wait() and take(fetched))
    monkeypatch.setattr(inbox, "MOST_WAITING", 3)
    queue = Queue(stream)
    first = queue.put(lines(event(0)).encode())
    until(lambda: not queue._waiting)
    others = [queue.put(lines(event(n)).encode()) for n in (1, 2, 3)]
    with pytest.raises(FullError, match="3 deliveries wait"):
        queue.put(lines(event(4)).encode())
    gate.set()
    assert [future.result(20) for future in (first, *others)] == [(1, 0)] * 4
    queue.put(lines(event(4)).encode()).result(20)
    queue.close()
    assert stream.pulse.published == 5
    assert Lake(tmp_path / "home/lake/testburg").snapshot("calls").version == 2


def test_feeds_are_found_by_name(tmp_path: Path) -> None:
    city = stream_city(tmp_path / "testburg")
    assert [dataset.id for dataset in fed_datasets(city)] == ["calls"]
    with pytest.raises(Exception, match="trees has no feed"):
        fed_datasets(city, ["trees"])


def test_a_poll_runs_at_once_and_then_on_its_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, dataset = toy_stream(tmp_path)
    polled = dataset.model_copy(
        update={
            "distributions": (
                dataset.distributions[0].model_copy(
                    update={"feed": dataset.feed.model_copy(update={"every_seconds": 1})}  # type: ignore[union-attr]
                ),
            )
        }
    )
    asked: list[Stream] = []
    monkeypatch.setattr("data_sources.feeds.watch.poll", asked.append)
    with Watch(Catalog(tmp_path / "testburg"), lake, [polled]) as watch:
        watch.run(watch.streams)
        until(lambda: len(asked) >= 2)
        state = feed_state(polled, feeds_folder(lake), utc_now())
    assert state is not None
    assert state.state == "stale"
