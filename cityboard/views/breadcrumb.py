"""What is selected, in words, each clause with its own way out, and the total of what is left."""

from typing import Any

import panel as pn
import param
from bokeh.models import Button
from markupsafe import Markup, escape

from cityboard.cancel import Cancel
from cityboard.catalog import Dataset
from cityboard.errors import CityboardError
from cityboard.query import Query
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.markup import ENGINES, note_markup, plain_button, text_pane
from cityboard.views.screen import Screen
from cityboard.views.view import View
from cityboard.words import clause_words, exact_words, unit_words


class BreadcrumbView(View):
    """The selection in words; a press drops a clause, another drops all.

    Args:
        screen: The session's.
        dataset: Dataset of the total; None writes no total.
        fields: Fields that may be selected, in the order they are told.
    """

    measure_id = param.String(default="rows", doc="Measure of the total.")

    def __init__(
        self, screen: Screen, dataset: Dataset | None, fields: tuple[str, ...], **params: Any
    ) -> None:
        super().__init__(screen, **params)
        self.dataset, self._fields = dataset, fields
        if dataset is not None and dataset.measures:
            self.measure_id = dataset.measures[0].id
        self._chips = {field: self._chip(field) for field in fields}
        words = screen.say("전체 해제", "Clear all")
        self._all = plain_button(screen.style, words, visible=False)
        self._all.on_click(lambda _: screen.selection.clear())
        self._total = text_pane(screen.style, styles={"align-self": "center"})
        self._row = pn.FlexBox(
            self._total,
            *self._chips.values(),
            self._all,
            margin=0,
            gap="0.5rem",
            sizing_mode="stretch_width",
        )

    def __panel__(self) -> pn.FlexBox:
        """Return the line."""
        return self._row

    def add(self, *parts: pn.viewable.Viewable) -> None:
        """Put something at the end of the line."""
        self._row.extend(parts)

    @property
    def about(self) -> str:
        """Return what of the measure is shown, in words."""
        return self.screen.say("합계", "the total")

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that may be selected."""
        return self._fields

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        files = self.screen.store.snapshot(self.dataset.id).files if self.dataset else ()
        return (self.where(selection), self.measure_id, files)

    def ask(self, selection: Selection, cancel: Cancel) -> Answer | None:
        """Return the measure's total."""
        if self.dataset is None:
            return None
        query = Query(self.dataset.id, (self.measure_id,), (), self.where(selection))
        return self.screen.store.answer(query, cancel=cancel)

    def draw(self, result: Answer | None, selection: Selection) -> None:
        """Write the clauses and the total."""
        for field, chip in self._chips.items():
            clause = selection.get(field)
            chip.visible = clause is not None
            if clause is not None:
                catalog, language = self.screen.catalog, self.screen.language
                chip.label = f"{clause_words(clause, catalog, self.dataset, language)} ×"
        self._all.visible = len(selection.clauses) > 1
        total = escape(self._words(result, selection))
        if result is not None:
            engine = self.screen.words(ENGINES[result.engine])
            total += Markup(' <span class="foot">{}</span>').format(engine)
        self._total.object = str(total)

    def refuse(self, error: CityboardError) -> None:
        """Say in the line why there is no total."""
        super().refuse(error)
        self._total.object = str(note_markup(self.problem))

    def _words(self, result: Answer | None, selection: Selection) -> str:
        if result is None or self.dataset is None:
            city = self.screen.words(self.screen.catalog.city.title)
            nothing = self.screen.say(f"{city} 전체", "Whole city")
            return "" if selection.clauses else nothing
        name = result.frame.columns[0]
        measure = self.dataset.measure(name)
        value = result.frame[name].iloc[0]
        number = exact_words(float(value), decimals=0 if measure.additive else 2)
        unit = unit_words(measure.unit, self.screen.language)
        lead = "" if selection.clauses else self.screen.say("선택 없음 · ", "Nothing selected · ")
        return f"{lead}{number} {unit}"

    def _chip(self, field: str) -> Button:
        chip = plain_button(self.screen.style, "×", visible=False)
        chip.on_click(lambda _: self.screen.selection.clear(field))
        return chip
