"""Administration status: the list of indicators, and one of them with all that is behind it."""

from collections.abc import Mapping
from typing import ClassVar

import panel as pn

from cityboard.boards.viewer import BoardViewer
from cityboard.catalog import Board
from cityboard.errors import CityboardError, UnknownNameError
from cityboard.views.breadcrumb import BreadcrumbView
from cityboard.views.control import ControlView
from cityboard.views.coverage import CoverageView, GenderGapView
from cityboard.views.focus import FocusMapView
from cityboard.views.lineage import IndicatorRowsView, LineageView
from cityboard.views.progress import ProgressView
from cityboard.views.screen import Screen
from cityboard.views.status import StatusView
from cityboard.views.view import View


class StatusBoard(BoardViewer):
    """Every indicator of the list, vision by vision."""

    own_parameters: ClassVar = ("vision", "by")

    def __init__(self, screen: Screen, board: Board) -> None:
        self.status = StatusView(screen)
        super().__init__(screen, board, {"status": self.status})

    @property
    def fields(self) -> tuple[str, ...]:
        """Return nothing: the list is of the whole city and its newest periods."""
        return ()

    def layout(self) -> pn.Column:
        """Return the list."""
        return pn.Column(pn.Row(self.status, height=900), sizing_mode="stretch_width")

    def restore(self, parameters: Mapping[str, str]) -> list[CityboardError]:
        """Show the address's vision alone, or all; by periods, or by years."""
        plan, wanted = self.screen.catalog.plan, parameters.get("vision", "")
        known = [node.id for node in (plan.nodes if plan else ()) if node.kind == "vision"]
        problems: list[CityboardError] = []
        if wanted in {"", *known}:
            self.status.vision = wanted
        else:
            within = f"the plan of {self.screen.catalog.id}"
            problems.append(UnknownNameError("vision", wanted, known=known, within=within))
        self.status.is_annual = parameters.get("by") == "year"
        return problems + super().restore(parameters)

    def parameters(self) -> dict[str, str]:
        """Return the vision shown, where not all are, and whether values are of years."""
        shown = {"vision": self.status.vision} if self.status.vision else {}
        return shown | ({"by": "year"} if self.status.is_annual else {}) | super().parameters()


class IndicatorBoard(BoardViewer):
    """One indicator: its value and course, its districts, its lineage and the rows behind it."""

    own_parameters: ClassVar = ("indicator",)

    def __init__(self, screen: Screen, board: Board, indicator: str) -> None:
        self.indicator = screen.store.indicator(indicator)
        fields = tuple(
            f for f in super().fields if f in screen.store.fields(self.indicator.dataset)
        )
        views: dict[str, View] = {"crumbs": BreadcrumbView(screen, None, fields)}
        views["map"] = FocusMapView(screen, indicator_id=indicator)
        if "time" in fields:
            views["strip"] = ControlView(screen, indicator_id=indicator)
        views["progress"] = ProgressView(screen, indicator_id=indicator)
        views["lineage"] = LineageView(screen, indicator_id=indicator)
        views["table"] = IndicatorRowsView(screen, self.indicator)
        super().__init__(screen, board, views)

    def layout(self) -> pn.Column:
        """Return the map and the course, then what is behind the number."""
        shown = [view for name, view in self.views.items() if name != "crumbs"]
        rows = [pn.Row(view, height=420, sizing_mode="stretch_width") for view in shown]
        return pn.Column(self.views["crumbs"], *rows, sizing_mode="stretch_width")

    def parameters(self) -> dict[str, str]:
        """Return the indicator and the selection."""
        return {"indicator": self.indicator.id, **super().parameters()}


class CoverageBoard(BoardViewer):
    """What the list of indicators covers, and what it does not."""

    def __init__(self, screen: Screen, board: Board) -> None:
        views: dict[str, View] = {"gender": GenderGapView(screen), "coverage": CoverageView(screen)}
        super().__init__(screen, board, views)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return nothing: the list is of the whole city and its newest periods."""
        return ()

    def layout(self) -> pn.Column:
        """Return the gender gap, then the rest."""
        gender = pn.Row(self.views["gender"], height=420, sizing_mode="stretch_width")
        return pn.Column(gender, self.views["coverage"], sizing_mode="stretch_width")
