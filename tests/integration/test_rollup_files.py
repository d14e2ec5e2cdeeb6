"""Rollups on disk: grown by what was appended, right or refused when damaged, never half there."""

import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from cityboard.catalog import Dataset, Rollup
from cityboard.engines import rollup
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.errors import CityboardError, NotHeldError, RollupError
from cityboard.lake import Lake, Snapshot
from cityboard.query import Field, Period, Pixels, Query, pixels_of
from cityboard.rollup import (
    Cube,
    build,
    build_cube,
    condense,
    files,
    merge,
    open_rollup,
    points,
    rollup_folder,
    write_rollup,
)
from cityboard.selection import Box, Interval, Members
from tests.lakes import REJECTS, lineage
from tests.snapshots import write_snapshot
from tests.spec.engines import entry_with_rollup
from tests.spec.tables import table
from tests.unit.test_pyramid import LIKE, SEOUL, visits

DATASET: Dataset = entry_with_rollup(LIKE.dataset)
SPRING = Interval(dt.date(2026, 3, 3), dt.date(2026, 5, 20))
BOX = Box(126.75, 37.5, 127.0, 37.625)
MAP: Pixels = pixels_of(SEOUL, 9)
QUERIES = [
    Query("visits", ("rows", "persons"), (Field("kind"),)),
    Query("visits", ("rows",), (Field("district"),), (SPRING,)),
    Query("visits", ("persons",), (Period("month"),), (Members("hour", (8, 9)),)),
    Query("visits", ("rows", "persons"), (MAP,), (SPRING,)),
    Query("visits", ("rows",), (MAP,), (Members("kind", ("museum",)),)),
    Query("visits", ("rows", "persons"), (Field("kind"), Field("hour")), (BOX,)),
    Query("visits", ("days",), (), (BOX, SPRING)),
]


def publish(lake: Lake, frame: pl.DataFrame, *, source: str, mode: str = "append") -> Snapshot:
    """Publish visits, as a further file unless told otherwise."""
    rejects = pl.DataFrame(schema=REJECTS)
    told = lineage(frame, rejects, input_sha256=source)
    return lake.publish("visits", frame, rejects, lineage=told, mode=mode)  # type: ignore[arg-type]


def build_cube_of(frame: pl.DataFrame, dataset: Dataset, name: str) -> Cube:
    """Return the cube of a frame."""
    with tempfile.TemporaryDirectory() as folder:
        return build_cube(dataset, write_snapshot(frame, Path(folder), name=name))


def check(lake: Lake, snapshot: Snapshot) -> None:
    """Compare the version's rollup with its rows."""
    condensed = open_rollup(DATASET, snapshot)
    assert condensed is not None
    engine = DuckDBEngine(lake.root)
    for query in QUERIES:
        held = rollup.answer(query, DATASET, condensed)
        expected = engine.answer(query, DATASET, snapshot)
        pd.testing.assert_frame_equal(held, expected, check_exact=True)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return a lake with one version of 2,000 visits and its rollup."""
    lake = Lake(tmp_path / "lake")
    write_rollup(DATASET, publish(lake, visits(2000, days=60), source="a", mode="replace"))
    return lake


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return the names of the data files that builds have read, as they go."""
    seen: list[str] = []

    class Recorded(pq.ParquetFile):  # type: ignore[misc]
        def __init__(self, path: Path, **options: object) -> None:
            seen.append(Path(path).name)
            super().__init__(path, **options)

    monkeypatch.setattr(build.pq, "ParquetFile", Recorded)
    yield seen
    seen.clear()


def test_appended_rows_are_added_without_reading_the_others(lake: Lake, read: list[str]) -> None:
    later = visits(300, seed=1).with_columns(at=pl.col("at") + pl.duration(days=60))
    snapshot = publish(lake, later, source="b")
    write_rollup(DATASET, snapshot)
    assert set(read) == {snapshot.files[-1].name}
    check(lake, snapshot)
    condensed = open_rollup(DATASET, snapshot)
    assert condensed is not None
    assert [len(one.pos.array) for one in condensed.segments] == [2000, 300]


def test_days_put_on_top_are_those_of_adding_day_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    like = table("id | at | area | kind | persons\na | 2026-03-01 00:00 | 11110515 | park | 1")
    rolled = Rollup(dimensions=("kind",))
    measures = tuple(m for m in like.dataset.measures if m.aggregate == "sum")[:1]
    dataset = like.dataset.model_copy(update={"rollup": rolled, "measures": measures})
    names = ["id", "at", "area", "kind", "persons"]
    early = visits(2000, days=20).select(names)
    early = early.with_columns(at=pl.when(pl.col("id") == "7").then(None).otherwise("at"))
    late = visits(900, seed=1, days=9).select(names)
    late = late.with_columns(at=pl.col("at") + pl.duration(days=30))
    cubes = [build_cube_of(frame, dataset, tmp) for frame, tmp in ((early, "a"), (late, "b"))]
    joined = merge.merged(*cubes)
    monkeypatch.setattr(merge, "_follows", lambda *_: False)
    added = merge.merged(*cubes)
    assert joined.cumulative.keys() == added.cumulative.keys()
    for part, planes in added.cumulative.items():
        assert planes.dtype == joined.cumulative[part].dtype
        assert (planes == joined.cumulative[part]).all()


