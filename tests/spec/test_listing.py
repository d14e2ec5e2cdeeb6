"""Listings.

The rows themselves: ordered by a column if one is asked for (nulls last, whichever way), then by
the dataset's key; a page at a time. What is near a place comes first, and tells how far it is.
"""

from cityboard.query import Listing, Near
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


PLACES = table("""
    id | lon         | lat        | kind   | persons
    g  | 127.00      | 37.50      | park   | 1
    c  | 127.00      | 37.5078125 | park   | 2
    b  | 127.00      | 37.4921875 | museum | 4
    e  | 127.0078125 | 37.50      | museum | 8
    d  | 127.00      | 37.515625  | park   | 16
    f  | null        | 37.50      | park   | 32
    a  | 127.00      | null       | park   | 64
    h  | 127.00      | 37.50      | park   | 128
""")
CENTRE = (127.0, 37.5)


def test_near_a_place_the_nearest_rows_come_first_and_equally_near_ones_by_their_key(
    spec: Specification,
) -> None:
    """A 128th of a degree is 868.7 m northwards, but 689.2 m eastwards at this latitude."""
    spec.answers(
        PLACES,
        Listing("visits", ("id", "persons"), near=Near(*CENTRE, reach_m=1000)),
        """
        id | persons | distance_m
        g  | 1       | 0
        h  | 128     | 0
        e  | 8       | 689.1947240131555
        b  | 4       | 868.7109375
        c  | 2       | 868.7109375
        """,
    )


def test_rows_beyond_the_reach_are_not_near_though_they_lie_in_the_box_around_it(
    spec: Specification,
) -> None:
    corner = Near(126.9921875, 37.5, reach_m=1000)  # b and c: 689 m east and 869 m north or south
    spec.answers(
        PLACES,
        Listing("visits", ("id",), near=corner),
        "id | distance_m\ng | 689.1947240131555\nh | 689.1947240131555",
    )


def test_the_reach_itself_is_near(spec: Specification) -> None:
    whole_degrees = table("id | lon | lat\na | 0 | 1\nb | 0 | 2")
    spec.answers(
        whole_degrees,
        Listing("visits", ("id",), near=Near(0.0, 0.0, reach_m=111_195.0)),
        "id | distance_m\na | 111195",
    )


def test_rows_near_a_place_may_be_filtered_and_paged(spec: Specification) -> None:
    near = Near(*CENTRE, reach_m=1000)
    parks = (Members("kind", ("park",)),)
    spec.answers(
        PLACES,
        Listing("visits", ("id",), parks, limit=2, near=near),
        "id | distance_m\ng | 0\nh | 0",
    )
    spec.answers(
        PLACES,
        Listing("visits", ("id",), parks, limit=2, offset=2, near=near),
        "id | distance_m\nc | 868.7109375",
    )


def test_among_equally_near_rows_a_column_may_order(spec: Specification) -> None:
    near = Near(*CENTRE, reach_m=900)
    spec.answers(
        PLACES,
        Listing("visits", ("id",), order="persons", direction="descending", near=near),
        """
        id | distance_m
        h  | 0
        g  | 0
        e  | 689.1947240131555
        b  | 868.7109375
        c  | 868.7109375
        """,
    )
