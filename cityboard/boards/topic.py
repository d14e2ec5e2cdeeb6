"""A topic: what it is about, its numbers, and the linked views of one of its datasets."""

from cityboard.boards.linked import LinkedBoard
from cityboard.catalog import Board, Dataset
from cityboard.errors import UnknownNameError
from cityboard.views.screen import Screen
from cityboard.views.topic import TopicView


class TopicBoard(LinkedBoard):
    """The linked views of a topic's dataset, below its indicators.

    Args:
        screen: The session's.
        board: Names the topic's datasets and indicators.
        dataset: Which of them is shown.

    Raises:
        UnknownNameError: The topic has no such dataset.
    """

    few_points = 10_000

    def __init__(self, screen: Screen, board: Board, dataset: str) -> None:
        known = _datasets(board)
        if dataset not in known:
            raise UnknownNameError("dataset", dataset, known=known, within=f"board {board.id}")
        shown = screen.store.dataset(dataset)
        about = TopicView(screen, board, shown)
        super().__init__(screen, board, shown, beside={"about": about})

    @property
    def choices(self) -> list[Dataset]:
        """Return the datasets of the topic that the role may see, in the board's order."""
        published = {dataset.id: dataset for dataset in self.screen.store.datasets()}
        return [published[name] for name in _datasets(self.board) if name in published]


def _datasets(board: Board) -> list[str]:
    own = [board.dataset] if board.dataset else []
    return list(dict.fromkeys([*own, *board.datasets]))
