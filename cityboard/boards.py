"""Boards: reads one from the catalogue and makes its views for one session."""

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any, ClassVar

import panel as pn
import param

from cityboard.catalog import Board, Dataset, Indicator
from cityboard.errors import CatalogError, CityboardError, UnknownNameError
from cityboard.observation import observe
from cityboard.period import first_day, period_end
from cityboard.query import Field, Query
from cityboard.selection import Interval, Members, Selection
from cityboard.views.bars import BarsView
from cityboard.views.breadcrumb import BreadcrumbView
from cityboard.views.broker import Broker
from cityboard.views.focus import FocusMapView, FocusTrendView
from cityboard.views.heatmap import HeatmapView
from cityboard.views.listing import ListingView
from cityboard.views.map import MapView
from cityboard.views.screen import Screen
from cityboard.views.tile import TileView
from cityboard.views.trend import TrendView
from cityboard.views.view import View
from cityboard.words import error_words

OVERVIEW_FIELDS = ("area", "time")
PICKER_CSS = """
:host { font-family: Pretendard, 'Noto Sans KR', sans-serif; color: var(--muted); }
.bk-input-group { flex-direction: row; align-items: center; gap: .5rem; white-space: nowrap; }
.bk-input-group label { font-size: .75rem; margin: 0; }
.bk-input { min-height: 2.75rem; font: inherit; font-size: .875rem; color: var(--text);
  background-color: var(--raised); border: 1px solid var(--line); border-radius: .5rem; }
"""


class BoardViewer(pn.viewable.Viewer):
    """A board drawn for one session.

    Attributes:
        views: Every view, by the name of its place on the page.
        problem: What of the address could not be read; empty when all could.
        own_parameters: Parameters of the address that are not fields of the selection.
    """

    own_parameters: ClassVar[tuple[str, ...]] = ()

    screen = param.ClassSelector(class_=Screen, constant=True, doc="The session's.")

    def __init__(self, screen: Screen, board: Board, views: Mapping[str, View]) -> None:
        super().__init__(screen=screen)
        self.board, self.views = board, dict(views)
        self.problem = ""
        self.broker = Broker(screen, tuple(self.views.values()))

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that may be selected."""
        return OVERVIEW_FIELDS

    def restore(self, parameters: Mapping[str, str]) -> None:
        """Select what an address holds, then ask and show every view."""
        try:
            selection = Selection.from_parameters(parameters, fields=self.fields)
            self._check_areas(selection)
        except CityboardError as error:
            self.problem = error_words(error, self.screen.language)
        else:
            with param.discard_events(self.screen.selection):
                self.screen.selection.value = selection
        self.broker.refresh()

    def parameters(self) -> dict[str, str]:
        """Return the address's parameters from which `restore` makes this state."""
        return self.screen.selection.value.to_parameters()

    def _unknown(self, kind: str, name: str, known: list[str]) -> str:
        error = UnknownNameError(kind, name, known=known, within=f"board {self.board.id}")
        return error_words(error, self.screen.language)

    def _check_areas(self, selection: Selection) -> None:
        """Refuse areas the city does not have, before every view does."""
        clause = selection.get("area")
        for code in clause.values if isinstance(clause, Members) else ():
            self.screen.catalog.area(str(code))


class OverviewBoard(BoardViewer):
    """The first screen: groups of tiles, the indicator looked at on the map and over time.

    Of each group's indicators those are shown that deviate most from their own past.
    """

    own_parameters: ClassVar = ("indicator",)

    indicator_id = param.String(doc="The indicator looked at.")

    def __init__(self, screen: Screen, board: Board) -> None:
        self.groups = {group.id: _most_deviating(screen, group) for group in board.groups}
        tiles = {i: TileView(screen, screen.catalog.indicator(i)) for i in _flat(self.groups)}
        first = board.headline or next(iter(tiles))
        self.map = FocusMapView(screen, indicator_id=first)
        self.strip = FocusTrendView(screen, indicator_id=first)
        crumbs = BreadcrumbView(screen, None, OVERVIEW_FIELDS)
        views = {"crumbs": crumbs, "map": self.map, "strip": self.strip}
        super().__init__(screen, board, {**views, **tiles})
        self.tiles = tiles
        self.indicator_id = first
        self.param.watch(lambda _: self._look(), "indicator_id")
        for name, tile in tiles.items():
            tile.on_press(functools.partial(self.param.update, indicator_id=name))

    def __panel__(self) -> pn.Column:
        """Return the board as one layout, for a notebook."""
        rows = [pn.Row(*(self.tiles[i] for i in ids), height=130) for ids in self.groups.values()]
        return pn.Column(
            self.views["crumbs"],
            pn.Row(self.map, height=520),
            pn.Row(self.strip, height=150),
            *rows,
            sizing_mode="stretch_width",
        )

    def restore(self, parameters: Mapping[str, str]) -> None:
        """Look at the address's indicator, select, then ask and show every view."""
        wanted = parameters.get("indicator", self.indicator_id)
        if wanted in self.screen.catalog.indicators:
            self.indicator_id = wanted
        else:
            self.problem = self._unknown("indicator", wanted, list(self.screen.catalog.indicators))
        super().restore(parameters)
        self._look()

    def parameters(self) -> dict[str, str]:
        """Return the selection and the indicator looked at."""
        return {"indicator": self.indicator_id, **super().parameters()}

    def _look(self) -> None:
        self.map.indicator_id = self.strip.indicator_id = self.indicator_id
        for name, tile in self.tiles.items():
            tile.mark_chosen(is_chosen=name == self.indicator_id)


