"""Boards: reads one from the catalogue and makes its views for one session."""

from cityboard.boards.administration import (
    BudgetBoard,
    CoverageBoard,
    IndicatorBoard,
    PlanBoard,
    StatusBoard,
)
from cityboard.boards.linked import LinkedBoard
from cityboard.boards.live import IncidentBoard, LiveBoard
from cityboard.boards.opinion import OpinionBoard
from cityboard.boards.overview import OverviewBoard
from cityboard.boards.sources import SourcesBoard
from cityboard.boards.topic import TopicBoard
from cityboard.boards.viewer import BoardViewer
from cityboard.errors import CatalogError
from cityboard.views.screen import Screen

__all__ = [
    "BoardViewer",
    "BudgetBoard",
    "CoverageBoard",
    "IncidentBoard",
    "IndicatorBoard",
    "LinkedBoard",
    "LiveBoard",
    "OpinionBoard",
    "OverviewBoard",
    "PlanBoard",
    "SourcesBoard",
    "StatusBoard",
    "TopicBoard",
    "make_board",
]


WHOLE_CITY = {
    "overview": OverviewBoard,
    "status": StatusBoard,
    "coverage": CoverageBoard,
    "plan": PlanBoard,
    "budget": BudgetBoard,
    "sources": SourcesBoard,
    "opinion": OpinionBoard,
    "live": LiveBoard,
    "incident": IncidentBoard,
}


def make_board(
    screen: Screen, board_id: str, *, dataset: str | None = None, indicator: str | None = None
) -> BoardViewer:
    """Return a board of the catalogue, its views made but not yet asked; then call `restore`.

    Args:
        screen: The session's.
        board_id: Board of the catalogue.
        dataset: Dataset of a linked board; None is the board's own.
        indicator: Indicator of a board that shows one; None is the board's headline.

    Raises:
        UnknownNameError: There is no such board or dataset.
        CatalogError: A linked board has no dataset, or one of an indicator has none.
    """
    board = screen.catalog.board(board_id)
    if board.layout in WHOLE_CITY:
        return WHOLE_CITY[board.layout](screen, board)
    if board.layout == "indicator":
        chosen = indicator or board.headline
        if chosen is None:
            msg = f"board {board_id} shows one indicator: name it as its headline or in the address"
            raise CatalogError(msg)
        return IndicatorBoard(screen, board, chosen)
    name = dataset or board.dataset
    if name is None:
        msg = f"board {board_id} shows one dataset: name it in its entry or in the address"
        raise CatalogError(msg)
    if board.layout == "topic":
        return TopicBoard(screen, board, name)
    return LinkedBoard(screen, board, screen.store.dataset(name))
