"""When it happens: hours by weekday, or by month where days are not told apart."""

from typing import Any, ClassVar

import pandas as pd
import panel as pn
from bokeh.events import SelectionGeometry
from bokeh.models import ColumnDataSource

from cityboard.catalog import Dataset
from cityboard.engines.duckdb import Cancel
from cityboard.figures.heatmap import HOURS, heatmap_data, heatmap_figure, outline_cells
from cityboard.query import By, Field, Period, Query
from cityboard.selection import Members, Selection
from cityboard.store import Answer
from cityboard.views.dataset_view import DatasetView
from cityboard.views.screen import Screen
from cityboard.words import exact_words, period_words, weekday_words


class HeatmapView(DatasetView):
    """A measure per hour of the day and weekday; a drag selects hours and weekdays."""

    publishes: ClassVar = ("hour", "weekday")
    asks_again: ClassVar = ["measure_id"]

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        super().__init__(screen, dataset, **params)
        self.has_weekdays = "weekday" in screen.store.fields(dataset.id)
        self._rows: list[Any] = list(range(1, 8)) if self.has_weekdays else self._months()
        self._source = ColumnDataSource({"hour": [], "row": [], "value": []})
        self.figure = heatmap_figure(
            self._source,
            [self._name(row) for row in self._rows],
            style=screen.style,
            language=screen.language,
        )
        self.listen(self.figure, SelectionGeometry, self._brushed)
        self._fill(pn.pane.Bokeh(self.figure, sizing_mode="stretch_both", margin=0), self._table)

    @property
    def about(self) -> str:
        """Return what of the measure is shown, in words."""
        say = self.screen.say
        rows = say("요일", "weekday") if self.has_weekdays else say("월", "month")
        return f"{say('시간대', 'hour')} × {rows}"

    def ask(self, selection: Selection, cancel: Cancel) -> Answer:
        """Return the measure per hour and row."""
        row: By = Field("weekday") if self.has_weekdays else Period("month")
        query = Query(
            self.dataset_id, (self.measure_id,), (row, Field("hour")), self.where(selection)
        )
        return self.screen.store.answer(query, cancel=cancel)

    def show(self, result: Answer, selection: Selection) -> None:
        """Colour the cells and frame the selected ones."""
        field = "weekday" if self.has_weekdays else "period"
        frame = result.frame
        if not self.has_weekdays:
            frame = frame.assign(period=pd.to_datetime(frame["period"]).dt.date)
        self._source.data = heatmap_data(frame, self.measure_id, rows=self._rows, row_field=field)
        outline_cells(self.figure, self._chosen(selection))
        ordered = frame.sort_values(self.measure_id, ascending=False)
        say = self.screen.say
        self.tell(
            [say("언제", "When"), say("시", "Hour"), self.screen.words(self.measure.title)],
            [
                [self._name(row), f"{hour:02}", exact_words(float(value), decimals=self.decimals)]
                for row, hour, value in zip(
                    ordered[field], ordered["hour"], ordered[self.measure_id], strict=True
                )
            ],
        )

    def brush(self, hours: range, rows: range) -> None:
        """Select hours of the day and, where the rows are weekdays, weekdays."""
        selection = self.screen.selection.value.without(*self.publishes)
        if len(hours) < HOURS:
            selection = selection.put(Members("hour", tuple(hours)))
        if self.has_weekdays and len(rows) < len(self._rows):
            selection = selection.put(Members("weekday", tuple(self._rows[i] for i in rows)))
        self.screen.selection.value = selection

    def _brushed(self, event: SelectionGeometry) -> None:
        if not event.final:
            return
        box = event.geometry
        rows = sorted((box["y0"], box["y1"]))
        self.brush(_whole(box["x0"], box["x1"], HOURS), _whole(rows[0], rows[1], len(self._rows)))

    def _chosen(self, selection: Selection) -> list[tuple[int, int]]:
        hours, days = selection.get("hour"), selection.get("weekday")
        if hours is None and days is None:
            return []
        chosen_hours = hours.values if isinstance(hours, Members) else range(HOURS)
        chosen_days = days.values if isinstance(days, Members) else self._rows
        places = [place for place, row in enumerate(self._rows) if row in chosen_days]
        return [(int(hour), place) for hour in chosen_hours for place in places]

    def _months(self) -> list[Any]:
        query = Query(self.dataset_id, ("rows",), (Period("month"),))
        frame = self.screen.store.answer(query).frame
        return list(pd.to_datetime(frame["period"]).dt.date)[-24:]

    def _name(self, row: Any) -> str:
        if self.has_weekdays:
            return weekday_words(row, self.screen.language)
        return period_words(row, "month", self.screen.language)


def _whole(low: float, high: float, count: int) -> range:
    """Return the cells a drag touches; cell i reaches from i - 0.5 to i + 0.5."""
    first, last = (min(max(round(side), 0), count - 1) for side in (low, high))
    return range(first, last + 1)
