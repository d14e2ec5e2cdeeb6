"""The registers in words: sources and their states, the list of open data, the data types."""

import dataclasses
import itertools
from typing import Any, ClassVar

import param
from bokeh.models import Row, TextInput

from cityboard.cancel import Cancel
from cityboard.catalog import Board, Text
from cityboard.registers import (
    ADAPTERS,
    LIST,
    SHOWN_BY,
    STATES,
    WITH_SERVICE,
    WITHOUT_SERVICE,
    DataType,
    DataTypes,
    ListedPage,
    ListedSource,
    Source,
    SourceCounts,
    data_types,
    entry_text,
    listed_page,
    owner_of,
    source_counts,
    sources,
)
from cityboard.selection import Clause, Members, Selection
from cityboard.views.markup import button_sheets, plain_button
from cityboard.views.screen import Screen
from cityboard.views.told import ToldView
from cityboard.words import day_words, exact_words, unit_words

PAGE = 20
FIELD = "field_code"
ONLY = {"service": WITH_SERVICE, "file": WITHOUT_SERVICE}
INPUT_CSS = """
:host { font-family: Pretendard, 'Noto Sans KR', sans-serif; color: var(--muted); }
.bk-input-group label { font-size: .75rem; margin: 0 0 .25rem; }
.bk-input { min-height: 2.75rem; font: inherit; font-size: .875rem; color: var(--text);
  background-color: var(--raised); border: 1px solid var(--line); border-radius: 1.4rem;
  padding: 0 1rem; }
"""


@dataclasses.dataclass(frozen=True)
class SourcesResult:
    """The sources of the catalogue, and how many there are of all."""

    sources: tuple[Source, ...]
    counts: SourceCounts


class SourcesView(ToldView):
    """How many sources are connected, and how."""

    template: ClassVar = "sources"
    grows: ClassVar = True

    def __init__(self, screen: Screen, board: Board) -> None:
        self.board = board
        super().__init__(screen)

    def ask(self, selection: Selection, cancel: Cancel) -> SourcesResult:  # noqa: ARG002
        """Return the register of sources."""
        found = sources(self.screen.store)
        return SourcesResult(found, source_counts(self.screen.store, found))

    def words(self, result: SourcesResult) -> dict[str, Any]:
        """Return what the template needs."""
        counts, by_state = result.counts, itertools.groupby(result.sources, lambda s: s.state)
        number = exact_words
        return {
            "line": self.board.description,
            "counts": counts,
            "number": number,
            "states": [
                (state, mark, text, counts.states[state]) for state, (mark, text) in STATES.items()
            ],
            "groups": [
                (state, *STATES[state], [self._row(each) for each in rows])
                for state, rows in by_state
            ],
        }

    def _row(self, source: Source) -> dict[str, Any]:
        dataset, store = source.dataset, self.screen.store
        last = None if source.state == "absent" else store.freshness(dataset.id).last
        adapters = " › ".join(self.screen.words(ADAPTERS[each]) for each in source.adapters)
        return {
            "id": dataset.id,
            "title": dataset.title,
            "publisher": dataset.publisher,
            "licence": dataset.licence,
            "identifier": dataset.dcat.identifier,
            "adapters": adapters,
            "services": ", ".join(source.services),
            "last": day_words(last, self.screen.language) if last else "–",
        }


@dataclasses.dataclass(frozen=True)
class ListedResult:
    """A page of the list of open data, and the sources of the catalogue."""

    page: int
    found: ListedPage
    sources: tuple[Source, ...]


