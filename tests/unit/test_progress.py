"""Progress to a target: the published method, computed by hand and a second time."""

import ast
import datetime as dt
import math
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityboard.progress import CATEGORIES, Progress, annual, progress
from cityboard.store import Answer
from tests.courses import observed

TODAY = dt.date(2020, 6, 1)
POSITIVE = st.floats(0.01, 1e9, allow_nan=False)


def told(answer: Answer, values: list[float | None], **changes: Any) -> Progress:
    """Return the progress of years from 2015 on."""
    return progress(observed(answer, values, **changes), today=TODAY)


def test_a_year_is_the_sum_mean_or_last_of_its_months(answer: Answer) -> None:
    months = [*range(1, 13), *range(101, 113)]
    for way, years in {"sum": (78, 1278), "mean": (6.5, 106.5), "last": (12, 112)}.items():
        seen = observed(answer, months, frequency="M", annual=way)
        assert annual(seen) == ((2015, years[0]), (2016, years[1]))


@pytest.mark.parametrize(("frequency", "count"), [("M", 12), ("Q", 4), ("A", 1), ("D", 365)])
def test_a_year_under_way_is_not_yet_a_year(answer: Answer, frequency: str, count: int) -> None:
    whole = observed(answer, [1.0] * count, frequency=frequency, annual="sum")
    assert annual(whole) == ((2015, float(count)),)
    short = observed(answer, [1.0] * (2 * count - 1), frequency=frequency, annual="sum")
    assert len(annual(short)) == 1
    if count > 1:
        assert annual(observed(answer, [1.0] * (count - 1), frequency=frequency)) == ()


def test_a_leap_year_has_a_day_more(answer: Answer) -> None:
    days = observed(answer, [1.0] * 365, frequency="D", first="2016-01-01", annual="sum")
    assert annual(days) == ()


def test_a_year_with_a_missing_month_is_told_only_by_its_last(answer: Answer) -> None:
    months: list[float | None] = [None if n == 5 else float(n) for n in range(12)]
    assert annual(observed(answer, months, frequency="M", annual="mean")) == ()
    assert annual(observed(answer, months, frequency="M", annual="last")) == ((2015, 11.0),)


def test_ten_per_cent_a_year_of_ten_needed_is_on_track(answer: Answer) -> None:
    """100 to 121 in two years is 10 % a year, and so is 100 to 146.41 in four."""
    seen = told(answer, [100, 90, 121], target=(146.41, 2019))
    assert (seen.base, seen.current, seen.category) == ((2015, 100), (2017, 121), "on_track")
    assert (seen.growth, seen.needed) == (pytest.approx(0.1), pytest.approx(0.1))
    assert seen.ratio == pytest.approx(1)
    assert [step.formula for step in seen.steps] == [
        "(121 ÷ 100)^(1 ÷ (2017 − 2015)) − 1 = 10.00%",
        "(146.41 ÷ 100)^(1 ÷ (2019 − 2015)) − 1 = 10.00%",
        "1 × 10.00% ÷ |10.00%| = 100.00%",
        "100.00% ≥ 95.00%",
    ]


@pytest.mark.parametrize(
    ("rate", "category"),
    [
        (0.0951, "on_track"),
        (0.0949, "acceleration"),
        (0.0601, "acceleration"),
        (0.0599, "limited"),
        (0.0, "limited"),
        (-0.001, "deteriorating"),
    ],
)
def test_thresholds_are_shares_of_the_growth_needed(
    answer: Answer, rate: float, category: str
) -> None:
    assert told(answer, [100, 100 * (1 + rate)], target=(121, 2017)).category == category


