"""Horizontal bars: a ranking of areas, or the categories of a column."""

from collections.abc import Sequence

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, FactorRange, HoverTool, TapTool
from bokeh.plotting import figure

from cityboard.catalog import Language
from cityboard.figures.source import update_source
from cityboard.figures.style import FONT, Style, apply_style
from cityboard.figures.trend import number_format

LABEL_ROOM = 1.35  # the longest bar leaves a third of its length to its number
FEW = 6  # fewer bars than these stay as thin as these would be
BarRow = tuple[str, str, float | None, str]


def bars_data(
    rows: Sequence[BarRow], chosen: Sequence[str], style: Style
) -> dict[str, list[object]]:
    """Return the columns of the bars' source, in the order given.

    Args:
        rows: (n) key, name, value (None draws nothing), value in words; the longest first.
        chosen: Keys that are selected; when any is, the others are dimmed.
        style: Colours.

    Returns:
        `key`, `name`, `value`, `words`, `color`, each of length n; of two equal names the later
        has its key behind it.
    """
    names = [name for _, name, _, _ in rows]
    return {
        "key": [row[0] for row in rows],
        "name": [
            f"{name} ({row[0]})" if name in names[:place] else name
            for place, (name, row) in enumerate(zip(names, rows, strict=True))
        ],
        "value": [row[2] for row in rows],
        "words": [row[3] for row in rows],
        "color": [style.accent if not chosen or row[0] in chosen else style.dimmed for row in rows],
    }


def bars_figure(source: ColumnDataSource, *, unit: str, style: Style, language: Language) -> figure:
    """Return the figure of a source made by `bars_data`; a tap selects a bar."""
    plot = figure(
        y_range=FactorRange(factors=list(source.data["name"])[::-1]),
        sizing_mode="stretch_both",
        min_height=120,
        tools="",
        toolbar_location=None,
        x_axis_label=unit or None,
    )
    bars = plot.hbar(
        y="name", right="value", height=0.72, source=source, color="color", line_color=None
    )
    bars.nonselection_glyph = bars.selection_glyph = None
    plot.text(
        x="value",
        y="name",
        text="words",
        source=source,
        x_offset=4,
        text_baseline="middle",
        text_color=style.text,
        text_font_size="0.75rem",
        text_font=value(FONT),
    )
    plot.x_range.start = 0
    plot.xaxis.formatter = number_format(language)
    plot.xaxis.ticker.desired_num_ticks = 3
    plot.ygrid.visible = False
    plot.add_tools(TapTool(), HoverTool(renderers=[bars], tooltips=[("", "@name: @words")]))
    apply_style(plot, style)
    plot.yaxis.major_label_text_color = style.text
    return plot


def show_bars(plot: figure, source: ColumnDataSource, data: dict[str, list[object]]) -> None:
    """Replace the bars of a figure in place."""
    factors = list(data["name"])[::-1]
    if list(plot.y_range.factors) != factors:
        plot.y_range.factors = factors
        plot.y_range.range_padding = max(0.0, FEW / max(len(factors), 1) - 1)
    longest = max((v for v in data["value"] if isinstance(v, float)), default=1.0)
    plot.x_range.end = (longest or 1.0) * LABEL_ROOM
    update_source(source, data)
