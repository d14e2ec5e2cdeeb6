"""Points on a map.

`x` counts pixels from the west, `y` from the south, both from 0. A pixel holds its west and its
south side, and neither its east nor its north side: so maps and boxes side by side hold every point
once. Points outside the map do not count.
"""

from cityboard.query import Field, Pixels, Query
from cityboard.selection import Box, Members
from tests.spec.specification import Specification
from tests.spec.tables import table

POINTS = table("""
    id | lon   | lat  | kind   | persons
    a  | 126.0 | 37.0 | park   | 1
    b  | 126.5 | 37.0 | park   | 2
    c  | 127.0 | 38.0 | museum | 4
    d  | 126.2 | 37.6 | museum | 8
    e  | 126.2 | 37.7 | museum | null
    f  | 127.1 | 37.5 | park   | 32
    g  | null  | 37.5 | park   | 64
    h  | 126.5 | null | park   | 128
""")
MAP = Pixels(126.0, 37.0, 127.0, 38.0, 2, 2)


def test_points_are_counted_per_pixel(spec: Specification) -> None:
    spec.answers(
        POINTS,
        Query("visits", ("rows", "persons"), (MAP,)),
        """
        x | y | rows | persons
        0 | 0 | 1    | 1
        0 | 1 | 2    | 8
        1 | 0 | 1    | 2
        """,
    )


def test_a_map_of_one_pixel_holds_its_west_and_south_side(spec: Specification) -> None:
    spec.answers(
        POINTS,
        Query("visits", ("rows",), (Pixels(126.0, 37.0, 127.0, 38.0, 1, 1),)),
        "x | y | rows\n0 | 0 | 4",
    )


def test_pixels_may_be_of_any_size(spec: Specification) -> None:
    spec.answers(
        POINTS,
        Query("visits", ("rows",), (Pixels(126.1, 37.0, 127.3, 37.65, 3, 1),)),
        "x | y | rows\n0 | 0 | 1\n1 | 0 | 1\n2 | 0 | 1",
    )


def test_a_map_is_drawn_of_the_rows_that_meet_the_clauses(spec: Specification) -> None:
    museums = Members("kind", ("museum",))
    spec.answers(
        POINTS,
        Query("visits", ("persons",), (MAP,), (museums,)),
        """
        x | y | persons
        0 | 1 | 8
        """,
    )


def test_a_map_may_be_divided_by_a_field(spec: Specification) -> None:
    spec.answers(
        POINTS,
        Query("visits", ("persons",), (Field("kind"), MAP)),
        """
        kind   | x | y | persons
        museum | 0 | 1 | 8
        park   | 0 | 0 | 1
        park   | 1 | 0 | 2
        """,
    )


def test_a_box_includes_its_west_and_south_side(spec: Specification) -> None:
    box = Box(126.2, 37.0, 127.0, 37.7)
    spec.answers(
        POINTS,
        Query("visits", ("persons",), (Field("id"),), (box,)),
        """
        id | persons
        b  | 2
        d  | 8
        """,
    )


def test_a_box_of_whole_cells_is_charted(spec: Specification) -> None:
    box = Box(126.0, 37.0, 126.5, 38.0)
    spec.answers(
        POINTS,
        Query("visits", ("rows", "persons"), (Field("kind"),), (box,)),
        """
        kind   | rows | persons
        museum | 2    | 8
        park   | 1    | 1
        """,
    )


def test_points_without_both_coordinates_are_in_no_box(spec: Specification) -> None:
    box = Box(-180.0, -90.0, 180.0, 90.0)
    spec.answers(POINTS, Query("visits", ("rows",), (), (box,)), "rows\n6")
