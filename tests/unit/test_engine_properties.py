"""Any question about any small table: the engine answers as one would count by hand."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityboard.catalog import Dataset
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.query import Field, Listing, Near, Period, Pixels, Query, pixels_of
from cityboard.selection import Box, Interval, Members
from tests import brute_force
from tests.snapshots import write_snapshot
from tests.spec.tables import table

COLUMNS = "area | lon | lat | kind | floor | is_open | persons | minutes"
CELLS = "11110515 | 126.5 | 37.5 | park | 1 | true | 1 | 1.0"
BY_DAY = table(f"id | day | hour | {COLUMNS}\na | 2026-03-01 | 0 | {CELLS}")
STOCK = table(BY_DAY.text, is_stock=True)
BY_INSTANT = table(f"id | at | {COLUMNS}\na | 2026-03-01 00:00 | {CELLS}")

EDGES = [dt.date(y, m, d) for y, m, d in [(2023, 12, 31), (2024, 2, 29), (2024, 3, 1)]]
EDGES += [dt.date(2026, 3, n) for n in range(1, 10)] + [dt.date(1, 1, 1), dt.date(9999, 12, 31)]
INSTANTS = [dt.datetime(2026, 2, 28, h, m, tzinfo=dt.UTC) for h in (14, 15) for m in (0, 59)]
INSTANTS += [
    dt.datetime(2024, 2, 29, 15, tzinfo=dt.UTC),
    dt.datetime(2026, 12, 31, 15, tzinfo=dt.UTC),
]
AREAS = ["11110515", "11110530", "11140520"]
KINDS = ["park", "museum", "a, b", "%", "'", "박물관", ""]
WEST, SOUTH, EAST, NORTH = 126.734, 37.413, 127.269, 37.715
POINTS = [WEST, EAST, SOUTH, NORTH, 127.0015, 37.564, 126.9]
POINTS += [126.75, 127.0, 126.875, 37.5, 37.5625, 37.625]  # sides of cells of 2^-n degrees


def _or_null(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def _degrees(low: float, high: float) -> st.SearchStrategy[float | None]:
    anywhere = st.floats(low - 0.1, high + 0.1).map(lambda value: round(value, 6))
    return _or_null(st.sampled_from(POINTS) | anywhere)


VALUES = {
    "day": _or_null(st.sampled_from(EDGES)),
    "hour": _or_null(st.integers(0, 23)),
    "at": _or_null(st.sampled_from(INSTANTS)),
    "area": _or_null(st.sampled_from(AREAS)),
    "lon": _degrees(WEST, EAST),
    "lat": _degrees(SOUTH, NORTH),
    "kind": _or_null(st.sampled_from(KINDS)),
    "floor": _or_null(st.integers(-1, 2)),
    "is_open": _or_null(st.booleans()),
    "persons": _or_null(st.integers(-(2**40), 2**40)),
    "minutes": _or_null(st.integers(0, 2000).map(lambda quarters: quarters / 4)),
}
LEVELS = st.integers(-1, 12)
ANY_PIXELS = st.builds(
    Pixels,
    st.sampled_from([WEST, 126.9]),
    st.sampled_from([SOUTH, 37.5]),
    st.sampled_from([EAST, 127.0]),
    st.sampled_from([NORTH, 37.6]),
    st.integers(1, 900),
    st.integers(1, 720),
)
WINDOWS = st.sampled_from([(WEST, SOUTH, EAST, NORTH), (126.9, 37.5, 127.0, 37.6)])
PIXELS = ANY_PIXELS | st.builds(pixels_of, WINDOWS, LEVELS)
FIELDS = ["kind", "floor", "is_open", "area", "district", "hour", "weekday"]
GROUPS = st.lists(
    st.sampled_from(FIELDS).map(Field)
    | st.sampled_from(["hour", "day", "week", "month", "year"]).map(Period)
    | PIXELS,
    max_size=3,
    unique_by=lambda by: by.name if isinstance(by, Field) else type(by),
).map(tuple)
MEASURES = st.lists(st.sampled_from(sorted(brute_force.MEASURES)), min_size=1, unique=True)


def _members(field: str, values: list[Any]) -> st.SearchStrategy[Members]:
    return st.lists(st.sampled_from(values), min_size=1).map(lambda v: Members(field, tuple(v)))


def _sorted_pair(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, Any]]:
    return st.tuples(values, values).map(lambda pair: (min(pair), max(pair)))


def _boxes(lon: st.SearchStrategy[Any], lat: st.SearchStrategy[Any]) -> st.SearchStrategy[Box]:
    pairs = [_sorted_pair(sides).filter(lambda pair: pair[0] < pair[1]) for sides in (lon, lat)]
    return st.tuples(*pairs).map(lambda p: Box(p[0][0], p[1][0], p[0][1], p[1][1]))


DAYS = st.sampled_from([day for day in EDGES if day.year > 1])
CLAUSES = st.lists(
    _sorted_pair(DAYS).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: Interval(*pair))
    | _members("area", ["11", "11110", "11140", *AREAS])
    | _members("kind", [*KINDS, "zoo"])
    | _members("floor", [-1, 0, 2, 9])
    | _members("is_open", [True, False])
    | _members("hour", [0, 8, 23])
    | _members("weekday", [1, 6, 7])
    | _boxes(st.sampled_from([WEST, 126.9, EAST]), st.floats(37, 38))
    | _boxes(
        st.sampled_from([126.5, 126.75, 127.0, 127.25]), st.sampled_from([37.4375, 37.5625, 38])
    ),
    max_size=3,
    unique_by=lambda clause: clause.field,
).map(tuple)
NEAR = st.builds(
    Near,
    st.sampled_from([WEST, 126.9, EAST]),
    st.sampled_from([SOUTH, 37.5, NORTH]),
    st.sampled_from([0.5, 5_000.0, 30_000.0, 200_000.0]),
)
QUERIES = st.builds(Query, st.just("visits"), MEASURES.map(tuple), GROUPS, CLAUSES)
Asked = Callable[[Query | Listing, Dataset, pl.DataFrame], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Return what puts a frame into a file and asks the engine about it."""
    root = tmp_path_factory.mktemp("lake")
    engine = DuckDBEngine(root)

    def answered(
        question: Query | Listing, dataset: Dataset, frame: pl.DataFrame
    ) -> list[tuple[Any, ...]]:
        return brute_force.plain(engine.answer(question, dataset, write_snapshot(frame, root)))

    return answered


