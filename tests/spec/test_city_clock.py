"""The city's clock.

Instants are kept in UTC; their day, hour and weekday are those of the city's own clock.
"""

import datetime as dt

from cityboard.query import Field, Period, Query
from cityboard.selection import Interval, Members
from tests.spec.specification import Specification
from tests.spec.tables import table

SEOUL = table("""
    id | at               | persons
    a  | 2026-02-28 14:59 | 1
    b  | 2026-02-28 15:00 | 2
    c  | 2026-03-01 14:59 | 4
    d  | 2026-03-01 15:00 | 8
    e  | null             | 16
""")
BERLIN = table(
    """
    id | at               | persons
    a  | 2026-03-28 23:00 | 1
    b  | 2026-03-29 00:59 | 2
    c  | 2026-03-29 01:00 | 4
    d  | 2026-03-29 22:00 | 8
    e  | 2026-10-25 00:30 | 16
    f  | 2026-10-25 01:30 | 32
    """,
    zone="Europe/Berlin",
)


def test_a_day_ends_at_the_citys_midnight(spec: Specification) -> None:
    spec.answers(
        SEOUL,
        Query("visits", ("persons", "days"), (Period("day"),)),
        """
        period     | persons | days
        2026-02-28 | 1       | 1
        2026-03-01 | 6       | 1
        2026-03-02 | 8       | 1
        null       | 16      | 0
        """,
    )


def test_a_month_ends_at_the_citys_midnight(spec: Specification) -> None:
    spec.answers(
        SEOUL,
        Query("visits", ("persons",), (Period("month"),)),
        """
        period     | persons
        2026-02-01 | 1
        2026-03-01 | 14
        null       | 16
        """,
    )


def test_hours_and_weekdays_are_those_of_the_city(spec: Specification) -> None:
    spec.answers(
        SEOUL,
        Query("visits", ("persons",), (Field("weekday"), Field("hour"))),
        """
        weekday | hour | persons
        1       | 0    | 8
        6       | 23   | 1
        7       | 0    | 2
        7       | 23   | 4
        null    | null | 16
        """,
    )


def test_a_period_is_filtered_from_midnight_to_midnight(spec: Specification) -> None:
    march_1 = Interval(dt.date(2026, 3, 1), dt.date(2026, 3, 2))
    spec.answers(SEOUL, Query("visits", ("persons",), (), (march_1,)), "persons\n6")


def test_an_hour_is_filtered_on_the_citys_clock(spec: Specification) -> None:
    midnight = Members("hour", (0,))
    spec.answers(SEOUL, Query("visits", ("persons",), (), (midnight,)), "persons\n10")


def test_an_hour_that_summer_time_skips_is_not_there(spec: Specification) -> None:
    spec.answers(
        BERLIN,
        Query("visits", ("persons",), (Period("hour"),)),
        """
        period           | persons
        2026-03-29 00:00 | 1
        2026-03-29 01:00 | 2
        2026-03-29 03:00 | 4
        2026-03-30 00:00 | 8
        2026-10-25 02:00 | 48
        """,
    )


def test_a_day_of_23_hours_ends_at_its_own_midnight(spec: Specification) -> None:
    shortest_day = Interval(dt.date(2026, 3, 29), dt.date(2026, 3, 30))
    spec.answers(BERLIN, Query("visits", ("persons",), (), (shortest_day,)), "persons\n7")
