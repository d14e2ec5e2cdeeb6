"""A view: asks in any thread, shows on the session's own."""

import abc
from collections.abc import Callable
from typing import Any, ClassVar

import panel as pn
import param
from bokeh.events import Event
from bokeh.models import Plot
from markupsafe import Markup, escape

from cityboard.catalog import Dataset, Measure
from cityboard.engines.duckdb import Cancel
from cityboard.errors import CityboardError
from cityboard.figures.style import Style
from cityboard.selection import Clause, Selection
from cityboard.store import Answer
from cityboard.views.screen import Screen
from cityboard.words import PROVENANCES, day_words

CARD_CSS = """
:host { background: var(--surface); border-radius: .5rem; padding: .5rem .75rem;
  box-sizing: border-box; font-family: Pretendard, 'Noto Sans KR', sans-serif;
  color: var(--text); transition: opacity .15s .15s; }
:host(.busy) { opacity: .45; }
"""
TEXT_CSS = """
:host > div { font-family: Pretendard, 'Noto Sans KR', sans-serif; font-size: .875rem;
  color: var(--text); font-variant-numeric: tabular-nums; }
.title { font-weight: 600; font-size: 1rem; }
.title small { font-weight: 400; font-size: .75rem; color: var(--muted); }
details { font-size: .75rem; color: var(--muted); }
.foot { font-size: .75rem; color: var(--muted); white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.legend { display: flex; gap: .5rem; align-items: center; font-size: .75rem; color: var(--muted); }
.legend i { width: 10rem; height: .5rem; border-radius: .25rem; }
.note { color: var(--bad); font-size: .875rem; }
summary { cursor: pointer; min-height: 1.5rem; }
.scroll { max-height: 12rem; overflow: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--muted); font-weight: 400; position: sticky; top: 0; background: var(--surface); }
td.number, th.number { text-align: right; }
"""


SWITCH_CSS = """
.bk-btn-group .bk-btn.bk-btn-default { min-height: 2.75rem; padding: 0 1rem;
  font-family: Pretendard, sans-serif; font-size: .875rem; color: var(--muted);
  background: var(--raised); border: 1px solid var(--line); box-shadow: none; }
.bk-btn-group .bk-btn.bk-btn-default.bk-active { color: var(--text); border-color: var(--accent);
  font-weight: 600; }
"""


def switch_sheets(style: Style) -> list[str]:
    """Return the style sheets of a group of buttons."""
    return [f":host {{ {style.css_variables} }}", SWITCH_CSS]


def text_pane(style: Style, html: str | Markup = "", **params: Any) -> pn.pane.HTML:
    """Return a pane of markup made here; every value in it must have been escaped."""
    sheets = [f":host {{ {style.css_variables} }}", TEXT_CSS]
    return pn.pane.HTML(str(html), stylesheets=sheets, margin=0, **params)


class View(pn.viewable.Viewer):
    """One question and one figure.

    Subclasses ask with every clause but those of the fields they publish, and update their
    figure in place. A change of a parameter named in `asks_again` asks anew.
    """

    publishes: ClassVar[tuple[str, ...]] = ()
    asks_again: ClassVar[list[str]] = []

    screen = param.ClassSelector(class_=Screen, constant=True, doc="Shared by the session's views.")
    problem = param.String(default="", doc="Why the view could not be drawn; empty when it was.")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen=screen, **params)
        self.asked: object = None
        self.result: Any = None

    @abc.abstractmethod
    def ask(self, selection: Selection, cancel: Cancel) -> Any:
        """Return what is to be shown; runs in any thread and touches no figure."""

    @abc.abstractmethod
    def show(self, result: Any, selection: Selection) -> None:
        """Show a result, and which part of it is selected; runs on the session's own thread."""

    def question(self, selection: Selection) -> object:
        """Return what the result depends on: two equal questions need not be asked twice."""
        return self.where(selection)

    def where(self, selection: Selection) -> tuple[Clause, ...]:
        """Return the clauses the view asks with."""
        return selection.without(*self.publishes).clauses

    def refuse(self, error: CityboardError | str) -> None:
        """Say why the view could not be drawn; what it showed before stays."""
        self.problem = str(error)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers shown, for provenance and tests."""
        return (self.result,) if isinstance(self.result, Answer) else ()

    def busy(self, *, is_busy: bool) -> None:
        """Dim the view while a question is under way."""

    def listen(self, figure: Plot, event: type[Event], heard: Callable[[Any], None]) -> None:
        """Have `heard` called on an event of a figure, where figures answer."""
        if self.screen.is_live:
            figure.on_event(event, heard)

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return what a report writes above, in place of, and below the figure."""
        return Markup(""), Markup(""), Markup("")


