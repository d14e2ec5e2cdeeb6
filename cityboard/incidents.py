"""Incidents as they were known at an instant: their steps, their place, who is in charge."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from cityboard.catalog import LANGUAGES, Text
from cityboard.errors import UnknownNameError
from cityboard.nearest import box_around, distances_m
from cityboard.selection import Clause, Members
from cityboard.steps import (
    KNOWN,
    Contradiction,
    Record,
    Taken,
    known_rows,
    records_of,
    rows_of_newest,
    take,
    told,
)
from cityboard.store import Store

INCIDENTS = "incident_steps"
_FIRE = (
    *("received", "dispatch_ordered", "arrived", "activity_started"),
    *("first_control", "full_control", "closed"),
)
# Kind → every step, in order. The first opens an incident, the last closes it.
STEPS: dict[str, tuple[str, ...]] = {
    "fire": _FIRE,
    "ambulance": ("received", "ordered", "en_route", "activity", "arrived", "closed"),
    "rescue": _FIRE,
    "disaster": _FIRE,
}
# Kind → the step with which help is at the scene; an ambulance arrives at the hospital.
AT_SCENE = {"fire": "arrived", "ambulance": "activity", "rescue": "arrived", "disaster": "arrived"}
TARGET_MINUTES = 5.0  # from the call to the scene
MOST_INCIDENTS = 200
NEARBY_M = 2_000.0
StepState = Literal["known", "unknown", "awaited"]


@dataclasses.dataclass(frozen=True)
class Incident:
    """An incident as it was known at an instant.

    Attributes:
        kind: A kind of `STEPS`.
        steps: Every step of the kind, in order → when it was taken; None where that is not known.
        place: Longitude and latitude (degrees, WGS 84); None where unknown.
        district: Code of the district; None where unknown.
        neighbourhood: Code of the neighbourhood; None where unknown.
        station: Name of the fire station, centre or unit that was sent; None where unknown.
        in_charge: Role that leads at the scene; None where unknown.
        first_known_at: When the first of it became known.
        known_at: When the last of it became known.
        late_steps: Step → when it became known, of those learnt more than five minutes later.
        contradictions: What was told and cannot be; the first told counts.
    """

    id: str
    kind: str
    title: Text
    steps: Mapping[str, dt.datetime | None]
    place: tuple[float, float] | None
    district: str | None
    neighbourhood: str | None
    station: str | None
    in_charge: Text | None
    first_known_at: dt.datetime
    known_at: dt.datetime
    late_steps: Mapping[str, dt.datetime] = dataclasses.field(default_factory=dict)
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def is_contradictory(self) -> bool:
        """Tell whether what was told of it cannot all be."""
        return bool(self.contradictions)

    @property
    def is_open(self) -> bool:
        """Tell whether nobody has said yet that it is closed."""
        return self.steps["closed"] is None

    @property
    def received_at(self) -> dt.datetime | None:
        """Return when the call was received; None where that is not known."""
        return self.steps["received"]

    @property
    def last_step(self) -> str | None:
        """Return the furthest step that is known; None where none is."""
        return next((step for step in reversed([*self.steps]) if self.steps[step]), None)

    @property
    def minutes_to_arrival(self) -> float | None:
        """Return minutes from the call to the scene; None where either is not known."""
        called, there = self.received_at, self.steps[AT_SCENE[self.kind]]
        if called is None or there is None:
            return None
        return (there - called).total_seconds() / 60

    @property
    def is_within_target(self) -> bool | None:
        """Tell whether help was at the scene within five minutes; None where that is not known."""
        minutes = self.minutes_to_arrival
        return None if minutes is None else 0 <= minutes <= TARGET_MINUTES

    def state_of(self, step: str) -> StepState:
        """Return whether a step is known, unknown though a later one was taken, or awaited."""
        if self.steps[step] is not None:
            return "known"
        order = list(self.steps)
        later = order[order.index(step) + 1 :]
        return "unknown" if any(self.steps[other] for other in later) else "awaited"


LATE = dt.timedelta(minutes=5)


def taken(
    incident_id: str, kind: str, steps: Taken, step: str, at: dt.datetime
) -> dict[str, dt.datetime]:
    """Return the steps of an incident and one more: the state machine of an incident.

    Args:
        incident_id: For the message.
        kind: A kind of `STEPS`.
        steps: Steps taken and when (aware).
        step: The step asked for.
        at: When it is taken (aware).

    Raises:
        StepError: The step cannot be taken; says why, and what to do.
        UnknownNameError: There is no such kind.
    """
    if kind not in STEPS:
        raise UnknownNameError("kind of incident", kind, known=list(STEPS), within="STEPS")
    return take(STEPS[kind], steps, step, at, what=f"incident {incident_id} ({kind})")


def incidents(
    store: Store,
    *,
    until: dt.datetime,
    since: dt.datetime | None = None,
    where: Sequence[Clause] = (),
    most: int = MOST_INCIDENTS,
) -> tuple[Incident, ...]:
    """Return the incidents as they were known at an instant, the last one called in first.

    Args:
        store: Answers.
        until: What was known at this instant (aware) is told, and no more.
        since: Only incidents there was news of after this instant (aware); all are told whole.
        where: Clauses that the news must meet, such as `Members("kind_code", ("fire",))`.
        most: The most incidents: those there was news of last.

    Raises:
        CityboardError: As of `Store.list_rows`.
    """
    rows = rows_of_newest(
        store, INCIDENTS, "incident_id", until=until, since=since, where=where, most=most
    )
    return _incidents(rows)


def incident(store: Store, incident_id: str, *, until: dt.datetime) -> Incident:
    """Return one incident as it was known at an instant (aware).

    Raises:
        UnknownNameError: Nothing was known of it.
        CityboardError: As of `Store.list_rows`.
    """
    rows = known_rows(
        store, INCIDENTS, until=until, where=(Members("incident_id", (incident_id,)),)
    )
    found = _incidents(rows)
    if not found:
        known = [each.id for each in incidents(store, until=until)]
        within = f"what was known at {until.isoformat(timespec='seconds')}"
        raise UnknownNameError("incident", incident_id, known=known, within=within)
    return found[0]


def incidents_near(
    store: Store,
    place: tuple[float, float],
    *,
    until: dt.datetime,
    reach_m: float = NEARBY_M,
    without: Sequence[str] = (),
) -> tuple[Incident, ...]:
    """Return the incidents known at an instant within a circle, the last one called in first.

    Args:
        store: Answers.
        place: Longitude and latitude of its centre (degrees, WGS 84).
        until: What was known at this instant (aware) is told, and no more.
        reach_m: Radius of the circle.
        without: Ids of incidents left out, such as the one in the middle.
    """
    found = incidents(store, until=until, where=(box_around(*place, reach_m),))
    placed = [each for each in found if each.place and each.id not in without]
    metres = distances_m(*place, *np.array([each.place for each in placed], float).reshape(-1, 2).T)
    return tuple(each for each, far in zip(placed, metres, strict=True) if far <= reach_m)


def contradiction_words(store: Store, fault: Contradiction) -> Text:
    """Return what was told of an incident and cannot be, in words."""
    labels = store.dataset(INCIDENTS).column("step_code").labels or {}
    zone = ZoneInfo(store.catalog.city.time_zone)
    names = {code: labels.get(code) or Text(ko=code, en=code) for code in _codes(fault)}
    step, at = names[fault.step], f"{fault.at.astimezone(zone):%H:%M:%S}"
    if fault.other is None or fault.other_at is None:
        return Text(
            ko=f"이 종류의 사건에는 없는 단계가 통보되었습니다: {step.ko} {at}",
            en=f"told a step that incidents of this kind do not have: {step.en} {at}",
        )
    other, other_at = names[fault.other], f"{fault.other_at.astimezone(zone):%H:%M:%S}"
    if fault.other == fault.step:
        return Text(
            ko=f"{step.ko} 시각이 두 번 다르게 통보되었습니다: {other_at}, {at}",
            en=f"{step.en} was told twice: {other_at} and {at}",
        )
    return Text(
        ko=f"단계의 순서와 시각이 맞지 않습니다: {step.ko} {at}, {other.ko} {other_at}",
        en=f"times do not fit the order of the steps: {step.en} {at}, {other.en} {other_at}",
    )


def _codes(fault: Contradiction) -> set[str]:
    return {code for code in (fault.step, fault.other) if code}


def _incidents(rows: pd.DataFrame) -> tuple[Incident, ...]:
    """Return the incidents that rows are about, the last one called in first."""
    grouped = records_of(rows, "incident_id")
    found = [_incident(name, told_of) for name, told_of in grouped.items()]
    found.sort(key=lambda each: (each.received_at or each.first_known_at, each.id), reverse=True)
    return tuple(found)


def _incident(name: str, rows: Sequence[Record]) -> Incident:
    """Return an incident from its rows in the order they became known."""
    kind = _last(rows, "kind_code")
    order = STEPS[kind]
    events = [(row["step_code"], row["at"]) for row in rows]
    steps, contradictions = told(order, events)
    lon, lat = _last(rows, "lon"), _last(rows, "lat")
    return Incident(
        id=name,
        kind=kind,
        title=Text(**{language: _last(rows, f"title_{language}") for language in LANGUAGES}),
        steps={step: steps.get(step) for step in order},
        place=None if lon is None or lat is None else (lon, lat),
        district=_last(rows, "district_code"),
        neighbourhood=_last(rows, "neighbourhood_code"),
        station=_last(rows, "station_name"),
        in_charge=_in_charge(rows),
        first_known_at=rows[0][KNOWN],
        known_at=rows[-1][KNOWN],
        late_steps=_late(rows, steps),
        contradictions=contradictions,
    )


def _late(rows: Sequence[Record], steps: Taken) -> dict[str, dt.datetime]:
    """Return the steps that became known more than five minutes after they were taken."""
    late: dict[str, dt.datetime] = {}
    for row in rows:
        step, known = row["step_code"], row[KNOWN]
        if step in steps and known - steps[step] > LATE:
            late.setdefault(step, known)
    return late


def _last(rows: Sequence[Record], column: str) -> Any:
    """Return the newest known value of a column; None where none is."""
    return next((row[column] for row in reversed(rows) if row[column] is not None), None)


def _in_charge(rows: Sequence[Record]) -> Text | None:
    words = {language: _last(rows, f"in_charge_{language}") for language in LANGUAGES}
    return Text(**words) if all(words.values()) else None
