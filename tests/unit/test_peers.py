"""The peers of the benchmark answer alike, so that their times may be compared."""

import datetime as dt
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from benchmarks import events
from benchmarks.peers import compare, registry, run, work
from benchmarks.peers.work import Step
from tests.cleaning import seoul

ROWS = 20_000
CHEAP = [
    "duckdb-parquet",
    "duckdb-parquet-sets",
    "duckdb-table",
    "duckdb-table-sets",
    "numba",
    "numba-slice",
    "pandas",
    "polars",
    "preaggregated",
]
PERIODS = [
    (dt.date(2023, 1, 1), dt.date(2026, 1, 1)),
    (dt.date(2024, 2, 29), dt.date(2024, 3, 1)),
    *work.periods(3),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two files, one after the other in time, each in the order of place."""
    folder = tmp_path_factory.mktemp("events")
    (frame,) = events.event_frames(seoul(), ROWS)
    middle = frame["at"].median()
    for name, part in (
        ("b", frame.filter(pl.col("at") < middle)),
        ("a", frame.filter(pl.col("at") >= middle)),
    ):
        part.write_parquet(folder / f"{name}.parquet", row_group_size=3_000)
    return [folder / "b.parquet", folder / "a.parquet"]


def recount(files: list[Path], low: dt.date, high: dt.date) -> dict[str, np.ndarray]:
    """Count a period by the city's calendar, by names and by places."""
    frame = pd.concat([pd.read_parquet(path) for path in files], ignore_index=True)
    frame["local"] = frame["at"].dt.tz_convert("Asia/Seoul").dt.tz_localize(None)
    frame = frame[(frame["local"].dt.date >= low) & (frame["local"].dt.date < high)]
    months = pd.period_range("2023-01", "2025-12", freq="M")
    districts = sorted(area.code for area in seoul().areas("district"))
    x = np.floor(frame["lon"] * 2048).astype(int) - 259_604
    y = np.floor(frame["lat"] * 2048).astype(int) - 76_615
    image = np.zeros((616, 902), np.int64)
    np.add.at(image, (y, x), 1)
    return {
        "kind": counts(frame["kind"], [f"kind {n:02}" for n in range(12)]),
        "hour": counts(frame["local"].dt.hour, range(24)),
        "district": counts(frame["district_code"], districts),
        "month": counts(frame["local"].dt.to_period("M"), months),
        "pixels": image,
    }


def counts(values: pd.Series, groups: Iterable[object]) -> np.ndarray:
    found: np.ndarray = values.value_counts().reindex(list(groups), fill_value=0).to_numpy()
    return found


@pytest.mark.parametrize("name", CHEAP)
def test_a_peer_answers_periods_as_a_recount_of_the_rows_does(
    name: str, files: list[Path], tmp_path: Path
) -> None:
    peer = registry.make_peer(name)
    peer.prepare(files, tmp_path)
    peer.activate()
    for low, high in PERIODS:
        answers, recounted = peer.step(low, high).arrays(), recount(files, low, high)
        assert set(answers) == set(recounted)
        for part, values in recounted.items():
            assert np.array_equal(answers[part], values), (name, part, low, high)
    if name not in {"numba", "numba-slice"}:  # they measure the memory at the end, for seconds
        peer.close()


def test_the_whole_time_has_every_event(files: list[Path]) -> None:
    assert {int(values.sum()) for values in recount(files, *PERIODS[0]).values()} == {ROWS}


def test_two_peers_in_processes_of_their_own_are_compared(
    files: list[Path], tmp_path: Path
) -> None:
    first, second = compare.compare(
        files[::-1], tmp_path, ROWS, ["duckdb-parquet", "duckdb-table-sets"], repeats=1
    )
    assert first.digest == second.digest != ""
    assert first.equal
    assert second.equal
    assert second.step_ms is not None
    assert second.step_ms > 0
    assert list(tmp_path.iterdir()) == []


def test_one_event_in_another_pixel_is_a_difference(tmp_path: Path) -> None:
    one, other = tmp_path / "one.npz", tmp_path / "other.npz"
    values = {"0 hour": np.arange(24), "0 pixels": np.zeros((2, 2), np.int32)}
    np.savez(one, **values)
    np.savez(other, **values | {"0 pixels": np.array([[0, 0], [0, 1]], np.int32)})
    assert compare._equal(one, one)
    assert not compare._equal(one, other)


def test_a_checksum_tells_answers_apart() -> None:
    def step(first: int) -> Step:
        charts = {name: np.zeros(size, np.int64) for name, size in work.SIZES.items()}
        charts["hour"][0] = first
        return Step(**charts, pixels=np.zeros((work.HEIGHT, work.WIDTH), np.int32))

    assert work.digest([step(0)]) == work.digest([step(0)])
    assert work.digest([step(0)]) != work.digest([step(1)])


def test_a_peer_above_its_rows_is_not_run_and_says_why(tmp_path: Path) -> None:
    told = run.run({"name": "pandas", "rows": 300_000_000, "files": []}, tmp_path)
    assert told["note"].startswith("not run above 100,000,000 rows: ")
    assert "step_ms" not in told


def test_a_peer_whose_package_is_missing_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "benchmarks.peers.polars_scan", raising=False)
    monkeypatch.setitem(sys.modules, "polars", None)
    told = run.run({"name": "polars", "rows": ROWS, "files": []}, tmp_path)
    assert told == {"title": "polars", "note": "polars is not installed"}


def test_files_are_taken_in_the_order_of_time(files: list[Path]) -> None:
    assert compare.in_order(files[::-1]) == files


def test_every_period_is_asked_once_and_is_no_shorter_than_a_day() -> None:
    asked = list(work.periods(11))
    assert len(set(asked)) == 11
    assert all(low < high for low, high in asked)


def test_the_work_is_over_the_events_there_are() -> None:
    assert list(work.KINDS) == events.KINDS
    assert events.DAYS == work.DAYS
    assert work.day(work.DAYS - 1) == events.LAST_DAY
    assert work.instant(work.FIRST_DAY).replace(tzinfo=None) == events.FIRST.astype(dt.datetime)
    assert seoul().city.bounding_box == (work.WEST, work.SOUTH, work.EAST, work.NORTH)
