"""Small multiples: the series of many areas side by side, as one figure."""

import dataclasses
import datetime as dt
import math
from collections.abc import Sequence
from typing import Literal

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, HoverTool, TapTool
from bokeh.plotting import figure

from cityboard.catalog import Language
from cityboard.figures.style import FONT, Style, apply_style

MultipleRow = tuple[str, str, Sequence[tuple[dt.date, float]], str]
Columns = dict[str, list[object]]
ACROSS = 5
NOTHING: dict[Language, str] = {"ko": "자료 없음", "en": "no data"}
CELL = ("key", "name", "words", "note", "left", "right", "top", "x", "y")
WIDE, HIGH, MARGIN = 0.84, 0.55, 0.08  # of a cell, which is 1 by 1: its line, and around it


@dataclasses.dataclass(frozen=True)
class MultiplesData:
    """The columns of the sources of small multiples.

    Attributes:
        cells: `key`, `name`, `words`, `note` (where there is nothing), `left`, `right`, `top`, `x`
            and `y` (its middle), one an area.
        lines: `xs`, `ys`, `color`, one an area that has two values or more.
        points: `x`, `y`, `name`, `period`, `value`, `alpha` (1 for the newest of an area).
    """

    cells: Columns
    lines: Columns
    points: Columns


def multiples_data(
    rows: Sequence[MultipleRow],
    chosen: Sequence[str] = (),
    *,
    style: Style,
    language: Language,
    is_shared: bool = True,
    across: int = ACROSS,
) -> MultiplesData:
    """Return the columns of small multiples, row by row from the top left in the order given.

    Args:
        rows: (n) key, name, days and values (oldest first, may be empty), newest value in words.
        chosen: Keys that are selected; when any is, the others are dimmed.
        style: Colours.
        language: Of what is said where a series is empty.
        is_shared: Whether all have one scale, so that heights may be compared; else each has its
            own, from its least to its greatest value.
        across: Cells of a row.
    """
    days = [day.toordinal() for _, _, series, _ in rows for day, _ in series]
    values = [number for _, _, series, _ in rows for _, number in series]
    cells: Columns = {n: [] for n in CELL}
    lines: Columns = {name: [] for name in ("xs", "ys", "color")}
    points: Columns = {n: [] for n in ("x", "y", "name", "period", "value", "alpha", "color")}
    for place, (key, name, series, words) in enumerate(rows):
        left, top = place % across, -(place // across)
        _extend(
            cells,
            {"key": key, "name": name, "words": words, "note": "" if series else NOTHING[language]}
            | _corners(left, top),
        )
        color = style.accent if not chosen or key in chosen else style.dimmed
        scale = values if is_shared else [number for _, number in series]
        xs = [left + MARGIN + WIDE * _share(day.toordinal(), days) for day, _ in series]
        ys = [top - 1 + MARGIN + HIGH * _share(number, scale) for _, number in series]
        if len(series) > 1:
            _extend(lines, {"xs": xs, "ys": ys, "color": color})
        for n, ((day, number), x, y) in enumerate(zip(series, xs, ys, strict=True), 1):
            told = {"x": x, "y": y, "name": name, "period": day.isoformat(), "value": number}
            _extend(points, told | {"alpha": float(n == len(series)), "color": color})
    return MultiplesData(cells, lines, points)


def multiples_figure(
    sources: tuple[ColumnDataSource, ColumnDataSource, ColumnDataSource],
    *,
    unit: str,
    style: Style,
    language: Language,
    across: int = ACROSS,
) -> figure:
    """Return the figure of sources made of the cells, lines and points of `multiples_data`.

    A tap selects a cell.

    Args:
        sources: Cells, lines and points; their data may be replaced later.
        unit: Symbol for the hover.
        style: Colours.
        language: Of the hover.
        across: As of `multiples_data`.
    """
    cells, lines, points = sources
    down = max(1, math.ceil(len(cells.data["key"]) / across))
    plot = figure(
        x_range=(0, across),
        y_range=(-down, 0),
        sizing_mode="stretch_both",
        min_height=70 * down,
        tools="",
        toolbar_location=None,
    )
    plot.axis.visible = plot.grid.visible = False
    frames = plot.rect("x", "y", 0.96, 0.92, source=cells, fill_color=style.raised, line_color=None)
    drawn = plot.multi_line("xs", "ys", source=lines, line_color="color", line_width=2)
    spots = plot.scatter(
        "x", "y", source=points, size=6, color="color", fill_alpha="alpha", line_alpha=0
    )
    for each in (frames, drawn, spots):
        each.nonselection_glyph = each.selection_glyph = None
    _write(plot, cells, "name", "left", style.text)
    _write(plot, cells, "words", "right", style.muted)
    plot.text(
        x="x",
        y="y",
        text="note",
        source=cells,
        text_align="center",
        text_baseline="middle",
        text_color=style.muted,
        text_font=value(FONT),
        text_font_size="0.72rem",
    )
    words = ("값", "기간") if language == "ko" else ("Value", "Period")
    told = [("", "@name"), (words[1], "@period"), (words[0], f"@value{{0,0.[00]}} {unit}")]
    plot.add_tools(TapTool(renderers=[frames]), HoverTool(renderers=[spots], tooltips=told))
    apply_style(plot, style)
    return plot


def _corners(left: int, top: int) -> dict[str, object]:
    edges = {"left": left + 0.06, "right": left + 0.94, "top": top - 0.04}
    return {**edges, "x": left + 0.5, "y": top - 0.5}


def _extend(columns: Columns, row: dict[str, object]) -> None:
    for name, each in row.items():
        columns[name].append(each)


def _share(number: float, every: Sequence[float]) -> float:
    """Return where a number lies from the least (0) to the greatest (1); 0.5 where all are one."""
    low, high = min(every), max(every)
    return (number - low) / (high - low) if high > low else 0.5


def _write(
    plot: figure, cells: ColumnDataSource, field: str, side: Literal["left", "right"], color: str
) -> None:
    """Write a column at the top of every cell, on one side of it."""
    plot.text(
        x=side,
        y="top",
        text=field,
        source=cells,
        y_offset=7,
        text_align=side,
        text_baseline="top",
        text_color=color,
        text_font=value(FONT),
        text_font_size="0.72rem",
    )
