"""Answers from points in order: maps of any window, and charts of a box on the map, exact."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cityboard.catalog import Dataset, Measure
from cityboard.engines import cube as cube_engine
from cityboard.engines.cube import chosen_places
from cityboard.errors import NotHeldError
from cityboard.query import Period, Pixels, Query
from cityboard.rollup import ROWS, Axis, Condensed, Cube
from cityboard.rollup.cube import running
from cityboard.rollup.merge import merged
from cityboard.rollup.pyramid import LEVELS, Segment
from cityboard.selection import Box, Clause

MOST_PIXELS = 16_000_000
MOST_REMEMBERED = 8  # boxes: each is asked by every chart of a screen
SAMPLE_WEEK = np.arange("2024-01-01", "2024-01-08", dtype="datetime64[D]")  # Monday to Sunday
Window = tuple[int, int, int, int]


def answer(query: Query, dataset: Dataset, condensed: Condensed) -> pd.DataFrame:
    """Return the answer to a query about pixels or a box; see `Query` for columns and order.

    Raises:
        NotHeldError: The points in order do not hold it: ask the rows.
    """
    if query.by and isinstance(query.by[0], Pixels):
        return _pixel_frame(query, dataset, condensed)
    return _box_frame(query, dataset, condensed)


def raster(query: Query, dataset: Dataset, condensed: Condensed) -> np.ndarray:
    """Return one measure per pixel.

    Args:
        query: Of one measure, by pixels alone.
        dataset: Entry as the role may see it.
        condensed: The version's rollup.

    Returns:
        (height, width) row 0 in the south; whole numbers where the measure has them; a mean or
        ratio is NaN where there is none.

    Raises:
        NotHeldError: The points in order do not hold it: ask the rows.
    """
    (measure,), (pixels,) = (dataset.measure(name) for name in query.measures), query.by
    if not isinstance(pixels, Pixels):
        raise NotHeldError
    return _Map(pixels, query.where, dataset, condensed).measure(measure)


class _Map:
    """The pixels of a map, each aggregate of them added up once."""

    def __init__(
        self, pixels: Pixels, where: Sequence[Clause], dataset: Dataset, condensed: Condensed
    ) -> None:
        is_stock = dataset.time is not None and dataset.time.is_stock
        has_points = dataset.place is not None and dataset.place.has_points
        if is_stock or not has_points or not condensed.segments:
            raise NotHeldError
        self._segments = [
            (segment, chosen_places(where, dataset, segment)) for segment in condensed.segments
        ]
        self._window, self._level = _aligned(pixels, condensed.segments[0])
        self._found: dict[str | None, np.ndarray] = {}

    def measure(self, measure: Measure) -> np.ndarray:
        """Return a measure per pixel."""
        if measure.aggregate in {"count", "sum"}:
            values = self.image(measure.column)
            return values if measure.scale == 1 else values * measure.scale
        if measure.aggregate not in {"mean", "ratio"}:
            raise NotHeldError
        total = self.image(measure.column).astype(np.float64)
        over = self.image(measure.over).astype(np.float64)
        value = np.divide(total, over, out=np.full(over.shape, np.nan), where=over != 0)
        return value if measure.scale == 1 else value * measure.scale

    def image(self, column: str | None) -> np.ndarray:
        """Return the rows of each pixel, or the sum of a column of whole numbers."""
        if column not in self._found:
            if any(column and column not in one.values for one, _ in self._segments):
                raise NotHeldError
            level = max(self._level, 0)
            images = [
                one.image(self._window, level, chosen, column) for one, chosen in self._segments
            ]
            found = images[0]
            for image in images[1:]:
                found = found + image
            self._found[column] = _pooled(found, -self._level) if self._level < 0 else found
        return self._found[column]


def _aligned(pixels: Pixels, segment: Segment) -> tuple[Window, int]:
    """Return the window of a map in cells of its level, and the level from the base.

    Raises:
        NotHeldError: Its pixels are no cells of any level.
    """
    scale = pixels.width / (pixels.east - pixels.west)
    mantissa, exponent = math.frexp(scale)
    sides = [pixels.west * scale, pixels.south * scale]
    is_on_earth = pixels.west >= -180 and pixels.east <= 180
    is_on_earth &= pixels.south >= -90 and pixels.north <= 90
    is_whole = all(side == math.floor(side) for side in sides)
    is_square = pixels.height / (pixels.north - pixels.south) == scale
    if not (mantissa == 0.5 and is_on_earth and is_whole and is_square):
        raise NotHeldError
    level = exponent - 1 - segment.base
    if level > LEVELS or pixels.width * pixels.height > MOST_PIXELS:
        raise NotHeldError
    west, south = (int(side) for side in sides)
    window = (west, south, west + pixels.width, south + pixels.height)
    if level >= 0:
        return window, level
    west, south, east, north = (side << -level for side in window)
    if (east - west) * (north - south) > MOST_PIXELS:
        raise NotHeldError
    return (west, south, east, north), level


def _pooled(image: np.ndarray, levels: int) -> np.ndarray:
    """Return the sums of squares of 2^levels pixels along each side."""
    side = 1 << levels
    height, width = image.shape
    squares = image.reshape(height // side, side, width // side, side)
    pooled: np.ndarray = squares.sum(axis=(1, 3))
    return pooled


def _pixel_frame(query: Query, dataset: Dataset, condensed: Condensed) -> pd.DataFrame:
    if len(query.by) != 1 or not query.measures or len({*query.measures}) < len(query.measures):
        raise NotHeldError
    (pixels,) = query.by
    if not isinstance(pixels, Pixels) or {"x", "y"} & {*query.measures}:
        raise NotHeldError
    drawn = _Map(pixels, query.where, dataset, condensed)
    x, y = np.nonzero(drawn.image(None).T)
    columns: dict[str, np.ndarray] = {"x": x.astype(np.int32), "y": y.astype(np.int32)}
    for name in query.measures:
        values = drawn.measure(dataset.measure(name))[y, x]
        columns[name] = values.astype(np.int64) if values.dtype.kind == "i" else values
    return pd.DataFrame(columns)


def _box_frame(query: Query, dataset: Dataset, condensed: Condensed) -> pd.DataFrame:
    boxes = [clause for clause in query.where if isinstance(clause, Box)]
    has_points = dataset.place is not None and dataset.place.has_points
    if len(boxes) != 1 or not condensed.segments or not has_points:
        raise NotHeldError
    columns = sorted(
        {c for m in query.measures for c in _columns(dataset.measure(m)) if c is not None}
    )
    rest = tuple(clause for clause in query.where if clause is not boxes[0])
    by_area, by_day = _cubes_of_box(boxes[0], rest, tuple(columns), dataset, condensed)
    needs_days = any(isinstance(by, Period) for by in query.by)
    needs_days |= any(dataset.measure(name).aggregate == "days" for name in query.measures)
    asked = Query(query.dataset, query.measures, query.by, (), query.as_of)
    return cube_engine.answer(asked, dataset, by_day if needs_days else by_area)


def _columns(measure: Measure) -> tuple[str | None, str | None]:
    return measure.column, measure.over


def _cubes_of_box(
    box: Box, rest: tuple[Clause, ...], columns: tuple[str, ...], dataset: Dataset,
    condensed: Condensed,
) -> tuple[Cube, Cube]:  # fmt: skip
    """Return what the rows of a box add up to: by weekday, hour, area and lead; and by day."""
    key, remembered = (box, rest, columns), condensed.boxes
    known = remembered.get(key)
    if known is not None:
        return known
    cubes = [
        _small_cubes(segment, box, chosen_places(rest, dataset, segment), columns)
        for segment in condensed.segments
    ]
    by_area, by_day = cubes[0]
    for other in cubes[1:]:
        by_area, by_day = merged(by_area, other[0]), merged(by_day, other[1])
    while len(remembered) >= MOST_REMEMBERED:
        remembered.pop(next(iter(remembered), None), None)
    remembered[key] = (by_area, by_day)
    return by_area, by_day


def _small_cubes(
    segment: Segment, box: Box, chosen: dict[int, np.ndarray], columns: tuple[str, ...]
) -> tuple[Cube, Cube]:
    window = _in_cells(box, segment.finest)
    if any(column not in segment.values for column in columns):
        raise NotHeldError
    coded = [segment.axes[number] for number in segment.coded]
    sides = [len(axis) for axis in coded]
    names = [axis.name for axis in segment.axes]
    area = [segment.axes[names.index("area")]] if "area" in names else []
    lead = [segment.axes[names.index(segment.lead)]] if segment.lead else []
    by_area: dict[str, np.ndarray] = {}
    by_day: dict[str, np.ndarray] = {}
    for column in (None, *columns):
        part = f"sum:{column}" if column else ROWS
        areas, halves = segment.tally(window, chosen, column)
        table = areas.reshape(*areas.shape[:2], 8, *sides)
        table = np.moveaxis(table, (0, 1), (-2, -1))
        by_area[part] = running(table.reshape(8, *sides, *map(len, [*area, *lead])))
        half = halves.reshape(-1, 8, *sides)
        weeks = half[:-1].reshape(-1, 2, 8, *sides).sum(axis=1)
        days = weeks[:, :7].reshape(-1, *sides)
        by_day[part] = running(np.concatenate([days, half[-1:, 7]]))
    return (
        Cube((Axis("day", SAMPLE_WEEK), *coded, *area, *lead), by_area, {}),
        Cube((segment.axes[0], *coded), by_day, {}),
    )


def _in_cells(box: Box, finest: int) -> Window:
    """Return a box in finest cells.

    Raises:
        NotHeldError: Its sides are no sides of cells.
    """
    scale = 2.0**finest
    sides = [side * scale for side in (box.west, box.south, box.east, box.north)]
    is_on_earth = box.west >= -180 and box.east <= 180 and box.south >= -90 and box.north <= 90
    if not is_on_earth or any(side != math.floor(side) for side in sides):
        raise NotHeldError
    west, south, east, north = (int(side) for side in sides)
    return west, south, east, north
