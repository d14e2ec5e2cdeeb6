"""What is known of the city at the time a screen's clock shows: asked once for all sessions."""

import datetime as dt
import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

import param
from markupsafe import Markup

from cityboard.complaints import COMPLAINTS, Complaint, complaints
from cityboard.errors import CityboardError
from cityboard.feeds import FeedState, feed_states
from cityboard.incidents import INCIDENTS, Incident, incident, incidents
from cityboard.lake.pulse import feeds_folder
from cityboard.query import Field, Query
from cityboard.replay import Clock
from cityboard.selection import Instants, Interval, Members, Selection
from cityboard.store import Answer, Store
from cityboard.views.screen import Screen
from cityboard.views.told import ToldView
from cityboard.views.view import CardView
from cityboard.words import PROVENANCES

REPLAYED = dt.date(2019, 3, 5)  # the recorded day of the scenario
FRESH_SECONDS = 5  # of the world, for which a change is marked
MOST_KEPT = 16  # answers of a kind: a clock of each speed, and what was asked a moment ago
MOST_DRAWN = 64  # texts and pins made of them, small
# Sessions ask the same in the same second: one reads, the others wait for what it found.
_TURN = threading.Lock()
Version = tuple[Path, ...]
DrawnT = TypeVar("DrawnT")
_DRAWN: dict[tuple[object, ...], Any] = {}  # of the server's own thread, which draws everything


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class ScreenClock(param.Parameterized):
    """The clock that the views of one session share.

    Attributes:
        real_now: Gives the present instant (aware).
        clock: What it shows; a new value is a change that every view asks by.
    """

    clock = param.ClassSelector(class_=Clock, doc="What it shows.")

    def __init__(self, clock: Clock, real_now: Callable[[], dt.datetime] = _utc_now) -> None:
        super().__init__(clock=clock)
        self.real_now, self._first = real_now, clock

    @property
    def now(self) -> dt.datetime:
        """Return the whole second it shows (aware, UTC), so that sessions share answers."""
        return self.clock.now(self.real_now()).replace(microsecond=0)

    @property
    def local(self) -> dt.datetime:
        """Return what it shows, in the city's zone."""
        return self.now.astimezone(self.clock.zone)

    @property
    def fresh_since(self) -> dt.datetime:
        """Return the instant after which what became known is marked as new."""
        return self.now - dt.timedelta(seconds=FRESH_SECONDS * self.clock.speed)

    def follow(self, store: Store) -> None:
        """Turn to the present once incidents are told live, unless somebody has set the clock."""
        if self.clock is self._first and self.clock.mode == "replay" and is_live(store):
            self.clock = Clock.live(self.real_now(), self.clock.zone)


def screen_clock(store: Store, real_now: Callable[[], dt.datetime] = _utc_now) -> ScreenClock:
    """Return the clock a screen begins with: live where incidents are, else the recorded day."""
    zone = ZoneInfo(store.catalog.city.time_zone)
    if is_live(store):
        return ScreenClock(Clock.live(real_now(), zone), real_now)
    return ScreenClock(Clock.replay(real_now(), REPLAYED, zone), real_now)


def is_live(store: Store) -> bool:
    """Tell whether the newest version of the incidents is told live."""
    try:
        return store.snapshot(INCIDENTS).lineage.provenance == "live"
    except CityboardError:
        return False


class ClockedView(CardView):
    """A card about what is known at the time the screen's clock shows.

    Attributes:
        reads: Datasets whose versions it depends on.
    """

    reads: ClassVar[tuple[str, ...]] = (INCIDENTS,)

    clock = param.ClassSelector(class_=ScreenClock, constant=True, doc="The session's.")

    def busy(self, *, is_busy: bool) -> None:  # noqa: ARG002
        """Dim the card only where the last question failed: it is asked every second."""
        super().busy(is_busy=False)

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on: the second, and the versions it is read from."""
        return (self.clock.now, *(version_of(self.screen.store, name) for name in self.reads))

    def time_words(self, at: dt.datetime, *, seconds: bool = False) -> str:
        """Return the time of day of an instant in the city, with its day where it is another."""
        local = at.astimezone(self.clock.clock.zone)
        day = "" if local.date() == self.clock.local.date() else f"{local:%m-%d} "
        return f"{day}{local:%H:%M:%S}" if seconds else f"{day}{local:%H:%M}"

    def label(self, dataset: str, column: str, code: str) -> str:
        """Return the words of a code."""
        labels = self.screen.store.dataset(dataset).column(column).labels or {}
        return self.screen.words(labels[code]) if code in labels else code

    def is_fresh_news(self, known_at: dt.datetime) -> bool:
        """Tell whether something became known so lately that it is marked as new."""
        return known_at > self.clock.fresh_since

    def incident_href(self, each: Incident) -> str:
        """Return the address of an incident's page, at the minute or when the last was learnt."""
        at = max(self.clock.now.replace(second=0), each.known_at)
        return f"incident?incident={each.id}&{self.keep_of(at)}"

    def shared(self, what: str, make: Callable[[], DrawnT]) -> DrawnT:
        """Return what is made of the result shown, made once for all sessions that ask the same.

        Only for a view whose question holds all that its result depends on, to the second.

        Args:
            what: Tells what is made from what else is made of the same result.
            make: Makes it; nobody may change what it gives.
        """
        screen, store = self.screen, self.screen.store
        clock = (self.clock.clock.mode, speed_words(self.clock))
        place = (store.role, store.lake.root, store.catalog.folder)
        key = (type(self), what, self.asked, screen.language, screen.keep, *clock, *place)
        found: DrawnT | None = _DRAWN.get(key)
        if found is None or self.asked is None:
            found = make()
            while len(_DRAWN) >= MOST_DRAWN:
                _DRAWN.pop(next(iter(_DRAWN)))
            _DRAWN[key] = found
        return found

    def keep_of(self, at: dt.datetime) -> str:
        """Return what a link to another page of the same clock keeps."""
        local = _address_time(at, self.clock.clock.zone)
        return f"at={local}&speed={speed_words(self.clock)}&{self.screen.keep}"


