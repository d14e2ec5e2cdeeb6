"""Rollups: any question they hold is answered as from rows, in the same types, to the bit.

Fractions are quarters here, which add up alike in any order.
"""

from collections import Counter
from collections.abc import Callable, Iterator

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityboard.engines import rollup
from cityboard.engines.duckdb import DuckDBEngine
from cityboard.errors import NotHeldError
from cityboard.query import Field, Period, Pixels, Query, pixels_of
from cityboard.rollup import condense, points, recent
from cityboard.selection import Box
from tests import brute_force
from tests.snapshots import write_snapshot
from tests.spec.engines import entry_with_rollup
from tests.spec.tables import Table
from tests.unit.test_engine_properties import (
    BY_DAY,
    BY_INSTANT,
    CLAUSES,
    FIELDS,
    LEVELS,
    QUERIES,
    WINDOWS,
    _boxes,
    _frame,
    _rows,
)

EXAMPLES = 520  # of data, six questions each; of the 3,120 pairs two thirds are held
Compared = Callable[[list[Query], Table, list[brute_force.Row]], None]
TABLES = st.sampled_from([BY_DAY, BY_INSTANT])
ROWS = TABLES.flatmap(lambda table: st.tuples(st.just(table), _rows(table.rows[0])))
PAIRS = ROWS | ROWS.map(lambda pair: (pair[0], [{**row, "persons": 7} for row in pair[1]]))
OF_POINTS = ["rows", "persons", "person_pairs", "persons_mean"]
MEASURES = st.lists(st.sampled_from(OF_POINTS), min_size=1, unique=True).map(tuple)
PLAIN = CLAUSES.map(lambda clauses: tuple(c for c in clauses if not isinstance(c, Box)))
MAPS = st.builds(
    Query,
    st.just("visits"),
    MEASURES,
    st.builds(pixels_of, WINDOWS, LEVELS).map(lambda pixels: (pixels,)),
    PLAIN,
)
CELLS = _boxes(
    st.sampled_from([126.5, 126.75, 127.0, 127.25]), st.sampled_from([37.4375, 37.5625, 38.0])
)
BY = st.lists(
    st.sampled_from(FIELDS).map(Field) | st.sampled_from(["day", "month"]).map(Period),
    max_size=2,
    unique_by=lambda by: by.name if isinstance(by, Field) else "period",
).map(tuple)
BOXES = st.builds(
    lambda measures, by, clauses, box: Query("visits", measures, by, (*clauses, box)),
    MEASURES | st.just(("days",)),
    BY,
    PLAIN,
    CELLS,
)


@pytest.fixture(scope="module")
def seen() -> Counter[str]:
    """Return how many questions were held and how many were not, by what they ask."""
    return Counter()


@pytest.fixture(scope="module", autouse=True)
def checkpoints() -> Iterator[None]:
    """Have checkpoints and totals made of few rows too: large cities have them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(points, "ROWS_A_CHECKPOINT", {1: 4, 0: 3})
        patch.setattr(points, "ROWS_FOR_TOTALS", 5)
        patch.setattr(recent, "SMALLEST_ROWS", 0)
        yield


@pytest.fixture(scope="module")
def compare(tmp_path_factory: pytest.TempPathFactory, seen: Counter[str]) -> Compared:
    """Return what asks a rollup and the rows it was built from the same questions."""
    root = tmp_path_factory.mktemp("lake")
    engine = DuckDBEngine(root)

    def compared(queries: list[Query], table: Table, rows: list[brute_force.Row]) -> None:
        dataset = entry_with_rollup(table.dataset)
        snapshot = write_snapshot(_frame(rows, table.frame), root)
        condensed = condense(dataset, snapshot.files)
        for query in queries:
            kind = _kind(query)
            try:
                held = rollup.answer(query, dataset, condensed)
            except NotHeldError:
                seen[f"{kind} not held"] += 1
                continue
            seen[kind] += 1
            expected = engine.answer(query, dataset, snapshot)
            pd.testing.assert_frame_equal(held, expected, check_exact=True)

    return compared


def _kind(query: Query) -> str:
    if any(isinstance(by, Pixels) for by in query.by):
        return "map"
    return "box" if any(isinstance(clause, Box) for clause in query.where) else "chart"


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(queries=st.tuples(QUERIES, QUERIES, MAPS, MAPS, BOXES, BOXES).map(list), pair=PAIRS)
def test_a_rollup_answers_as_the_rows_do(
    compare: Compared, queries: list[Query], pair: tuple[Table, list[brute_force.Row]]
) -> None:
    compare(queries, *pair)


def test_every_kind_of_question_was_held_often(seen: Counter[str]) -> None:
    """The rest asks for other pixels, fractions on maps, or several things at once."""
    held = [seen["chart"], seen["map"], seen["box"]]
    assert min(held) >= 400
    assert sum(held) >= 2000
