"""A measure over time, with a brush."""

import datetime as dt

import numpy as np
import pandas as pd
from bokeh.models import (
    BoxAnnotation,
    BoxSelectTool,
    ColumnDataSource,
    CustomJSTickFormatter,
    CustomJSTransform,
    DatetimeTickFormatter,
    HoverTool,
)
from bokeh.plotting import figure
from bokeh.transform import transform

from cityboard.catalog import Language
from cityboard.figures.style import Style, apply_style

# Bokeh's numeral formats know no Korean, and write a million as they write a thousandth: m.
STEPS = {
    "ko": "[[1e12, '조'], [1e8, '억'], [1e4, '만']]",
    "en": "[[1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e3, 'K']]",
}
SHORT_NUMBERS = """
const size = Math.abs(tick);
for (const [step, suffix] of %s) {
  if (size >= step) return (tick / step).toLocaleString('en', {maximumFractionDigits: 1}) + suffix;
}
return tick.toLocaleString('en', {maximumFractionDigits: 3});
"""

DAY = 86_400_000  # milliseconds, the unit of a time axis
# A line through a single period is none: then, and only then, a dot is drawn.
DOT_ALONE = "return new Float64Array(xs.length).fill(xs.length === 1 ? 8 : 0)"


def number_format(language: Language) -> CustomJSTickFormatter:
    """Return the tick format of numbers: 만 and 억, or K and M."""
    return CustomJSTickFormatter(code=SHORT_NUMBERS % STEPS[language])


def date_format(language: Language) -> DatetimeTickFormatter:
    """Return the tick format of days, months and years."""
    if language == "ko":
        return DatetimeTickFormatter(
            years="%Y년", months="%Y.%m", days="%m.%d", hours="%H시", hourmin="%H:%M"
        )
    return DatetimeTickFormatter(years="%Y", months="%b %Y", days="%d %b", hours="%Hh")


def trend_data(frame: pd.DataFrame, measure: str) -> dict[str, np.ndarray]:
    """Return the columns of the trend's source.

    Args:
        frame: (n rows) `period` (date or naive timestamp) and the measure (NaN leaves a gap).
        measure: Column to draw.

    Returns:
        `period` (datetime64[ns]), `value` (float64), both of length n, ordered by period.
    """
    ordered = frame.dropna(subset=["period"]).sort_values("period")
    return {
        "period": pd.to_datetime(ordered["period"]).to_numpy("datetime64[ns]"),
        "value": ordered[measure].to_numpy(np.float64, na_value=np.nan),
    }


def trend_figure(
    source: ColumnDataSource, *, unit: str, style: Style, language: Language, is_brushable: bool
) -> figure:
    """Return the figure of a source made by `trend_data`.

    Args:
        source: Columns `period`, `value`; its data may be replaced later.
        unit: Symbol for the axis label.
        style: Colours.
        language: Of ticks and hover.
        is_brushable: Whether a drag selects a period.
    """
    plot = figure(
        x_axis_type="datetime",
        sizing_mode="stretch_both",
        min_height=80,
        tools="",
        toolbar_location=None,
        y_axis_label=unit or None,
        min_border_right=32,  # half a label at the end of the axis
    )
    plot.varea("period", 0, "value", source=source, fill_color=style.accent, fill_alpha=0.14)
    line = plot.line("period", "value", source=source, line_color=style.accent, line_width=2)
    alone = transform("value", CustomJSTransform(v_func=DOT_ALONE))
    plot.scatter("period", "value", source=source, size=alone, color=style.accent)
    plot.x_range.default_span = DAY  # of a single period; the axis would end after 2 ms
    plot.x_range.renderers = plot.y_range.renderers = [line]  # not the band at its resting place
    plot.yaxis.formatter = number_format(language)
    plot.yaxis.ticker.desired_num_ticks = 4
    plot.xaxis.ticker.desired_num_ticks = 5
    plot.xaxis.formatter = date_format(language)
    plot.y_range.start = 0
    plot.xgrid.visible = False
    hover = _hover(unit, language)
    hover.renderers = [line]
    plot.add_tools(hover)
    if is_brushable:
        brush = BoxSelectTool(dimensions="width", persistent=False)
        plot.add_tools(brush)
        plot.toolbar.active_drag = brush
    apply_style(plot, style)
    return plot


def brush_band(plot: figure, style: Style) -> BoxAnnotation:
    """Add the band that shows the brushed period; `move_band` places it."""
    band = BoxAnnotation(
        fill_color=style.text,
        fill_alpha=0.1,
        line_color=style.text,
        line_alpha=0.6,
        visible=False,
        left=0,
        right=0,
    )
    plot.add_layout(band)
    return band


def move_band(band: BoxAnnotation, low: dt.date | None, high: dt.date | None) -> None:
    """Place the band over a period, `high` not included; None hides it."""
    if low is None or high is None:
        band.visible = False
        return
    band.update(left=_milliseconds(low), right=_milliseconds(high), visible=True)


def _milliseconds(day: dt.date) -> float:
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp() * 1000


def _hover(unit: str, language: Language) -> HoverTool:
    when = "@period{%Y-%m-%d}"
    words = ("값", "기간") if language == "ko" else ("Value", "Period")
    return HoverTool(
        tooltips=[(words[1], when), (words[0], f"@value{{0,0.[00]}} {unit}")],
        formatters={"@period": "datetime"},
        mode="vline",
    )
