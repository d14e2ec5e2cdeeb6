"""Points in order: maps and boxes from them are those that the rows give, whatever the rows."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cityboard.catalog import Dataset, Rollup
from cityboard.catalog.dataset import Raster
from cityboard.engines import rollup
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.errors import NotHeldError
from cityboard.lake import Snapshot
from cityboard.query import By, Field, Period, Query, pixels_of
from cityboard.rollup import Condensed, condense, points, pyramid, recent
from cityboard.rollup.checkpoints import Checkpoints, checkpoints_of
from cityboard.rollup.weights import first_day, half_of
from cityboard.selection import Box, Clause, Interval, Members
from tests.snapshots import write_snapshot
from tests.spec.engines import entry_with_rollup
from tests.spec.tables import table

LIKE = table(
    "id | at | area | lon | lat | kind | persons\n"
    "a | 2026-03-01 00:00 | 11110515 | 126.5 | 37.5 | park | 1"
)
KINDS = ["park", "museum", "library"]
AREAS = ["11110515", "11110530", "11140520"]
SEOUL = (126.76, 37.41, 127.20, 37.71)
FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MARCH = Interval(dt.date(2026, 3, 3), dt.date(2026, 4, 20))


def visits(count: int, *, seed: int = 0, days: int = 200) -> pl.DataFrame:
    """Return visits around the middle of Seoul, at any hour of some days."""
    random = np.random.default_rng(seed)
    lon, lat = random.normal((126.98, 37.56), 0.06, (count, 2)).T
    hours = random.integers(0, 24 * days, count)
    return pl.DataFrame(
        {
            "id": [str(n) for n in range(count)],
            "at": [FIRST + dt.timedelta(hours=int(hour)) for hour in hours],
            "area": random.choice(AREAS, count),
            "lon": lon,
            "lat": lat,
            "kind": random.choice(KINDS, count, p=[0.6, 0.3, 0.1]),
            "persons": random.integers(0, 50, count),
        },
        schema_overrides=LIKE.frame.schema,
    )


@pytest.fixture
def checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have checkpoints and totals made of few rows."""
    monkeypatch.setattr(points, "ROWS_A_CHECKPOINT", {1: 200, 0: 100})
    monkeypatch.setattr(points, "ROWS_FOR_TOTALS", 10)
    monkeypatch.setattr(recent, "SMALLEST_ROWS", 0)


class Compared:
    """A frame, its rollup and the rows' engine, asked the same."""

    def __init__(self, frame: pl.DataFrame, folder: Path, dataset: Dataset | None = None) -> None:
        self.dataset = dataset or entry_with_rollup(LIKE.dataset)
        self.snapshot: Snapshot = write_snapshot(frame, folder)
        self.condensed: Condensed = condense(self.dataset, self.snapshot.files)
        self._rows = DuckDBEngine(folder)

    def check(self, by: tuple[By, ...], where: tuple[Clause, ...], measure: str = "rows") -> int:
        """Compare the rollup's answer with that from rows; return how long it is."""
        query = Query("visits", (measure,), by, where)
        held = rollup.answer(query, self.dataset, self.condensed)
        expected = self._rows.answer(query, self.dataset, self.snapshot)
        pd.testing.assert_frame_equal(held, expected, check_exact=True)
        return len(held)


WHERE: list[tuple[Clause, ...]] = [
    (),
    (MARCH,),
    (Interval(dt.date(2026, 3, 3), dt.date(2026, 3, 4)),),
    (Interval(dt.date(2020, 1, 1), dt.date(2020, 2, 1)),),
    (Members("kind", ("museum",)),),
    (MARCH, Members("kind", ("museum", "library"))),
    (MARCH, Members("area", ("11110",))),
    (MARCH, Members("hour", (7, 8, 9))),
    (MARCH, Members("weekday", (6, 7))),
    (Members("weekday", (1,)), Members("hour", (0, 23)), Members("kind", ("park",))),
    (Members("area", ("11140520",)), Members("kind", ("library",))),
]


