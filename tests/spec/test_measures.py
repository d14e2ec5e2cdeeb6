"""Measures.

A measure is computed from the rows that meet every clause. Rows in which its column is null do
not take part.
"""

from cityboard.query import Query
from tests.spec.specification import Specification
from tests.spec.tables import table

VISITS = table("""
    id | day        | kind   | persons | minutes
    a  | 2026-03-01 | museum | 2       | 10.0
    b  | 2026-03-01 | museum | null    | 20.0
    c  | 2026-03-02 | park   | 6       | null
    d  | 2026-03-04 | null   | 1       | 1.5
""")
NOBODY = table("""
    id | persons | minutes
    a  | 0       | 5.0
    b  | 0       | 7.0
""")
UNKNOWN = table("""
    id | persons | minutes
    a  | null    | null
    b  | null    | null
""")
LARGE = table("""
    id | persons          | minutes
    a  | 9007199254740993 | 1.0
    b  | 2                | 0.5
""")


def test_rows_counts_rows_with_and_without_nulls(spec: Specification) -> None:
    spec.answers(VISITS, Query("visits", ("rows",)), "rows\n4")


def test_days_counts_the_days_that_have_rows(spec: Specification) -> None:
    spec.answers(VISITS, Query("visits", ("days",)), "days\n3")


def test_a_sum_leaves_nulls_out(spec: Specification) -> None:
    spec.answers(VISITS, Query("visits", ("persons", "minutes")), "persons | minutes\n9 | 31.5")


def test_a_mean_divides_by_the_values_that_are_there(spec: Specification) -> None:
    spec.answers(VISITS, Query("visits", ("persons_mean",)), "persons_mean\n3")


def test_the_least_and_the_greatest_of_numbers(spec: Specification) -> None:
    question = Query("visits", ("persons_min", "persons_max"))
    spec.answers(VISITS, question, "persons_min | persons_max\n1 | 6")


def test_the_least_and_the_greatest_of_days_and_words(spec: Specification) -> None:
    question = Query("visits", ("first_day", "last_kind"))
    spec.answers(VISITS, question, "first_day | last_kind\n2026-03-01 | park")


def test_a_ratio_is_the_sum_over_the_sum(spec: Specification) -> None:
    """Not the mean of the rows' ratios; each sum leaves out its own nulls."""
    spec.answers(VISITS, Query("visits", ("minutes_per_person",)), "minutes_per_person\n3.5")


def test_a_ratio_over_nothing_is_null(spec: Specification) -> None:
    question = Query("visits", ("minutes_per_person", "minutes_per_100_persons"))
    spec.answers(NOBODY, question, "minutes_per_person | minutes_per_100_persons\nnull | null")


def test_a_scale_multiplies_the_aggregate(spec: Specification) -> None:
    question = Query("visits", ("person_pairs", "minutes_per_100_persons"))
    spec.answers(VISITS, question, "person_pairs | minutes_per_100_persons\n4.5 | 350")


def test_every_measure_of_nulls_alone_is_null_but_counts(spec: Specification) -> None:
    question = Query("visits", ("rows", "persons", "persons_mean", "persons_max", "minutes"))
    spec.answers(
        UNKNOWN,
        question,
        """
        rows | persons | persons_mean | persons_max | minutes
        2    | null    | null         | null        | null
        """,
    )


def test_a_sum_of_whole_numbers_is_exact_beyond_53_bits(spec: Specification) -> None:
    spec.answers(LARGE, Query("visits", ("persons",)), "persons\n9007199254740995")


def test_measures_stand_in_the_order_asked(spec: Specification) -> None:
    question = Query("visits", ("minutes", "rows", "persons"))
    spec.answers(VISITS, question, "minutes | rows | persons\n31.5 | 4 | 9")
