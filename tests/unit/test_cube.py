"""Cubes: what they hold, what they leave to the rows, and how they are kept."""

import concurrent.futures
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cityboard.catalog import Catalog, Dataset, Rollup
from cityboard.engines import cube as cube_engine
from cityboard.errors import CatalogError, NotHeldError, RollupError
from cityboard.lake import Lake, Snapshot
from cityboard.query import Field, Period, Pixels, Query
from cityboard.rollup import Cube, build_cube, open_rollup, rollup_folder, write_rollup
from cityboard.selection import Box, Interval, Members
from cityboard.store import Store
from tests.cities import ENTRIES, write_city
from tests.snapshots import write_snapshot
from tests.spec.tables import Table
from tests.unit.test_engine_properties import BY_INSTANT

DIMENSIONS = Rollup(dimensions=("kind", "floor", "is_open"))
SHOWN = Query("visits", ("rows", "persons"), (Field("kind"),))
TOTAL = Query("visits", ("persons",))


def entry(table: Table, **changes: object) -> Dataset:
    """Return the entry of a table, with a rollup of every dimension."""
    return table.dataset.model_copy(update={"rollup": DIMENSIONS, **changes})


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Return three visits on three days, one without a kind."""
    frame = pl.DataFrame(
        {
            "id": ["a", "b", "c"],
            "day": [dt.date(2026, 3, 1), dt.date(2026, 3, 2), dt.date(2026, 3, 9)],
            "hour": [1, 2, 3],
            "kind": ["park", None, "museum"],
            "persons": [1, 2, 4],
        },
        schema_overrides={"hour": pl.Int32, "persons": pl.Int64},
    )
    return write_snapshot(frame, tmp_path)


@pytest.fixture
def dataset() -> Dataset:
    """Return the entry of these visits."""
    table = Table(
        "id | day | hour | kind | persons\na | 2026-03-01 | 1 | park | 1",
        "Asia/Seoul",
        is_stock=False,
    )
    return table.dataset.model_copy(update={"rollup": Rollup(dimensions=("kind",))})


def test_a_rollup_is_the_same_after_it_was_written(dataset: Dataset, snapshot: Snapshot) -> None:
    built = build_cube(dataset, snapshot)
    write_rollup(dataset, snapshot)
    condensed = open_rollup(dataset, snapshot)
    assert condensed is not None
    opened = condensed.cube
    assert [axis.name for axis in opened.axes] == ["day", "hour", "kind"]
    for one, other in zip(built.axes, opened.axes, strict=True):
        assert one.values.dtype == other.values.dtype
        assert list(one.values) == list(other.values)
    for part, table in built.cumulative.items():
        np.testing.assert_array_equal(table, opened.cumulative[part])
    assert isinstance(opened.cumulative["rows"].base, np.memmap)


def test_a_version_without_a_rollup_has_none(dataset: Dataset, snapshot: Snapshot) -> None:
    assert open_rollup(dataset, snapshot) is None


def test_another_set_of_dimensions_is_another_rollup(dataset: Dataset, snapshot: Snapshot) -> None:
    write_rollup(dataset, snapshot)
    other = dataset.model_copy(update={"rollup": Rollup(dimensions=())})
    assert open_rollup(other, snapshot) is None


def test_words_of_an_entry_do_not_make_another_rollup(dataset: Dataset, snapshot: Snapshot) -> None:
    write_rollup(dataset, snapshot)
    assert open_rollup(dataset.model_copy(update={"licence": "CC-BY-4.0"}), snapshot) is not None


def damage(folder: Path, kind: str) -> None:
    """Flip a bit of a table, delete it, or cut the manifest short."""
    table = max(folder.glob("*.npy"), key=lambda path: path.stat().st_size)
    if kind == "a flipped bit":
        content = bytearray(table.read_bytes())
        content[-1] ^= 1
        table.write_bytes(bytes(content))
    elif kind == "a deleted file":
        table.unlink()
    else:
        manifest = folder / "manifest.json"
        manifest.write_text(manifest.read_text("utf-8")[:-9], "utf-8")


FAULTS = pytest.mark.parametrize("fault", ["a flipped bit", "a deleted file", "a torn manifest"])


@FAULTS
def test_a_damaged_rollup_is_refused_with_the_remedy(
    dataset: Dataset, snapshot: Snapshot, fault: str
) -> None:
    damage(write_rollup(dataset, snapshot), fault)
    with pytest.raises(RollupError, match="cityboard build"):
        open_rollup(dataset, snapshot)


@FAULTS
def test_a_damaged_rollup_is_built_again(dataset: Dataset, snapshot: Snapshot, fault: str) -> None:
    damage(write_rollup(dataset, snapshot), fault)
    write_rollup(dataset, snapshot)
    assert open_rollup(dataset, snapshot) is not None


def test_a_whole_rollup_is_not_built_again(dataset: Dataset, snapshot: Snapshot) -> None:
    folder = write_rollup(dataset, snapshot)
    written = (folder / "manifest.json").stat().st_mtime_ns
    write_rollup(dataset, snapshot)
    assert (folder / "manifest.json").stat().st_mtime_ns == written


def test_a_cube_over_its_budget_is_refused_with_its_sides(
    dataset: Dataset, snapshot: Snapshot
) -> None:
    days = [dt.date(2000, 1, 1) + dt.timedelta(days=n) for n in range(5000)]
    frame = pl.DataFrame(
        {
            "id": [str(n) for n in range(5000)],
            "day": days,
            "hour": pl.Series([n % 24 for n in range(5000)], dtype=pl.Int32),
            "kind": ["park"] * 5000,
            "persons": [1] * 5000,
        }
    )
    many = write_snapshot(frame, snapshot.files[0].parents[1], name="many")
    narrow = dataset.model_copy(update={"rollup": Rollup(dimensions=("kind",), most_mb=1)})
    with pytest.raises(RollupError, match=r"day 5,001 × hour 25 × kind 2.*most_mb"):
        write_rollup(narrow, many)
    assert open_rollup(narrow, many) is None


@pytest.mark.parametrize(
    "query",
    [
        Query("visits", ("rows",), (Pixels(126.0, 37.0, 127.0, 38.0, 2, 2),)),
        Query("visits", ("rows",), (), (Box(126.0, 37.0, 127.0, 38.0),)),
        Query("visits", ("rows",), (Field("id"),)),
        Query("visits", ("rows",), (), (Members("id", ("a",)),)),
    ],
)
def test_what_a_cube_does_not_hold_is_left_to_the_rows(
    dataset: Dataset, snapshot: Snapshot, query: Query
) -> None:
    with pytest.raises(NotHeldError):
        cube_engine.answer(query, dataset, build_cube(dataset, snapshot))


def test_a_sum_of_large_numbers_is_exact(tmp_path: Path, dataset: Dataset) -> None:
    frame = pl.DataFrame(
        {
            "id": ["a", "b"],
            "day": [dt.date(2026, 3, 1)] * 2,
            "hour": pl.Series([1, 2], dtype=pl.Int32),
            "kind": ["park", "park"],
            "persons": [9007199254740993, 2],
        }
    )
    held = cube_engine.answer(TOTAL, dataset, build_cube(dataset, write_snapshot(frame, tmp_path)))
    assert held["persons"].tolist() == [9007199254740995]


@pytest.mark.parametrize("by", ["day", "weekdays", "id"])
def test_a_field_that_only_the_cube_would_know_is_left_to_the_rows(
    dataset: Dataset, snapshot: Snapshot, by: str
) -> None:
    """The cube's own first axis is named day, whatever the dataset's column is."""
    with pytest.raises(NotHeldError):
        cube_engine.answer(
            Query("visits", ("rows",), (Field(by),)), dataset, build_cube(dataset, snapshot)
        )


def test_whole_numbers_that_a_float_cannot_tell_apart_are_left_to_the_rows(
    dataset: Dataset, snapshot: Snapshot
) -> None:
    many = Members("persons", (str(2**53 + 1),))
    entry_of_persons = dataset.model_copy(update={"rollup": Rollup(dimensions=("persons",))})
    cube = build_cube(entry_of_persons, snapshot)
    with pytest.raises(NotHeldError):
        cube_engine.answer(Query("visits", ("rows",), (), (many,)), entry_of_persons, cube)


def test_instants_before_clocks_went_by_quarters_have_no_cube(tmp_path: Path) -> None:
    dataset = entry(BY_INSTANT)
    old = BY_INSTANT.frame.with_columns(at=pl.lit(dt.datetime(1900, 1, 1, tzinfo=dt.UTC)))
    snapshot = write_snapshot(old.cast({"at": pl.Datetime("us", "UTC")}), tmp_path)
    with pytest.raises(RollupError, match="before 1972"):
        build_cube(dataset, snapshot)


def test_an_answer_too_long_for_the_rows_is_left_to_them(
    dataset: Dataset, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They say so, with what to do."""
    cube, by_day = build_cube(dataset, snapshot), Query("visits", ("rows",), (Period("day"),))
    monkeypatch.setattr(cube_engine, "ROW_CAP", 3)
    assert len(cube_engine.answer(by_day, dataset, cube)) == 3
    monkeypatch.setattr(cube_engine, "ROW_CAP", 2)
    with pytest.raises(NotHeldError):
        cube_engine.answer(by_day, dataset, cube)


