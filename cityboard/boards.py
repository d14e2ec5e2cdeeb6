"""Boards: reads one from the catalogue and makes its views for one session."""

import abc
import functools
from collections.abc import Mapping
from typing import ClassVar

import panel as pn
import param

from cityboard.catalog import Board, BoardGroup, Dataset
from cityboard.errors import (
    CatalogError,
    CityboardError,
    DisclosureError,
    NoSnapshotError,
    UnknownNameError,
)
from cityboard.observation import observe
from cityboard.query import Field, Query
from cityboard.selection import Members, Selection
from cityboard.views.bars import BarsView
from cityboard.views.breadcrumb import BreadcrumbView
from cityboard.views.broker import Broker
from cityboard.views.dataset_view import DatasetView
from cityboard.views.focus import FocusMapView, FocusTrendView
from cityboard.views.heatmap import HeatmapView
from cityboard.views.listing import ListingView
from cityboard.views.map import MapView
from cityboard.views.recount_line import RecountLine
from cityboard.views.screen import Screen
from cityboard.views.tile import TileView
from cityboard.views.trend import TrendView
from cityboard.views.view import CardView, View

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
        own_parameters: Parameters of the address that are not fields of the selection.
    """

    own_parameters: ClassVar[tuple[str, ...]] = ()

    screen = param.ClassSelector(class_=Screen, constant=True, doc="The session's.")

    def __init__(self, screen: Screen, board: Board, views: Mapping[str, View]) -> None:
        super().__init__(screen=screen)
        self.board, self.views = board, dict(views)
        self.broker = Broker(screen, tuple(self.views.values()))

    def __panel__(self) -> pn.Column:
        """Return the board as one layout, for a notebook.

        Of what changes, Panel sends a notebook only what it changed itself, so the rest is pushed.
        """
        layout = self.layout()

        def push(_event: object) -> None:
            pn.io.push_notebook(layout)

        self.broker.param.watch(push, "shown")
        for view in self.views.values():
            if isinstance(view, CardView):
                view.param.watch(push, "is_opened")
        return layout

    @abc.abstractmethod
    def layout(self) -> pn.Column:
        """Return the views below one another."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that may be selected."""
        return OVERVIEW_FIELDS

    @property
    def dataset(self) -> Dataset | None:
        """Return the one dataset it shows, or None."""
        return None

    def restore(self, parameters: Mapping[str, str]) -> list[CityboardError]:
        """Select what an address holds, then ask and show every view.

        Returns:
            What of the address could not be used; the rest is.
        """
        known = [*self.own_parameters, *self.fields]
        within = f"board {self.board.id}"
        problems: list[CityboardError] = [
            UnknownNameError("parameter", name, known=known, within=within)
            for name in parameters
            if name not in known
        ]
        selection = Selection()
        for field in self.fields:
            try:
                one = Selection.from_parameters(parameters, fields=[field])
                self._check(one)
                selection = selection.put(*one.clauses)
            except CityboardError as error:
                problems.append(error)
        with param.discard_events(self.screen.selection):
            self.screen.selection.value = selection
        self.broker.start()
        return problems

    def parameters(self) -> dict[str, str]:
        """Return the address's parameters from which `restore` makes this state."""
        return self.screen.selection.value.to_parameters()

    def _check(self, selection: Selection) -> None:
        """Refuse what the city does not have, before every view does."""
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
        shown = [name for names in self.groups.values() for name in names]
        if not shown:
            msg = f"board {board.id}: nothing it shows is published. Run `cityboard build`."
            raise NoSnapshotError(msg)
        tiles = {name: TileView(screen, screen.store.indicator(name)) for name in shown}
        first = board.headline if _may_see(screen, board.headline) else shown[0]
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

    def layout(self) -> pn.Column:
        """Return the tiles in rows below the map and the course of time."""
        rows = [pn.Row(*(self.tiles[i] for i in ids), height=130) for ids in self.groups.values()]
        return pn.Column(
            self.views["crumbs"],
            pn.Row(self.map, height=520),
            pn.Row(self.strip, height=150),
            *rows,
            sizing_mode="stretch_width",
        )

    def restore(self, parameters: Mapping[str, str]) -> list[CityboardError]:
        """Look at the address's indicator, select, then ask and show every view."""
        problems: list[CityboardError] = []
        try:
            wanted = parameters.get("indicator", self.indicator_id)
            self.indicator_id = self.screen.store.indicator(wanted).id
        except CityboardError as error:
            problems.append(error)
        self._look()
        return problems + super().restore(parameters)

    def parameters(self) -> dict[str, str]:
        """Return the selection and the indicator looked at."""
        return {"indicator": self.indicator_id, **super().parameters()}

    def _look(self) -> None:
        self.map.indicator_id = self.strip.indicator_id = self.indicator_id
        for name, tile in self.tiles.items():
            tile.mark_chosen(is_chosen=name == self.indicator_id)
        self.broker.ask()


