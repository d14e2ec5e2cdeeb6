"""The engine of rows: what its frames hold, how it stops, and what it may not touch."""

import concurrent.futures
import dataclasses
import datetime as dt
import os
import random
import threading
import time
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from cityboard.cancel import Cancel
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.engines.statement import aggregate_statement
from cityboard.errors import (
    CancelledQuestionError,
    CorruptSnapshotError,
    QueryError,
    QueryTimeoutError,
)
from cityboard.lake import Snapshot
from cityboard.query import Field, Listing, Period, Query
from cityboard.selection import Members
from tests import brute_force
from tests.snapshots import write_snapshot
from tests.spec.tables import table

VISITS = table("""
    id | at               | area  | kind | floor | is_open | persons
    a  | 2026-02-28 15:00 | 11110 | park | 1     | true    | 1
    b  | null             | null  | null | null  | null    | null
    c  | 2026-03-01 15:00 | 11140 | 공원 | -1    | false   | 4
""")
DATASET = VISITS.dataset
TOTAL = Query("visits", ("persons",))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder an engine may read."""
    return tmp_path / "lake"


@pytest.fixture
def snapshot(root: Path) -> Snapshot:
    """Return the table as a file in that folder."""
    return write_snapshot(VISITS.frame, root)


@pytest.fixture
def engine(root: Path) -> DuckDBEngine:
    return DuckDBEngine(root)


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Return half a billion rows: the same small file, named over and over."""
    rows = 1_000_000
    frame = pl.DataFrame(
        {
            "id": pl.Series(range(rows)).cast(pl.String),
            "at": pl.Series(range(rows)).cast(pl.Datetime("us", "UTC")),
            **{name: pl.Series([None] * rows, dtype=pl.String) for name in ("area", "kind")},
            "floor": pl.Series(range(rows)).cast(pl.Int32),
            "is_open": pl.Series([True] * rows),
            "persons": pl.Series(range(rows)),
        }
    )
    written = write_snapshot(frame, tmp_path_factory.mktemp("endless"))
    return dataclasses.replace(written, files=written.files * 500)


SLOW = Query("visits", ("days",), (Field("hour"),))


def test_whole_numbers_stay_whole(engine: DuckDBEngine, snapshot: Snapshot) -> None:
    frame = engine.answer(Query("visits", ("rows",), (Field("area"),)), DATASET, snapshot)
    assert frame["rows"].dtype == np.int64
    known = Query("visits", ("persons",), (), (Members("kind", ("park",)),))
    assert engine.answer(known, DATASET, snapshot)["persons"].dtype == np.int64


def test_a_measure_that_is_null_is_a_number_that_can_be_written(
    engine: DuckDBEngine, snapshot: Snapshot
) -> None:
    """pandas' own null of whole numbers cannot be made a float, or formatted."""
    nothing = Query("visits", ("persons",), (), (Members("kind", ("zoo",)),))
    assert np.isnan(float(engine.answer(nothing, DATASET, snapshot)["persons"].iloc[0]))
    some = engine.answer(Query("visits", ("persons",), (Field("id"),)), DATASET, snapshot)
    assert [f"{value:.0f}" for value in some["persons"]] == ["1", "nan", "4"]


def test_the_types_of_an_answer_do_not_depend_on_its_rows(
    engine: DuckDBEngine, snapshot: Snapshot
) -> None:
    listing = Listing("visits", ("id", "at", "persons"))
    none = dataclasses.replace(listing, where=(Members("kind", ("zoo",)),))
    full, empty = (engine.answer(q, DATASET, snapshot) for q in (listing, none))
    for name in ("id", "at"):
        assert full[name].dtype == empty[name].dtype


def test_a_number_of_a_group_reads_as_it_was_written(
    engine: DuckDBEngine, snapshot: Snapshot
) -> None:
    """Floor 1, and not 1.0, though another row knows no floor."""
    frame = engine.answer(Query("visits", ("rows",), (Field("floor"),)), DATASET, snapshot)
    assert [str(floor) for floor in frame["floor"].dropna()] == ["-1", "1"]


def test_instants_are_told_in_utc_whatever_the_machine(engine: DuckDBEngine) -> None:
    cursor = engine._connection.cursor()
    assert cursor.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_values_are_bound_and_never_written_into_the_statement() -> None:
    hostile = "'); DROP TABLE visits; --"
    clauses = (Members("kind", (hostile,)), Members("area", (hostile,)))
    statement = aggregate_statement(
        Query("visits", ("rows",), (), clauses), DATASET, ["/rows.parquet"], cap=1
    )
    assert "DROP" not in statement.sql
    assert "/rows" not in statement.sql
    assert hostile in statement.values


