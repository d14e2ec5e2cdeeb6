"""The clock of a screen: what time it shows, what is played again, and the buttons that move it."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import panel as pn
import param
from bokeh.models import Button, Row, TextInput
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.complaints import COMPLAINTS
from cityboard.errors import CityboardError, QueryError
from cityboard.incidents import INCIDENTS
from cityboard.replay import SPEEDS, Clock
from cityboard.selection import Selection
from cityboard.views.markup import BUTTON_CSS, TextBlock, note_markup, plain_button
from cityboard.views.now import ScreenClock, is_live, speed_words
from cityboard.views.screen import Screen
from cityboard.views.view import CardView, View
from cityboard.words import error_words

STEP = dt.timedelta(minutes=1)
TIME_CSS = """
:host { width: 13rem; flex: none; }
.bk-input-group { flex-direction: row; align-items: center; gap: .5rem; }
.bk-input-group label { white-space: nowrap; font: 400 .75rem Pretendard, sans-serif;
  color: var(--muted); }
.bk-input { width: 5.5rem; min-height: 2.75rem; padding: 0 .75rem;
  font: 400 .875rem Pretendard, sans-serif;
  color: var(--text); background-color: var(--raised); border: 1px solid var(--line);
  border-radius: .5rem; font-variant-numeric: tabular-nums; }
"""
PRESSED_CSS = """
.bk-btn.bk-btn-default { border-color: var(--accent) !important; border-width: 2px !important;
  font-weight: 600; }
"""
BANNER_CSS = """
.banner { display: flex; align-items: baseline; gap: .75rem; white-space: nowrap;
  overflow: hidden; }
.banner b { font-size: 1.25rem; }
.banner span { color: var(--muted); font-size: .75rem; }
.banner .is-simulated { color: var(--bad); font-weight: 600; }
@media (max-width: 1100px) { .banner { flex-wrap: wrap; gap: 0 .5rem; white-space: normal; } }
"""


class BannerView(View):
    """What the header says of the time: live or played again, when, how fast, what is simulated."""

    clock = param.ClassSelector(class_=ScreenClock, constant=True, doc="The session's.")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self._text = TextBlock(screen.style, sizing_mode="stretch_width", stylesheets=[BANNER_CSS])

    def __panel__(self) -> Any:
        """Return the line."""
        return pn.pane.Bokeh(self._text.model, sizing_mode="stretch_width", margin=0)

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return the second, the clock and what is simulated."""
        return (self.clock.now, self.clock.clock, simulated(self.screen))

    def ask(self, selection: Selection, cancel: Cancel) -> tuple[str, ...]:  # noqa: ARG002
        """Return which of incidents and complaints are simulated."""
        return simulated(self.screen)

    def draw(self, result: tuple[str, ...], selection: Selection) -> None:  # noqa: ARG002
        """Write the line."""
        self._text.write(banner_markup(self.screen, self.clock, result))

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return the line, for a report."""
        return self._text.markup, Markup(""), Markup("")


class ClockView(CardView):
    """The buttons that pause, step and hurry the clock, and the time to look at.

    A press is shown at once; the other views follow as they answer.
    """

    clock = param.ClassSelector(class_=ScreenClock, constant=True, doc="The session's.")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self._refused = ""  # of the time that was typed; no answer of another view takes it away
        say = screen.say
        self._pause = self._button("", _toggled)
        back = self._button(say("◂ 1분", "◂ 1 min"), lambda c, now: c.stepped(now, -STEP))
        on = self._button(say("1분 ▸", "1 min ▸"), lambda c, now: c.stepped(now, STEP))
        self._speeds = {n: self._button(f"{n}×", _speeding(n)) for n in SPEEDS}
        self._live = self._button(say("지금으로", "Now"), lambda c, now: Clock.live(now, c.zone))
        self._live.visible = False
        self._time = TextInput(
            title=say("그때 알던 그대로", "As known at"),
            placeholder="14:05",
            width=150,
            margin=0,
            stylesheets=[f":host {{ {screen.style.css_variables} }}", TIME_CSS],
        )
        self._time.on_change("value", lambda _name, _old, words: self._look_at(words))
        row = Row(
            children=[self._pause, back, on, *self._speeds.values(), self._time, self._live],
            spacing=6,
            margin=0,
            styles={"flex-wrap": "wrap", "align-items": "center"},
            sizing_mode="stretch_width",
        )
        self._card.sizing_mode = "stretch_width"
        self._card.children = [row, self._below.model]

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return the clock: it is asked only for a press."""
        return (self.clock.clock, self._ran_out(), is_live(self.screen.store))

    def ask(self, selection: Selection, cancel: Cancel) -> Clock:  # noqa: ARG002
        """Return the clock."""
        return self.clock.clock

    def draw(self, result: Clock, selection: Selection) -> None:  # noqa: ARG002
        """Show which button holds."""
        self.clock.follow(self.screen.store)
        say, style = self.screen.say, self.screen.style
        self._pause.label = (
            say("▶ 계속", "▶ Go on") if result.is_paused else say("❙❙ 멈춤", "❙❙ Pause")
        )
        plain = [f":host {{ {style.css_variables} }}", BUTTON_CSS]
        for speed, button in self._speeds.items():
            is_its = speed == result.speed and not result.is_paused
            button.stylesheets = [*plain, PRESSED_CSS] if is_its else plain
        is_present = result.mode == "live" and not result.is_paused
        self._live.visible = is_live(self.screen.store) and not is_present
        self._write_notes()

    def _refuse(self, words: str) -> None:
        """Say why the time that was typed is not shown, or nothing any more."""
        self._refused = words
        self._write_notes()

    def _write_notes(self) -> None:
        refused = note_markup(self._refused) if self._refused else Markup("")
        self._write_below(refused + self._note_of_day())

    def _note_of_day(self) -> Markup:
        if not self._ran_out():
            return Markup("")
        words = self.screen.say(
            "하루가 끝나 0시부터 다시 재생합니다.",
            "The day has ended and is played again from midnight.",
        )
        return Markup('<div class="foot" role="status">{}</div>').format(words)

    def _ran_out(self) -> bool:
        return self.clock.clock.wraps(self.clock.real_now()) > 0

    def _button(self, label: str, change: Callable[[Clock, dt.datetime], Clock]) -> Button:
        button = plain_button(self.screen.style, label)
        button.on_click(lambda _: self._press(change))
        return button

    def _press(self, change: Callable[[Clock, dt.datetime], Clock]) -> None:
        """Set the clock, as it is at this instant of the world."""
        self._refuse("")
        self.clock.clock = change(self.clock.clock, self.clock.real_now())

    def _look_at(self, words: str) -> None:
        """Stand at a time of the day that is shown; no words are no wish."""
        refused = ""
        if words := words.strip():
            try:
                self.clock.clock = clock_at(self.clock, words)
            except CityboardError as error:
                refused = self.screen.say(
                    f"‘{words[:40]}’ 시각은 볼 수 없습니다. 지금까지의 시각을 14:05처럼 쓰세요.",
                    error_words(error, "en"),
                )
        self._refuse(refused)