def test_late_rows_and_a_kind_only_in_new_rows_are_counted(lake: Lake) -> None:
    late = visits(200, seed=2).with_columns(
        at=pl.col("at") - pl.duration(days=400), kind=pl.lit("zoo"), area=pl.lit("11110515")
    )
    snapshot = publish(lake, late, source="b")
    write_rollup(DATASET, snapshot)
    check(lake, snapshot)


def test_a_grown_rollup_is_that_of_all_rows(lake: Lake) -> None:
    snapshot = publish(lake, visits(300, seed=3), source="b")
    write_rollup(DATASET, snapshot)
    grown, whole = open_rollup(DATASET, snapshot), condense(DATASET, snapshot.files)
    assert grown is not None
    for part, planes in whole.cube.cumulative.items():
        pd.testing.assert_frame_equal(
            pd.DataFrame(grown.cube.cumulative[part].reshape(len(planes), -1)),
            pd.DataFrame(planes.reshape(len(planes), -1)),
        )


def test_many_small_appends_become_few_segments(lake: Lake) -> None:
    for number in range(files.MOST_SEGMENTS + 1):
        snapshot = publish(lake, visits(20, seed=number), source=f"b{number}")
        write_rollup(DATASET, snapshot)
    condensed = open_rollup(DATASET, snapshot)
    assert condensed is not None
    assert len(condensed.segments) <= files.MOST_SEGMENTS
    check(lake, snapshot)


def test_a_replaced_version_is_condensed_anew(lake: Lake, read: list[str]) -> None:
    snapshot = publish(lake, visits(500, seed=4), source="b", mode="replace")
    write_rollup(DATASET, snapshot)
    assert set(read) == {snapshot.files[0].name}
    check(lake, snapshot)


def test_the_version_before_keeps_its_own_rollup(lake: Lake) -> None:
    first = lake.snapshot("visits")
    write_rollup(DATASET, publish(lake, visits(300, seed=1), source="b"))
    check(lake, first)


def arrays(snapshot: Snapshot) -> list[Path]:
    return sorted(rollup_folder(DATASET, snapshot).glob("*.npy"))


@pytest.mark.parametrize("harm", ["flip", "delete", "cut", "empty"])
def test_whatever_file_is_harmed_no_wrong_number_is_given(lake: Lake, harm: str) -> None:
    snapshot, engine = lake.snapshot("visits"), DuckDBEngine(lake.root)
    expected = [engine.answer(query, DATASET, snapshot) for query in QUERIES]
    refused = 0
    for path in [*arrays(snapshot), rollup_folder(DATASET, snapshot) / "manifest.json"]:
        whole = path.read_bytes()
        _harm(path, harm)
        try:
            condensed = open_rollup(DATASET, snapshot)
            assert condensed is not None
            for query, told in zip(QUERIES, expected, strict=True):
                held = rollup.answer(query, DATASET, condensed)
                pd.testing.assert_frame_equal(held, told, check_exact=True)
        except RollupError as error:
            refused += "run `cityboard build`" in str(error)
        finally:
            path.unlink(missing_ok=True)
            path.write_bytes(whole)
    assert refused >= len(arrays(snapshot))
    check(lake, snapshot)


