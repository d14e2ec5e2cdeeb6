"""How far an indicator has come: its years, its target, the verdict and the working behind it."""

import dataclasses
from typing import Any, ClassVar

import param

from cityboard.cancel import Cancel
from cityboard.observation import Observation, observe
from cityboard.progress import CATEGORIES, Progress, annual, progress
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.told import ToldView
from cityboard.words import day_words, exact_words, unit_words

METHOD = "https://open-sdg.readthedocs.io/en/latest/metadata-format/#progress-calculation-options"
YEARS_SHOWN = 8


@dataclasses.dataclass(frozen=True)
class ProgressResult:
    """An observation, its complete years, and how far it has come."""

    seen: Observation
    years: tuple[tuple[int, float], ...]
    progress: Progress


class ProgressView(ToldView):
    """Whether an indicator is on its way to where it should be."""

    template: ClassVar = "progress"

    indicator_id = param.String(constant=True, doc="The indicator told of.")

    def ask(self, selection: Selection, cancel: Cancel) -> ProgressResult:  # noqa: ARG002
        """Return the indicator's years and its progress, of the whole city."""
        store = self.screen.store
        seen = observe(store, store.indicator(self.indicator_id), cancel=cancel)
        return ProgressResult(seen, annual(seen), progress(seen, today=store.today))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.seen.answer,) if self.result else ()

    def words(self, result: ProgressResult) -> dict[str, Any]:
        """Return what the template needs."""
        screen, told, indicator = self.screen, result.progress, result.seen.indicator
        unit = unit_words(indicator.unit, screen.language)
        mark, verdict = CATEGORIES[told.category]
        target = told.target
        ways = {
            "sum": screen.say("기간 값의 합", "sum of its periods"),
            "mean": screen.say("기간 값의 평균", "mean of its periods"),
            "last": screen.say("마지막 기간의 값", "its last period"),
        }
        return {
            "mark": mark,
            "verdict": screen.words(verdict),
            "category": told.category,
            "told": told,
            "unit": unit,
            "value": lambda value: f"{exact_words(value, decimals=indicator.decimals)} {unit}",
            "day": lambda day: day_words(day, screen.language),
            "target": target,
            "years": result.years[-YEARS_SHOWN:],
            "way": ways[indicator.annual],
            "method": METHOD,
        }
