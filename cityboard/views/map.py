"""The map of a dataset: districts by value, or points datashaded; taps and boxes select."""

import dataclasses
from typing import Any, ClassVar

import numpy as np
import panel as pn
import param
from bokeh.events import RangesUpdate, SelectionGeometry, Tap

from cityboard.catalog import Dataset
from cityboard.engines.duckdb import Cancel
from cityboard.figures.map import drag_to, zoom
from cityboard.query import Field, Pixels, Query
from cityboard.selection import Box, Members, Selection
from cityboard.store import Answer
from cityboard.views.dataset_view import DatasetView
from cityboard.views.district_map import DistrictMap, shaded
from cityboard.views.markup import button_sheets, switch_sheets, text_pane
from cityboard.views.screen import Screen
from cityboard.words import exact_words, unit_words


@dataclasses.dataclass(frozen=True)
class MapResult:
    """What a map shows: a value per district and, for points, the layer."""

    areas: Answer | None
    points: Answer | None
    pixels: Pixels
    image: np.ndarray | None


class MapView(DatasetView):
    """Districts coloured by a measure, or its points shaded over their outlines."""

    publishes: ClassVar = ("area", "place")
    asks_again: ClassVar = ["measure_id", "window", "layer"]

    layer = param.Selector(objects=["points", "areas"], doc="What is drawn.")
    window = param.Tuple(
        default=None, length=4, allow_None=True, doc="West, south, east, north in view (degrees)."
    )

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        self._fields = screen.store.fields(dataset.id)
        layers = [n for n, f in (("points", "place"), ("areas", "area")) if f in self._fields]
        super().__init__(screen, dataset, **{"layer": layers[0], **params})
        self.map = DistrictMap(screen, is_boxable="place" in self._fields, layer=screen.style.light)
        self.figure = self.map.figure
        self.listen(self.figure, Tap, self._tapped)
        self.listen(self.figure, SelectionGeometry, self._boxed)
        self.listen(self.figure, RangesUpdate, self._zoomed)
        self._legend = text_pane(screen.style)
        line = pn.FlexBox(
            self._legend,
            *self._switch(layers),
            *self._controls(),
            align_items="center",
            gap="0.25rem 0.5rem",
            margin=0,
            sizing_mode="stretch_width",
        )
        pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_both", margin=0)
        self._fill(line, pane, self._table)

    @property
    def about(self) -> str:
        """Return what of the measure is shown, in words."""
        return self.screen.say("지도", "map")

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (super().question(selection), self.window, self.layer)

    def ask(self, selection: Selection, cancel: Cancel) -> MapResult:
        """Return the measure per district and, for points, per pixel."""
        where = self.where(selection)
        areas = points = image = None
        if "area" in self._fields:
            query = Query(self.dataset_id, (self.measure_id,), (Field("district"),), where)
            areas = self.screen.store.answer(query, cancel=cancel)
        pixels = self.map.pixels(self.window)
        if self.layer == "points":
            points, image = shaded(self.screen, self.dataset_id, self.measure_id, where, pixels)
        return MapResult(areas, points, pixels, image)

    def show(self, result: MapResult, selection: Selection) -> None:
        """Colour the districts, frame the selected ones, draw the points."""
        clause = selection.get("area")
        chosen = [str(code) for code in clause.values] if isinstance(clause, Members) else []
        values = self.values(result)
        if result.image is None:
            self.map.colour(values, chosen, decimals=self.decimals)
            unit = unit_words(self.measure.unit, self.screen.language)
            self._legend.object = str(self.map.legend(values, unit, decimals=self.decimals))
        else:
            self.map.outline(chosen)
            self._legend.object = str(self.map.shade_legend())
        self.map.draw_points(result.image, result.pixels)
        rows = sorted(values.items(), key=lambda item: -item[1])
        self.tell(
            [self.screen.say("자치구", "District"), self.screen.words(self.measure.title)],
            [
                [self._area_name(code), exact_words(value, decimals=self.decimals)]
                for code, value in rows
            ],
        )

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers shown."""
        if self.result is None:
            return ()
        return tuple(a for a in (self.result.points, self.result.areas) if a is not None)

    def values(self, result: MapResult) -> dict[str, float]:
        """Return district code → value of a result."""
        if result.areas is None:
            return {}
        known = result.areas.frame.dropna()
        return dict(zip(known["district"], known[self.measure_id].astype(float), strict=True))

    def choose(self, code: str | None) -> None:
        """Select one district, or none; choosing the selected one lets it go."""
        clause = self.screen.selection.value.get("area")
        if code is None or (isinstance(clause, Members) and clause.values == (code,)):
            self.screen.selection.clear("area")
        else:
            self.screen.selection.publish(Members("area", (code,)))

    def box(self, west: float, south: float, east: float, north: float) -> None:
        """Select a box (degrees), to the sixth decimal."""
        self.screen.selection.publish(Box(*(round(s, 6) for s in (west, south, east, north))))

    def _tapped(self, event: Tap) -> None:
        if "area" in self._fields:
            self.choose(self.map.area_at(event.x, event.y))

    def _boxed(self, event: SelectionGeometry) -> None:
        geometry = event.geometry
        if event.final and geometry.get("type") == "rect":
            (x0, x1), (y0, y1) = (sorted((geometry[f"{a}0"], geometry[f"{a}1"])) for a in "xy")
            self.box(*self.map.plane.degrees(x0, y0), *self.map.plane.degrees(x1, y1))

    def _zoomed(self, event: RangesUpdate) -> None:
        if self.layer == "points":
            low = self.map.plane.degrees(event.x0, event.y0)
            self.window = (*low, *self.map.plane.degrees(event.x1, event.y1))

    def _switch(self, layers: list[str]) -> list[pn.viewable.Viewable]:
        """Return the buttons that choose the layer, where there are two."""
        if len(layers) < 2 or not self.screen.is_live:
            return []
        say = self.screen.say
        words = {"points": say("지점", "Points"), "areas": say("자치구", "Districts")}
        names = {words[layer]: layer for layer in layers}
        buttons = pn.widgets.RadioButtonGroup.from_param(
            self.param.layer, options=names, stylesheets=switch_sheets(self.screen.style), margin=0
        )
        return [buttons]

    def _controls(self) -> list[pn.viewable.Viewable]:
        """Return large buttons for what else takes two fingers: drag, zoom in, zoom out."""
        if not (self.screen.is_live and "place" in self._fields):
            return []
        say, style = self.screen.say, self.screen.style
        names = {say("상자로 고르기", "Select"): "select", say("옮기기", "Move"): "move"}
        drag = pn.widgets.RadioButtonGroup(
            options=names, stylesheets=switch_sheets(style), margin=0
        )
        drag.param.watch(lambda event: drag_to(self.figure, event.new), "value")
        buttons = []
        for label, factor in (("+", 2.0), ("–", 0.5)):
            button = pn.widgets.Button(label=label, stylesheets=button_sheets(style), margin=0)
            button.on_click(lambda _, factor=factor: zoom(self.figure, factor))
            buttons.append(button)
        return [drag, *buttons]

    def _area_name(self, code: str) -> str:
        return self.screen.words(self.screen.catalog.area(code).name)