def _rows(names: list[str]) -> st.SearchStrategy[list[brute_force.Row]]:
    drawn = st.fixed_dictionaries({name: VALUES[name] for name in names if name != "id"})
    numbered = st.lists(drawn, max_size=12).map(
        lambda rows: [{"id": f"{n:02}", **row} for n, row in enumerate(rows)]
    )
    return numbered.flatmap(st.permutations)


def _frame(rows: list[brute_force.Row], like: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=like.schema, orient="row")


@settings(max_examples=80, deadline=None, derandomize=True)
@given(query=QUERIES, rows=_rows(BY_DAY.rows[0]))
def test_days_and_hours_are_counted_as_by_hand(
    ask: Asked, query: Query, rows: list[brute_force.Row]
) -> None:
    answered = ask(query, BY_DAY.dataset, _frame(rows, BY_DAY.frame))
    assert answered == brute_force.answer(query, rows)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(query=QUERIES, rows=_rows(BY_INSTANT.rows[0]))
def test_instants_are_counted_as_by_hand(
    ask: Asked, query: Query, rows: list[brute_force.Row]
) -> None:
    answered = ask(query, BY_INSTANT.dataset, _frame(rows, BY_INSTANT.frame))
    assert answered == brute_force.answer(query, rows)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(query=QUERIES, rows=_rows(STOCK.rows[0]))
def test_stocks_are_counted_as_by_hand(
    ask: Asked, query: Query, rows: list[brute_force.Row]
) -> None:
    answered = ask(query, STOCK.dataset, _frame(rows, STOCK.frame))
    assert answered == brute_force.answer(query, rows, is_stock=True)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    listing=st.builds(
        Listing,
        st.just("visits"),
        st.permutations(BY_INSTANT.rows[0]).map(tuple),
        CLAUSES,
        _or_null(st.sampled_from(BY_INSTANT.rows[0])),
        st.sampled_from(["ascending", "descending"]),
        st.integers(1, 9),
        st.integers(0, 9),
        near=_or_null(NEAR),
    ),
    rows=_rows(BY_INSTANT.rows[0]),
)
def test_rows_are_listed_as_by_hand(
    ask: Asked, listing: Listing, rows: list[brute_force.Row]
) -> None:
    answered = ask(listing, BY_INSTANT.dataset, _frame(rows, BY_INSTANT.frame))
    assert answered == brute_force.listed(listing, rows)