@pytest.mark.parametrize(
    ("rate", "category"),
    [
        (0.0151, "on_track"),
        (0.0149, "acceleration"),
        (0.0051, "acceleration"),
        (0.0049, "limited"),
        (-0.0001, "deteriorating"),
    ],
)
@pytest.mark.parametrize("direction", ["up", "down"])
def test_without_a_target_rates_are_fixed(
    answer: Answer, direction: str, rate: float, category: str
) -> None:
    sense = 1 if direction == "up" else -1
    seen = told(answer, [1000, 1000 * (1 + sense * rate)], direction=direction)
    assert seen.category == category
    assert seen.ratio is None


def test_near_a_limit_less_growth_is_enough(answer: Answer) -> None:
    """At 96 of 100 the thresholds shrink to 1 - 0.96^4.44 = 0.1658 of themselves."""
    assert told(answer, [96, 96.3], direction="up").category == "limited"
    seen = told(answer, [96, 96.3], direction="up", limits=(0, 100))
    assert seen.category == "on_track"
    assert seen.steps[1].formula == "1 − (96 ÷ 100)^4.44 = 0.1657729"
    assert told(answer, [100, 100], direction="up", limits=(0, 100)).category == "on_track"
    assert told(answer, [50, 50.2], direction="down", limits=(0, 100)).category == "deteriorating"


def test_less_is_progress_where_less_is_wanted(answer: Answer) -> None:
    assert told(answer, [25, 22.5], direction="down", target=(20.25, 2017)).category == "on_track"
    assert (
        told(answer, [25, 27], direction="down", target=(20.25, 2017)).category == "deteriorating"
    )


@pytest.mark.parametrize(("direction", "value"), [("up", 130), ("down", 70)])
def test_a_target_passed_early_is_achieved(answer: Answer, direction: str, value: float) -> None:
    seen = told(answer, [100, value], direction=direction, target=(value, 2030))
    assert seen.category == "achieved"
    assert told(answer, [value], direction=direction, target=(value, 2030)).category == "achieved"


@pytest.mark.parametrize(("value", "category"), [(120.0, "achieved"), (119.9, "missed")])
def test_a_date_that_has_passed_is_judged_by_the_value_of_its_year(
    answer: Answer, value: float, category: str
) -> None:
    seen = told(answer, [100, value, 110 if category == "achieved" else 200], target=(120, 2016))
    assert seen.category == category
    assert "2016" in seen.notes[-1].en


def test_a_date_that_has_passed_without_its_value_is_said(answer: Answer) -> None:
    seen = told(answer, [100, 101], target=(130, 2019))
    assert seen.category == "limited"
    assert "2019" in seen.notes[-1].ko
    before = progress(observed(answer, [100, 101], target=(130, 2019)), today=dt.date(2018, 1, 1))
    assert before.notes == ()


def test_a_missing_base_year_is_replaced_by_the_next_and_said(answer: Answer) -> None:
    seen = told(answer, [100, None, 110, 121], base_year=2016)
    assert (seen.base, seen.growth) == ((2017, 110), pytest.approx(0.1))
    assert "2017" in seen.notes[0].en


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ([], {}),
        ([100.0], {}),
        ([100.0, 120.0], {"direction": "neither"}),
        ([100.0, 120.0], {"base_year": 2016}),
        ([100.0, 120.0], {"base_year": 2030}),
        ([-1.0, 1.0], {}),
        ([1.0, 2.0], {"direction": "down", "target": (-1.0, 2030)}),
    ],
)
def test_what_cannot_be_told_says_why(
    answer: Answer, values: list[float | None], changes: dict[str, Any]
) -> None:
    seen = told(answer, values, **changes)
    assert seen.category == "unknown"
    assert seen.reason


def test_of_negative_values_less_below_zero_is_growth_upwards(answer: Answer) -> None:
    assert told(answer, [-100, -90], direction="up").category == "on_track"
    assert told(answer, [-100, -110], direction="up").category == "deteriorating"
    assert told(answer, [-100, -90], direction="up", target=(-81, 2017)).ratio == pytest.approx(1)


