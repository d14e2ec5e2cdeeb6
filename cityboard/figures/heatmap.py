"""Hours across, weekdays (or months) down: when it happens."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    GlyphRenderer,
    HoverTool,
    LinearColorMapper,
)
from bokeh.plotting import figure

from cityboard.catalog import Language
from cityboard.figures.source import source_of, update_source
from cityboard.figures.style import Style, apply_style

HOURS = 24


def heatmap_data(
    frame: pd.DataFrame, measure: str, *, rows: Sequence[object], row_field: str
) -> dict[str, np.ndarray]:
    """Return the columns of the heat map's source.

    Args:
        frame: Columns `hour` (0-23), `row_field`, and the measure.
        measure: Column to colour by.
        rows: Values of `row_field`, top row first.
        row_field: `weekday` or `period`.

    Returns:
        `hour`, `row` (0 at the top), `value` (NaN where nothing was published), one per cell.
    """
    place_of = {row: place for place, row in enumerate(rows)}
    places = np.array([place_of.get(row, -1) for row in frame[row_field].tolist()], np.int64)
    hours, found = frame["hour"].to_numpy(np.float64), frame[measure].to_numpy(np.float64)
    is_told = (places >= 0) & ~np.isnan(hours)
    values = np.full((len(rows), HOURS), np.nan)
    values[places[is_told], hours[is_told].astype(np.int64)] = found[is_told]
    row, hour = np.divmod(np.arange(values.size), HOURS)
    return {"hour": hour, "row": row, "value": values.reshape(-1)}


def heatmap_figure(source: ColumnDataSource, *, style: Style, language: Language) -> figure:
    """Return the figure of a source made by `heatmap_data`; `name_rows` names its rows.

    A drag selects hours and rows.

    Args:
        source: Columns `hour`, `row`, `value`.
        style: Colours.
        language: Of the hover.
    """
    plot = figure(
        x_range=(-0.5, HOURS - 0.5),
        y_range=(0.5, -0.5),
        sizing_mode="stretch_both",
        min_height=100,
        tools="",
        toolbar_location=None,
        x_axis_label="시" if language == "ko" else "hour",
    )
    mapper = LinearColorMapper(palette=style.sequential, nan_color=style.surface)
    fill = {"field": "value", "transform": mapper}
    cells = _cells(plot, source, fill_color=fill, line_color=None)
    empty = ColumnDataSource({"hour": [], "row": []})
    _cells(plot, empty, fill_color=None, line_color=style.text, line_width=1.5, name="chosen")
    plot.xaxis.ticker = [0, 6, 12, 18, 23]
    plot.grid.visible = False
    words = "값" if language == "ko" else "value"
    tooltips = [("", "@hour h"), (words, "@value{0,0.[0]}")]
    brush = BoxSelectTool(persistent=False)
    plot.add_tools(HoverTool(renderers=[cells], tooltips=tooltips), brush)
    plot.toolbar.active_drag = brush
    apply_style(plot, style)
    return plot


def name_rows(plot: figure, names: Sequence[str]) -> None:
    """Make room for rows and name them, top row first; a new ticker has Bokeh walk every model."""
    if plot.yaxis[0].major_label_overrides == dict(enumerate(names)):
        return
    plot.y_range.start = len(names) - 0.5
    plot.yaxis.ticker = list(range(len(names)))
    plot.yaxis.major_label_overrides = dict(enumerate(names))


def _cells(plot: figure, source: ColumnDataSource, **look: Any) -> GlyphRenderer:
    cells = plot.rect("hour", "row", width=0.94, height=0.92, source=source, **look)
    cells.nonselection_glyph = cells.selection_glyph = None
    return cells


def outline_cells(plot: figure, cells: Sequence[tuple[int, int]]) -> None:
    """Draw a frame around chosen cells, each an hour and a row; none removes all frames."""
    data = {"hour": [hour for hour, _ in cells], "row": [row for _, row in cells]}
    update_source(source_of(plot, "chosen"), data)
