"""What a feed brings, good and bad: appended once, rejected with a reason, counted, never lost."""

import datetime as dt
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import data_sources
from cityboard.catalog import Catalog
from cityboard.errors import CatalogError, LakeError, SourceError, SwitchedOffError
from cityboard.feeds import feed_state
from cityboard.lake import Lake
from cityboard.lake.pulse import feeds_folder
from data_sources.feeds.poll import poll
from data_sources.feeds.stream import LONGEST_TEXT, Intake, Stream
from data_sources.publish import publish
from tests.cities import write_city
from tests.lakes import rows
from tests.streams import ENTRY, NOW, calls, event, lines, pushed, stream_city

POLLED = ENTRY.replace(
    """  - kind: push
    system: feeds
    cleaner: events
    feed: {""",
    """  - kind: api
    adapter: toy_service
    service: calls
    system: feeds
    cleaner: events
    feed: {every_seconds: 60, """,
)


class Fed:
    """A stream, and what is pushed into it."""

    def __init__(self, folder: Path, entry: str = ENTRY) -> None:
        self.folder, self.city = folder, stream_city(folder / "testburg", entry)
        self.lake, self.instant = Lake(folder / "home/lake/testburg"), NOW
        self.stream = self.another()

    def another(self) -> Stream:
        return Stream(self.city.dataset("calls"), self.city, self.lake, now=lambda: self.instant)

    def push(self, *events: Any) -> Intake:
        """Push what one delivery holds: events, or the text of a whole body."""
        body = events[0] if isinstance(events[0], str | bytes) else lines(*events)
        return self.stream.take(pushed(self.folder / "pushed", body))

    def rows(self) -> pl.DataFrame:
        return rows(self.lake.snapshot("calls")).sort("call_id")

    @property
    def state(self) -> str:
        found = feed_state(self.city.dataset("calls"), feeds_folder(self.lake), self.instant)
        assert found is not None
        return found.state

    def rejects(self) -> pl.DataFrame:
        """Return the rejects of all versions, each once."""
        paths = {path for s in self.lake.versions("calls") for path in s.rejects}
        return pl.concat([pl.read_parquet(path) for path in sorted(paths)])


@pytest.fixture
def fed(tmp_path: Path) -> Iterator[Fed]:
    """Give a stream, and afterwards see that every row that came is counted once."""
    found = Fed(tmp_path)
    yield found
    pulse = found.stream.pulse
    assert pulse.received == pulse.published + pulse.duplicates + pulse.rejected
    if pulse.published or pulse.rejected:
        assert found.rows().height == pulse.published
        assert found.rows()["call_id"].n_unique() == pulse.published
        assert found.rejects().height == pulse.rejected


def test_what_is_pushed_is_typed_and_told_as_live(fed: Fed) -> None:
    taken = fed.push(event(1), event(2, persons=3, words="불이 났어요"))
    assert (taken.version, taken.received, taken.published, taken.rejected) == (0, 2, 2, 0)
    assert fed.rows().row(1, named=True) == {
        **calls(2, 1).row(0, named=True),
        "persons": 3,
        "words": "불이 났어요",
    }
    lineage = fed.lake.snapshot("calls").lineage
    assert (lineage.provenance, lineage.distribution) == ("live", "push (feeds.events)")
    assert lineage.first == lineage.last == NOW.isoformat()
    assert fed.state == "ok"


def test_an_event_that_comes_again_is_counted_and_dropped(fed: Fed) -> None:
    fed.push(event(1), event(1), event(2))
    taken = fed.push(event(2), event(3))
    assert (taken.published, taken.duplicates, taken.rejected) == (1, 1, 0)
    assert fed.push(event(1), event(3)).version is None
    assert (fed.stream.pulse.duplicates, fed.stream.pulse.published) == (4, 3)


def test_a_watcher_that_starts_again_knows_keys_and_counts(fed: Fed) -> None:
    fed.push(event(1), event(2))
    fed.stream = fed.another()
    fed.push(event(2), event(3))
    assert (fed.stream.pulse.received, fed.stream.pulse.duplicates) == (4, 1)


def test_a_late_event_is_kept_and_counted(fed: Fed) -> None:
    taken = fed.push(event(1, at=NOW - dt.timedelta(seconds=601)), event(2))
    assert (taken.published, taken.late, fed.state) == (2, 1, "ok")


def test_an_event_of_last_week_is_kept_and_a_feed_of_such_is_late(fed: Fed) -> None:
    assert fed.push(event(1, at=NOW - dt.timedelta(days=7))).late == 1
    assert fed.state == "late"
    fed.push(event(2))
    assert fed.state == "ok"


