"""Answers computed row by row in plain Python, to hold engines against."""

import datetime as dt
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from cityboard.query import By, Field, Listing, Near, Period, Pixels, Query
from cityboard.selection import Box, Clause, Instants, Interval

Row = dict[str, Any]
SEOUL = ZoneInfo("Asia/Seoul")


def answer(query: Query, rows: Sequence[Row], *, is_stock: bool = False) -> list[tuple[Any, ...]]:
    """Return the rows of the answer to a query about visits (see `tests.spec.tables`)."""
    kept = [row for row in rows if meets(row, query)]
    if is_stock:
        counted = _counted_last(rows, query)
        kept = [row for row in kept if row.get("at", row.get("day")) in counted]
    if not query.by:
        return [_measured(kept, query)]
    keyed = sorted(((_key(row, query.by), row) for row in kept), key=lambda pair: _order(pair[0]))
    groups = itertools.groupby(keyed, key=lambda pair: pair[0])
    return [(*key, *_measured([row for _, row in pairs], query)) for key, pairs in groups]


def _counted_last(rows: Sequence[Row], query: Query) -> set[Any]:
    """Return when the newest count of each period asked was taken."""
    within = [clause for clause in query.where if isinstance(clause, Interval)]
    by = next((by for by in query.by if isinstance(by, Period)), None)
    newest: dict[Any, Any] = {}
    for row in rows:
        period, time = by and _period(row, by), row.get("at", row.get("day"))
        if time is not None and all(_holds(row, clause) for clause in within):
            newest[period] = max(time, newest.get(period, time))
    return set(newest.values())


def listed(listing: Listing, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Return the rows of a listing whose key is `id`."""
    kept = [row for row in rows if all(_holds(row, clause) for clause in listing.where)]
    kept.sort(key=lambda row: row["id"])
    if listing.order:
        named = [row for row in kept if row[listing.order] is not None]
        named.sort(key=lambda row: row[listing.order], reverse=listing.direction == "descending")
        kept = named + [row for row in kept if row[listing.order] is None]
    if listing.near is None:
        page = kept[listing.offset : listing.offset + listing.limit]
        return [tuple(row[name] for name in listing.columns) for row in page]
    squares = [(_square_from(listing.near, row), row) for row in kept]
    reached = [(square, row) for square, row in squares if square <= listing.near.reach_m**2]
    reached.sort(key=lambda pair: pair[0])
    return [
        (*(row[name] for name in listing.columns), math.sqrt(square))
        for square, row in reached[listing.offset : listing.offset + listing.limit]
    ]


def _square_from(near: Near, row: Row) -> float:
    """Return the square of a row's distance from a place, infinite where the row has none."""
    if row["lon"] is None or row["lat"] is None:
        return math.inf
    east = 111_195.0 * math.cos(math.radians(near.lat))
    x, y = (row["lon"] - near.lon) * east, (row["lat"] - near.lat) * 111_195.0
    return x * x + y * y


def plain(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return the rows of a frame in Python's own types, null as None."""
    columns = [[_plain(value) for value in frame[name]] for name in frame.columns]
    return list(zip(*columns, strict=True))


def meets(row: Row, query: Query) -> bool:
    """Tell whether a row meets every clause, and lies on the map if one is asked for."""
    maps = [by for by in query.by if isinstance(by, Pixels)]
    boxes = [Box(by.west, by.south, by.east, by.north) for by in maps]
    return all(_holds(row, clause) for clause in (*query.where, *boxes))


def _holds(row: Row, clause: Clause) -> bool:
    if isinstance(clause, Interval):
        day = _local(row)
        return day is not None and clause.low <= day.date() < clause.high
    if isinstance(clause, Box):
        lon, lat = row["lon"], row["lat"]
        is_known = lon is not None and lat is not None
        return is_known and clause.west <= lon < clause.east and clause.south <= lat < clause.north
    value = _field(row, clause.field)
    if value is None:
        return False
    if isinstance(clause, Instants):
        return value <= clause.until and (clause.after is None or value > clause.after)
    if clause.field == "area":
        return any(value.startswith(code) for code in clause.values)
    return str(value) in {str(chosen) for chosen in clause.values}


def _key(row: Row, groups: Sequence[By]) -> tuple[Any, ...]:
    parts: list[Any] = []
    for by in groups:
        if isinstance(by, Field):
            parts.append(_field(row, by.name))
        elif isinstance(by, Period):
            parts.append(_period(row, by))
        else:
            parts.append(_pixel(row["lon"], by.west, by.east, by.width))
            parts.append(_pixel(row["lat"], by.south, by.north, by.height))
    return tuple(parts)


def _order(key: tuple[Any, ...]) -> list[tuple[bool, Any]]:
    return [(part is None, 0 if part is None else part) for part in key]


def _field(row: Row, name: str) -> Any:
    if name == "district":
        return row["area"] and row["area"][:5]
    local = _local(row) if name in {"hour", "weekday"} else None
    if name == "weekday":
        return local.isoweekday() if local else None
    if name == "hour" and "at" in row:
        return local.hour if local else None
    return row[name]


def _local(row: Row) -> dt.datetime | None:
    """Return the time on the city's clock, midnight where only the day is known."""
    if "at" in row:
        return row["at"] and row["at"].astimezone(SEOUL)
    return row["day"] and dt.datetime.combine(row["day"], dt.time())


def _period(row: Row, by: Period) -> dt.datetime | None:
    local = _local(row)
    if local is None:
        return None
    if by.grain == "hour":
        hour = _field(row, "hour")
        return None if hour is None else dt.datetime.combine(local.date(), dt.time(hour))
    day = {
        "day": local.date(),
        "week": local.date() - dt.timedelta(days=local.weekday()),
        "month": local.date().replace(day=1),
        "year": local.date().replace(month=1, day=1),
    }[by.grain]
    return dt.datetime.combine(day, dt.time())


def _pixel(value: float, low: float, high: float, count: int) -> int:
    scale = count / (high - low)
    return min(int(value * scale + -low * scale), count - 1)


def _measured(rows: list[Row], query: Query) -> tuple[Any, ...]:
    return tuple(MEASURES[name](rows) for name in query.measures)


def _values(rows: list[Row], column: str) -> list[Any]:
    return [row[column] for row in rows if row[column] is not None]


def _of(column: str, aggregate: Callable[[list[Any]], Any]) -> Callable[[list[Row]], Any]:
    def measure(rows: list[Row]) -> Any:
        values = _values(rows, column)
        return aggregate(values) if values else None

    return measure


def _ratio(rows: list[Row]) -> float | None:
    minutes, persons = _values(rows, "minutes"), _values(rows, "persons")
    return sum(minutes) / sum(persons) if minutes and sum(persons) else None


def _percent(rows: list[Row]) -> float | None:
    ratio = _ratio(rows)
    return None if ratio is None else 100 * ratio


MEASURES: dict[str, Callable[[list[Row]], Any]] = {
    "rows": len,
    "days": lambda rows: len({local.date() for row in rows if (local := _local(row))}),
    "persons": _of("persons", sum),
    "persons_mean": _of("persons", lambda values: sum(values) / len(values)),
    "persons_min": _of("persons", min),
    "persons_max": _of("persons", max),
    "person_pairs": _of("persons", lambda values: 0.5 * sum(values)),
    "minutes": _of("minutes", sum),
    "minutes_per_person": _ratio,
    "minutes_per_100_persons": _percent,
}


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value
