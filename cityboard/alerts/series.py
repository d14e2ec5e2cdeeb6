"""What a rule watches, as it became known until an instant: asked of the store, told as points."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import pandas as pd

from cityboard.alerts.incident import courses, minutes_to_scene, open_counts
from cityboard.alerts.spell import MINUTE, Point, Spell, deviations, rates, silences, spells
from cityboard.catalog import Alert, Dataset, Grain, Text
from cityboard.incidents import MOST_INCIDENTS
from cityboard.query import By, Field, Listing, Period, Query
from cityboard.selection import Clause, Instants, Interval, Members
from cityboard.steps import KNOWN, LONG, PAGE, instant_of_cell, rows_of_newest
from cityboard.store import Store

CITY = ""  # what an alarm of the whole city is about
STEP_OF: Mapping[Grain, dt.timedelta] = {
    "hour": dt.timedelta(hours=1),
    "day": dt.timedelta(days=1),
}
MOST_FOUND = 256  # spells of a rule, a version and a period that are kept


@dataclasses.dataclass(frozen=True)
class Watched:
    """What a rule has found.

    Attributes:
        spells: What it is about (a district, an incident, `CITY`) → its spells, in order.
        titles: Names of incidents.
    """

    spells: Mapping[str, tuple[Spell, ...]]
    titles: Mapping[str, Text] = dataclasses.field(default_factory=dict)


def watched(store: Store, alert: Alert, until: dt.datetime) -> Watched:
    """Return the spells of a rule as they were known at an instant (aware).

    Raises:
        CityboardError: As of `Store.answer`.
    """
    if alert.kind == "absence":
        return Watched({CITY: _silences(store, alert, until)})
    if alert.watches == "measure":
        return _of_measure(store, alert, until)
    told = courses(_steps(store, alert, until))
    if alert.watches == "open_incidents":
        return Watched({CITY: spells(alert, open_counts(told.values()))})
    found = {
        name: spells(alert, minutes_to_scene(alert, course, until)) for name, course in told.items()
    }
    return Watched(found, {name: course.title for name, course in told.items()})


_FOUND: dict[tuple[object, ...], Watched] = {}


def _of_measure(store: Store, alert: Alert, until: dt.datetime) -> Watched:
    """Return the spells of a measure; computed once for all who look within a period."""
    until = _looked_from(store, alert, until)
    key = (store.role, store.snapshot(alert.dataset).files, alert.model_dump_json(), until)
    found = _FOUND.get(key)
    if found is None:
        points = _measured(store, alert, until)
        found = Watched({about: spells(alert, told) for about, told in points.items()})
        while len(_FOUND) >= MOST_FOUND:
            _FOUND.pop(next(iter(_FOUND)), None)
        _FOUND[key] = found
    return found


def _looked_from(store: Store, alert: Alert, until: dt.datetime) -> dt.datetime:
    """Return the last instant at which something may have changed.

    That is the end of a period, or the full minute where the rows tell when they became known.
    """
    if _tells_when_known(store.dataset(alert.dataset)):
        return _minute(until)
    local = until.astimezone(ZoneInfo(store.catalog.city.time_zone))
    first = local.replace(minute=0, second=0, microsecond=0)
    return first if _grain(store, alert) == "hour" else first.replace(hour=0)


def _measured(store: Store, alert: Alert, until: dt.datetime) -> dict[str, list[Point]]:
    """Return what the measure of a rule was for each period that was over."""
    zone = ZoneInfo(store.catalog.city.time_zone)
    grain, local = _grain(store, alert), until.astimezone(zone)
    frame = store.answer(_query(store, alert, until, grain)).frame.dropna(subset=["period"])
    begin = local.date() - dt.timedelta(days=alert.looks_back_days)
    found = {}
    for about, part in _parts(frame, alert):
        values = _on_grid(store, alert, part, grain, local)
        signals = _signals(alert, values)
        recent = values.index >= pd.Timestamp(begin)
        found[about] = [
            Point(_end(period, grain, zone), _number(value), _number(signal))
            for period, value, signal in zip(
                values.index[recent], values[recent], signals[recent], strict=True
            )
        ]
    return found


def _grain(store: Store, alert: Alert) -> Grain:
    return "hour" if store.grain(alert.dataset) == "hour" else "day"


def _query(store: Store, alert: Alert, until: dt.datetime, grain: Grain) -> Query:
    """Return the question of a rule; of what tells when it became known, what was by the minute."""
    dataset = store.dataset(alert.dataset)
    where = (*_clauses(alert), _days(store, alert, until))
    if _tells_when_known(dataset):
        where = (*where, Instants(KNOWN, _minute(until)))
    by: tuple[By, ...] = (Period(grain),)
    if alert.by == "district":
        by = (*by, Field("district"))
    return Query(alert.dataset, (alert.measure or "rows",), by, where)


def _days(store: Store, alert: Alert, until: dt.datetime) -> Interval:
    today = until.astimezone(ZoneInfo(store.catalog.city.time_zone)).date()
    days = alert.looks_back_days + (7 * alert.weeks if alert.kind == "anomaly" else 0)
    return Interval(today - dt.timedelta(days=days), today + dt.timedelta(days=1))


def _clauses(alert: Alert) -> tuple[Clause, ...]:
    return tuple(Members(column, codes) for column, codes in alert.where.items())


def _tells_when_known(dataset: Dataset) -> bool:
    return KNOWN in dataset.column_names


def _minute(until: dt.datetime) -> dt.datetime:
    return until.replace(second=0, microsecond=0)


def _parts(frame: pd.DataFrame, alert: Alert) -> Iterable[tuple[str, pd.DataFrame]]:
    if alert.by == "city":
        return [(CITY, frame)]
    known = frame.dropna(subset=["district"])
    return [(str(code), part) for code, part in known.groupby("district", sort=True)]


def _on_grid(
    store: Store, alert: Alert, part: pd.DataFrame, grain: Grain, local: dt.datetime
) -> pd.Series:
    """Return the values by period, each once, until the last that was over and published.

    A period without rows is 0 where the measure adds up, and not known otherwise.
    """
    measure = store.dataset(alert.dataset).measure(alert.measure or "rows")
    periods = pd.DatetimeIndex(pd.to_datetime(part["period"]))
    values = pd.Series(part[measure.id].to_numpy(float), periods)
    last = pd.Timestamp(local.replace(tzinfo=None)).floor(_frequency(grain)) - STEP_OF[grain]
    if not measure.additive and len(periods):
        last = min(last, periods.max())
    elif told := store.snapshot(alert.dataset).lineage.last:
        last = min(last, _local(told, local.tzinfo).floor(_frequency(grain)))
    first = periods.min() if len(periods) else last + STEP_OF[grain]
    every = pd.date_range(first, last, freq=_frequency(grain))
    values = values[~values.index.duplicated()].reindex(every)
    return values.fillna(0.0) if measure.additive else values


def _frequency(grain: Grain) -> str:
    return "h" if grain == "hour" else "D"


def _local(told: str, zone: dt.tzinfo | None) -> pd.Timestamp:
    """Return the time a lineage tells, on the city's clock (naive)."""
    instant = dt.datetime.fromisoformat(told)
    return pd.Timestamp(instant.astimezone(zone).replace(tzinfo=None) if instant.tzinfo else told)


