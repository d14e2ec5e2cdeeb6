"""Administration status: the list of indicators, and one of them with all that is behind it."""

import abc
from collections.abc import Mapping
from typing import ClassVar

import panel as pn

from cityboard.boards.viewer import BoardViewer
from cityboard.catalog import Board
from cityboard.errors import CityboardError, UnknownNameError
from cityboard.observation import observe
from cityboard.promises import budget, pledges
from cityboard.views.breadcrumb import BreadcrumbView
from cityboard.views.budget import BudgetView
from cityboard.views.control import ControlView
from cityboard.views.coverage import CoverageView, GenderGapView
from cityboard.views.focus import FocusMapView
from cityboard.views.groups import GroupsView, columns_of
from cityboard.views.lineage import IndicatorRowsView, LineageView
from cityboard.views.multiples import MultiplesView
from cityboard.views.plan import PlanView
from cityboard.views.progress import ProgressView
from cityboard.views.screen import Screen
from cityboard.views.status import StatusView
from cityboard.views.told import ToldView
from cityboard.views.view import View


def visions_of(screen: Screen) -> list[str]:
    """Return the ids of the plan's visions, in order."""
    plan = screen.catalog.plan
    return [node.id for node in plan.below(None, "vision")] if plan else []


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
        if len(observe(screen.store, self.indicator).series) > 1:
            views["strip"] = ControlView(screen, indicator_id=indicator)
        views["progress"] = ProgressView(screen, indicator_id=indicator)
        views["lineage"] = LineageView(screen, indicator_id=indicator)
        if "area" in fields:
            views["multiples"] = MultiplesView(screen, indicator_id=indicator)
        if columns_of(self.indicator):
            views["groups"] = GroupsView(screen, indicator_id=indicator)
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


class ToldBoard(BoardViewer):
    """A board of one card of words, whose parameters are those of its address."""

    def __init__(self, screen: Screen, board: Board, told: ToldView) -> None:
        self.told = told
        super().__init__(screen, board, {board.layout: told})

    @property
    def fields(self) -> tuple[str, ...]:
        """Return nothing: it is of the whole city."""
        return ()

    def layout(self) -> pn.Column:
        """Return the card."""
        return pn.Column(self.told, sizing_mode="stretch_width")

    def restore(self, parameters: Mapping[str, str]) -> list[CityboardError]:
        """Choose what the address names, where there is that."""
        problems: list[CityboardError] = []
        for name in self.own_parameters:
            wanted, known = parameters.get(name, ""), self._known(name)
            if wanted in {"", *known}:
                self.told.param.update({name: wanted})
            else:
                within = f"city {self.screen.catalog.id}"
                problems.append(UnknownNameError(name, wanted, known=known, within=within))
        return problems + super().restore(parameters)

    def parameters(self) -> dict[str, str]:
        """Return what is chosen."""
        chosen = {name: str(getattr(self.told, name)) for name in self.own_parameters}
        return {name: value for name, value in chosen.items() if value} | super().parameters()

    @abc.abstractmethod
    def _known(self, parameter: str) -> list[str]:
        """Return the values that a parameter may have."""


class StatusBoard(ToldBoard):
    """Every indicator of the list, vision by vision."""

    own_parameters: ClassVar = ("vision", "by")

    def __init__(self, screen: Screen, board: Board) -> None:
        super().__init__(screen, board, StatusView(screen))

    def _known(self, parameter: str) -> list[str]:
        return ["year"] if parameter == "by" else visions_of(self.screen)


class PlanBoard(ToldBoard):
    """The plan, its pledges, projects and findings."""

    own_parameters: ClassVar = ("vision", "pledge")

    def __init__(self, screen: Screen, board: Board) -> None:
        super().__init__(screen, board, PlanView(screen))

    def _known(self, parameter: str) -> list[str]:
        if parameter == "pledge":
            return [str(name) for name in pledges(self.screen.store).frame["pledge_id"]]
        return visions_of(self.screen)


class BudgetBoard(ToldBoard):
    """The budget's execution against its plan."""

    own_parameters: ClassVar = ("bureau",)

    def __init__(self, screen: Screen, board: Board) -> None:
        super().__init__(screen, board, BudgetView(screen))

    def _known(self, parameter: str) -> list[str]:  # noqa: ARG002
        return [str(name) for name in budget(self.screen.store).frame["bureau_id"]]


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
