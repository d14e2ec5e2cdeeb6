"""What happens in the city now: counts, open incidents, the map, complaints and feeds."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.complaints import COMPLAINTS, STATES, Complaint, Funnel, funnel
from cityboard.feeds import CONDITIONS, FeedState
from cityboard.figures.pins import NOWHERE, Pin, add_pins, pin_data, update_pins
from cityboard.incidents import AT_SCENE, INCIDENTS, MOST_INCIDENTS, STEPS, TARGET_MINUTES, Incident
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.area_map import AreaMap
from cityboard.views.markup import foot_markup, source_words, table_markup
from cityboard.views.now import (
    ClockedView,
    SharedView,
    calls_of_day,
    known_complaints,
    known_feed_states,
    known_incidents,
    mark_of,
)
from cityboard.views.screen import Screen
from cityboard.words import area_words

SHAPES = {"fire": "triangle", "ambulance": "circle", "rescue": "square", "disaster": "diamond"}
SIGNS = {"fire": "▲", "ambulance": "●", "rescue": "■", "disaster": "◆"}
MOST_LISTED, MOST_COMPLAINTS = 40, 12
FEED_SIGNS = {"ok": "●", "late": "◔", "stale": "◌", "failing": "✕", "off": "○"}


@dataclasses.dataclass(frozen=True)
class KindCount:
    """How the incidents of a kind stand that were called in on the day shown.

    Attributes:
        calls: Called in, however many.
        is_open: Of those there was news of last: not closed.
        within: Of those: help at the scene within the target.
        beyond: Of those: later than that.
        unknown: Of those: when help was there is not known.
    """

    kind: str
    calls: int
    is_open: int
    within: int
    beyond: int
    unknown: int


@dataclasses.dataclass(frozen=True)
class CountsResult:
    """The counts of every kind, and the answer they were taken from."""

    kinds: tuple[KindCount, ...]
    answer: Answer
    is_cut: bool


class CountsView(SharedView):
    """Incidents of the day by kind: called in, open, and how many were reached in time."""

    template: ClassVar = "counts"

    def ask(self, selection: Selection, cancel: Cancel) -> CountsResult:  # noqa: ARG002
        """Return the counts."""
        store, until = self.screen.store, self.clock.now
        day = until.astimezone(self.clock.clock.zone).date()
        answer = calls_of_day(store, day, until)
        frame = answer.frame
        calls = dict(zip(frame["kind_code"], frame["steps"], strict=True))
        found = known_incidents(store, until)
        of_day = [each for each in found if self._is_of_day(each, day)]
        kinds = tuple(_count(kind, int(calls.get(kind, 0)), of_day, found) for kind in STEPS)
        return CountsResult(kinds, answer, len(found) >= MOST_INCIDENTS)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer of the calls."""
        return (self.result.answer,) if self.result else ()

    def draw(self, result: CountsResult, selection: Selection) -> None:
        """Write the counts."""
        super().draw(result, selection)
        self._write_below(foot_markup(source_words(self.screen, result.answer)))

    def words(self, result: CountsResult) -> dict[str, Any]:
        """Return what the template needs."""
        kinds = [(each, SIGNS[each.kind], self._kind(each.kind)) for each in result.kinds]
        return {
            "kinds": kinds,
            "target": f"{TARGET_MINUTES:g}",
            "is_cut": result.is_cut,
            "most": MOST_INCIDENTS,
            "simulated": mark_of(self.screen, INCIDENTS),
        }

    def _kind(self, kind: str) -> str:
        return self.label(INCIDENTS, "kind_code", kind)

    def _is_of_day(self, each: Incident, day: dt.date) -> bool:
        at = each.received_at
        return at is not None and at.astimezone(self.clock.clock.zone).date() == day


def _count(
    kind: str, calls: int, of_day: Sequence[Incident], found: Sequence[Incident]
) -> KindCount:
    reached = [each.is_within_target for each in of_day if each.kind == kind]
    return KindCount(
        kind=kind,
        calls=calls,
        is_open=sum(each.is_open and each.kind == kind for each in found),
        within=reached.count(True),
        beyond=reached.count(False),
        unknown=reached.count(None),
    )


@dataclasses.dataclass(frozen=True)
class OpenIncident:
    """An open incident as the list tells it, in words."""

    incident: Incident
    href: str
    sign: str
    kind: str
    step: str
    step_at: str
    elapsed: str
    reach: str
    is_reached: bool | None
    is_fresh: bool