@pytest.mark.parametrize(
    "query",
    [
        Query("visits", ("rows",), (Period("hour"), Field("kind"))),
        Query("visits", ("days",), (Period("day"), Field("kind"))),
    ],
)
def test_groups_that_would_fill_the_memory_are_left_to_the_rows(
    dataset: Dataset, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, query: Query
) -> None:
    cube = build_cube(dataset, snapshot)
    assert len(cube_engine.answer(query, dataset, cube)) == 3
    monkeypatch.setattr(cube_engine, "MOST_CELLS", 15)
    with pytest.raises(NotHeldError):
        cube_engine.answer(query, dataset, cube)


@pytest.mark.parametrize("persons", [2**62, -(2**62)])
def test_numbers_whose_sum_may_leave_int64_have_no_cube(
    tmp_path: Path, dataset: Dataset, persons: int
) -> None:
    frame = pl.DataFrame(
        {
            "id": ["a", "b"],
            "day": [dt.date(2026, 3, 1)] * 2,
            "hour": pl.Series([1, 2], dtype=pl.Int32),
            "kind": ["park", "park"],
            "persons": [persons, persons],
        }
    )
    with pytest.raises(RollupError, match="would not be exact"):
        build_cube(dataset, write_snapshot(frame, tmp_path))


def test_hour_24_and_the_next_midnight_are_one_period(tmp_path: Path, dataset: Dataset) -> None:
    frame = pl.DataFrame(
        {
            "id": ["a", "b"],
            "day": [dt.date(2026, 3, 1), dt.date(2026, 3, 2)],
            "hour": pl.Series([24, 0], dtype=pl.Int32),
            "kind": ["park", "park"],
            "persons": [1, 2],
        }
    )
    cube = build_cube(dataset, write_snapshot(frame, tmp_path))
    by_hour = Query("visits", ("persons",), (Period("hour"),))
    assert cube_engine.answer(by_hour, dataset, cube)["persons"].tolist() == [3]


