"""A pyramid: points ordered so that the map of any window, period and category is a short walk.

The earth is divided into cells of 2^-n degrees, each of which holds four of the next level, so that
a pixel of any level is a whole number of finest cells and its count is exact. A *block* is 16 × 16
base cells, a *part* the rows of one area in one block, a *lead* a value of the one dimension that
maps are filtered by most. Rows are ordered by part, half of a week (Monday to Thursday, Friday to
Sunday) and lead; three bytes tell the rest: the base cell within the block, the finest cell within
the base cell, and the day of the week with the hour. *Checkpoints* hold the cells of every part up
to the end of some halves, so that a period is the difference of two of them and the rows between
them and its ends.
"""

import concurrent.futures
import dataclasses
import functools
import itertools
import os
from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np

from cityboard.rollup import kernels, recent
from cityboard.rollup.axes import Axis
from cityboard.rollup.checkpoints import NOT_COUNTED, NOTHING_NARROW, Checkpoints
from cityboard.rollup.kernels import Between, Rows, Weights, Window, Within
from cityboard.rollup.mapped import Held
from cityboard.rollup.recent import Recent, Run
from cityboard.rollup.weights import Chosen, first_day, weigh

BLOCK_BITS = 4  # a block has 2^4 base cells along each side
LEVELS = 4  # from a base cell to its finest cells
NOT_SPREAD = 400_000  # rows that one thread adds up sooner than two begin
MOST_FRAMES = 8  # windows remembered: the steps of a brush ask for the same one
CORES = os.cpu_count() or 1
_THREADS = concurrent.futures.ThreadPoolExecutor(CORES, thread_name_prefix="pyramid")


@dataclasses.dataclass(frozen=True)
class _Frame:
    """The blocks about a window, of some areas, and how they lie in its image.

    Attributes:
        shape: Of the image: of all the blocks.
        crop: Where the window lies in it.
        parts: (n) int64 numbers of parts.
        corners: (n) int64 pixel of the south-west corner of each part's block.
        steps: (cells of a block) int32 pixels from there to each cell.
        slices: Of the parts, one a thread.
    """

    shape: tuple[int, int]
    crop: tuple[slice, slice]
    parts: np.ndarray
    corners: np.ndarray
    steps: np.ndarray
    slices: tuple[slice, ...]


