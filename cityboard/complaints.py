"""Complaints as they were known at an instant: how far each is, what waits and what is overdue."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from cityboard.catalog import LANGUAGES, Text
from cityboard.selection import Clause
from cityboard.steps import KNOWN, Contradiction, Record, Taken, known_rows, records_of, take, told
from cityboard.store import Store

COMPLAINTS = "complaint_steps"
# In order. The first files a complaint, the last closes it.
STATES = ("received", "assigned", "in_progress", "answered", "closed")
ANSWERED = frozenset({"answered", "closed"})


@dataclasses.dataclass(frozen=True)
class Complaint:
    """A complaint as it was known at an instant.

    Attributes:
        category: A label of `category_code`.
        title: What it asks, in one line.
        states: Every state, in order → when it was reached; None where that is not known.
        due: The end of its time limit.
        district: Code of the district it names; None for most.
        known_at: When the last of it became known.
        contradictions: What was told and cannot be; the first told counts.
    """

    id: str
    category: str
    title: Text
    states: Mapping[str, dt.datetime | None]
    due: dt.datetime
    district: str | None
    known_at: dt.datetime
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def state(self) -> str:
        """Return the furthest state that it is known to have reached."""
        return next(state for state in reversed(STATES) if self.states[state])

    @property
    def is_waiting(self) -> bool:
        """Tell whether whoever filed it still waits for an answer."""
        return self.state not in ANSWERED

    @property
    def answered_at(self) -> dt.datetime | None:
        """Return when it was answered; None where that is not known."""
        return self.states["answered"] or self.states["closed"]

    def is_overdue(self, at: dt.datetime) -> bool:
        """Tell whether it waits at an instant (aware) that lies behind its limit."""
        return self.is_waiting and at > self.due

    @property
    def is_in_time(self) -> bool | None:
        """Tell whether it was answered within its limit; None as long as it waits."""
        answered = self.answered_at
        return None if answered is None else answered <= self.due


@dataclasses.dataclass(frozen=True)
class Funnel:
    """How many complaints are how far.

    Attributes:
        counts: Each state, in order → complaints that stand in it.
        reached: Each state, in order → complaints that stand in it or behind it.
        waiting: Complaints without an answer.
        overdue: Those of them whose limit has passed.
        answered: Complaints with an answer.
        in_time: Those of them answered within their limit.
    """

    counts: Mapping[str, int]
    reached: Mapping[str, int]
    waiting: int
    overdue: int
    answered: int
    in_time: int

    @property
    def filed(self) -> int:
        """Return how many complaints there are."""
        return sum(self.counts.values())

    @property
    def in_time_pct(self) -> float | None:
        """Return the share of answers within their limit (%); None without an answer."""
        return 100 * self.in_time / self.answered if self.answered else None


def moved(complaint_id: str, states: Taken, state: str, at: dt.datetime) -> dict[str, dt.datetime]:
    """Return the states of a complaint and one more: the state machine of a complaint.

    Raises:
        StepError: It cannot move so; says why, and what to do.
    """
    return take(STATES, states, state, at, what=f"complaint {complaint_id}")


def complaints(
    store: Store,
    *,
    until: dt.datetime,
    since: dt.datetime | None = None,
    where: Sequence[Clause] = (),
) -> tuple[Complaint, ...]:
    """Return the complaints as they were known at an instant, the last filed first.

    Of more than 20,000 steps the newest are told.

    Args:
        store: Answers.
        until: What was known at this instant (aware) is told, and no more.
        since: Only steps that became known after this instant (aware).
        where: Clauses that every step must meet, such as `Members("category_code", ("air",))`.

    Raises:
        CityboardError: As of `Store.list_rows`.
    """
    rows = known_rows(store, COMPLAINTS, until=until, since=since, where=where)
    grouped = records_of(rows, "complaint_id")
    found = [_complaint(name, told_of) for name, told_of in grouped.items()]
    found.sort(key=lambda each: (_first(each), each.id), reverse=True)
    return tuple(found)


def funnel(found: Sequence[Complaint], *, at: dt.datetime) -> Funnel:
    """Return how many complaints are how far, and how many are overdue at an instant (aware)."""
    counts = {state: sum(each.state == state for each in found) for state in STATES}
    behind = list(STATES)
    answered = [each for each in found if not each.is_waiting]
    return Funnel(
        counts=counts,
        reached={
            state: sum(counts[later] for later in behind[place:])
            for place, state in enumerate(STATES)
        },
        waiting=len(found) - len(answered),
        overdue=sum(each.is_overdue(at) for each in found),
        answered=len(answered),
        in_time=sum(bool(each.is_in_time) for each in answered),
    )


def _first(complaint: Complaint) -> dt.datetime:
    return next((at for at in complaint.states.values() if at), complaint.known_at)


def _complaint(name: str, rows: Sequence[Record]) -> Complaint:
    """Return a complaint from its rows in the order they became known."""
    events = [(row["state_code"], row["at"]) for row in rows]
    states, contradictions = told(STATES, events)
    last = rows[-1]
    return Complaint(
        id=name,
        category=last["category_code"],
        title=Text(**{language: last[f"title_{language}"] for language in LANGUAGES}),
        states={state: states.get(state) for state in STATES},
        due=last["due_at"],
        district=last["district_code"],
        known_at=last[KNOWN],
        contradictions=contradictions,
    )
