"""The drawing that the maps share: areas, their values, the layer, what lies at a point."""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from bokeh.models import ColumnDataSource
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.catalog import Level
from cityboard.figures.map import (
    Plane,
    add_layer,
    layer_data,
    map_figure,
    outline_areas,
    outline_data,
    value_data,
    value_range,
)
from cityboard.figures.shade import grid_of, shade
from cityboard.query import Pixels, Query
from cityboard.store import Answer
from cityboard.views.screen import Screen
from cityboard.words import number_words

WIDTH, HEIGHT = 900, 720  # pixels of the datashaded layer over the whole map


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
        west, south, east, north = screen.catalog.city.bounding_box
        self.plane = Plane((west + east) / 2, (south + north) / 2)
        areas = {area.code: area for area in screen.catalog.areas(level)}
        self._outlines = {o.code: o for o in screen.catalog.outlines(level)}
        place = outline_data(list(self._outlines.values()), areas, self.plane, screen.language)
        self._codes = [str(code) for code in place["code"]]
        still = value_data(self._codes, {}, {}, chosen=(), style=screen.style)
        self._source = ColumnDataSource({**place, **still})
        self.figure = map_figure(self._source, style=screen.style, is_boxable=is_boxable)
        self._layer = add_layer(self.figure, layer)

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
        data = value_data(self._codes, values, words, chosen=chosen, style=self.screen.style)
        if not is_written:
            data |= dict.fromkeys(("ink_alpha", "label_alpha"), [0.0] * len(self._codes))
        self._source.data = {**self._source.data, **data}
        self._frame_chosen(chosen)

    def _frame_chosen(self, chosen: Sequence[str]) -> None:
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
        empty = np.zeros((1, 1), dtype=np.uint8)
        self._layer.data = layer_data(empty if image is None else image, pixels, self.plane)

    def area_at(self, x: float, y: float) -> str | None:
        """Return the code of the area at a point of the plane, or None outside the city."""
        point = shapely.Point(self.plane.degrees(x, y))
        for code, outline in self._outlines.items():
            if any(shapely.Polygon(p[0], p[1:]).covers(point) for p in outline.polygons):
                return code
        return None

    def pixels(self, window: tuple[float, ...] | None = None) -> Pixels:
        """Return the layer's pixels over a window (degrees) within the city's box."""
        box = self.screen.catalog.city.bounding_box
        if window:
            box = (
                max(box[0], window[0]),
                max(box[1], window[1]),
                min(box[2], window[2]),
                min(box[3], window[3]),
            )
        if box[0] >= box[2] or box[1] >= box[3]:
            box = self.screen.catalog.city.bounding_box
        return Pixels(*box, WIDTH, HEIGHT)


def _gradient(colours: Sequence[str], low: str, high: str) -> Markup:
    return Markup(
        '<div class="legend"><span>{}</span><i style="background:linear-gradient(to right,{})">'
        "</i><span>{}</span></div>"
    ).format(low, ",".join(colours[::16]), high)


def shaded(screen: Screen, query: Query, cancel: Cancel) -> tuple[Answer, np.ndarray]:
    """Return the answer to a query for one measure by pixels, and its datashaded image."""
    answer = screen.store.answer(query, cancel=cancel)
    pixels = next(by for by in query.by if isinstance(by, Pixels))
    return answer, shade(grid_of(answer.frame, query.measures[0], pixels))
