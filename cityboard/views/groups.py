"""An indicator by sex and by age: the value and the course of every group, side by side."""

from typing import Any, ClassVar

import param

from cityboard.cancel import Cancel
from cityboard.catalog import Dataset, Indicator
from cityboard.figures.spark import sparkline
from cityboard.observation import Observation, observe_by
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.markup import foot_markup, simulated_markup, source_words
from cityboard.views.told import ToldView
from cityboard.words import number_words, unit_words, value_words

GroupsResult = dict[str, dict[str, Observation]]  # column → value of it → its observation


def columns_of(indicator: Indicator) -> tuple[str, ...]:
    """Return the columns by which an indicator tells people apart: sex, then age."""
    return tuple(name for name in (indicator.sex, indicator.age) if name)


class GroupsView(ToldView):
    """One bar and one small line a group, of one scale a breakdown."""

    template: ClassVar = "groups"

    indicator_id = param.String(constant=True, doc="The indicator told.")

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (super().question(selection), selection.get("area"))

    def ask(self, selection: Selection, cancel: Cancel) -> GroupsResult:
        """Return the observation of every group, of the district that is selected."""
        store, area = self.screen.store, selection.get("area")
        indicator = store.indicator(self.indicator_id)
        where = () if area is None else (area,)
        return {
            column: observe_by(store, indicator, column, where=where, cancel=cancel)
            for column in columns_of(indicator)
        }

    def describe(self, result: GroupsResult, selection: Selection) -> None:  # noqa: ARG002
        """Write the source."""
        for answer in self.answers:
            self._write_below(foot_markup(source_words(self.screen, answer)))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown: all are of one version."""
        found = [seen.answer for told in (self.result or {}).values() for seen in told.values()]
        return tuple(found[:1])

    def words(self, result: GroupsResult) -> dict[str, Any]:
        """Return what the template needs."""
        screen = self.screen
        indicator = screen.store.indicator(self.indicator_id)
        dataset = screen.store.dataset(indicator.dataset)
        answers = [seen.answer for told in result.values() for seen in told.values()]
        return {
            "unit": unit_words(indicator.unit, screen.language),
            "mark": simulated_markup(screen, answers[0]) if answers else "",
            "breakdowns": [
                (dataset.column(column).title, self._rows(dataset, column, told))
                for column, told in result.items()
            ],
        }

    def _rows(
        self, dataset: Dataset, column: str, told: dict[str, Observation]
    ) -> list[tuple[str, str, float, Any]]:
        """Return name, value in words, share of the largest (per cent) and course of each group."""
        labels = list(dataset.column(column).labels or told)
        order = [code for code in labels if code in told] + sorted(set(told) - set(labels))
        values = [value for seen in told.values() for _, value in seen.series]
        scale = (min(values), max(values)) if values else (0.0, 1.0)
        largest = max((abs(seen.value or 0.0) for seen in told.values()), default=0.0) or 1.0
        language, rows = self.screen.language, []
        for code in order:
            seen, name = told[code], value_words(code, column, dataset, language)
            line = sparkline([v for _, v in seen.series], words=name, scale=scale)
            number = "–"
            if seen.value is not None:
                number = number_words(seen.value, language, decimals=seen.indicator.decimals)
            rows.append((name, number, 100 * abs(seen.value or 0.0) / largest, line))
        return rows
