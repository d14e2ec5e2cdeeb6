"""Loops over points, compiled by numba: called from threads, since they let go of Python's lock.

A *run* is a slice of rows that lie side by side because part, half and lead are the same; see
`cityboard.rollup.pyramid`. The compiled code is kept on the disk, so that only the first process
that ever runs waits for it.
"""

from typing import NamedTuple

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

UNEVEN = 2
FEW_CELLS = 1024  # of a block: 4 KiB stay near the processor
SIDE = 16  # base cells along each side of a block
FINE_BITS = 8  # of a point's place within its base cell, two a level
WAYS = {"cache": True, "nogil": True}
AHEAD = 2  # parts: their rows are on the way while this one's are added
LINE_BYTES, MOST_FETCHED = 64, 4096  # of a run's beginning; what follows comes by itself


class Rows(NamedTuple):
    """Points in the order of their runs.

    Attributes:
        heads: (parts × halves + 1) first row of each part's half of a week.
        starts: (parts × halves × leads) first row of each run, counted from there.
        firsts: (halves + 1, parts) `heads`, and the next part's first: read part by part.
        halves: How many halves of weeks a part has.
        leads: How many leads a half has.
        pos: (rows) uint8 base cell within the block, 16 × row + column.
        fine: (rows) uint8 finest cell within the base cell, the bits of column and row in turn.
        code: (rows) day of the week, hour and further dimensions as one number.
    """

    heads: np.ndarray
    starts: np.ndarray
    firsts: np.ndarray
    halves: int
    leads: int
    pos: np.ndarray
    fine: np.ndarray
    code: np.ndarray


class Weights(NamedTuple):
    """What rows count by time, lead and code.

    Attributes:
        spans: (n, 3) int64 first half of a week, half behind the last, table.
        leads: (n) int64 places of the lead that count; none stands for all.
        tables: (tables, codes) int8 -1, 0 or 1, what a row of this code counts.
        even: (tables) int8 the weight of a table that is the same for every code, else `UNEVEN`.
    """

    spans: np.ndarray
    leads: np.ndarray
    tables: np.ndarray
    even: np.ndarray


class Window(NamedTuple):
    """Where the blocks of some parts lie in an image.

    Attributes:
        parts: (n) int64 numbers of parts.
        corners: (n) int64 pixel of the south-west corner of each part's block.
        steps: (cells of a block) int32 pixels from there to each cell.
        shift: Bits of `fine` that are finer than a pixel.
    """

    parts: np.ndarray
    corners: np.ndarray
    steps: np.ndarray
    shift: int


class Between(NamedTuple):
    """Cells of every part, counted up to the end of some week and up to that of an earlier one.

    Each count is a plane and, with a sign, a narrow one that tells how far the count is from there.

    Attributes:
        upper: (parts, cells of a block) uint16 or uint32; no parts for none.
        lower: The same of the earlier count.
        over: (parts, cells of a block) uint8 that belongs to `upper`; no parts for none.
        under: The same that belongs to `lower`.
        signs: Of `over` and `under`, 1 or -1.
    """

    upper: np.ndarray
    lower: np.ndarray
    over: np.ndarray
    under: np.ndarray
    signs: tuple[int, int]


class Within(NamedTuple):
    """Which rows of some parts lie in a box.

    Attributes:
        parts: (n) int64 numbers of parts.
        areas: (n) int64 place of each part's area.
        is_whole: (n) bool: its block lies in the box with every side.
        west: (n) int64 column of its block's first finest cell.
        south: (n) int64 row of it.
        box: (4) int64 west, south, east, north in finest cells, east and north excluded.
        columns: (256) int64 every second bit of a number, as one number.
    """

    parts: np.ndarray
    areas: np.ndarray
    is_whole: np.ndarray
    west: np.ndarray
    south: np.ndarray
    box: np.ndarray
    columns: np.ndarray