@functools.lru_cache(1024)
def _address_time(at: dt.datetime, zone: ZoneInfo) -> str:
    """Return an instant in a zone as an address holds it; a map links 200 incidents a second."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M:%S}"


class NowView(ClockedView, ToldView):
    """A card of words about what is known at the time the screen's clock shows."""


class SharedView(NowView):
    """A card of words that sessions which ask the same in the same second share."""

    def told(self, result: Any) -> Markup:
        """Return it as markup."""
        return self.shared("told", lambda: super(SharedView, self).told(result))


def mark_of(screen: Screen, dataset: str) -> Markup:
    """Return the mark beside what is told of a simulated dataset; nothing beside any other."""
    try:
        provenance = screen.store.snapshot(dataset).lineage.provenance
    except CityboardError:
        return Markup("")
    if provenance != "simulated":
        return Markup("")
    sign, words = PROVENANCES[provenance]
    return Markup('<b class="simulated-words">{} {}</b>').format(sign, screen.words(words))


def speed_words(clock: ScreenClock) -> str:
    """Return the speed as an address holds it: 0 where the clock stands still."""
    return "0" if clock.clock.is_paused else str(clock.clock.speed)


def version_of(store: Store, dataset: str) -> Version:
    """Return what tells one version of a dataset from another; nothing where there is none."""
    try:
        return store.snapshot(dataset).files[-1:]
    except CityboardError:
        return ()


def known_incidents(store: Store, until: dt.datetime) -> tuple[Incident, ...]:
    """Return the incidents as they were known at a second (aware), the last called in first."""
    with _TURN:
        return _known_incidents(store, version_of(store, INCIDENTS), until)


def known_incident(store: Store, name: str, until: dt.datetime) -> Incident:
    """Return one incident as it was known at a second (aware).

    Raises:
        UnknownNameError: Nothing was known of it.
    """
    return _known_incident(store, version_of(store, INCIDENTS), name, until)


def known_complaints(store: Store, until: dt.datetime) -> tuple[Complaint, ...]:
    """Return the complaints as they were known at a second (aware), the last filed first."""
    with _TURN:
        return _known_complaints(store, version_of(store, COMPLAINTS), until)


def known_feed_states(store: Store, now: dt.datetime) -> tuple[FeedState, ...]:
    """Return the state of every feed the role may see, at a second of the world (aware)."""
    with _TURN:
        return _known_feed_states(store, now)


def calls_of_day(store: Store, day: dt.date, until: dt.datetime) -> Answer:
    """Return how many incidents of each kind were called in on a day, as known at an instant.

    Returns:
        Columns `kind_code` and `steps`: every call, however many there were.
    """
    of_day = Interval(day, day + dt.timedelta(days=1))
    where = (of_day, Members("step_code", ("received",)), Instants("known_at", until))
    return store.answer(Query(INCIDENTS, ("steps",), (Field("kind_code"),), where))


@functools.lru_cache(MOST_KEPT)
def _known_incidents(store: Store, _version: Version, until: dt.datetime) -> tuple[Incident, ...]:
    return incidents(store, until=until)


@functools.lru_cache(MOST_KEPT)
def _known_feed_states(store: Store, now: dt.datetime) -> tuple[FeedState, ...]:
    return feed_states(store, feeds_folder(store.lake), now)


@functools.lru_cache(MOST_KEPT)
def _known_incident(store: Store, _version: Version, name: str, until: dt.datetime) -> Incident:
    return incident(store, name, until=until)


@functools.lru_cache(MOST_KEPT)
def _known_complaints(store: Store, _version: Version, until: dt.datetime) -> tuple[Complaint, ...]:
    return complaints(store, until=until)