class OpenIncidentsView(SharedView):
    """The open incidents, the last called in first; a press opens one."""

    template: ClassVar = "open_incidents"

    def ask(self, selection: Selection, cancel: Cancel) -> tuple[Incident, ...]:  # noqa: ARG002
        """Return the open incidents."""
        found = known_incidents(self.screen.store, self.clock.now)
        return tuple(each for each in found if each.is_open)

    def words(self, result: tuple[Incident, ...]) -> dict[str, Any]:
        """Return what the template needs."""
        return {
            "rows": [self.row(each) for each in result[:MOST_LISTED]],
            "count": len(result),
            "more": len(result) - MOST_LISTED,
            "target": f"{TARGET_MINUTES:g}",
            "simulated": mark_of(self.screen, INCIDENTS),
        }

    def row(self, each: Incident) -> OpenIncident:
        """Return an incident in words."""
        step = each.last_step
        at = each.steps[step] if step else None
        return OpenIncident(
            incident=each,
            href=self.incident_href(each),
            sign=SIGNS[each.kind],
            kind=self.label(INCIDENTS, "kind_code", each.kind),
            step=self.label(INCIDENTS, "step_code", step) if step else "",
            step_at=self.time_words(at) if at else "",
            elapsed=self._elapsed(each),
            reach=reach_words(self.screen, each, self.clock.now),
            is_reached=_is_reached(each, self.clock.now),
            is_fresh=self.is_fresh_news(each.known_at),
        )

    def _elapsed(self, each: Incident) -> str:
        """Return the whole minutes since the call."""
        if each.received_at is None:
            return self.screen.say("신고 시각 미상", "call time unknown")
        minutes = int((self.clock.now - each.received_at).total_seconds() // 60)
        return self.screen.say(f"{minutes}분 경과", f"{minutes} min")


def reach_words(screen: Screen, each: Incident, now: dt.datetime) -> str:
    """Return whether help was at the scene within the target, in words."""
    minutes, target = each.minutes_to_arrival, TARGET_MINUTES
    if minutes is not None:
        whole, rest = divmod(round(minutes * 60), 60)
        sign = "✓" if each.is_within_target else "✕"
        return screen.say(f"{sign} {whole}분 {rest}초에 도착", f"{sign} there in {whole}:{rest:02}")
    if each.state_of(_at_scene(each)) == "unknown" or each.received_at is None:
        return screen.say("? 도착 시각 미상", "? arrival unknown")
    waited = (now - each.received_at).total_seconds() / 60
    if waited > target:
        return screen.say(f"✕ {target:g}분 지남, 도착 전", f"✕ over {target:g} min, not there")
    return screen.say(f"… 도착 전({target:g}분 목표)", f"… on the way (target {target:g} min)")


def _is_reached(each: Incident, now: dt.datetime) -> bool | None:
    """Tell whether the target was met; None as long as it may be, and where nobody knows."""
    if each.minutes_to_arrival is not None:
        return each.is_within_target
    if each.received_at is None or each.state_of(_at_scene(each)) == "unknown":
        return None
    return None if now - each.received_at <= dt.timedelta(minutes=TARGET_MINUTES) else False


def _at_scene(each: Incident) -> str:
    return AT_SCENE[each.kind]


class IncidentMapView(ClockedView):
    """The incidents of the day on the city's districts: a shape a kind, a word where open."""

    opener: ClassVar = ("표", "Table")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self.map = AreaMap(screen, is_boxable=False, layer=screen.style.light)
        self.map.outline(())
        self.figure = self.map.figure
        self._places = add_pins(self.figure, screen.style)
        self._fill(self.figure)

    def ask(self, selection: Selection, cancel: Cancel) -> tuple[Incident, ...]:  # noqa: ARG002
        """Return the open incidents, and those of the day that are closed."""
        begins = self.clock.local.replace(hour=0, minute=0, second=0)
        found = known_incidents(self.screen.store, self.clock.now)
        return tuple(each for each in found if each.is_open or each.known_at >= begins)

    def draw(self, result: tuple[Incident, ...], selection: Selection) -> None:  # noqa: ARG002
        """Put them on the map."""
        update_pins(self._places, self.shared("pins", lambda: self._pins(result)))
        self._head.write(self._title(result))
        self._write_below(foot_markup(self._legend()))

    def _pins(self, result: tuple[Incident, ...]) -> dict[str, list[object]]:
        placed = [self.place(each) for each in result if each.place]
        return pin_data([NOWHERE, *placed], self.map.plane, self.screen.style)

    def place(self, each: Incident) -> Pin:
        """Return an incident as the map shows it."""
        lon, lat = each.place or (0.0, 0.0)
        step = each.last_step if each.is_open else None
        words = self.label(INCIDENTS, "step_code", step) if step else ""
        return Pin(
            each.id, lon, lat, SHAPES[each.kind], words, each.is_open, self.incident_href(each)
        )

    def behind(self, result: tuple[Incident, ...]) -> Markup:
        """Return every incident of the map as a table."""
        say = self.screen.say
        header = [say("종류", "Kind"), say("사건", "Incident"), say("자치구", "District")]
        header += [say("단계", "Step"), say("시각", "At")]
        return table_markup(header, [self._row(each) for each in result])

    def _row(self, each: Incident) -> list[str]:
        screen, step = self.screen, each.last_step
        at = each.steps[step] if step else None
        district = (
            area_words(screen.catalog, (each.district,), screen.language) if each.district else "–"
        )
        return [
            self.label(INCIDENTS, "kind_code", each.kind),
            screen.words(each.title),
            district,
            self.label(INCIDENTS, "step_code", step) if step else "–",
            self.time_words(at) if at else "–",
        ]

    def _title(self, result: tuple[Incident, ...]) -> Markup:
        say = self.screen.say
        count, without = len(result), sum(each.place is None for each in result)
        lost = say(f" · 위치 미상 {without}", f" · {without} of unknown place") if without else ""
        small = say(f"오늘 {count}건, 열린 사건은 크게", f"{count} today, open ones large")
        return Markup('<div class="title">{} <small>{}{}</small> {}</div>').format(
            say("사건 지도", "Incidents"), small, lost, mark_of(self.screen, INCIDENTS)
        )

    def _legend(self) -> str:
        kinds = [f"{SIGNS[kind]} {self.label(INCIDENTS, 'kind_code', kind)}" for kind in STEPS]
        return " · ".join(kinds)


@dataclasses.dataclass(frozen=True)
class ComplaintsResult:
    """The complaints known, and how far they are."""

    newest: tuple[Complaint, ...]
    funnel: Funnel


class ComplaintsNowView(SharedView):
    """The newest complaints, and how many are how far."""

    template: ClassVar = "complaints_now"
    reads: ClassVar = (COMPLAINTS,)

    def ask(self, selection: Selection, cancel: Cancel) -> ComplaintsResult:  # noqa: ARG002
        """Return the newest complaints and the funnel of all."""
        until = self.clock.now
        found = known_complaints(self.screen.store, until)
        return ComplaintsResult(found[:MOST_COMPLAINTS], funnel(found, at=until))

    def words(self, result: ComplaintsResult) -> dict[str, Any]:
        """Return what the template needs."""
        most = max(result.funnel.reached.values(), default=0) or 1
        states = [
            (
                self._state(state),
                result.funnel.counts[state],
                result.funnel.reached[state],
                round(100 * result.funnel.reached[state] / most),
            )
            for state in STATES
        ]
        return {
            "funnel": result.funnel,
            "states": states,
            "rows": [self._row(each) for each in result.newest],
            "simulated": mark_of(self.screen, COMPLAINTS),
        }

    def _row(self, each: Complaint) -> dict[str, Any]:
        at = each.states[STATES[0]]
        return {
            "id": each.id,
            "title": self.screen.words(each.title),
            "category": self.label(COMPLAINTS, "category_code", each.category),
            "state": self._state(each.state),
            "at": self.time_words(at) if at else "–",
            "is_overdue": each.is_overdue(self.clock.now),
            "is_fresh": self.is_fresh_news(each.known_at),
        }

    def _state(self, state: str) -> str:
        return self.label(COMPLAINTS, "state_code", state)


class FeedsView(SharedView):
    """Every feed and its state, told by sign and word; those that are off are counted."""

    template: ClassVar = "feeds"
    reads: ClassVar = ()

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return the second of the world: feeds are of the present, whatever the clock shows."""
        return self.clock.real_now().replace(microsecond=0)

    def ask(self, selection: Selection, cancel: Cancel) -> tuple[FeedState, ...]:  # noqa: ARG002
        """Return the states."""
        return known_feed_states(self.screen.store, self.clock.real_now().replace(microsecond=0))

    def words(self, result: tuple[FeedState, ...]) -> dict[str, Any]:
        """Return what the template needs."""
        off = [each for each in result if each.state == "off"]
        return {
            "feeds": [self._feed(each) for each in result if each.state != "off"],
            "off": [self.screen.words(self._title(each)) for each in off],
            "states": {name: self.screen.words(text) for name, text in CONDITIONS.items()},
            "signs": FEED_SIGNS,
        }

    def _feed(self, each: FeedState) -> dict[str, Any]:
        pulse, say = each.pulse, self.screen.say
        last = pulse.last_event_at or pulse.last_good_at
        counts = say(
            f"수신 {pulse.received} · 반영 {pulse.published} · 중복 {pulse.duplicates} · "
            f"지연 {pulse.late} · 거부 {pulse.rejected}",
            f"received {pulse.received} · published {pulse.published} · twice {pulse.duplicates} · "
            f"late {pulse.late} · rejected {pulse.rejected}",
        )
        return {
            "id": each.dataset,
            "title": self.screen.words(self._title(each)),
            "state": each.state,
            "last": f"{last.astimezone(self.clock.clock.zone):%H:%M:%S}" if last else "–",
            "counts": counts,
            # It may name a path of this machine.
            "problem": pulse.problem if self.screen.store.role == "official" else "",
            "pulse": pulse,
        }

    def _title(self, each: FeedState) -> Any:
        return self.screen.catalog.dataset(each.dataset).title