@numba.njit(inline="always")
def _bounds(
    rows: Rows, weights: Weights, part: int, span: int, run: int
) -> tuple[np.int64, np.int64]:
    """Return the first row of a run, and the one behind its last."""
    if weights.leads.size == 0:
        first, last = weights.spans[span, 0], weights.spans[span, 1]
        return np.int64(rows.firsts[first, part]), np.int64(rows.firsts[last, part])
    count = weights.leads.size
    return _run(rows, part, weights.spans[span, 0] + run // count, weights.leads[run % count])


@numba.njit(inline="always")
def _run(rows: Rows, part: int, half: int, lead: int) -> tuple[np.int64, np.int64]:
    """Return the first row of a run, and the one behind its last."""
    place = part * rows.halves + half
    first, at = np.int64(rows.heads[place]), place * rows.leads + lead
    start = first + np.int64(rows.starts[at])
    if lead + 1 < rows.leads:
        return start, first + np.int64(rows.starts[at + 1])
    return start, np.int64(rows.heads[place + 1])


@numba.njit(inline="always")
def _side_by_side(weights: Weights, span: int) -> int:
    """Return the span behind the last of those that follow one another without a gap."""
    behind = span + 1
    while behind < len(weights.spans) and weights.spans[behind, 0] == weights.spans[behind - 1, 1]:
        behind += 1
    return behind


@numba.njit(inline="always")
def _runs(weights: Weights, span: int) -> int:
    """Return how many runs a span has: one where all leads count."""
    halves = weights.spans[span, 1] - weights.spans[span, 0]
    return 1 if weights.leads.size == 0 else halves * weights.leads.size


@numba.njit(inline="always")
def _cell(pos: int, fine: int, shift: int) -> np.uint64:
    return (np.uint64(pos) << np.uint64(FINE_BITS - shift)) | (np.uint64(fine) >> np.uint64(shift))


@intrinsic
def _fetch(typing, array, index):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, ARG001
    """Ask for the line of memory of an array's item, and do not wait for it."""

    def generate(context, builder, signature, given):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        place = builder.bitcast(builder.gep(data, [given[1]]), ir.IntType(8).as_pointer())
        flags = [ir.Constant(ir.IntType(32), flag) for flag in (0, 3, 1)]  # read, keep, data
        fetch = builder.module.declare_intrinsic(
            "llvm.prefetch",
            [place.type],
            ir.FunctionType(ir.VoidType(), [place.type, *(flag.type for flag in flags)]),
        )
        builder.call(fetch, [place, *flags])
        return context.get_dummy_value()

    return types.void(array, types.uint64), generate


@numba.njit(**WAYS)
def add_counts(
    image: np.ndarray, window: Window, weights: Weights, rows: Rows, between: Between
) -> None:
    """Add rows, and what lies between two checkpoints, to an image (flat, int32), in place.

    0.6 ns a row and core, 1.1 where some days of a half count. Few cells are added up apart, part
    by part, so that they stay near the processor; where a block has many, spans that follow one
    another are read part by part, and spans far apart one after the other.

    Args:
        image: Of all the window.
        window: Where the blocks of parts lie in it.
        weights: What rows count.
        rows: The points.
        between: What is counted already; only where a block has few cells.
    """
    if window.shift == FINE_BITS:  # said apart, so that it is compiled apart: a fifth sooner
        _add_near(image, window, weights, rows, between, FINE_BITS)
        return
    if window.steps.size <= FEW_CELLS:
        _add_near(image, window, weights, rows, between, window.shift)
        return
    begin = 0
    while begin < len(weights.spans):
        behind = _side_by_side(weights, begin)
        for chosen in range(window.parts.size):
            for span in range(begin, behind):
                _add_span(image[window.corners[chosen] :], window, weights, rows, chosen, span)
        begin = behind


@numba.njit(inline="always")
def _add_near(
    image: np.ndarray,
    window: Window,
    weights: Weights,
    rows: Rows,
    between: Between,
    shift: int,
) -> None:
    near, other = np.zeros((2, window.steps.size), np.int32)
    for chosen in range(window.parts.size):
        part = window.parts[chosen]
        _add_plane(near, between.upper, part, 1)
        _add_plane(near, between.over, part, between.signs[0])
        _add_plane(near, between.lower, part, -1)
        _add_plane(near, between.under, part, -between.signs[1])
        if weights.leads.size == 0 and chosen + AHEAD < window.parts.size:
            _fetch_part(weights, rows, window.parts[chosen + AHEAD], shift)
        for span in range(len(weights.spans)):
            if weights.leads.size == 0:
                first, last = weights.spans[span, 0], weights.spans[span, 1]
                start, end = np.uint64(rows.firsts[first, part]), np.uint64(rows.firsts[last, part])
                _add_run_near(near, other, shift, weights, rows, span, start, end)
            else:
                for run in range(_runs(weights, span)):
                    begin, behind = _bounds(rows, weights, part, span, run)
                    start, end = np.uint64(begin), np.uint64(behind)
                    _add_run_near(near, other, shift, weights, rows, span, start, end)
        _put_block(image, window.corners[chosen], window.steps, near, other, shift)


@numba.njit(inline="always")
def _add_plane(near: np.ndarray, plane: np.ndarray, part: int, sign: int) -> None:
    if plane.shape[0]:
        factor = np.int32(sign)
        for cell in range(near.size):
            near[cell] += factor * np.int32(plane[part, cell])


@numba.njit(inline="always")
def _fetch_part(weights: Weights, rows: Rows, part: int, shift: int) -> None:
    """Ask for the rows of a part that will be added soon: memory is far, and parts lie apart."""
    for span in range(len(weights.spans)):
        first, last, table = weights.spans[span, 0], weights.spans[span, 1], weights.spans[span, 2]
        start, end = np.uint64(rows.firsts[first, part]), np.uint64(rows.firsts[last, part])
        for row in range(start, min(end, start + np.uint64(MOST_FETCHED)), np.uint64(LINE_BYTES)):
            _fetch(rows.pos, row)
            if weights.even[table] == UNEVEN:
                _fetch(rows.code, row)
            if shift != FINE_BITS:
                _fetch(rows.fine, row)


@numba.njit(inline="always")
def _put_block(
    image: np.ndarray,
    corner: int,
    steps: np.ndarray,
    near: np.ndarray,
    other: np.ndarray,
    shift: int,
) -> None:
    """Add the cells of a block to its pixels and empty them."""
    for cell in range(near.size):
        near[cell] += other[cell]
    if shift == FINE_BITS:  # cells of a line lie side by side, in the image too
        for line in range(SIDE):
            first = np.uint64(corner + steps[SIDE * line])
            for column in range(SIDE):
                image[first + np.uint64(column)] += near[SIDE * line + column]
    else:
        for cell in range(near.size):
            image[np.uint64(corner + steps[cell])] += near[cell]
    for cell in range(near.size):
        near[cell] = 0
        other[cell] = 0


@numba.njit(inline="always")
def _add_run_near(
    near: np.ndarray,
    other: np.ndarray,
    shift: int,
    weights: Weights,
    rows: Rows,
    span: int,
    start: np.uint64,
    end: np.uint64,
) -> None:
    """Add a run to the cells of its block; numbers without a sign need no look at their sign.

    Rows in turn go to two arrays, since those of a part hit the same few cells, and adding to one
    waits until what was added before is written.
    """
    table, one = np.uint64(weights.spans[span, 2]), np.uint64(1)
    weight, of_code = weights.even[table], weights.tables[table]
    if (end - start) & one:
        end -= one
        counted = of_code[rows.code[end]] if weight == UNEVEN else weight
        near[_cell_of(rows, end, shift)] += counted
    if weight != UNEVEN and shift == FINE_BITS:
        for row in range(start, end, np.uint64(2)):
            near[rows.pos[row]] += weight
            other[rows.pos[row + one]] += weight
    elif shift == FINE_BITS:
        for row in range(start, end, np.uint64(2)):
            near[rows.pos[row]] += of_code[rows.code[row]]
            other[rows.pos[row + one]] += of_code[rows.code[row + one]]
    elif weight != UNEVEN:
        for row in range(start, end, np.uint64(2)):
            near[_cell_of(rows, row, shift)] += weight
            other[_cell_of(rows, row + one, shift)] += weight
    else:
        for row in range(start, end, np.uint64(2)):
            near[_cell_of(rows, row, shift)] += of_code[rows.code[row]]
            other[_cell_of(rows, row + one, shift)] += of_code[rows.code[row + one]]


@numba.njit(inline="always")
def _cell_of(rows: Rows, row: np.uint64, shift: int) -> np.uint64:
    return _cell(rows.pos[row], rows.fine[row], shift)


@numba.njit(inline="always")
def _add_span(
    cells: np.ndarray, window: Window, weights: Weights, rows: Rows, chosen: int, span: int
) -> None:
    """Add the rows of one part and span to the pixels of its block."""
    part, table = window.parts[chosen], weights.spans[span, 2]
    weight, shift, steps = weights.even[table], window.shift, window.steps
    for run in range(_runs(weights, span)):
        start, end = _bounds(rows, weights, part, span, run)
        if weight != UNEVEN:
            for row in range(start, end):
                cells[steps[_cell(rows.pos[row], rows.fine[row], shift)]] += weight
        else:
            for row in range(start, end):
                counted = weights.tables[table, rows.code[row]]
                cells[steps[_cell(rows.pos[row], rows.fine[row], shift)]] += counted


@numba.njit(**WAYS)
def add_values(
    image: np.ndarray, window: Window, weights: Weights, rows: Rows, values: np.ndarray
) -> None:
    """Add a column of whole numbers to the pixels of an image (flat, int64), in place."""
    for span in range(weights.spans.shape[0]):
        table = weights.spans[span, 2]
        for chosen in range(window.parts.size):
            corner, part = window.corners[chosen], window.parts[chosen]
            for run in range(_runs(weights, span)):
                start, end = _bounds(rows, weights, part, span, run)
                for row in range(start, end):
                    cell = _cell(rows.pos[row], rows.fine[row], window.shift)
                    counted = np.int64(weights.tables[table, rows.code[row]])
                    image[corner + window.steps[cell]] += counted * np.int64(values[row])


@numba.njit(**WAYS)
def tally(
    by_area: np.ndarray,
    by_half: np.ndarray,
    within: Within,
    weights: Weights,
    rows: Rows,
    values: np.ndarray,
) -> None:
    """Count the rows of a box by area, lead and code, and by half of a week and code, in place.

    Args:
        by_area: (areas, leads, codes) int64.
        by_half: (halves of weeks, codes) int64.
        within: Which rows lie in the box.
        weights: 0 or 1.
        rows: The points.
        values: (rows) what each row counts; none stands for 1.
    """
    for chosen in range(within.parts.size):
        part, area = within.parts[chosen], within.areas[chosen]
        for span in range(weights.spans.shape[0]):
            table = weights.spans[span, 2]
            is_plain = within.is_whole[chosen] and weights.even[table] == 1 and values.size == 0
            for half in range(weights.spans[span, 0], weights.spans[span, 1]):
                for n in range(rows.leads if weights.leads.size == 0 else weights.leads.size):
                    lead = n if weights.leads.size == 0 else weights.leads[n]
                    start, end = _run(rows, part, half, lead)
                    of_area, of_half = by_area[area, lead], by_half[half]
                    if is_plain:
                        for row in range(start, end):
                            of_area[rows.code[row]] += 1
                            of_half[rows.code[row]] += 1
                        continue
                    for row in range(start, end):
                        counted = np.int64(weights.tables[table, rows.code[row]])
                        if not within.is_whole[chosen]:
                            counted *= _is_within(within, chosen, rows.pos[row], rows.fine[row])
                        if values.size:
                            counted *= np.int64(values[row])
                        of_area[rows.code[row]] += counted
                        of_half[rows.code[row]] += counted


@numba.njit(inline="always")
def _is_within(within: Within, chosen: int, pos: int, fine: int) -> np.int64:
    x = within.west[chosen] + ((pos & 15) << 4) + within.columns[fine]
    y = within.south[chosen] + ((pos >> 4) << 4) + within.columns[fine >> 1]
    box = within.box
    return np.int64(box[0] <= x < box[2] and box[1] <= y < box[3])


@numba.njit(**WAYS)
def find_cells(
    lon: np.ndarray,
    lat: np.ndarray,
    cells: float,
    block_x: np.ndarray,
    block_y: np.ndarray,
    pos: np.ndarray,
    fine: np.ndarray,
) -> None:
    """Find the block, base cell and finest cell of points, in place.

    Args:
        lon: (n) degrees.
        lat: (n) degrees.
        cells: Finest cells per degree, a power of two: so the arithmetic is exact.
        block_x: (n) int32 column of each point's block.
        block_y: (n) int32 row of it.
        pos: (n) uint8; see `Rows`.
        fine: (n) uint8; see `Rows`.
    """
    for n in range(lon.size):
        x = np.int64(np.floor(lon[n] * cells))
        y = np.int64(np.floor(lat[n] * cells))
        block_x[n], block_y[n] = x >> 8, y >> 8
        near = np.int64(0)
        for bit in range(4):
            near |= ((x >> bit) & 1) << (2 * bit) | ((y >> bit) & 1) << (2 * bit + 1)
        pos[n], fine[n] = (y & 0xF0) | ((x >> 4) & 0xF), near


@numba.njit(**WAYS)
def count_runs(keys: np.ndarray, counts: np.ndarray) -> None:
    """Count rows per run, in place."""
    for row in range(keys.size):
        counts[keys[row]] += 1


@numba.njit(**WAYS)
def put_in_order(
    keys: np.ndarray,
    heads: np.ndarray,
    found: tuple[np.ndarray, ...],
    ordered: tuple[np.ndarray, ...],
    went: np.ndarray,
) -> None:
    """Put rows into the order of their runs, in place.

    Args:
        keys: (n) run of each row.
        heads: (runs) where the next row of each run goes; moved on.
        found: `pos`, `fine` and `code` of the rows, (n) each.
        ordered: The same of all rows, in order.
        went: (n) where each row went; empty where nobody asks.
    """
    for row in range(keys.size):
        to = heads[keys[row]]
        heads[keys[row]] = to + 1
        ordered[0][to], ordered[1][to] = found[0][row], found[1][row]
        ordered[2][to] = found[2][row]
        if went.size:
            went[row] = to


@numba.njit(**WAYS)
def cumulate(rows: Rows, ends: np.ndarray, shift: int, planes: np.ndarray) -> None:
    """Count the cells of each part up to the ends of some halves of weeks, in place.

    Args:
        rows: The points.
        ends: (checkpoints) int64 how many halves are counted, ascending.
        shift: Bits of `fine` that are finer than a cell.
        planes: (checkpoints, parts, cells of a block).
    """
    running = np.zeros(planes.shape[2], np.int64)
    for part in range(planes.shape[1]):
        running[:] = 0
        half = 0
        for number in range(ends.size):
            start = np.int64(rows.firsts[half, part])
            half = ends[number]
            end = np.int64(rows.firsts[half, part])
            for row in range(start, end):
                running[_cell(rows.pos[row], rows.fine[row], shift)] += 1
            for cell in range(running.size):
                planes[number, part, cell] = running[cell]


@numba.njit(**WAYS)
def cumulate_leads(rows: Rows, planes: np.ndarray) -> None:
    """Count the base cells of each part per lead over all time, into (leads, parts, 256)."""
    for place in range(rows.heads.size - 1):
        part, half = place // rows.halves, place % rows.halves
        for lead in range(rows.leads):
            start, end = _run(rows, part, half, lead)
            for row in range(start, end):
                planes[lead, part, rows.pos[row]] += 1


def warm() -> None:
    """Load the compiled loops, or compile them if they never were: no reader shall wait for it."""
    none = frozen(np.zeros(0, np.int64))
    steps, shift = np.zeros(256, np.int32), FINE_BITS
    window = Window(np.zeros(0, np.int64), np.zeros(0, np.int64), steps, shift)
    tables, even = np.zeros((1, 1), np.int8), np.zeros(1, np.int8)
    weights = Weights(np.zeros((0, 3), np.int64), np.zeros(0, np.int64), tables, even)
    a, b, c, d = np.zeros((4, 0), np.int64)
    within = Within(a, b, np.zeros(0, bool), c, d, np.zeros(4, np.int64), np.zeros(256, np.int64))
    small = np.zeros(1, np.int32), np.zeros(1, np.int64)
    for kind in (np.uint8, np.uint16):
        planes = (frozen(np.zeros(0, each)) for each in (np.uint8, np.uint8, kind))
        firsts = frozen(np.zeros((2, 1), np.uint32))
        heads, starts = (frozen(np.zeros(2, each)) for each in (np.uint32, np.uint16))
        rows = Rows(heads, starts, firsts, 1, 1, *planes)
        for plane in (np.uint16, np.uint32):
            cells, narrow = (frozen(np.zeros((0, 256), each)) for each in (plane, np.uint8))
            between = Between(cells, cells, narrow, narrow, (1, 1))
            add_counts(small[0], window, weights, rows, between)
        for values in (frozen(np.zeros(0, np.int32)), none):
            add_values(small[1], window, weights, rows, values)
            tally(np.zeros((1, 1, 1), int), np.zeros((1, 1), int), within, weights, rows, values)


def firsts_of(heads: np.ndarray, parts: int, halves: int) -> np.ndarray:
    """Return `Rows.firsts` of `Rows.heads`."""
    firsts = np.empty((halves + 1, parts), heads.dtype)
    firsts[:-1] = heads[:-1].reshape(parts, halves).T
    firsts[-1] = heads[halves::halves]
    return frozen(firsts)


def frozen(array: np.ndarray) -> np.ndarray:
    """Return a view that is read only: to numba, arrays that may be written are another type."""
    view = array.view()
    view.flags.writeable = False
    return view
