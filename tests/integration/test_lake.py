"""Snapshots on real Delta tables: publish, open, travel in time, upsert."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from cityboard.errors import LakeError, NoSnapshotError, RowsLostError
from cityboard.lake import Lake
from tests.lakes import REJECTS, data_files, lineage, named_files, numbers, publish, rows

KST = dt.timezone(dt.timedelta(hours=9))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def test_a_published_frame_is_read_back_as_it_was(lake: Lake) -> None:
    frame = pl.DataFrame({"이름": ["한강", "", None], "share_pct": [0.1, -0.0, None]})

    snapshot = publish(lake, frame)

    assert rows(snapshot).equals(frame)
    assert snapshot.problem is None
    assert (snapshot.version, snapshot.rows, snapshot.base) == (0, 3, None)


def test_every_type_of_the_catalogue_is_kept(lake: Lake) -> None:
    frame = pl.DataFrame(
        {
            "text": ["가"],
            "small": [1],
            "large": [2**62],
            "number": [0.1],
            "day": [dt.date(2026, 2, 28)],
            "instant": [dt.datetime(2026, 2, 28, 15, tzinfo=dt.UTC)],
            "flag": [True],
        },
        schema_overrides={"small": pl.Int32},
    )

    assert rows(publish(lake, frame)).equals(frame)


def test_a_type_that_delta_would_change_is_refused(lake: Lake) -> None:
    with pytest.raises(LakeError, match=r"cannot keep wait \(Duration"):
        publish(lake, pl.DataFrame({"wait": [dt.timedelta(hours=1)]}))
    assert lake.datasets() == []


def test_the_same_input_publishes_nothing_new(lake: Lake) -> None:
    first = publish(lake, numbers(1), source="a")
    again = publish(lake, numbers(1), source="a")

    assert again == first
    assert len(lake.versions("toy")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"input_sha256": "b"},
        {"contract_sha256": "b"},
        {"code_version": "2"},
        {"provenance": "figures"},
        {"system": "other"},
        {"distribution": "file other.csv"},
    ],
)
def test_another_input_code_contract_or_source_makes_a_new_version(
    lake: Lake, changes: dict[str, str]
) -> None:
    publish(lake, numbers(1))
    frame, rejects = numbers(1), pl.DataFrame(schema=REJECTS)

    lake.publish("toy", frame, rejects, lineage=lineage(frame, rejects, **changes))

    assert [s.version for s in lake.versions("toy")] == [1, 0]


def test_force_publishes_the_same_input_again(lake: Lake) -> None:
    publish(lake, numbers(1))
    assert publish(lake, numbers(1), force=True).version == 1


def test_the_lineage_is_read_back_as_it_was_given(lake: Lake) -> None:
    frame = numbers(1, 2)
    rejects = pl.DataFrame(
        [("hour is missing", "a.csv", 7, "{}")] * 2, schema=REJECTS, orient="row"
    )
    told = lineage(frame, rejects, request="따릉이 2026", first="2026-01-01", grain="month")

    lake.publish("toy", frame, rejects, lineage=told)

    (opened,) = Lake(lake.root).versions("toy")
    assert opened.lineage == told
    assert opened.lineage.rejects == {"hour is missing": 2}
    assert pl.read_parquet(list(opened.rejects)).equals(rejects)


def test_a_lineage_that_loses_a_row_is_refused() -> None:
    with pytest.raises(RowsLostError, match="4 rows in, but 3 published"):
        lineage(numbers(1, 2, 3), pl.DataFrame(schema=REJECTS), rows_in=4)


def test_a_lineage_of_other_frames_is_refused(lake: Lake) -> None:
    rejects = pl.DataFrame(schema=REJECTS)
    told = lineage(numbers(1, 2, 3), rejects)

    with pytest.raises(RowsLostError, match="tells of 3 rows published"):
        lake.publish("toy", numbers(1, 2), rejects, lineage=told)
    assert not lake.root.exists()


def test_an_empty_frame_is_a_version_with_no_rows(lake: Lake) -> None:
    snapshot = publish(lake, numbers())
    assert (snapshot.rows, rows(snapshot).height) == (0, 0)
    assert rows(snapshot).schema == numbers().schema


def test_opening_what_was_never_published_names_the_command_and_writes_nothing(lake: Lake) -> None:
    with pytest.raises(NoSnapshotError, match="cityboard build --only toy"):
        lake.snapshot("toy")
    assert lake.datasets() == []
    assert not lake.root.exists()


def test_a_version_that_is_not_there_is_told_with_those_that_are(lake: Lake) -> None:
    for n in range(3):
        publish(lake, numbers(n), source=n)
    with pytest.raises(NoSnapshotError, match=r"version 7.*There are versions 0 .* to 2 "):
        lake.snapshot("toy", version=7)


@pytest.mark.parametrize(
    "dataset", ["", ".", "..", "../x", "a/b", "/etc", "A", "1a", "a b", "a\n", "a\0", "따릉이"]
)
def test_a_weird_dataset_id_is_refused_before_the_disk_is_touched(
    lake: Lake, tmp_path: Path, dataset: str
) -> None:
    frame, rejects = numbers(1), pl.DataFrame(schema=REJECTS)
    for ask in (
        lambda: lake.publish(dataset, frame, rejects, lineage=lineage(frame, rejects)),
        lambda: lake.snapshot(dataset),
        lambda: lake.versions(dataset),
    ):
        with pytest.raises(LakeError, match="is no dataset id"):
            ask()
    assert list(tmp_path.iterdir()) == []


def test_the_columns_may_change_from_version_to_version(lake: Lake) -> None:
    publish(lake, numbers(1), source="a")
    publish(lake, pl.DataFrame({"name": ["가"]}), source="b")

    assert rows(lake.snapshot("toy", version=0)).columns == ["id"]
    assert rows(lake.snapshot("toy")).columns == ["name"]


def test_a_version_is_opened_by_the_instant_in_any_zone(lake: Lake) -> None:
    versions = [publish(lake, numbers(n), source=n) for n in range(3)]
    instant = versions[1].published_at

    for as_of in (instant, instant.astimezone(KST), instant + dt.timedelta(microseconds=900)):
        assert lake.snapshot("toy", as_of=as_of).version == 1
    assert lake.snapshot("toy", as_of=instant - dt.timedelta(milliseconds=1)).version == 0
    assert lake.snapshot("toy", as_of=dt.datetime(2999, 1, 1, tzinfo=KST)).version == 2


def test_before_the_first_version_there_is_nothing(lake: Lake) -> None:
    publish(lake, numbers(1))
    with pytest.raises(NoSnapshotError, match=r"as of 2000-01-01.*There are versions 0"):
        lake.snapshot("toy", as_of=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))


def test_an_instant_without_a_zone_is_refused(lake: Lake) -> None:
    publish(lake, numbers(1))
    with pytest.raises(LakeError, match=r"names no zone: write it as 2026-01-01T09:00:00\+09:00"):
        lake.snapshot("toy", as_of=dt.datetime(2026, 1, 1, 9))  # noqa: DTZ001


def test_time_travel_survives_a_hundred_commits_and_a_checkpoint(lake: Lake) -> None:
    made = [publish(lake, numbers(n), source=n) for n in range(105)]

    assert list((lake.root / "toy/_delta_log").glob("*.checkpoint.parquet"))
    opened = Lake(lake.root)
    for snapshot in made:
        assert opened.snapshot("toy", version=snapshot.version) == snapshot
        assert opened.snapshot("toy", as_of=snapshot.published_at).version == snapshot.version
        assert rows(snapshot).item() == snapshot.version


def test_other_tools_read_the_same_rows_at_every_version(lake: Lake) -> None:
    for n in range(3):
        publish(lake, numbers(*range(n + 1)), source=n)

    for n in range(3):
        table = DeltaTable(lake.root / "toy", version=n)
        assert table.file_uris() == [str(path) for path in lake.snapshot("toy", version=n).files]
        assert pl.scan_delta(table).collect().equals(numbers(*range(n + 1)))


def test_the_log_is_never_cleaned_by_other_tools(lake: Lake) -> None:
    for n in range(3):
        publish(lake, numbers(n), source=n)

    DeltaTable(lake.root / "toy").cleanup_metadata()

    assert [s.version for s in lake.versions("toy")] == [2, 1, 0]


def test_a_commit_of_another_tool_is_passed_over_and_said(lake: Lake) -> None:
    publish(lake, numbers(1), source="a")
    write_deltalake(lake.root / "toy", numbers(2), mode="append")

    snapshot = lake.snapshot("toy")

    assert rows(snapshot).equals(numbers(1))
    assert "version 1 was written by delta-rs" in (snapshot.problem or "")
    assert "lineage is not known" in (snapshot.problem or "")


def test_publishing_again_heals_a_table_another_tool_wrote_to(lake: Lake) -> None:
    publish(lake, numbers(1), source="a")
    write_deltalake(lake.root / "toy", numbers(2), mode="append")
    foreign = data_files(lake.root / "toy") - named_files(lake)

    healed = publish(lake, numbers(1), source="a")

    assert (healed.version, healed.problem) == (2, None)
    assert all(path.exists() for path in foreign)
    assert DeltaTable(lake.root / "toy").file_uris() == [str(path) for path in healed.files]


def test_a_table_that_only_another_tool_wrote_is_refused(lake: Lake) -> None:
    write_deltalake(lake.root / "toy", numbers(1))
    with pytest.raises(LakeError, match="version 0 was written by delta-rs"):
        lake.snapshot("toy")


def test_a_hundred_threads_open_the_same_snapshot(lake: Lake) -> None:
    published = publish(lake, numbers(*range(100_000)))
    shared, together = Lake(lake.root), threading.Barrier(100)

    def open_and_read(_: int) -> int:
        together.wait()
        snapshot = shared.snapshot("toy")
        assert snapshot == published
        return int(rows(snapshot).get_column("id").sum())

    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(open_and_read, range(100))) == {sum(range(100_000))}


def counted(**counts: int) -> pl.DataFrame:
    return pl.DataFrame({"id": list(counts), "count": list(counts.values())})


def test_an_upsert_adds_rows_and_puts_others_in_place(lake: Lake) -> None:
    publish(lake, counted(c=3, a=1), source=1)

    snapshot = publish(lake, counted(b=2, c=30), source=2, mode="upsert", key=("id",))

    assert rows(snapshot).equals(counted(a=1, b=2, c=30))


def test_an_upsert_records_its_own_rows_and_the_version_it_stands_on(lake: Lake) -> None:
    publish(lake, counted(a=1, b=2), source=1)

    snapshot = publish(lake, counted(b=3, c=4), source=2, mode="upsert", key=("id",))

    assert (snapshot.rows, snapshot.base) == (3, 0)
    assert (snapshot.lineage.rows_in, snapshot.lineage.rows_published) == (2, 2)


def test_an_upsert_spans_the_times_of_all_its_rows(lake: Lake) -> None:
    january = {"first": "2026-01-01", "last": "2026-01-31"}
    february = {"first": "2026-02-01", "last": "2026-02-28"}
    publish(lake, counted(b=2), source=1, changes=february)

    late = publish(lake, counted(a=1), source=2, mode="upsert", key=("id",), changes=january)

    assert (late.lineage.first, late.lineage.last) == ("2026-01-01", "2026-02-28")


def test_an_upsert_into_nothing_is_the_first_version(lake: Lake) -> None:
    snapshot = publish(lake, counted(a=1), mode="upsert", key=("id",))
    assert (snapshot.version, snapshot.base, snapshot.rows) == (0, None, 1)


def test_an_upsert_takes_null_in_a_key_for_a_value(lake: Lake) -> None:
    with_null = pl.DataFrame({"id": [None, "a"], "count": [1, 2]})
    publish(lake, with_null, source=1)

    snapshot = publish(lake, with_null, source=2, mode="upsert", key=("id",))

    assert snapshot.rows == 2


def test_the_same_upsert_twice_publishes_nothing_new(lake: Lake) -> None:
    publish(lake, counted(a=1), source=1)
    first = publish(lake, counted(b=2), source=2, mode="upsert", key=("id",))
    assert publish(lake, counted(b=2), source=2, mode="upsert", key=("id",)) == first


def test_live_rows_do_not_hide_among_published_ones(lake: Lake) -> None:
    publish(lake, counted(a=1), source=1)
    with pytest.raises(LakeError, match="live rows cannot be mixed with published ones"):
        publish(
            lake,
            counted(b=2),
            source=2,
            mode="upsert",
            key=("id",),
            changes={"provenance": "live"},
        )
    assert len(lake.versions("toy")) == 1


@pytest.mark.parametrize(
    ("frame", "key", "words"),
    [
        (numbers(1), ("id",), "its columns are"),
        (counted(b=2), (), "does not tell the rows given apart"),
        (pl.concat([counted(b=2), counted(b=3)]), ("id",), "does not tell the rows given apart"),
    ],
)
def test_an_upsert_that_could_double_or_lose_rows_is_refused(
    lake: Lake, frame: pl.DataFrame, key: tuple[str, ...], words: str
) -> None:
    publish(lake, counted(a=1), source=1)
    with pytest.raises(LakeError, match=words):
        publish(lake, frame, source=2, mode="upsert", key=key)
    assert rows(lake.snapshot("toy")).equals(counted(a=1))
    assert data_files(lake.root / "toy") == named_files(lake)


def test_an_append_keeps_the_files_of_the_version_before_and_adds_one(lake: Lake) -> None:
    first = publish(lake, numbers(1, 2), source="a")
    second = publish(lake, numbers(3), source="b", mode="append")
    third = publish(lake, numbers(4), source="c", mode="append")

    assert second.files[:1] == first.files
    assert third.files[:2] == second.files
    assert (third.rows, third.base, third.problem) == (4, second.version, None)
    assert rows(third).equals(numbers(1, 2, 3, 4))
    assert rows(lake.snapshot("toy", version=first.version)).equals(numbers(1, 2))


def test_other_readers_of_delta_see_every_file_of_an_append(lake: Lake) -> None:
    publish(lake, numbers(1, 2), source="a")
    publish(lake, numbers(3), source="b", mode="append")

    seen = DeltaTable(lake.root / "toy").to_pyarrow_table()["id"].to_pylist()
    assert sorted(seen) == [1, 2, 3]


def test_a_version_replaced_after_an_append_has_its_own_file_alone(lake: Lake) -> None:
    publish(lake, numbers(1), source="a")
    publish(lake, numbers(2), source="b", mode="append")
    replaced = publish(lake, numbers(9), source="c")

    assert (len(replaced.files), rows(replaced).equals(numbers(9))) == (1, True)


def test_rows_of_another_class_or_shape_are_not_appended(lake: Lake) -> None:
    publish(lake, numbers(1), source="a")

    with pytest.raises(LakeError, match="cannot be mixed"):
        publish(lake, numbers(2), mode="append", changes={"provenance": "simulated"})
    with pytest.raises(LakeError, match="its columns are"):
        publish(lake, pl.DataFrame({"other": [1]}), source="b", mode="append")
    assert rows(lake.snapshot("toy")).equals(numbers(1))


def test_a_damaged_file_of_an_append_sends_readers_to_the_version_before(lake: Lake) -> None:
    publish(lake, numbers(1), source="a")
    second = publish(lake, numbers(2), source="b", mode="append")
    second.files[-1].write_bytes(b"torn")

    seen = Lake(lake.root).snapshot("toy")
    assert (seen.version, rows(seen).equals(numbers(1))) == (0, True)
    assert "checksum" in (seen.problem or "")
