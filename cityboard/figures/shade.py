"""The datashaded layer: a grid of counts or sums as colour numbers, each colour on as many pixels.

datashader's histogram equalisation (`eq_hist`, after scikit-image's `equalize_hist`) in compiled
loops, equal to it in every pixel. 900 × 720 counts take 1.0 ms, where datashader's own takes 108.
The loops are compiled once on a machine and kept beside the module; `warm` loads them.
"""

from typing import NamedTuple

import numba
import numpy as np

COLOURS = 255  # colours of the layer; 0 stands for nothing
BINS = 65_536  # of datashader: wider ranges of values, and fractions, are told apart by these
SPARSE = 0.1  # share of pixels that hold anything, below which single pixels grow
KINDS = (np.int32, np.uint32, np.int64, np.float64)


class Shaded(NamedTuple):
    """A grid in colours.

    Attributes:
        image: (height, width) uint8, rows as in the grid; 0 is empty, 1 to 255 a colour.
        filled: How many pixels of the grid hold anything.
    """

    image: np.ndarray
    filled: int


def shade(grid: np.ndarray, *, size: int | None = None) -> Shaded:
    """Return a grid as colour numbers, by the rank of its values.

    Args:
        grid: (height, width) whole numbers or fractions; 0, less and NaN are empty.
        size: Pixels added on each side of a pixel, the largest value winning; None asks `growth`.
    """
    kept = _kept(grid)
    low, high, filled = _bounds(*_strip(kept))
    size = growth(filled, kept.size) if size is None else size
    if size:
        kept = _frozen(_spread(_frozen(np.ascontiguousarray(kept)), size))
        low, high, _ = _bounds(*_strip(kept))
    return Shaded(_shade(kept, low, high), int(filled))


def _shade(kept: np.ndarray, low: float, high: float) -> np.ndarray:
    if not high:
        return np.zeros(kept.shape, dtype=np.uint8)
    if kept.dtype.kind != "f" and high - low < BINS:
        return _shade_values(kept, int(low), int(high))
    with np.errstate(invalid="ignore"):
        edges = np.linspace(low, high, BINS + 1)
    if (edges[:-1] < edges[1:]).all():
        return _shade_bins(_frozen(np.ascontiguousarray(kept)), edges, float(high - low))
    return _shade_values(*_ranked(kept))  # one value, or too close together for bins


def growth(filled: int, pixels: int) -> int:
    """Return by how many pixels each pixel is to grow on every side, so that it can be seen.

    A single pixel cannot be seen on an empty map; on a full one growing would cover its
    neighbours, and with them the detail. datashader's `dynspread` decides by density likewise.

    Args:
        filled: Pixels that hold anything.
        pixels: Of the whole map.
    """
    return int(filled < SPARSE * pixels)


def warm() -> None:
    """Load the compiled loops, or compile them if they never were: no reader shall wait for it."""
    for kind in KINDS:
        for most in (2, 2 * BINS):
            shade(np.array([[0, 1, most]], dtype=kind), size=1)


def _kept(grid: np.ndarray) -> np.ndarray:
    """Return a grid as one of the few types that the loops are compiled for.

    A part of a larger grid is not copied: its rows lie in one piece each.
    """
    kind = np.dtype(grid.dtype if grid.dtype in KINDS else np.float64)
    if grid.dtype != kind or grid.strides[1] != kind.itemsize or grid.strides[0] < 0:
        grid = np.ascontiguousarray(grid, dtype=kind)
    return _frozen(grid)


def _strip(grid: np.ndarray) -> tuple[np.ndarray, int, int, int]:
    """Return a grid as the one strip of memory it lies in, and step, height and width of rows."""
    height, width = grid.shape
    step = grid.strides[0] // grid.itemsize if height > 1 else width
    length = (height - 1) * step + width if grid.size else 0
    strip = np.lib.stride_tricks.as_strided(grid, (length,), (grid.itemsize,), writeable=False)
    return strip, step, height, width


def _frozen(grid: np.ndarray) -> np.ndarray:
    """Return a read-only view: to numba those that may be written are another type."""
    view = grid.view()
    view.flags.writeable = False
    return view


def _shade_values(grid: np.ndarray, low: int, high: int) -> np.ndarray:
    """Return colours of whole numbers close together: each value is counted by itself."""
    equalised = _equalised(_count_values(*_strip(grid), low, high - low + 2)[1:])
    first, last = equalised[0], equalised[-1]
    share = (equalised - first) / (last - first) if first < last else np.ones_like(equalised)
    colours = np.append(np.uint8(0), (1 + share * (COLOURS - 1)).astype(np.uint8))
    return _paint_values(*_strip(grid), low, colours)


def _shade_bins(grid: np.ndarray, edges: np.ndarray, span: float) -> np.ndarray:
    """Return colours of values counted in bins, interpolated between the middles of bins."""
    bins, counts = _count_bins(grid, edges, span)
    is_held = counts > 0
    middles, heights = ((edges[:-1] + edges[1:]) / 2)[is_held], _equalised(counts[is_held])
    slopes = np.zeros(middles.size + 1)  # level before the first middle and behind the last
    slopes[1:-1] = np.diff(heights) / np.diff(middles)
    behind = np.maximum(np.arange(middles.size + 1) - 1, 0)
    knots = np.column_stack((middles[behind], heights[behind], slopes))
    return _paint_bins(grid, bins, np.append(np.cumsum(is_held) - 1, 0), knots)


