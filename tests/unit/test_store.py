"""The store: what a role may see, which version answers, and what is remembered."""

import dataclasses
import datetime as dt
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import cityboard.store
from cityboard.catalog import Catalog
from cityboard.errors import (
    CityboardError,
    CorruptSnapshotError,
    DisclosureError,
    NoSnapshotError,
    UnknownNameError,
)
from cityboard.lake import Lake, Snapshot
from cityboard.query import Field, Listing, Period, Pixels, Query
from cityboard.selection import Box, Members
from cityboard.store import Role, Store, open_store
from tests.cities import ENTRIES, visits, write_city
from tests.lakes import REJECTS, lineage

TOTAL = Query("visits", ("persons",))
ROWS = Query("visits", ("rows",))
Altered = Callable[..., Store]
INTERNAL = "disclosure: {level: internal, reason: {ko: 비밀, en: It is a secret.}}"


@pytest.fixture
def store(testburg: Catalog, testburg_lake: Lake) -> Store:
    """Return the toy city as the public sees it."""
    return Store(testburg, testburg_lake)


@pytest.fixture
def official(testburg: Catalog, testburg_lake: Lake) -> Store:
    """Return the toy city as an official sees it."""
    return Store(testburg, testburg_lake, role="official")


def publish_visits(lake: Lake, frame: pl.DataFrame, **told: object) -> Snapshot:
    """Publish other rows of the visits."""
    rejects = pl.DataFrame(schema=REJECTS)
    span = {"first": "2026-01-05", "last": "2026-01-18", "input_sha256": f"{frame.height}"}
    recorded = lineage(frame, rejects, **{**span, **told})
    return lake.publish("visits", frame, rejects, lineage=recorded)


