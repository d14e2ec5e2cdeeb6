"""The rows themselves, a page at a time."""

import dataclasses
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pandas as pd
import param
from bokeh.models import Row
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.catalog import Column, Dataset
from cityboard.query import DISTANCE, Listing, Near
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.dataset_view import DatasetView
from cityboard.views.markup import TextBlock, foot_markup, plain_button, table_markup
from cityboard.views.screen import Screen
from cityboard.words import exact_words, near_words, value_words

PAGE = 20
LONGEST_TEXT = 120
MOST_LISTED = 5_000_000  # rows of a version; of more, listing takes longer than a step may


@dataclasses.dataclass(frozen=True)
class ListingResult:
    """A page of rows with one row more, if there is one; or the nearest rows."""

    page: int
    answer: Answer
    near: Near | None = None


class ListingView(DatasetView):
    """A page of the rows that meet the selection: largest measure first, or nearest first."""

    asks_again: ClassVar = ["page", "near", "opened"]
    waits: ClassVar = True
    opener: ClassVar[tuple[str, str] | None] = None

    page = param.Integer(default=0, bounds=(0, None), doc="Page shown, from 0.")
    near = param.ClassSelector(class_=Near, doc="Where rows are listed; None is everywhere.")
    opened = param.ClassSelector(
        class_=Selection, doc="Of a very large dataset, the selection whose rows are wanted."
    )

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        super().__init__(screen, dataset, **params)
        self._rows = TextBlock(
            screen.style, sizing_mode="stretch_both", styles={"overflow": "auto"}
        )
        self._before, self._after = (
            plain_button(screen.style, label)
            for label in (screen.say("‹ 앞", "‹ Back"), screen.say("뒤 ›", "Next ›"))
        )
        self._before.on_click(lambda _: self.turn(-1))
        self._after.on_click(lambda _: self.turn(1))
        self._everywhere = plain_button(
            screen.style, screen.say("전체 행 ×", "All rows ×"), visible=False
        )
        self._everywhere.on_click(lambda _: self.param.update(near=None))
        words = screen.say("행 보기", "List the rows")
        self._open = plain_button(screen.style, words, visible=False)
        self._open.on_click(lambda _: self.open_rows())
        self.param.watch(lambda _: self.open_rows(), "near")
        pages = [Row(children=[self._before, self._after], spacing=8, margin=0)]
        self._pages = pages if screen.is_live else []
        self._fill(self._everywhere, self._open, self._rows.model, *self._pages)

    def open_rows(self) -> None:
        """List the rows of what is selected, however many they are; until it changes."""
        self.opened = self.screen.selection.value

    def is_listed(self, selection: Selection) -> bool:
        """Tell whether rows are listed: of a very large dataset only where that was asked for."""
        rows = self.screen.store.snapshot(self.dataset_id).rows
        return rows <= MOST_LISTED or self.opened == selection

    def question(self, selection: Selection) -> object:
        """Return what the result depends on; another selection begins on its first page."""
        if not self.is_listed(selection):
            return self.screen.store.snapshot(self.dataset_id).files
        return (super().question(selection), self._page_of(selection), self.near)

    def frames(self, result: ListingResult | None) -> tuple[pd.DataFrame, ...]:  # noqa: ARG002
        """Return nothing: rows need not be counted again."""
        return ()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.answer,) if self.result else ()

    def ask(self, selection: Selection, cancel: Cancel) -> ListingResult | None:
        """Return a page of rows, and one row of the next; or the nearest rows; or none at all."""
        if not self.is_listed(selection):
            return None
        page, near, where = self._page_of(selection), self.near, self.where(selection)
        if near is not None:
            listing = Listing(self.dataset_id, where=where, limit=PAGE, near=near)
            return ListingResult(0, self.screen.store.list_rows(listing, cancel=cancel), near)
        listing = Listing(
            self.dataset_id,
            where=where,
            order=self.measure.column,
            direction="descending",
            limit=PAGE + 1,
            offset=page * PAGE,
        )
        return ListingResult(page, self.screen.store.list_rows(listing, cancel=cancel))

    def draw(self, result: ListingResult | None, selection: Selection) -> None:  # noqa: ARG002
        """Write the rows, or offer to."""
        if result is None:
            if self._drawn is not None or not self._open.visible:
                self._close()
            return
        self._open.visible = False
        with param.discard_events(self):
            self.page = result.page
        frame, first, near = result.answer.frame.head(PAGE), result.page * PAGE, result.near
        header, rows = self._table_of(frame.drop(columns=DISTANCE, errors="ignore"))
        shown = f"{first + 1:,} – {first + len(rows):,}" if rows else "–"
        title = self.screen.say("행", "Rows")
        if near is not None:
            header = [self.screen.say("거리(m)", "Distance (m)"), *header]
            away = [exact_words(metres) for metres in frame[DISTANCE].tolist()]
            rows = [[metres, *row] for metres, row in zip(away, rows, strict=True)]
            where = near_words(near, self.screen.language)
            title = self.screen.say(f"{where}의 행", f"Rows {where}")
            shown = self.screen.say("가까운 순", "nearest first")
        self._head.write(
            Markup('<div class="title">{} <small>{}</small></div>').format(title, shown)
        )
        self._rows.write(table_markup(header, rows))
        is_last = len(result.answer.frame) <= PAGE
        self._before.disabled, self._after.disabled = not first, is_last
        self._everywhere.visible = near is not None
        for buttons in self._pages:
            buttons.visible = near is None
        self.say_empty(is_empty=not rows)
        self._write_below(foot_markup(self.source))

    def describe(self, result: ListingResult | None, selection: Selection) -> None:
        """Nothing: all of it is read, and asked for only once the hand rests."""

    def _close(self) -> None:
        say = self.screen.say
        self._open.visible = self.screen.is_live
        self._head.write(Markup('<div class="title">{}</div>').format(say("행", "Rows")))
        words = say(
            "행이 많아 고를 때마다 나열하지 않습니다.", "Too many rows to list at every selection."
        )
        self._rows.write(Markup("<p>{}</p>").format(words))
        self._write_below(Markup(""))
        for buttons in (self._everywhere, *self._pages):
            buttons.visible = False
        self.say_empty(is_empty=False)

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return the title, the page of rows and the source."""
        head, _, foot = super().markup()
        return head, self._rows.markup, foot

    def turn(self, pages: int) -> None:
        """Show a later page, or an earlier one."""
        self.page = max(0, self.page + pages)

    def _table_of(self, frame: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
        """Return titles of columns, and rows in words."""
        columns = [self.dataset.column(name) for name in frame.columns]
        rows = [
            [self._cell(value, column) for value, column in zip(row, columns, strict=True)]
            for row in zip(*(frame[name].tolist() for name in frame), strict=True)
        ]
        return [self.screen.words(column.title) for column in columns], rows

    def _page_of(self, selection: Selection) -> int:
        if self.near is not None:
            return 0
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
