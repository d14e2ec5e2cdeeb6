"""Bars of areas or categories; a tap selects one, another tap lets it go."""

from collections.abc import Iterator
from typing import Any

import param
from bokeh.models import ColumnDataSource

from cityboard.cancel import Cancel
from cityboard.catalog import Dataset
from cityboard.figures.bars import BarRow, bars_data, bars_figure, show_bars
from cityboard.query import Field, Query
from cityboard.selection import Members, Selection
from cityboard.store import Answer
from cityboard.views.dataset_view import DatasetView
from cityboard.views.markup import unlocated_words
from cityboard.views.screen import Screen
from cityboard.words import exact_words, number_words, unit_words, value_words

MOST_AREAS, MOST_CATEGORIES = 25, 8  # bars a card shows apart; the rest is in the table


class BarsView(DatasetView):
    """A measure per value of one field."""

    field = param.String(constant=True, doc="Field the bars stand for.")

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        super().__init__(screen, dataset, **params)
        self._source = ColumnDataSource(bars_data([], (), screen.style))
        self._names: dict[object, str] = {}
        self.figure = bars_figure(
            self._source,
            unit=unit_words(self.measure.unit, screen.language),
            style=screen.style,
            language=screen.language,
        )
        if screen.is_live:
            self._source.selected.on_change("indices", self._tapped)
        self._fill(self.figure)

    @property
    def publishes(self) -> tuple[str, ...]:
        """Return the fields whose clauses the view makes."""
        return ("area" if self.field in {"area", "district"} else self.field,)

    @property
    def about(self) -> str:
        """Return what of the measure is shown, in words."""
        if self._is_areas:
            return self.screen.say("자치구별", "by district")
        title = self.screen.words(self.dataset.column(self.field).title)
        return self.screen.say(f"{title}별", f"by {title.lower()}")

    def ask(self, selection: Selection, cancel: Cancel) -> Answer:
        """Return the measure per value."""
        query = Query(
            self.dataset_id, (self.measure_id,), (Field(self.field),), self.where(selection)
        )
        return self.screen.store.answer(query, cancel=cancel)

    def draw(self, result: Answer, selection: Selection) -> None:
        """Draw the longest bars, the selected one in colour."""
        clause = selection.get(self.publishes[0])
        chosen = [str(v) for v in clause.values] if isinstance(clause, Members) else []
        most = MOST_AREAS if self._is_areas else MOST_CATEGORIES
        language, decimals = self.screen.language, self.decimals
        longest: list[BarRow] = [
            (str(key), self._name(key), value, number_words(value, language, decimals=decimals))
            for key, value in self._longest_first(result)[:most]
        ]
        show_bars(self.figure, self._source, bars_data(longest, chosen, self.screen.style))

    def cells(self, result: Answer) -> tuple[list[str], Iterator[list[str]]]:
        """Return name and measure of every value, the longest bar first."""
        rows = (
            [self._name(key), exact_words(value, decimals=self.decimals)]
            for key, value in self._longest_first(result)
        )
        return [self.about, self.screen.words(self.measure.title)], rows

    def remark(self, result: Answer) -> str:
        """Return how much has no value of the field."""
        return unlocated_words(self.screen, result.frame, self.field, self.measure)

    def _longest_first(self, result: Answer) -> list[tuple[Any, float]]:
        return sorted(self.pairs(result.frame, self.field), key=lambda pair: -pair[1])

    def choose(self, value: str) -> None:
        """Select one value; choosing the selected one lets it go."""
        self.screen.selection.toggle(Members(self.publishes[0], (value,)))

    @property
    def _is_areas(self) -> bool:
        return self.publishes == ("area",)

    def _name(self, key: object) -> str:
        if key not in self._names:
            self._names[key] = (
                self.screen.words(self.screen.catalog.area(str(key)).name)
                if self._is_areas
                else value_words(key, self.field, self.dataset, self.screen.language)
            )
        return self._names[key]

    def _tapped(self, _name: str, _old: list[int], new: list[int]) -> None:
        if new:
            value = str(self._source.data["key"][new[0]])
            self._source.selected.indices = []
            self.choose(value)
