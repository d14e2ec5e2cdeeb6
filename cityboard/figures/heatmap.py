"""Hours across, weekdays (or months) down: when it happens."""

from collections.abc import Sequence

import pandas as pd
from bokeh.models import BoxSelectTool, ColumnDataSource, HoverTool, LinearColorMapper
from bokeh.plotting import figure

from cityboard.catalog import Language
from cityboard.figures.style import Style, apply_style

HOURS = 24


def heatmap_data(
    frame: pd.DataFrame, measure: str, *, rows: Sequence[object], row_field: str
) -> dict[str, list[object]]:
    """Return the columns of the heat map's source.

    Args:
        frame: Columns `hour` (0-23), `row_field`, and the measure.
        measure: Column to colour by.
        rows: Values of `row_field`, top row first.
        row_field: `weekday` or `period`.

    Returns:
        `hour`, `row` (0 at the top), `value` (NaN where nothing was published), one per cell.
    """
    values = frame.set_index([row_field, "hour"])[measure]
    cells = [(hour, place) for place in range(len(rows)) for hour in range(HOURS)]
    return {
        "hour": [hour for hour, _ in cells],
        "row": [place for _, place in cells],
        "value": [float(values.get((rows[place], hour), float("nan"))) for hour, place in cells],
    }


def heatmap_figure(
    source: ColumnDataSource, names: Sequence[str], *, style: Style, language: Language
) -> figure:
    """Return the figure of a source made by `heatmap_data`; a drag selects hours and rows.

    Args:
        source: Columns `hour`, `row`, `value`.
        names: Names of the rows, top row first.
        style: Colours.
        language: Of the hover.
    """
    plot = figure(
        x_range=(-0.5, HOURS - 0.5),
        y_range=(len(names) - 0.5, -0.5),
        sizing_mode="stretch_both",
        min_height=100,
        tools="",
        toolbar_location=None,
        x_axis_label="시" if language == "ko" else "hour",
    )
    mapper = LinearColorMapper(palette=style.sequential, nan_color=style.surface)
    cells = plot.rect(
        "hour",
        "row",
        width=0.94,
        height=0.92,
        source=source,
        fill_color={"field": "value", "transform": mapper},
        line_color=None,
    )
    cells.nonselection_glyph = cells.selection_glyph = None
    chosen = plot.rect(
        "hour",
        "row",
        width=0.94,
        height=0.92,
        source=ColumnDataSource({"hour": [], "row": []}),
        fill_color=None,
        line_color=style.text,
        line_width=1.5,
        name="chosen",
    )
    chosen.nonselection_glyph = None
    plot.xaxis.ticker = [0, 6, 12, 18, 23]
    plot.yaxis.ticker = list(range(len(names)))
    plot.yaxis.major_label_overrides = dict(enumerate(names))
    plot.grid.visible = False
    words = "값" if language == "ko" else "value"
    plot.add_tools(
        HoverTool(renderers=[cells], tooltips=[("", "@hour h"), (words, "@value{0,0.[0]}")])
    )
    brush = BoxSelectTool(persistent=False)
    plot.add_tools(brush)
    plot.toolbar.active_drag = brush
    apply_style(plot, style)
    return plot


def outline_cells(plot: figure, cells: Sequence[tuple[int, int]]) -> None:
    """Draw a frame around chosen cells, each an hour and a row; none removes all frames."""
    source = plot.select_one({"name": "chosen"}).data_source
    source.data = {"hour": [hour for hour, _ in cells], "row": [row for _, row in cells]}