def test_builders_at_once_end_with_one_whole_rollup(dataset: Dataset, snapshot: Snapshot) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        folders = list(threads.map(lambda _: write_rollup(dataset, snapshot), range(8)))
    assert len(set(folders)) == 1
    assert open_rollup(dataset, snapshot) is not None


def test_a_rollup_of_no_column_is_refused_by_the_catalogue(tmp_path: Path) -> None:
    entry_text = (ENTRIES / "datasets/visits.yaml").read_text("utf-8")
    wrong = entry_text.replace(
        "rollup: {dimensions: [group_code]}", "rollup: {dimensions: [group]}"
    )
    write_city(tmp_path, {"datasets/visits.yaml": wrong})
    with pytest.raises(CatalogError, match="'group' is not among the columns"):
        Catalog(tmp_path)


@pytest.fixture
def store(testburg: Catalog, testburg_lake: Lake) -> Store:
    """Return the toy city, whose visits have a rollup."""
    visits = testburg.datasets["visits"]
    assert visits.rollup is not None
    write_rollup(visits, testburg_lake.snapshot("visits"))
    return Store(testburg, testburg_lake)


VISITORS = Query("visits", ("persons",), (Period("month"),))


def test_the_store_says_which_engine_answered(store: Store) -> None:
    assert store.answer(VISITORS).engine == "rollup"
    assert store.answer(Query("trees", ("trees",))).engine == "rows"


