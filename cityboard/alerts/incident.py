"""What is watched of incidents: how many are open, and how long help takes to the scene."""

import dataclasses
import datetime as dt
import math
from collections.abc import Iterable, Mapping

import pandas as pd

from cityboard.alerts.spell import Point
from cityboard.catalog import LANGUAGES, Alert, Text
from cityboard.incidents import AT_SCENE, STEPS
from cityboard.steps import KNOWN

LAST_STEP = "closed"  # of every kind of incident


@dataclasses.dataclass(frozen=True)
class Course:
    """The steps of one incident, as they became known.

    Attributes:
        kind: A kind of `STEPS`, or another that nothing is known of.
        title: As it was told last; its id where it was told without.
        known_at: When the first of it became known.
        steps: Step → when it was taken, and when that became known; of several the first.
    """

    kind: str
    title: Text
    known_at: dt.datetime
    steps: Mapping[str, tuple[dt.datetime, dt.datetime]]


def courses(rows: pd.DataFrame) -> dict[str, Course]:
    """Return incident → its course.

    Args:
        rows: In the order they became known: `incident_id`, `kind_code`, `step_code`, `at`,
            `known_at`, and titles where the role sees them.
    """
    firsts: dict[str, tuple[str, dt.datetime]] = {}
    steps: dict[str, dict[str, tuple[dt.datetime, dt.datetime]]] = {}
    titles: dict[str, list[str]] = {}
    columns = ("incident_id", "kind_code", "step_code", "at", KNOWN, *_titles(rows))
    for name, kind, step, at, known, *words in zip(
        *(rows[c].tolist() for c in columns), strict=True
    ):
        firsts.setdefault(name, (kind, known.to_pydatetime()))
        steps.setdefault(name, {}).setdefault(step, (at.to_pydatetime(), known.to_pydatetime()))
        titles[name] = [str(word or "").strip() or name for word in words] or [name, name]
    return {
        name: Course(
            kind, Text(**dict(zip(LANGUAGES, titles[name], strict=True))), known, steps[name]
        )
        for name, (kind, known) in firsts.items()
    }


def _titles(rows: pd.DataFrame) -> list[str]:
    names = [f"title_{language}" for language in LANGUAGES]
    return names if set(names) <= set(rows.columns) else []


def open_counts(incidents: Iterable[Course]) -> list[Point]:
    """Return how many incidents were open, after each opening and closing, in order."""
    turns = []
    for course in incidents:
        turns.append((course.known_at, 1))
        if LAST_STEP in course.steps:
            turns.append((course.steps[LAST_STEP][1], -1))
    points, count = [], 0
    for at, turn in sorted(turns):
        count += turn
        points.append(Point(at, float(count), float(count)))
    return points


def minutes_to_scene(alert: Alert, course: Course, until: dt.datetime) -> list[Point]:
    """Return how long help took to the scene of one incident, as that became known.

    While no arrival is known it has taken as long as the rule's limit once that has passed; when
    the incident is closed nothing is waited for any more.

    Args:
        alert: Of `minutes_to_scene`.
        course: Of the incident.
        until: The instant (aware) that is looked from.
    """
    if course.kind not in STEPS or "received" not in course.steps:
        return []
    limit = alert.opens or 0.0
    received, learnt = course.steps["received"]
    due = max(learnt, received + dt.timedelta(minutes=limit))
    there = course.steps.get(AT_SCENE[course.kind])
    ended = course.steps.get(LAST_STEP)
    points = []
    if due <= until and all(step is None or step[1] > due for step in (there, ended)):
        points.append(Point(due, limit, limit))
    if there is not None:
        minutes = (there[0] - received).total_seconds() / 60
        points.append(Point(max(there[1], learnt), minutes, minutes))
    if ended is not None:
        points.append(Point(ended[1], None, -alert.sign * math.inf))
    return sorted(points, key=lambda point: point.at)