def _signals(alert: Alert, values: pd.Series) -> pd.Series:
    """Return what a rule compares with its limits, by period."""
    if alert.kind == "rate":
        return rates(values, alert.over)
    if alert.kind == "anomaly":
        return deviations(values, alert.weeks, smallest_spread=alert.smallest_spread)
    return values


def _end(period: pd.Timestamp, grain: Grain, zone: ZoneInfo) -> dt.datetime:
    """Return the instant at which a period is over, and its value known."""
    end: dt.datetime = (period + STEP_OF[grain]).to_pydatetime()
    return end.replace(tzinfo=zone)


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _silences(store: Store, alert: Alert, until: dt.datetime) -> tuple[Spell, ...]:
    since = _since(store, alert, until)
    heard = _heard(store, alert, until)
    last = store.snapshot(alert.dataset).lineage.last
    if last and not heard:  # the last that was heard lies before what is looked at
        zone = ZoneInfo(store.catalog.city.time_zone)
        since = min(since, _local(last, zone).to_pydatetime().replace(tzinfo=zone))
    return silences(alert.minutes or 1, heard, since=since, until=until)


def _since(store: Store, alert: Alert, until: dt.datetime) -> dt.datetime:
    """Return the midnight from which a rule looks."""
    zone = ZoneInfo(store.catalog.city.time_zone)
    today = until.astimezone(zone).date()
    begin = today - dt.timedelta(days=alert.looks_back_days)
    return dt.datetime.combine(begin, dt.time(), zone)


def _heard(store: Store, alert: Alert, until: dt.datetime) -> list[dt.datetime]:
    """Return when there was news of a dataset, in order."""
    if _tells_when_known(store.dataset(alert.dataset)):
        return sorted(instant_of_cell(cell) for cell in _news(store, alert, until)[KNOWN].unique())
    zone, grain = ZoneInfo(store.catalog.city.time_zone), _grain(store, alert)
    frame = store.answer(_query(store, alert, until, grain)).frame.dropna(subset=["period"])
    ends = [_end(pd.Timestamp(period), grain, zone) for period in frame["period"]]
    return [end for end in ends if end <= until]


def _news(store: Store, alert: Alert, until: dt.datetime) -> pd.DataFrame:
    """Return when the newest rows of a dataset became known, for an absence.

    Of a long stream the last one is enough, where it is not too long ago.
    """
    next_minute, clauses = _minute(until) + MINUTE, _clauses(alert)
    if store.snapshot(alert.dataset).rows > LONG:
        recent = Instants(KNOWN, until, until - (alert.minutes or 1) * MINUTE)
        last = _when_known(store, alert, (recent, *clauses), limit=1)
        if len(last):
            return last
    rows = _when_known(store, alert, (Instants(KNOWN, next_minute), *clauses), limit=PAGE)
    return rows[rows[KNOWN] <= pd.Timestamp(until)]


def _when_known(
    store: Store, alert: Alert, where: tuple[Clause, ...], *, limit: int
) -> pd.DataFrame:
    listing = Listing(alert.dataset, (KNOWN,), where, KNOWN, "descending", limit=limit)
    return store.list_rows(listing).frame


def _steps(store: Store, alert: Alert, until: dt.datetime) -> pd.DataFrame:
    """Return the steps of the newest incidents that a rule is about, as they became known.

    They are asked by the minute and of every kind, so that rules and screens ask the same.
    """
    next_minute = _minute(until) + MINUTE
    rows = rows_of_newest(
        store, alert.dataset, "incident_id", until=next_minute, most=MOST_INCIDENTS
    )
    is_told = (rows[KNOWN] <= pd.Timestamp(until)) & (
        rows[KNOWN] >= pd.Timestamp(_since(store, alert, until))
    )
    for column, codes in alert.where.items():
        is_told &= rows[column].isin(codes)
    return rows[is_told].sort_values(KNOWN, kind="stable")
