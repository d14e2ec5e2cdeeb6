"""Few rows.

Nothing, one row, and the same row again are answers like any other.
"""

import datetime as dt

from cityboard.query import Field, Listing, Period, Pixels, Query
from cityboard.selection import Interval
from tests.spec.specification import Specification
from tests.spec.tables import table

NOTHING = table("id | day | area | lon | lat | kind | persons | minutes")
ONE = table("""
    id | day        | lon   | lat  | kind | persons
    a  | 2026-03-01 | 126.5 | 37.5 | park | 3
""")
TWICE = table("""
    day        | kind | persons
    2026-03-01 | park | 3
    2026-03-01 | park | 3
    2026-03-01 | park | 3
""")


def test_an_empty_table_still_has_a_total(spec: Specification) -> None:
    spec.answers(
        NOTHING,
        Query("visits", ("rows", "days", "persons", "minutes_per_person")),
        """
        rows | days | persons | minutes_per_person
        0    | 0    | null    | null
        """,
    )


def test_an_empty_table_has_no_groups(spec: Specification) -> None:
    spec.answers(NOTHING, Query("visits", ("rows",), (Field("kind"),)), "kind | rows")
    spec.answers(NOTHING, Query("visits", ("rows",), (Period("month"),)), "period | rows")


def test_an_empty_table_has_no_pixels(spec: Specification) -> None:
    whole = Pixels(126.0, 37.0, 127.0, 38.0, 9, 9)
    spec.answers(NOTHING, Query("visits", ("rows",), (whole,)), "x | y | rows")


def test_an_empty_table_lists_its_columns(spec: Specification) -> None:
    spec.answers(NOTHING, Listing("visits", ("id", "persons")), "id | persons")


def test_one_row_is_its_own_sum_mean_least_and_greatest(spec: Specification) -> None:
    spec.answers(
        ONE,
        Query("visits", ("rows", "persons", "persons_mean", "persons_min", "persons_max")),
        """
        rows | persons | persons_mean | persons_min | persons_max
        1    | 3       | 3            | 3           | 3
        """,
    )


def test_a_filter_may_leave_nothing(spec: Specification) -> None:
    before = Interval(dt.date(2026, 2, 1), dt.date(2026, 3, 1))
    question = Query("visits", ("rows", "persons"), (), (before,))
    spec.answers(ONE, question, "rows | persons\n0 | null")


def test_a_row_that_stands_three_times_counts_three_times(spec: Specification) -> None:
    question = Query("visits", ("rows", "days", "persons"), (Field("kind"),))
    spec.answers(TWICE, question, "kind | rows | days | persons\npark | 3 | 1 | 9")


def test_each_of_three_equal_rows_is_listed(spec: Specification) -> None:
    spec.answers(TWICE, Listing("visits", ("kind", "persons")), "kind | persons" + "\npark | 3" * 3)