@pytest.mark.usefixtures("checkpoints")
@pytest.mark.parametrize("where", WHERE, ids=str)
def test_maps_of_every_level_are_those_of_the_rows(
    where: tuple[Clause, ...], tmp_path: Path
) -> None:
    compared = Compared(visits(3000), tmp_path)
    (segment,) = compared.condensed.segments
    assert {*segment.checkpoints} == {0, 1}
    assert segment.totals is not None
    for level in (3, 6, 8, 9, 10, 11, 12):
        compared.check((pixels_of(SEOUL, level),), where)
        compared.check((pixels_of((126.95, 37.5, 127.05, 37.58), level),), where, "persons")


@pytest.mark.usefixtures("checkpoints")
@pytest.mark.parametrize("where", WHERE, ids=str)
def test_charts_of_a_box_are_those_of_the_rows(where: tuple[Clause, ...], tmp_path: Path) -> None:
    compared = Compared(visits(3000), tmp_path)
    pixels = pixels_of((126.93, 37.52, 127.01, 37.6), 11)
    box = Box(pixels.west, pixels.south, pixels.east, pixels.north)
    charts: list[tuple[By, ...]] = [(), (Field("kind"),), (Field("hour"),), (Field("district"),)]
    charts += [(Period("month"),), (Period("day"),), (Field("weekday"), Field("hour"))]
    for by in charts:
        compared.check(by, (*where, box))
        compared.check(by, (*where, box), "persons")
    compared.check((), (*where, box), "days")


def test_points_off_the_map_count_in_charts_only(tmp_path: Path) -> None:
    frame = visits(50).with_columns(
        lon=pl.when(pl.int_range(pl.len()) % 5 == 0).then(None).otherwise("lon"),
        lat=pl.when(pl.int_range(pl.len()) % 7 == 0).then(1e300).otherwise("lat"),
    )
    compared = Compared(frame, tmp_path)
    compared.check((pixels_of(SEOUL, 9),), ())
    assert compared.check((Field("kind"),), ()) == 3
    with pytest.raises(NotHeldError):
        compared.check((), (Box(-500.0, -500.0, 500.0, 500.0),))


def test_points_lie_anywhere_on_earth(tmp_path: Path) -> None:
    frame = visits(400).with_columns(
        lon=pl.Series(np.tile([-180.0, -0.25, 0.0, 179.9], 100)),
        lat=pl.Series(np.repeat([-90.0, -0.5, 0.5, 89.5], 100)),
    )
    compared = Compared(frame, tmp_path)
    compared.check((pixels_of((-1.0, -1.0, 1.0, 1.0), 9),), (MARCH,))
    compared.check((Field("kind"),), (Box(-180.0, -90.0, 0.0, 0.5),))


@pytest.mark.usefixtures("checkpoints")
def test_rows_without_a_time_count_until_a_period_is_chosen(tmp_path: Path) -> None:
    frame = visits(900).with_columns(
        at=pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise("at"),
        kind=pl.when(pl.int_range(pl.len()) % 4 == 0).then(None).otherwise("kind"),
        area=pl.when(pl.int_range(pl.len()) % 5 == 0).then(None).otherwise("area"),
    )
    compared = Compared(frame, tmp_path)
    for where in ((), (MARCH,), (Members("hour", (3, 4)),), (Members("kind", ("park",)),)):
        compared.check((pixels_of(SEOUL, 8),), where)
        compared.check((pixels_of(SEOUL, 9),), where)
        compared.check((Field("kind"),), (*where, Box(126.75, 37.5, 127.0, 37.625)))


