"""A view of one measure of one dataset: its title above, its table and its source below."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import pandas as pd
import param
from bokeh.models import LayoutDOM
from markupsafe import Markup

from cityboard.catalog import Dataset, Measure
from cityboard.selection import Selection
from cityboard.views.markup import (
    foot_markup,
    opener_sheets,
    plain_button,
    source_words,
    table_markup,
)
from cityboard.views.screen import Screen
from cityboard.views.view import CardView

TABLE_ROWS = 100


class DatasetView(CardView):
    """A view of one measure of one dataset.

    Subclasses say in `about` what their figure shows of the measure. The table behind the figure is
    written once somebody opens it: most never are, and writing them takes as long as a step.

    Attributes:
        has_table: Whether there is a table behind the figure.
    """

    has_table: ClassVar[bool] = True

    dataset_id = param.String(constant=True, doc="Dataset asked.")
    measure_id = param.String(doc="Measure asked.")

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        first = dataset.measures[0].id if dataset.measures else "rows"
        super().__init__(screen, **{"dataset_id": dataset.id, "measure_id": first, **params})
        self.dataset = dataset
        self._is_opened = False
        self._opener = plain_button(screen.style, "", stylesheets=opener_sheets(screen.style))
        self._opener.on_click(lambda _: self.open_table(is_opened=not self._is_opened))
        self._name_opener()

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields of the dataset."""
        return self.screen.store.fields(self.dataset_id)

    @property
    def measure(self) -> Measure:
        """Return the measure asked."""
        return self.dataset.measure(self.measure_id)

    @property
    def decimals(self) -> int:
        """Return the digits after the sign that the measure is written with."""
        return 0 if self.measure.additive else 1

    @property
    def about(self) -> str:
        """Return what of the measure is shown, in words."""
        return ""

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        snapshot = self.screen.store.snapshot(self.dataset_id)
        return (self.where(selection), self.measure_id, snapshot.files)

    def pairs(self, frame: pd.DataFrame, field: str) -> Iterator[tuple[Any, float]]:
        """Yield value of a field, measure; rows without either are left out."""
        columns = frame[field].array, frame[self.measure_id].array
        is_without = pd.isna(columns[0]) | pd.isna(columns[1])
        keys, values = (column.tolist() for column in columns)
        for key, value, is_left_out in zip(keys, values, is_without.tolist(), strict=True):
            if not is_left_out:
                yield key, float(value)

    def describe(self, result: Any, selection: Selection) -> None:  # noqa: ARG002
        """Write the title, the table if it is opened, the source and a remark."""
        title = f"{self.screen.words(self.measure.title)} · {self.about}"
        self._head.write(Markup('<div class="title">{}</div>').format(title))
        foot = " · ".join(filter(None, (self.source, self.remark(result))))
        header, rows = self.cells(result)
        shown = list(itertools.islice(rows, TABLE_ROWS if self._is_opened else 1))
        table = table_markup(header, shown) if self._is_opened else ""
        self.say_empty(is_empty=not shown)
        form = '<div class="scroll">{}</div>' if self._is_opened else "{}"
        self._write_below(table=Markup(form).format(table), foot=foot_markup(foot))  # noqa: S704

    def open_table(self, *, is_opened: bool) -> None:
        """Show the table behind the figure, or close it."""
        self._is_opened = is_opened
        self._name_opener()
        if self.shown is not None:
            self.describe(*self.shown)
        if self.figure is not None:  # Bokeh measures its place anew only when its own size is set
            self.figure.min_height += 1 if is_opened else -1

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return the title, the table and the source."""
        head, table, foot = super().markup()
        if self.has_table and self.shown is not None:
            header, rows = self.cells(self.result)
            table = self._behind(header, list(itertools.islice(rows, TABLE_ROWS)))
        return head, table, foot

    def _name_opener(self) -> None:
        words = ("표 닫기", "Close the table") if self._is_opened else ("표로 보기", "As a table")
        self._opener.label = f"{'▾' if self._is_opened else '▸'} {self.screen.say(*words)}"

    def _fill(self, *body: LayoutDOM) -> None:
        """Put the body between the head and what is below, with the button that opens the table."""
        is_openable = self.has_table and self.screen.is_live
        super()._fill(*body, *([self._opener] if is_openable else []))

    def cells(self, result: Any) -> tuple[list[str], Iterable[list[str]]]:  # noqa: ARG002
        """Return titles and rows, in words, of the table behind the figure; few rows are read."""
        return [], []

    def remark(self, result: Any) -> str:  # noqa: ARG002
        """Return what else there is to say of a result."""
        return ""

    @property
    def source(self) -> str:
        """Return period, engine and source of what is shown; nothing before the first."""
        if not self.shown or not self.answers:
            return ""
        return source_words(self.screen, self.answers[0], self.where(self.shown[1]))

    def _behind(self, header: list[str], rows: list[list[str]]) -> Markup:
        """Return the table that opens behind the figure."""
        summary = self.screen.say("표로 보기", "As a table")
        table = table_markup(header, rows)
        form = Markup('<details><summary>{}</summary><div class="scroll">{}</div></details>')
        return form.format(summary, table)

    def say_empty(self, *, is_empty: bool) -> None:
        """Say in words that nothing meets the selection: an empty result is a result."""
        words = "고른 조건에 맞는 자료가 없습니다", "No data for this selection"
        self.problem = self.screen.say(*words) if is_empty else ""
