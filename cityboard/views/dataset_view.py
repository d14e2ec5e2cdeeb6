"""A view of one measure of one dataset: its title above, its table and its source below."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import pandas as pd
import param
from markupsafe import Markup

from cityboard.catalog import Dataset, Measure
from cityboard.selection import Selection
from cityboard.views.markup import foot_markup, source_words, table_markup
from cityboard.views.screen import Screen
from cityboard.views.view import CardView

TABLE_ROWS = 100
FINE = {"ppm": 3, "ntu": 3, "mg_l": 2, "ph": 2}  # units whose values differ behind the first digit


class DatasetView(CardView):
    """A view of one measure of one dataset.

    Subclasses say in `about` what their figure shows of the measure.
    """

    opener: ClassVar[tuple[str, str] | None] = ("표로 보기", "As a table")

    dataset_id = param.String(constant=True, doc="Dataset asked.")
    measure_id = param.String(doc="Measure asked.")

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        first = dataset.measures[0].id if dataset.measures else "rows"
        super().__init__(screen, **{"dataset_id": dataset.id, "measure_id": first, **params})
        self.dataset = dataset

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
        return 0 if self.measure.additive else FINE.get(self.measure.unit, 1)

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
        """Write the title, what is opened, the source and a remark."""
        title = f"{self.screen.words(self.measure.title)} · {self.about}"
        self._head.write(Markup('<div class="title">{}</div>').format(title))
        foot = " · ".join(filter(None, (self.source, self.remark(result))))
        _, rows = self.cells(result)
        self.say_empty(is_empty=next(iter(rows), None) is None)
        self._write_below(foot_markup(foot))

    def behind(self, result: Any) -> Markup:
        """Return the table behind the figure."""
        header, rows = self.cells(result)
        return table_markup(header, list(itertools.islice(rows, TABLE_ROWS)))

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

    def say_empty(self, *, is_empty: bool) -> None:
        """Say in words that nothing meets the selection: an empty result is a result."""
        words = "고른 조건에 맞는 자료가 없습니다", "No data for this selection"
        self.problem = self.screen.say(*words) if is_empty else ""
