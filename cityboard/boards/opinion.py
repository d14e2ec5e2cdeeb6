"""Citizens' opinion: what they propose, how it changes, what became of it."""

from collections.abc import Mapping
from typing import ClassVar

import panel as pn

from cityboard.boards.viewer import BoardViewer
from cityboard.catalog import Board
from cityboard.errors import CityboardError, UnknownNameError
from cityboard.opinion import SPANS, keywords_told
from cityboard.views.breadcrumb import BreadcrumbView
from cityboard.views.media import MediaView
from cityboard.views.opinion import MonthsView, OpinionView, PlacesView, RisingView, VoicesView
from cityboard.views.polls import FunnelView, PollsView
from cityboard.views.proposals import AdoptedView, TopicsView
from cityboard.views.screen import Screen
from cityboard.views.view import View

CARDS: dict[str, type[OpinionView]] = {
    "rising": RisingView,
    "months": MonthsView,
    "places": PlacesView,
    "voices": VoicesView,
    "topics": TopicsView,
    "adopted": AdoptedView,
    "funnel": FunnelView,
    "polls": PollsView,
    "media": MediaView,
}


class OpinionBoard(BoardViewer):
    """What citizens propose; a keyword chosen by a press holds for every card."""

    own_parameters: ClassVar = ("keyword", "span")

    def __init__(self, screen: Screen, board: Board) -> None:
        self.cards = {place: card(screen) for place, card in CARDS.items()}
        crumbs = BreadcrumbView(screen, None, self.fields)
        views: dict[str, View] = {"crumbs": crumbs, **self.cards}
        super().__init__(screen, board, views)

    def layout(self) -> pn.Column:
        """Return the cards in rows of two."""
        boxes = [
            pn.Row(card, height=420, sizing_mode="stretch_width") for card in self.cards.values()
        ]
        rows = [pn.Row(*boxes[i : i + 2]) for i in range(0, len(boxes), 2)]
        return pn.Column(self.views["crumbs"], *rows, sizing_mode="stretch_width")

    def restore(self, parameters: Mapping[str, str]) -> list[CityboardError]:
        """Choose the address's keyword and span, select, then ask and show every card."""
        problems: list[CityboardError] = []
        known: dict[str, list[str]] = {"span": [*SPANS], "keyword": []}
        if parameters.get("keyword"):
            known["keyword"] = list(keywords_told(self.screen.store))
        for name in self.own_parameters:
            wanted = parameters.get(name, "")
            if wanted in known[name]:
                for card in self.cards.values():
                    card.param.update({name: wanted})
            elif wanted:
                within = f"board {self.board.id}"
                problems.append(UnknownNameError(name, wanted, known=known[name], within=within))
        return problems + super().restore(parameters)

    def parameters(self) -> dict[str, str]:
        """Return what is chosen and selected."""
        card = self.cards["rising"]
        chosen = {"keyword": card.keyword, "span": "" if card.span == "year" else card.span}
        return {n: v for n, v in chosen.items() if v} | super().parameters()
