"""A measure over time; a drag selects a period."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, ClassVar

import pandas as pd
import param
from bokeh.events import SelectionGeometry
from bokeh.models import ColumnDataSource

from cityboard.cancel import Cancel
from cityboard.catalog import Dataset, Grain
from cityboard.figures.source import update_source
from cityboard.figures.trend import brush_band, move_band, trend_data, trend_figure
from cityboard.period import interval_of
from cityboard.query import Period, Query
from cityboard.selection import Interval, Selection
from cityboard.store import Answer
from cityboard.views.dataset_view import DatasetView
from cityboard.views.screen import Screen
from cityboard.words import exact_words, period_words, unit_words

STEPS: tuple[Grain, ...] = ("hour", "day", "week", "month", "quarter", "year")
MOST_POINTS = 800  # more than a chart a thousand pixels wide can show apart


class TrendView(DatasetView):
    """A measure per period, brushed to select periods."""

    asks_again: ClassVar = ["grain"]

    grain = param.Selector(objects=list(STEPS), doc="Length of one period.")

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        finest = screen.store.grain(dataset.id) or "day"
        steps = list(STEPS[STEPS.index(finest) :])
        self.param.grain.objects = steps
        super().__init__(screen, dataset, **{"grain": _fitting(screen, dataset, steps), **params})
        self._source = ColumnDataSource({"period": [], "value": []})
        self.figure = trend_figure(
            self._source,
            unit=unit_words(self.measure.unit, screen.language),
            style=screen.style,
            language=screen.language,
            is_brushable=True,
        )
        self._band = brush_band(self.figure, screen.style)
        self.listen(self.figure, SelectionGeometry, self._brushed)
        self._fill(self.figure)

    @property
    def publishes(self) -> tuple[str, ...]:
        """Return the fields whose clauses the view makes."""
        return ("time",)

    @property
    def about(self) -> str:
        """Return what of the measure is shown, in words."""
        return self.screen.say("기간별", "over time")

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (super().question(selection), self.grain)

    def ask(self, selection: Selection, cancel: Cancel) -> Answer:
        """Return the measure per period."""
        query = Query(
            self.dataset_id, (self.measure_id,), (Period(self.grain),), self.where(selection)
        )
        return self.screen.store.answer(query, cancel=cancel)

    def draw(self, result: Answer, selection: Selection) -> None:
        """Draw the series and the brushed period."""
        if self.is_fresh:
            update_source(self._source, trend_data(result.frame, self.measure_id))
        self.figure.yaxis.axis_label = unit_words(self.measure.unit, self.screen.language) or None
        clause = selection.get("time")
        low, high = (clause.low, clause.high) if isinstance(clause, Interval) else (None, None)
        move_band(self._band, low, high)

    def cells(self, result: Answer) -> tuple[list[str], Iterator[list[str]]]:  # noqa: ARG002
        """Return periods and their measure, the newest first."""
        header = [self.screen.say("기간", "Period"), self.screen.words(self.measure.title)]
        return header, self._newest()

    def _newest(self) -> Iterator[list[str]]:
        """Yield period and measure in words, the newest first."""
        periods, values = (self._source.data[name][::-1] for name in ("period", "value"))
        for period, value in zip(periods, values, strict=True):
            yield [self._name(pd.Timestamp(period)), exact_words(value, decimals=self.decimals)]

    def _name(self, period: Any) -> str:
        if self.grain == "hour":
            return f"{period:%Y-%m-%d %H}"
        return period_words(period.date(), self.grain, self.screen.language)

    def _brushed(self, event: SelectionGeometry) -> None:
        if event.final:
            self.brush(*(day_of(event.geometry[side]) for side in ("x0", "x1")))

    def brush(self, one: dt.date, other: dt.date) -> None:
        """Select the periods that two days and what lies between them touch."""
        self.screen.selection.publish(interval_of(one, other, self.grain))


def _fitting(screen: Screen, dataset: Dataset, steps: list[Grain]) -> Grain:
    """Return the finest step whose points a chart can show apart."""
    lineage = screen.store.snapshot(dataset.id).lineage
    if lineage.first is None or lineage.last is None:
        return steps[0]
    days = (dt.datetime.fromisoformat(lineage.last) - dt.datetime.fromisoformat(lineage.first)).days
    lengths = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.4, "quarter": 91.3, "year": 365.25}
    return next((step for step in steps if days / lengths[step] <= MOST_POINTS), steps[-1])


def day_of(milliseconds: float) -> dt.date:
    """Return the day of a position on a time axis (milliseconds since 1970)."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC).date()