class LinkedBoard(BoardViewer):
    """Every view that one dataset can fill, linked by the selection."""

    own_parameters: ClassVar = ("dataset", "measure")

    measure_id = param.Selector(objects=["rows"], doc="Measure that every view shows.")

    def __init__(self, screen: Screen, board: Board, dataset: Dataset) -> None:
        self._dataset, self._fields = dataset, screen.store.fields(dataset.id)
        self._crumbs = BreadcrumbView(screen, dataset, self._fields)
        views: dict[str, View] = {"crumbs": self._crumbs}
        for kind in board.views:
            views |= _views_of(kind, screen, dataset)
        super().__init__(screen, board, views)
        self._link_near()
        if screen.is_live:
            line = RecountLine(screen, self.broker.recount)
            self._crumbs.add(*line.parts())
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

    @property
    def dataset(self) -> Dataset:
        """Return the dataset it shows."""
        return self._dataset

    def layout(self) -> pn.Column:
        """Return the cards in rows of two."""
        cards = [view for name, view in self.views.items() if name != "crumbs"]
        boxes = [pn.Row(card, height=340, sizing_mode="stretch_width") for card in cards]
        rows = [pn.Row(*boxes[i : i + 2]) for i in range(0, len(boxes), 2)]
        return pn.Column(self.views["crumbs"], self.picker, *rows, sizing_mode="stretch_width")

    def restore(self, parameters: Mapping[str, str]) -> list[CityboardError]:
        """Show the address's measure, select, then ask and show every view."""
        problems: list[CityboardError] = []
        wanted, known = parameters.get("measure", self.measure_id), self.param.measure_id.objects
        if wanted in known:
            self.measure_id = wanted
        else:
            within = f"dataset {self.dataset.id}"
            problems.append(UnknownNameError("measure", wanted, known=known, within=within))
        return problems + super().restore(parameters)

    def parameters(self) -> dict[str, str]:
        """Return the dataset, the measure and the selection."""
        return {"dataset": self.dataset.id, "measure": self.measure_id, **super().parameters()}

    def _check(self, selection: Selection) -> None:
        self.screen.store.check(self.dataset, selection.clauses)

    def _link_near(self) -> None:
        """Have the rows follow what is tapped on the map, and the map what the rows let go."""
        seen, rows = self.views.get("map"), self.views.get("table")
        if isinstance(seen, MapView) and isinstance(rows, ListingView):
            for one, other in ((seen, rows), (rows, seen)):
                one.param.watch(functools.partial(_follow, other), "near")

    def _measure(self) -> None:
        for view in self.views.values():
            if isinstance(view, (DatasetView, BreadcrumbView)):
                view.measure_id = self.measure_id
        self.broker.ask()


def _follow(view: MapView | ListingView, event: param.parameterized.Event) -> None:
    if view.near != event.new:
        view.near = event.new


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


def _most_deviating(screen: Screen, group: BoardGroup) -> list[str]:
    """Return the indicators of a group to show; one that fails stays, to say why."""
    candidates = [name for name in group.indicators if _may_see(screen, name)]
    candidates.sort(key=lambda name: -_deviation(screen, name))
    return candidates[: group.shown]


def _may_see(screen: Screen, indicator: str | None) -> bool:
    """Tell whether there is an indicator, published and for the role to see."""
    if indicator is None:
        return False
    try:
        screen.store.snapshot(screen.store.indicator(indicator).dataset)
    except (DisclosureError, NoSnapshotError, UnknownNameError):
        return False
    except CityboardError:
        return True
    return True


def _deviation(screen: Screen, indicator: str) -> float:
    try:
        return abs(observe(screen.store, screen.store.indicator(indicator)).deviation)
    except CityboardError:
        return 0.0


def _is_told(screen: Screen, dataset: Dataset, dimension: str) -> bool:
    """Tell whether what is published has any value of a dimension: figures may leave it out."""
    query = Query(dataset.id, ("rows",), (Field(dimension),))
    try:
        return bool(screen.store.answer(query).frame[dimension].notna().any())
    except CityboardError:
        return True


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