def _harm(path: Path, harm: str) -> None:
    content = bytearray(path.read_bytes())
    if harm == "delete":
        path.unlink()
        return
    if harm == "flip":
        content[-1 - len(content) // 3] ^= 0b100
    path.write_bytes({"flip": content, "cut": content[: len(content) // 2], "empty": b""}[harm])


def test_a_harmed_rollup_is_built_again(lake: Lake) -> None:
    snapshot = lake.snapshot("visits")
    largest = max(arrays(snapshot), key=lambda path: path.stat().st_size)
    _harm(largest, "flip")
    write_rollup(DATASET, snapshot)
    check(lake, snapshot)


def test_a_harmed_rollup_is_not_grown_but_built_anew(lake: Lake) -> None:
    _harm(max(arrays(lake.snapshot("visits")), key=lambda path: path.stat().st_size), "flip")
    snapshot = publish(lake, visits(300, seed=1), source="b")
    write_rollup(DATASET, snapshot)
    condensed = open_rollup(DATASET, snapshot)
    assert condensed is not None
    assert len(condensed.segments) == 1
    check(lake, snapshot)


SLOW_BUILD = """
import sys, time
from pathlib import Path
from cityboard.lake import Lake
from cityboard.rollup import manifest, write_rollup
from tests.integration.test_rollup_files import DATASET

put, count = manifest._put, 0
def slow(held, folder):
    global count
    told, count = put(held, folder), count + 1
    if count == int(sys.argv[2]):
        print("halfway", flush=True)
        time.sleep(60)
    return told
manifest._put = slow
write_rollup(DATASET, Lake(Path(sys.argv[1])).snapshot("visits"))
"""


@pytest.mark.parametrize("files_written", [1, 4, 9])
def test_a_build_killed_halfway_leaves_nothing_and_does_not_stop_the_next(
    lake: Lake, files_written: int
) -> None:
    snapshot = publish(lake, visits(300, seed=1), source="b")
    command = [sys.executable, "-c", SLOW_BUILD, str(lake.root), str(files_written)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as builder:
        assert builder.stdout is not None
        assert builder.stdout.readline() == b"halfway\n"
        builder.send_signal(signal.SIGKILL)
        builder.wait()
    assert open_rollup(DATASET, snapshot) is None
    began = time.monotonic()
    write_rollup(DATASET, snapshot)
    assert time.monotonic() - began < 20
    check(lake, snapshot)
    assert not list(rollup_folder(DATASET, snapshot).parent.glob(".[0-9a-f]*"))


def test_open_answers_go_on_while_a_newer_rollup_takes_their_place(lake: Lake) -> None:
    first = lake.snapshot("visits")
    condensed, engine = open_rollup(DATASET, first), DuckDBEngine(lake.root)
    assert condensed is not None
    for number in range(3):
        snapshot = publish(lake, visits(10, seed=number), source=f"c{number}", mode="replace")
        write_rollup(DATASET, snapshot)
    assert not rollup_folder(DATASET, first).exists()
    for query in QUERIES:
        try:
            held = rollup.answer(query, DATASET, condensed)
        except RollupError:
            continue  # a file that was not yet open is gone: the rows answer
        told = engine.answer(query, DATASET, first)
        pd.testing.assert_frame_equal(held, told, check_exact=True)


def test_a_map_over_its_budget_leaves_charts_and_says_why(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    snapshot = publish(lake, visits(8000), source="a", mode="replace")
    assert DATASET.rollup is not None
    assert DATASET.rollup.raster is not None
    fine = DATASET.rollup.raster.model_copy(update={"finest": 20})
    narrow = DATASET.rollup.model_copy(update={"most_mb": 4, "raster": fine})
    dataset = DATASET.model_copy(update={"rollup": narrow})
    write_rollup(dataset, snapshot)
    condensed = open_rollup(dataset, snapshot)
    assert condensed is not None
    assert "raise `most_mb`" in condensed.problem
    assert len(rollup.answer(QUERIES[0], dataset, condensed)) == 3
    with pytest.raises(NotHeldError):
        rollup.answer(QUERIES[3], dataset, condensed)


def test_a_version_without_a_rollup_is_no_error(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    snapshot = publish(lake, visits(10), source="a", mode="replace")
    assert open_rollup(DATASET, snapshot) is None
    with pytest.raises(CityboardError):
        lake.snapshot("visits", version=7)


def test_a_rollup_near_its_budget_grows_by_keeping_fewer_checkpoints(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "ROWS_A_CHECKPOINT", {1: 20, 0: 10})
    lake = Lake(tmp_path / "lake")
    first = publish(lake, visits(3000, days=60), source="a", mode="replace")
    write_rollup(DATASET, first)
    before = open_rollup(DATASET, first)
    assert before is not None
    assert DATASET.rollup is not None
    most = int((before.cube.size_bytes + before.segments[0].size_bytes) / 1e6) + 1
    narrow = DATASET.rollup.model_copy(update={"most_mb": most})
    dataset = DATASET.model_copy(update={"rollup": narrow})
    snapshot = publish(lake, visits(100_000, seed=1, days=60), source="b")
    read.clear()
    write_rollup(dataset, snapshot)
    after = open_rollup(dataset, snapshot)
    assert after is not None
    assert set(read) == {snapshot.files[-1].name}
    counts = [len(one.segments[0].checkpoints[0].ends) for one in (before, after)]
    assert counts[0] > counts[1]
    size = after.cube.size_bytes + sum(segment.size_bytes for segment in after.segments)
    assert size <= 1e6 * most
    engine = DuckDBEngine(lake.root)
    for query in QUERIES:
        held = rollup.answer(query, dataset, after)
        told = engine.answer(query, dataset, snapshot)
        pd.testing.assert_frame_equal(held, told, check_exact=True)
