"""What cannot be asked.

A question that a dataset cannot answer is refused in words, never answered with something else.
"""

import datetime as dt

from cityboard.query import Field, Listing, Near, Period, Pixels, Query
from cityboard.selection import Box, Instants, Interval, Members
from tests.spec.specification import Specification
from tests.spec.tables import table

PLAIN = table("""
    id | kind | floor | is_open | persons
    a  | park | 1     | true    | 3
""")
DAYS = table("""
    id | day        | persons
    a  | 2026-03-01 | 3
""")
INSTANTS = table("""
    id | at               | persons
    a  | 2026-03-01 00:00 | 3
""")
MARCH = Interval(dt.date(2026, 3, 1), dt.date(2026, 4, 1))


def test_a_measure_that_is_not_there(spec: Specification) -> None:
    spec.refuses(PLAIN, Query("visits", ("minutes",)), "No measure 'minutes' in dataset visits")


def test_a_column_that_is_not_there(spec: Specification) -> None:
    question = Query("visits", ("rows",), (Field('kind" --'),))
    spec.refuses(PLAIN, question, "No column 'kind\" --' in dataset visits")
    question = Query("visits", ("rows",), (), (Members("colour", ("red",)),))
    spec.refuses(PLAIN, question, "No column 'colour'")
    spec.refuses(PLAIN, Listing("visits", ("colour",)), "No column 'colour'")
    spec.refuses(PLAIN, Listing("visits", order="colour"), "No column 'colour'")


def test_time_of_a_dataset_without_time(spec: Specification) -> None:
    for by in (Period("day"), Field("weekday")):
        spec.refuses(PLAIN, Query("visits", ("rows",), (by,)), "dataset visits has no time")
    spec.refuses(PLAIN, Query("visits", ("rows",), (), (MARCH,)), "dataset visits has no time")
    spec.refuses(PLAIN, Query("visits", ("days",)), "No measure 'days'")


def test_hours_of_a_dataset_of_days(spec: Specification) -> None:
    """Days have no hours: midnight would be a wrong answer."""
    for by in (Field("hour"), Period("hour")):
        spec.refuses(DAYS, Query("visits", ("rows",), (by,)), "dataset visits has no hours")


def test_instants_of_a_column_of_days(spec: Specification) -> None:
    until = Instants("day", dt.datetime(2026, 3, 1, 5, 5, tzinfo=dt.UTC))
    words = "instants of day were asked; it holds date, not timestamps"
    spec.refuses(DAYS, Query("visits", ("rows",), (), (until,)), words)


def test_areas_and_points_of_a_dataset_without_place(spec: Specification) -> None:
    for field in ("area", "district"):
        question = Query("visits", ("rows",), (Field(field),))
        spec.refuses(PLAIN, question, "dataset visits has no areas")
    box, whole = Box(126.0, 37.0, 127.0, 38.0), Pixels(126.0, 37.0, 127.0, 38.0, 2, 2)
    spec.refuses(PLAIN, Query("visits", ("rows",), (), (box,)), "dataset visits has no points")
    spec.refuses(PLAIN, Query("visits", ("rows",), (whole,)), "dataset visits has no points")
    near = Listing("visits", near=Near(126.5, 37.5, reach_m=100))
    spec.refuses(PLAIN, near, "dataset visits has no points")


def test_words_where_a_number_or_an_answer_is_needed(spec: Specification) -> None:
    question = Query("visits", ("rows",), (), (Members("floor", ("first",)),))
    spec.refuses(PLAIN, question, "floor='first' was asked; floor is a number")
    question = Query("visits", ("rows",), (), (Members("is_open", ("maybe",)),))
    spec.refuses(PLAIN, question, "is_open='maybe' was asked; is_open is true or false")


def test_nothing(spec: Specification) -> None:
    spec.refuses(PLAIN, Query("visits", ()), "nothing was asked of visits")


def test_two_columns_of_one_name(spec: Specification) -> None:
    twice = Query("visits", ("rows", "rows"))
    spec.refuses(PLAIN, twice, "two columns of the answer would be named rows")
    both = Query("visits", ("persons",), (Field("persons"),))
    spec.refuses(PLAIN, both, "two columns of the answer would be named persons")
    periods = Query("visits", ("rows",), (Period("year"), Period("month")))
    spec.refuses(DAYS, periods, "two columns of the answer would be named period")


def test_pages_without_rows_or_too_long(spec: Specification) -> None:
    for page in (Listing("visits", limit=0), Listing("visits", limit=1001)):
        spec.refuses(PLAIN, page, "1 to 1000 are given")
    spec.refuses(PLAIN, Listing("visits", offset=-1), "1 to 1000 are given")


def test_a_period_that_begins_before_the_calendar(spec: Specification) -> None:
    """On the first day of year 1 in Seoul it is still the year before in UTC."""
    ever = Interval(dt.date(1, 1, 1), dt.date(2026, 1, 1))
    question = Query("visits", ("rows",), (), (ever,))
    spec.refuses(INSTANTS, question, "leaves the calendar of years 1 to 9999")