def test_a_leap_day_and_the_ends_of_years_are_days_like_others(tmp_path: Path) -> None:
    frame = visits(2000, days=3 * 366).with_columns(at=pl.col("at") - pl.duration(days=800))
    compared = Compared(frame, tmp_path)
    for low, high in (("2024-02-28", "2024-02-29"), ("2024-02-29", "2024-03-01")):
        period = Interval(dt.date.fromisoformat(low), dt.date.fromisoformat(high))
        compared.check((pixels_of(SEOUL, 8),), (period,))
    compared.check((Period("year"),), (Box(126.75, 37.5, 127.0, 37.625),))


def test_no_row_and_one_row_have_a_rollup(tmp_path: Path) -> None:
    for count in (0, 1):
        compared = Compared(visits(count), tmp_path / str(count))
        assert compared.check((pixels_of(SEOUL, 9),), ()) <= count
        assert compared.check((pixels_of(SEOUL, 9),), (MARCH,)) <= count
        compared.check((Field("kind"),), (Box(126.0, 37.0, 128.0, 38.0),))


@pytest.mark.usefixtures("checkpoints")
def test_two_threads_draw_what_one_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = Compared(visits(3000), tmp_path)
    monkeypatch.setattr(pyramid, "NOT_SPREAD", 0)
    monkeypatch.setattr(pyramid, "CORES", 5)
    for level in (8, 9, 12):
        compared.check((pixels_of(SEOUL, level),), (MARCH,))
    compared.check((Field("district"),), (Box(126.75, 37.5, 127.0, 37.625), MARCH))


def test_pixels_of_another_size_are_left_to_the_rows(tmp_path: Path) -> None:
    compared = Compared(visits(10), tmp_path)
    odd = pixels_of(SEOUL, 9)
    for pixels in (
        type(odd)(*SEOUL, 900, 720),
        type(odd)(126.75, 37.5, 127.0, 37.625, 100, 50),
        pixels_of((126.9, 37.5, 126.91, 37.51), 13),
    ):
        with pytest.raises(NotHeldError):
            compared.check((pixels,), ())


def test_what_does_not_fit_into_the_budget_is_said_with_its_sides(tmp_path: Path) -> None:
    frame = visits(8000)
    narrow = entry_with_rollup(LIKE.dataset).model_copy(
        update={
            "rollup": Rollup(dimensions=("kind",), raster=Raster(finest=20, by="kind"), most_mb=4)
        }
    )
    compared = Compared(frame, tmp_path, narrow)
    assert compared.condensed.segments == ()
    assert "the map of visits" in compared.condensed.problem
    assert "raise `most_mb`" in compared.condensed.problem
    assert compared.check((Field("kind"),), ()) == 3


def test_too_many_dimensions_for_a_code_are_said(tmp_path: Path) -> None:
    like = table(
        "id | at | area | lon | lat | kind | floor | persons\n"
        "a | 2026-03-01 00:00 | 11110515 | 126.5 | 37.5 | park | 1 | 1"
    )
    rolled = Rollup(dimensions=("floor",), raster=Raster(), most_mb=4000)
    dataset = like.dataset.model_copy(update={"rollup": rolled})
    one_hour = {"at": pl.lit(FIRST).cast(pl.Datetime("us", "UTC")), "area": pl.lit("11110515")}
    frame = visits(5000).with_columns(floor=pl.int_range(pl.len(), dtype=pl.Int32), **one_hour)
    few = condense(dataset, write_snapshot(frame.head(400), tmp_path / "few").files)
    many = condense(dataset, write_snapshot(frame, tmp_path / "many").files)
    assert (few.problem, len(few.segments)) == ("", 1)
    assert "floor 5001" in many.problem
    assert many.segments == ()