def test_the_store_answers_from_rows_where_the_rollup_is_damaged(
    store: Store, testburg: Catalog, testburg_lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    expected = store.answer(VISITORS).frame
    damage(
        rollup_folder(testburg.datasets["visits"], testburg_lake.snapshot("visits")),
        "a flipped bit",
    )
    answer = Store(testburg, testburg_lake).answer(VISITORS)
    assert answer.engine == "rows"
    pd.testing.assert_frame_equal(answer.frame, expected)
    assert "the rows answer instead" in caplog.text


def test_a_period_is_the_difference_of_two_planes(dataset: Dataset, snapshot: Snapshot) -> None:
    week = Interval(dt.date(2026, 3, 2), dt.date(2026, 3, 9))
    cube: Cube = build_cube(dataset, snapshot)
    held = cube_engine.answer(Query("visits", ("rows", "persons"), (), (week,)), dataset, cube)
    assert held.to_dict("records") == [{"rows": 1, "persons": 2}]
    planes = cube.cumulative["persons" if "persons" in cube.cumulative else "sum:persons"]
    assert planes.reshape(len(planes), -1).sum(axis=1).tolist() == [0, 1, 3, 7, 7]


def test_a_null_before_a_value_keeps_its_label(tmp_path: Path, dataset: Dataset) -> None:
    frame = pl.DataFrame(
        {
            "id": ["a", "b", "c"],
            "day": [dt.date(2026, 3, 1), dt.date(2026, 3, 2), dt.date(2026, 3, 9)],
            "hour": [1, 2, 3],
            "kind": [None, "park", "museum"],
            "persons": [1, 2, 4],
        },
        schema_overrides={"hour": pl.Int32, "persons": pl.Int64},
    )
    cube = build_cube(dataset, write_snapshot(frame, tmp_path))
    two_days = Interval(dt.date(2026, 3, 1), dt.date(2026, 3, 3))
    query = Query("visits", ("rows",), (Field("weekday"), Field("kind")), (two_days,))
    held = cube_engine.answer(query, dataset, cube)
    assert held["kind"].fillna("none").tolist() == ["park", "none"]
    query = Query("visits", ("rows",), (Period("day"), Field("kind")), (two_days,))
    held = cube_engine.answer(query, dataset, cube)
    assert held["kind"].fillna("none").tolist() == ["none", "park"]


def test_a_cube_is_an_xarray_over_the_same_memory(dataset: Dataset, snapshot: Snapshot) -> None:
    write_rollup(dataset, snapshot)
    condensed = open_rollup(dataset, snapshot)
    assert condensed is not None
    seen = condensed.cube.to_xarray()
    assert np.shares_memory(seen["rows"].to_numpy(), condensed.cube.cumulative["rows"])
    until = seen["sum:persons"].sel(before="2026-03-09").sum()
    assert int(until) == 3
    assert int(seen["rows"].isel(before=-1).sel(kind="park").sum()) == 1
