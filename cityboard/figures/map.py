"""The map: outlines coloured by a value, names written in, a datashaded layer on top.

Drawn on a plane of kilometres around the city's centre (equirectangular projection, Snyder 1987,
section 12), in which a city is true to scale within 0.3 %.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from bokeh.core.properties import value
from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    DataRange1d,
    LinearColorMapper,
    PanTool,
    Range,
    Range1d,
    TapTool,
    WheelZoomTool,
)
from bokeh.plotting import figure

from cityboard.catalog import Area, Language, Outline
from cityboard.figures.shade import COLOURS
from cityboard.figures.source import source_of, update_source
from cityboard.figures.style import FONT, Style, apply_style
from cityboard.query import Pixels

LABEL_KM = 0.5  # from an area's point up to its name, and down to its value
SETTLED_MS = 80  # without a turn of the wheel a map has been zoomed; Bokeh's own 500 are felt
KM_PER_DEGREE = 111.195  # of a great circle, on a sphere of 6,371.009 km


@dataclasses.dataclass(frozen=True)
class Plane:
    """Kilometres east and north of a centre (degrees, WGS 84)."""

    lon: float
    lat: float

    @property
    def _east(self) -> float:
        return KM_PER_DEGREE * math.cos(math.radians(self.lat))

    def x(self, lon: np.ndarray | float) -> np.ndarray | float:
        """Return kilometres east of the centre."""
        return (lon - self.lon) * self._east

    def y(self, lat: np.ndarray | float) -> np.ndarray | float:
        """Return kilometres north of the centre."""
        return (lat - self.lat) * KM_PER_DEGREE

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return longitude and latitude of a point of the plane."""
        return self.lon + x / self._east, self.lat + y / KM_PER_DEGREE


def outline_data(
    outlines: Sequence[Outline], areas: Mapping[str, Area], plane: Plane, language: Language
) -> dict[str, list[object]]:
    """Return the columns of the outlines' source: `code`, `name`, `xs`, `ys` (km), places."""
    known = [outline for outline in outlines if outline.code in areas]
    names = [areas[outline.code].name.in_language(language) for outline in known]
    return {
        "code": [outline.code for outline in known],
        "name": [*without_shared_ending(names)],
        "xs": [[[plane.x(ring[:, 0]) for ring in p] for p in o.polygons] for o in known],
        "ys": [[[plane.y(ring[:, 1]) for ring in p] for p in o.polygons] for o in known],
        "x": [plane.x(areas[outline.code].lon or 0.0) for outline in known],
        "y_name": [plane.y(areas[o.code].lat or 0.0) + LABEL_KM for o in known],
        "y_words": [plane.y(areas[o.code].lat or 0.0) - LABEL_KM for o in known],
    }


def without_shared_ending(names: Sequence[str]) -> list[str]:
    """Return names without the word that ends them all, such as -gu: a map has little room."""
    parts = [name.rpartition("-") for name in names]
    is_shared = len({ending for _, _, ending in parts}) == 1 and all(word for word, _, _ in parts)
    return [word for word, _, _ in parts] if is_shared else list(names)


def value_data(
    codes: Sequence[object],
    values: Mapping[str, float],
    words: Mapping[str, str],
    *,
    chosen: Sequence[str],
    style: Style,
) -> dict[str, list[object]]:
    """Return the changing columns of the outlines' source, in the order of `codes`.

    Args:
        codes: Area codes.
        values: Code → value; areas without one are drawn empty.
        words: Code → what is written in the area.
        chosen: Codes that are selected; when any is, the others are dimmed.
        style: Colours.

    Returns:
        `value` (NaN where none), `words`, `fill`, `ink` (colour of the words), `ink_alpha`,
        `label_alpha` (of what is behind them), `alpha` (of the fill).
    """
    keys = [str(code) for code in codes]
    fills = _fills([values.get(code, math.nan) for code in keys], style)
    return {
        "value": [values.get(code, math.nan) for code in keys],
        "words": [words.get(code, "–") for code in keys],
        "fill": list(fills),
        "ink": [
            _ink(fill) if not chosen or code in chosen else style.text
            for code, fill in zip(keys, fills, strict=True)
        ],
        "ink_alpha": [1.0] * len(keys),
        "label_alpha": [0.85 if not chosen or code in chosen else 0.0 for code in keys],
        "alpha": [1.0 if not chosen or code in chosen else 0.3 for code in keys],
    }


