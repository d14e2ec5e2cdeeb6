"""Where data come from: the register of sources, the list of open data, the data types."""

from collections.abc import Mapping
from typing import ClassVar

import panel as pn

from cityboard.boards.viewer import BoardViewer
from cityboard.catalog import Board
from cityboard.errors import CityboardError, UnknownNameError
from cityboard.registers import LIST
from cityboard.views.screen import Screen
from cityboard.views.sources import ListedView, SourcesView, TypesView
from cityboard.views.view import View


class SourcesBoard(BoardViewer):
    """The registers; what is looked for in the list of open data stands in the address."""

    own_parameters: ClassVar = ("search", "field", "only")

    def __init__(self, screen: Screen, board: Board) -> None:
        views: dict[str, View] = {"sources": SourcesView(screen, board)}
        is_listed = any(dataset.id == LIST for dataset in screen.store.datasets())
        self.listed = ListedView(screen) if is_listed else None
        if self.listed is not None:
            views["listed"] = self.listed
        super().__init__(screen, board, views | {"types": TypesView(screen)})

    @property
    def fields(self) -> tuple[str, ...]:
        """Return nothing: it is of the whole city."""
        return ()

    def layout(self) -> pn.Column:
        """Return the registers below one another."""
        return pn.Column(*self.views.values(), sizing_mode="stretch_width")

    def restore(self, parameters: Mapping[str, str]) -> list[CityboardError]:
        """Look for what the address names, then ask and show every view."""
        problems: list[CityboardError] = []
        if self.listed is not None:
            self.listed.find(parameters.get("search", ""))
            known = {"field": self.listed.known_fields(), "only": ["service", "file"]}
            for name, values in known.items():
                wanted = parameters.get(name, "")
                if wanted in {"", *values}:
                    self.listed.param.update({name: wanted})
                else:
                    within = f"board {self.board.id}"
                    problems.append(UnknownNameError(name, wanted, known=values, within=within))
        return problems + super().restore(parameters)

    def parameters(self) -> dict[str, str]:
        """Return what is looked for."""
        if self.listed is None:
            return super().parameters()
        chosen = {name: str(getattr(self.listed, name)) for name in self.own_parameters}
        return {name: value for name, value in chosen.items() if value} | super().parameters()
