"""The alarms: what is open, the worst first, who has seen it, and the log."""

import dataclasses
import datetime as dt
import functools
import threading
import time
from importlib import resources
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import param
from bokeh.models import Button, Column, Row
from markupsafe import Markup

from cityboard.alerts import (
    Alarm,
    Evaluation,
    LogLine,
    acknowledge,
    acknowledgements,
    active,
    city_records,
    evaluate,
    log,
)
from cityboard.alerts.alarm import MAY_ACKNOWLEDGE
from cityboard.alerts.words import (
    EVENT_WORDS,
    LEVEL_WORDS,
    amount_words,
    instant_words,
    limit_words,
)
from cityboard.cancel import Cancel
from cityboard.catalog import Text
from cityboard.errors import CityboardError, RecordsError
from cityboard.records import Acknowledgement, Records
from cityboard.selection import Selection
from cityboard.store import Store
from cityboard.views.markup import TEMPLATES, TextBlock, button_sheets, note_markup, plain_button
from cityboard.views.now import Version, version_of
from cityboard.views.screen import Screen
from cityboard.views.view import CardView
from cityboard.words import PROVENANCES, error_words

MOST_SHOWN, MOST_LOGGED, MOST_EVALUATED = 12, 60, 16
# One session computes or reads, the others wait for what it found.
_TURN, _HEARING = threading.Lock(), threading.Lock()
HEARD_SECONDS = 0.5  # until what another process wrote of acknowledgements is read
ALARM_CSS = resources.files("cityboard").joinpath("templates/told/alarms.css").read_text("utf-8")


@dataclasses.dataclass(frozen=True)
class AlarmsResult:
    """What is told of alarms.

    Attributes:
        alarms: Open and closed, in the order they opened.
        unwatched: Titles of the rules that could not be computed, and why.
        problem: Why nobody knows who has seen them; empty where that is known.
    """

    alarms: tuple[Alarm, ...]
    unwatched: tuple[tuple[Text, str], ...] = ()
    problem: str = ""