def value_range(values: Mapping[str, float]) -> tuple[float, float]:
    """Return the smallest and largest value, apart even when all are equal."""
    known = [value for value in values.values() if math.isfinite(value)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    return (low, high) if low < high else (low, low + 1.0)


def map_figure(
    source: ColumnDataSource,
    *,
    style: Style,
    is_boxable: bool,
) -> figure:
    """Return the map of a source with `outline_data` and `value_data`.

    Args:
        source: Its changing columns may be replaced later.
        style: Colours.
        is_boxable: Whether a drag selects a box; `drag_to` has it move the map instead.
    """
    plot = figure(
        x_range=DataRange1d(range_padding=0.02),
        y_range=DataRange1d(range_padding=0.02),
        match_aspect=True,
        sizing_mode="stretch_both",
        min_height=200,
        tools="",
        toolbar_location=None,
        lod_timeout=SETTLED_MS,
    )
    areas = plot.multi_polygons(
        "xs",
        "ys",
        source=source,
        fill_color="fill",
        fill_alpha="alpha",
        line_color=style.line,
        line_width=1.2,
    )
    areas.nonselection_glyph = areas.selection_glyph = None
    plot.x_range.renderers = plot.y_range.renderers = [areas]
    _write_labels(plot, source)
    _add_chosen(plot, style)
    _add_ring(plot, style)
    plot.axis.visible = plot.grid.visible = False
    plot.add_tools(TapTool())
    if is_boxable:
        wheel = WheelZoomTool()
        plot.add_tools(BoxSelectTool(persistent=False), PanTool(), wheel)
        plot.toolbar.active_scroll = wheel
        drag_to(plot, "select")
    apply_style(plot, style)
    return plot


def drag_to(plot: figure, purpose: Literal["select", "move"]) -> None:
    """Have a drag select a box, or move the map."""
    kind = BoxSelectTool if purpose == "select" else PanTool
    plot.toolbar.active_drag = next(tool for tool in plot.tools if isinstance(tool, kind))


def zoom(plot: figure, factor: float) -> None:
    """Show `1 / factor` of each side around the middle of what is in view.

    From then on the ranges are fixed: with each answer Bokeh would fit those of the whole city to
    the data again, unless its own tools have moved them.
    """
    fixed = [_zoomed(side, factor) for side in (plot.x_range, plot.y_range)]
    if isinstance(plot.x_range, DataRange1d):
        plot.update(x_range=Range1d(*fixed[0]), y_range=Range1d(*fixed[1]))
    else:
        for side, (start, end) in zip((plot.x_range, plot.y_range), fixed, strict=True):
            side.update(start=start, end=end)


def _zoomed(side: Range, factor: float) -> tuple[float, float]:
    middle, half = (side.start + side.end) / 2, (side.end - side.start) / 2 / factor
    return middle - half, middle + half


def outline_areas(plot: figure, outlines: Sequence[Outline], plane: Plane) -> None:
    """Draw a frame around areas; none removes every frame.

    All frames are one row of the source: Bokeh may paint while a row is being removed, and fails.
    """
    source = source_of(plot, "chosen")
    polygons = [polygon for outline in outlines for polygon in outline.polygons]
    source.data = {
        "xs": [[[plane.x(ring[:, 0]) for ring in polygon] for polygon in polygons]],
        "ys": [[[plane.y(ring[:, 1]) for ring in polygon] for polygon in polygons]],
    }


def show_ring(plot: figure, x: float, y: float, radius: float) -> None:
    """Draw a ring on the plane (km); NaN hides it, for Bokeh fails where it paints no row."""
    update_source(source_of(plot, "ring"), {"x": [x], "y": [y], "radius": [radius]})


def veil(style: Style) -> tuple[str, ...]:
    """Return colours for a layer over coloured areas: the text's, from faint to half opaque."""
    return tuple(f"{style.text}{round(20 + 130 * i / COLOURS):02x}" for i in range(COLOURS))


def add_layer(plot: figure, colours: Sequence[str]) -> ColumnDataSource:
    """Add the datashaded layer, few to many; `layer_data` fills its source."""
    source = ColumnDataSource({"image": [], "x": [], "y": [], "dw": [], "dh": []})
    mapper = LinearColorMapper(
        palette=list(colours), low=1, high=COLOURS, low_color="rgba(0,0,0,0)"
    )
    layer = plot.image("image", "x", "y", "dw", "dh", source=source, color_mapper=mapper)
    layer.nonselection_glyph = None
    return source


def layer_data(image: np.ndarray, pixels: Pixels, plane: Plane) -> dict[str, list[object]]:
    """Return the columns of the layer's source: the image and its edges (km)."""
    west, east = plane.x(pixels.west), plane.x(pixels.east)
    south, north = plane.y(pixels.south), plane.y(pixels.north)
    return {
        "image": [image],
        "x": [west],
        "y": [south],
        "dw": [east - west],
        "dh": [north - south],
    }


def _fills(values: Sequence[float], style: Style) -> Sequence[str]:
    low, high = value_range(dict(zip(map(str, range(len(values))), values, strict=True)))
    last = len(style.sequential) - 1
    return [
        style.sequential[round((value - low) / (high - low) * last)]
        if math.isfinite(value)
        else style.raised
        for value in values
    ]


def _ink(fill: str) -> str:
    """Return black or white, whichever stands out more on a colour (WCAG relative luminance)."""
    red, green, blue = (int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5))
    light = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    return "#000000" if luminance > 0.179 else "#ffffff"


