"""When it happens: hours by weekday, or by month where days are not told apart."""

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from bokeh.events import SelectionGeometry
from bokeh.models import ColumnDataSource

from cityboard.cancel import Cancel
from cityboard.catalog import Dataset
from cityboard.figures.heatmap import (
    HOURS,
    heatmap_data,
    heatmap_figure,
    name_rows,
    outline_cells,
)
from cityboard.figures.source import update_source
from cityboard.query import By, Field, Period, Query
from cityboard.selection import Members, Selection
from cityboard.store import Answer
from cityboard.views.dataset_view import DatasetView
from cityboard.views.screen import Screen
from cityboard.words import exact_words, period_words, weekday_words

WEEKDAYS = tuple(range(1, 8))
MOST_MONTHS = 24  # rows a card shows apart


@dataclasses.dataclass(frozen=True)
class HeatmapResult:
    """What a heat map shows: its rows, top row first, and the measure per row and hour."""

    rows: tuple[Any, ...]
    answer: Answer


class HeatmapView(DatasetView):
    """A measure per hour of the day and weekday; a drag selects hours and weekdays."""

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        super().__init__(screen, dataset, **params)
        self.has_weekdays = "weekday" in self.fields
        self._source = ColumnDataSource({"hour": [], "row": [], "value": []})
        self.figure = heatmap_figure(self._source, style=screen.style, language=screen.language)
        self.listen(self.figure, SelectionGeometry, self._brushed)
        self._fill(self.figure)

    @property
    def publishes(self) -> tuple[str, ...]:
        """Return the fields whose clauses the view makes."""
        return ("hour", "weekday")

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.answer,) if self.result else ()

    @property
    def about(self) -> str:
        """Return what of the measure is shown, in words."""
        say = self.screen.say
        rows = say("요일", "weekday") if self.has_weekdays else say("월", "month")
        return f"{say('시간대', 'hour')} × {rows}"

    def frames(self, result: HeatmapResult) -> tuple[pd.DataFrame, ...]:
        """Return the numbers of a result."""
        return (result.answer.frame,)

    def ask(self, selection: Selection, cancel: Cancel) -> HeatmapResult:
        """Return the measure per hour and row."""
        row: By = Field("weekday") if self.has_weekdays else Period("month")
        query = Query(
            self.dataset_id, (self.measure_id,), (row, Field("hour")), self.where(selection)
        )
        rows = WEEKDAYS if self.has_weekdays else self._months(cancel)
        return HeatmapResult(rows, self.screen.store.answer(query, cancel=cancel))

    def draw(self, result: HeatmapResult, selection: Selection) -> None:
        """Colour the cells and frame the selected ones."""
        if self.is_fresh:
            self._colour(result)
        outline_cells(self.figure, self._chosen(selection, result.rows))

    def cells(self, result: HeatmapResult) -> tuple[list[str], Iterator[list[str]]]:
        """Return rows, hours and their measure, the largest first."""
        say = self.screen.say
        header = [say("언제", "When"), say("시", "Hour"), self.screen.words(self.measure.title)]
        return header, self._largest(result)

    def _colour(self, result: HeatmapResult) -> None:
        field, frame = "weekday", result.answer.frame
        if not self.has_weekdays:
            field, frame = "period", frame.assign(period=pd.to_datetime(frame["period"]).dt.date)
        name_rows(self.figure, [self._name(row) for row in result.rows])
        data = heatmap_data(frame, self.measure_id, rows=result.rows, row_field=field)
        update_source(self._source, data)

    def _largest(self, result: HeatmapResult) -> Iterator[list[str]]:
        """Yield row, hour and measure of the cells in words, the largest first."""
        data = self._source.data
        cells = zip(*(data[name].tolist() for name in ("value", "row", "hour")), strict=True)
        for value, row, hour in sorted(
            (c for c in cells if not math.isnan(c[0])), key=lambda c: -c[0]
        ):
            words = exact_words(value, decimals=self.decimals)
            yield [self._name(result.rows[row]), f"{hour:02}", words]

    def brush(self, hours: range, rows: range) -> None:
        """Select hours of the day and, where the rows are weekdays, weekdays."""
        selection = self.screen.selection.value.without(*self.publishes)
        if len(hours) < HOURS:
            selection = selection.put(Members("hour", tuple(hours)))
        if self.has_weekdays and len(rows) < len(WEEKDAYS):
            selection = selection.put(Members("weekday", tuple(WEEKDAYS[i] for i in rows)))
        self.screen.selection.choose(selection)

    def _brushed(self, event: SelectionGeometry) -> None:
        if not event.final or self.result is None:
            return
        box, count = event.geometry, len(self.result.rows)
        self.brush(_whole((box["x0"], box["x1"]), HOURS), _whole((box["y0"], box["y1"]), count))

    def _chosen(self, selection: Selection, rows: Sequence[Any]) -> list[tuple[int, int]]:
        hours, days = selection.get("hour"), selection.get("weekday")
        if hours is None and days is None:
            return []
        chosen_hours = hours.values if isinstance(hours, Members) else range(HOURS)
        chosen_days = days.values if isinstance(days, Members) else rows
        places = [place for place, row in enumerate(rows) if row in chosen_days]
        return [(int(hour), place) for hour in chosen_hours for place in places]

    def _months(self, cancel: Cancel) -> tuple[Any, ...]:
        query = Query(self.dataset_id, ("rows",), (Period("month"),))
        frame = self.screen.store.answer(query, cancel=cancel).frame
        return tuple(pd.to_datetime(frame["period"]).dt.date)[-MOST_MONTHS:]

    def _name(self, row: Any) -> str:
        if self.has_weekdays:
            return weekday_words(row, self.screen.language)
        return period_words(row, "month", self.screen.language)


def _whole(sides: tuple[float, float], count: int) -> range:
    """Return the cells a drag touches; cell i reaches from i - 0.5 to i + 0.5."""
    first, last = (min(max(round(side), 0), count - 1) for side in sorted(sides))
    return range(first, last + 1)