REFUSED = {
    "a file outside the folder": "SELECT * FROM read_text('{outside}/secret.txt')",
    "a file by its bare name": "SELECT * FROM '{outside}/secret.parquet'",
    "a file by a way around": "SELECT * FROM read_text('{root}/../secret.txt')",
    "a file behind a link": "SELECT * FROM read_text('{root}/link.txt')",
    "a folder beside it": "SELECT * FROM read_text('{root}2/secret.txt')",
    "a list of files": "SELECT * FROM glob('{outside}/*')",
    "the network": "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "a bucket": "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "a copy out": "COPY (SELECT 1) TO '{outside}/out.csv'",
    "a copy in": "COPY visits FROM '{outside}/secret.txt'",
    "another database": "ATTACH '{outside}/other.db'",
    "an export": "EXPORT DATABASE '{outside}/export'",
    "an extension": "INSTALL httpfs",
    "a library": "LOAD '{outside}/x.duckdb_extension'",
    "a stored secret": "CREATE PERSISTENT SECRET s (TYPE s3)",
    "more access": "SET enable_external_access=true",
    "another folder": "SET allowed_directories=['/']",
    "another limit": "SET memory_limit='1TB'",
    "another zone": "SET TimeZone='Asia/Seoul'",
    "an open lock": "RESET lock_configuration",
    "a variable of this process": "SELECT * FROM frame",
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_engine_may_not_reach(
    what: str, engine: DuckDBEngine, snapshot: Snapshot, root: Path
) -> None:
    frame = VISITS.frame
    (root.parent / "secret.txt").write_text("secret")
    Path(f"{root}2").mkdir()
    Path(f"{root}2/secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(root.parent / "secret.txt")
    before = sorted(root.parent.iterdir())
    cursor = engine._connection.cursor()
    with pytest.raises(duckdb.Error):
        cursor.execute(REFUSED[what].format(outside=root.parent, root=root)).fetchall()
    assert sorted(root.parent.iterdir()) == before
    assert frame.height == 3


def test_a_snapshot_outside_the_folder_is_refused(engine: DuckDBEngine, tmp_path: Path) -> None:
    elsewhere = write_snapshot(VISITS.frame, tmp_path / "elsewhere")
    with pytest.raises(QueryError, match="Permission"):
        engine.answer(TOTAL, DATASET, elsewhere)


def test_the_folder_may_be_named_from_where_one_stands(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root.parent)
    written = write_snapshot(VISITS.frame, Path("lake"))
    frame = DuckDBEngine(Path("lake")).answer(TOTAL, DATASET, written)
    assert frame["persons"].tolist() == [5]


def test_the_folder_may_be_a_link_and_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "it's 서울 [100%]"
    folder.mkdir()
    link = tmp_path / "link"
    link.symlink_to(folder)
    written = write_snapshot(VISITS.frame, link)
    assert DuckDBEngine(link).answer(TOTAL, DATASET, written)["persons"].tolist() == [5]


@pytest.mark.parametrize("left", [0, 4, 100])
def test_a_file_cut_short_is_told_apart_from_a_bad_question(
    engine: DuckDBEngine, snapshot: Snapshot, left: int
) -> None:
    os.truncate(snapshot.files[0], left)
    with pytest.raises(CorruptSnapshotError, match="visits version 0 cannot be read"):
        engine.answer(TOTAL, DATASET, snapshot)


def test_a_file_that_is_gone_is_told(engine: DuckDBEngine, snapshot: Snapshot) -> None:
    snapshot.files[0].unlink()
    with pytest.raises(CorruptSnapshotError, match="cannot be read"):
        engine.answer(TOTAL, DATASET, snapshot)


def test_a_question_that_needs_too_much_memory_is_refused(endless: Snapshot) -> None:
    small = DuckDBEngine(endless.files[0].parent, memory="20MB")
    every_row = Query("visits", ("rows",), (Field("id"),))
    once = dataclasses.replace(endless, files=endless.files[:1])
    with pytest.raises(QueryError, match="Out of Memory"):
        small.answer(every_row, DATASET, once)


def test_an_answer_longer_than_the_cap_is_refused(root: Path, snapshot: Snapshot) -> None:
    question = Query("visits", ("rows",), (Field("id"),))
    assert len(DuckDBEngine(root, rows=3).answer(question, DATASET, snapshot)) == 3
    with pytest.raises(QueryError, match="more than 2 rows; group more coarsely"):
        DuckDBEngine(root, rows=2).answer(question, DATASET, snapshot)


def test_the_time_limit_fires_and_the_engine_goes_on(endless: Snapshot) -> None:
    engine = DuckDBEngine(endless.files[0].parent, seconds=0.2)
    began = time.monotonic()
    with pytest.raises(QueryTimeoutError, match=r"took more than 0\.2 s"):
        engine.answer(SLOW, DATASET, endless)
    assert time.monotonic() - began < 2
    once = dataclasses.replace(endless, files=endless.files[:1])
    assert engine.answer(Query("visits", ("rows",)), DATASET, once)["rows"].tolist() == [1_000_000]


def _seconds_to_stop(engine: DuckDBEngine, endless: Snapshot) -> float:
    """Return how long a question went on after it was cancelled."""
    cancel, ended = Cancel(), threading.Event()
    stopped: list[float] = []

    def ask() -> None:
        with pytest.raises(CancelledQuestionError):
            engine.answer(SLOW, DATASET, endless, cancel=cancel)
        stopped.append(time.monotonic())
        ended.set()

    threading.Thread(target=ask).start()
    time.sleep(0.2)
    assert not ended.is_set()
    began = time.monotonic()
    cancel.set()
    assert ended.wait(10)
    return stopped[0] - began


def test_a_question_that_is_cancelled_stops_within_a_fifth_of_a_second(endless: Snapshot) -> None:
    """The best of three: other work on the machine may delay one."""
    engine = DuckDBEngine(endless.files[0].parent, seconds=60)
    assert min(_seconds_to_stop(engine, endless) for _ in range(3)) < 0.2


def test_a_question_that_is_cancelled_as_it_begins_stops_too(endless: Snapshot) -> None:
    """DuckDB forgets an interrupt that comes while it still plans."""
    engine = DuckDBEngine(endless.files[0].parent, seconds=60)
    for delay in (0, 0, 0, 0.001, 0.001):
        cancel = Cancel()
        with concurrent.futures.ThreadPoolExecutor(1) as thread:
            asked = thread.submit(engine.answer, SLOW, DATASET, endless, cancel=cancel)
            time.sleep(delay)
            cancel.set()
            with pytest.raises(CancelledQuestionError):
                asked.result(timeout=5)


def test_what_is_cancelled_before_it_begins_is_not_asked(
    engine: DuckDBEngine, snapshot: Snapshot
) -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(CancelledQuestionError):
        engine.answer(TOTAL, DATASET, snapshot, cancel=cancel)


def test_cancelling_one_question_leaves_the_others_alone(
    engine: DuckDBEngine, snapshot: Snapshot
) -> None:
    cancel = Cancel()
    engine.answer(TOTAL, DATASET, snapshot, cancel=cancel)
    cancel.set()
    assert engine.answer(TOTAL, DATASET, snapshot)["persons"].tolist() == [5]


def test_an_answered_question_leaves_nothing_to_cancel(
    engine: DuckDBEngine, snapshot: Snapshot
) -> None:
    """A session keeps one `Cancel` for long; it must not keep every cursor there was."""
    cancel = Cancel()
    engine.answer(TOTAL, DATASET, snapshot, cancel=cancel)
    assert cancel._stops == []


def test_sixteen_threads_get_the_answers_that_one_would(root: Path) -> None:
    random_rows = random.Random(0)
    rows = [
        {
            "id": f"{n:04}",
            "at": dt.datetime(2026, 3, 1 + n % 28, n % 24, tzinfo=dt.UTC),
            "area": random_rows.choice(["11110", "11140", None]),
            "kind": random_rows.choice(["park", "museum"]),
            "floor": n % 5,
            "is_open": n % 3 == 0,
            "persons": random_rows.randrange(1000),
        }
        for n in range(2000)
    ]
    written = write_snapshot(pl.DataFrame(rows, schema=VISITS.frame.schema), root)
    groups = (Field("kind"), Field("area"), Field("hour"), Period("day"))
    questions = [
        Query("visits", ("rows", "persons"), (by,), (Members("floor", (floor,)),))
        for by in groups
        for floor in range(5)
    ]
    expected = [brute_force.answer(question, rows) for question in questions]
    engine = DuckDBEngine(root)

    def ask(n: int) -> bool:
        order = random.Random(n).choices(range(len(questions)), k=50)
        return all(
            brute_force.plain(engine.answer(questions[i], DATASET, written)) == expected[i]
            for i in order
        )

    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(16)))