@dataclasses.dataclass(frozen=True)
class Segment:
    """The points of some files of a version, put in order.

    Attributes:
        finest: The finest cells have sides of 2^-finest degrees.
        axes: The day's first, with every day of the weeks that have rows; then hour, area and the
            dimensions, as far as there are any.
        lead: Name of the axis that rows are ordered by within a week; None for none.
        blocks: (blocks, 2) int64 column and row, ascending by row, then column.
        parts: (parts, 2) int64 block and place of the area, ascending; 0 where areas are unknown.
        heads: See `kernels.Rows`; the last half of a week holds the rows without a day.
        starts: See `kernels.Rows`.
        pos: See `kernels.Rows`.
        fine: See `kernels.Rows`.
        code: See `kernels.Rows`.
        values: Column of whole numbers without null → (rows) its values.
        checkpoints: Levels below the base → checkpoints.
        totals: (leads, parts, 256) base cells over all time.
        files: Names of the data files whose points these are.
    """

    finest: int
    axes: tuple[Axis, ...]
    lead: str | None
    blocks: np.ndarray
    parts: np.ndarray
    heads: Held
    starts: Held
    pos: Held
    fine: Held
    code: Held
    values: Mapping[str, Held]
    checkpoints: Mapping[int, Checkpoints]
    totals: Held | None
    files: tuple[str, ...] = ()
    _recent: Recent = dataclasses.field(default_factory=Recent, repr=False, compare=False)
    _frames: dict[Hashable, _Frame] = dataclasses.field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def size_bytes(self) -> int:
        """Return how many bytes its arrays take."""
        return sum(held.array.nbytes for held in self._held)

    def thinner(self) -> "Segment":
        """Return it with every second checkpoint left out, and none of a level that has but one."""
        left = {
            level: one.thinner() for level, one in self.checkpoints.items() if len(one.ends) > 1
        }
        return dataclasses.replace(self, checkpoints=left)

    def verify(self) -> None:
        """Compare every file with its checksum.

        Raises:
            RollupError: One is missing or differs.
        """
        for held in self._held:
            _ = held.array

    @property
    def _held(self) -> list[Held]:
        planes = [held for one in self.checkpoints.values() for held in one.held]
        totals = [self.totals] if self.totals else []
        own = (self.heads, self.starts, self.pos, self.fine, self.code)
        return [*own, *self.values.values(), *planes, *totals]

    @property
    def base(self) -> int:
        """Return the level of base cells: they have sides of 2^-base degrees."""
        return self.finest - LEVELS

    def axis(self, name: str) -> int:
        """Return the number of an axis.

        Raises:
            KeyError: It has no such axis.
        """
        for number, axis in enumerate(self.axes):
            if axis.name == name:
                return number
        raise KeyError(name)

    @functools.cached_property
    def halves(self) -> int:
        """Return how many halves of weeks a part has, the one of rows without a day included."""
        return 2 * (len(self.axes[0].values) // 7) + 1

    @functools.cached_property
    def leads(self) -> int:
        """Return how many leads a half of a week has, the null one included."""
        return len(self.axes[self.axis(self.lead)]) if self.lead else 1

    @functools.cached_property
    def coded(self) -> tuple[int, ...]:
        """Return the numbers of the axes that a row's code tells besides the day."""
        apart = {"day", "area", self.lead}
        return tuple(n for n, axis in enumerate(self.axes) if axis.name not in apart)

    @functools.cached_property
    def rows(self) -> Rows:
        """Return the points as the loops read them."""
        heads, starts = self.heads.array, self.starts.array
        firsts = kernels.firsts_of(heads, len(self.parts), self.halves)
        planes = (self.pos.array, self.fine.array, self.code.array)
        return Rows(heads, starts, firsts, self.halves, self.leads, *planes)

    @functools.cached_property
    def _rows_of_parts(self) -> np.ndarray:
        return np.diff(self.heads.array[:: self.halves].astype(np.int64))

    def image(
        self, window: tuple[int, int, int, int], level: int, chosen: Chosen, value: str | None
    ) -> np.ndarray:
        """Return what the points of a window add up to per pixel.

        Args:
            window: West, south, east, north in cells of the level; east and north excluded.
            level: Pixels have sides of 2^-(base + level) degrees; 0 to 4.
            chosen: Axis number → places that count.
            value: Column to add up; None counts rows.

        Returns:
            (rows from the south, columns from the west) int32 counts or int64 sums.
        """
        if any(not len(places) for places in chosen.values()):
            shape = (window[3] - window[1], window[2] - window[0])
            return np.zeros(shape, np.int64 if value else np.int32)
        frame = self._frame(window, level, chosen)
        run = None if value else self._run(chosen)
        about = (window, level, _told(chosen))
        base = self._recent.closest(about, run) if run else None
        if run and base and self._is_closer(run, base[0], level, chosen):
            image = base[1].copy()
            add = self._adding_rows(image.reshape(-1), weigh(self, chosen, base[0]), NOT_COUNTED)
        else:
            image = np.zeros(frame.shape, np.int64 if value else np.int32)
            add = self._adding(image.reshape(-1), level, chosen, value)
        parts, corners, shift = frame.parts, frame.corners, kernels.FINE_BITS - 2 * level
        _spread(
            frame.slices, lambda some: add(Window(parts[some], corners[some], frame.steps, shift))
        )
        image.flags.writeable = False
        if run:
            self._recent.keep(about, run, image)
        return image[frame.crop]

    def _frame(self, window: tuple[int, int, int, int], level: int, chosen: Chosen) -> _Frame:
        """Return the blocks about a window, of the areas chosen; remembered."""
        areas = [n for n in chosen if self.axes[n].name == "area"]
        key = (window, level, *(np.asarray(chosen[n]).tobytes() for n in areas))
        found = self._frames.get(key)
        if found is None:
            found = self._new_frame(window, level, chosen)
            while len(self._frames) >= MOST_FRAMES:
                self._frames.pop(next(iter(self._frames), None), None)
            self._frames[key] = found
        return found

    def _new_frame(self, window: tuple[int, int, int, int], level: int, chosen: Chosen) -> _Frame:
        side = BLOCK_BITS + level
        west, south = window[0] >> side, window[1] >> side
        east, north = ((edge - 1 >> side) + 1 for edge in window[2:])
        parts = self._parts_of(_between(self.blocks, west, south, east, north), chosen)
        width = (east - west) << side
        columns, lines = _within_block(level)
        blocks = self.blocks[self.parts[parts, 0]]
        corners = (((blocks[:, 1] - south) << side) * width) + ((blocks[:, 0] - west) << side)
        top, left = window[1] - (south << side), window[0] - (west << side)
        bottom, right = top + window[3] - window[1], left + window[2] - window[0]
        return _Frame(
            shape=((north - south) << side, width),
            crop=(slice(top, bottom), slice(left, right)),
            parts=parts,
            corners=corners,
            steps=(lines * width + columns).astype(np.int32),
            slices=self._slices(parts, blocks),
        )

    def _run(self, chosen: Chosen) -> Run | None:
        """Return the run of days chosen, where of a row's code only the day is chosen."""
        days = chosen.get(0)
        is_run = days is not None and len(days) and days[-1] - days[0] + 1 == len(days)
        if not is_run or len(self.pos.array) < recent.SMALLEST_ROWS or _has_codes(self, chosen):
            return None
        return int(days[0]), int(days[-1]) + 1  # type: ignore[index]

    def _is_closer(self, run: Run, other: Run, level: int, chosen: Chosen) -> bool:
        """Tell whether a recent image leaves fewer days to read than checkpoints do."""
        left = recent.halves_between(run, (run[0], run[0]))
        if level in self.checkpoints and self.lead not in {self.axes[n].name for n in chosen}:
            ends = self.checkpoints[level].ends
            if between := _nearest(self, chosen, ends):
                bounds = first_day(np.append(0, ends)[list(between)])
                left = recent.halves_between(run, (int(bounds[0]), int(bounds[1])))
        return recent.halves_between(run, other) < left

    def tally(
        self, box: tuple[int, int, int, int] | None, chosen: Chosen, value: str | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what the points of a box add up to.

        Args:
            box: West, south, east, north in finest cells, east and north excluded; None for all.
            chosen: Axis number → places that count.
            value: Column to add up; None counts rows.

        Returns:
            (areas, leads, codes) and (halves of weeks, codes), int64.
        """
        side = BLOCK_BITS + LEVELS
        sides = np.array(box if box else self._extent, np.int64)
        west, south = (int(edge) >> side for edge in sides[:2])
        east, north = ((int(edge) - 1 >> side) + 1 for edge in sides[2:])
        parts = self._parts_of(_between(self.blocks, west, south, east, north), chosen)
        corners = self.blocks[self.parts[parts, 0]] << side
        is_whole = (corners >= sides[:2]).all(axis=1)
        is_whole &= (corners + (1 << side) <= sides[2:]).all(axis=1)
        weighed = weigh(self, chosen, None)
        areas, codes = self._areas, weighed.tables.shape[1]
        found = []

        def add(some: slice) -> None:
            by_area = np.zeros((areas, self.leads, codes), np.int64)
            by_half = np.zeros((self.halves, codes), np.int64)
            placed = (parts[some], self.parts[parts[some], 1], is_whole[some])
            west, south = (np.ascontiguousarray(side) for side in corners[some].T)
            within = Within(*placed, west, south, sides, _every_second_bit(np.arange(256)))
            values = self.values[value].array if value else np.empty(0, np.int32)
            kernels.tally(by_area, by_half, within, weighed, self.rows, values)
            found.append((by_area, by_half))

        _spread(self._slices(parts, corners), add)
        if not found:
            shapes = (areas, self.leads, codes), (self.halves, codes)
            return np.zeros(shapes[0], np.int64), np.zeros(shapes[1], np.int64)
        return sum(one for one, _ in found), sum(other for _, other in found)  # type: ignore[return-value]

    @functools.cached_property
    def _areas(self) -> int:
        names = [axis.name for axis in self.axes]
        return len(self.axes[names.index("area")]) if "area" in names else 1

    @functools.cached_property
    def _extent(self) -> tuple[int, int, int, int]:
        side = BLOCK_BITS + LEVELS
        if not len(self.blocks):
            return (0, 0, 1, 1)
        (west, south), (east, north) = self.blocks.min(axis=0), self.blocks.max(axis=0) + 1
        return (int(west) << side, int(south) << side, int(east) << side, int(north) << side)

    def _parts_of(self, is_block: np.ndarray, chosen: Chosen) -> np.ndarray:
        """Return the numbers of the parts in some blocks and the chosen areas, ascending."""
        is_part = is_block[self.parts[:, 0]]
        for number, places in chosen.items():
            if self.axes[number].name == "area":
                is_area = np.zeros(len(self.axes[number]), bool)
                is_area[places] = True
                is_part &= is_area[self.parts[:, 1]]
        return np.flatnonzero(is_part)

    def _adding(
        self, image: np.ndarray, level: int, chosen: Chosen, value: str | None
    ) -> Callable[[Window], None]:
        """Return what adds the rows of a window to an image."""
        if value:
            weights, values = weigh(self, chosen, None), self.values[value].array
            return lambda window: kernels.add_values(image, window, weights, self.rows, values)
        names = {self.axes[number].name for number in chosen}
        if self.lead in names and level == 0 and self.totals:
            return self._adding_to_totals(image, chosen, self.totals.array)
        if self.lead not in names and level in self.checkpoints:
            return self._adding_to_planes(image, chosen, self.checkpoints[level])
        weights = weigh(self, chosen, None)
        return self._adding_rows(image, weights, NOT_COUNTED)

    def _adding_rows(
        self, image: np.ndarray, weights: Weights, between: Between
    ) -> Callable[[Window], None]:
        return lambda window: kernels.add_counts(image, window, weights, self.rows, between)

    def _adding_to_planes(
        self, image: np.ndarray, chosen: Chosen, checkpoints: Checkpoints
    ) -> Callable[[Window], None]:
        weights, between = self._weigh_from(chosen, checkpoints.ends)
        if between is None:
            return self._adding_rows(image, weights, NOT_COUNTED)
        return self._adding_rows(image, weights, checkpoints.between(*between))

    def _adding_to_totals(
        self, image: np.ndarray, chosen: Chosen, totals: np.ndarray
    ) -> Callable[[Window], None]:
        weights, between = self._weigh_from(chosen, np.array([self.halves], np.int64))
        if between is None:
            return self._adding_rows(image, weights, NOT_COUNTED)
        upper, lower = totals[weights.leads[0]], totals[0][:0]
        for lead in weights.leads[1:]:
            upper = upper + totals[lead].astype(np.uint32)
        upper, lower = kernels.frozen(upper), kernels.frozen(lower.astype(upper.dtype))
        counted = Between(upper, lower, NOTHING_NARROW, NOTHING_NARROW, (1, 1))
        return self._adding_rows(image, weights, counted)

    def _weigh_from(
        self, chosen: Chosen, ends: np.ndarray
    ) -> tuple[Weights, tuple[int, int] | None]:
        """Return weights beside the best two checkpoints, and their numbers; 0 is the beginning."""
        between = _nearest(self, chosen, ends)
        if between is None:
            return weigh(self, chosen, None), None
        days = first_day(np.append(0, ends)[list(between)])
        return weigh(self, chosen, (int(days[0]), int(days[1]))), between

    def _slices(self, parts: np.ndarray, blocks: np.ndarray) -> tuple[slice, ...]:
        """Return parts for as many threads as there are cores; a block's parts stay together."""
        ends = np.cumsum(self._rows_of_parts[parts])
        if not len(parts) or CORES == 1 or ends[-1] < NOT_SPREAD:
            return (slice(0, len(parts)),)
        cuts = np.searchsorted(ends, ends[-1] * np.arange(1, CORES) / CORES)
        begins_block = np.append(True, (blocks[1:] != blocks[:-1]).any(axis=1))
        starts = np.append(np.flatnonzero(begins_block), len(parts))
        cuts = starts[np.searchsorted(starts, cuts)]
        edges = np.unique(np.concatenate([[0], cuts, [len(parts)]])).tolist()
        return tuple(slice(*pair) for pair in itertools.pairwise(edges))


def _spread(slices: Sequence[slice], add: Callable[[slice], None]) -> None:
    """Add each slice in a thread of its own, the first in this one."""
    first, *others = slices
    under_way = [_THREADS.submit(add, slice_) for slice_ in others]
    add(first)
    for one in under_way:
        one.result()


def _nearest(segment: Segment, chosen: Chosen, ends: np.ndarray) -> tuple[int, int] | None:
    """Return the two checkpoints between which most of the rows chosen lie.

    Args:
        segment: Whose rows.
        chosen: Axis number → places that count.
        ends: As of `Checkpoints`.

    Returns:
        Their numbers, 1 the first, 0 the beginning; None where reading the rows is no longer.
    """
    if _has_codes(segment, chosen):
        return None
    bounds = np.minimum(first_day(np.append(0, ends)), len(segment.axes[0].values))
    days = chosen.get(0)
    if days is None:
        return 0, len(ends)
    if not len(days) or days[-1] - days[0] + 1 != len(days):
        return None
    first, last = days[0], days[-1] + 1
    low, high = (int(np.abs(bounds - edge).argmin()) for edge in (first, last))
    left = abs(bounds[low] - first) + abs(bounds[high] - last)
    return (low, high) if low < high and left < last - first else None


def _has_codes(segment: Segment, chosen: Chosen) -> bool:
    """Tell whether places are chosen that only the code of a row tells, besides the day."""
    return any(segment.axes[n].name not in {"day", "area", segment.lead} for n in chosen)


def _told(chosen: Chosen) -> tuple[tuple[int, bytes], ...]:
    """Return what is chosen besides days, as a key."""
    return tuple((n, np.asarray(chosen[n]).tobytes()) for n in sorted(chosen) if n)


def _between(blocks: np.ndarray, west: int, south: int, east: int, north: int) -> np.ndarray:
    """Return which blocks lie in a range of columns and rows."""
    x, y = blocks[:, 0], blocks[:, 1]
    inside: np.ndarray = (x >= west) & (x < east) & (y >= south) & (y < north)
    return inside


@functools.cache
def _within_block(level: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (cells) the columns and rows of a block's cells in their order."""
    numbers = np.arange(256 << 2 * level)
    base, finer = numbers >> 2 * level, numbers & ((1 << 2 * level) - 1)
    columns = ((base % kernels.SIDE) << level) + _every_second_bit(finer)
    lines = ((base // kernels.SIDE) << level) + _every_second_bit(finer >> 1)
    return columns, lines


def _every_second_bit(numbers: np.ndarray) -> np.ndarray:
    """Return the bits 0, 2, 4 and 6 of numbers as numbers of their own."""
    bits = [((numbers >> 2 * bit) & 1) << bit for bit in range(LEVELS)]
    found: np.ndarray = np.bitwise_or.reduce(bits)
    return found