def test_an_event_older_than_the_feed_keeps_is_rejected(fed: Fed) -> None:
    taken = fed.push(event(1, at=NOW - dt.timedelta(days=32)), event(2))
    assert taken.reasons == {"at is older than the 31 days that the feed keeps": 1}


def test_a_clock_that_is_ahead_is_told(fed: Fed) -> None:
    soon, later = NOW + dt.timedelta(minutes=4), NOW + dt.timedelta(hours=9)
    taken = fed.push(event(1, at=soon), event(2, at=later))
    assert (taken.published, taken.reasons) == (1, {"at is ahead of our clock": 1})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lon": 50.05, "lat": 10.05}, "coordinates outside the city"),
        ({"lon": 0, "lat": 0}, "coordinates outside the city"),
        ({"persons": -1}, "persons"),
        ({"persons": "many"}, "persons is not a whole number"),
        ({"persons": None}, "persons"),
        ({"at": "yesterday"}, "at is not a timestamp"),
        ({"at": "2026-11-26 03:00"}, "at is not a timestamp"),
        ({"district_code": "99999"}, "district_code is not an area of the catalogue"),
        ({"call_id": None}, "call_id"),
        ({"words": "가" * (LONGEST_TEXT + 1)}, "a text has more than 100,000 characters"),
    ],
)
def test_a_row_that_cannot_be_used_is_kept_with_its_reason(
    fed: Fed, changes: dict[str, Any], reason: str
) -> None:
    taken = fed.push(event(1, **changes), event(2))
    assert (taken.published, taken.rejected, fed.state) == (1, 1, "ok")
    assert next(iter(taken.reasons)).startswith(reason)
    kept = json.loads(fed.rejects()["row"][0])
    assert kept["persons"] == (
        None if changes.get("persons", 1) is None else str(changes.get("persons", 1))
    )


def test_a_text_of_ten_megabytes_is_survived(fed: Fed) -> None:
    taken = fed.push(event(1, words="x" * 9_900_000), event(2))
    assert (taken.published, taken.rejected) == (1, 1)
    assert len(json.loads(fed.rejects()["row"][0])["words"]) == 9_900_000


def test_scripts_in_a_text_stay_text(fed: Fed) -> None:
    hostile = "<script>alert(1)</script>\x00\u202e'); DROP TABLE calls;--"
    fed.push(event(1, words=hostile))
    assert fed.rows()["words"].to_list() == [hostile]


def test_malformed_lines_are_kept_among_good_ones(fed: Fed) -> None:
    good, bad = lines(event(1)), '{"call_id": "c2", "at"'
    taken = fed.push(f"{good}{bad}\nnonsense\n{lines(event(3))}")
    assert (taken.received, taken.published, taken.rejected) == (4, 2, 2)
    assert [json.loads(row)["line"] for row in fed.rejects()["row"]] == [bad, "nonsense"]
    assert fed.rejects()["source_row"].to_list() == [2, 3]


def test_a_renamed_column_fails_the_feed_and_loses_no_row(fed: Fed) -> None:
    renamed = {**event(1), "number_of_persons": 4}
    del renamed["persons"]
    taken = fed.push(renamed)
    assert (taken.published, taken.rejected, fed.state) == (0, 1, "failing")
    assert "persons" in fed.stream.pulse.problem
    assert json.loads(fed.rejects()["row"][0])["number_of_persons"] == "4"
    fed.push(event(2))
    assert (fed.state, fed.stream.pulse.problem) == ("ok", "")


def test_a_column_that_is_new_is_no_fault(fed: Fed) -> None:
    assert fed.push(event(1, mood="calm")).published == 1


def test_a_delivery_of_nothing_is_good(fed: Fed) -> None:
    assert fed.push("").version is None
    assert fed.state == "ok"


def test_a_full_disk_is_told_and_nothing_is_counted(
    fed: Fed, monkeypatch: pytest.MonkeyPatch
) -> None:
    fed.push(event(1))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("cityboard.lake.files.write", full)
        with pytest.raises(LakeError, match="Free some space"):
            fed.push(event(2))
    assert fed.stream.pulse.received == 1
    assert fed.push(event(2)).published == 1


def test_silence_becomes_stale_and_a_dead_watcher_off(fed: Fed) -> None:
    fed.push(event(1))
    fed.instant += dt.timedelta(seconds=901)
    assert fed.state == "off"
    fed.stream.beat()
    assert fed.state == "stale"


