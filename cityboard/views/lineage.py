"""What is behind a number: its definition, query, checks, version, corrections and its rows."""

import dataclasses
import datetime as dt
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import param

from cityboard.cancel import Cancel
from cityboard.catalog import Indicator
from cityboard.corrections import Correction, corrections
from cityboard.indicators import rebuilding_line
from cityboard.observation import GRAINS, Observation, observe, own_clauses, query_of
from cityboard.selection import Clause, Interval, Selection
from cityboard.store import Answer
from cityboard.views.listing import ListingView
from cityboard.views.screen import Screen
from cityboard.views.told import ToldView
from cityboard.words import (
    PROVENANCES,
    check_words,
    day_words,
    exact_words,
    period_words,
    unit_words,
)


@dataclasses.dataclass(frozen=True)
class Lineage:
    """What an indicator's number was made of.

    Attributes:
        sql: By which rows answer, to be read.
        line: That rebuilds the observation in a notebook.
    """

    seen: Observation
    sql: str
    line: str
    corrections: tuple[Correction, ...]


class LineageView(ToldView):
    """Where a number comes from."""

    template: ClassVar = "lineage"

    indicator_id = param.String(constant=True, doc="The indicator told of.")

    @property
    def indicator(self) -> Indicator:
        """Return the indicator told of."""
        return self.screen.store.indicator(self.indicator_id)

    def ask(self, selection: Selection, cancel: Cancel) -> Lineage:  # noqa: ARG002
        """Return what the number was made of."""
        store, indicator = self.screen.store, self.indicator
        seen = observe(store, indicator, cancel=cancel)
        sql = store.sql(query_of(store, indicator))
        return Lineage(seen, sql, rebuilding_line(store, seen), corrections(store, indicator))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.seen.answer,) if self.result else ()

    def words(self, result: Lineage) -> dict[str, Any]:
        """Return what the template needs."""
        screen, indicator = self.screen, result.seen.indicator
        dataset, snapshot = screen.store.dataset(indicator.dataset), result.seen.answer.snapshot
        mark, provenance = PROVENANCES[result.seen.answer.provenance]
        zone = ZoneInfo(screen.catalog.city.time_zone)
        return {
            "indicator": indicator,
            "dataset": dataset,
            "owner": screen.catalog.organisation(indicator.owner).title,
            "task": screen.catalog.task(indicator.task) if indicator.task else None,
            "mark": mark,
            "provenance": screen.words(provenance),
            "is_simulated": result.seen.answer.provenance == "simulated",
            "note": self._how_made(result.seen.answer),
            "lineage": snapshot.lineage,
            "checks": [check_words(each, screen.language) for each in snapshot.lineage.checks],
            "snapshot": snapshot,
            "published": f"{snapshot.published_at.astimezone(zone):%Y-%m-%d %H:%M}",
            "rows": exact_words(snapshot.rows),
            "rejected": exact_words(snapshot.lineage.rows_rejected),
            "sql": result.sql,
            "line": result.line,
            "corrections": [self._correction(each, indicator) for each in result.corrections],
            "fresh": screen.store.freshness(dataset.id),
            "last": self._last(dataset.id),
        }

    def _how_made(self, answer: Answer) -> str:
        """Return how the distribution it came from was made, where it says so."""
        dataset = self.screen.store.dataset(answer.snapshot.dataset)
        kinds = {"figures": "figures", "simulation": "simulated"}
        for each in dataset.distributions:
            if each.note and kinds.get(each.kind) == answer.provenance:
                return self.screen.words(each.note)
        return ""

    def _last(self, dataset: str) -> str:
        last = self.screen.store.freshness(dataset).last
        return day_words(last, self.screen.language) if last else "–"

    def _correction(self, each: Correction, indicator: Indicator) -> dict[str, str]:
        language, zone = self.screen.language, ZoneInfo(self.screen.catalog.city.time_zone)
        unit = unit_words(indicator.unit, language)
        told = {
            name: "–"
            if value is None
            else f"{exact_words(value, decimals=indicator.decimals)} {unit}"
            for name, value in (("old", each.old), ("new", each.new))
        }
        grain = GRAINS[indicator.frequency]
        return {
            **told,
            "period": period_words(each.period, grain, language) if each.period else "–",
            "at": f"{each.corrected_at.astimezone(zone):%Y-%m-%d %H:%M}",
            "why": each.why,
        }


class IndicatorRowsView(ListingView):
    """The rows behind an indicator's newest number, a page at a time."""

    def __init__(self, screen: Screen, indicator: Indicator) -> None:
        self._own: tuple[Clause, ...] = own_clauses(indicator)
        dataset = screen.store.dataset(indicator.dataset)
        if dataset.time is not None:
            seen = observe(screen.store, indicator)
            if seen.period and seen.until:
                after = seen.until + dt.timedelta(days=1)
                self._own += (Interval(seen.period, after),)
        super().__init__(screen, dataset, measure_id=indicator.measure)

    def where(self, selection: Selection) -> tuple[Clause, ...]:
        """Return the clauses it asks with: the indicator's, and the selection's of other fields."""
        own = {clause.field for clause in self._own}
        others = selection.within(self.fields).clauses
        return (*self._own, *(clause for clause in others if clause.field not in own))
