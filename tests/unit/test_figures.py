"""Figures: colours that can be read, and sources that hold what is drawn."""

import dataclasses
import datetime as dt
import math
import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from bokeh.models import ColumnDataSource
from hypothesis import given
from hypothesis import strategies as st

from cityboard.catalog import Catalog
from cityboard.figures.bars import BarRow, bars_data, bars_figure, show_bars
from cityboard.figures.heatmap import heatmap_data, heatmap_figure, name_rows, outline_cells
from cityboard.figures.map import (
    Plane,
    outline_data,
    value_data,
    value_range,
    without_shared_ending,
)
from cityboard.figures.spark import HEIGHT, MARGIN, WIDTH, sparkline
from cityboard.figures.style import STYLES, Style, Theme
from cityboard.figures.trend import brush_band, move_band, trend_data, trend_figure

DARK = STYLES["dark"]
READABLE = 4.5  # WCAG 2.2, 1.4.3 Contrast (Minimum), level AA


def channels(colour: str) -> list[float]:
    """Return red, green and blue of a CSS hex colour, each from 0 to 1."""
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast of two colours as WCAG 2.2 defines it, 1 to 21."""

    def luminance(colour: list[float]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", STYLES)
@pytest.mark.parametrize("ground", ["background", "surface", "raised"])
@pytest.mark.parametrize("ink", ["text", "muted", "good", "bad", "warn", "accent"])
def test_every_ink_can_be_read_on_every_ground(theme: Theme, ink: str, ground: str) -> None:
    style = STYLES[theme]
    pair = (channels(getattr(style, name)) for name in (ink, ground))
    assert contrast(*pair) >= READABLE


@pytest.mark.parametrize("theme", STYLES)
def test_what_is_written_on_a_coloured_area_can_be_read(theme: Theme) -> None:
    style = STYLES[theme]
    codes = [str(n) for n in range(len(style.sequential))]
    values = {code: float(code) for code in codes}
    data = value_data([*codes, "empty"], values, {}, chosen=(), style=style)
    for fill, ink in zip(data["fill"], data["ink"], strict=True):
        assert contrast(channels(str(fill)), channels(str(ink))) >= READABLE


@pytest.mark.parametrize("theme", STYLES)
def test_what_is_written_on_a_dimmed_area_can_be_read(theme: Theme) -> None:
    style = STYLES[theme]
    codes = [str(n) for n in range(len(style.sequential))]
    data = value_data(codes, {c: float(c) for c in codes}, {}, chosen=("none",), style=style)
    ground = channels(style.surface)
    for fill, ink, alpha in zip(data["fill"], data["ink"], data["alpha"], strict=True):
        pairs = zip(channels(str(fill)), ground, strict=True)
        seen = [float(str(alpha)) * f + (1 - float(str(alpha))) * g for f, g in pairs]
        assert contrast(seen, channels(str(ink))) >= READABLE


def test_both_themes_name_every_colour_of_the_page() -> None:
    names = [field.name for field in dataclasses.fields(Style)]
    for style in STYLES.values():
        for name in set(names) - {"theme", "sequential", "light"}:
            assert re.search(rf"--{name}:#[0-9a-f]{{6}};", style.css_variables)


def rows(*values: float | None) -> list[BarRow]:
    """Return bars named by letters from A on."""
    return [(chr(97 + n), chr(65 + n), value, f"{value}") for n, value in enumerate(values)]


def test_bars_stand_in_the_order_given() -> None:
    data = bars_data(rows(2.0, None, 9.0), (), DARK)
    assert (data["key"], data["value"]) == (["a", "b", "c"], [2.0, None, 9.0])


def test_two_areas_of_one_name_are_two_bars() -> None:
    data = bars_data([("1", "신사동", 2.0, "2"), ("2", "신사동", 1.0, "1")], (), DARK)
    assert len(set(data["name"])) == 2


def test_what_is_not_chosen_is_dimmed_once_anything_is() -> None:
    assert set(bars_data(rows(1.0, 2.0), (), DARK)["color"]) == {DARK.accent}
    data = bars_data(rows(1.0, 2.0, 3.0), ("b",), DARK)
    dimmed = dict(zip(data["key"], data["color"], strict=True))
    assert dimmed == {"a": DARK.dimmed, "b": DARK.accent, "c": DARK.dimmed}


def test_bars_are_replaced_in_place() -> None:
    source = ColumnDataSource(bars_data(rows(1.0), (), DARK))
    plot = bars_figure(source, unit="persons", style=DARK, language="en")
    show_bars(plot, source, bars_data(rows(5.0, 10.0), (), DARK))
    assert list(plot.y_range.factors) == ["B", "A"]
    assert plot.x_range.end > 10
    assert list(source.data["value"]) == [5.0, 10.0]


@pytest.mark.parametrize("values", [(), (None,), (0.0,)])
def test_bars_of_nothing_have_an_axis_all_the_same(values: tuple[float | None, ...]) -> None:
    source = ColumnDataSource(bars_data([], (), DARK))
    plot = bars_figure(source, unit="", style=DARK, language="ko")
    show_bars(plot, source, bars_data(rows(*values), (), DARK))
    assert plot.x_range.end > plot.x_range.start == 0


def test_a_heat_map_has_a_cell_for_every_hour_of_every_row() -> None:
    frame = pd.DataFrame({"weekday": [1, 7], "hour": [0, 23], "persons": [4, 5]})
    data = heatmap_data(frame, "persons", rows=range(1, 8), row_field="weekday")
    cells = dict(zip(zip(data["hour"], data["row"], strict=True), data["value"], strict=True))
    assert len(cells) == 24 * 7
    assert (cells[0, 0], cells[23, 6]) == (4.0, 5.0)
    assert sum(math.isfinite(float(str(value))) for value in cells.values()) == 2


def test_rows_of_a_heat_map_may_be_months() -> None:
    months = [dt.date(2026, 1, 1), dt.date(2026, 2, 1)]
    frame = pd.DataFrame({"period": [months[1]], "hour": [8], "persons": [math.nan]})
    data = heatmap_data(frame, "persons", rows=months, row_field="period")
    assert len(data["value"]) == 48
    assert all(math.isnan(float(str(value))) for value in data["value"])


def test_chosen_cells_are_framed_and_let_go() -> None:
    source = ColumnDataSource({"hour": [], "row": [], "value": []})
    plot = heatmap_figure(source, style=DARK, language="en")
    name_rows(plot, ["Mon", "Tue"])
    assert plot.yaxis[0].major_label_overrides == {0: "Mon", 1: "Tue"}
    chosen = plot.select_one({"name": "chosen"}).data_source
    outline_cells(plot, [(7, 0), (8, 1)])
    assert (chosen.data["hour"], chosen.data["row"]) == ([7, 8], [0, 1])
    outline_cells(plot, [])
    assert chosen.data["hour"] == []


def spots(svg: str) -> list[tuple[float, float]]:
    """Return the points of the line of a sparkline."""
    line = ET.fromstring(svg).find("polyline")
    assert line is not None
    return [(float(x), float(y)) for x, y in (p.split(",") for p in line.attrib["points"].split())]


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (["Jung-gu", "Guro-gu"], ["Jung", "Guro"]),
        (["Sinsa-dong", "Jongno 1-ga"], ["Sinsa-dong", "Jongno 1-ga"]),
        (["중구", "구로구"], ["중구", "구로구"]),
        ([], []),
    ],
)
def test_a_map_leaves_out_the_word_that_ends_every_name(
    names: list[str], written: list[str]
) -> None:
    assert without_shared_ending(names) == written


def test_a_sparkline_goes_from_left_to_right_and_high_is_up() -> None:
    drawn = spots(sparkline([1, 3, 2], words="x"))
    assert [x for x, _ in drawn] == [MARGIN, WIDTH / 2, WIDTH - MARGIN]
    assert [y for _, y in drawn] == [HEIGHT - MARGIN, MARGIN, HEIGHT / 2]


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=40))
def test_a_sparkline_stays_inside_its_box(values: list[float]) -> None:
    drawn = spots(sparkline(values, words="x"))
    assert len(drawn) == len(values)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn)


@pytest.mark.parametrize("values", [[], [1.0]])
def test_fewer_than_two_values_draw_no_line(values: list[float]) -> None:
    assert sparkline(values, words="x") == ""


def test_sparklines_that_are_compared_share_a_scale_and_keep_their_places() -> None:
    scale = (0.0, 10.0)
    high, low = (
        spots(sparkline([v, v], words="x", places=[0.5, 1.0], scale=scale)) for v in (10.0, 0.0)
    )
    assert high == [(WIDTH / 2, MARGIN), (WIDTH - MARGIN, MARGIN)]
    assert low == [(WIDTH / 2, HEIGHT - MARGIN), (WIDTH - MARGIN, HEIGHT - MARGIN)]


def test_the_words_of_a_sparkline_cannot_become_markup() -> None:
    words = '"><script>alert(1)</script>&'
    svg = sparkline([1, 2], words=words)
    assert "<script" not in svg
    assert ET.fromstring(svg).attrib["aria-label"] == words


def test_a_trend_is_drawn_in_the_order_of_time_without_unknown_periods() -> None:
    days = [pd.Timestamp("2026-03-02"), None, pd.Timestamp("2026-03-01")]
    data = trend_data(pd.DataFrame({"period": days, "persons": [2, 9, 1]}), "persons")
    assert [str(day)[:10] for day in data["period"]] == ["2026-03-01", "2026-03-02"]
    assert data["value"].tolist() == [1.0, 2.0]


def test_a_null_leaves_a_gap_in_a_trend() -> None:
    days = [pd.Timestamp("2026-03-01"), pd.Timestamp("2026-03-02")]
    data = trend_data(pd.DataFrame({"period": days, "persons": [math.nan, 1]}), "persons")
    assert np.isnan(data["value"][0])


def test_a_single_period_is_a_dot_on_an_axis_of_a_day() -> None:
    source = ColumnDataSource({"period": [np.datetime64("2026-03-01T13")], "value": [1.0]})
    plot = trend_figure(source, unit="", style=DARK, language="ko", is_brushable=False)
    dot = plot.renderers[-1].glyph
    assert "xs.length === 1" in dot.size.transform.v_func
    assert plot.x_range.default_span == 86_400_000


def test_the_brushed_period_is_a_band_and_none_hides_it() -> None:
    source = ColumnDataSource({"period": [], "value": []})
    plot = trend_figure(source, unit="", style=DARK, language="ko", is_brushable=True)
    band = brush_band(plot, DARK)
    move_band(band, dt.date(1970, 1, 1), dt.date(1970, 1, 3))
    assert (band.left, band.right, band.visible) == (0, 2 * 86_400_000, True)
    move_band(band, None, None)
    assert not band.visible


def test_the_plane_and_the_globe_are_each_others_inverse() -> None:
    plane = Plane(126.99, 37.56)
    lon, lat = plane.degrees(float(plane.x(127.1)), float(plane.y(37.4)))
    assert (lon, lat) == pytest.approx((127.1, 37.4))


def test_a_degree_of_latitude_is_111_km_and_of_longitude_less() -> None:
    plane = Plane(127.0, 37.5)
    assert float(plane.y(38.5)) == pytest.approx(111.195)
    assert float(plane.x(128.0)) == pytest.approx(111.195 * math.cos(math.radians(37.5)))


def test_only_areas_of_the_catalogue_are_outlined(testburg: Catalog) -> None:
    areas = {area.code: area for area in testburg.areas("district")[:2]}
    data = outline_data(testburg.outlines("district"), areas, Plane(10.15, 50.05), "en")
    assert data["code"] == ["11001", "11002"]
    assert data["name"] == ["West", "Middle"]


def test_areas_are_coloured_from_the_least_to_the_greatest_value() -> None:
    data = value_data(["1", "2", "3"], {"1": 5.0, "2": 10.0}, {"1": "5"}, chosen=(), style=DARK)
    assert data["fill"] == [DARK.sequential[0], DARK.sequential[-1], DARK.raised]
    assert data["words"] == ["5", "–", "–"]


def test_areas_not_chosen_are_dimmed() -> None:
    data = value_data(["1", "2"], {"1": 5.0, "2": 10.0}, {}, chosen=("2",), style=DARK)
    assert data["alpha"][0] < data["alpha"][1] == 1  # type: ignore[operator]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (0, 1)),
        ({"1": math.nan}, (0, 1)),
        ({"1": 7.0, "2": 7.0}, (7, 8)),
        ({"1": 7.0, "2": math.inf, "3": -1.0}, (-1, 7)),
    ],
)
def test_a_range_has_a_length_whatever_the_values(
    values: dict[str, float], expected: tuple[float, float]
) -> None:
    assert value_range(values) == expected