def test_when_it_became_known_is_filled_in(tmp_path: Path) -> None:
    known = "  - {name: known_at, type: timestamp, unit: time, title: {ko: 안 때, en: Known}}\nkey:"
    fed = Fed(tmp_path, ENTRY.replace("key:", known, 1))
    earlier = NOW - dt.timedelta(seconds=5)
    fed.push(event(1), event(2, known_at=earlier.isoformat()))
    assert fed.rows()["known_at"].to_list() == [NOW, earlier]


def test_only_a_dataset_with_a_feed_is_a_stream(testburg: Catalog, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="trees has no feed"):
        Stream(testburg.dataset("trees"), testburg, Lake(tmp_path))


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a file that a service answers with; where it is not there, the service is down."""
    answer = tmp_path / "service/answer.json"
    answer.parent.mkdir()
    (answer.parent / "toy_service.py").write_text(
        f"""
from pathlib import Path
from cityboard.errors import SourceError
from data_sources.fetched import Fetched, checksum

def fetch(distribution, folder):
    path = Path({str(answer)!r})
    if not path.exists():
        raise SourceError("calls gave no answer (not whole within 2 s)")
    return Fetched((path,), "http://service/calls", checksum([path]))
""",
        "utf-8",
    )
    monkeypatch.setattr(data_sources, "__path__", [*data_sources.__path__, str(answer.parent)])
    yield answer
    sys.modules.pop("data_sources.toy_service", None)


def test_a_feed_is_polled_and_what_it_says_again_is_no_new_version(
    tmp_path: Path, service: Path
) -> None:
    fed = Fed(tmp_path, POLLED)
    service.write_text(json.dumps([event(1), event(2)]), "utf-8")
    assert poll(fed.stream).published == 2  # type: ignore[union-attr]
    assert poll(fed.stream).duplicates == 2  # type: ignore[union-attr]
    service.write_text(json.dumps([event(2), event(3)]), "utf-8")
    poll(fed.stream)
    assert (fed.lake.snapshot("calls").version, fed.rows().height, fed.state) == (1, 3, "ok")


def test_a_service_that_is_down_is_told_and_comes_back(tmp_path: Path, service: Path) -> None:
    fed = Fed(tmp_path, POLLED)
    assert poll(fed.stream) is None
    assert poll(fed.stream) is None
    assert (fed.state, fed.stream.pulse.failures) == ("failing", 2)
    assert "not whole within 2 s" in fed.stream.pulse.problem
    service.write_text(json.dumps([event(1)]), "utf-8")
    assert poll(fed.stream) is not None
    assert (fed.state, fed.stream.pulse.failures, fed.stream.pulse.problem) == ("ok", 0, "")


def test_a_service_without_a_key_is_off_and_no_fault(
    tmp_path: Path, service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fed = Fed(tmp_path, POLLED)

    def without_key(*_: object) -> None:
        raise SwitchedOffError("No key")

    service.write_text("[]", "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr("data_sources.feeds.poll.ask", without_key)
        assert poll(fed.stream) is None
    assert (fed.state, fed.stream.pulse.problem, fed.stream.pulse.failures) == ("off", "No key", 0)
    poll(fed.stream)
    assert fed.state == "ok"


def test_a_cleaner_that_breaks_does_not_end_the_watch(
    tmp_path: Path, service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fed = Fed(tmp_path, POLLED)
    service.write_text(json.dumps([event(1)]), "utf-8")
    monkeypatch.setattr("data_sources.feeds.events", lambda *_: 1 / 0)
    assert poll(fed.stream) is None
    assert "ZeroDivisionError" in fed.stream.pulse.problem


def test_a_build_leaves_a_feed_to_its_watcher(tmp_path: Path) -> None:
    figures = """  - kind: simulation
    system: figures
    cleaner: table
    path: [calls.parquet]
    note: {ko: 모의, en: Simulated}
dcat:"""
    entry = ENTRY.replace("dcat:", figures)
    fed = Fed(tmp_path, entry)
    calls(0, 4).write_parquet(write_city(tmp_path / "testburg") / "figures/calls.parquet")
    dataset = fed.city.dataset("calls")
    simulated = publish(dataset, catalog=fed.city, lake=fed.lake, data=None)
    assert (simulated.lineage.provenance, simulated.rows) == ("simulated", 4)
    assert "cityboard watch" in simulated.lineage.passed_over[0].reason

    fed.push(event(1))
    again = publish(dataset, catalog=fed.city, lake=fed.lake, data=None)
    assert (again.lineage.provenance, again.rows) == ("live", 1)


def test_a_feed_without_simulation_is_told_where_nothing_came(tmp_path: Path) -> None:
    fed = Fed(tmp_path)
    with pytest.raises(SourceError, match="cityboard watch"):
        publish(fed.city.dataset("calls"), catalog=fed.city, lake=fed.lake, data=None)