@pytest.mark.usefixtures("checkpoints")
def test_the_steps_of_a_drag_are_those_of_the_rows(tmp_path: Path) -> None:
    compared, first = Compared(visits(3000), tmp_path), dt.date(2026, 2, 1)
    kind = Members("kind", ("museum",))
    for step in range(12):
        low = first + dt.timedelta(days=3 * step)
        period = Interval(low, low + dt.timedelta(days=40 - 3 * step))
        for level in (8, 9, 11):
            compared.check((pixels_of(SEOUL, level),), (period,))
            compared.check((pixels_of(SEOUL, level),), (period, kind))
        compared.check((pixels_of(SEOUL, 8),), (period, Members("hour", (9,))))


def test_a_map_of_a_kind_that_is_not_there_is_empty(tmp_path: Path) -> None:
    compared = Compared(visits(300), tmp_path)
    assert compared.check((pixels_of(SEOUL, 8),), (Members("kind", ("zoo",)),)) == 0
    assert compared.check((pixels_of(SEOUL, 8),), (Members("kind", ("zoo",)), MARCH)) == 0


def test_recent_maps_are_bounded_and_the_closest_is_given() -> None:
    kept = recent.Recent(most_bytes=3 * 400)
    images = [np.full(100, n, np.int32) for n in range(5)]
    for n, image in enumerate(images):
        kept.keep("city", (10 * n, 100), image)
    assert kept.closest("other", (0, 100)) is None
    found = kept.closest("city", (0, 100))
    assert found is not None
    assert found[0] == (20, 100)
    assert found[1] is images[2]


def counted(checkpoints: Checkpoints, low: int, high: int) -> np.ndarray:
    """Return (parts, cells) what lies between two checkpoints, as the loops add it up."""
    between, found = checkpoints.between(low, high), np.zeros((1, 256), np.int64)
    for plane, sign in (
        (between.upper, 1),
        (between.over, between.signs[0]),
        (between.lower, -1),
        (between.under, -between.signs[1]),
    ):
        if len(plane):
            found += sign * plane.astype(np.int64)
    return found


@pytest.mark.parametrize("most", [3, 200, 300, 70_000])
def test_checkpoints_told_from_others_count_as_if_kept_whole(most: int) -> None:
    counts = np.cumsum(np.random.default_rng(most).integers(0, most, (9, 1, 256)), axis=0)
    counts = counts.astype(np.uint32)
    checkpoints = checkpoints_of(np.arange(1, 10), counts)
    assert (len(checkpoints.planes.array) < 9) == (most < 255)
    assert checkpoints.narrow.array.dtype == np.uint8
    before = np.concatenate([np.zeros((1, 1, 256), np.int64), counts.astype(np.int64)])
    for low in range(10):
        for high in range(max(low, 1), 10):
            assert (counted(checkpoints, low, high) == before[high] - before[low]).all()
    thinner = checkpoints.thinner()
    assert thinner.ends.tolist() == [1, 3, 5, 7, 9]
    assert (counted(thinner, 2, 4) == before[7] - before[3]).all()


def test_a_half_of_a_week_begins_on_monday_or_friday() -> None:
    assert first_day(np.arange(5)).tolist() == [0, 4, 7, 11, 14]
    assert [half_of(day) for day in (0, 3, 4, 6, 7, 10, 11)] == [0, 0, 1, 1, 2, 2, 3]
    assert recent.halves_between((3, 20), (3, 20)) == 0
    assert recent.halves_between((3, 20), (4, 20)) == 1
    assert recent.halves_between((3, 20), (5, 13)) == 5


def test_a_part_may_have_more_rows_in_half_a_week_than_two_bytes_tell(tmp_path: Path) -> None:
    one_place = {"lon": pl.lit(126.98), "lat": pl.lit(37.56), "area": pl.lit("11110515")}
    compared = Compared(visits(120_000, days=3).with_columns(**one_place), tmp_path)
    (segment,) = compared.condensed.segments
    assert segment.starts.array.dtype == np.uint32
    for kind in KINDS:
        compared.check((pixels_of(SEOUL, 11),), (Members("kind", (kind,)),))
    compared.check((Field("kind"),), (Box(126.75, 37.5, 127.0, 37.625),))