class ListedView(ToldView):
    """What the city's open-data site lists, searched and paged; each with its entry."""

    template: ClassVar = "listed"
    grows: ClassVar = True
    asks_again: ClassVar = ["search", "field", "only", "page"]

    search = param.String(default="", doc="Words looked for; empty is everything.")
    field = param.String(default="", doc="Only this field of the list; empty is all.")
    only = param.Selector(default="", objects=["", *ONLY], doc="With a service, or without.")
    page = param.Integer(default=0, bounds=(0, None), doc="Page shown, from 0.")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        sheets = [f":host {{ {screen.style.css_variables} }}", INPUT_CSS]
        self._input = TextInput(
            title=screen.say(
                "이름, 초성, 서비스, 번호로 찾기", "Search by name, service or number"
            ),
            sizing_mode="stretch_width",
            stylesheets=sheets,
            margin=0,
        )
        self._input.on_change("value_input", lambda _name, _old, new: self.find(new))
        self._before, self._after = (
            plain_button(screen.style, label, stylesheets=button_sheets(screen.style))
            for label in (screen.say("‹ 앞", "‹ Back"), screen.say("뒤 ›", "Next ›"))
        )
        self._before.on_click(lambda _: self.param.update(page=max(0, self.page - 1)))
        self._after.on_click(lambda _: self.param.update(page=self.page + 1))
        pages = Row(children=[self._before, self._after], spacing=8, margin=0)
        live = screen.is_live
        self._fill(*([self._input] if live else []), self._body.model, *([pages] if live else []))

    def find(self, words: str) -> None:
        """Look for words, from the first page on."""
        self.param.update(search=words, page=0)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        chosen = (self.search, self.field, self.only, self.page)
        return (super().question(selection), chosen)

    def ask(self, selection: Selection, cancel: Cancel) -> ListedResult:  # noqa: ARG002
        """Return the page."""
        store, where = self.screen.store, self._where()
        first = self.page * PAGE
        found = listed_page(store, words=self.search, where=where, offset=first, limit=PAGE)
        return ListedResult(self.page, found, sources(store))

    def draw(self, result: ListedResult, selection: Selection) -> None:
        """Write the page."""
        if self._input.value_input != self.search:
            self._input.value = self._input.value_input = self.search
        self._before.disabled = result.page == 0
        self._after.disabled = (result.page + 1) * PAGE >= result.found.total
        super().draw(result, selection)

    def words(self, result: ListedResult) -> dict[str, Any]:
        """Return what the template needs."""
        first = result.page * PAGE
        by_id: dict[str, list[Source]] = {}
        for each in result.sources:
            if each.listed_as:
                by_id.setdefault(each.listed_as, []).append(each)
        return {
            "rows": [self._row(each, by_id.get(each.id, [])) for each in result.found.rows],
            "total": exact_words(result.found.total),
            "first": exact_words(first + 1),
            "last": exact_words(first + len(result.found.rows)),
            "fields": self._fields(),
            "only": self._only(),
            "list": self.screen.store.dataset(LIST),
        }

    def known_fields(self) -> list[str]:
        """Return the codes of the list's fields."""
        return [*self._labels()]

    def _where(self) -> tuple[Clause, ...]:
        field = (Members(FIELD, (self.field,)),) if self.field else ()
        return (*field, *([ONLY[self.only]] if self.only else []))

    def _labels(self) -> dict[str, Text]:
        return self.screen.store.dataset(LIST).column(FIELD).labels or {}

    def _row(self, source: ListedSource, named: list[Source]) -> dict[str, Any]:
        screen = self.screen
        entry = entry_text(source, screen.catalog, day=screen.store.today) if source.service else ""
        return {
            "source": source,
            "field": self._labels().get(source.field, Text(ko=source.field, en=source.field)),
            "owner": owner_of(source, screen.catalog),
            "connected": [
                (each.dataset, *STATES[each.state]) for each in named if each.state != "absent"
            ],
            "declared": [each.dataset for each in named if each.state == "absent"],
            "entry": entry,
        }

    def _fields(self) -> list[tuple[str, str, bool]]:
        """Return address, title and whether it is chosen, of all fields and of each."""
        shown = [("", self.screen.say("모든 분야", "All fields"))]
        shown += [(code, self.screen.words(text)) for code, text in self._labels().items()]
        return [(self._address(c, self.only), title, c == self.field) for c, title in shown]

    def _only(self) -> list[tuple[str, str, bool]]:
        """Return the same of those with a service and of those without."""
        say = self.screen.say
        shown = {
            "": say("전체", "All"),
            "service": say("서비스 있음", "With a service"),
            "file": say("서비스 없음", "Without"),
        }
        return [(self._address(self.field, o), words, o == self.only) for o, words in shown.items()]

    def _address(self, field: str, only: str) -> str:
        parts = [f"field={field}"] if field else []
        parts += [f"only={only}"] if only else []
        return "sources?" + "&".join([*parts, self.screen.keep]) + "#listed"


class TypesView(ToldView):
    """Every data type of the catalogue, and the views that show it."""

    template: ClassVar = "types"
    grows: ClassVar = True

    def ask(self, selection: Selection, cancel: Cancel) -> DataTypes:  # noqa: ARG002
        """Return the register of data types."""
        return data_types(self.screen.store)

    def words(self, result: DataTypes) -> dict[str, Any]:
        """Return what the template needs."""
        by_dataset = itertools.groupby(result.rows, lambda row: row.dataset.id)
        groups = [(name, [*rows]) for name, rows in by_dataset]
        return {
            "count": exact_words(len(result.rows)),
            "measures": exact_words(sum(row.kind == "measure" for row in result.rows)),
            "columns": exact_words(sum(row.kind == "column" for row in result.rows)),
            "shown": exact_words(sum(row.is_shown for row in result.rows)),
            "missing": exact_words(sum(not row.is_shown for row in result.rows)),
            "withheld": result.withheld,
            "kinds": {
                "measure": self.screen.say("측정값", "measure"),
                "column": self.screen.say("열", "column"),
            },
            "groups": [
                (rows[0].dataset, sum(row.is_shown for row in rows), [self._row(r) for r in rows])
                for _, rows in groups
            ],
        }

    def _row(self, row: DataType) -> tuple[DataType, str, str]:
        """Return a data type, its unit, and the views that show it, in words."""
        views = " · ".join(self.screen.words(SHOWN_BY[name]) for name in row.shown_by)
        return row, unit_words(row.unit, self.screen.language), views
