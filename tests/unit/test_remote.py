"""The remote engine: what another engine gives, in our types and our words."""

import dataclasses
import datetime as dt
import os
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cityboard.cancel import Cancel
from cityboard.engines.dialect import Translation
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.engines.remote import RemoteEngine
from cityboard.engines.runner import DuckDBRunner
from cityboard.errors import (
    CancelledQuestionError,
    CorruptSnapshotError,
    QueryError,
    QueryTimeoutError,
)
from cityboard.lake import Snapshot
from cityboard.query import Field, Listing, Period, Query
from tests.snapshots import write_snapshot
from tests.spec.tables import table

VISITS = table("""
    id | at               | kind | floor | persons
    a  | 2026-03-01 15:00 | park | 1     | 2
    b  | null             | null | null  | null
    c  | 2026-03-01 16:30 | zoo  | 2     | 3
""")
DATASET = VISITS.dataset
BY_HOUR = Query("visits", ("rows", "persons"), (Period("hour"), Field("weekday")))


class FakeRunner:
    """Gives what it was told to, and keeps what it was asked."""

    dialect = "trino"

    def __init__(self, gives: pa.Table | Exception) -> None:
        self.gives, self.asked = gives, None

    def run(self, asked: Translation, *, cancel: Cancel) -> pa.Table:
        self.asked = asked
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return write_snapshot(VISITS.frame, tmp_path)


def test_wider_types_and_zones_of_another_engine_become_ours(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    hours = [dt.datetime(2026, 3, 1, n, tzinfo=dt.UTC) for n in (15, 16)]
    given = pa.table(
        {
            "PERIOD": pa.array([*hours, None], pa.timestamp("ms", "Asia/Seoul")),
            "WEEKDAY": pa.array([1, 1, None], pa.int64()),
            "ROWS": pa.array([1, 1, 1], pa.uint64()),
            "PERSONS": pa.array([2, 3, None], pa.int64()),
        }
    )
    frame = RemoteEngine(FakeRunner(given)).answer(BY_HOUR, DATASET, snapshot)
    expected = DuckDBEngine(tmp_path).answer(BY_HOUR, DATASET, snapshot)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)


def test_the_statement_is_asked_in_the_runners_dialect(snapshot: Snapshot) -> None:
    runner = FakeRunner(pa.table({"rows": [3]}))
    RemoteEngine(runner).answer(Query("visits", ("rows",)), DATASET, snapshot)
    assert runner.asked is not None
    assert runner.asked.files == tuple(map(str, snapshot.files))
    assert runner.asked.table in runner.asked.sql


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CorruptSnapshotError("torn"), "a file of visits version 0 cannot be read: torn"),
        (QueryError("no memory"), "the question about visits could not be answered: no memory"),
    ],
)
def test_an_error_says_which_question_it_was(
    snapshot: Snapshot, error: Exception, words: str
) -> None:
    with pytest.raises(type(error), match=words):
        RemoteEngine(FakeRunner(error)).answer(BY_HOUR, DATASET, snapshot)


def test_an_answer_longer_than_the_cap_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    runner, by_id = DuckDBRunner(tmp_path), Query("visits", ("rows",), (Field("id"),))
    assert len(RemoteEngine(runner, rows=3).answer(by_id, DATASET, snapshot)) == 3
    with pytest.raises(QueryError, match="more than 2 rows; group more coarsely"):
        RemoteEngine(runner, rows=2).answer(by_id, DATASET, snapshot)


def test_a_file_cut_short_is_told(snapshot: Snapshot, tmp_path: Path) -> None:
    os.truncate(snapshot.files[0], 100)
    with pytest.raises(CorruptSnapshotError, match="visits version 0 cannot be read"):
        RemoteEngine(DuckDBRunner(tmp_path)).answer(BY_HOUR, DATASET, snapshot)


def test_a_file_outside_the_folder_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(QueryError, match="Permission"):
        RemoteEngine(DuckDBRunner(tmp_path / "other")).answer(BY_HOUR, DATASET, snapshot)


@pytest.fixture
def endless(tmp_path: Path) -> Snapshot:
    """Return a million rows, read a hundred times over."""
    frame = pl.DataFrame({"id": [str(n) for n in range(1_000_000)]})
    once = write_snapshot(frame, tmp_path, name="endless")
    return dataclasses.replace(once, files=once.files * 100)


SLOW = Query("visits", ("rows",), (Field("id"),))


def test_the_time_limit_fires(endless: Snapshot, tmp_path: Path) -> None:
    engine = RemoteEngine(DuckDBRunner(tmp_path, memory="4GB"), seconds=0.2)
    with pytest.raises(QueryTimeoutError, match=r"took more than 0\.2 s"):
        engine.answer(SLOW, DATASET, endless)


def test_a_question_cancelled_before_it_begins_is_not_asked(snapshot: Snapshot) -> None:
    runner, cancel = FakeRunner(pa.table({"rows": [3]})), Cancel()
    cancel.set()
    with pytest.raises(CancelledQuestionError):
        RemoteEngine(runner).answer(BY_HOUR, DATASET, snapshot, cancel=cancel)
    assert runner.asked is None


def test_an_answered_question_leaves_nothing_to_cancel(snapshot: Snapshot, tmp_path: Path) -> None:
    cancel, page = Cancel(), Listing("visits", ("id",))
    frame = RemoteEngine(DuckDBRunner(tmp_path)).answer(page, DATASET, snapshot, cancel=cancel)
    assert frame["id"].tolist() == ["a", "b", "c"]
    assert cancel._stops == []
