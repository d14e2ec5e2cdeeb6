"""The map of a dataset: districts by value, or points datashaded; taps and boxes select."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import param
from bokeh.events import RangesUpdate, SelectionGeometry, Tap
from bokeh.models import LayoutDOM, RadioButtonGroup, Row
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.catalog import Dataset, Level
from cityboard.figures.map import drag_to, zoom
from cityboard.figures.shade import shade
from cityboard.query import Field, Near, Pixels, Query, pixels_of
from cityboard.selection import Box, Members, Selection
from cityboard.store import Answer, Answered, Raster
from cityboard.views.area_map import AreaMap
from cityboard.views.dataset_view import DatasetView
from cityboard.views.markup import TextBlock, plain_button, switch_sheets, unlocated_words
from cityboard.views.screen import Screen
from cityboard.words import exact_words, unit_words

WIDTH = 900  # pixels of a map whose width on the screen is not known yet
FINGER = 12  # pixels of the screen that a tap reaches around itself
FINEST = 17  # cells of 2^-17 degrees, under a metre: finer than any position is known


@dataclasses.dataclass(frozen=True)
class MapResult:
    """What a map shows: a value per area and, for points, the layer and how many pixels it fills.

    The grid of the points is not kept: it would take more than the rest of a session.
    """

    areas: Answer | None
    points: Raster | None
    pixels: Pixels
    image: np.ndarray | None
    filled: int


class MapView(DatasetView):
    """Areas coloured by a measure, or its points shaded over their outlines."""

    asks_again: ClassVar = ["window", "layer", "width"]

    layer = param.Selector(objects=["points", "areas"], doc="What is drawn.")
    window = param.Tuple(
        default=None, length=4, allow_None=True, doc="West, south, east, north in view (degrees)."
    )
    width = param.Integer(default=WIDTH, bounds=(1, None), doc="Pixels of the screen it is wide.")
    near = param.ClassSelector(class_=Near, doc="What was tapped among the points.")

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        fields = screen.store.fields(dataset.id)
        layers = [n for n, f in (("points", "place"), ("areas", "area")) if f in fields]
        super().__init__(screen, dataset, **{"layer": layers[0], **params})
        is_fine = dataset.place is not None and dataset.place.level == "neighbourhood"
        self.level: Level = "neighbourhood" if is_fine else "district"
        self._area = Field("area" if is_fine else "district")
        self.map = AreaMap(
            screen, level=self.level, is_boxable="place" in fields, layer=screen.style.light
        )
        self.figure = self.map.figure
        self.param.watch(lambda event: self.map.ring(event.new), "near")
        self.listen(self.figure, Tap, self._tapped)
        self.listen(self.figure, SelectionGeometry, self._boxed)
        self.listen(self.figure, RangesUpdate, self._zoomed)
        if screen.is_live:
            self.figure.on_change("inner_width", self._measured)
        self._legend = TextBlock(screen.style)
        line = Row(
            children=[self._legend.model, *self._switch(layers), *self._controls()],
            styles={"flex-wrap": "wrap", "align-items": "center", "gap": "0.25rem 0.5rem"},
            margin=0,
            sizing_mode="stretch_width",
        )
        self._fill(line, self.figure)

    @property
    def publishes(self) -> tuple[str, ...]:
        """Return the fields whose clauses the view makes."""
        return ("area", "place")

    @property
    def about(self) -> str:
        """Return what of the measure is shown, in words."""
        return self.screen.say("지도", "map")

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        pixels = self.pixels if self.layer == "points" else None
        return (super().question(selection), pixels, self.layer)

    @property
    def pixels(self) -> Pixels:
        """Return the pixels of the window, as large as those of the screen within a factor 1.5.

        Their sides are halves of halves of a degree, so that a rollup has them at every zoom; the
        finest are those of the rollup, magnified.
        """
        west, south, east, north = self.map.window(self.window)
        rollup = self.dataset.rollup
        finest = rollup.raster.finest if rollup and rollup.raster else FINEST
        level = round(math.log2(self.width / (east - west)))
        return pixels_of((west, south, east, north), min(level, finest))

    def ask(self, selection: Selection, cancel: Cancel) -> MapResult:
        """Return the measure per area and, for points, per pixel."""
        where, asked = self.where(selection), (self.dataset_id, (self.measure_id,))
        areas, pixels = None, self.pixels
        if "area" in self.fields:
            areas = self.screen.store.answer(Query(*asked, (self._area,), where), cancel=cancel)
        if self.layer != "points":
            return MapResult(areas, None, pixels, None, 0)
        points = self.screen.store.raster(Query(*asked, (pixels,), where), cancel=cancel)
        shaded = shade(points.grid)
        return MapResult(areas, points.without_grid(), pixels, shaded.image, shaded.filled)

    def draw(self, result: MapResult, selection: Selection) -> None:
        """Colour the areas, frame the selected ones, draw the points."""
        clause = selection.get("area")
        chosen = [str(code) for code in clause.values] if isinstance(clause, Members) else []
        if result.image is None:
            values = self.values(result)
            self.map.colour(values, chosen, decimals=self.decimals)
            unit = unit_words(self.measure.unit, self.screen.language)
            self._legend.write(self.map.legend(values, unit, decimals=self.decimals))
        else:
            self.map.outline(chosen)
            self._legend.write(self.map.shade_legend())
        self.map.draw_points(result.image, result.pixels)

    def cells(self, result: MapResult) -> tuple[list[str], Iterator[list[str]]]:
        """Return areas and their measure, the largest first."""
        say = self.screen.say
        level = say("행정동", "Neighbourhood") if self.level == "neighbourhood" else None
        header = [level or say("자치구", "District"), self.screen.words(self.measure.title)]
        values = self.values(result)
        if not values:
            return header, iter(self._pixel_rows(result))
        rows = (
            [self._area_name(code), exact_words(value, decimals=self.decimals)]
            for code, value in sorted(values.items(), key=lambda item: -item[1])
        )
        return header, rows

    def remark(self, result: MapResult) -> str:
        """Return how much has no area."""
        if result.areas is None:
            return ""
        return unlocated_words(self.screen, result.areas.frame, self._area.name, self.measure)

    def _pixel_rows(self, result: MapResult) -> list[list[str]]:
        """Return one row with how many pixels hold points, where no area is known."""
        words = self.screen.say("점이 있는 화소", "pixels with points")
        return [[words, exact_words(result.filled)]] if result.filled else []

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return the title with the legend, the table and the source."""
        head, table, foot = super().markup()
        return head + self._legend.markup, table, foot

    @property
    def answers(self) -> tuple[Answered, ...]:
        """Return the answers shown."""
        if self.result is None:
            return ()
        return tuple(a for a in (self.result.points, self.result.areas) if a is not None)

    def frames(self, result: MapResult) -> tuple[pd.DataFrame, ...]:
        """Return the values of the areas, and how many pixels hold points."""
        areas = () if result.areas is None else (result.areas.frame,)
        return (*areas, pd.DataFrame({"filled": [result.filled]}))

    def agrees(self, result: MapResult, counted: MapResult) -> bool:
        """Tell whether two results say the same, in every pixel too.

        The colours stand for the grid, which is not kept: whole numbers have theirs to the bit,
        fractions that differ in their last digits may have the next.
        """
        if not super().agrees(result, counted):
            return False
        if result.image is None or counted.image is None or counted.points is None:
            return result.image is counted.image
        away = np.abs(result.image.astype(np.int16) - counted.image)
        is_whole = counted.points.grid.dtype.kind in "iu"
        return bool((away <= (0 if is_whole else 1)).all())

    def values(self, result: MapResult) -> dict[str, float]:
        """Return area code → value of a result."""
        if result.areas is None:
            return {}
        return dict(self.pairs(result.areas.frame, self._area.name))

    def choose(self, code: str | None) -> None:
        """Select one area, or none; choosing the selected one lets it go."""
        if code is None:
            self.screen.selection.clear("area")
        else:
            self.screen.selection.toggle(Members("area", (code,)))

    def box(self, west: float, south: float, east: float, north: float) -> None:
        """Select the pixels that a box (degrees) touches: so its numbers are those of the map."""
        pixels = self.pixels
        level = round(math.log2(pixels.width / (pixels.east - pixels.west)))
        chosen = pixels_of((west, south, east, north), level)
        self.screen.selection.publish(Box(chosen.west, chosen.south, chosen.east, chosen.north))

    def point(self, x: float, y: float) -> None:
        """Ask for what lies around a point of the plane (km), as far as a finger reaches."""
        view = self.figure.x_range
        wide = (view.end or math.nan) - (view.start or math.nan)  # unknown until it is laid out
        if not wide > 0:
            west, _, east, _ = self.map.window(self.window)
            wide = self.map.plane.x(east) - self.map.plane.x(west)
        reach = float(f"{1000 * wide / self.width * FINGER:.2g}")
        lon, lat = self.map.plane.degrees(x, y)
        self.near = Near(round(lon, 6), round(lat, 6), reach)

    def _tapped(self, event: Tap) -> None:
        if self.layer == "points":  # first: what the selection asks takes the place of this
            self.point(event.x, event.y)
        if "area" in self.fields:
            self.choose(self.map.area_at(event.x, event.y))

    def _boxed(self, event: SelectionGeometry) -> None:
        geometry = event.geometry
        if event.final and geometry.get("type") == "rect":
            (x0, x1), (y0, y1) = (sorted((geometry[f"{a}0"], geometry[f"{a}1"])) for a in "xy")
            self.box(*self.map.plane.degrees(x0, y0), *self.map.plane.degrees(x1, y1))

    def _measured(self, _name: str, _old: object, new: int | None) -> None:
        """Take over how wide the map is on the screen, once it is laid out."""
        if new:
            self.width = new

    def _zoomed(self, event: RangesUpdate) -> None:
        self._look_at(event.x0, event.y0, event.x1, event.y1)

    def _zoom(self, factor: float) -> None:
        """Zoom by a button: no event tells of ranges that the server itself has set."""
        zoom(self.figure, factor)
        x, y = self.figure.x_range, self.figure.y_range
        self._look_at(x.start, y.start, x.end, y.end)

    def _look_at(self, west: float, south: float, east: float, north: float) -> None:
        """Ask for the points between two corners of the plane (km)."""
        if self.layer == "points":
            corner = self.map.plane.degrees(west, south)
            self.window = (*corner, *self.map.plane.degrees(east, north))

    def _switch(self, layers: list[str]) -> list[LayoutDOM]:
        """Return the buttons that choose the layer, where there are two."""
        if len(layers) < 2 or not self.screen.is_live:
            return []
        say = self.screen.say
        words = {"points": say("지점", "Points"), "areas": say("자치구", "Districts")}
        buttons = self._choice([words[layer] for layer in layers], layers.index(self.layer))
        buttons.on_change("active", lambda _, _old, new: setattr(self, "layer", layers[new]))
        self.param.watch(lambda event: setattr(buttons, "active", layers.index(event.new)), "layer")
        return [buttons]

    def _choice(self, labels: list[str], active: int) -> RadioButtonGroup:
        sheets = switch_sheets(self.screen.style)
        return RadioButtonGroup(labels=labels, active=active, stylesheets=sheets, margin=0)

    def _controls(self) -> list[LayoutDOM]:
        """Return large buttons for what else takes two fingers: drag, zoom in, zoom out."""
        if not (self.screen.is_live and "place" in self.fields):
            return []
        say, style = self.screen.say, self.screen.style
        drag = self._choice([say("상자로 고르기", "Select"), say("옮기기", "Move")], 0)
        drag.on_change(
            "active", lambda _, _old, new: drag_to(self.figure, "move" if new else "select")
        )
        closer, farther = plain_button(style, "+"), plain_button(style, "–")
        closer.on_click(lambda _: self._zoom(2.0))
        farther.on_click(lambda _: self._zoom(0.5))
        return [drag, closer, farther]

    def _area_name(self, code: str) -> str:
        return self.screen.words(self.screen.catalog.area(code).name)
