"""Open a city: answer questions for a role, with version, source and age beside every number."""

import contextlib
import copy
import dataclasses
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from cityboard.cache import AnswerCache
from cityboard.cancel import Cancel
from cityboard.catalog import (
    Catalog,
    Dataset,
    Grain,
    Indicator,
    Place,
    Provenance,
    Rollup,
    Text,
    Time,
)
from cityboard.engines import rollup as rollup_engine
from cityboard.engines.columns import answer_types
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.errors import (
    CorruptSnapshotError,
    DisclosureError,
    NotHeldError,
    QueryError,
    RollupError,
    UnknownNameError,
)
from cityboard.lake import Lake, Snapshot
from cityboard.period import first_day, period_end
from cityboard.query import Listing, Pixels, Query
from cityboard.rollup import Condensed, open_rollup
from cityboard.selection import Clause, Interval, Members

log = logging.getLogger(__name__)

Role = Literal["public", "official"]
HeldT = TypeVar("HeldT")
MOST_ROLLUPS = 64  # kept open; their arrays are mapped, not read, into memory
SECONDS_TRUSTED = 2.0
FEED_SECONDS_TRUSTED = 0.25  # of a dataset with a feed: what is new is to be seen within 2 s
MOST_FEED_BYTES = 8 * 1024 * 1024  # of their answers, which the next version makes old
_COUNTS_ROWS: ContextVar[bool] = ContextVar("counts_rows", default=False)
LEVELS_SEEN: dict[Role, frozenset[str]] = {
    "public": frozenset({"public"}),
    "official": frozenset({"public", "internal"}),
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """An answer and where it comes from.

    Attributes:
        frame: See `Query` and `Listing`; read only.
        engine: Which engine answered: `rollup` or `rows`.
        snapshot: The version it was answered from.
    """

    frame: pd.DataFrame
    engine: str
    snapshot: Snapshot

    @property
    def provenance(self) -> Provenance:
        """Return the provenance class of every number in it."""
        return self.snapshot.lineage.provenance


@dataclasses.dataclass(frozen=True)
class Raster:
    """One measure per pixel of a map, and where it comes from.

    Attributes:
        grid: (height, width) row 0 in the south; 0 or NaN where nothing is; whole numbers where
            the measure has them; read only.
        engine: Which engine answered: `rollup` or `rows`.
        snapshot: The version it was answered from.
    """

    grid: np.ndarray
    engine: str
    snapshot: Snapshot

    @property
    def provenance(self) -> Provenance:
        """Return the provenance class of every number in it."""
        return self.snapshot.lineage.provenance

    def without_grid(self) -> "Raster":
        """Return where it comes from, without the numbers: a session keeps no more."""
        return dataclasses.replace(self, grid=np.empty((0, 0), dtype=self.grid.dtype))


Answered = Answer | Raster


@dataclasses.dataclass(frozen=True)
class Freshness:
    """How old a dataset is.

    Attributes:
        last: Latest day the rows are about (the city's calendar): of a month dated its first day,
            the last; the vintage of a register.
        age_days: Days from `last` to today.
        stale_after_days: What its entry promises.
    """

    last: dt.date | None
    age_days: int
    stale_after_days: int

    @property
    def is_stale(self) -> bool:
        """Tell whether it is older than its entry promises."""
        return self.age_days > self.stale_after_days


@contextlib.contextmanager
def counting_rows() -> Iterator[None]:
    """Have what is asked inside counted from rows, not taken from rollups or from memory.

    It holds for this thread, or task, alone.
    """
    token = _COUNTS_ROWS.set(True)
    try:
        yield
    finally:
        _COUNTS_ROWS.reset(token)


class Store:
    """A city opened for a role; safe to share between threads and sessions.

    Args:
        catalog: What the city declares.
        lake: Its snapshots.
        role: Who asks; the store cannot return what the role may not see.
        as_of: Only what was published until this instant (aware) is seen; None is now.
    """

    def __init__(
        self,
        catalog: Catalog,
        lake: Lake,
        *,
        role: Role = "public",
        as_of: dt.datetime | None = None,
    ) -> None:
        self.catalog, self.lake, self.role, self.as_of = catalog, lake, role, as_of
        self._engine = DuckDBEngine(lake.root)
        self._cache, self._feed_cache = AnswerCache(), AnswerCache(MOST_FEED_BYTES)
        self._rollups: dict[tuple[Path, ...], tuple[float, Condensed | None]] = {}
        self._opening = threading.Lock()
        self._newest: dict[str, tuple[float, Snapshot]] = {}

    def at(self, as_of: dt.datetime | None, *, catalog: Catalog | None = None) -> "Store":
        """Return the city as it was known at an instant (aware); what is held in memory is shared.

        Args:
            as_of: The instant; None is now.
            catalog: What the city declared then; None is what this store's declares.
        """
        then = copy.copy(self)
        then.catalog, then.as_of = catalog or self.catalog, as_of
        then._newest = {}  # noqa: SLF001 - of this class
        return then

    @property
    def today(self) -> dt.date:
        """Return the city's calendar day, or the one it was at `as_of`."""
        zone = ZoneInfo(self.catalog.city.time_zone)
        return (self.as_of or dt.datetime.now(zone)).astimezone(zone).date()

    @property
    def seconds(self) -> float:
        """Return the time limit of one question that is counted from rows."""
        return self._engine.seconds

    def datasets(self) -> list[Dataset]:
        """Return the datasets that the role may see and that have a version, ordered by id."""
        published = {name for name in self.lake.datasets() if self._is_published(name)}
        seen = LEVELS_SEEN[self.role]
        entries = self.catalog.datasets.values()
        visible = [e for e in entries if e.id in published and e.disclosure.level in seen]
        return [self.dataset(entry.id) for entry in visible]

    def dataset(self, name: str) -> Dataset:
        """Return a dataset's entry as if what the role may not see did not exist.

        Raises:
            UnknownNameError: There is no such dataset.
            DisclosureError: The role may not see it; says why.
        """
        dataset = self._open_entry(name)
        seen = LEVELS_SEEN[self.role]
        hidden = {c.name for c in dataset.columns if c.disclosure.level not in seen}
        return _without(dataset, hidden) if hidden else dataset

    def indicator(self, name: str) -> Indicator:
        """Return an indicator whose dataset, measure and columns the role may see.

        Raises:
            UnknownNameError: There is no such indicator, or not for the role.
            DisclosureError: The role may not see its dataset.
        """
        indicator = self.catalog.indicator(name)
        dataset = self.dataset(indicator.dataset)
        dataset.measure(indicator.measure)
        for column in indicator.where:
            dataset.column(column)
        return indicator

    def snapshot(self, dataset: str, as_of: dt.datetime | None = None) -> Snapshot:
        """Return the version that holds now (or at the store's `as_of`), or held at an instant.

        The newest version is looked up at most once in two seconds, four times a second where it
        has a feed: a step of a brush asks a dozen times, and opening a table's log takes 4 ms.

        Raises:
            UnknownNameError: There is no such dataset.
            DisclosureError: The role may not see it.
        """
        entry = self._open_entry(dataset)
        if as_of is not None:
            if self.as_of is not None:
                as_of = min(as_of, self.as_of)
            return self.lake.snapshot(dataset, as_of=as_of)
        now = time.monotonic()
        looked_up, snapshot = self._newest.get(dataset, (0.0, None))
        seconds = FEED_SECONDS_TRUSTED if entry.feed else SECONDS_TRUSTED
        if snapshot is None or now - looked_up > seconds:
            snapshot = self.lake.snapshot(dataset, as_of=self.as_of)
            self._newest[dataset] = (now, snapshot)
        return snapshot

    def answer(self, query: Query, *, cancel: Cancel | None = None, exact: bool = False) -> Answer:
        """Return the answer to a query, from the rollup where it holds it, else from rows.

        Args:
            query: What is asked.
            cancel: Stops it.
            exact: Count the rows again, whatever is held.

        Raises:
            UnknownNameError: A name is not in the catalogue, or the role may not see it.
            DisclosureError: The role may not see the dataset.
            NoSnapshotError: Nothing was published.
            QueryError: The dataset cannot be asked this.
        """
        return self._answer(query, cancel, exact=exact)

    def sql(self, query: Query) -> str:
        """Return the SQL by which rows answer a query, to be read; errors as of `answer`."""
        dataset = self.dataset(query.dataset)
        return self._engine.sql(query, dataset, self.snapshot(query.dataset, query.as_of))

    def raster(self, query: Query, *, cancel: Cancel | None = None, exact: bool = False) -> Raster:
        """Return one measure per pixel; arguments and errors as of `answer`.

        Args:
            query: Of one measure, by pixels alone.
            cancel: Stops it.
            exact: Count the rows again, whatever is held.
        """
        (pixels,), (measure,) = query.by, query.measures
        if not isinstance(pixels, Pixels):
            msg = f"a map was asked of {query.dataset} by {pixels}; give its pixels"
            raise QueryError(msg)
        dataset = self.dataset(query.dataset)
        self.check(dataset, query.where)
        snapshot = self.snapshot(query.dataset, query.as_of)
        if not (exact or _COUNTS_ROWS.get()):
            held = self._held(query, dataset, snapshot, rollup_engine.raster)
            if held is not None:
                return Raster(held, rollup_engine.NAME, snapshot)
        answer = self._answer(query, cancel, exact=True)
        is_whole = pa.types.is_integer(answer_types(query, dataset)[measure])
        grid = np.zeros((pixels.height, pixels.width), dtype=np.int64 if is_whole else np.float64)
        frame = answer.frame
        grid[frame["y"].to_numpy(), frame["x"].to_numpy()] = frame[measure].fillna(0).to_numpy()
        return Raster(grid, answer.engine, answer.snapshot)

    def list_rows(self, listing: Listing, *, cancel: Cancel | None = None) -> Answer:
        """Return a page of rows; errors as of `answer`."""
        dataset = self.dataset(listing.dataset)
        columns = listing.columns or dataset.column_names
        return self._answer(dataclasses.replace(listing, columns=columns), cancel, exact=True)

    def frame(self, dataset: str, *, as_of: dt.datetime | None = None) -> pd.DataFrame:
        """Return every row and every column the role may see, for an analyst.

        The rows come in the order they are stored in; the frame is the caller's own.
        """
        columns = list(self.dataset(dataset).column_names)
        return self._read(dataset, as_of, lambda snapshot: _rows(snapshot, columns))[0]

    def freshness(self, dataset: str, *, today: dt.date | None = None) -> Freshness:
        """Return how old a dataset's newest version is.

        Args:
            dataset: Dataset id.
            today: The city's calendar day; None is the store's.
        """
        zone, day = ZoneInfo(self.catalog.city.time_zone), today or self.today
        return freshness(self.dataset(dataset), self.snapshot(dataset), zone, today=day)

    def grain(self, dataset: str) -> Grain | None:
        """Return the finest time step of what is published; None without a time column."""
        entry = self.dataset(dataset)
        if entry.time is None:
            return None
        return self.snapshot(dataset).lineage.grain or entry.time.grain

    def fields(self, dataset: str) -> tuple[str, ...]:
        """Return the fields by which what is published may be selected; see `selection`."""
        entry = self.dataset(dataset)
        grain = self.grain(dataset)
        fields = list(entry.dimensions)
        if entry.time and grain:
            fields.append("time")
            is_instant = entry.has_instants
            if entry.time.hour or (is_instant and entry.time.grain == "hour"):
                fields.append("hour")
            if grain in {"hour", "day"}:
                fields.append("weekday")
        if entry.place and entry.place.area:
            fields.append("area")
        if entry.place and entry.place.has_points:
            fields.append("place")
        return tuple(dict.fromkeys(fields))  # a dimension may be the hour

    def _is_published(self, name: str) -> bool:
        """Tell whether a dataset had a version at `as_of`."""
        if self.as_of is None:
            return True
        return any(each.published_at <= self.as_of for each in self.lake.versions(name))

    def _open_entry(self, name: str) -> Dataset:
        dataset = self.catalog.dataset(name)
        if dataset.disclosure.level not in LEVELS_SEEN[self.role]:
            reason = dataset.disclosure.reason.en if dataset.disclosure.reason else "not public"
            msg = f"dataset {name} is {dataset.disclosure.level}: {reason}"
            raise DisclosureError(msg)
        return dataset

    def _answer(self, question: Query | Listing, cancel: Cancel | None, *, exact: bool) -> Answer:
        dataset = self.dataset(question.dataset)
        self.check(dataset, question.where)
        snapshot = self.snapshot(question.dataset, question.as_of)
        is_recount = _COUNTS_ROWS.get()
        if isinstance(question, Query) and not (exact or is_recount):
            held = self._held(question, dataset, snapshot, rollup_engine.answer)
            if held is not None:
                return Answer(held, rollup_engine.NAME, snapshot)
        cache = self._feed_cache if dataset.feed else self._cache
        frame = None if is_recount else cache.get((snapshot.files[-1:], question))
        if frame is None:
            frame, snapshot = self._read(
                question.dataset,
                question.as_of,
                lambda whole: self._engine.answer(question, dataset, whole, cancel=cancel),
            )
            # By the newest file, whose name is never used again: a version adds one, and a new lake
            # begins at version 0 once more.
            cache.put((snapshot.files[-1:], question), frame)
        return Answer(frame.copy(deep=False), self._engine.name, snapshot)

    def _held(
        self,
        query: Query,
        dataset: Dataset,
        snapshot: Snapshot,
        answer: Callable[[Query, Dataset, Condensed], HeldT],
    ) -> HeldT | None:
        """Return what the version's rollup answers; None where it holds no answer."""
        condensed = self._condensed(dataset, snapshot)
        if condensed is None:
            return None
        try:
            return answer(query, dataset, condensed)
        except NotHeldError:
            return None
        except RollupError as error:
            log.warning("%s; the rows answer instead", error)
            self._rollups[snapshot.files] = (time.monotonic(), None)
            return None

    def _condensed(self, dataset: Dataset, snapshot: Snapshot) -> Condensed | None:
        """Return the version's rollup, opened once; None where there is no whole one."""
        if dataset.rollup is None or dataset.time != self.catalog.dataset(dataset.id).time:
            return None
        looked_up, condensed = self._rollups.get(snapshot.files, (0.0, None))
        if condensed is not None or time.monotonic() - looked_up < SECONDS_TRUSTED:
            return condensed
        with self._opening:
            looked_up, condensed = self._rollups.get(snapshot.files, (0.0, None))
            if condensed is None and time.monotonic() - looked_up > SECONDS_TRUSTED:
                while len(self._rollups) >= MOST_ROLLUPS:
                    self._rollups.pop(next(iter(self._rollups)))
                condensed = self._open_rollup(dataset, snapshot)
                self._rollups[snapshot.files] = (time.monotonic(), condensed)
            return condensed

    def _open_rollup(self, dataset: Dataset, snapshot: Snapshot) -> Condensed | None:
        try:
            return open_rollup(self.catalog.dataset(dataset.id), snapshot)
        except RollupError as error:
            log.warning("%s; the rows answer instead", error)
            return None

    def _read(
        self, dataset: str, as_of: dt.datetime | None, read: Callable[[Snapshot], pd.DataFrame]
    ) -> tuple[pd.DataFrame, Snapshot]:
        """Return what is read of a version, or from the last whole one if it is damaged."""
        snapshot = self.snapshot(dataset, as_of)
        try:
            return read(snapshot), snapshot
        except CorruptSnapshotError:
            self._newest.pop(dataset, None)
            snapshot = self.snapshot(dataset, as_of)
            return read(snapshot), snapshot

    def check(self, dataset: Dataset, clauses: Iterable[Clause]) -> None:
        """Refuse areas no vintage of the city has and codes without a label: they match nothing.

        Raises:
            UnknownNameError: For the first of them.
        """
        for clause in clauses:
            if not isinstance(clause, Members):
                continue
            if clause.field in {"area", "district"}:
                kind, known = "area", {area.code for area in self.catalog.all_areas}
            elif labels := self._labels(dataset, clause.field):
                kind, known = "code", set(labels)
            else:
                continue
            for code in clause.values:
                if code not in known:
                    within = f"field {clause.field} of {dataset.id}"
                    raise UnknownNameError(kind, str(code), known=sorted(known), within=within)

    def _labels(self, dataset: Dataset, field: str) -> dict[str, Text] | None:
        return next((column.labels for column in dataset.columns if column.name == field), None)


def _rows(snapshot: Snapshot, columns: list[str]) -> pd.DataFrame:
    try:
        parts = [pd.read_parquet(path, columns=columns) for path in snapshot.files]
    except (OSError, pa.ArrowException) as error:
        msg = f"a file of {snapshot.dataset} version {snapshot.version} cannot be read: {error}"
        raise CorruptSnapshotError(msg) from error
    return pd.concat(parts, ignore_index=True)


def last_day(snapshot: Snapshot, zone: ZoneInfo) -> dt.date | None:
    """Return the last day a version's rows are about, on the city's calendar."""
    return _local_day(snapshot.lineage.last, zone)


def period_of(entry: Dataset, snapshot: Snapshot, zone: ZoneInfo) -> Interval | None:
    """Return the whole periods that a version's rows are about; None without a time."""
    first, last = (_local_day(t, zone) for t in (snapshot.lineage.first, snapshot.lineage.last))
    if entry.time is None or first is None or last is None:
        return None
    return Interval(first, _last_about(last, entry, snapshot) + dt.timedelta(days=1))


def _last_about(day: dt.date, entry: Dataset, snapshot: Snapshot) -> dt.date:
    """Return the last day that rows dated so are about.

    A stock is about the day it was counted on, unless that is the first of its period: then the
    day is the period's name.
    """
    if entry.time is None:
        return day
    grain = snapshot.lineage.grain or entry.time.grain
    is_counted_on = entry.time.is_stock and day != first_day(day, grain)
    return day if is_counted_on else period_end(day, grain)


def _local_day(time: str | None, zone: ZoneInfo) -> dt.date | None:
    """Return the day of a time as a lineage tells it, on the city's calendar."""
    if time is None:
        return None
    told = dt.datetime.fromisoformat(time)
    return told.astimezone(zone).date() if told.tzinfo else told.date()


def freshness(entry: Dataset, snapshot: Snapshot, zone: ZoneInfo, *, today: dt.date) -> Freshness:
    """Return how old a version of a dataset is on a day of the city's calendar."""
    last = last_day(snapshot, zone) or entry.vintage
    last = _last_about(last, entry, snapshot) if last else None
    since = last or snapshot.published_at.astimezone(zone).date()
    return Freshness(last, (today - since).days, entry.stale_after_days)


def open_store(city: Path, home: Path, *, role: Role = "public") -> Store:
    """Return the store of a city's folder over the snapshots under a home folder.

    Args:
        city: Folder of the catalogue.
        home: Folder of everything cityboard writes; snapshots are in `lake/<city>`.
        role: Who asks.
    """
    catalog = Catalog(city)
    return Store(catalog, Lake(home / "lake" / catalog.id), role=role)


def _without(dataset: Dataset, hidden: set[str]) -> Dataset:
    """Return the entry as if the hidden columns did not exist."""
    columns = tuple(c for c in dataset.columns if c.name not in hidden)
    key = tuple(column.name for column in columns) if hidden & {*dataset.key} else dataset.key
    return dataset.model_copy(
        update={
            "columns": columns,
            "dimensions": tuple(d for d in dataset.dimensions if d not in hidden),
            "rollup": _rollup_without(dataset.rollup, hidden),
            "measures": tuple(m for m in dataset.measures if not {m.column, m.over} & hidden),
            "key": key,
            "sort": tuple(name for name in dataset.sort if name not in hidden),
            "time": _time_without(dataset.time, hidden),
            "place": _place_without(dataset.place, hidden),
        }
    )


def _rollup_without(rollup: Rollup | None, hidden: set[str]) -> Rollup | None:
    if rollup is None:
        return None
    dimensions = tuple(name for name in rollup.dimensions if name not in hidden)
    return rollup.model_copy(update={"dimensions": dimensions})  # the raster holds no names of rows


def _time_without(time: Time | None, hidden: set[str]) -> Time | None:
    if time is None or time.column in hidden:
        return None
    return time.model_copy(update={"hour": None}) if time.hour in hidden else time


def _place_without(place: Place | None, hidden: set[str]) -> Place | None:
    if place is None:
        return None
    update = {"area": None} if place.area in hidden else {}
    if {place.lon, place.lat} & hidden:
        update |= {"lon": None, "lat": None}
    return place.model_copy(update=update)