class AlarmsView(CardView):
    """The open alarms, each with a button by which an official acknowledges it, and the log.

    A button belongs to one alarm as long as that is shown: a list that changes under a finger does
    not have another one acknowledged.
    """

    opener: ClassVar = ("경보 기록", "Log of alarms")
    asks_again: ClassVar = ["pressed"]

    now = param.Callable(constant=True, doc="Gives the instant of the screen's clock (aware).")
    pressed = param.Integer(default=0, doc="How many alarms were acknowledged here.")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self._rest = TextBlock(screen.style, sizing_mode="stretch_width", stylesheets=[ALARM_CSS])
        self._rows: dict[str, tuple[Row, TextBlock]] = {}
        self._list = Column(
            children=[self._rest.model],
            sizing_mode="stretch_both",
            margin=0,
            styles={"overflow": "auto"},
        )
        self._fill(self._list)

    @property
    def may_acknowledge(self) -> bool:
        """Tell whether the reader may acknowledge alarms here and now."""
        store = self.screen.store
        return self.screen.is_live and store.as_of is None and store.role == MAY_ACKNOWLEDGE

    def question(self, selection: Selection) -> AlarmsResult:  # noqa: ARG002
        """Return what is to be told: nothing is drawn anew as long as it says the same."""
        return self._told()

    def ask(self, selection: Selection, cancel: Cancel) -> AlarmsResult:  # noqa: ARG002
        """Return what is told."""
        return self._told()

    def _told(self) -> AlarmsResult:
        store, until, problem = self.screen.store, self.now(), ""
        try:
            made = _acknowledged(store, until)
        except RecordsError as error:
            made, problem = (), error_words(error, self.screen.language)
        found = _evaluation(store, until, made)
        unwatched = tuple((rule.title, self._error(error)) for rule, error in found.unwatched)
        return AlarmsResult(found.alarms, unwatched, problem)

    def _error(self, error: CityboardError) -> str:
        return error_words(error, self.screen.language)

    def draw(self, result: AlarmsResult, selection: Selection) -> None:  # noqa: ARG002
        """Write the open alarms."""
        shown = active(result.alarms)
        self._head.write(self._title(result, shown))
        first, plain = shown[:MOST_SHOWN], Markup("")
        if self.may_acknowledge:
            self._rows = {alarm.id: self._row(alarm) for alarm in first}
        else:  # without buttons one text will do: a new model costs a look at all of the page's
            rows = (self._render("alarm", **self._words(alarm)) for alarm in first)
            plain = Markup("").join(rows)
        self._rest.write(plain + self._rest_words(len(shown)))
        children = [*(row for row, _ in self._rows.values()), self._rest.model]
        if children != self._list.children:
            self._list.children = children

    def describe(self, result: AlarmsResult, selection: Selection) -> None:  # noqa: ARG002
        """Write the log where it is open, and what could not be computed."""
        self._write_below(self._notes(result))

    def behind(self, result: AlarmsResult) -> Markup:
        """Return the log."""
        return self._render("alarm_log", lines=self._log(result), says=EVENT_WORDS)

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return the head, the open alarms and the log, and the notes."""
        head, behind, foot = super().markup()
        texts = [text.markup for _, text in self._rows.values()]
        body = Markup("").join(texts) + self._rest.markup
        return head, Markup("<style>{}</style>").format(Markup(ALARM_CSS)) + body + behind, foot  # noqa: S704 - our own sheet

    def _row(self, alarm: Alarm) -> tuple[Row, TextBlock]:
        """Return the row of an alarm: the one there is, or a new one."""
        row, text = self._rows.get(alarm.id) or self._new_row(alarm)
        text.write(self._render("alarm", **self._words(alarm)))
        button = row.children[-1] if isinstance(row.children[-1], Button) else None
        if button is not None:
            button.visible = alarm.is_waiting
        return row, text

    def _new_row(self, alarm: Alarm) -> tuple[Row, TextBlock]:
        style = self.screen.style
        text = TextBlock(style, sizing_mode="stretch_width", stylesheets=[ALARM_CSS])
        children = [text.model]
        if self.may_acknowledge:
            label, alarm_id = self.screen.say("확인", "Acknowledge"), alarm.id
            button = plain_button(style, label, stylesheets=button_sheets(style), align="center")
            button.on_click(lambda _: self._acknowledge(alarm_id))
            children.append(button)
        return Row(children=children, sizing_mode="stretch_width", margin=0, spacing=8), text

    def _acknowledge(self, alarm_id: str) -> None:
        """Write down that the reader has seen an alarm, and show that."""
        store = self.screen.store
        try:
            acknowledge(
                city_records(store),
                alarm_id,
                store.role,
                at=self.now(),
                recorded_at=dt.datetime.now(dt.UTC),
            )
        except CityboardError as error:
            self.problem = self._error(error)
        else:
            self.param.update(problem="", pressed=self.pressed + 1)

    def _title(self, result: AlarmsResult, shown: list[Alarm]) -> Markup:
        waiting = sum(alarm.is_waiting for alarm in shown)
        say = self.screen.say
        count = say(
            f"진행 중 {len(shown)} · 미확인 {waiting}", f"{len(shown)} open · {waiting} unseen"
        )
        simulated = any(alarm.provenance == "simulated" for alarm in result.alarms)
        mark = ""
        if simulated:
            sign, words = PROVENANCES["simulated"]
            mark = say(f" · {sign} {words.ko} 포함", f" · {sign} some {words.en}")
        return Markup('<div class="title">{} <small>{}{}</small></div>').format(
            say("경보", "Alarms"), count, mark
        )

    def _rest_words(self, count: int) -> Markup:
        say = self.screen.say
        if count > MOST_SHOWN:
            more = count - MOST_SHOWN
            return Markup("<p>{}</p>").format(say(f"그 밖에 {more}건", f"and {more} more"))
        if count:
            return Markup("")
        words = say("지금 열려 있는 경보가 없습니다.", "No alarm is open now.")
        return Markup("<p>{}</p>").format(words)

    def _notes(self, result: AlarmsResult) -> Markup:
        """Return what nobody may take for silence, and why there is no button."""
        say = self.screen.say
        notes = [
            say(f"계산하지 못한 규칙: {title.ko} ({why})", f"not watched: {title.en} ({why})")
            for title, why in result.unwatched
        ]
        notes += [result.problem] if result.problem else []
        lines = Markup("").join(note_markup(note) for note in notes)
        if self.screen.store.role != MAY_ACKNOWLEDGE:
            words = say("확인은 공무원 화면에서만 합니다.", "Only officials acknowledge alarms.")
            lines += Markup('<div class="foot">{}</div>').format(words)
        return lines

    def _words(self, alarm: Alarm) -> dict[str, Any]:
        """Return what the template of a row needs."""
        screen, until = self.screen, self.now()
        store, language = screen.store, screen.language
        dataset = store.dataset(alarm.alert.dataset)
        mark, provenance = PROVENANCES[alarm.provenance]
        return {
            "alarm": alarm,
            "level": screen.words(LEVEL_WORDS[alarm.alert.level]),
            "amount": amount_words(store, alarm, language),
            "limit": limit_words(store, alarm.alert, language),
            "rule": screen.words(alarm.alert.source),
            "since": instant_words(store, alarm.spell.opened_at, until),
            "source": f"{mark} {screen.words(provenance)} · {screen.words(dataset.publisher)}",
            "seen": self._seen_words(alarm, until),
            "escalated": self._escalated_words(alarm, until),
            "owner": screen.words(screen.catalog.organisation(alarm.alert.owner).title),
        }

    def _seen_words(self, alarm: Alarm, until: dt.datetime) -> str:
        """Return who has seen an alarm and when."""
        made, say = alarm.acknowledgement, self.screen.say
        if made is None:
            return say("미확인", "not acknowledged")
        at = instant_words(self.screen.store, made.at, until)
        who = say({"official": "공무원"}.get(made.by_role, made.by_role), made.by_role)
        return say(f"{at} {who} 확인", f"acknowledged {at} by an {who}")

    def _escalated_words(self, alarm: Alarm, until: dt.datetime) -> str:
        if alarm.escalated_at is None or alarm.alert.escalation is None:
            return ""
        at = instant_words(self.screen.store, alarm.escalated_at, until)
        to = self.screen.catalog.organisation(alarm.alert.escalation.to).title
        return self.screen.say(f"{at} {to.ko}에 상위 보고", f"escalated {at} to {to.en}")

    def _log(self, result: AlarmsResult) -> list[tuple[LogLine, str, str]]:
        """Return the newest lines of the log, with time and level in words."""
        zone = ZoneInfo(self.screen.catalog.city.time_zone)
        return [
            (
                line,
                f"{line.at.astimezone(zone):%m-%d %H:%M:%S}",
                self.screen.words(LEVEL_WORDS[line.alarm.alert.level]),
            )
            for line in log(result.alarms)[:MOST_LOGGED]
        ]

    def _render(self, template: str, **values: Any) -> Markup:
        screen = self.screen
        text = TEMPLATES.get_template(f"told/{template}.html").render(
            say=screen.say, words=screen.words, **values
        )
        return Markup(text)  # noqa: S704 - made by a template that escapes


def _acknowledged(store: Store, until: dt.datetime) -> tuple[Acknowledgement, ...]:
    """Return the acknowledgements that hold; sessions that ask in the same second share them."""
    records = city_records(store)
    with _HEARING:
        return _heard(records, until, records.writes, int(time.monotonic() / HEARD_SECONDS))


@functools.lru_cache(MOST_EVALUATED)
def _heard(
    records: Records, until: dt.datetime, _writes: int, _moment: int
) -> tuple[Acknowledgement, ...]:
    return acknowledgements(records, until, now=dt.datetime.now(dt.UTC))


def _evaluation(store: Store, until: dt.datetime, made: tuple[Acknowledgement, ...]) -> Evaluation:
    """Return what every rule says; sessions that ask in the same second share it."""
    versions = tuple(version_of(store, alert.dataset) for alert in store.catalog.alerts)
    with _TURN:
        return _evaluate(store, versions, until, made)


@functools.lru_cache(MOST_EVALUATED)
def _evaluate(
    store: Store,
    _versions: tuple[Version, ...],
    until: dt.datetime,
    made: tuple[Acknowledgement, ...],
) -> Evaluation:
    return evaluate(store, until, acknowledgements=made)
