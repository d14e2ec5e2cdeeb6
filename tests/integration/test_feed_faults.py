"""A polled feed survives what services do: told as its state, counted, and nothing is lost."""

import datetime as dt
import functools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from cityboard.catalog import Dataset
from cityboard.feeds import feed_state
from cityboard.lake import Lake
from cityboard.lake.pulse import feeds_folder
from data_sources.feeds.poll import poll
from data_sources.feeds.stream import Intake, Stream
from data_sources.feeds.watch import Watch
from data_sources.plaza import client
from data_sources.plaza.request import Limits
from tests import plaza_faults as faults
from tests.cleaning import seoul
from tests.lakes import rows
from tests.live_pages import AIR, BIKES, CAR_PARK, page
from tests.plaza_hostile import HOSTILE
from tests.plaza_server import Handler, PlazaServer

MEGABYTES = 1024 * 1024
TRIES = 2
Fault = Callable[[Handler], None]


def _stamp(form: str, **ago: float) -> str:
    """Return a time before now as a service of Seoul writes it."""
    instant = dt.datetime.now(dt.UTC) - dt.timedelta(**ago)
    return instant.astimezone(ZoneInfo("Asia/Seoul")).strftime(form)


def _car_park(number: int, **ago: float) -> dict[str, Any]:
    stamp = _stamp("%Y-%m-%d %H:%M:%S", **ago)
    return {**CAR_PARK, "PKLT_CD": str(number), "NOW_PRK_VHCL_UPDT_TM": stamp}


def _body(*given: Any, total: int | None = None) -> Fault:
    """Answer with rows in the usual envelope."""
    document = page(list(given))
    if total is not None:
        document["service"]["list_total_count"] = total
    return faults.body(json.dumps(document, ensure_ascii=False).encode())


class Polled:
    """The feed of one dataset of Seoul, and its service on this machine."""

    def __init__(self, name: str, lake: Lake, server: PlazaServer) -> None:
        self.name, self.lake, self.server = name, lake, server
        self.stream = Stream(seoul().dataset(name), seoul(), lake)

    def poll(self, fault: Fault) -> Intake | None:
        """Poll once; the service answers so, to every try."""
        self.server.fail_with(fault, times=TRIES)
        taken = poll(self.stream)
        while self.server.next_fault():
            pass
        return taken

    @property
    def state(self) -> str:
        now = dt.datetime.now(dt.UTC)
        found = feed_state(seoul().dataset(self.name), feeds_folder(self.lake), now)
        assert found
        return found.state

    @property
    def problem(self) -> str:
        return self.stream.pulse.problem

    def rows(self) -> pl.DataFrame:
        return rows(self.lake.snapshot(self.name))

    def rejects(self) -> pl.DataFrame:
        """Return the rejects of all versions, each once."""
        paths = {path for s in self.lake.versions(self.name) for path in s.rejects}
        return pl.concat([pl.read_parquet(path) for path in sorted(paths)])

    def check_nothing_is_lost(self) -> None:
        pulse = self.stream.pulse
        assert pulse.received == pulse.published + pulse.duplicates + pulse.rejected
        if pulse.published or pulse.rejected:
            assert self.rows().height == pulse.published
            assert self.rejects().height == pulse.rejected