def _write_labels(plot: figure, source: ColumnDataSource) -> None:
    """Write the name above an area's point and its value below, apart in km: it fits any wall."""
    for column, y, size in (("name", "y_name", "0.75rem"), ("words", "y_words", "0.875rem")):
        label = plot.text(
            "x",
            y,
            text=column,
            source=source,
            text_align="center",
            text_baseline="middle",
            text_color="ink",
            background_fill_color="fill",  # a long name reaches into the next district
            background_fill_alpha="label_alpha",
            padding=2,
            border_radius=3,
            text_alpha="ink_alpha",
            text_font=value(FONT),
            text_font_size=size,
            text_font_style="bold" if column == "words" else "normal",
            level="annotation",
            name="names" if column == "name" else "values",
        )
        label.nonselection_glyph = label.selection_glyph = None


def _add_chosen(plot: figure, style: Style) -> None:
    plot.multi_polygons(
        "xs",
        "ys",
        source=ColumnDataSource({"xs": [], "ys": []}),
        fill_color=None,
        line_color=style.text,
        line_width=3,
        name="chosen",
    )


def _add_ring(plot: figure, style: Style) -> None:
    """Add the ring around what was tapped: dark and light, to be seen on any colour."""
    source = ColumnDataSource({"x": [math.nan], "y": [math.nan], "radius": [0.0]})
    for colour, width in ((style.background, 5), (style.text, 2)):
        ring = plot.circle(
            "x",
            "y",
            radius="radius",
            source=source,
            fill_color=None,
            line_color=colour,
            line_width=width,
            level="overlay",
            name="ring",
        )
        ring.nonselection_glyph = ring.selection_glyph = None
