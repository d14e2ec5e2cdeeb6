"""An indicator's course in every district, side by side on one scale."""

from typing import Any, ClassVar

import param

from cityboard.cancel import Cancel
from cityboard.catalog import Area
from cityboard.figures.spark import sparkline
from cityboard.observation import Observation, observe_by
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.markup import foot_markup, simulated_markup, source_words
from cityboard.views.told import ToldView
from cityboard.words import number_words, unit_words


class MultiplesView(ToldView):
    """One small line a district, so that they can be compared; a press selects the district."""

    template: ClassVar = "multiples"

    indicator_id = param.String(constant=True, doc="The indicator drawn.")

    def ask(self, selection: Selection, cancel: Cancel) -> dict[str, Observation]:  # noqa: ARG002
        """Return the observation of every district."""
        store = self.screen.store
        return observe_by(store, store.indicator(self.indicator_id), "district", cancel=cancel)

    def describe(self, result: dict[str, Observation], selection: Selection) -> None:  # noqa: ARG002
        """Write the source."""
        for answer in self.answers:
            self._write_below(foot_markup(source_words(self.screen, answer)))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown: all districts are of one."""
        return tuple(seen.answer for seen in list((self.result or {}).values())[:1])

    def words(self, result: dict[str, Observation]) -> dict[str, Any]:
        """Return what the template needs."""
        screen = self.screen
        days = sorted({day for seen in result.values() for day, _ in seen.series})
        values = [value for seen in result.values() for _, value in seen.series]
        places = {day: n / max(1, len(days) - 1) for n, day in enumerate(days)}
        scale = (min(values), max(values)) if values else (0.0, 1.0)

        def drawn(area: Area) -> tuple[Area, str, Any]:
            seen, name = result.get(area.code), screen.words(area.name)
            if seen is None or seen.value is None:
                return area, "–", ""
            number = number_words(seen.value, screen.language, decimals=seen.indicator.decimals)
            at = [places[day] for day, _ in seen.series]
            line = sparkline([v for _, v in seen.series], words=name, places=at, scale=scale)
            return area, number, line

        indicator = screen.store.indicator(self.indicator_id)
        answers = [seen.answer for seen in result.values()]
        return {
            "indicator": indicator,
            "unit": unit_words(indicator.unit, screen.language),
            "mark": simulated_markup(screen, answers[0]) if answers else "",
            "districts": [drawn(area) for area in screen.catalog.areas("district")],
        }
