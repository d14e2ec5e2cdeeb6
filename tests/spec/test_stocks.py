"""Stocks.

A stock counts what is there on a day, such as residents. Days are not added up: of each period the
newest count is told. Which count that is depends on time alone, so that parts add up to the whole.
"""

import datetime as dt

from cityboard.query import Field, Period, Query
from cityboard.selection import Interval, Members
from tests.spec.specification import Specification
from tests.spec.tables import table

COUNTS = table(
    """
    id | day        | kind | persons
    a  | 2024-06-30 | boys | 1
    b  | 2024-12-31 | boys | 2
    c  | 2024-12-31 | old  | 4
    d  | 2025-06-30 | boys | 8
    e  | 2025-06-30 | old  | 16
    f  | 2025-12-31 | boys | 32
    g  | null       | old  | 64
    """,
    is_stock=True,
)


def test_without_a_period_the_newest_count_is_told(spec: Specification) -> None:
    spec.answers(
        COUNTS,
        Query("visits", ("rows", "persons")),
        """
        rows | persons
        1    | 32
        """,
    )


def test_of_each_period_the_newest_count_is_told(spec: Specification) -> None:
    spec.answers(
        COUNTS,
        Query("visits", ("persons",), (Period("year"),)),
        """
        period     | persons
        2024-01-01 | 6
        2025-01-01 | 32
        """,
    )


def test_shorter_periods_tell_every_count(spec: Specification) -> None:
    spec.answers(
        COUNTS,
        Query("visits", ("persons",), (Period("month"),)),
        """
        period     | persons
        2024-06-01 | 1
        2024-12-01 | 6
        2025-06-01 | 24
        2025-12-01 | 32
        """,
    )


def test_the_newest_count_within_the_days_asked_is_told(spec: Specification) -> None:
    days = Interval(dt.date(2024, 7, 1), dt.date(2025, 12, 31))
    spec.answers(
        COUNTS,
        Query("visits", ("persons",), (), (days,)),
        """
        persons
        24
        """,
    )


def test_what_the_newest_count_did_not_find_is_not_taken_from_an_older_one(
    spec: Specification,
) -> None:
    """Nobody old was counted at the end of 2025: that is no reason to tell of June."""
    spec.answers(
        COUNTS,
        Query("visits", ("rows", "persons"), (), (Members("kind", ("old",)),)),
        """
        rows | persons
        0    | null
        """,
    )
    spec.answers(
        COUNTS,
        Query("visits", ("persons",), (Field("kind"), Period("year"))),
        """
        kind | period     | persons
        boys | 2024-01-01 | 2
        boys | 2025-01-01 | 32
        old  | 2024-01-01 | 4
        """,
    )
