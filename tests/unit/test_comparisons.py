"""Figures that compare: signals and forecasts, women beside men."""

import datetime as dt

import numpy as np
import pytest
from bokeh.models import ColumnDataSource, Label, Legend, Span
from hypothesis import given
from hypothesis import strategies as st

from cityboard.catalog import Language
from cityboard.figures.control import (
    SHAPES,
    SignalRow,
    control_data,
    control_figure,
    fan_data,
    signal_data,
)
from cityboard.figures.gap import GapRow, gap_data, gap_figure, show_gaps
from cityboard.figures.style import STYLES

DARK = STYLES["dark"]
DAYS = [dt.date(2026, month, 1) for month in (1, 2, 3)]
SIGNALS: list[SignalRow] = [
    (DAYS[1], 9.0, "worse", "beyond the limits"),
    (DAYS[1], 9.0, "worse", "two of three beyond 2σ"),
    (DAYS[2], 1.0, "better", "beyond the limits"),
]
ROWS: list[GapRow] = [
    ("1", "Employment", 52.0, 65.0, "52 % · 65 %"),
    ("2", "Residents", 5e6, 4e6, "5M · 4M"),
    ("3", "Nothing", 0.0, 0.0, "0 · 0"),
]


def test_a_period_of_several_patterns_is_drawn_once_with_all_their_words() -> None:
    data = signal_data(SIGNALS, DARK)
    assert data["value"] == [9.0, 1.0]
    assert data["words"] == [
        "beyond the limits; two of three beyond 2σ",
        "beyond the limits",
    ]


def test_no_signal_is_told_by_its_colour_alone() -> None:
    data = signal_data(SIGNALS, DARK)
    assert data["color"] == [DARK.bad, DARK.good]
    assert data["marker"] == [SHAPES["worse"], SHAPES["better"]]
    assert len(set(SHAPES.values())) == 3


def test_a_period_without_a_signal_is_said_to_be_noise() -> None:
    data = control_data(DAYS, [5, 9, 1], SIGNALS, "en")
    assert data["words"].tolist()[0] == "within the noise"
    assert np.isnan(data["observed"]).all()
    assert control_data(DAYS, [5, 9, 1], [], "ko", observed=[6, 8, 2])["observed"].tolist()[1] == 8


def test_a_fan_opens_from_the_newest_value() -> None:
    row = (dt.date(2026, 4, 1), 5.0, 4.0, 6.0, 3.0, 7.0)
    data = fan_data([row], (DAYS[2], 1.0))
    assert data["value"].tolist() == [1.0, 5.0]
    assert [data[name][0] for name in ("low95", "high95")] == [1.0, 1.0]
    assert [data[name][1] for name in ("low95", "low80", "high80", "high95")] == [3, 4, 6, 7]


def test_without_a_forecast_there_is_no_fan() -> None:
    assert all(len(column) == 0 for column in fan_data([], (DAYS[2], 1.0)).values())


@pytest.mark.parametrize("language", ["ko", "en"])
def test_mean_and_limits_are_lines_with_their_numbers(language: Language) -> None:
    series = ColumnDataSource(control_data(DAYS, [5, 9, 1], SIGNALS, language))
    sources = (series, ColumnDataSource(signal_data(SIGNALS, DARK)), ColumnDataSource(fan_data([])))
    plot = control_figure(sources, (2.0, 5.0, 8.0), unit="%", style=DARK, language=language)
    drawn = [each for each in plot.center if isinstance(each, Span | Label)]
    assert sorted(s.location for s in drawn if isinstance(s, Span)) == [2, 5, 8]
    words = [each.text for each in drawn if isinstance(each, Label)]
    assert [word[-1] for word in words] == ["2", "5", "8"]
    assert len(set(words)) == 3
    (legend,) = [each for each in plot.above if isinstance(each, Legend)]
    assert len(legend.items) == 4, "the series, what is expected, and the two kinds of signals"


def test_a_series_without_a_chart_has_no_limits() -> None:
    series = ColumnDataSource(control_data(DAYS, [5, 9, 1], [], "en"))
    sources = (series, ColumnDataSource(signal_data([], DARK)), ColumnDataSource(fan_data([])))
    plot = control_figure(sources, None, unit="", style=DARK, language="en")
    assert not [each for each in plot.center if isinstance(each, Span)]


def test_both_are_told_in_per_cent_of_the_greater() -> None:
    data = gap_data(ROWS)
    assert data["women"] == [80, 100, 0]
    assert data["men"] == [100, 80, 0]
    assert data["words"] == ["52 % · 65 %", "5M · 4M", "0 · 0"]


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_a_mark_never_leaves_its_axis(women: float, men: float) -> None:
    data = gap_data([("1", "A", women, men, "")])
    for name in ("women", "men"):
        assert -100 <= float(str(data[name][0])) <= 100


def test_two_indicators_of_one_name_are_two_rows() -> None:
    data = gap_data([ROWS[0], ("9", "Employment", 1.0, 1.0, "")])
    assert data["name"] == ["Employment", "Employment (9)"]


def test_women_and_men_differ_in_shape_and_are_named() -> None:
    source = ColumnDataSource(gap_data(ROWS))
    plot = gap_figure(source, style=DARK, language="ko")
    (legend,) = [each for each in plot.above if isinstance(each, Legend)]
    markers = [item.renderers[0].glyph.marker for item in legend.items]
    assert [item.label.value for item in legend.items] == ["여성", "남성"]
    assert len(set(markers)) == 2
    show_gaps(plot, source, gap_data([("4", "Balance", -2.0, 1.0, "")]))
    assert plot.y_range.factors == ["Balance"]
    assert plot.x_range.start < -100