@pytest.fixture
def polled(
    tmp_path: Path, plaza_key: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Polled]]:
    """Return a function that gives a feed; afterwards see that every row that came is counted."""
    quick = functools.partial(
        Limits, request_seconds=0.5, tries=TRIES, wait_seconds=0.01, fresh_seconds=0
    )
    monkeypatch.setattr(client, "Limits", quick)
    (tmp_path / "answers").mkdir()
    given: list[Polled] = []
    with PlazaServer(tmp_path / "answers") as server:
        monkeypatch.setenv("SEOUL_OPENAPI_URL", server.url)

        def make(name: str) -> Polled:
            given.append(Polled(name, Lake(tmp_path / "home/lake/seoul"), server))
            return given[-1]

        yield make
    for each in given:
        each.check_nothing_is_lost()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.reset, "gave no answer"),
        (faults.status(503), "HTTP 503"),
        (faults.code("ERROR-500"), "ERROR-500"),
        (faults.code("ERROR-310"), "ERROR-310"),
        (faults.drip(seconds=0.05), "not whole within 0.5 s"),
        (faults.drip(seconds=0.05, where="head"), "not whole within 0.5 s"),
        (faults.cut(b'{"service":{"row":[{', announced=9999), "gave no answer"),
        (faults.body(b'{"service":{"row":[{"PKLT_CD":"1","PK'), "cannot be read"),
        (faults.body(b"<html><body>Login</body></html>"), "a web page"),
        (faults.bomb(40), "more than"),
    ],
    ids=["down", "503", "500", "gone", "slow", "slow head", "hangs up", "cut", "web page", "bomb"],
)
def test_a_service_that_fails_is_told_and_what_was_there_stays(
    fault: Fault, words: str, polled: Callable[[str], Polled]
) -> None:
    feed, first = polled("parking_now"), _car_park(1)
    feed.poll(_body(first))
    assert feed.poll(fault) is None
    assert (feed.state, feed.stream.pulse.failures) == ("failing", 1)
    assert words in feed.problem
    assert feed.rows().height == 1
    feed.poll(_body(first, _car_park(2)))
    assert (feed.state, feed.problem, feed.rows().height) == ("ok", "", 2)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_body_that_is_no_answer_publishes_nothing(
    body: bytes, polled: Callable[[str], Polled]
) -> None:
    feed = polled("air_now")
    feed.poll(faults.body(body))
    assert feed.stream.pulse.published == 0
    assert feed.state in {"failing", "ok"}  # ok: it said in so many words that it has no data
    assert (feed.state == "failing") == bool(feed.problem)


def test_no_data_is_no_failure(polled: Callable[[str], Polled]) -> None:
    feed = polled("parking_now")
    feed.poll(faults.code("INFO-200"))
    assert (feed.state, feed.stream.pulse.received) == ("ok", 0)


def test_half_a_page_is_published_and_the_other_half_by_the_next_poll(
    polled: Callable[[str], Polled],
) -> None:
    feed = polled("parking_now")
    lots = [_car_park(number) for number in range(10)]
    assert feed.poll(_body(*lots[:4], total=10))
    assert "4 rows of 10 announced" in feed.lake.snapshot("parking_now").lineage.request
    assert feed.rows().height == 4
    taken = feed.poll(_body(*lots))
    assert taken
    assert (taken.published, taken.duplicates) == (6, 4)
    assert feed.rows().height == 10


def test_a_service_that_renames_a_column_fails_in_words(polled: Callable[[str], Polled]) -> None:
    feed = polled("parking_now")
    row = _car_park(1)
    row["PKLT_NUMBER"] = row.pop("PKLT_CD")
    assert feed.poll(_body(row)) is None
    assert feed.state == "failing"
    assert "no column for car_park_id" in feed.problem


def test_new_columns_and_other_types_change_nothing(polled: Callable[[str], Polled]) -> None:
    feed = polled("parking_now")
    row = {**_car_park(1), "TPKCT": "1260.0", "NOW_PRK_VHCL_CNT": "12", "NEW": [{"A": 1}]}
    taken = feed.poll(_body(row))
    assert taken
    assert (taken.published, taken.rejected) == (1, 0)


def test_a_clock_ahead_of_ours_is_rejected_and_one_behind_is_late(
    polled: Callable[[str], Polled],
) -> None:
    feed = polled("parking_now")
    taken = feed.poll(_body(_car_park(1, hours=-9), _car_park(2, hours=9), _car_park(3)))
    assert taken
    assert (taken.published, taken.late) == (2, 1)
    assert taken.reasons == {"at is ahead of our clock": 1}
    assert feed.state == "ok"


def test_a_service_whose_every_clock_is_ahead_is_failing(polled: Callable[[str], Polled]) -> None:
    feed = polled("parking_now")
    feed.poll(_body(_car_park(1, hours=-1), _car_park(2, hours=-1)))
    assert feed.state == "failing"
    assert "ahead of our clock (2)" in feed.problem


def test_a_service_that_stands_still_is_late(polled: Callable[[str], Polled]) -> None:
    feed = polled("parking_now")
    old = _car_park(1, hours=5)
    feed.poll(_body(old))
    feed.poll(_body(old))
    assert feed.state == "late"


def test_the_same_reading_twice_is_one_row(polled: Callable[[str], Polled]) -> None:
    feed = polled("parking_now")
    row = _car_park(1)
    for _ in range(3):
        feed.poll(_body(row, row))
    pulse = feed.stream.pulse
    assert (pulse.received, pulse.published, pulse.duplicates) == (6, 1, 5)
    assert len(feed.lake.versions("parking_now")) == 1


