"""The map is what datashader would draw, in a hundredth of its time."""

import math
from pathlib import Path

import datashader as ds
import datashader.transfer_functions as tf
import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr
from datashader.transfer_functions import eq_hist
from hypothesis import given
from hypothesis import strategies as st

from cityboard.engines.duckdb import DuckDBEngine
from cityboard.figures import shade as shading
from cityboard.figures.shade import COLOURS, growth, shade, warm
from cityboard.query import Pixels, Query
from tests.snapshots import write_snapshot
from tests.spec.tables import table

SEOUL = (126.734086, 37.413294, 127.269311, 37.715133)
POINTS = table("id | lon | lat | persons\na | 126.5 | 37.5 | 1")
GREYS = [f"#{n:02x}{n:02x}{n:02x}" for n in range(256)]


def random_points(count: int) -> pd.DataFrame:
    """Return points in and around Seoul, to the sixth decimal; every tenth on a side of a pixel.

    None lies on the last sides: datashader counts them in, our pixels are half open.
    """
    random = np.random.default_rng(0)
    west, south, east, north = SEOUL
    lon = random.uniform(west - 0.02, east + 0.02, count).round(6)
    lat = random.uniform(south - 0.02, north + 0.02, count).round(6)
    on_side = np.arange(count) % 10 == 0
    lon[on_side] = np.linspace(west, east, 901)[random.integers(0, 900, on_side.sum())]
    lat[on_side] = np.linspace(south, north, 721)[random.integers(0, 720, on_side.sum())]
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


def equalised(grid: np.ndarray) -> np.ndarray:
    """Return the colours of a grid by datashader's own equalisation, and NumPy."""
    grid = np.nan_to_num(grid)
    if not (grid > 0).any():
        return np.zeros(grid.shape, dtype=np.uint8)
    height, _ = eq_hist(grid, mask=grid <= 0)
    low, high = np.nanmin(height), np.nanmax(height)
    share = (height - low) / (high - low) if high > low else np.ones_like(height)
    return np.where(grid > 0, 1 + np.floor(np.nan_to_num(share) * (COLOURS - 1)), 0).astype(
        np.uint8
    )


SHAPE = (72, 90)
VALUES = {
    "heavy tailed": lambda random: random.lognormal(3, 2, SHAPE) + 1,
    "very heavy tailed": lambda random: random.lognormal(6, 3, SHAPE) + 1,
    "few values": lambda random: random.integers(1, 9, SHAPE),
    "all apart": lambda random: random.integers(1, 2**31 - 1, SHAPE),
    "one value": lambda _: np.full(SHAPE, 7),
    "some negative": lambda random: random.normal(0, 1e5, SHAPE),
}


@pytest.mark.parametrize("kind", [np.int32, np.uint32, np.int64, np.float64])
@pytest.mark.parametrize("filled", [0.001, 0.05, 0.5, 1])
@pytest.mark.parametrize("values", VALUES)
def test_colours_are_those_of_datashader(values: str, filled: float, kind: type) -> None:
    random = np.random.default_rng(0)
    drawn = np.where(random.random(SHAPE) < filled, VALUES[values](random), 0)
    grid = (np.clip(drawn, 0, 2**31 - 1) if kind is np.uint32 else drawn).astype(kind)
    np.testing.assert_array_equal(shade(grid, size=0).image, equalised(grid))


@given(
    st.lists(
        st.one_of(
            st.integers(-3, 9), st.integers(0, 2**31 - 1), st.integers(2**31, 2**52), st.just(2**40)
        ),
        min_size=1,
        max_size=60,
    )
)
def test_any_whole_numbers_have_the_colours_of_datashader(values: list[int]) -> None:
    grid = np.array([values], dtype=np.int64)
    np.testing.assert_array_equal(shade(grid, size=0).image, equalised(grid))


@given(st.lists(st.floats(0.001, 1e9), min_size=1, max_size=60), st.booleans())
def test_any_fractions_have_the_colours_of_datashader(values: list[float], has_gaps: bool) -> None:
    grid = np.array([values])
    if has_gaps:
        grid[0, ::3] = np.nan
    try:
        expected = equalised(grid)
    except ValueError:  # NumPy cannot divide so short a range into bins
        return
    np.testing.assert_array_equal(shade(grid, size=0).image, expected)


