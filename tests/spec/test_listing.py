"""Listings.

The rows themselves: ordered by a column if one is asked for (nulls last, whichever way), then by
the dataset's key; a page at a time.
"""

from cityboard.query import Listing
from cityboard.selection import Members
from tests.spec.specification import Specification
from tests.spec.tables import table

VISITS = table("""
    id | at               | kind   | persons
    d  | 2026-03-01 15:00 | park   | 2
    b  | 2026-03-01 00:30 | museum | 5
    a  | null             | park   | null
    c  | 2026-02-28 15:00 | null   | 2
""")


def test_without_an_order_rows_stand_by_their_key(spec: Specification) -> None:
    spec.answers(
        VISITS,
        Listing("visits"),
        """
        id | at                   | kind   | persons
        a  | null                 | park   | null
        b  | 2026-03-01 00:30 UTC | museum | 5
        c  | 2026-02-28 15:00 UTC | null   | 2
        d  | 2026-03-01 15:00 UTC | park   | 2
        """,
    )


def test_columns_stand_in_the_order_asked(spec: Specification) -> None:
    spec.answers(
        VISITS,
        Listing("visits", ("persons", "id")),
        """
        persons | id
        null    | a
        5       | b
        2       | c
        2       | d
        """,
    )


def test_equal_rows_stand_by_their_key_and_nulls_last(spec: Specification) -> None:
    spec.answers(
        VISITS,
        Listing("visits", ("id", "persons"), order="persons"),
        """
        id | persons
        c  | 2
        d  | 2
        b  | 5
        a  | null
        """,
    )


def test_descending_keeps_nulls_last(spec: Specification) -> None:
    spec.answers(
        VISITS,
        Listing("visits", ("id", "persons"), order="persons", direction="descending"),
        """
        id | persons
        b  | 5
        c  | 2
        d  | 2
        a  | null
        """,
    )


def test_the_order_may_be_that_of_a_column_not_listed(spec: Specification) -> None:
    spec.answers(VISITS, Listing("visits", ("id",), order="at"), "id\nc\nb\nd\na")


def test_the_key_may_be_ordered_backwards(spec: Specification) -> None:
    question = Listing("visits", ("id",), order="id", direction="descending")
    spec.answers(VISITS, question, "id\nd\nc\nb\na")


def test_pages_follow_each_other_and_end(spec: Specification) -> None:
    spec.answers(VISITS, Listing("visits", ("id",), limit=3), "id\na\nb\nc")
    spec.answers(VISITS, Listing("visits", ("id",), limit=3, offset=3), "id\nd")
    spec.answers(VISITS, Listing("visits", ("id",), limit=3, offset=6), "id")


def test_only_rows_that_meet_the_clauses_are_listed(spec: Specification) -> None:
    parks = Members("kind", ("park",))
    spec.answers(
        VISITS, Listing("visits", ("id", "kind"), (parks,)), "id | kind\na | park\nd | park"
    )