class LinkedBoard(BoardViewer):
    """Every view that one dataset can fill, linked by the selection."""

    own_parameters: ClassVar = ("dataset", "measure")

    measure_id = param.Selector(objects=["rows"], doc="Measure that every view shows.")

    def __init__(self, screen: Screen, board: Board, dataset: Dataset) -> None:
        self.dataset = dataset
        self._fields = screen.store.fields(dataset.id)
        views: dict[str, View] = {"crumbs": BreadcrumbView(screen, dataset, self._fields)}
        for kind in board.views:
            views |= _views_of(kind, screen, dataset)
        super().__init__(screen, board, views)
        measures = [measure.id for measure in dataset.measures] or ["rows"]
        self.param.measure_id.objects = measures
        self.measure_id = measures[0]
        self.param.watch(lambda _: self._measure(), "measure_id")
        names = {screen.words(dataset.measure(m).title): m for m in measures}
        self.picker = pn.widgets.Select.from_param(
            self.param.measure_id,
            label=screen.say("측정값", "Measure"),
            options=names,
            description=None,
            stylesheets=[f":host {{ {screen.style.css_variables} }}", PICKER_CSS],
            sizing_mode="stretch_width",
            margin=0,
        )

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that may be selected."""
        return self._fields

    def __panel__(self) -> pn.Column:
        """Return the board as one layout, for a notebook."""
        cards = [view for name, view in self.views.items() if name != "crumbs"]
        boxes = [pn.Row(card, height=340, sizing_mode="stretch_width") for card in cards]
        rows = [pn.Row(*boxes[i : i + 2]) for i in range(0, len(boxes), 2)]
        return pn.Column(self.views["crumbs"], self.picker, *rows, sizing_mode="stretch_width")

    def restore(self, parameters: Mapping[str, str]) -> None:
        """Show the address's measure, select, then ask and show every view.

        A stock begins with its newest period: residents of two years may not be added up.
        """
        if self.dataset.time and self.dataset.time.is_stock and "time" not in parameters:
            parameters = {**parameters, "time": str(_newest_period(self.screen, self.dataset))}
        wanted = parameters.get("measure", self.measure_id)
        if wanted in self.param.measure_id.objects:
            self.measure_id = wanted
        else:
            self.problem = self._unknown("measure", wanted, self.param.measure_id.objects)
        super().restore(parameters)

    def parameters(self) -> dict[str, str]:
        """Return the dataset, the measure and the selection."""
        return {"dataset": self.dataset.id, "measure": self.measure_id, **super().parameters()}

    def _measure(self) -> None:
        for view in self.views.values():
            if hasattr(view, "measure_id"):
                view.measure_id = self.measure_id


def make_board(screen: Screen, board_id: str, *, dataset: str | None = None) -> BoardViewer:
    """Return a board of the catalogue, its views made but not yet asked; then call `restore`.

    Args:
        screen: The session's.
        board_id: Board of the catalogue.
        dataset: Dataset of a linked board; None is the board's own.

    Raises:
        UnknownNameError: There is no such board or dataset.
        CatalogError: A linked board has no dataset.
    """
    board = screen.catalog.board(board_id)
    if board.layout == "overview":
        return OverviewBoard(screen, board)
    name = dataset or board.dataset
    if name is None:
        msg = f"board {board_id} shows one dataset: name it in its entry or in the address"
        raise CatalogError(msg)
    return LinkedBoard(screen, board, screen.store.dataset(name))


def _newest_period(screen: Screen, dataset: Dataset) -> Interval:
    grain = screen.store.grain(dataset.id) or "year"
    last = screen.store.freshness(dataset.id).last or dt.date.max
    low = first_day(last, grain)
    return Interval(low, period_end(low, grain) + dt.timedelta(days=1))


def _most_deviating(screen: Screen, group: Any) -> list[str]:
    published = {dataset.id for dataset in screen.store.datasets()}
    candidates = [screen.catalog.indicator(name) for name in group.indicators]
    seen = [
        observe(screen.store, indicator)
        for indicator in candidates
        if indicator.dataset in published and _has(screen, indicator)
    ]
    seen.sort(key=lambda observation: -abs(observation.deviation))
    return [observation.indicator.id for observation in seen[: group.shown]]


def _has(screen: Screen, indicator: Indicator) -> bool:
    """Tell whether the role may see what the indicator is computed from."""
    dataset = screen.store.dataset(indicator.dataset)
    names = {column.name for column in dataset.columns}
    measures = {measure.id for measure in dataset.measures} | {"rows"}
    return indicator.measure in measures and set(indicator.where) <= names


def _flat(groups: Mapping[str, list[str]]) -> list[str]:
    return [name for names in groups.values() for name in names]


def _is_told(screen: Screen, dataset: Dataset, dimension: str) -> bool:
    """Tell whether what is published has any value of a dimension: figures may leave it out."""
    query = Query(dataset.id, ("rows",), (Field(dimension),))
    return bool(screen.store.answer(query).frame[dimension].notna().any())


def _views_of(kind: str, screen: Screen, dataset: Dataset) -> dict[str, View]:
    """Return the views of a kind that the dataset can fill, by their place on the page."""
    fields = screen.store.fields(dataset.id)
    if kind == "map" and {"place", "area"} & set(fields):
        return {"map": MapView(screen, dataset)}
    if kind == "trend" and "time" in fields:
        return {"trend": TrendView(screen, dataset)}
    if kind == "heatmap" and "hour" in fields and "time" in fields:
        return {"heatmap": HeatmapView(screen, dataset)}
    if kind == "ranking" and "area" in fields:
        return {"ranking": BarsView(screen, dataset, field="district")}
    if kind == "categories":
        told = [name for name in dataset.dimensions if _is_told(screen, dataset, name)]
        return {f"by_{name}": BarsView(screen, dataset, field=name) for name in told[:2]}
    return {"table": ListingView(screen, dataset)} if kind == "table" else {}
