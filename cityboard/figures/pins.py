"""Pins on the map of areas: a shape a kind, a word beside what matters, a press opens one."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from bokeh.core.properties import value
from bokeh.models import ColumnDataSource, CustomJSTransform, OpenURL, TapTool
from bokeh.plotting import figure
from bokeh.transform import transform

from cityboard.figures.map import Plane
from cityboard.figures.style import FONT, Style

TOUCH_PX = 44
SMALLEST_KM = 1.0
OFF_MAP = -180.0  # degrees; a number, for NaN is never equal to itself
BESIDE_PX = 12  # from the middle of a pin to its words
# Of a screen whose text is 16 px: on a wall text is larger, and so are pins.
LARGER = """
const text = parseFloat(getComputedStyle(document.documentElement).fontSize)
const larger = Math.max(1, text / 16)
return Float64Array.from(xs, (px) => larger * %s)
"""
COLUMNS = ("id", "x", "y", "shape", "size", "fill", "alpha", "line", "words", "label_alpha", "href")


@dataclasses.dataclass(frozen=True)
class Pin:
    """A pin on the map.

    Attributes:
        lon: Degrees, WGS 84.
        lat: Degrees, WGS 84.
        shape: A marker of Bokeh's, such as `triangle`; never told by colour alone.
        words: Written beside it; empty is nothing.
        is_strong: Whether it is drawn filled and large; else small and hollow.
        href: Address that a press opens; empty opens nothing.
    """

    id: str
    lon: float
    lat: float
    shape: str
    words: str = ""
    is_strong: bool = True
    href: str = ""


NOWHERE = Pin("", OFF_MAP, OFF_MAP, "circle", is_strong=False)


def add_pins(plot: figure, style: Style) -> ColumnDataSource:
    """Add pins to a map; `pin_data` fills their source."""
    source = ColumnDataSource({name: [] for name in COLUMNS})
    plot.scatter(
        "x",
        "y",
        marker="shape",
        size=_pixels("px"),
        fill_color="fill",
        fill_alpha="alpha",
        line_color="line",
        line_width=2,
        source=source,
        level="overlay",
        name="pins",
    ).nonselection_glyph = None
    _write_words(plot, source, style)
    touched = _pixels(TOUCH_PX)
    target = plot.scatter("x", "y", size=touched, alpha=0.0, source=source, level="overlay")
    target.nonselection_glyph = target.selection_glyph = None
    plot.tools = [tool for tool in plot.tools if not isinstance(tool, TapTool)]
    plot.add_tools(TapTool(renderers=[target], callback=OpenURL(url="@href", same_tab=True)))
    return source


def update_pins(source: ColumnDataSource, data: dict[str, list[object]]) -> None:
    """Show other pins, where they differ from those shown.

    All columns at once, and a row of nowhere that stays: Bokeh may paint while rows are exchanged.

    Args:
        source: Made by `add_pins`.
        data: As of `pin_data`, the first pin nowhere; it is kept as it is.
    """
    if {name: list(held) for name, held in source.data.items()} != data:
        source.data = data


def pin_data(pins: Sequence[Pin], plane: Plane, style: Style) -> dict[str, list[object]]:
    """Return the columns of the pins' source, the strong ones on top."""
    ordered = sorted(pins, key=lambda pin: pin.is_strong)
    return {
        "id": [pin.id for pin in ordered],
        "x": [float(plane.x(pin.lon)) for pin in ordered],
        "y": [float(plane.y(pin.lat)) for pin in ordered],
        "shape": [pin.shape for pin in ordered],
        "size": [20 if pin.is_strong else 10 for pin in ordered],
        "fill": [style.bad if pin.is_strong else style.surface for pin in ordered],
        "alpha": [0.95 if pin.is_strong else 0.6 for pin in ordered],
        "line": [style.text if pin.is_strong else style.muted for pin in ordered],
        "words": [pin.words for pin in ordered],
        "label_alpha": [0.85 if pin.words else 0.0 for pin in ordered],
        "href": [pin.href for pin in ordered],
    }


def add_frame(plot: figure) -> ColumnDataSource:
    """Add what decides the part of a map in view; `frame_data` fills its source."""
    source = ColumnDataSource({"x": [0.0], "y": [0.0], "side": [1.0]})
    frame = plot.rect("x", "y", "side", "side", source=source, alpha=0.0)
    plot.x_range.renderers = plot.y_range.renderers = [frame]
    return source


def frame_data(pins: Sequence[Pin], plane: Plane) -> dict[str, list[float]]:
    """Return the columns of the frame's source: the smallest square around pins (km)."""
    xs = [float(plane.x(pin.lon)) for pin in pins]
    ys = [float(plane.y(pin.lat)) for pin in pins]
    side = max(max(xs) - min(xs), max(ys) - min(ys), SMALLEST_KM)
    return {"x": [(max(xs) + min(xs)) / 2], "y": [(max(ys) + min(ys)) / 2], "side": [side]}


def _pixels(px: int | str) -> Any:
    """Return what a glyph measures, larger where text is: `px` is the size that its pin has."""
    return transform("size", CustomJSTransform(v_func=LARGER % px))


def _write_words(plot: figure, source: ColumnDataSource, style: Style) -> None:
    words = plot.text(
        "x",
        "y",
        text="words",
        source=source,
        x_offset=_pixels(BESIDE_PX),
        text_baseline="middle",
        text_color=style.text,
        background_fill_color=style.surface,
        background_fill_alpha="label_alpha",
        padding=2,
        border_radius=3,
        text_font=value(FONT),
        text_font_size="0.75rem",
        level="annotation",
        name="pin_words",
    )
    words.nonselection_glyph = words.selection_glyph = None
