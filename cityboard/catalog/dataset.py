"""Datasets: what a table holds, where it comes from, how it is checked and who may see it."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from typing import Annotated, Literal, Self, TypeVar, get_args

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from cityboard.catalog.feed import Feed
from cityboard.catalog.text import UNITS, Entry, Text, fault
from cityboard.errors import UnknownNameError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
ColumnType = Literal["string", "int32", "int64", "float64", "date", "timestamp", "bool"]
Grain = Literal["hour", "day", "week", "month", "quarter", "year"]
Provenance = Literal["live", "published", "figures", "simulated"]
Frequency = Literal["H", "D", "W", "M", "Q", "A", "irregular"]
Level = Literal["city", "district", "neighbourhood"]
Subject = Literal[
    "air",
    "transport",
    "people",
    "safety",
    "opinion",
    "housing",
    "health",
    "economy",
    "welfare",
    "administration",
]


def _known_unit(unit: str) -> str:
    if unit not in UNITS:
        msg = f"unit {unit!r} is unknown: add it to cityboard/catalog/text.py"
        raise ValueError(msg)
    return unit


def _known_zone(zone: str) -> str:
    if zone not in zoneinfo.available_timezones():
        msg = f"{zone!r} is no time zone of the IANA list, as Asia/Seoul is"
        raise ValueError(msg)
    return zone


Unit = Annotated[str, AfterValidator(_known_unit), Field(json_schema_extra={"enum": sorted(UNITS)})]
Zone = Annotated[str, AfterValidator(_known_zone)]
# What these mean in a question or an address, no column may mean there.
RESERVED = frozenset(
    {"area", "dataset", "days", "district", "hour", "indicator", "lang", "measure", "period"}
    | {"place", "rows", "theme", "time", "weekday", "x", "y"}
)
ANY: frozenset[str] = frozenset(get_args(ColumnType))
NUMERIC: frozenset[str] = frozenset({"int32", "int64", "float64"})
TYPES_NEEDED: dict[str, dict[str, frozenset[str]]] = {
    "time": {
        "column": frozenset({"date", "timestamp"}),
        "hour": frozenset({"int32", "int64"}),
    },
    "place": {
        "area": frozenset({"string"}),
        "lon": frozenset({"float64"}),
        "lat": frozenset({"float64"}),
    },
}


class Disclosure(Entry):
    """Who may see a dataset or column; anything not public names its reason."""

    level: Literal["public", "internal", "closed"] = "public"
    reason: Text | None = None

    @model_validator(mode="after")
    def _a_closed_door_says_why(self) -> Self:
        if self.level != "public" and self.reason is None:
            msg = f"disclosure {self.level!r} needs a reason in every language"
            raise ValueError(msg)
        return self


class Column(Entry):
    """One column: name, type, unit and meaning, and the checks its values must pass.

    Attributes:
        minimum: Smallest value allowed, included.
        maximum: Largest value allowed, included.
        labels: Words for each code; when given, no other value is allowed.
    """

    name: Name
    type: ColumnType
    unit: Unit
    title: Text
    description: Text | None = None
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    labels: dict[str, Text] | None = None
    disclosure: Disclosure = Disclosure()

    @model_validator(mode="after")
    def _checks_fit_the_type(self) -> Self:
        if self.labels is not None and self.type != "string":
            raise fault(f"column {self.name!r} has labels: its type must be string", "type")
        if (self.minimum, self.maximum) != (None, None) and not self.is_numeric:
            raise fault(f"column {self.name!r} has a range: its type must be a number", "type")
        if None not in {self.minimum, self.maximum} and self.minimum > self.maximum:  # type: ignore[operator]
            raise fault(f"column {self.name!r}: minimum is above maximum", "minimum")
        return self

    @property
    def is_numeric(self) -> bool:
        """Tell whether the values can be summed."""
        return self.type in NUMERIC


class Measure(Entry):
    """A number computed from rows: an aggregate with its unit and words.

    Attributes:
        aggregate: `count` counts rows, `days` the city's calendar days that have any; `sum`,
            `mean`, `min` and `max` read `column`; `ratio` is sum(`column`) / sum(`over`), null
            where the denominator is 0 or null.
        scale: The aggregate is multiplied by this (100 turns a ratio into per cent).
    """

    id: Name
    title: Text
    unit: Unit
    aggregate: Literal["count", "days", "sum", "mean", "min", "max", "ratio"]
    column: Name | None = None
    over: Name | None = None
    scale: float = 1.0

    @model_validator(mode="after")
    def _operands_fit_the_aggregate(self) -> Self:
        if (self.column is None) != (self.aggregate in {"count", "days"}):
            msg = f"measure {self.id!r}: {self.aggregate!r} and column {self.column!r} do not fit"
            raise ValueError(msg)
        if (self.over is None) != (self.aggregate != "ratio"):
            msg = f"measure {self.id!r}: `over` belongs to a ratio and only to a ratio"
            raise ValueError(msg)
        return self

    @property
    def additive(self) -> bool:
        """Tell whether values of two areas or periods may be added."""
        return self.aggregate in {"count", "sum"}


class Time(Entry):
    """The time a row is about.

    Attributes:
        column: A `date` (a day of the city's own calendar) or a `timestamp` (an instant, UTC).
        zone: IANA zone in which days and hours are told on screen.
        grain: The finest step the rows tell apart.
        hour: Column with the hour of day (0-23, in `zone`) when `column` has no time of day.
        is_stock: Rows count what is there on a day: days are not added up, the newest counts. The
            first day of a period of the grain stands for the period.
    """

    column: Name
    zone: Zone = "Asia/Seoul"
    grain: Grain
    hour: Name | None = None
    is_stock: bool = False


class Place(Entry):
    """The place a row is about: an area code, a point, or both.

    Attributes:
        level: Level of the area codes in `area`.
        area: Column of area codes (MOIS codes of the catalogue); null where no area is known.
        lon: Column of longitudes (degrees, WGS 84).
        lat: Column of latitudes (degrees, WGS 84).
    """

    level: Level
    area: Name | None = None
    lon: Name | None = None
    lat: Name | None = None

    @model_validator(mode="after")
    def _a_point_has_both(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            msg = "a point needs both lon and lat"
            raise ValueError(msg)
        return self

    @property
    def has_points(self) -> bool:
        """Tell whether rows can be drawn as points."""
        return self.lon is not None and self.lat is not None


class Distribution(Entry):
    """One way to get the dataset, in DCAT's sense; listed in order of preference.

    Attributes:
        kind: `api`, `push`, `file`, `figures` or `simulation`; decides the provenance class.
        system: Module of `data_sources` that cleans it.
        cleaner: Function of that module.
        path: Files under the data folder (glob) or the figures folder of the city.
        adapter: Module of `data_sources` that fetches an API.
        service: Service name of that API.
        arguments: Positional arguments of that service, in its own order.
        each: Values of one more argument, where the service answers for one of them at a time.
        grain: The time grain where it is coarser than the dataset's own.
        feed: Its clock, where it brings events rather than the whole table; of an API (polled) or
            of what is pushed.
        note: What is left out or summed up, in words; required for figures.
    """

    kind: Literal["api", "push", "file", "figures", "simulation"]
    system: Name
    cleaner: Name
    path: tuple[str, ...] = ()
    adapter: Name | None = None
    service: str | None = None
    arguments: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    grain: Grain | None = None
    feed: Feed | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _figures_say_what_they_leave_out(self) -> Self:
        if self.kind in {"figures", "simulation"} and self.note is None:
            msg = f"a {self.kind} distribution needs a note saying how it was made"
            raise ValueError(msg)
        if self.kind == "api" and not (self.adapter and self.service):
            msg = "an api distribution needs an adapter and a service"
            raise ValueError(msg)
        if self.kind not in {"api", "push"} and not self.path:
            msg = f"a {self.kind} distribution needs a path"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _a_feed_is_polled_or_pushed(self) -> Self:
        if self.kind == "push" and (self.feed is None or self.path):
            msg = "a push distribution needs a feed and has no path"
            raise ValueError(msg)
        if self.feed is None:
            return self
        if self.kind not in {"api", "push"}:
            msg = f"a {self.kind} distribution has no feed: an api or a push distribution has"
            raise ValueError(msg)
        if (self.feed.every_seconds is None) != (self.kind == "push"):
            words = "a feed that is polled needs every_seconds, one that is pushed has none"
            raise fault(words, "feed")
        return self

    @property
    def provenance(self) -> Provenance:
        """Return the provenance class shown beside every number made from it."""
        classes: dict[str, Provenance] = {
            "api": "live",
            "push": "live",
            "file": "published",
            "figures": "figures",
            "simulation": "simulated",
        }
        return classes[self.kind]


class Raster(Entry):
    """How finely points are kept for maps.

    Attributes:
        finest: The finest cells have sides of 2^-finest degrees; 15 is 2.7 × 3.4 m in Seoul.
        by: The dimension of the rollup by which maps are filtered most.
    """

    finest: int = Field(default=15, ge=6, le=20)
    by: Name | None = None


class Rollup(Entry):
    """What is added up beforehand, so that questions need not read every row.

    A cube has one side per dimension, besides day, hour and area; the dataset's measures are kept
    in every cell.

    Attributes:
        dimensions: Columns of few different values.
        raster: For maps of any period and zoom; None where maps ask the rows.
        most_mb: Size (megabytes) above which it is not built; cube and points together.
    """

    dimensions: tuple[Name, ...] = ()
    raster: Raster | None = None
    most_mb: int = Field(default=400, gt=0)


class Dcat(Entry):
    """DCAT 3 terms that no other field holds."""

    identifier: str
    theme: tuple[str, ...]
    keyword: dict[Literal["ko", "en"], tuple[str, ...]]
    landing_page: str | None = None


class Dataset(Entry):
    """A table of the city: title, publisher, columns, key, time, place, checks, distributions.

    Attributes:
        rows_at_least: Fewer published rows than this refuse the whole input (not for figures).
        vintage: The day a register without a time column was taken; None with one.
        stale_after_days: Days after the last observation from which the data count as old.
        dimensions: Columns a view may group and select by, besides time and place.
        told_apart_by: Dimension whose values count different things, so that a total over several
            means nothing: a screen begins with the first of its labels.
    """

    id: Name
    title: Text
    description: Text
    publisher: Text
    licence: str
    frequency: Frequency
    theme: Subject
    columns: tuple[Column, ...] = Field(min_length=1)
    key: tuple[Name, ...] = Field(min_length=1)
    measures: tuple[Measure, ...]
    dimensions: tuple[Name, ...] = ()
    told_apart_by: Name | None = None
    time: Time | None = None
    place: Place | None = None
    sort: tuple[Name, ...] = ()
    rollup: Rollup | None = None
    rows_at_least: int = Field(default=1, ge=0)
    vintage: dt.date | None = None
    stale_after_days: int = Field(gt=0)
    disclosure: Disclosure = Disclosure()
    distributions: tuple[Distribution, ...] = Field(min_length=1)
    dcat: Dcat

    @model_validator(mode="after")
    def _no_name_stands_twice(self) -> Self:
        columns = [("columns", n, column.name) for n, column in enumerate(self.columns)]
        measures = [("measures", n, measure.id) for n, measure in enumerate(self.measures)]
        for named in (columns, measures):
            seen = {ROWS.id} if named is measures else set()
            for kind, n, name in named:
                if name in seen:
                    raise fault(f"two {kind} are named {name!r}", kind, n)
                seen.add(name)
        return self

    @model_validator(mode="after")
    def _no_dimension_has_a_name_with_another_meaning(self) -> Self:
        for n, name in enumerate(self.dimensions):
            if name in RESERVED and not (self.time and name == self.time.hour):
                taken = ", ".join(sorted(RESERVED))
                words = f"{name!r} means something else in questions and addresses"
                raise fault(f"{words}; name the column otherwise. Taken: {taken}", "dimensions", n)
        return self

    @model_validator(mode="after")
    def _every_name_is_a_column_of_a_fitting_type(self) -> Self:
        types = {column.name: column.type for column in self.columns}
        for place, name, kinds in self._uses():
            if name not in types:
                raise fault(f"{name!r} is not among the columns: {', '.join(types)}", *place)
            if types[name] not in kinds:
                wanted = " or ".join(sorted(kinds))
                raise fault(f"column {name!r} is {types[name]}, not {wanted}", *place)
        return self

    @model_validator(mode="after")
    def _what_is_told_apart_has_labels(self) -> Self:
        name = self.told_apart_by
        if name and (name not in self.dimensions or not self.column(name).labels):
            raise fault(f"{name!r} is no dimension whose column has labels", "told_apart_by")
        return self

    @model_validator(mode="after")
    def _time_or_vintage_is_known(self) -> Self:
        if self.time is None and self.vintage is None:
            msg = "a dataset without time needs a vintage: the day its register was taken"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _a_raster_has_points_and_a_dimension(self) -> Self:
        raster = self.rollup.raster if self.rollup else None
        if raster is None:
            return self
        if self.place is None or not self.place.has_points:
            raise fault("a raster needs a place with lon and lat", "rollup", "raster")
        if raster.by and raster.by not in self.rollup.dimensions:  # type: ignore[union-attr]
            words = f"{raster.by!r} is not among the dimensions of the rollup"
            raise fault(words, "rollup", "raster", "by")
        return self

    @model_validator(mode="after")
    def _one_distribution_is_a_feed(self) -> Self:
        fed = [n for n, each in enumerate(self.distributions) if each.feed]
        if len(fed) > 1:
            raise fault(
                "a dataset has one feed: two would write the same rows", "distributions", fed[1]
            )
        return self

    def _uses(self) -> Iterator[tuple[tuple[str | int, ...], str, frozenset[str]]]:
        """Yield where the entry names a column, the name, and the types it may have there."""
        for field in ("key", "dimensions", "sort"):
            for n, name in enumerate(getattr(self, field)):
                yield (field, n), name, ANY
        for n, name in enumerate(self.rollup.dimensions if self.rollup else ()):
            yield ("rollup", "dimensions", n), name, ANY - {"timestamp"}
        for n, measure in enumerate(self.measures):
            kinds = ANY if measure.aggregate in {"min", "max"} else NUMERIC
            for field in ("column", "over"):
                if name := getattr(measure, field):
                    yield ("measures", n, field), name, kinds
        for part, fields in TYPES_NEEDED.items():
            for field, kinds in fields.items():
                if name := getattr(getattr(self, part), field, None):
                    yield (part, field), name, kinds

    @property
    def has_instants(self) -> bool:
        """Tell whether the time column holds instants in UTC, not days."""
        return self.time is not None and self.column(self.time.column).type == "timestamp"

    @property
    def fed_by(self) -> Distribution | None:
        """Return the distribution that is a feed; None where there is none."""
        return next((each for each in self.distributions if each.feed), None)

    @property
    def feed(self) -> Feed | None:
        """Return the clock of its feed; None where it has none."""
        return self.fed_by.feed if self.fed_by else None

    @property
    def is_only_fed(self) -> bool:
        """Tell whether every row comes by a feed, so that there is nothing to build."""
        return all(each.feed for each in self.distributions)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the column names, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return one column.

        Raises:
            UnknownNameError: The dataset has no such column.
        """
        return _named(self.columns, name, "name", kind="column", within=f"dataset {self.id}")

    def measure(self, name: str) -> Measure:
        """Return one measure; every dataset has `rows`, those with time also `days`.

        Raises:
            UnknownNameError: The dataset has no such measure.
        """
        if name == ROWS.id:
            return ROWS
        if name == DAYS.id and self.time:
            return DAYS
        return _named(self.measures, name, "id", kind="measure", within=f"dataset {self.id}")


EntryT = TypeVar("EntryT", Column, Measure)


def _named(entries: tuple[EntryT, ...], name: str, field: str, *, kind: str, within: str) -> EntryT:
    for entry in entries:
        if getattr(entry, field) == name:
            return entry
    known = [getattr(entry, field) for entry in entries]
    raise UnknownNameError(kind, name, known=known, within=within)


ROWS = Measure(id="rows", title=Text(ko="행 수", en="Rows"), unit="rows", aggregate="count")
DAYS = Measure(
    id="days", title=Text(ko="자료가 있는 날", en="Days with rows"), unit="days", aggregate="days"
)
