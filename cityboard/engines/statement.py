"""One dialect: a question to SQL with bound values; names come from the catalogue only."""

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from cityboard.catalog import Dataset, Measure
from cityboard.errors import QueryError
from cityboard.query import DISTANCE, Field, Listing, Near, Period, Pixels, Query
from cityboard.selection import Box, Clause, Instants, Interval

LISTING_LIMIT = 1000
A_LITTLE_MORE = 1 + 1e-9  # a box around a circle holds it whole, however its sides are rounded
SHORT_LIST = 20  # values; of a longer list the bounds are asked first: they prune whole row groups


@dataclasses.dataclass(frozen=True)
class Statement:
    """SQL with `?` for every value, in order.

    Attributes:
        measures: Columns of the result that are measures.
    """

    sql: str
    values: tuple[Any, ...]
    measures: tuple[str, ...] = ()

    def readable(self) -> str:
        """Return the SQL with its values written out, to be read and not to be run."""
        written = iter(_literal(value) for value in self.values)
        return "".join(
            next(written) if part == "?" else part for part in re.split(r"(\?)", self.sql)
        )


def _literal(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, (bool, int, float)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def aggregate_statement(
    query: Query, dataset: Dataset, files: Sequence[str], *, cap: int
) -> Statement:
    """Return the statement that answers a query from rows, or `cap` + 1 rows if there are more.

    Raises:
        UnknownNameError: A measure or column is not in the dataset.
        QueryError: The dataset has no time, hour, area or points that the query needs, nothing is
            asked, or two columns of the answer would have one name.
    """
    where, where_values = _where(query.where, dataset)
    groups: list[tuple[str, str]] = []
    group_values: list[Any] = []
    for by in query.by:
        columns, values = _group(by, dataset)
        groups += columns
        group_values += values
        if isinstance(by, Pixels):
            where += f" AND {_inside(dataset)}"
            where_values += [by.west, by.east, by.south, by.north]
    stock, stock_values = _newest_counts(query, dataset, files)
    where += stock
    where_values += stock_values
    _refuse_doubles([*(name for _, name in groups), *query.measures], dataset)
    measures = [
        f"{measure_sql(dataset.measure(name), dataset)} AS {_quoted(name)}"
        for name in query.measures
    ]
    selected = ", ".join([f"{sql} AS {_quoted(name)}" for sql, name in groups] + measures)
    numbers = ", ".join(str(i + 1) for i in range(len(groups)))
    tail = f" GROUP BY {numbers} ORDER BY {_ordered(numbers)}" if groups else ""
    sql = f"SELECT {selected} FROM read_parquet(?) WHERE {where}{tail} LIMIT {cap + 1}"
    return Statement(sql, (*group_values, list(files), *where_values), query.measures)


def _newest_counts(query: Query, dataset: Dataset, files: Sequence[str]) -> tuple[str, list[Any]]:
    """Return the condition that of a stock only the newest count in each period asked counts.

    Which count is the newest depends on time alone: so the parts of a count add up to it.
    """
    if dataset.time is None or not dataset.time.is_stock:
        return "", []
    within, values = _where([c for c in query.where if isinstance(c, Interval)], dataset)
    period = next((by for by in query.by if isinstance(by, Period)), None)
    time = _time(dataset)
    groups = f" GROUP BY {_group(period, dataset)[0][0][0]}" if period else ""
    return (
        f" AND {time} IN (SELECT max({time}) FROM read_parquet(?) WHERE {within}{groups})",
        [list(files), *values],
    )


def listing_statement(listing: Listing, dataset: Dataset, files: Sequence[str]) -> Statement:
    """Return the statement that lists rows.

    Raises:
        UnknownNameError: A column is not in the dataset.
        QueryError: The page is longer than 1,000 rows, or rows near a place are asked of a dataset
            without points.
    """
    if not 0 < listing.limit <= LISTING_LIMIT or listing.offset < 0:
        msg = f"a page of {listing.limit} rows from {listing.offset} was asked; 1 to 1000 are given"
        raise QueryError(msg)
    names = listing.columns or dataset.column_names
    columns = [_quoted(dataset.column(name).name) for name in names]
    where, values = _where(listing.where, dataset)
    order = [_quoted(name) for name in dataset.key if name != listing.order]
    if listing.order:
        way = "DESC" if listing.direction == "descending" else "ASC"
        order = [f"{_quoted(dataset.column(listing.order).name)} {way} NULLS LAST", *order]
    first: list[Any] = []
    last: list[Any] = [listing.limit, listing.offset]
    if listing.near:
        _refuse_doubles([*names, DISTANCE], dataset)
        distance, places = _squared_distance(listing.near, dataset)
        columns, first = [*columns, f"sqrt({distance}) AS {_quoted(DISTANCE)}"], places
        within, sides = _within_reach(listing.near, dataset)
        where, values = f"{where} AND {within}", [*values, *sides]
        order, last = [distance, *order], [*places, *last]
    sql = (
        f"SELECT {', '.join(columns)} FROM read_parquet(?) WHERE {where}"
        f" ORDER BY {', '.join(order)} LIMIT ? OFFSET ?"
    )
    return Statement(sql, (*first, list(files), *values, *last))


def _squared_distance(near: Near, dataset: Dataset) -> tuple[str, list[Any]]:
    """Return the square of a row's distance from a place (square metres)."""
    lon, lat = _points(dataset)
    east, north = near.metres
    x, y = f"(({lon} - ?) * ?)", f"(({lat} - ?) * ?)"
    sides = [near.lon, east, near.lon, east, near.lat, north, near.lat, north]
    return f"({x} * {x} + {y} * {y})", sides


def _within_reach(near: Near, dataset: Dataset) -> tuple[str, list[Any]]:
    """Return the predicate of the circle, and of the box around it, by which groups are skipped."""
    lon, lat = _points(dataset)
    distance, places = _squared_distance(near, dataset)
    wide, high = (near.reach_m * A_LITTLE_MORE / metres for metres in near.metres)
    box = f"{lon} >= ? AND {lon} <= ? AND {lat} >= ? AND {lat} <= ?"
    sides = [near.lon - wide, near.lon + wide, near.lat - high, near.lat + high]
    return f"({box} AND {distance} <= ?)", [*sides, *places, near.reach_m * near.reach_m]


def measure_sql(measure: Measure, dataset: Dataset) -> str:
    """Return the aggregate of a measure; unscaled sums of whole numbers stay whole."""
    sql = _aggregate_sql(measure, dataset)
    return sql if measure.scale == 1 else f"{measure.scale!r}::DOUBLE * ({sql})"


def _aggregate_sql(measure: Measure, dataset: Dataset) -> str:
    if measure.aggregate == "count":
        return "count(*)"
    if measure.aggregate == "days":
        return f"count(DISTINCT {local_time_sql(dataset)}::DATE)"
    column = dataset.column(measure.column or "")
    name = _quoted(column.name)
    if measure.aggregate == "ratio":
        over = _quoted(dataset.column(measure.over or "").name)
        return f"sum({name})::DOUBLE / nullif(sum({over})::DOUBLE, 0)"
    if measure.aggregate == "sum" and column.type != "float64":
        return f"sum({name})::BIGINT"
    return f"{'avg' if measure.aggregate == 'mean' else measure.aggregate}({name})"


def _group(
    by: Field | Period | Pixels, dataset: Dataset
) -> tuple[list[tuple[str, str]], list[Any]]:
    if isinstance(by, Field):
        return [(field_sql(by.name, dataset), by.name)], []
    if isinstance(by, Period):
        if by.grain == "hour":
            return [(_local_hour(dataset), "period")], []
        return [(f"date_trunc('{by.grain}', {local_time_sql(dataset)})::DATE", "period")], []
    lon, lat = _points(dataset)
    x, x_values = _pixel(lon, by.west, by.east, by.width)
    y, y_values = _pixel(lat, by.south, by.north, by.height)
    return [(x, "x"), (y, "y")], [*x_values, *y_values]


def _pixel(column: str, low: float, high: float, count: int) -> tuple[str, list[Any]]:
    """Return the pixel of a coordinate, in the arithmetic of datashader's `Canvas`, to the bit."""
    scale = count / (high - low)
    return f"least(floor({column} * ? + ?)::INTEGER, ?)", [scale, -low * scale, count - 1]


def field_sql(field: str, dataset: Dataset) -> str:
    """Return the expression of a field over a dataset's rows."""
    if field in {"area", "district"}:
        if dataset.place is None or dataset.place.area is None:
            raise QueryError(_lacks(dataset, "areas", f"group or select by {field}"))
        area = _quoted(dataset.place.area)
        cut = field == "district" and dataset.place.level == "neighbourhood"
        return f"substr({area}, 1, 5)" if cut else area
    if field == "hour":
        return _hour(dataset)
    if field == "weekday":
        return f"isodow({local_time_sql(dataset)})::INTEGER"
    return _quoted(dataset.column(field).name)


def _where(clauses: Sequence[Clause], dataset: Dataset) -> tuple[str, list[Any]]:
    parts, values = ["true"], []
    for clause in clauses:
        part, more = _predicate(clause, dataset)
        parts.append(part)
        values += more
    return " AND ".join(parts), values


def _predicate(clause: Clause, dataset: Dataset) -> tuple[str, list[Any]]:
    if isinstance(clause, Interval):
        low, high = _instants(clause, dataset)
        time = _time(dataset)
        return f"({time} >= ? AND {time} < ?)", [low, high]
    if isinstance(clause, Box):
        return _inside(dataset), [clause.west, clause.east, clause.south, clause.north]
    if isinstance(clause, Instants):
        return _between(clause, dataset)
    field = field_sql(clause.field, dataset)
    if clause.field == "area":
        return f"({' OR '.join(f'starts_with({field}, ?)' for _ in clause.values)})", [
            *clause.values
        ]
    values: list[Any] = list(clause.values)
    is_text = False
    if clause.field not in {"district", "hour", "weekday"}:
        column = dataset.column(clause.field)
        is_text = column.type == "string"
        if column.type == "bool":
            values = [_yes_or_no(value, column.name) for value in values]
        elif column.is_numeric:
            values = [_number(value, column.name) for value in values]
    listed = f"{field} IN ({', '.join('?' for _ in values)})"
    if len(values) <= SHORT_LIST or not is_text:
        return listed, values
    return f"({field} >= ? AND {field} <= ? AND {listed})", [min(values), max(values), *values]


def _between(clause: Instants, dataset: Dataset) -> tuple[str, list[Any]]:
    column = dataset.column(clause.field)
    if column.type != "timestamp":
        msg = f"instants of {column.name} were asked; it holds {column.type}, not timestamps"
        raise QueryError(msg)
    name, until = _quoted(column.name), clause.until.astimezone(dt.UTC)
    if clause.after is None:
        return f"{name} <= ?", [until]
    return f"({name} > ? AND {name} <= ?)", [clause.after.astimezone(dt.UTC), until]


def _yes_or_no(value: str, name: str) -> bool:
    if value.lower() not in {"true", "false"}:
        msg = f"{name}={value!r} was asked; {name} is true or false"
        raise QueryError(msg)
    return value.lower() == "true"


def _number(value: str, name: str) -> float:
    """Return a number; a whole one stays whole, for a float64 holds but 53 of its 64 bits."""
    if value.removeprefix("-").isdecimal() and len(value) < 19:
        return int(value)
    try:
        return float(value)
    except ValueError as error:
        msg = f"{name}={value!r} was asked; {name} is a number"
        raise QueryError(msg) from error


def _time(dataset: Dataset) -> str:
    if dataset.time is None:
        raise QueryError(_lacks(dataset, "time", "group or select by period"))
    return _quoted(dataset.time.column)


def local_time_sql(dataset: Dataset) -> str:
    """Return the time column on the city's clock (a date, or a naive timestamp)."""
    column = _time(dataset)
    if dataset.has_instants:
        return f"timezone('{dataset.time.zone}', {column})"  # type: ignore[union-attr]
    return column


def _local_hour(dataset: Dataset) -> str:
    """Return the beginning of the hour on the city's clock."""
    if dataset.has_instants:
        return f"date_trunc('hour', {local_time_sql(dataset)})"
    return f"{local_time_sql(dataset)}::TIMESTAMP + to_hours({_hour(dataset)})"


def _hour(dataset: Dataset) -> str:
    if dataset.time and dataset.time.hour:
        return _quoted(dataset.time.hour)
    if dataset.time and dataset.has_instants:
        return f"hour({local_time_sql(dataset)})::INTEGER"
    raise QueryError(_lacks(dataset, "hours", "group or select by hour"))


def _instants(clause: Interval, dataset: Dataset) -> tuple[dt.date, dt.date]:
    if not dataset.has_instants:
        return clause.low, clause.high
    zone = ZoneInfo(dataset.time.zone)  # type: ignore[union-attr]
    low, high = (dt.datetime.combine(day, dt.time(), zone) for day in (clause.low, clause.high))
    try:
        return low.astimezone(dt.UTC), high.astimezone(dt.UTC)
    except OverflowError as error:
        msg = f"the period {clause} leaves the calendar of years 1 to 9999; choose a shorter one"
        raise QueryError(msg) from error


def _points(dataset: Dataset) -> tuple[str, str]:
    if dataset.place is None or dataset.place.lon is None or dataset.place.lat is None:
        raise QueryError(_lacks(dataset, "points", "draw or select on the map"))
    return _quoted(dataset.place.lon), _quoted(dataset.place.lat)


def _inside(dataset: Dataset) -> str:
    """Return the predicate of west, east, south and north, east and north excluded."""
    lon, lat = _points(dataset)
    return f"({lon} >= ? AND {lon} < ? AND {lat} >= ? AND {lat} < ?)"


def _refuse_doubles(names: Sequence[str], dataset: Dataset) -> None:
    if not names:
        msg = f"nothing was asked of {dataset.id}; name a measure, or what to group by"
        raise QueryError(msg)
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        msg = f"two columns of the answer would be named {', '.join(doubles)}; ask them apart"
        raise QueryError(msg)


def _ordered(numbers: str) -> str:
    return ", ".join(f"{number} ASC NULLS LAST" for number in numbers.split(", "))


def _lacks(dataset: Dataset, what: str, purpose: str) -> str:
    return f"dataset {dataset.id} has no {what}: it cannot {purpose}"


def _quoted(name: str) -> str:
    return f'"{name}"'  # names match ^[a-z][a-z0-9_]*$, held by the catalogue
