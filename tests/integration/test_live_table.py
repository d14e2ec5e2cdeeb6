"""The table of a stream: small commits that any reader sees, each key once, nothing lost."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from deltalake import DeltaTable
from hypothesis import given
from hypothesis import strategies as st

from cityboard.catalog import Dataset
from cityboard.lake import Lake, LiveTable
from cityboard.lake.keys import Keys
from cityboard.lake.live import LEAST_MERGED, MOST_PARTS, mergeable
from cityboard.query import Query
from cityboard.store import Store
from tests.conftest import REPOSITORY
from tests.lakes import REJECTS, data_files, named_files, rows
from tests.lakes import lineage as lineage_of
from tests.streams import NOW, appended, calls, stream_city, toy_stream

COMMITS = int(os.environ.get("CITYBOARD_COMMITS", "300"))


@pytest.fixture
def stream(tmp_path: Path) -> tuple[Lake, Dataset]:
    return toy_stream(tmp_path)


def run(job: str, folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.streams", job, str(folder), *arguments]
    return subprocess.Popen(command, cwd=REPOSITORY)


def test_every_append_is_a_version_that_any_reader_opens(stream: tuple[Lake, Dataset]) -> None:
    lake, dataset = stream
    live = LiveTable(lake, dataset)
    for n in range(3):
        assert appended(live, calls(10 * n, 10)).version == n
        seen = Lake(lake.root).snapshot("calls")
        assert (seen.version, seen.rows, seen.problem) == (n, 10 * (n + 1), None)
    assert rows(seen).sort("call_id").equals(calls_of(30))
    assert seen.lineage.provenance == "live"
    assert (seen.lineage.rows_in, seen.lineage.rows_published) == (10, 10)


def calls_of(count: int) -> pl.DataFrame:
    """Return all calls of appends of ten."""
    return pl.concat([calls(n, 10) for n in range(0, count, 10)]).sort("call_id")


def test_many_small_commits_hold_every_row_and_cost_no_more_with_their_number(
    stream: tuple[Lake, Dataset],
) -> None:
    lake, dataset = stream
    live, seconds = LiveTable(lake, dataset), []
    for n in range(COMMITS):
        frame = calls(3 * n, 3, persons=n)
        began = time.process_time()
        appended(live, frame)
        seconds.append(time.process_time() - began)
        assert len(lake.snapshot("calls").files) <= MOST_PARTS
    seen = lake.snapshot("calls")
    assert (seen.rows, rows(seen).height) == (3 * COMMITS, 3 * COMMITS)
    assert rows(seen)["persons"].sum() == 3 * sum(range(COMMITS))
    third = COMMITS // 3
    assert np.median(seconds[-third:]) < 3 * np.median(seconds[10 : 10 + third])


def test_other_tools_read_the_same_rows(stream: tuple[Lake, Dataset]) -> None:
    lake, dataset = stream
    live = LiveTable(lake, dataset)
    for n in range(2 * MOST_PARTS):
        appended(live, calls(3 * n, 3))
    table = DeltaTable(lake.root / "calls")
    seen = lake.snapshot("calls")
    assert table.version() == seen.version
    assert {Path(path).name for path in table.file_uris()} == {path.name for path in seen.files}
    assert (
        pl.read_delta(str(lake.root / "calls")).sort("call_id").equals(rows(seen).sort("call_id"))
    )


def test_the_store_answers_from_what_was_appended(tmp_path: Path) -> None:
    catalog, lake = stream_city(tmp_path / "testburg"), Lake(tmp_path / "lake")
    live = LiveTable(lake, catalog.dataset("calls"))
    appended(live, calls(0, 10, persons=2))
    store = Store(catalog, lake)
    assert store.answer(Query("calls", ("persons",))).frame["persons"].tolist() == [20]
    assert store.freshness("calls").age_days == 0


def test_a_key_that_is_there_is_dropped_and_counted(stream: tuple[Lake, Dataset]) -> None:
    lake, dataset = stream
    live = LiveTable(lake, dataset)
    appended(live, calls(0, 10))
    twice = pl.concat([calls(5, 10), calls(12, 3)])
    assert appended(live, twice).duplicates == 8
    assert appended(live, calls(0, 15)).version is None
    seen = lake.snapshot("calls")
    assert (seen.version, seen.rows) == (1, 15)
    assert rows(seen)["call_id"].n_unique() == 15


def test_another_writer_knows_the_keys_again(stream: tuple[Lake, Dataset]) -> None:
    lake, dataset = stream
    appended(LiveTable(lake, dataset), calls(0, 10))
    found = appended(LiveTable(lake, dataset), calls(5, 10))
    assert (found.rows, found.duplicates) == (5, 5)


def test_a_writer_killed_between_file_and_entry_loses_nothing_acknowledged(
    stream: tuple[Lake, Dataset], tmp_path: Path
) -> None:
    lake, dataset = stream
    assert run("die", tmp_path).wait() == -signal.SIGKILL
    assert (lake.snapshot("calls").version, lake.snapshot("calls").rows) == (1, 10)

    live = LiveTable(lake, dataset)
    assert appended(live, calls(5, 10)).rows == 5
    assert sorted(rows(lake.snapshot("calls"))["call_id"]) == sorted(f"c{n}" for n in range(15))
    live.compact()
    live.compact()
    assert data_files(lake.root / "calls") == named_files(lake, "calls")
    assert list((lake.root / "calls/_delta_log").glob("*#*")) == []


def test_two_writers_at_once_lose_and_double_no_row(
    stream: tuple[Lake, Dataset], tmp_path: Path
) -> None:
    lake, _ = stream
    writers = [run("own", tmp_path, str(first)) for first in (0, 1000)]
    assert [writer.wait() for writer in writers] == [0, 0]
    own = [f"c{first + n}" for first in (0, 1000) for n in range(50)]
    assert sorted(rows(lake.snapshot("calls"))["call_id"]) == sorted([*own, "c999999"])


def test_compacting_changes_no_sum_and_leaves_one_file(stream: tuple[Lake, Dataset]) -> None:
    lake, dataset = stream
    live = LiveTable(lake, dataset)
    for n in range(MOST_PARTS + 3):
        appended(live, calls(10 * n, 10, persons=n))
    before = rows(lake.snapshot("calls")).sort("call_id")
    live.compact()
    seen = lake.snapshot("calls")
    assert len(seen.files) == 1
    assert rows(seen).sort("call_id").equals(before)
    assert (seen.lineage.rows_published, seen.rows) == (before.height, before.height)
    assert appended(live, calls(0, 10 * (MOST_PARTS + 3) + 1)).rows == 1


def test_rows_older_than_the_feed_keeps_leave_the_newest_version_only(
    stream: tuple[Lake, Dataset],
) -> None:
    lake, dataset = stream
    live = LiveTable(lake, dataset)
    appended(live, calls(0, 10, at=NOW - dt.timedelta(days=40)))
    appended(live, calls(10, 10))
    assert sorted(rows(lake.snapshot("calls"))["call_id"]) == [f"c{n}" for n in range(10, 20)]
    assert lake.snapshot("calls", version=1).rows == 20
    assert dt.datetime.fromisoformat(lake.snapshot("calls").lineage.first or "") >= NOW


def test_a_long_log_is_shortened_and_rejects_are_carried_on(stream: tuple[Lake, Dataset]) -> None:
    lake, dataset = stream
    live = LiveTable(lake, dataset, most_commits=20)
    bad = pl.DataFrame([("torn", "push", 1, "{}")], schema=REJECTS, orient="row")
    for n in range(30):
        appended(live, calls(n, 1), rejects=bad if n in {3, 12, 25} else bad.clear())
    whole = next(s for s in lake.versions("calls") if s.base is None)
    assert whole.version == 21
    assert whole.lineage.rejects == {"torn": 2}
    assert pl.read_parquet(whole.rejects).height == 2
    assert lake.snapshot("calls").rows == 30


def test_old_versions_are_forgotten_but_the_last_of_each_day(
    stream: tuple[Lake, Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, dataset = stream
    monkeypatch.setattr("cityboard.lake.live.SPARED", dt.timedelta(0))
    live = LiveTable(lake, dataset)
    for n in range(5):
        appended(live, calls(n, 1))
    live.compact()
    assert [snapshot.version for snapshot in lake.versions("calls")] == [5]
    assert appended(live, calls(3, 5)).version == 6
    assert DeltaTable(lake.root / "calls").version() == 6
    assert pl.read_delta(str(lake.root / "calls")).height == 8


def test_the_first_live_rows_take_the_place_of_simulated_ones(
    stream: tuple[Lake, Dataset],
) -> None:
    lake, dataset = stream
    frame, no = calls(0, 10), pl.DataFrame(schema=REJECTS)
    told = lineage_of(frame, no, provenance="simulated")
    lake.publish("calls", frame, no, lineage=told)
    assert appended(LiveTable(lake, dataset), calls(5, 10)).duplicates == 0
    seen = lake.snapshot("calls")
    assert (seen.lineage.provenance, seen.rows) == ("live", 10)
    assert lake.snapshot("calls", version=0).lineage.provenance == "simulated"


def test_a_damaged_newest_version_is_left_behind(stream: tuple[Lake, Dataset]) -> None:
    lake, dataset = stream
    live = LiveTable(lake, dataset)
    appended(live, calls(0, 10))
    appended(live, calls(10, 10))
    lake.snapshot("calls").files[-1].write_bytes(b"torn")
    assert appended(LiveTable(Lake(lake.root), dataset), calls(10, 15)).rows == 15
    seen = Lake(lake.root).snapshot("calls")
    assert (seen.problem, seen.rows) == (None, 25)


def test_a_column_that_is_new_is_null_in_older_rows(stream: tuple[Lake, Dataset]) -> None:
    lake, dataset = stream
    appended(LiveTable(lake, dataset), calls(0, 3).drop("words"))
    appended(LiveTable(lake, dataset), calls(3, 3))
    assert rows(lake.snapshot("calls"))["words"].null_count() == 6


def test_an_append_of_rejects_alone_keeps_them(stream: tuple[Lake, Dataset]) -> None:
    lake, dataset = stream
    live = LiveTable(lake, dataset)
    bad = pl.DataFrame([("torn", "push", 1, "{")], schema=REJECTS, orient="row")
    appended(live, calls(0, 3))
    assert appended(live, calls(0, 0), rejects=bad).rows == 0
    seen = lake.snapshot("calls")
    assert (seen.rows, pl.read_parquet(seen.rejects)["row"].to_list()) == (3, ["{"])
    appended(live, calls(3, 3))
    assert pl.read_parquet(lake.snapshot("calls").rejects).is_empty()


@given(st.lists(st.integers(1, 10**6), min_size=MOST_PARTS, max_size=MOST_PARTS))
def test_parts_that_stay_are_larger_than_what_is_merged_after_them(parts: list[int]) -> None:
    count = mergeable(parts)
    assert count >= LEAST_MERGED
    if count < len(parts):
        assert parts[-count - 1] > sum(parts[-count:])


@given(st.lists(st.integers(0, 50), max_size=200), st.lists(st.integers(0, 50), max_size=50))
def test_keys_are_known_again_as_a_set_knows_them(first: list[int], later: list[int]) -> None:
    keys = Keys()
    keys.add(pl.DataFrame({"id": first}, schema={"id": pl.Int64}))
    keys._put_in_order()
    keys.add(pl.DataFrame({"id": first[:10]}, schema={"id": pl.Int64}))
    asked = pl.DataFrame({"id": later}, schema={"id": pl.Int64})
    seen = set(first)
    expected = []
    for each in later:
        expected.append(each not in seen)
        seen.add(each)
    assert keys.unknown(asked).to_list() == expected
