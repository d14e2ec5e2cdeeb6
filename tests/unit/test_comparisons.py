"""Figures that compare: signals and forecasts, women beside men, districts side by side."""

import datetime as dt
import math

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
from cityboard.figures.multiples import MultipleRow, multiples_data, multiples_figure
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


def course(*values: float) -> list[tuple[dt.date, float]]:
    return list(zip(DAYS, values, strict=False))


def districts(*series: list[tuple[dt.date, float]]) -> list[MultipleRow]:
    return [(str(n), f"D{n}", each, "…") for n, each in enumerate(series)]


def test_heights_can_be_compared_where_the_scale_is_shared() -> None:
    rows = districts(course(0, 10), course(0, 5))
    shared = multiples_data(rows, style=DARK, language="en")
    first, second = ([float(y) for y in ys] for ys in shared.lines["ys"])  # type: ignore[attr-defined]
    assert second[1] - second[0] == pytest.approx((first[1] - first[0]) / 2)
    own = multiples_data(rows, style=DARK, language="en", is_shared=False)
    first, second = ([float(y) for y in ys] for ys in own.lines["ys"])  # type: ignore[attr-defined]
    assert second[1] - second[0] == pytest.approx(first[1] - first[0])


@given(st.lists(st.lists(st.floats(-1e9, 1e9), max_size=3), max_size=25), st.booleans())
def test_a_line_stays_in_its_cell(values: list[list[float]], is_shared: bool) -> None:
    rows = districts(*(course(*each) for each in values))
    data = multiples_data(rows, style=DARK, language="ko", is_shared=is_shared)
    cells = [n for n, each in enumerate(values) if len(each) > 1]
    for cell, xs, ys in zip(cells, data.lines["xs"], data.lines["ys"], strict=True):
        left, top = cell % 5, -(cell // 5)
        assert all(left < x < left + 1 for x in xs)  # type: ignore[attr-defined]
        assert all(top - 1 < y < top for y in ys)  # type: ignore[attr-defined]
    assert len(data.cells["key"]) == len(values)


def test_an_area_without_data_says_so() -> None:
    data = multiples_data(districts(course(1, 2), []), style=DARK, language="ko")
    assert data.cells["note"] == ["", "자료 없음"]
    assert len(data.lines["xs"]) == 1


def test_a_time_missing_in_one_area_is_left_where_it_belongs() -> None:
    data = multiples_data(
        districts(course(1, 2, 3), course(1, 2, 3)[1:]), style=DARK, language="en"
    )
    whole, late = data.lines["xs"]
    assert [x - 1 for x in late] == pytest.approx(list(whole)[1:])  # type: ignore[attr-defined, call-overload]


def test_areas_not_chosen_are_dimmed() -> None:
    rows = districts(course(1, 2), course(3, 4))
    data = multiples_data(rows, ("1",), style=DARK, language="en")
    assert data.lines["color"] == [DARK.dimmed, DARK.accent]


def test_twenty_five_districts_are_one_figure_whose_cells_can_be_tapped() -> None:
    rows = districts(*(course(n, n + 1) for n in range(25)))
    data = multiples_data(rows, style=DARK, language="en")
    sources = tuple(ColumnDataSource(each) for each in (data.cells, data.lines, data.points))
    cells, lines, points = sources
    plot = multiples_figure((cells, lines, points), unit="%", style=DARK, language="en")
    assert (plot.y_range.start, plot.x_range.end) == (-5, 5)
    (tap,) = [tool for tool in plot.tools if type(tool).__name__ == "TapTool"]
    assert tap.renderers[0].data_source is cells
    assert sum(math.isclose(float(str(a)), 1) for a in points.data["alpha"]) == 25
