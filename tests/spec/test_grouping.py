"""Grouping.

One row per group that has rows, ordered by the groups, nulls last.
"""

from cityboard.query import Field, Query
from tests.spec.specification import Specification
from tests.spec.tables import table

VISITS = table("""
    id | kind   | floor | is_open | persons
    a  | park   | 10    | true    | 1
    b  | museum | 9     | false   | 2
    c  | null   | -1    | true    | 4
    d  | museum | 10    | null    | 8
    e  | park   | null  | true    | null
    f  | 박물관 | 9     | false   | 16
""")


def test_words_are_ordered_by_code_point_and_null_is_a_group(spec: Specification) -> None:
    spec.answers(
        VISITS,
        Query("visits", ("rows", "persons"), (Field("kind"),)),
        """
        kind   | rows | persons
        museum | 2    | 10
        park   | 2    | 1
        박물관 | 1    | 16
        null   | 1    | 4
        """,
    )


def test_numbers_are_ordered_as_numbers(spec: Specification) -> None:
    spec.answers(
        VISITS,
        Query("visits", ("persons",), (Field("floor"),)),
        """
        floor | persons
        -1    | 4
        9     | 18
        10    | 9
        null  | null
        """,
    )


def test_no_comes_before_yes(spec: Specification) -> None:
    spec.answers(
        VISITS,
        Query("visits", ("rows",), (Field("is_open"),)),
        """
        is_open | rows
        false   | 2
        true    | 3
        null    | 1
        """,
    )


def test_two_fields_make_a_group_of_each_pair_that_is_there(spec: Specification) -> None:
    spec.answers(
        VISITS,
        Query("visits", ("persons",), (Field("is_open"), Field("kind"))),
        """
        is_open | kind   | persons
        false   | museum | 2
        false   | 박물관 | 16
        true    | park   | 1
        true    | null   | 4
        null    | museum | 8
        """,
    )


def test_groups_may_be_asked_without_a_measure(spec: Specification) -> None:
    spec.answers(
        VISITS,
        Query("visits", (), (Field("floor"),)),
        """
        floor
        -1
        9
        10
        null
        """,
    )


def test_a_group_of_nulls_has_a_null_sum_and_still_counts(spec: Specification) -> None:
    question = Query("visits", ("rows", "persons"), (Field("floor"), Field("id")))
    spec.answers(
        VISITS,
        question,
        """
        floor | id | rows | persons
        -1    | c  | 1    | 4
        9     | b  | 1    | 2
        9     | f  | 1    | 16
        10    | a  | 1    | 1
        10    | d  | 1    | 8
        null  | e  | 1    | null
        """,
    )
