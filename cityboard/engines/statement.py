"""One dialect: a question to SQL with bound values; names come from the catalogue only."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from cityboard.catalog import Dataset, Measure
from cityboard.errors import QueryError
from cityboard.query import Field, Listing, Period, Pixels, Query
from cityboard.selection import Box, Clause, Interval

LISTING_LIMIT = 1000


@dataclasses.dataclass(frozen=True)
class Statement:
    """SQL with `?` for every value, in order; the first value is the list of files."""

    sql: str
    values: tuple[Any, ...]


def aggregate_statement(
    query: Query, dataset: Dataset, files: Sequence[str], *, cap: int
) -> Statement:
    """Return the statement that answers a query from rows, or `cap` + 1 rows if there are more.

    Raises:
        UnknownNameError: A measure or column is not in the dataset.
        QueryError: The dataset has no time, hour, area or points that the query needs.
    """
    where, where_values = _where(query.where, dataset)
    groups: list[tuple[str, str]] = []
    group_values: list[Any] = []
    for by in query.by:
        columns, values = _group(by, dataset)
        groups += columns
        group_values += values
        if isinstance(by, Pixels):
            where += " AND " + _inside(by, dataset)
            where_values += [by.west, by.east, by.south, by.north]
    measures = [
        f"{measure_sql(dataset.measure(name), dataset)} AS {_quoted(name)}"
        for name in query.measures
    ]
    selected = ", ".join([f"{sql} AS {_quoted(name)}" for sql, name in groups] + measures)
    numbers = ", ".join(str(i + 1) for i in range(len(groups)))
    tail = f" GROUP BY {numbers} ORDER BY {_ordered(numbers)}" if groups else ""
    sql = f"SELECT {selected} FROM read_parquet(?) WHERE {where}{tail} LIMIT {cap + 1}"
    return Statement(sql, (*group_values, list(files), *where_values))


def listing_statement(listing: Listing, dataset: Dataset, files: Sequence[str]) -> Statement:
    """Return the statement that lists rows.

    Raises:
        UnknownNameError: A column is not in the dataset.
        QueryError: The page is longer than 1,000 rows.
    """
    if not 0 < listing.limit <= LISTING_LIMIT or listing.offset < 0:
        msg = f"a page of {listing.limit} rows from {listing.offset} was asked; 1 to 1000 are given"
        raise QueryError(msg)
    where, values = _where(listing.where, dataset)
    names = listing.columns or dataset.column_names
    columns = ", ".join(_quoted(dataset.column(name).name) for name in names)
    order = [_quoted(name) for name in dataset.key if name != listing.order]
    if listing.order:
        way = "DESC" if listing.direction == "descending" else "ASC"
        order = [f"{_quoted(dataset.column(listing.order).name)} {way} NULLS LAST", *order]
    sql = f"SELECT {columns} FROM read_parquet(?) WHERE {where} ORDER BY {', '.join(order)}"
    return Statement(
        f"{sql} LIMIT ? OFFSET ?", (list(files), *values, listing.limit, listing.offset)
    )


def measure_sql(measure: Measure, dataset: Dataset) -> str:
    """Return the aggregate of a measure; unscaled sums of whole numbers stay whole."""
    sql = _aggregate_sql(measure, dataset)
    return sql if measure.scale == 1 else f"{measure.scale!r} * ({sql})"


def _aggregate_sql(measure: Measure, dataset: Dataset) -> str:
    if measure.aggregate == "count":
        return "count(*)"
    if measure.aggregate == "days":
        return f"count(DISTINCT {_local_time(dataset)}::DATE)"
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
        cast = "" if by.grain == "hour" else "::DATE"
        return [(f"date_trunc('{by.grain}', {_local_time(dataset)}){cast}", "period")], []
    lon, lat = _points(dataset)
    x = f"least(floor(({lon} - ?) * (? / (? - ?)))::INTEGER, ?)"
    y = f"least(floor(({lat} - ?) * (? / (? - ?)))::INTEGER, ?)"
    values = [by.west, by.width, by.east, by.west, by.width - 1]
    values += [by.south, by.height, by.north, by.south, by.height - 1]
    return [(x, "x"), (y, "y")], values


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
        return f"isodow({_local_time(dataset)})::INTEGER"
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
        lon, lat = _points(dataset)
        sides = [clause.west, clause.east, clause.south, clause.north]
        return f"({lon} BETWEEN ? AND ? AND {lat} BETWEEN ? AND ?)", sides
    field = field_sql(clause.field, dataset)
    if clause.field == "area":
        return f"({' OR '.join(f'starts_with({field}, ?)' for _ in clause.values)})", [
            *clause.values
        ]
    values: list[Any] = list(clause.values)
    if clause.field not in {"district", "hour", "weekday"}:
        column = dataset.column(clause.field)
        if column.type == "bool":
            values = [str(value).lower() == "true" for value in values]
        elif column.is_numeric:
            values = [_number(value, clause.field) for value in values]
    return f"{field} IN ({', '.join('?' for _ in values)})", values


def _number(value: Any, field: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        msg = f"{field}={value!r} is not a number, which {field} is"
        raise QueryError(msg) from error


def _time(dataset: Dataset) -> str:
    if dataset.time is None:
        raise QueryError(_lacks(dataset, "time", "group or select by period"))
    return _quoted(dataset.time.column)


def _local_time(dataset: Dataset) -> str:
    """Return the time column on the city's clock (a date, or a naive timestamp)."""
    column = _time(dataset)
    if _is_instant(dataset):
        return f"timezone('{dataset.time.zone}', {column})"  # type: ignore[union-attr]
    return column


def _hour(dataset: Dataset) -> str:
    if dataset.time and dataset.time.hour:
        return _quoted(dataset.time.hour)
    if dataset.time and _is_instant(dataset):
        return f"hour({_local_time(dataset)})::INTEGER"
    raise QueryError(_lacks(dataset, "hours", "group or select by hour"))


def _is_instant(dataset: Dataset) -> bool:
    return dataset.time is not None and dataset.column(dataset.time.column).type == "timestamp"


def _instants(clause: Interval, dataset: Dataset) -> tuple[dt.date, dt.date]:
    if not _is_instant(dataset):
        return clause.low, clause.high
    zone = ZoneInfo(dataset.time.zone)  # type: ignore[union-attr]
    low, high = (dt.datetime.combine(day, dt.time(), zone) for day in (clause.low, clause.high))
    return low.astimezone(dt.UTC), high.astimezone(dt.UTC)


def _points(dataset: Dataset) -> tuple[str, str]:
    if dataset.place is None or dataset.place.lon is None or dataset.place.lat is None:
        raise QueryError(_lacks(dataset, "points", "draw or select on the map"))
    return _quoted(dataset.place.lon), _quoted(dataset.place.lat)


def _inside(pixels: Pixels, dataset: Dataset) -> str:
    lon, lat = _points(dataset)
    if not (pixels.west < pixels.east and pixels.south < pixels.north):
        msg = f"the map {pixels} has no area"
        raise QueryError(msg)
    return f"({lon} BETWEEN ? AND ? AND {lat} BETWEEN ? AND ?)"


def _ordered(numbers: str) -> str:
    return ", ".join(f"{number} ASC NULLS LAST" for number in numbers.split(", "))


def _lacks(dataset: Dataset, what: str, purpose: str) -> str:
    return f"dataset {dataset.id} has no {what}: it cannot {purpose}"


def _quoted(name: str) -> str:
    return f'"{name}"'  # names match ^[a-z][a-z0-9_]*$, held by the catalogue