@pytest.fixture
def altered(testburg_lake: Lake, tmp_path: Path) -> Altered:
    """Return a function that opens the toy city with one place of an entry changed."""

    def opened(dataset: str, old: str, new: str, *, role: Role = "public") -> Store:
        path = f"datasets/{dataset}.yaml"
        text = (ENTRIES / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        city = write_city(tmp_path / "altered", {path: text.replace(old, new)})
        return Store(Catalog(city), testburg_lake, role=role)

    return opened


def test_a_hidden_column_is_gone_from_the_entry(store: Store, official: Store) -> None:
    assert "inspector_name" not in store.dataset("trees").column_names
    assert "inspector_name" in official.dataset("trees").column_names


def test_a_hidden_column_is_gone_from_the_list_of_datasets(store: Store) -> None:
    trees = next(entry for entry in store.datasets() if entry.id == "trees")
    assert "inspector_name" not in trees.column_names


def test_a_hidden_column_is_gone_from_listings_and_frames(store: Store, official: Store) -> None:
    for seen, opened in ((False, store), (True, official)):
        assert ("inspector_name" in opened.list_rows(Listing("trees")).frame) is seen
        assert ("inspector_name" in opened.frame("trees")) is seen


HIDDEN_ASKED = {
    "group": lambda store: store.answer(Query("trees", ("rows",), (Field("inspector_name"),))),
    "clause": lambda store: store.answer(
        Query("trees", ("rows",), (), (Members("inspector_name", ("Kim",)),))
    ),
    "column": lambda store: store.list_rows(Listing("trees", ("inspector_name",))),
    "order": lambda store: store.list_rows(Listing("trees", order="inspector_name")),
}


@pytest.mark.parametrize("way", HIDDEN_ASKED)
def test_a_hidden_column_cannot_be_asked_for(way: str, store: Store, official: Store) -> None:
    with pytest.raises(UnknownNameError, match="No column 'inspector_name'") as caught:
        HIDDEN_ASKED[way](store)
    assert "inspector_name" not in caught.value.known
    assert not HIDDEN_ASKED[way](official).frame.empty


def test_measures_of_a_hidden_column_are_gone(altered: Altered) -> None:
    old = "nullable: true, minimum: 0, title: {ko: 방문자 수, en: Visitors}"
    opened = altered("visits", old, f"{old}, {INTERNAL}")
    assert opened.dataset("visits").measures == ()
    with pytest.raises(UnknownNameError, match="No measure 'minutes_per_person'"):
        opened.answer(Query("visits", ("minutes_per_person",)))


def test_dimensions_of_a_hidden_column_are_gone(altered: Altered) -> None:
    old = "title: {ko: 연령대, en: Age group}"
    opened = altered("visits", old, f"{old}\n    {INTERNAL}")
    assert opened.fields("visits") == ("time", "hour", "weekday", "area")


def test_hidden_coordinates_can_neither_be_drawn_nor_boxed(altered: Altered) -> None:
    old = "title: {ko: 경도, en: Longitude}"
    opened = altered("trees", old, f"{old}, {INTERNAL}")
    assert "place" not in opened.fields("trees")
    for question in (
        Query("trees", ("rows",), (Pixels(10.0, 50.0, 10.3, 50.1, 3, 1),)),
        Query("trees", ("rows",), (), (Box(10.0, 50.0, 10.05, 50.1),)),
    ):
        with pytest.raises(CityboardError, match="dataset trees has no points"):
            opened.answer(question)
    assert opened.answer(Query("trees", ("rows",), (Field("area"),))).frame["rows"].sum() == 8


def test_a_hidden_area_can_neither_be_grouped_nor_chosen(altered: Altered) -> None:
    old = "type: string, unit: code, nullable: true, title: {ko: 구 코드, en: District code}"
    opened = altered("trees", old, f"{old}, {INTERNAL}")
    assert opened.fields("trees") == ("species_code", "place")
    with pytest.raises(CityboardError, match="dataset trees has no areas"):
        opened.answer(Query("trees", ("rows",), (), (Members("area", ("11001",)),)))


def test_a_hidden_day_or_hour_can_neither_be_grouped_nor_chosen(altered: Altered) -> None:
    old = "title: {ko: 방문일, en: Day of visit}"
    opened = altered("visits", old, f"{old}, {INTERNAL}")
    assert opened.fields("visits") == ("group_code", "area")
    with pytest.raises(CityboardError, match="dataset visits has no time"):
        opened.answer(Query("visits", ("rows",), (Period("day"),)))
    old = "title: {ko: 시간대, en: Hour of day}"
    opened = altered("visits", old, f"{old}, {INTERNAL}")
    assert "hour" not in opened.fields("visits")
    with pytest.raises(CityboardError, match="dataset visits has no hours"):
        opened.answer(Query("visits", ("rows",), (Field("hour"),)))


def test_rows_whose_key_is_hidden_are_still_listed_in_one_order(altered: Altered) -> None:
    old = "title: {ko: 나무 번호, en: Tree number}"
    opened = altered("trees", old, f"{old}, {INTERNAL}")
    assert opened.dataset("trees").key == opened.dataset("trees").column_names
    pages = [opened.list_rows(Listing("trees", limit=3, offset=n)).frame for n in (0, 3, 6)]
    whole = opened.list_rows(Listing("trees")).frame
    pd.testing.assert_frame_equal(pd.concat(pages, ignore_index=True), whole)


@pytest.mark.parametrize("level", ["internal", "closed"])
def test_a_dataset_that_is_not_public_is_refused_with_its_reason(
    level: str, altered: Altered
) -> None:
    new = f"stale_after_days: 3650\n{INTERNAL.replace('internal', level)}"
    opened = altered("trees", "stale_after_days: 3650", new)
    assert [entry.id for entry in opened.datasets()] == ["visits"]
    reads: list[Callable[[], object]] = [
        lambda: opened.dataset("trees"),
        lambda: opened.answer(Query("trees", ("rows",))),
        lambda: opened.list_rows(Listing("trees")),
        lambda: opened.frame("trees"),
        lambda: opened.fields("trees"),
        lambda: opened.grain("trees"),
        lambda: opened.freshness("trees"),
        lambda: opened.snapshot("trees"),
    ]
    for read in reads:
        with pytest.raises(DisclosureError, match=f"trees is {level}: It is a secret."):
            read()


def test_an_official_sees_internal_datasets_but_no_closed_one(altered: Altered) -> None:
    for level, seen in (("internal", ["trees", "visits"]), ("closed", ["visits"])):
        new = f"stale_after_days: 3650\n{INTERNAL.replace('internal', level)}"
        opened = altered("trees", "stale_after_days: 3650", new, role="official")
        assert [entry.id for entry in opened.datasets()] == seen


def test_an_area_that_no_vintage_has_is_refused_by_name(store: Store) -> None:
    for field in ("area", "district"):
        with pytest.raises(UnknownNameError, match="No area '99999'"):
            store.answer(dataclasses.replace(ROWS, where=(Members(field, ("99999",)),)))


def test_an_area_of_an_older_vintage_may_be_asked_for(store: Store) -> None:
    old_east = Members("area", ("11004",))
    assert store.answer(dataclasses.replace(ROWS, where=(old_east,))).frame["rows"].item() == 0


def test_an_answer_tells_version_engine_and_provenance(store: Store) -> None:
    answer = store.answer(TOTAL)
    assert (answer.engine, answer.snapshot.version, answer.provenance) == ("rollup", 0, "figures")


def test_a_question_asked_again_is_not_answered_from_the_files(store: Store) -> None:
    first = store.answer(TOTAL).frame
    for path in store.snapshot("visits").files:
        path.unlink()
    pd.testing.assert_frame_equal(store.answer(TOTAL).frame, first)


def test_changing_an_answer_changes_no_other(store: Store) -> None:
    first = store.answer(TOTAL).frame
    first.loc[0, "persons"] = -1
    assert store.answer(TOTAL).frame["persons"].item() != -1


def test_a_new_version_is_seen_after_the_seconds_the_newest_is_trusted(
    store: Store, testburg_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cityboard.store.SECONDS_TRUSTED <= 2
    monkeypatch.setattr(cityboard.store, "SECONDS_TRUSTED", 3600)
    assert store.answer(ROWS).frame["rows"].item() == 336
    publish_visits(testburg_lake, visits().head(5))
    assert store.answer(ROWS).frame["rows"].item() == 336
    monkeypatch.setattr(cityboard.store, "SECONDS_TRUSTED", 0)
    answer = store.answer(ROWS)
    assert (answer.frame["rows"].item(), answer.snapshot.version) == (5, 1)


def test_what_was_known_at_an_instant_is_answered(store: Store, testburg_lake: Lake) -> None:
    publish_visits(testburg_lake, visits().head(5))
    newest, first = testburg_lake.versions("visits")
    as_of = dataclasses.replace(ROWS, as_of=first.published_at)
    assert store.answer(as_of).frame["rows"].item() == 336
    assert len(store.frame("visits", as_of=first.published_at)) == 336
    now = dataclasses.replace(ROWS, as_of=newest.published_at)
    assert store.answer(now).frame["rows"].item() == 5
    with pytest.raises(NoSnapshotError):
        store.answer(dataclasses.replace(ROWS, as_of=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut short": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "gone": Path.unlink,
}
READS: dict[str, Callable[[Store], int]] = {
    "answer": lambda store: int(store.answer(ROWS).frame["rows"].item()),
    "listing": lambda store: len(store.list_rows(Listing("visits", limit=1000)).frame),
    "frame": lambda store: len(store.frame("visits")),
}


@pytest.mark.parametrize("way", READS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_newest_version_gives_way_to_the_one_before(
    damage: str, way: str, store: Store, testburg_lake: Lake
) -> None:
    newest = publish_visits(testburg_lake, visits().head(5))
    assert store.snapshot("visits").version == 1
    DAMAGES[damage](newest.files[0])
    assert READS[way](store) == 336
    assert store.snapshot("visits").version == 0
    assert "visits: version 1" in (store.snapshot("visits").problem or "")


def test_without_a_whole_version_the_error_says_what_to_run(store: Store) -> None:
    store.snapshot("trees").files[0].unlink()
    with pytest.raises(CorruptSnapshotError, match="cityboard build --only trees --force"):
        store.answer(Query("trees", ("trees",)))


def test_a_dataset_that_was_never_published_is_not_listed(
    testburg: Catalog, tmp_path: Path
) -> None:
    opened = Store(testburg, Lake(tmp_path / "nothing"))
    assert opened.datasets() == []
    with pytest.raises(NoSnapshotError, match="Run `cityboard build --only visits`"):
        opened.answer(ROWS)


def test_fields_are_those_of_what_is_published(store: Store, testburg_lake: Lake) -> None:
    assert store.fields("visits") == ("group_code", "time", "hour", "weekday", "area")
    assert store.fields("trees") == ("species_code", "area", "place")
    publish_visits(testburg_lake, visits().head(5), grain="month")
    store._newest.clear()
    assert store.grain("visits") == "month"
    assert store.fields("visits") == ("group_code", "time", "hour", "area")


def test_a_dimension_that_is_the_hour_is_one_field(altered: Altered) -> None:
    opened = altered("visits", "\ndimensions: [group_code]", "\ndimensions: [hour, group_code]")
    assert opened.fields("visits") == ("hour", "group_code", "time", "weekday", "area")


def test_age_is_counted_in_the_citys_days(store: Store) -> None:
    fresh = store.freshness("visits", today=dt.date(2026, 2, 27))
    assert (fresh.last, fresh.age_days, fresh.is_stale) == (dt.date(2026, 1, 18), 40, False)
    assert store.freshness("visits", today=dt.date(2026, 2, 28)).is_stale


def test_a_register_is_as_old_as_its_vintage(store: Store) -> None:
    fresh = store.freshness("trees", today=dt.date(2026, 1, 31))
    assert (fresh.last, fresh.age_days) == (dt.date(2026, 1, 1), 30)


def test_an_instant_before_midnight_utc_may_be_of_the_next_day(
    store: Store, testburg_lake: Lake
) -> None:
    """Testburg keeps the clock of Berlin."""
    publish_visits(testburg_lake, visits().head(5), last="2026-01-18T23:30:00+00:00")
    store._newest.clear()
    assert store.freshness("visits", today=dt.date(2026, 1, 20)).last == dt.date(2026, 1, 19)


def test_a_store_is_opened_over_a_home_folder(testburg_lake: Lake, tmp_path: Path) -> None:
    city = write_city(tmp_path / "city")
    shutil.copytree(testburg_lake.root, tmp_path / "home/lake/testburg")
    opened = open_store(city, tmp_path / "home", role="official")
    assert opened.role == "official"
    assert opened.answer(ROWS).frame["rows"].item() == 336
