"""Boards: which views stand where, declared, never drawn."""

from typing import Literal

from pydantic import Field

from cityboard.catalog.dataset import Name
from cityboard.catalog.text import Entry, Text

ViewKind = Literal["map", "trend", "ranking", "categories", "heatmap", "table"]


class BoardView(Entry):
    """One view on a board.

    Attributes:
        kind: Which view; left out where the dataset has nothing it could show.
        dataset: Dataset asked; None is the board's own dataset.
        measure: Measure asked; None is the first of the dataset.
        by: Column for `categories`; None is the dataset's first dimension.
    """

    kind: ViewKind
    dataset: Name | None = None
    measure: Name | None = None
    by: Name | None = None


class BoardGroup(Entry):
    """A named group of indicator tiles; `shown` of them, those that deviate most."""

    id: Name
    title: Text
    indicators: tuple[Name, ...] = Field(min_length=1)
    shown: int = Field(default=4, ge=1, le=4)


class Board(Entry):
    """A screen: groups of tiles, or linked views of one dataset."""

    id: Name
    title: Text
    description: Text
    layout: Literal["overview", "linked"]
    groups: tuple[BoardGroup, ...] = ()
    views: tuple[BoardView, ...] = ()
    dataset: Name | None = None
    headline: Name | None = None
