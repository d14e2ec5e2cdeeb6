"""Spark as a runner: hostile words, damaged files, threads, limits."""

import concurrent.futures
import dataclasses
import os
import threading
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cityboard.cancel import Cancel
from cityboard.catalog import Rollup
from cityboard.engines.grouped import grouped_cube
from cityboard.engines.remote import RemoteEngine
from cityboard.errors import (
    CancelledQuestionError,
    CorruptSnapshotError,
    QueryError,
    QueryTimeoutError,
    RollupError,
)
from cityboard.lake import Snapshot
from cityboard.query import Field, Query
from cityboard.selection import Members
from tests.clusters import spark_runner
from tests.snapshots import write_snapshot
from tests.spec.tables import table

DATASET = table("id | kind | persons\na | park | 1").dataset
BY_ID = Query("visits", ("rows",), (Field("id"),))
HOSTILE = ["\\", "\\'", '"', "`", "\\%", "''", "--", "$1", ":1", "{x}", "${env:HOME}", "\n", "\x00"]
HOSTILE += ["\\n", "\\u0041", "'; DROP TABLE rows; --", "박물관 😀"]
ODD = "it's 서울 [100%] {a,b}*?"  # a folder's name, in which Spark would see patterns


@pytest.fixture(scope="module")
def spark() -> Any:
    return spark_runner()


@pytest.fixture(scope="module")
def engine(spark: Any) -> RemoteEngine:
    return RemoteEngine(spark)


def written(folder: Path, **columns: list[Any]) -> Snapshot:
    """Write visits of which some columns are given."""
    count = max((len(values) for values in columns.values()), default=1)
    frame = {"id": [str(n) for n in range(count)], "kind": ["park"] * count, "persons": [1] * count}
    return write_snapshot(pl.DataFrame(frame | columns), folder)


def test_a_word_finds_itself_and_nothing_else(engine: RemoteEngine, tmp_path: Path) -> None:
    """Above all `${env:HOME}`, which Spark fills in if it is let."""
    snapshot = written(tmp_path / ODD, kind=HOSTILE)
    for n, word in enumerate(HOSTILE):
        asked = dataclasses.replace(BY_ID, where=(Members("kind", (word,)),))
        assert engine.answer(asked, DATASET, snapshot)["id"].tolist() == [str(n)], word


def test_the_callers_session_keeps_its_settings_and_tables(
    spark: Any, engine: RemoteEngine, tmp_path: Path
) -> None:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - optional

    engine.answer(BY_ID, DATASET, written(tmp_path))
    session = SparkSession.builder.getOrCreate()
    assert session.conf.get("spark.sql.variable.substitute") == "true"
    assert spark._session.catalog.listTables() == []


def test_threads_get_the_answers_of_their_own_files(engine: RemoteEngine, tmp_path: Path) -> None:
    snapshots = [written(tmp_path / str(n), id=[str(n)]) for n in range(8)]

    def asked(n: int) -> bool:
        return engine.answer(BY_ID, DATASET, snapshots[n])["id"].tolist() == [str(n)]

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        assert all(threads.map(asked, [*range(8)] * 2))


@pytest.mark.parametrize("damage", ["cut short", "overwritten", "gone"])
def test_a_damaged_file_is_told_apart_from_a_bad_question(
    engine: RemoteEngine, tmp_path: Path, damage: str
) -> None:
    snapshot = written(tmp_path, id=[str(n) for n in range(1000)])
    path = snapshot.files[0]
    if damage == "cut short":
        os.truncate(path, 100)
    elif damage == "gone":
        snapshot = dataclasses.replace(snapshot, files=(path, path.with_name("gone.parquet")))
    else:
        content = path.read_bytes()
        path.write_bytes(content[:40] + b"\xff" * 360 + content[400:])
    with pytest.raises(CorruptSnapshotError, match="visits version 0 cannot be read"):
        engine.answer(BY_ID, DATASET, snapshot)


def test_a_sum_that_leaves_64_bits_is_refused(engine: RemoteEngine, tmp_path: Path) -> None:
    snapshot = written(tmp_path, persons=[2**62, 2**62])
    with pytest.raises(QueryError, match="ARITHMETIC_OVERFLOW"):
        engine.answer(Query("visits", ("persons",)), DATASET, snapshot)


@pytest.mark.parametrize("persons", [[2**62, 2**62], [2**62, -(2**62)]])
def test_numbers_whose_sum_may_leave_int64_have_no_cube(
    spark: Any, tmp_path: Path, persons: list[int]
) -> None:
    entry = DATASET.model_copy(update={"rollup": Rollup()})
    with pytest.raises(RollupError, match=r"ARITHMETIC_OVERFLOW|would not be exact"):
        grouped_cube(entry, written(tmp_path, persons=persons).files, spark)


def test_a_cube_over_its_budget_is_refused(spark: Any, tmp_path: Path) -> None:
    many = written(tmp_path, id=[str(n) for n in range(100_000)])
    entry = DATASET.model_copy(update={"rollup": Rollup(dimensions=("id",), most_mb=1)})
    with pytest.raises(RollupError, match="most_mb"):
        grouped_cube(entry, many.files, spark)


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Return half a million rows, read a hundred times over."""
    once = written(tmp_path_factory.mktemp("endless"), id=[str(n) for n in range(500_000)])
    return dataclasses.replace(once, files=once.files * 100)


def test_the_time_limit_ends_the_job(spark: Any, engine: RemoteEngine, endless: Snapshot) -> None:
    began = time.monotonic()
    with pytest.raises(QueryTimeoutError, match="took more than 2 s"):
        RemoteEngine(spark, seconds=2).answer(BY_ID, DATASET, endless)
    once = dataclasses.replace(endless, files=endless.files[:1])
    assert engine.answer(Query("visits", ("rows",)), DATASET, once)["rows"].tolist() == [500_000]
    assert time.monotonic() - began < 15


def test_a_question_that_is_cancelled_stops(engine: RemoteEngine, endless: Snapshot) -> None:
    cancel, began = Cancel(), time.monotonic()
    threading.Timer(1.0, cancel.set).start()
    with pytest.raises(CancelledQuestionError):
        engine.answer(BY_ID, DATASET, endless, cancel=cancel)
    assert time.monotonic() - began < 15
