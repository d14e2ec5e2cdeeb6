"""The markup views share: style sheets, text panes, tables, sources. Every value is escaped."""

import html
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import pandas as pd
import panel as pn
from bokeh.model import Model
from bokeh.models import Button
from markupsafe import Markup, escape
from panel.models import HTML

from cityboard.catalog import Measure, Text
from cityboard.figures.style import Style
from cityboard.selection import Clause, Interval
from cityboard.store import Answered, period_of
from cityboard.views.screen import Screen
from cityboard.words import PROVENANCES, age_words, day_words, interval_words, number_words

TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("cityboard"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,  # else each use looks at the file: a sixteenth of a busy server's time
)
ENGINES = {
    "rows": Text(ko="원자료 행에서 계산", en="from rows"),
    "rollup": Text(ko="미리 합산한 값에서 계산", en="from rollup"),
}
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
.scroll, details { font-size: .75rem; color: var(--muted); }
.foot { font-size: .75rem; color: var(--muted); white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
@media (max-width: 1700px) { .today { display: none; } }
.legend { display: flex; gap: .5rem; align-items: center; font-size: .75rem; color: var(--muted); }
.legend i, .legend span:first-child { flex: none; }
@media (max-width: 700px) { .legend i { max-width: 5rem; } }
.legend i { width: 10rem; height: .5rem; border-radius: .25rem; }
.note { color: var(--bad); font-size: .875rem; }
summary { cursor: pointer; min-height: 1.5rem; }
.scroll { max-height: 12rem; overflow: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--muted); font-weight: 400; position: sticky; top: 0; background: var(--surface); }
td { min-width: 2.25rem; }
.scroll td { min-width: 4.5rem; }
td.number, th.number { text-align: right; }
"""


# Panel's own style sheets of buttons come last and are more specific: hence `!important`.
BUTTON_CSS = """
.bk-btn.bk-btn-default { min-height: 2.75rem; min-width: 2.75rem; padding: 0 1rem;
  border-radius: 1.4rem;
  font-family: Pretendard, sans-serif; font-size: .875rem; white-space: nowrap;
  background: var(--raised) !important; color: var(--text) !important;
  border: 1px solid var(--line) !important; }
.bk-btn.bk-btn-default:hover, .bk-btn.bk-btn-default:focus-visible {
  border-color: var(--accent) !important; }
"""
OPENER_CSS = """
:host { margin-block: -.625rem !important; }
.bk-btn.bk-btn-default { min-height: 2.75rem; min-width: 2.75rem; padding: 0; text-align: left;
  font-family: Pretendard, sans-serif; font-size: .75rem; color: var(--muted) !important;
  background: none !important; border: 0 !important; box-shadow: none !important; }
.bk-btn.bk-btn-default:hover, .bk-btn.bk-btn-default:focus-visible {
  color: var(--text) !important; text-decoration: underline; }
"""
SWITCH_CSS = """
.bk-btn-group .bk-btn.bk-btn-default { min-height: 2.75rem; padding: 0 1rem;
  font-family: Pretendard, sans-serif; font-size: .875rem; color: var(--muted) !important;
  background: var(--raised) !important; border: 1px solid var(--line) !important;
  box-shadow: none !important; }
.bk-btn-group .bk-btn.bk-btn-default.bk-active { color: var(--text) !important;
  border-color: var(--accent) !important; font-weight: 600; }
