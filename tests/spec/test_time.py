"""Periods.

`period` holds the first day of each period of the city's calendar. Periods without rows are not
made up.
"""

from cityboard.query import Field, Period, Query
from tests.spec.specification import Specification
from tests.spec.tables import table

DAYS = table("""
    id | day        | persons
    a  | 2023-12-31 | 1
    b  | 2024-01-01 | 2
    c  | 2024-02-28 | 4
    d  | 2024-02-29 | 8
    e  | 2024-03-01 | 16
    f  | 2024-12-31 | 32
    g  | null       | 64
""")
HOURS = table("""
    id | day        | hour | persons
    a  | 2026-03-01 | 0    | 1
    b  | 2026-03-01 | 23   | 2
    c  | 2026-03-02 | 0    | 4
    d  | 2026-03-02 | 23   | 8
    e  | 2026-03-02 | null | 16
""")


def test_days(spec: Specification) -> None:
    spec.answers(
        DAYS,
        Query("visits", ("persons",), (Period("day"),)),
        """
        period     | persons
        2023-12-31 | 1
        2024-01-01 | 2
        2024-02-28 | 4
        2024-02-29 | 8
        2024-03-01 | 16
        2024-12-31 | 32
        null       | 64
        """,
    )


def test_weeks_begin_on_monday_whatever_the_year(spec: Specification) -> None:
    spec.answers(
        DAYS,
        Query("visits", ("persons",), (Period("week"),)),
        """
        period     | persons
        2023-12-25 | 1
        2024-01-01 | 2
        2024-02-26 | 28
        2024-12-30 | 32
        null       | 64
        """,
    )


def test_a_leap_day_belongs_to_february(spec: Specification) -> None:
    spec.answers(
        DAYS,
        Query("visits", ("persons", "days"), (Period("month"),)),
        """
        period     | persons | days
        2023-12-01 | 1       | 1
        2024-01-01 | 2       | 1
        2024-02-01 | 12      | 2
        2024-03-01 | 16      | 1
        2024-12-01 | 32      | 1
        null       | 64      | 0
        """,
    )


def test_years(spec: Specification) -> None:
    spec.answers(
        DAYS,
        Query("visits", ("rows", "persons"), (Period("year"),)),
        """
        period     | rows | persons
        2023-01-01 | 1    | 1
        2024-01-01 | 5    | 62
        null       | 1    | 64
        """,
    )


def test_weekdays_count_from_monday_1_to_sunday_7(spec: Specification) -> None:
    spec.answers(
        DAYS,
        Query("visits", ("persons",), (Field("weekday"),)),
        """
        weekday | persons
        1       | 2
        2       | 32
        3       | 4
        4       | 8
        5       | 16
        7       | 1
        null    | 64
        """,
    )


def test_hours_of_the_day(spec: Specification) -> None:
    spec.answers(
        HOURS,
        Query("visits", ("persons",), (Field("hour"),)),
        """
        hour | persons
        0    | 5
        23   | 10
        null | 16
        """,
    )


def test_a_day_and_its_hour_make_a_period_of_an_hour(spec: Specification) -> None:
    spec.answers(
        HOURS,
        Query("visits", ("persons",), (Period("hour"),)),
        """
        period           | persons
        2026-03-01 00:00 | 1
        2026-03-01 23:00 | 2
        2026-03-02 00:00 | 4
        2026-03-02 23:00 | 8
        null             | 16
        """,
    )


def test_weekday_by_hour(spec: Specification) -> None:
    spec.answers(
        HOURS,
        Query("visits", ("persons",), (Field("weekday"), Field("hour"))),
        """
        weekday | hour | persons
        1       | 0    | 4
        1       | 23   | 8
        1       | null | 16
        7       | 0    | 1
        7       | 23   | 2
        """,
    )
