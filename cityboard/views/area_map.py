"""The drawing that the maps share: areas, their values, the layer, what lies at a point."""

import functools
import math
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from bokeh.models import ColumnDataSource
from markupsafe import Markup

from cityboard.catalog import Catalog, Language, Level
from cityboard.figures.map import (
    Plane,
    add_layer,
    layer_data,
    map_figure,
    outline_areas,
    outline_data,
    show_ring,
    value_data,
    value_range,
)
from cityboard.figures.source import update_source
from cityboard.query import Near, Pixels
from cityboard.views.screen import Screen
from cityboard.words import number_words

MOST_PLACES = 16  # of cities, levels and languages together


def _plane(catalog: Catalog) -> Plane:
    west, south, east, north = catalog.city.bounding_box
    return Plane((west + east) / 2, (south + north) / 2)


@functools.lru_cache(maxsize=MOST_PLACES)
def _place(catalog: Catalog, level: Level, language: Language) -> Mapping[str, list[object]]:
    """Return the columns that never change, once for all sessions: 0.15 MB of each."""
    areas = {area.code: area for area in catalog.areas(level)}
    return outline_data(catalog.outlines(level), areas, _plane(catalog), language)


class AreaMap:
    """The areas of a screen's city, drawn once and recoloured in place.

    Args:
        screen: Whose city, language and colours.
        level: Which areas; only districts have room for their names and values.
        is_boxable: Whether a drag selects a box.
        layer: Colours of the datashaded layer, few to many.
    """

    def __init__(
        self, screen: Screen, *, level: Level = "district", is_boxable: bool, layer: Sequence[str]
    ) -> None:
        self.screen, self._is_written = screen, level == "district"
        self.plane = _plane(screen.catalog)
        self._outlines = {o.code: o for o in screen.catalog.outlines(level)}
        place = _place(screen.catalog, level, screen.language)
        self._codes = [str(code) for code in place["code"]]
        still = value_data(self._codes, {}, {}, chosen=(), style=screen.style)
        self._source = ColumnDataSource({**place, **still})
        self.figure = map_figure(self._source, style=screen.style, is_boxable=is_boxable)
        self._layer, self._has_points = add_layer(self.figure, layer), False
        self._framed: list[str] = []
        self._painted: object = None  # what the areas were last painted by

    def outline(self, chosen: Sequence[str]) -> None:
        """Draw the areas without values and frame the chosen ones."""
        self._paint({}, {}, chosen, is_written=False)

    def colour(self, values: Mapping[str, float], chosen: Sequence[str], *, decimals: int) -> None:
        """Colour the areas by value, write the values in and frame the chosen ones."""
        language = self.screen.language
        words = {code: number_words(v, language, decimals=decimals) for code, v in values.items()}
        self._paint(values, words, chosen, is_written=self._is_written)

    def _paint(
        self,
        values: Mapping[str, float],
        words: Mapping[str, str],
        chosen: Sequence[str],
        *,
        is_written: bool,
    ) -> None:
        painted = (dict(values), dict(words), list(chosen), is_written)
        if self._painted == painted:
            return
        self._painted = painted
        data = value_data(self._codes, values, words, chosen=chosen, style=self.screen.style)
        if not is_written:
            data |= dict.fromkeys(("ink_alpha", "label_alpha"), [0.0] * len(self._codes))
        update_source(self._source, data)
        self._frame_chosen(chosen)

    def _frame_chosen(self, chosen: Sequence[str]) -> None:
        if self._framed != list(chosen):
            self._framed = list(chosen)
            framed = [self._outlines[code] for code in chosen if code in self._outlines]
            outline_areas(self.figure, framed, self.plane)

    def shade_legend(self) -> Markup:
        """Return the colours of the datashaded layer, which have an order but no scale."""
        few, many = self.screen.say("적음", "few"), self.screen.say("많음", "many")
        how = self.screen.say("색은 순위(히스토그램 평활화)", "colour by rank (equalised)")
        return _gradient(self.screen.style.light, few, f"{many} · {how}")

    def legend(self, values: Mapping[str, float], unit: str, *, decimals: int) -> Markup:
        """Return the colours from the smallest to the largest value, with both in words."""
        if not values:
            return Markup("")
        style, language = self.screen.style, self.screen.language
        low, high = (number_words(v, language, decimals=decimals) for v in value_range(values))
        return _gradient(style.sequential, low, f"{high} {unit}")

    def draw_points(self, image: np.ndarray | None, pixels: Pixels) -> None:
        """Draw the datashaded layer; None removes it."""
        if image is not None or self._has_points:
            drawn = np.zeros((1, 1), dtype=np.uint8) if image is None else image
            self._layer.data = layer_data(drawn, pixels, self.plane)
        self._has_points = image is not None

    def ring(self, near: Near | None) -> None:
        """Draw a ring around what is near a place; None removes it."""
        ring = (math.nan, math.nan, 0.0)
        if near is not None:
            x, y = float(self.plane.x(near.lon)), float(self.plane.y(near.lat))
            ring = (x, y, near.reach_m / 1000)
        show_ring(self.figure, *ring)

    def area_at(self, x: float, y: float) -> str | None:
        """Return the code of the area at a point of the plane, or None outside the city."""
        point = shapely.Point(self.plane.degrees(x, y))
        for code, outline in self._outlines.items():
            if any(shapely.Polygon(p[0], p[1:]).covers(point) for p in outline.polygons):
                return code
        return None

    def window(self, wanted: tuple[float, ...] | None = None) -> tuple[float, float, float, float]:
        """Return what of a window (degrees) lies in the city's box; all of it where nothing does.

        Args:
            wanted: West, south, east, north; None is the whole city.
        """
        west, south, east, north = self.screen.catalog.city.bounding_box
        if wanted is None:
            return west, south, east, north
        inner = (max(west, wanted[0]), max(south, wanted[1]))
        outer = (min(east, wanted[2]), min(north, wanted[3]))
        if inner[0] >= outer[0] or inner[1] >= outer[1]:
            return west, south, east, north
        return (*inner, *outer)


def _gradient(colours: Sequence[str], low: str, high: str) -> Markup:
    return Markup(
        '<div class="legend"><span>{}</span><i style="background:linear-gradient(to right,{})">'
        "</i><span>{}</span></div>"
    ).format(low, ",".join(colours[::16]), high)
