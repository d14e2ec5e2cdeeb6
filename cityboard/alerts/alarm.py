"""Alarms as they were known at an instant: opened, acknowledged, escalated, closed."""

import dataclasses
import datetime as dt
import threading
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from cityboard.alerts.series import CITY, watched
from cityboard.alerts.spell import Spell
from cityboard.catalog import AlarmLevel, Alert, Provenance, Text
from cityboard.errors import CityboardError, DisclosureError, NoSnapshotError, UnknownNameError
from cityboard.records import Acknowledgement, Records, open_records, records_url
from cityboard.store import Role, Store

LEVELS: tuple[AlarmLevel, ...] = get_args(AlarmLevel)  # from the least to the worst
MAY_ACKNOWLEDGE: Role = "official"
MOST_KEPT = 64
EXERCISE = dt.timedelta(hours=12)
AT_ONCE = dt.timedelta(hours=1)
EventKind = Literal["opened", "acknowledged", "escalated", "closed"]
EVENTS: tuple[EventKind, ...] = get_args(EventKind)


@dataclasses.dataclass(frozen=True)
class Alarm:
    """One time for which a rule was broken.

    Attributes:
        id: Rule, what it is about and when it opened: the same however often it is computed.
        alert: The rule.
        about: Code of a district, id of an incident, or empty for the whole city.
        title: What is wrong, and where.
        spell: When, and with which numbers.
        provenance: Class of the rows it was computed from.
        acknowledgement: Who has seen it first; None as long as nobody has.
        escalated_at: When the next one up was told; None where that was not so.
    """

    id: str
    alert: Alert
    about: str
    title: Text
    spell: Spell
    provenance: Provenance
    acknowledgement: Acknowledgement | None = None
    escalated_at: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it has not closed."""
        return self.spell.closed_at is None

    @property
    def is_waiting(self) -> bool:
        """Tell whether it is open and nobody has acknowledged it."""
        return self.is_open and self.acknowledgement is None

    @property
    def stops_rotation(self) -> bool:
        """Tell whether a screen that rotates stops for it."""
        return self.is_waiting and self.alert.stops_rotation


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """What every rule says.

    Attributes:
        alarms: Open and closed, in the order they opened.
        unwatched: Rules that could not be computed, and why: their silence says nothing.
    """

    alarms: tuple[Alarm, ...]
    unwatched: tuple[tuple[Alert, CityboardError], ...] = ()


@dataclasses.dataclass(frozen=True)
class LogLine:
    """Something that happened to an alarm."""

    at: dt.datetime
    event: EventKind
    alarm: Alarm


def evaluate(
    store: Store, until: dt.datetime, *, acknowledgements: Iterable[Acknowledgement] = ()
) -> Evaluation:
    """Return what every rule that the role may know says about what was known at an instant.

    Args:
        store: Answers.
        until: What was known at this instant (aware), by the full second, is told and no more.
        acknowledgements: Those made until then, in order.
    """
    until = until.replace(microsecond=0)
    unseen = _unseen(store, until)
    made: dict[str, Acknowledgement] = {}
    for each in acknowledgements:
        made.setdefault(each.alarm_id, each)
    found = tuple(_seen(alarm, made.get(alarm.id), until) for alarm in unseen.alarms)
    return dataclasses.replace(unseen, alarms=found)


def alarms(
    store: Store, until: dt.datetime, *, acknowledgements: Iterable[Acknowledgement] = ()
) -> tuple[Alarm, ...]:
    """Return the alarms of a city as they were known at an instant; see `evaluate`."""
    return evaluate(store, until, acknowledgements=acknowledgements).alarms


def active(found: Sequence[Alarm]) -> list[Alarm]:
    """Return the open alarms: those not acknowledged first, the worst first, the newest first.

    Those of a rule in whose stead a worse one is open are left out.
    """
    open_ones = [alarm for alarm in found if alarm.is_open]
    replaced = {(alarm.alert.instead_of, alarm.about) for alarm in open_ones}
    shown = [alarm for alarm in open_ones if (alarm.alert.id, alarm.about) not in replaced]
    return sorted(
        shown,
        key=lambda alarm: (
            not alarm.is_waiting,
            -LEVELS.index(alarm.alert.level),
            -alarm.spell.opened_at.timestamp(),
            alarm.id,
        ),
    )


def log(found: Sequence[Alarm]) -> list[LogLine]:
    """Return everything that happened to alarms, the newest first."""
    lines = []
    for alarm in found:
        acknowledged = alarm.acknowledgement.at if alarm.acknowledgement else None
        happened = (alarm.spell.opened_at, acknowledged, alarm.escalated_at, alarm.spell.closed_at)
        lines += [
            LogLine(at, event, alarm)
            for event, at in zip(EVENTS, happened, strict=True)
            if at is not None
        ]
    order = {event: n for n, event in enumerate(EVENTS)}
    return sorted(lines, key=lambda line: (line.at, order[line.event]), reverse=True)


def acknowledge(
    records: Records, alarm_id: str, role: Role, *, at: dt.datetime, recorded_at: dt.datetime
) -> None:
    """Write down that somebody has seen an alarm.

    Args:
        records: Where.
        alarm_id: Of the alarm.
        role: Who has; only officials may.
        at: When, on the clock of the screen (aware).
        recorded_at: When, on the clock of the world (aware).

    Raises:
        DisclosureError: The role may not.
        RecordsError: It could not be written.
    """
    if role != MAY_ACKNOWLEDGE:
        msg = f"alarm {alarm_id} was to be acknowledged as {role}: only an {MAY_ACKNOWLEDGE} may"
        raise DisclosureError(msg)
    records.acknowledge(Acknowledgement(alarm_id, role, at, recorded_at))


def city_records(store: Store) -> Records:
    """Return the records of the home that a city's lake lies in."""
    return open_records(records_url(store.lake.root.parent.parent))


