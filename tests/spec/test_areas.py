"""Areas.

An area code also holds the areas that lie in it: a district (five digits) its neighbourhoods
(eight digits), the city (two digits) all of them.
"""

from cityboard.query import Field, Query
from cityboard.selection import Members
from tests.spec.specification import Specification
from tests.spec.tables import table

NEIGHBOURHOODS = table("""
    id | area     | persons
    a  | 11110515 | 1
    b  | 11110530 | 2
    c  | 11140520 | 4
    d  | 11110515 | 8
    e  | null     | 16
""")
DISTRICTS = table("""
    id | area  | persons
    a  | 11110 | 1
    b  | 11140 | 2
    c  | null  | 4
""")


def test_areas_as_the_rows_have_them(spec: Specification) -> None:
    spec.answers(
        NEIGHBOURHOODS,
        Query("visits", ("persons",), (Field("area"),)),
        """
        area     | persons
        11110515 | 9
        11110530 | 2
        11140520 | 4
        null     | 16
        """,
    )


def test_neighbourhoods_sum_up_to_districts(spec: Specification) -> None:
    spec.answers(
        NEIGHBOURHOODS,
        Query("visits", ("persons",), (Field("district"),)),
        """
        district | persons
        11110    | 11
        11140    | 4
        null     | 16
        """,
    )


def test_districts_are_their_own_districts(spec: Specification) -> None:
    spec.answers(
        DISTRICTS,
        Query("visits", ("persons",), (Field("district"),)),
        """
        district | persons
        11110    | 1
        11140    | 2
        null     | 4
        """,
    )


def test_a_district_holds_its_neighbourhoods(spec: Specification) -> None:
    jongno = Members("area", ("11110",))
    spec.answers(NEIGHBOURHOODS, Query("visits", ("persons",), (), (jongno,)), "persons\n11")


def test_the_city_holds_every_row_whose_area_is_known(spec: Specification) -> None:
    seoul = Members("area", ("11",))
    spec.answers(NEIGHBOURHOODS, Query("visits", ("persons",), (), (seoul,)), "persons\n15")


def test_areas_of_both_kinds_may_be_chosen_together(spec: Specification) -> None:
    chosen = Members("area", ("11110515", "11140"))
    spec.answers(NEIGHBOURHOODS, Query("visits", ("persons",), (), (chosen,)), "persons\n13")


def test_rows_that_know_only_their_district_lie_in_no_neighbourhood(spec: Specification) -> None:
    chosen = Members("area", ("11110515",))
    spec.answers(DISTRICTS, Query("visits", ("rows",), (), (chosen,)), "rows\n0")
