"""What a topic is about: its title, one line, whether it is simulated, and its indicators."""

import dataclasses
from pathlib import Path
from typing import Any, ClassVar

from cityboard.cancel import Cancel
from cityboard.catalog import Board, Dataset, Indicator
from cityboard.errors import CityboardError
from cityboard.observation import observe
from cityboard.selection import Clause, Selection
from cityboard.store import Answer
from cityboard.views.screen import Screen
from cityboard.views.status import ListedIndicator
from cityboard.views.tile import tile_markup
from cityboard.views.told import ToldView
from cityboard.words import PROVENANCES, clause_words


@dataclasses.dataclass(frozen=True)
class TopicResult:
    """The indicators of a topic, and whether the dataset below them is simulated."""

    listed: tuple[ListedIndicator, ...]
    is_simulated: bool


class TopicView(ToldView):
    """The head of a topic's page; its numbers follow the areas selected, not the period."""

    template: ClassVar = "topic"
    grows: ClassVar = True

    def __init__(self, screen: Screen, board: Board, dataset: Dataset) -> None:
        self.board, self.dataset = board, dataset
        super().__init__(screen)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on: versions of its own datasets, and the areas."""
        known = {self.dataset.id, *(each.dataset for each in self._indicators)}
        files = tuple(self._files(name) for name in sorted(known))
        return (files, selection.within(["area"]))

    def ask(self, selection: Selection, cancel: Cancel) -> TopicResult:
        """Return what is seen of every indicator of the topic."""
        listed = tuple(self._listed(each, selection, cancel) for each in self._indicators)
        provenance = self.screen.store.snapshot(self.dataset.id).lineage.provenance
        return TopicResult(listed, provenance == "simulated")

    def words(self, result: TopicResult) -> dict[str, Any]:
        """Return what the template needs."""
        mark, simulated = PROVENANCES["simulated"]
        selection = self.shown[1] if self.shown else Selection()
        return {
            "title": self.board.title,
            "line": self.board.description,
            "dataset": self.dataset.title,
            "simulated": f"{mark} {self.screen.words(simulated)}" if result.is_simulated else "",
            "tiles": [(each.indicator.id, self._tile(each, selection)) for each in result.listed],
        }

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers shown."""
        listed = self.result.listed if self.result else ()
        return tuple(each.seen.answer for each in listed if each.seen)

    @property
    def _indicators(self) -> list[Indicator]:
        return [self.screen.catalog.indicator(name) for name in self.board.indicators]

    def _files(self, dataset: str) -> tuple[Path, ...]:
        try:
            return self.screen.store.snapshot(dataset).files
        except CityboardError:  # told in the tile
            return ()

    def _listed(
        self, indicator: Indicator, selection: Selection, cancel: Cancel
    ) -> ListedIndicator:
        store = self.screen.store
        try:
            entry = store.indicator(indicator.id)
            where = self._areas(indicator, selection)
            return ListedIndicator(indicator, observe(store, entry, where=where, cancel=cancel))
        except CityboardError as error:
            return ListedIndicator(indicator, None, error)

    def _areas(self, indicator: Indicator, selection: Selection) -> tuple[Clause, ...]:
        """Return the areas selected, where the indicator tells areas apart."""
        fields = self.screen.store.fields(indicator.dataset)
        return selection.within(["area"]).within(fields).clauses

    def _tile(self, each: ListedIndicator, selection: Selection) -> Any:
        place = ""
        if each.seen is not None and (areas := self._areas(each.indicator, selection)):
            place = clause_words(areas[0], self.screen.catalog, None, self.screen.language)
        return tile_markup(self.screen, each.indicator, each.seen, each.fault, place=place)