def acknowledgements(
    records: Records, until: dt.datetime, *, now: dt.datetime
) -> tuple[Acknowledgement, ...]:
    """Return the acknowledgements that hold at an instant of a screen's clock.

    One made in a replay is of that exercise: it holds for twelve hours, so that whoever replays the
    day tomorrow finds its alarms unseen. One made as the alarm happened holds for good.

    Args:
        records: Where they are.
        until: The instant on the clock of the screen (aware).
        now: The instant on the clock of the world (aware).
    """
    return tuple(
        made
        for made in records.acknowledgements(until=until)
        if made.recorded_at - made.at < AT_ONCE or now - made.recorded_at < EXERCISE
    )


_UNSEEN: dict[tuple[object, ...], Evaluation] = {}
_LOOKING = threading.Lock()  # many sessions look at the same second: one computes it


def _unseen(store: Store, until: dt.datetime) -> Evaluation:
    """Return what every rule says, nothing known of who has seen it; kept for all who look then."""
    known = [alert for alert in store.catalog.alerts if _may_know(store, alert)]
    key = (store.role, until, *((a.model_dump_json(), _files(store, a.dataset)) for a in known))
    with _LOOKING:
        if key not in _UNSEEN:
            while len(_UNSEEN) >= MOST_KEPT:
                _UNSEEN.pop(next(iter(_UNSEEN)))
            _UNSEEN[key] = _computed(store, known, until)
        return _UNSEEN[key]


def _computed(store: Store, known: Sequence[Alert], until: dt.datetime) -> Evaluation:
    found: list[Alarm] = []
    unwatched: list[tuple[Alert, CityboardError]] = []
    for alert in known:
        try:
            found += _alarms_of(store, alert, until)
        except CityboardError as error:
            unwatched.append((alert, error))
    found.sort(key=lambda alarm: (alarm.spell.opened_at, alarm.id))
    return Evaluation(tuple(found), tuple(unwatched))


def _may_know(store: Store, alert: Alert) -> bool:
    """Tell whether the role may see what a rule watches."""
    try:
        dataset = store.dataset(alert.dataset)
        for column in alert.where:
            dataset.column(column)
        if alert.measure:
            dataset.measure(alert.measure)
    except (DisclosureError, UnknownNameError):
        return False
    return True


def _files(store: Store, dataset: str) -> object:
    """Return by what a version is told from the next; its fault where there is none."""
    try:
        return store.snapshot(dataset).files
    except CityboardError as error:
        return str(error)


def _alarms_of(store: Store, alert: Alert, until: dt.datetime) -> list[Alarm]:
    """Return the alarms of a rule, nothing known of who has seen them; of no version there is none.

    Raises:
        CityboardError: The rule cannot be computed.
    """
    try:
        provenance = store.snapshot(alert.dataset).lineage.provenance
    except NoSnapshotError:
        return []
    found = watched(store, alert, until)
    return [
        Alarm(
            id=f"{alert.id}.{about or 'city'}.{spell.opened_at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
            alert=alert,
            about=about,
            title=_title(store, alert, about, found.titles.get(about)),
            spell=spell,
            provenance=provenance,
        )
        for about, spells in found.spells.items()
        for spell in spells
    ]


def _title(store: Store, alert: Alert, about: str, name: Text | None) -> Text:
    """Return what is wrong, and with what."""
    if about == CITY:
        return alert.title
    of = name or store.catalog.area(about).name
    return Text(ko=f"{alert.title.ko}: {of.ko}", en=f"{alert.title.en}: {of.en}")


def _seen(alarm: Alarm, made: Acknowledgement | None, until: dt.datetime) -> Alarm:
    """Return an alarm with who has seen it, and when the next one up was told."""
    return dataclasses.replace(
        alarm, acknowledgement=made, escalated_at=_escalated_at(alarm, made, until)
    )


def _escalated_at(
    alarm: Alarm, made: Acknowledgement | None, until: dt.datetime
) -> dt.datetime | None:
    escalation = alarm.alert.escalation
    if escalation is None:
        return None
    due = alarm.spell.opened_at + dt.timedelta(minutes=escalation.after_minutes)
    ends = [until, alarm.spell.closed_at, made.at if made else None]
    return due if all(end is None or end >= due for end in ends) else None