"""


def card_sheets(style: Style) -> list[str]:
    """Return the style sheets of a card."""
    return [f":host {{ {style.css_variables} }}", CARD_CSS]


def button_sheets(style: Style) -> list[str]:
    """Return the style sheets of a single button."""
    return [f":host {{ {style.css_variables} }}", BUTTON_CSS]


def switch_sheets(style: Style) -> list[str]:
    """Return the style sheets of a group of buttons."""
    return [f":host {{ {style.css_variables} }}", SWITCH_CSS]


class TextBlock:
    """Markup in a card: a model of the page, without a pane of Panel's, of which each takes 40 kB.

    Attributes:
        model: To be put into a layout.
        markup: What it holds; every value in it has been escaped.
    """

    def __init__(self, style: Style, **attributes: Any) -> None:
        own = attributes.pop("stylesheets", [])
        sheets = [f":host {{ {style.css_variables} }}", TEXT_CSS, *own]
        self.model, self.markup = HTML(stylesheets=sheets, margin=0, **attributes), Markup("")

    def write(self, markup: Markup) -> None:
        """Show other markup."""
        if markup != self.markup:
            self.markup, self.model.text = markup, html.escape(str(markup))


def plain_button(style: Style, label: str, **attributes: Any) -> Button:
    """Return a button of Bokeh's own: Panel's takes a millisecond for each new label."""
    sheets = attributes.pop("stylesheets", button_sheets(style))
    return Button(label=label, stylesheets=sheets, margin=0, **attributes)


def opener_sheets(style: Style) -> list[str]:
    """Return the style sheets of a button that opens what is behind a figure."""
    return [f":host {{ {style.css_variables} }}", OPENER_CSS]


class TextPane(pn.pane.HTML):
    """A pane of markup whose words change alone.

    Panel compares and sets every property anew whenever the words change: 0.6 ms each time.
    """

    def _update(self, _ref: str, model: Model) -> None:
        model.text = self._transform_object(self.object)["object"]


def text_pane(style: Style, words: str | Markup = "", **params: Any) -> TextPane:
    """Return a pane of markup made here; every value in it must have been escaped."""
    sheets = [f":host {{ {style.css_variables} }}", TEXT_CSS]
    return TextPane(str(words), stylesheets=sheets, margin=0, **params)


def table_markup(header: list[str], rows: list[list[str]]) -> Markup:
    """Return a table; columns of numbers are right-aligned."""
    kinds = ["number" if _is_number(cell) else "" for cell in (rows[0] if rows else header)]
    tops = [f'<th class="{kind}" scope="col">%s</th>' for kind in kinds]
    cells = [f'<td class="{kind}">%s</td>' for kind in kinds]
    body = "".join([_row_markup(cells, row) for row in rows])
    return Markup(  # noqa: S704 - every cell is escaped
        f"<table><thead>{_row_markup(tops, header)}</thead><tbody>{body}</tbody></table>"
    )


def _row_markup(forms: list[str], cells: list[str]) -> str:
    """Return a row of escaped cells; as plain text, in a sixth of the time of `Markup.format`."""
    pairs = zip(forms, cells, strict=True)
    return f"<tr>{''.join([form % escape(cell) for form, cell in pairs])}</tr>"


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").replace("-", "").isdigit() and "-" not in cell[1:]


def past_words(screen: Screen) -> str:
    """Return that the past is looked at, and which instant of it; nothing where it is not."""
    as_of = screen.store.as_of
    if as_of is None:
        return ""
    then = as_of.astimezone(ZoneInfo(screen.catalog.city.time_zone))
    when = f"{day_words(then.date(), screen.language)} {then:%H:%M}"
    return screen.say(f"{when}에 알던 그대로", f"as known on {when}")


def role_words(screen: Screen) -> str:
    """Return for whom the screen is."""
    roles = {"public": screen.say("시민", "public"), "official": screen.say("공무원", "official")}
    return roles[screen.store.role]


def note_markup(problem: str) -> Markup:
    """Return what went wrong, told to those who cannot see it too."""
    return Markup('<div class="note" role="alert">{}</div>').format(problem)


def simulated_markup(screen: Screen, answer: Answered) -> Markup:
    """Return the mark beside a number that is simulated; nothing beside any other."""
    if answer.provenance != "simulated":
        return Markup("")
    mark, words = PROVENANCES["simulated"]
    return Markup('<b style="color:var(--bad)">{} {}</b>').format(mark, screen.words(words))


def foot_markup(source: str) -> Markup:
    """Return one line of small type; what does not fit is read by pointing at it."""
    return Markup('<div class="foot" title="{0}">{0}</div>').format(source)


def unlocated_words(screen: Screen, frame: pd.DataFrame, field: str, measure: Measure) -> str:
    """Return how much of a measure has no value of a field, such as no district; else nothing."""
    is_without = frame[field].isna().to_numpy()
    if not is_without.any():
        return ""
    without = frame[is_without][measure.id].dropna()
    if without.empty or not measure.additive or not without.iloc[0]:
        return ""
    number = number_words(float(without.iloc[0]), screen.language)
    return screen.say(f"여기에 없는 미상 {number}", f"{number} of unknown place not shown here")


def source_words(screen: Screen, answer: Answered, where: Sequence[Clause] = ()) -> str:
    """Return provenance class, exact period, engine, publisher and version of an answer.

    Args:
        screen: Whose language.
        answer: Whose source.
        where: What it was asked with: the period is that selected, else all that is published.
    """
    dataset = screen.catalog.dataset(answer.snapshot.dataset)
    mark, words = PROVENANCES[answer.provenance]
    parts = [f"{mark} {screen.words(words)}", _period_told(screen, answer, where)]
    parts.append(screen.words(ENGINES[answer.engine]))
    parts.append(screen.words(dataset.publisher))
    freshness = screen.store.freshness(dataset.id)
    if freshness.is_stale:
        parts.append(age_words(freshness.age_days, screen.language))
    parts.append(f"v{answer.snapshot.version}")
    if answer.snapshot.problem:
        parts.append(screen.say("손상되어 이전 판을 표시", "damaged: an older version is shown"))
    return " · ".join(filter(None, parts))


def _period_told(screen: Screen, answer: Answered, where: Sequence[Clause]) -> str:
    """Return the period an answer is about, in words: the days of a register's are not known."""
    dataset, snapshot = screen.catalog.dataset(answer.snapshot.dataset), answer.snapshot
    zone = ZoneInfo(screen.catalog.city.time_zone)
    published = period_of(dataset, snapshot, zone)
    period = next((clause for clause in where if isinstance(clause, Interval)), published)
    if period is not None:
        return interval_words(period.low, period.high, screen.language)
    last = screen.store.freshness(dataset.id).last
    return screen.say("~ ", "to ") + day_words(last, screen.language) if last else ""
