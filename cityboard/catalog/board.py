"""Boards: which views stand where, declared, never drawn."""

from typing import Literal

from pydantic import Field

from cityboard.catalog.dataset import Name
from cityboard.catalog.text import Entry, Text

ViewKind = Literal["map", "trend", "ranking", "categories", "heatmap", "table"]
Menu = Literal["live", "opinion", "administration", "data"]


class BoardGroup(Entry):
    """A named group of indicator tiles; `shown` of them, those that deviate most."""

    id: Name
    title: Text
    indicators: tuple[Name, ...] = Field(min_length=1)
    shown: int = Field(default=4, ge=1, le=4)


class Board(Entry):
    """A screen: groups of tiles, or linked views of one dataset.

    Attributes:
        layout: `overview` (tiles, a map, a time strip), `linked` (views of one dataset), `status`
            (every indicator), `indicator` (one, and what is behind it), `plan`, `budget`,
            `coverage` (what the list covers), `live` (what happens now), `incident` (one),
            `opinion`, `topic` (linked views of one dataset and its neighbours) or `sources`.
        menu: Menu of the header it stands in; None is none.
        position: Its place in the menu, from 1.
        groups: Groups of an overview.
        views: Views of a linked board, in order; those that the dataset cannot fill are left out.
        dataset: Dataset of a linked board or a topic unless the address names another.
        datasets: Further datasets of a topic, in the header's list.
        indicators: Indicators of a topic, as tiles that open their pages.
        headline: Indicator an overview looks at first; None is the first shown.
    """

    id: Name
    title: Text
    description: Text
    layout: Literal[
        "overview",
        "linked",
        "status",
        "indicator",
        "plan",
        "budget",
        "coverage",
        "live",
        "incident",
        "opinion",
        "topic",
        "sources",
    ]
    menu: Menu | None = None
    position: int = Field(default=1, ge=1)
    groups: tuple[BoardGroup, ...] = ()
    views: tuple[ViewKind, ...] = ()
    dataset: Name | None = None
    datasets: tuple[Name, ...] = ()
    indicators: tuple[Name, ...] = ()
    headline: Name | None = None