def test_a_zero_is_replaced_as_the_method_does_and_said(answer: Answer) -> None:
    seen = told(answer, [10, 9], direction="down", target=(0, 2030))
    assert seen.needed == pytest.approx((0.001 / 10) ** (1 / 15) - 1)
    assert any("0.001" in note.ko for note in seen.notes)
    assert told(answer, [0, 0], direction="up").category == "limited"
    assert told(answer, [0, 5], direction="up").category == "on_track"


def test_a_value_in_its_band_is_where_it_should_be(answer: Answer) -> None:
    assert told(answer, [5, 2.0], direction="band", band=(1, 3)).category == "achieved"


@pytest.mark.parametrize("values", [(6.0, 5.0), (-2.0, -1.0)])
def test_below_a_band_is_as_bad_as_above_it(answer: Answer, values: tuple[float, float]) -> None:
    """3 outside the band [1, 3] counts 6, and 2 outside it 5."""
    seen = told(answer, list(values), direction="band", band=(1, 3))
    assert seen.growth == pytest.approx(5 / 6 - 1)
    assert seen.category == "on_track"
    back = told(answer, [*values[::-1]], direction="band", band=(1, 3))
    assert back.category == "deteriorating"


def again(values: list[float], direction: str, target: tuple[float, int] | None) -> str:
    """Return the category as the method's text has it, by logarithms and a chain of questions."""
    sense = {"up": 1, "down": -1}[direction]
    years = len(values) - 1
    made = math.expm1(math.log(values[-1] / values[0]) / years)
    names = ["on_track", "acceleration", "limited", "deteriorating"]
    if target is None:
        measured, thresholds = sense * made, (0.015, 0.005, 0.0, -math.inf)
    else:
        if sense * (values[-1] - target[0]) >= 0:
            return "achieved"
        needed = math.expm1(math.log(target[0] / values[0]) / (target[1] - 2015))
        measured = sense * made / abs(needed) if needed else sense * math.inf * made
        thresholds = (0.95, 0.6, 0.0, -math.inf)
    near = any(math.isclose(measured, t, rel_tol=1e-6, abs_tol=1e-9) for t in thresholds[:3])
    return "" if near else names[next(n for n, t in enumerate(thresholds) if measured >= t)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(POSITIVE, min_size=2, max_size=5),
    direction=st.sampled_from(["up", "down"]),
    target=st.none() | POSITIVE,
)
def test_the_method_computed_a_second_time_agrees(
    answer: Answer, values: list[float], direction: str, target: float | None
) -> None:
    goal = None if target is None else (target, 2030)
    seen = told(answer, [*values], direction=direction, target=goal)
    assert again(values, direction, goal) in {seen.category, ""}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.floats(1, 1e6), min_size=2, max_size=5), target=st.floats(1, 1e6))
def test_every_formula_of_the_working_is_true(
    answer: Answer, values: list[float], target: float
) -> None:
    seen = told(answer, [*values], target=(target, 2030))
    for step in seen.steps[:2] if seen.ratio is not None else []:
        left, _, right = step.formula.partition(" = ")
        written = value_of(right.removesuffix("%")) / 100
        assert value_of(left) == pytest.approx(written, abs=6e-5, rel=1e-6)


def value_of(formula: str) -> float:
    """Return the value of a formula of the working: numbers, + - × ÷ ^ and brackets."""
    signs = {"÷": "/", "×": "*", "−": "-", "^": "**", ",": ""}
    python = "".join(signs.get(letter, letter) for letter in formula)
    assert re.fullmatch(r"[\d.e+\-*/() ]+", python), formula
    return float(eval(compile(ast.parse(python, mode="eval"), "formula", "eval")))


def test_every_category_has_words_in_both_languages_and_a_shape_of_its_own() -> None:
    shapes = [shape for shape, _ in CATEGORIES.values()]
    assert len(set(shapes)) == len(shapes)


def test_a_server_starts_without_the_libraries_of_statistics() -> None:
    program = (
        "import sys, cityboard.progress, cityboard.gaps\n"
        "print(*({'statsmodels', 'capstat_core'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
