"""Clauses as values: what is selected, in words, in the URL and in every view's question.

A clause belongs to a *field* and at most one clause of a field holds at a time. A view names the
fields it publishes and asks with all clauses but theirs, so it does not filter itself, and two
views of one field (a map and a ranking of districts) keep showing the unselected parts.

Fields: `time` (the dataset's time column), `area` (its area codes), `hour` (0-23) and `weekday`
(1 Monday - 7 Sunday) in the city's zone, `place` (a box on the map), else a column. `Instants` are
of a column and stand in no address: the clock of a screen decides them.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import ClassVar, Self
from urllib.parse import parse_qsl

import param

from cityboard.errors import QueryError

Value = str | int
RANGES = {"hour": (0, 23), "weekday": (1, 7)}  # fields whose values are whole numbers


@dataclasses.dataclass(frozen=True)
class Interval:
    """A period of the city's calendar: days from `low` (included) to `high` (excluded)."""

    low: dt.date
    high: dt.date
    field: ClassVar[str] = "time"

    def __post_init__(self) -> None:
        if self.high <= self.low:
            msg = f"the period {self.low} to {self.high} is empty; its end must be after its start"
            raise QueryError(msg)

    def __str__(self) -> str:
        return f"{self.low.isoformat()}..{self.high.isoformat()}"


@dataclasses.dataclass(frozen=True)
class Members:
    """Some values of a field, ordered; an area code also holds the areas that lie in it.

    Hours and weekdays are whole numbers; values of every other field are kept as text, as an
    address holds them, so that `3`, `"3"` and a link to either are one selection.
    """

    field: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.values:
            msg = f"no value of {self.field!r} is selected; drop the clause instead"
            raise QueryError(msg)
        kept = {_kept(self.field, value) for value in self.values}
        object.__setattr__(self, "values", tuple(sorted(kept)))

    def __str__(self) -> str:
        return ",".join(_written(str(value)) for value in self.values)


@dataclasses.dataclass(frozen=True)
class Box:
    """A box on the map (degrees, WGS 84): west and south included, east and north excluded."""

    west: float
    south: float
    east: float
    north: float
    field: ClassVar[str] = "place"

    def __post_init__(self) -> None:
        if not (self.west < self.east and self.south < self.north):
            msg = f"the box {self} is empty; give west, south, east, north"
            raise QueryError(msg)

    def __str__(self) -> str:
        return ",".join(str(float(side)) for side in dataclasses.astuple(self))


@dataclasses.dataclass(frozen=True)
class Instants:
    """Instants (aware) of a column of timestamps, `after` excluded and `until` included.

    So what became known until a look at the clock and what comes next share no row.

    Attributes:
        field: The column, such as `known_at`.
        until: The last instant.
        after: The instant before the first; None is the beginning of time.
    """

    field: str
    until: dt.datetime
    after: dt.datetime | None = None

    def __post_init__(self) -> None:
        ends = [each for each in (self.after, self.until) if each is not None]
        if any(each.tzinfo is None for each in ends) or ends != sorted(ends):
            msg = f"the instants {self} run backwards or have no zone; give aware ones, in order"
            raise QueryError(msg)

    def __str__(self) -> str:
        return "..".join(each.isoformat() if each else "" for each in (self.after, self.until))


Clause = Interval | Members | Box | Instants


@dataclasses.dataclass(frozen=True)
class Selection:
    """The conjunction of clauses, at most one a field, ordered by field."""

    clauses: tuple[Clause, ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.clauses, key=lambda clause: clause.field))
        fields = [clause.field for clause in ordered]
        if len(fields) != len(set(fields)):
            msg = f"two clauses of one field: {', '.join(fields)}"
            raise QueryError(msg)
        object.__setattr__(self, "clauses", ordered)

    def get(self, field: str) -> Clause | None:
        """Return the clause of a field, or None."""
        return next((clause for clause in self.clauses if clause.field == field), None)

    def put(self, *clauses: Clause) -> Self:
        """Return the selection with these clauses in place of those of their fields."""
        rest = self.without(*(clause.field for clause in clauses))
        return type(self)((*rest.clauses, *clauses))

    def without(self, *fields: str) -> Self:
        """Return the selection without the clauses of some fields."""
        return type(self)(tuple(clause for clause in self.clauses if clause.field not in fields))

    def within(self, fields: Iterable[str]) -> Self:
        """Return the selection with the clauses of these fields only."""
        known = set(fields)
        return type(self)(tuple(clause for clause in self.clauses if clause.field in known))

    def to_parameters(self) -> dict[str, str]:
        """Return the clauses as URL parameters; `from_parameters` gives them back."""
        return {clause.field: str(clause) for clause in self.clauses}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str], *, fields: Iterable[str]) -> Self:
        """Return the selection a URL holds.

        Args:
            parameters: Of the URL; those that name no field are left to others.
            fields: Every field that may be selected.

        Raises:
            QueryError: A value cannot be read; tells what it was.
        """
        return cls(tuple(_clause(f, parameters[f]) for f in fields if parameters.get(f)))


def _clause(field: str, text: str) -> Clause:
    try:
        if field == Interval.field:
            low, high = text.split("..")
            return Interval(dt.date.fromisoformat(low), dt.date.fromisoformat(high))
        if field == Box.field:
            west, south, east, north = map(float, text.split(","))
            return Box(west, south, east, north)
        return Members(field, tuple(_read(value) for value in text.split(",")))
    except ValueError as error:
        msg = f"the address has {field}={text!r}, which is not a selection; drop it"
        raise QueryError(msg) from error


def _kept(field: str, value: Value) -> Value:
    if field not in RANGES:
        return str(value)
    low, high = RANGES[field]
    try:
        number = int(value)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        msg = f"{field}={value!r} was asked; give whole numbers from {low} to {high}"
        raise QueryError(msg)
    return number


def _written(value: str) -> str:
    """Return a value as an address holds it: without commas, and a blank as a single %."""
    return value.replace("%", "%25").replace(",", "%2C") or "%"


def _read(text: str) -> str:
    return "" if text == "%" else text.replace("%2C", ",").replace("%25", "%")


def parameters_of(search: str) -> dict[str, str]:
    """Return the parameters of a URL's search part; the last of several with one name counts."""
    return dict(parse_qsl(search.lstrip("?")))


class SelectionState(param.Parameterized):
    """The one selection of a session; views publish into it and watch it."""

    value = param.ClassSelector(class_=Selection, default=Selection(), doc="What is selected.")

    def publish(self, *clauses: Clause) -> None:
        """Put clauses in place of those of their fields."""
        self._keep(self.value.put(*clauses))

    def toggle(self, clause: Members) -> None:
        """Put a clause, or drop it if it holds already: a second press lets go."""
        if self.value.get(clause.field) == clause:
            self.clear(clause.field)
        else:
            self.publish(clause)

    def clear(self, *fields: str) -> None:
        """Drop the clauses of some fields; of all when none is named."""
        self._keep(self.value.without(*fields) if fields else Selection())

    def choose(self, selection: Selection) -> None:
        """Put a whole selection in place of the one that holds."""
        self._keep(selection)

    def _keep(self, value: Selection) -> None:
        if value != self.value:  # param takes two equal selections for a change
            self.value = value