def clock_at(clock: ScreenClock, words: str) -> Clock:
    """Return a clock standing at a time such as `14:05`, or on another day `2019-03-05T14:05`.

    Raises:
        QueryError: The words name no time, or one that is yet to come.
    """
    now, zone = clock.real_now(), clock.clock.zone
    try:
        if len(words) <= len("14:05:30"):
            time = dt.time.fromisoformat(words.zfill(5) if words[1:2] == ":" else words)
            day = clock.local.date()
        else:
            named = dt.datetime.fromisoformat(words)
            named = named.astimezone(zone) if named.tzinfo else named
            time, day = named.time(), named.date()
    except ValueError as error:
        msg = f"the time {words!r} was asked; give one such as 14:05"
        raise QueryError(msg) from error
    wanted = dt.datetime.combine(day, time.replace(tzinfo=None), zone)
    if wanted > now:
        msg = f"the time {words!r} was asked, which is yet to come; give an earlier one"
        raise QueryError(msg)
    return Clock("replay", now, wanted, zone, clock.clock.speed, is_paused=True)


def clock_of(clock: ScreenClock, parameters: Mapping[str, str]) -> Clock:
    """Return the clock that an address names: `at`, and `speed`, which is 0 where it stands still.

    Raises:
        QueryError: It names no time or no speed.
    """
    at, speed = parameters.get("at"), parameters.get("speed")
    found = clock_at(clock, at) if at else clock.clock
    if speed is None:
        return found
    if speed not in {"0", *map(str, SPEEDS)}:
        known = ", ".join(map(str, SPEEDS))
        msg = f"the speed {speed!r} was asked; give 0 to stand still, or {known}"
        raise QueryError(msg)
    now = clock.real_now()
    return found.at_speed(now, int(speed)) if speed != "0" else found.paused(now)


def clock_parameters(clock: ScreenClock) -> dict[str, str]:
    """Return the parameters from which `clock_of` makes this clock; none of one that is live."""
    shown = clock.clock
    if shown.mode == "live" and not shown.is_paused:
        return {}
    at = shown.city_time.astimezone(shown.zone)
    return {"at": f"{at:%Y-%m-%dT%H:%M:%S}", "speed": speed_words(clock)}


def simulated(screen: Screen) -> tuple[str, ...]:
    """Return which of the datasets of events are simulated."""
    found = []
    for name in (INCIDENTS, COMPLAINTS):
        try:
            if screen.store.snapshot(name).lineage.provenance == "simulated":
                found.append(name)
        except CityboardError:
            continue
    return tuple(found)


def banner_markup(screen: Screen, clock: ScreenClock, made_up: tuple[str, ...]) -> Markup:
    """Return what the frame says: live or replayed, day, time, the speed, what is made up."""
    shown, local, say = clock.clock, clock.local, screen.say
    mode = say("실시간", "Live") if shown.mode == "live" else say("재생", "Replay")
    pace = say("멈춤", "paused") if shown.is_paused else f"×{shown.speed}"
    if shown.mode == "live" and not shown.is_paused:
        pace = ""
    warned = _simulated_words(screen, made_up)
    return Markup(
        '<div class="banner" role="timer" title="{mode} {day} {pace} {warned}">'
        '<span>{mode} {day}</span><b data-clock="{iso}">{time}</b><span>{pace}</span>'
        '<span class="is-simulated">{warned}</span></div>'
    ).format(
        mode=mode,
        day=f"{local:%Y-%m-%d}",
        time=f"{local:%H:%M:%S}",
        iso=local.isoformat(),
        pace=pace,
        warned=warned,
    )


def _simulated_words(screen: Screen, made_up: tuple[str, ...]) -> str:
    if not made_up:
        return ""
    names = {
        INCIDENTS: screen.say("사건", "incidents"),
        COMPLAINTS: screen.say("민원", "complaints"),
    }
    listed = screen.say("·", " and ").join(names[name] for name in made_up)
    return screen.say(f"▨ {listed}은 모의", f"▨ {listed} SIMULATED")


def _toggled(clock: Clock, now: dt.datetime) -> Clock:
    return clock.resumed(now) if clock.is_paused else clock.paused(now)


def _speeding(speed: int) -> Callable[[Clock, dt.datetime], Clock]:
    return lambda clock, now: clock.at_speed(now, speed)