def test_a_reading_of_last_week_is_kept_late_and_one_of_last_year_is_rejected(
    polled: Callable[[str], Polled],
) -> None:
    feed = polled("parking_now")
    taken = feed.poll(_body(_car_park(1, days=7), _car_park(2, days=400), _car_park(3)))
    assert taken
    assert (taken.published, taken.late, taken.rejected) == (2, 1, 1)
    assert list(taken.reasons) == ["at is older than the 31 days that the feed keeps"]


def test_coordinates_swapped_or_at_0_or_far_away(polled: Callable[[str], Polled]) -> None:
    feed = polled("bikes_now")
    places = {
        "good": ("126.91", "37.55"),
        "zero": ("0", "0.0"),
        "swapped": ("37.55", "126.91"),
        "far": ("2.35", "48.86"),
        "metres": ("4664046", "199999"),
        "words": ("동경", "북위"),
    }
    given = [
        {**BIKES, "stationId": name, "stationLongitude": lon, "stationLatitude": lat}
        for name, (lon, lat) in places.items()
    ]
    taken = feed.poll(_body(*given))
    assert taken
    assert sorted(feed.rows().get_column("station_id")) == ["good", "zero"]
    assert dict(taken.reasons) == {"coordinates outside the city": 3, "lon is not a number": 1}
    assert feed.state == "ok"


def test_ten_megabytes_of_text_are_one_rejected_row(polled: Callable[[str], Polled]) -> None:
    feed = polled("parking_now")
    taken = feed.poll(
        _body({**_car_park(1), "PKLT_NM": "주" * (10 * MEGABYTES // 3)}, _car_park(2))
    )
    assert taken
    assert (taken.published, taken.rejected) == (1, 1)
    assert list(taken.reasons) == ["a text has more than 100,000 characters"]


def test_html_and_scripts_are_text(polled: Callable[[str], Polled]) -> None:
    feed = polled("parking_now")
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    feed.poll(_body({**_car_park(1), "PKLT_NM": hostile}))
    assert feed.rows().get_column("car_park_name").to_list() == [hostile]


def test_a_feed_without_a_key_is_off_and_not_failing(
    polled: Callable[[str], Polled], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = polled("air_now")
    monkeypatch.delenv("SEOUL_OPENAPI_KEY")
    assert poll(feed.stream) is None
    assert (feed.state, feed.stream.pulse.failures) == ("off", 0)
    assert "SEOUL_OPENAPI_KEY" in feed.problem
    assert feed.server.paths == []
    assert "air_now" not in feed.lake.datasets()


def test_a_used_up_quota_is_a_failure_in_words(
    polled: Callable[[str], Polled], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = polled("air_now")
    monkeypatch.setenv("SEOUL_OPENAPI_CALLS_PER_DAY", "0")
    poll(feed.stream)
    assert feed.state == "failing"
    assert "starts anew" in feed.problem


def test_a_service_that_stays_silent_goes_stale(polled: Callable[[str], Polled]) -> None:
    feed = polled("air_now")
    feed.poll(_body({**AIR, "MSRMT_DT": _stamp("%Y%m%d%H00")}))
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=3)
    feed.stream.now = lambda: later
    feed.stream.beat()
    found = feed_state(seoul().dataset("air_now"), feeds_folder(feed.lake), later)
    assert found
    assert found.state == "stale"


def _every_second(name: str) -> Dataset:
    dataset = seoul().dataset(name)
    assert dataset.fed_by
    assert dataset.feed
    feed = dataset.feed.model_copy(update={"every_seconds": 1})
    fed_by = dataset.fed_by.model_copy(update={"feed": feed, "each": ()})
    return dataset.model_copy(update={"distributions": (fed_by,)})


def test_a_feed_that_stops_and_returns_is_watched_on_without_losing_a_reading(
    polled: Callable[[str], Polled],
) -> None:
    """Every answer of the service holds one new car park, and those of a fault hold none."""
    feed = polled("parking_now")
    server, given = feed.server, []

    def answer(handler: Handler) -> None:
        given.append(_car_park(len(given)))
        _body(*given)(handler)

    for fault in (answer, faults.reset, faults.reset, faults.body(b"{"), answer, answer):
        server.fail_with(fault)
    with Watch(seoul(), feed.lake, [_every_second("parking_now")]) as watched:
        (feed.stream,) = watched.streams
        watched.run(watched.streams)
        ends = time.monotonic() + 30
        while feed.stream.pulse.published < 3 and time.monotonic() < ends:
            time.sleep(0.05)
    assert sorted(feed.rows().get_column("car_park_id")) == ["0", "1", "2"]
    assert feed.stream.pulse.duplicates == 3
