"""A board drawn for one session: its views, their broker, and the state its address holds."""

import abc
from collections.abc import Mapping
from typing import ClassVar

import panel as pn
import param

from cityboard.catalog import Board, Dataset
from cityboard.errors import CityboardError, UnknownNameError
from cityboard.selection import Members, Selection
from cityboard.views.broker import Broker
from cityboard.views.screen import Screen
from cityboard.views.view import CardView, View

OVERVIEW_FIELDS = ("area", "time")


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