def test_values_too_close_together_for_bins_are_told_apart_all_the_same() -> None:
    grid = np.array([[1.0, np.nextafter(1.0, 2), 0.0, np.nextafter(1.0, 2)]])
    assert shade(grid, size=0).image.tolist() == [[1, COLOURS, 0, COLOURS]]
    assert shade(np.array([[5.0, np.inf, 2.0]]), size=0).image.tolist() == [[127, COLOURS, 1]]


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("filled", [0.002, 0.05, 0.9])
def test_pixels_grow_as_datashader_spreads_them(size: int, filled: float) -> None:
    random = np.random.default_rng(1)
    grid = np.where(random.random((60, 80)) < filled, random.lognormal(3, 2, (60, 80)), np.nan)
    spread = tf.spread(xr.DataArray(grid, dims=["y", "x"]), px=size, how="max", shape="square")
    np.testing.assert_array_equal(shade(grid, size=size).image, equalised(spread.to_numpy()))


@pytest.mark.parametrize("size", [1, 3])
def test_colours_are_those_of_a_datashaded_image_within_one_level(size: int) -> None:
    random = np.random.default_rng(0)
    grid = np.where(random.random((60, 80)) < 0.05, random.lognormal(3, 2, (60, 80)), np.nan)
    spread = tf.spread(xr.DataArray(grid, dims=["y", "x"]), px=size, how="max", shape="square")
    image = tf.shade(spread, cmap=GREYS, how="eq_hist").to_numpy()
    ours, theirs, is_drawn = shade(grid, size=size).image, image & 0xFF, image >> 24 > 0
    np.testing.assert_array_equal(ours > 0, is_drawn)
    level = (ours[is_drawn].astype(float) - 1) / (COLOURS - 1)
    assert np.abs(level - theirs[is_drawn] / 255).max() <= 1 / 254


@pytest.mark.parametrize("nothing", [0, -1, math.nan])
def test_what_holds_nothing_is_drawn_empty(nothing: float) -> None:
    assert not shade(np.full((4, 5), nothing)).image.any()


def test_equal_pixels_have_one_colour_and_can_be_seen() -> None:
    assert set(np.unique(shade(np.full((4, 5), 3.0)).image)) == {COLOURS}


def test_one_pixel_grows_on_all_sides_but_not_over_the_edge() -> None:
    grid = np.zeros((9, 9))
    grid[0, 4] = 2
    layer = shade(grid, size=2).image
    assert set(zip(*np.nonzero(layer), strict=True)) == {
        (y, x) for y in range(3) for x in range(2, 7)
    }


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (1, 1)])
def test_a_pixel_may_grow_farther_than_the_map(shape: tuple[int, int]) -> None:
    grid = np.zeros(shape, dtype=np.int32)
    grid[0, 0] = 1
    assert (shade(grid, size=5).image == COLOURS).all()


@pytest.mark.parametrize(("filled", "expected"), [(0, 1), (9, 1), (10, 0), (100, 0)])
def test_pixels_grow_where_fewer_than_a_tenth_hold_anything(filled: int, expected: int) -> None:
    grid = np.zeros((10, 10), dtype=np.int32)
    grid.ravel()[:filled] = 3
    assert growth(filled, grid.size) == expected
    assert shade(grid).filled == filled
    np.testing.assert_array_equal(shade(grid).image, shade(grid, size=expected).image)


def test_a_part_of_a_larger_grid_has_the_colours_of_the_same_numbers_alone() -> None:
    larger = np.random.default_rng(2).integers(-5, 70, (40, 60)).astype(np.int32)
    larger[5:8] = 100
    part = larger[9:31, 11:52]
    for size in (0, 1):
        shaded = shade(part, size=size)
        np.testing.assert_array_equal(shaded.image, shade(part.copy(), size=size).image)
        assert shaded.filled == np.count_nonzero(part > 0)


def test_no_grid_compiles_anything_once_the_loops_are_warm() -> None:
    warm()
    loops = [loop for loop in vars(shading).values() if hasattr(loop, "nopython_signatures")]
    assert loops
    before = [len(loop.nopython_signatures) for loop in loops]
    for kind in (np.int8, np.uint16, np.int32, np.uint32, np.int64, np.uint64, "f4", np.float64):
        for most in (2, 100):
            grid = np.array([[0, 1, most], [3, 4, 5]], dtype=kind)
            grid.flags.writeable = False
            for one in (grid, grid.copy(), grid.T, grid[:, ::2], grid[::-1]):
                for size in (None, 0, 1):
                    shade(one, size=size)
    assert [len(loop.nopython_signatures) for loop in loops] == before
