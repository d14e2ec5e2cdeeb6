"""Every view that one dataset can fill, linked by the selection."""

import functools
from collections.abc import Callable, Mapping
from typing import ClassVar

import panel as pn
import param

from cityboard.boards.viewer import BoardViewer
from cityboard.catalog import Board, Dataset, ViewKind
from cityboard.errors import CityboardError, UnknownNameError
from cityboard.registers import can_fill, told_dimensions
from cityboard.selection import Selection
from cityboard.views.bars import BarsView
from cityboard.views.breadcrumb import BreadcrumbView
from cityboard.views.dataset_view import DatasetView
from cityboard.views.heatmap import HeatmapView
from cityboard.views.listing import ListingView
from cityboard.views.map import MapView
from cityboard.views.recount_line import RecountLine
from cityboard.views.screen import Screen
from cityboard.views.trend import TrendView
from cityboard.views.view import View

PICKER_CSS = """
:host { font-family: Pretendard, 'Noto Sans KR', sans-serif; color: var(--muted); }
.bk-input-group { flex-direction: row; align-items: center; gap: .5rem; white-space: nowrap; }
.bk-input-group label { font-size: .75rem; margin: 0; }
.bk-input { min-height: 2.75rem; font: inherit; font-size: .875rem; color: var(--text);
  background-color: var(--raised); border: 1px solid var(--line); border-radius: .5rem; }
"""


class LinkedBoard(BoardViewer):
    """Every view that one dataset can fill, linked by the selection.

    Attributes:
        few_points: Of fewer rows the map begins with areas: so few points are not seen from afar.
    """

    few_points: ClassVar[int] = 0
    own_parameters: ClassVar = ("dataset", "measure")

    measure_id = param.Selector(objects=["rows"], doc="Measure that every view shows.")

    def __init__(
        self,
        screen: Screen,
        board: Board,
        dataset: Dataset,
        *,
        beside: Mapping[str, View] | None = None,
    ) -> None:
        self._dataset, self._fields = dataset, screen.store.fields(dataset.id)
        self._crumbs = BreadcrumbView(screen, dataset, self._fields)
        views: dict[str, View] = {"crumbs": self._crumbs, **(beside or {})}
        for kind in board.views:
            views |= _views_of(kind, screen, dataset, few_points=self.few_points)
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

    @property
    def choices(self) -> list[Dataset]:
        """Return the datasets that the header offers instead."""
        return self.screen.store.datasets()

    def layout(self) -> pn.Column:
        """Return the cards in rows of two."""
        cards = [view for name, view in self.views.items() if name != "crumbs"]
        boxes = [pn.Row(card, height=340, sizing_mode="stretch_width") for card in cards]
        rows = [pn.Row(*boxes[i : i + 2]) for i in range(0, len(boxes), 2)]
        return pn.Column(self.views["crumbs"], self.picker, *rows, sizing_mode="stretch_width")

    def restore(self, parameters: Mapping[str, str]) -> list[CityboardError]:
        """Show the address's measure, select, then ask and show every view."""
        problems: list[CityboardError] = []
        if name := self.dataset.told_apart_by:
            first = next(iter(self.dataset.column(name).labels or {}))
            parameters = {name: first, **parameters}
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


CARDS: Mapping[ViewKind, Callable[[Screen, Dataset], View]] = {
    "trend": TrendView,
    "heatmap": HeatmapView,
    "table": ListingView,
}


def _views_of(
    kind: ViewKind, screen: Screen, dataset: Dataset, *, few_points: int
) -> dict[str, View]:
    """Return the views of a kind that the dataset can fill, by their place on the page."""
    fields = screen.store.fields(dataset.id)
    if not can_fill(kind, fields):
        return {}
    if kind == "map":
        is_sparse = "area" in fields and screen.store.snapshot(dataset.id).rows < few_points
        return {"map": MapView(screen, dataset, **({"layer": "areas"} if is_sparse else {}))}
    if kind == "ranking":
        return {"ranking": BarsView(screen, dataset, field="district")}
    if kind == "categories":
        told = told_dimensions(screen.store, dataset)
        return {f"by_{name}": BarsView(screen, dataset, field=name) for name in told}
    return {kind: CARDS[kind](screen, dataset)}
