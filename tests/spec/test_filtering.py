"""Filtering.

Every clause must hold, and it applies to rows, before they are grouped. A null meets no clause.
"""

import datetime as dt

from cityboard.query import Field, Period, Query
from cityboard.selection import Instants, Interval, Members
from tests.spec.specification import Specification
from tests.spec.tables import table

VISITS = table("""
    id | day        | hour | kind    | floor | is_open | persons
    a  | 2026-03-01 | 7    | park    | 1     | true    | 1
    b  | 2026-03-02 | 8    | museum  | 2     | false   | 2
    c  | 2026-03-03 | 9    | museum  | 1     | true    | 4
    d  | 2026-03-04 | 8    | a, b    | -1    | null    | 8
    e  | 2026-03-04 | null | null    | null  | true    | 16
    f  | null       | 7    | park    | 3     | false   | 32
""")

MESSAGES = table("""
    id | at                  | persons
    a  | 2026-03-01 05:00:00 | 1
    b  | 2026-03-01 05:04:59 | 2
    c  | 2026-03-01 05:05:00 | 4
    d  | 2026-03-01 05:05:01 | 8
    e  | null                | 16
""")


def test_a_period_holds_its_first_day_but_not_its_last(spec: Specification) -> None:
    period = Interval(dt.date(2026, 3, 2), dt.date(2026, 3, 4))
    spec.answers(
        VISITS,
        Query("visits", ("persons",), (Period("day"),), (period,)),
        """
        period     | persons
        2026-03-02 | 2
        2026-03-03 | 4
        """,
    )


def test_one_value(spec: Specification) -> None:
    museums = Members("kind", ("museum",))
    spec.answers(VISITS, Query("visits", ("persons",), (), (museums,)), "persons\n6")


def test_any_of_several_values(spec: Specification) -> None:
    chosen = Members("kind", ("a, b", "park"))
    spec.answers(VISITS, Query("visits", ("persons",), (), (chosen,)), "persons\n41")


def test_any_of_many_values(spec: Specification) -> None:
    absent = tuple(f"kind {number}" for number in range(40))
    chosen = Members("kind", ("a, b", "park", *absent))
    spec.answers(VISITS, Query("visits", ("persons",), (), (chosen,)), "persons\n41")


def test_clauses_of_several_fields_must_all_hold(spec: Specification) -> None:
    clauses = (
        Members("kind", ("museum", "park")),
        Members("hour", (7, 8)),
        Interval(dt.date(2026, 3, 1), dt.date(2026, 4, 1)),
    )
    spec.answers(VISITS, Query("visits", ("persons",), (), clauses), "persons\n3")


def test_hours(spec: Specification) -> None:
    early = Members("hour", (7, 8))
    spec.answers(VISITS, Query("visits", ("persons",), (), (early,)), "persons\n43")


def test_weekdays(spec: Specification) -> None:
    weekend = Members("weekday", (6, 7))
    spec.answers(VISITS, Query("visits", ("persons",), (), (weekend,)), "persons\n1")


def test_yes_and_no(spec: Specification) -> None:
    closed = Members("is_open", (False,))
    spec.answers(VISITS, Query("visits", ("persons",), (), (closed,)), "persons\n34")


def test_numbers(spec: Specification) -> None:
    low = Members("floor", (-1, 1))
    spec.answers(VISITS, Query("visits", ("persons",), (), (low,)), "persons\n13")


def test_numbers_and_answers_may_be_written_as_an_address_holds_them(spec: Specification) -> None:
    clauses = (Members("floor", ("1.0",)), Members("is_open", ("true",)))
    spec.answers(VISITS, Query("visits", ("persons",), (), clauses), "persons\n5")


def test_days_of_a_column_are_written_as_in_an_address(spec: Specification) -> None:
    chosen = Members("day", ("2026-03-01", "2026-03-04"))
    spec.answers(VISITS, Query("visits", ("persons",), (), (chosen,)), "persons\n25")


def test_a_value_that_is_not_there_matches_nothing(spec: Specification) -> None:
    zoos = Members("kind", ("zoo", "' OR 1=1 --"))
    question = Query("visits", ("rows", "persons"), (), (zoos,))
    spec.answers(VISITS, question, "rows | persons\n0 | null")


def test_a_filter_applies_before_grouping(spec: Specification) -> None:
    open_now = Members("is_open", (True,))
    spec.answers(
        VISITS,
        Query("visits", ("rows", "persons_max"), (Field("kind"),), (open_now,)),
        """
        kind   | rows | persons_max
        museum | 1    | 4
        park   | 1    | 1
        null   | 1    | 16
        """,
    )


def test_the_same_field_may_be_filtered_and_grouped(spec: Specification) -> None:
    chosen = Members("floor", (2, 3))
    spec.answers(
        VISITS,
        Query("visits", ("persons",), (Field("floor"),), (chosen,)),
        """
        floor | persons
        2     | 2
        3     | 32
        """,
    )


def test_instants_hold_their_last_but_not_the_one_they_follow(spec: Specification) -> None:
    five_past = dt.datetime(2026, 3, 1, 5, 5, tzinfo=dt.UTC)
    until, later = Instants("at", five_past), Instants("at", five_past.replace(second=1), five_past)
    spec.answers(MESSAGES, Query("visits", ("persons",), (), (until,)), "persons\n7")
    spec.answers(MESSAGES, Query("visits", ("persons",), (), (later,)), "persons\n8")
