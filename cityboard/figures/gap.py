"""Women and men beside each other: two marks an indicator, joined by their difference."""

from collections.abc import Sequence

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, FactorRange, GlyphRenderer, HoverTool, Legend, LegendItem
from bokeh.plotting import figure

from cityboard.catalog import Language
from cityboard.figures.source import update_source
from cityboard.figures.style import FONT, Style, apply_style

GapRow = tuple[str, str, float, float, str]
ROOM = (0.0, 106.0)  # of the axis: the greater value stands at 100
SEXES = {"ko": ("여성", "남성"), "en": ("Women", "Men")}
AXIS = {"ko": "둘 중 큰 값을 100으로 할 때", "en": "The greater of both is 100"}


def gap_data(rows: Sequence[GapRow]) -> dict[str, list[object]]:
    """Return the columns of the gap's source, in the order given.

    Indicators of different units share one axis: both values as per cent of the greater one.

    Args:
        rows: (n) key, name, women's value, men's value, both in words.

    Returns:
        `key`, `name`, `women`, `men` (per cent of the greater of both by size), `words`; of two
        equal names the later has its key behind it.
    """
    names = [row[1] for row in rows]
    scales = [max(abs(row[2]), abs(row[3])) or 1.0 for row in rows]
    women = [100 * (row[2] / scale) for row, scale in zip(rows, scales, strict=True)]
    men = [100 * (row[3] / scale) for row, scale in zip(rows, scales, strict=True)]
    return {
        "key": [row[0] for row in rows],
        "name": [
            f"{name} ({row[0]})" if name in names[:place] else name
            for place, (name, row) in enumerate(zip(names, rows, strict=True))
        ],
        "women": list[object](women),
        "men": list[object](men),
        "words": [row[4] for row in rows],
    }


def gap_figure(source: ColumnDataSource, *, style: Style, language: Language) -> figure:
    """Return the figure of a source made by `gap_data`; women are circles, men are squares."""
    plot = figure(
        y_range=FactorRange(factors=list(source.data["name"])[::-1]),
        x_range=ROOM,
        sizing_mode="stretch_both",
        min_height=120,
        tools="",
        toolbar_location=None,
        x_axis_label=AXIS[language],
    )
    bar = plot.hbar(
        y="name", left="women", right="men", height=0.12, source=source, color=style.dimmed
    )
    men = plot.scatter(
        "men", "name", source=source, marker="square", size=14, color=style.text, fill_color=None
    )
    men.glyph.line_width = 2
    women = plot.scatter(
        "women", "name", source=source, marker="circle", size=9, color=style.accent
    )
    plot.text(
        x=ROOM[1],
        y="name",
        text="words",
        source=source,
        x_offset=-2,
        y_offset=-9,  # above the bar: beside it a phone has no room
        text_align="right",
        text_baseline="bottom",
        text_color=style.text,
        text_font_size="0.75rem",
        text_font=value(FONT),
    )
    _add_legend(plot, [(SEXES[language][0], women), (SEXES[language][1], men)], style)
    plot.xaxis.ticker = [0, 25, 50, 75, 100]
    plot.ygrid.visible = False
    hover = HoverTool(renderers=[women, men, bar], tooltips=[("", "@name: @words")])
    plot.add_tools(hover)
    apply_style(plot, style)
    plot.yaxis.major_label_text_color = style.text
    return plot


def show_gaps(plot: figure, source: ColumnDataSource, data: dict[str, list[object]]) -> None:
    """Replace the rows of a figure in place."""
    factors = list(data["name"])[::-1]
    if list(plot.y_range.factors) != factors:
        plot.y_range.factors = factors
    numbers = [v for name in ("women", "men") for v in data[name] if isinstance(v, float)]
    plot.x_range.start = -ROOM[1] if min(numbers, default=0.0) < 0 else ROOM[0]
    update_source(source, data)


def _add_legend(plot: figure, items: list[tuple[str, GlyphRenderer]], style: Style) -> None:
    legend = Legend(
        items=[LegendItem(label=name, renderers=[drawn]) for name, drawn in items],
        orientation="horizontal",
        background_fill_color=None,
        border_line_color=None,
        label_text_color=style.text,
        label_text_font=FONT,
        label_text_font_size="0.75rem",
        padding=0,
    )
    plot.add_layout(legend, "above")
