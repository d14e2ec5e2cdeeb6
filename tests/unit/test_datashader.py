"""The map is what datashader would draw, without its seconds of compiling."""

from pathlib import Path

import datashader as ds
import datashader.transfer_functions as tf
import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr

from cityboard.engines.duckdb import DuckDBEngine
from cityboard.figures.map import LEVELS, shade
from cityboard.query import Pixels, Query
from tests.snapshots import write_snapshot
from tests.spec.tables import table

SEOUL = (126.734086, 37.413294, 127.269311, 37.715133)
POINTS = table("id | lon | lat | persons\na | 126.5 | 37.5 | 1")
GREYS = [f"#{n:02x}{n:02x}{n:02x}" for n in range(256)]


def random_points(count: int) -> pd.DataFrame:
    """Return points in and around Seoul, to the sixth decimal; every tenth on a side or a pixel."""
    random = np.random.default_rng(0)
    west, south, east, north = SEOUL
    lon = random.uniform(west - 0.02, east + 0.02, count).round(6)
    lat = random.uniform(south - 0.02, north + 0.02, count).round(6)
    on_side = np.arange(count) % 10 == 0
    lon[on_side] = np.linspace(west, east, 901)[random.integers(0, 901, on_side.sum())]
    lat[on_side] = np.linspace(south, north, 721)[random.integers(0, 721, on_side.sum())]
    return pd.DataFrame({"lon": lon, "lat": lat, "persons": random.integers(0, 9, count)})


@pytest.mark.parametrize("size", [(900, 720), (7, 3), (1, 1)])
def test_points_fall_into_the_pixels_that_datashader_counts_them_in(
    size: tuple[int, int], tmp_path: Path
) -> None:
    points = random_points(20_000)
    west, south, east, north = SEOUL
    canvas = ds.Canvas(*size, (west, east), (south, north))
    drawn = canvas.points(points, "lon", "lat", ds.sum("persons"))
    frame = pl.from_pandas(points).with_columns(id=pl.int_range(pl.len()).cast(pl.String))
    question = Query("visits", ("rows", "persons"), (Pixels(west, south, east, north, *size),))
    engine, snapshot = DuckDBEngine(tmp_path), write_snapshot(frame, tmp_path)
    answer = engine.answer(question, POINTS.dataset, snapshot)
    grid = np.full(size[::-1], np.nan)
    grid[answer["y"], answer["x"]] = answer["persons"]
    np.testing.assert_array_equal(grid, drawn.to_numpy())
    counted = canvas.points(points, "lon", "lat", ds.count()).to_numpy()
    assert answer["rows"].sum() == counted.sum()


def counts_frame(grid: np.ndarray) -> pd.DataFrame:
    """Return the answer per pixel that a grid stands for; only pixels with rows are in it."""
    y, x = np.nonzero(~np.isnan(grid))
    return pd.DataFrame({"x": x, "y": y, "rows": grid[y, x]})


def shaded(grid: np.ndarray, *, size: int) -> np.ndarray:
    """Return our layer of a grid."""
    height, width = grid.shape
    return shade(counts_frame(grid), "rows", Pixels(0, 0, 1, 1, width, height), size=size)


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("filled", [0.002, 0.05, 0.9])
@pytest.mark.parametrize("seed", [0, 1])
def test_colours_are_those_of_datashader_within_one_level(
    size: int, filled: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    grid = np.where(random.random((60, 80)) < filled, random.lognormal(3, 2, (60, 80)), np.nan)
    ours = shaded(grid, size=size)
    spread = tf.spread(xr.DataArray(grid, dims=["y", "x"]), px=size, how="max", shape="square")
    image = tf.shade(spread, cmap=GREYS, how="eq_hist").to_numpy()
    theirs, is_drawn = image & 0xFF, image >> 24 > 0
    np.testing.assert_array_equal(ours > 0, is_drawn)
    level = (ours[is_drawn].astype(float) - 1) / (LEVELS - 1)
    assert np.abs(level - theirs[is_drawn] / 255).max() <= 1 / 254


def test_an_empty_map_is_drawn_empty() -> None:
    assert not shaded(np.full((4, 5), np.nan), size=1).any()


def test_zeroes_and_nulls_are_drawn_empty() -> None:
    frame = pd.DataFrame({"x": [0, 1], "y": [0, 1], "rows": [0.0, np.nan]})
    assert not shade(frame, "rows", Pixels(0, 0, 1, 1, 5, 4)).any()


def test_equal_pixels_have_one_colour_and_can_be_seen() -> None:
    assert set(np.unique(shaded(np.full((4, 5), 3.0), size=1))) == {LEVELS}


def test_one_pixel_grows_on_all_sides_but_not_over_the_edge() -> None:
    grid = np.full((9, 9), np.nan)
    grid[0, 4] = 2
    layer = shaded(grid, size=2)
    assert set(zip(*np.nonzero(layer), strict=True)) == {
        (y, x) for y in range(3) for x in range(2, 7)
    }


def test_the_first_row_is_in_the_south() -> None:
    frame = pd.DataFrame({"x": [4], "y": [0], "rows": [1]})
    assert shade(frame, "rows", Pixels(0, 0, 1, 1, 5, 3), size=0)[0, 4] > 0
