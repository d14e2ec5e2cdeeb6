"""A control chart: values, their mean and limits, the signals among them, and what may come."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from bokeh.models import ColumnDataSource, GlyphRenderer, HoverTool, Label, Legend, LegendItem, Span
from bokeh.plotting import figure

from cityboard.catalog import Language
from cityboard.figures.style import FONT, Style, apply_style
from cityboard.figures.trend import date_format, number_format

BESIDE = 140  # px from the left where the centre's words begin, past those of the limits
SignalRow = tuple[dt.date, float, Literal["better", "worse", "neither"], str]
FanRow = tuple[dt.date, float, float, float, float, float]
# A shape for every judgement, so that none is told by its colour alone.
SHAPES: dict[str, str] = {"better": "triangle", "worse": "inverted_triangle", "neither": "diamond"}
WORDS: Mapping[Language, Mapping[str, str]] = {
    "ko": {
        "period": "기간",
        "value": "값",
        "observed": "계절을 빼기 전",
        "noise": "우연한 변동 범위",
        "better": "좋아진 신호",
        "worse": "나빠진 신호",
        "neither": "신호",
        "expected": "전망 (80%, 95%)",
        "center": "평균",
        "limit": "관리한계",
    },
    "en": {
        "period": "Period",
        "value": "Value",
        "observed": "With its season",
        "noise": "within the noise",
        "better": "Signal for the better",
        "worse": "Signal for the worse",
        "neither": "Signal",
        "expected": "Expected (80%, 95%)",
        "center": "mean",
        "limit": "limit",
    },
}


def control_data(
    days: Sequence[dt.date],
    values: Sequence[float],
    rows: Sequence[SignalRow],
    language: Language,
    *,
    observed: Sequence[float] | None = None,
) -> dict[str, np.ndarray]:
    """Return the columns of the series' source.

    Args:
        days: (n) first days of periods, oldest first.
        values: (n) what is charted.
        rows: As of `signal_data`.
        language: Of the words.
        observed: (n) what was published, where the charted values are without their season.

    Returns:
        `period` (datetime64[ns]), `value`, `observed` (NaN where it is the value), `words` (the
        patterns the period completes), of length n.
    """
    published = np.full(len(values), np.nan) if observed is None else observed
    patterns, noise = _patterns(rows), WORDS[language]["noise"]
    return {
        "period": np.array(days, "datetime64[ns]"),
        "value": np.array(values, np.float64),
        "observed": np.array(published, np.float64),
        "words": np.array([patterns.get(day, noise) for day in days], object),
    }


def signal_data(rows: Sequence[SignalRow], style: Style) -> dict[str, list[object]]:
    """Return the columns of the signals' source.

    Args:
        rows: (n) day, value, whether that is the way wanted, the pattern in words; a period stands
            once for every pattern it completes, and is drawn once.
        style: Colours.

    Returns:
        `period`, `value`, `marker`, `color`, `words`, one of each a period.
    """
    drawn = {day: (value, judgement) for day, value, judgement, _ in rows}
    colours = _colours(style)
    return {
        "period": [np.datetime64(day, "ns") for day in drawn],
        "value": [value for value, _ in drawn.values()],
        "marker": [SHAPES[judgement] for _, judgement in drawn.values()],
        "color": [colours[judgement] for _, judgement in drawn.values()],
        "words": [_patterns(rows)[day] for day in drawn],
    }


def _patterns(rows: Sequence[SignalRow]) -> dict[dt.date, str]:
    """Return the words of every pattern that a period completes."""
    found: dict[dt.date, list[str]] = {}
    for day, _, _, words in rows:
        found.setdefault(day, []).append(words)
    return {day: "; ".join(dict.fromkeys(words)) for day, words in found.items()}


def fan_data(
    rows: Sequence[FanRow], last: tuple[dt.date, float] | None = None
) -> dict[str, np.ndarray]:
    """Return the columns of the forecast's source.

    Args:
        rows: (n) day, expected value, low and high of 80 %, low and high of 95 %.
        last: The newest value, from which the fan opens; None begins with the first row.

    Returns:
        `period` (datetime64[ns]), `value`, `low80`, `high80`, `low95`, `high95`, of length n, or
        n + 1 with `last`.
    """
    start = [(last[0], *[last[1]] * 5)] if last and rows else []
    table = [*start, *rows]
    names = ("value", "low80", "high80", "low95", "high95")
    days = np.array([row[0] for row in table], "datetime64[ns]")
    numbers = np.array([row[1:] for row in table], np.float64).reshape(-1, len(names))
    return {"period": days, **dict(zip(names, numbers.T, strict=True))}


def control_figure(
    sources: tuple[ColumnDataSource, ColumnDataSource, ColumnDataSource],
    limits: tuple[float, float, float] | None,
    *,
    unit: str,
    style: Style,
    language: Language,
) -> figure:
    """Return the figure of sources made by `control_data`, `signal_data` and `fan_data`.

    Args:
        sources: Of the series, the signals and the forecast; the last two may be empty.
        limits: Lower limit, centre and upper limit; None where there is no chart, only a series.
        unit: Symbol for the axis label.
        style: Colours.
        language: Of ticks and hover.
    """
    series, signals, fan = sources
    plot = figure(
        x_axis_type="datetime",
        sizing_mode="stretch_both",
        min_height=120,
        tools="",
        toolbar_location=None,
        y_axis_label=unit or None,
        min_border_right=32,
    )
    bands = [
        plot.varea("period", low, high, source=fan, fill_color=style.muted, fill_alpha=alpha)
        for low, high, alpha in (("low95", "high95", 0.14), ("low80", "high80", 0.22))
    ]
    dashed = {"line_color": style.muted, "line_width": 2, "line_dash": "dashed"}
    expected = plot.line("period", "value", source=fan, **dashed)
    thin = {"line_color": style.muted, "line_width": 1, "line_dash": "dotted"}
    observed = plot.line("period", "observed", source=series, **thin)
    if limits:
        _add_limits(plot, limits, style, language)
    line = plot.line("period", "value", source=series, line_color=style.accent, line_width=2)
    plot.x_range.renderers = plot.y_range.renderers = [line, observed, expected, *bands]
    _add_signals(plot, signals, style)
    words = WORDS[language]
    drawn = [("value", line), ("expected", expected)]
    if np.isfinite(series.data["observed"]).any():
        drawn.insert(1, ("observed", observed))
    named = [(words[name], each) for name, each in drawn]
    _add_legend(plot, named, signals, style=style, language=language)
    when, told = (words["period"], "@period{%Y-%m-%d}"), "@value{0,0.[00]} " + unit
    wide = [(f"{n}%", f"@low{n}{{0,0.[00]}} – @high{n}{{0,0.[00]}}") for n in (80, 95)]
    plot.add_tools(
        _hover(line, [when, (words["value"], told), ("", "@words")]),
        _hover(expected, [when, (words["expected"], told), *wide]),
    )
    plot.yaxis.formatter = number_format(language)
    plot.xaxis.formatter = date_format(language)
    plot.yaxis.ticker.desired_num_ticks = 4
    plot.xaxis.ticker.desired_num_ticks = 5
    plot.xgrid.visible = False
    apply_style(plot, style)
    return plot


def _add_signals(plot: figure, source: ColumnDataSource, style: Style) -> None:
    look = {"marker": "marker", "size": 11, "fill_color": "color", "line_color": style.surface}
    plot.scatter("period", "value", source=source, name="signals", **look)


def _add_legend(
    plot: figure,
    lines: list[tuple[str, GlyphRenderer]],
    signals: ColumnDataSource,
    *,
    style: Style,
    language: Language,
) -> None:
    """Name what is drawn above the figure: the lines, and the shapes of signals there are."""
    colours, seen, nan = _colours(style), set(signals.data["marker"]), math.nan  # NaN: unseen
    shapes = [
        (WORDS[language][kind], plot.scatter([nan], [nan], marker=shape, size=9, color=colour))
        for (kind, shape), colour in zip(SHAPES.items(), colours.values(), strict=True)
        if shape in seen
    ]
    legend = Legend(
        items=[LegendItem(label=name, renderers=[drawn]) for name, drawn in (*lines, *shapes)],
        orientation="horizontal",
        ncols=2,  # for the width of a phone
        background_fill_color=None,
        border_line_color=None,
        label_text_color=style.muted,
        label_text_font=FONT,
        label_text_font_size="0.7rem",
        padding=0,
        spacing=10,
    )
    plot.add_layout(legend, "above")


def _colours(style: Style) -> dict[str, str]:
    return {"better": style.good, "worse": style.bad, "neither": style.text}


def _hover(drawn: GlyphRenderer, tooltips: list[tuple[str, str]]) -> HoverTool:
    formatters = {"@period": "datetime"}
    return HoverTool(renderers=[drawn], tooltips=tooltips, formatters=formatters, mode="vline")


def _add_limits(
    plot: figure, limits: tuple[float, float, float], style: Style, language: Language
) -> None:
    """Draw the centre and the limits, each with its name and number at the left."""
    words = WORDS[language]
    names = (words["limit"], words["center"], words["limit"])
    # The limits' words stand outside them and the centre's further right: however near they are to
    # each other, none covers another.
    places = ((2, "top"), (BESIDE, "bottom"), (2, "bottom"))
    for value, name, (x, baseline) in zip(limits, names, places, strict=True):
        is_center = name == words["center"]
        dash = "solid" if is_center else "dotted"
        line = Span(location=value, line_color=style.muted, line_dash=dash, line_width=1)
        label = Label(
            x=x,
            x_units="screen",
            y=value,
            y_offset=2 if baseline == "bottom" else -2,
            text_baseline=baseline,
            text=f"{name} {value:,.4g}" if abs(value) < 1e4 else f"{name} {value:,.0f}",
            text_color=style.muted,
            text_font=FONT,
            text_font_size="0.7rem",
            background_fill_color=style.surface,
            background_fill_alpha=0.7,
        )
        plot.add_layout(line)
        plot.add_layout(label)