class DatasetView(View):
    """A view of one measure of one dataset, in a card with its source below."""

    dataset_id = param.String(constant=True, doc="Dataset asked.")
    measure_id = param.String(doc="Measure asked.")

    def __init__(self, screen: Screen, dataset: Dataset, **params: Any) -> None:
        first = dataset.measures[0].id if dataset.measures else "rows"
        super().__init__(screen, **{"dataset_id": dataset.id, "measure_id": first, **params})
        self.dataset = dataset
        self._head = text_pane(screen.style, sizing_mode="stretch_width")
        self._foot = text_pane(screen.style, sizing_mode="stretch_width")
        self._card = pn.Column(
            self._head,
            sizing_mode="stretch_both",
            margin=0,
            css_classes=["card"],
            stylesheets=[f":host {{ {screen.style.css_variables} }}", CARD_CSS],
        )
        self.param.watch(lambda _: self._show_foot(), "problem")

    def __panel__(self) -> pn.Column:
        """Return the card."""
        return self._card

    @property
    def measure(self) -> Measure:
        """Return the measure asked."""
        return self.dataset.measure(self.measure_id)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        version = self.screen.store.snapshot(self.dataset_id).version
        return (self.where(selection), self.measure_id, version)

    def where(self, selection: Selection) -> tuple[Clause, ...]:
        """Return the clauses the view asks with: those its dataset has a field for."""
        fields = self.screen.store.fields(self.dataset_id)
        return tuple(c for c in super().where(selection) if c.field in fields)

    def busy(self, *, is_busy: bool) -> None:
        """Dim the card while a question is under way."""
        self._card.css_classes = ["card", "busy"] if is_busy else ["card"]

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return the title, the table and the source."""
        texts = (self._head.object, self._table.object, self._foot.object)
        head, table, foot = (Markup(text) for text in texts)  # noqa: S704 - made by this view
        return head, table, foot

    def _frame(self, body: Any, *, title: str, table: bool = True) -> None:
        """Fill the card: a title, the figure, its table behind one press, its source."""
        self._head.object = str(Markup('<div class="title">{}</div>').format(title))
        self._table = text_pane(self.screen.style, sizing_mode="stretch_width", visible=table)
        self._card[:] = [self._head, body, self._table, self._foot]

    def _show_foot(self) -> None:
        self._foot.object = str(self._foot_words())

    def _foot_words(self) -> Markup:
        note = Markup('<div class="note">{}</div>').format(self.problem) if self.problem else ""
        source = " · ".join(source_words(self.screen, answer) for answer in self.answers[:1])
        return Markup('{}<div class="foot" title="{}">{}</div>').format(note, source, source)

    def _show_table(self, header: list[str], rows: list[list[str]]) -> None:
        """Fill the table behind the figure; the first 100 rows."""
        summary = self.screen.say("표로 보기", "As a table")
        self._table.object = str(
            Markup('<details><summary>{}</summary><div class="scroll">{}</div></details>').format(
                summary, table_markup(header, rows[:100])
            )
        )


def table_markup(header: list[str], rows: list[list[str]]) -> Markup:
    """Return a table; columns of numbers are right-aligned."""
    kinds = ["number" if _is_number(cell) else "" for cell in (rows[0] if rows else header)]
    top = Markup("").join(
        Markup('<th class="{}" scope="col">{}</th>').format(kind, cell)
        for kind, cell in zip(kinds, header, strict=True)
    )
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup('<td class="{}">{}</td>').format(kind, escape(cell))
                for kind, cell in zip(kinds, row, strict=True)
            )
        )
        for row in rows
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(top, body)


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").replace("-", "").isdigit() and "-" not in cell[1:]


def source_words(screen: Screen, answer: Answer) -> str:
    """Return publisher, last day, provenance class, version and engine of an answer."""
    dataset = screen.catalog.dataset(answer.snapshot.dataset)
    mark, words = PROVENANCES[answer.provenance]
    freshness = screen.store.freshness(dataset.id)
    parts = [f"{mark} {screen.words(words)}", screen.words(dataset.publisher)]
    if freshness.last:
        parts.append(screen.say("~ ", "to ") + day_words(freshness.last, screen.language))
    parts.append(f"v{answer.snapshot.version}")
    parts.append(screen.say("원자료 행에서 계산", f"from {answer.engine}"))
    if answer.snapshot.problem:
        parts.append(screen.say("손상되어 이전 판을 표시", "damaged: an older version is shown"))
    return " · ".join(parts)
