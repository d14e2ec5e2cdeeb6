"""The rows themselves, a page at a time."""

import dataclasses
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pandas as pd
import panel as pn
import param
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.catalog import Column, Dataset
from cityboard.query import Listing
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.dataset_view import DatasetView
from cityboard.views.markup import button_sheets, foot_markup, source_words, table_markup, text_pane
from cityboard.views.screen import Screen
from cityboard.words import value_words

PAGE = 20
LONGEST_TEXT = 120


@dataclasses.dataclass(frozen=True)
class ListingResult:
    """A page of rows with one row more, if there is one."""

    page: int
    answer: Answer


class ListingView(DatasetView):
    """A page of the rows that meet the selection, largest measure first."""

    asks_again: ClassVar = ["page"]

    page = param.Integer(default=0, bounds=(0, None), doc="Page shown, from 0.")

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        super().__init__(screen, dataset, **params)
        self._rows = text_pane(
            screen.style, sizing_mode="stretch_both", styles={"overflow": "auto"}
        )
        sheets = button_sheets(screen.style)
        self._before, self._after = (
            pn.widgets.Button(label=label, stylesheets=sheets)
            for label in (screen.say("‹ 앞", "‹ Back"), screen.say("뒤 ›", "Next ›"))
        )
        self._before.on_click(lambda _: self.turn(-1))
        self._after.on_click(lambda _: self.turn(1))
        buttons = [pn.Row(self._before, self._after, margin=0)] if screen.is_live else []
        self._fill(self._rows, *buttons)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on; another selection begins on its first page."""
        return (super().question(selection), self._page_of(selection))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.answer,) if self.result else ()

    def ask(self, selection: Selection, cancel: Cancel) -> ListingResult:
        """Return a page of rows, and one row of the next."""
        page = self._page_of(selection)
        listing = Listing(
            self.dataset_id,
            where=self.where(selection),
            order=self.measure.column,
            direction="descending",
            limit=PAGE + 1,
            offset=page * PAGE,
        )
        return ListingResult(page, self.screen.store.list_rows(listing, cancel=cancel))

    def draw(self, result: ListingResult, selection: Selection) -> None:  # noqa: ARG002
        """Write the rows."""
        with param.discard_events(self):
            self.page = result.page
        answer, first = result.answer, result.page * PAGE
        frame = answer.frame
        columns = [self.dataset.column(name) for name in frame.columns]
        rows = [
            [self._cell(value, column) for value, column in zip(row, columns, strict=True)]
            for row in zip(*(frame[name].head(PAGE).tolist() for name in frame), strict=True)
        ]
        shown = f"{first + 1:,} – {first + len(rows):,}" if rows else "–"
        title = self.screen.say("행", "Rows")
        self._head.object = str(
            Markup('<div class="title">{} <small>{}</small></div>').format(title, shown)
        )
        header = [self.screen.words(column.title) for column in columns]
        self._rows.object = str(table_markup(header, rows))
        self._before.disabled, self._after.disabled = not first, len(answer.frame) <= PAGE
        self.say_empty(is_empty=not rows)
        self._foot.object = str(foot_markup(source_words(self.screen, answer)))

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return the title, the page of rows and the source."""
        head, _, foot = super().markup()
        return head, Markup(self._rows.object), foot  # noqa: S704 - made by this view

    def turn(self, pages: int) -> None:
        """Show a later page, or an earlier one."""
        self.page = max(0, self.page + pages)

    def _page_of(self, selection: Selection) -> int:
        return self.page if self.shown is None or self.shown[1] == selection else 0

    def _time(self, value: Any, column: Column) -> str:
        """Return a day, or an instant on the city's clock."""
        if column.type == "date":
            return f"{value:%Y-%m-%d}"
        zone = ZoneInfo(self.screen.catalog.city.time_zone)
        return f"{pd.Timestamp(value).tz_convert(zone):%Y-%m-%d %H:%M}"

    def _cell(self, value: Any, column: Column) -> str:
        if pd.isna(value):
            return "–"
        if column.type in {"date", "timestamp"}:
            return self._time(value, column)
        if column.unit == "code" and self.dataset.place and column.name == self.dataset.place.area:
            return self.screen.words(self.screen.catalog.area(str(value)).name)
        if column.type == "float64":
            return f"{value:,.6g}" if column.unit != "degree" else f"{value:.5f}"
        if column.is_numeric:
            return f"{value:,}"
        words = value_words(value, column.name, self.dataset, self.screen.language)
        return words if len(words) <= LONGEST_TEXT else f"{words[:LONGEST_TEXT]}…"
