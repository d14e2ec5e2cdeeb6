"""Any question about any small table: other engines answer as DuckDB and the rollup, to the bit.

Fractions are quarters here, which add up alike in any order.
"""

import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityboard.engines.duckdb import DuckDBEngine
from cityboard.engines.grouped import condense_by, grouped_cube
from cityboard.engines.remote import RemoteEngine
from cityboard.engines.runner import DuckDBRunner
from cityboard.lake import Snapshot
from cityboard.query import Listing, Query
from cityboard.rollup import build_cube, condense, open_rollup, write_rollup
from tests import brute_force
from tests.clusters import spark_runner
from tests.cubes import assert_equal_cubes
from tests.snapshots import write_snapshot
from tests.spec.engines import RollupEngine, entry_with_rollup
from tests.spec.tables import Table
from tests.unit.test_engine_properties import (
    BY_DAY,
    BY_INSTANT,
    CLAUSES,
    QUERIES,
    STOCK,
    _frame,
    _rows,
)

TABLES = st.sampled_from([BY_DAY, BY_INSTANT, STOCK])
PAIRS = TABLES.flatmap(lambda table: st.tuples(st.just(table), _rows(table.rows[0])))
LISTINGS = st.builds(
    Listing,
    st.just("visits"),
    st.permutations(BY_INSTANT.rows[0]).map(tuple),
    CLAUSES,
    st.none() | st.sampled_from(BY_INSTANT.rows[0]),
    st.sampled_from(["ascending", "descending"]),
    st.integers(1, 9),
    st.integers(0, 9),
)
Rows = list[brute_force.Row]
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lake")


@pytest.fixture(scope="module")
def write(root: Path) -> Callable[[Table, Rows], Snapshot]:
    """Return what writes rows under a name that was never used: engines remember files."""
    numbers = itertools.count()

    def written(table: Table, rows: Rows) -> Snapshot:
        return write_snapshot(_frame(rows, table.frame), root, name=f"visits_{next(numbers)}")

    return written


@pytest.fixture(scope="module")
def duckdb(root: Path) -> DuckDBRunner:
    return DuckDBRunner(root)


@pytest.fixture(scope="module")
def spark() -> Any:
    return spark_runner()


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """Return how many questions Spark answered, and how many of them the rollup held."""
    return Counter()


Write = Callable[[Table, Rows], Snapshot]


@settings(max_examples=120, deadline=None, derandomize=True)
@given(query=QUERIES, pair=PAIRS)
def test_the_statement_translated_asks_the_same(
    root: Path, duckdb: DuckDBRunner, write: Write, query: Query, pair: tuple[Table, Rows]
) -> None:
    snapshot, dataset = write(*pair), pair[0].dataset
    frame = RemoteEngine(duckdb).answer(query, dataset, snapshot)
    expected = DuckDBEngine(root).answer(query, dataset, snapshot)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(query=QUERIES, pair=PAIRS)
def test_spark_answers_as_duckdb_and_the_rollup(
    root: Path,
    spark: Any,
    write: Write,
    seen: Counter[str],
    query: Query,
    pair: tuple[Table, Rows],
) -> None:
    snapshot, dataset = write(*pair), pair[0].dataset
    frame = RemoteEngine(spark).answer(query, dataset, snapshot)
    expected = DuckDBEngine(root).answer(query, dataset, snapshot)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)
    condensed = RollupEngine(root)
    held = condensed.answer(query, dataset, snapshot)
    pd.testing.assert_frame_equal(frame, held, check_exact=True)
    seen.update(answered=1, held=condensed.held)


def test_a_hundred_questions_were_compared(spark: Any, seen: Counter[str]) -> None:
    assert seen["answered"] >= 100
    assert seen["held"] >= 40


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(listing=LISTINGS, rows=_rows(BY_INSTANT.rows[0]))
def test_spark_lists_as_duckdb(
    root: Path, spark: Any, write: Write, listing: Listing, rows: Rows
) -> None:
    snapshot, dataset = write(BY_INSTANT, rows), BY_INSTANT.dataset
    frame = RemoteEngine(spark).answer(listing, dataset, snapshot)
    expected = DuckDBEngine(root).answer(listing, dataset, snapshot)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pair=PAIRS)
def test_a_cube_grouped_by_duckdb_is_the_cube(
    duckdb: DuckDBRunner, write: Write, pair: tuple[Table, Rows]
) -> None:
    snapshot, entry = write(*pair), entry_with_rollup(pair[0].dataset)
    assert_equal_cubes(grouped_cube(entry, snapshot.files, duckdb), build_cube(entry, snapshot))


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(pair=PAIRS)
def test_a_cube_grouped_by_spark_is_the_cube(
    spark: Any, write: Write, pair: tuple[Table, Rows]
) -> None:
    snapshot, entry = write(*pair), entry_with_rollup(pair[0].dataset)
    assert_equal_cubes(grouped_cube(entry, snapshot.files, spark), build_cube(entry, snapshot))


def test_a_rollup_whose_cube_was_grouped_has_its_points(
    duckdb: DuckDBRunner, root: Path, write: Write
) -> None:
    snapshot = write(BY_DAY, BY_DAY.frame.to_dicts())
    entry = entry_with_rollup(BY_DAY.dataset)
    write_rollup(entry, snapshot, by=condense_by(duckdb))
    found, expected = open_rollup(entry, snapshot), condense(entry, snapshot.files)
    assert found is not None
    assert_equal_cubes(found.cube, expected.cube)
    assert len(found.segments) == len(expected.segments) == 1
