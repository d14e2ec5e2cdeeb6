"""The first screen: groups of tiles, the indicator looked at on the map and over time."""

import functools
from collections.abc import Mapping
from typing import ClassVar

import panel as pn
import param

from cityboard.boards.viewer import OVERVIEW_FIELDS, BoardViewer
from cityboard.catalog import Board, BoardGroup
from cityboard.errors import CityboardError, DisclosureError, NoSnapshotError, UnknownNameError
from cityboard.observation import observe
from cityboard.views.breadcrumb import BreadcrumbView
from cityboard.views.focus import FocusMapView, FocusTrendView
from cityboard.views.screen import Screen
from cityboard.views.tile import TileView


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