def _equalised(counts: np.ndarray) -> np.ndarray:
    """Return which share of what is counted lies at or below each place."""
    total = counts.cumsum()
    return total / float(total[-1])


def _ranked(grid: np.ndarray) -> tuple[np.ndarray, int, int]:
    """Return the rank of each value, 1 the lowest, 0 where there is none; and both ends."""
    is_held = grid > 0
    values, ranks = np.unique(grid[is_held], return_inverse=True)
    ranked = np.zeros(grid.shape, dtype=np.int64)
    ranked[is_held] = ranks + 1
    return _frozen(ranked), 1, len(values)


_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


@_compiled
def _bounds(strip: np.ndarray, step: int, height: int, width: int) -> tuple[float, float, int]:
    """Return the lowest and the highest value above 0, 0 where there is none, and how many."""
    high, filled = strip.dtype.type(0), 0
    for y in range(height):
        row = strip[y * step : y * step + width]
        for i in range(width):
            high = max(high, row[i])
    low = high
    for y in range(height):
        row = strip[y * step : y * step + width]
        for i in range(width):
            value = row[i]
            low = min(low, value if value > 0 else high)
        for i in range(width):
            filled += row[i] > 0
    return low, high, filled


@_compiled
def _spread(grid: np.ndarray, size: int) -> np.ndarray:
    """Return the largest value within `size` rows and columns of each pixel, 0 where none."""
    height, width = grid.shape
    wide, spread = np.zeros_like(grid), np.zeros_like(grid)
    for y in range(height):
        for step in range(min(size, width - 1) + 1):
            _raise(wide[y, step:], grid[y, : width - step])
            _raise(wide[y, : width - step], grid[y, step:])
    for y in range(height):
        for row in range(max(0, y - size), min(height, y + size + 1)):
            _raise(spread[y], wide[row])
    return spread


@_compiled
def _raise(row: np.ndarray, other: np.ndarray) -> None:
    """Raise each value of a row to that of another where the other is larger."""
    for i in range(row.size):
        row[i] = max(row[i], other[i])


@_compiled
def _count_values(
    strip: np.ndarray, step: int, height: int, width: int, low: int, places: int
) -> np.ndarray:
    """Return how many pixels hold each value from `low` on, in place 0 how many hold none.

    Neighbours are counted apart: equal ones in a row would wait for each other.
    """
    counts, before = np.zeros(4 * places, dtype=np.uint32), low - 1
    for y in range(height):
        row = strip[y * step : y * step + width]
        for i in range(width):
            value = row[i]
            place = np.uint32(value - before) if value > 0 else np.uint32(0)
            counts[np.uint32((i & 3) * places) + place] += np.uint32(1)
    return counts.reshape(4, places).sum(axis=0)


@_compiled
def _paint_values(
    strip: np.ndarray, step: int, height: int, width: int, low: int, colours: np.ndarray
) -> np.ndarray:
    """Return the colour of each pixel; those of the values from `low` on follow that of none."""
    painted, before = np.empty((height, width), dtype=np.uint8), low - 1
    for y in range(height):
        row = strip[y * step : y * step + width]
        for i in range(width):
            value = row[i]
            place = np.uint32(value - before) if value > 0 else np.uint32(0)
            painted[y, i] = colours[place]
    return painted


@_compiled
def _count_bins(grid: np.ndarray, edges: np.ndarray, span: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the bin of each pixel, the one after the last where empty, and the counts of bins.

    In the arithmetic of `numpy.histogram`, to the bit; in two loops, of which the first becomes
    vector instructions: 2 ms instead of 12.
    """
    flat, first, last = grid.reshape(grid.size), edges[0], np.uint32(BINS - 1)
    bins, counts = np.empty(flat.size, dtype=np.uint32), np.zeros(BINS + 1, dtype=np.uint32)
    for i in range(flat.size):
        value = np.float64(flat[i]) if flat[i] > 0 else first
        bins[i] = np.uint32((value - first) / span * BINS)
    for i in range(flat.size):
        value, place = np.float64(flat[i]), min(bins[i], last)
        is_below, is_above = value < edges[place], value >= edges[place + np.uint32(1)]
        place += np.uint32(is_above & (place < last)) - np.uint32(is_below)
        bins[i] = place if flat[i] > 0 else np.uint32(BINS)
        counts[bins[i]] += np.uint32(1)
    return bins, counts[:-1]


@_compiled
def _paint_bins(
    grid: np.ndarray, bins: np.ndarray, ranks: np.ndarray, knots: np.ndarray
) -> np.ndarray:
    """Return the colour of each pixel, interpolated as `numpy.interp` does, to the bit.

    Args:
        grid: The values.
        bins: The bin of each.
        ranks: Place of each bin among those that hold anything; one more for what is empty.
        knots: (n + 1 rows) middle of a bin, height there, slope behind it; the first stands before
            the first bin.
    """
    flat, painted = grid.reshape(grid.size), np.empty(grid.size, dtype=np.uint8)
    low, high = knots[0, 1], knots[-1, 1]
    for i in range(flat.size):
        value, place = np.float64(flat[i]), np.uint32(ranks[bins[i]])
        place += np.uint32(value >= knots[place + np.uint32(1), 0])
        height = knots[place, 2] * (value - knots[place, 0]) + knots[place, 1]
        colour = np.uint8(1 + (height - low) / (high - low) * (COLOURS - 1))
        painted[i] = colour if flat[i] > 0 else np.uint8(0)
    return painted.reshape(grid.shape)
