"""Numbers, dates and clauses as the screen says them, in both languages."""

import datetime as dt
import math
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityboard.catalog import Catalog, Grain, Language
from cityboard.selection import Box, Interval, Members
from cityboard.words import (
    age_words,
    area_words,
    check_words,
    clause_words,
    exact_words,
    interval_words,
    number_words,
    period_words,
    unit_words,
    value_words,
    weekday_words,
)
from data_sources.draft import checks_of
from tests.conftest import REPOSITORY

# value: in Korean, in English
NUMBERS = {
    0: ("0", "0"),
    -0.4: ("0", "0"),
    7: ("7", "7"),
    9_999: ("9,999", "9,999"),
    9_999.7: ("1.00만", "10.0K"),
    10_000: ("1.00만", "10.0K"),
    -12_345: ("-1.23만", "-12.3K"),
    99_999: ("10.0만", "100K"),
    999_499: ("99.9만", "999K"),
    999_500: ("100만", "1.00M"),
    9_411_000: ("941만", "9.41M"),
    85_850_000: ("8,585만", "85.8M"),
    99_994_999: ("9,999만", "100M"),
    99_995_001: ("1.00억", "100M"),
    1_234_567_890: ("12.3억", "1.23B"),
    123_456_789_012: ("1,235억", "123B"),
    1e12: ("1.00조", "1.00T"),
    4.5e16: ("45,000조", "45,000T"),
    math.nan: ("–", "–"),
    math.inf: ("–", "–"),
    None: ("–", "–"),
}


@pytest.mark.parametrize("value", NUMBERS)
def test_large_numbers_are_shortened_to_three_digits(value: float | None) -> None:
    assert (number_words(value, "ko"), number_words(value, "en")) == NUMBERS[value]


def test_small_numbers_keep_the_decimals_asked_for() -> None:
    assert number_words(12.345, "en", decimals=1) == "12.3"
    assert number_words(9999.96, "en", decimals=1) == "10.0K"
    assert exact_words(1234567.89, decimals=2) == "1,234,567.89"


def test_a_number_in_full_has_no_minus_before_zero() -> None:
    assert exact_words(-0.2) == "0"
    assert exact_words(math.nan) == exact_words(None) == "–"


SCALES: dict[Language, dict[str, float]] = {
    "ko": {"조": 1e12, "억": 1e8, "만": 1e4},
    "en": {"T": 1e12, "B": 1e9, "M": 1e6, "K": 1e3},
}


@given(st.floats(-1e15, 1e15), st.sampled_from(["ko", "en"]))
def test_a_shortened_number_is_within_half_a_per_cent(value: float, language: Language) -> None:
    words = number_words(value, language, decimals=3)
    scale = SCALES[language].get(words[-1], 1)
    number = float(words.rstrip("조억만TBMK").replace(",", ""))
    assert number * scale == pytest.approx(value, rel=0.005, abs=0.001)


@given(st.floats(1, 1e15), st.floats(1, 1e15), st.sampled_from(["ko", "en"]))
def test_a_larger_number_never_reads_smaller(one: float, other: float, language: Language) -> None:
    def read(value: float) -> float:
        words = number_words(value, language)
        scale = SCALES[language].get(words[-1], 1)
        return float(words.rstrip("조억만TBMK").replace(",", "")) * scale

    low, high = sorted((one, other))
    assert read(low) <= read(high)


def test_a_plain_count_has_no_unit() -> None:
    assert unit_words("1", "ko") == unit_words("1", "en") == ""
    assert (unit_words("persons", "ko"), unit_words("persons", "en")) == ("명", "persons")


@pytest.mark.parametrize(
    ("grain", "korean", "english"),
    [
        ("day", "2026년 3월 1일", "1 Mar 2026"),
        ("month", "2026년 3월", "Mar 2026"),
        ("year", "2026년", "2026"),
    ],
)
def test_periods_are_named_by_their_grain(grain: Grain, korean: str, english: str) -> None:
    day = dt.date(2026, 3, 1)
    assert (period_words(day, grain, "ko"), period_words(day, grain, "en")) == (korean, english)


@pytest.mark.parametrize(
    ("low", "high", "korean", "english"),
    [
        ("2026-01-01", "2027-01-01", "2026년", "2026"),
        ("2025-01-01", "2027-01-01", "2025년 – 2026년", "2025 – 2026"),
        ("2026-03-01", "2026-04-01", "2026년 3월", "Mar 2026"),
        ("2024-02-01", "2024-03-01", "2024년 2월", "Feb 2024"),
        ("2025-12-01", "2026-02-01", "2025년 12월 – 2026년 1월", "Dec 2025 – Jan 2026"),
        ("2026-01-01", "2026-12-01", "2026년 1월 – 2026년 11월", "Jan 2026 – Nov 2026"),
        ("2026-03-01", "2026-03-02", "2026년 3월 1일", "1 Mar 2026"),
    ],
)
def test_whole_months_and_years_are_named_so(
    low: str, high: str, korean: str, english: str
) -> None:
    days = dt.date.fromisoformat(low), dt.date.fromisoformat(high)
    assert (interval_words(*days, "ko"), interval_words(*days, "en")) == (korean, english)


def test_a_day_short_of_a_month_is_said_by_its_days() -> None:
    low, high = dt.date(2024, 2, 1), dt.date(2024, 2, 29)
    assert interval_words(low, high, "ko") == "2024년 2월 1일 – 2024년 2월 28일"
    assert interval_words(low, high, "en") == "1 Feb 2024 – 28 Feb 2024"


def test_a_month_that_begins_a_day_late_is_said_by_its_days() -> None:
    low, high = dt.date(2026, 3, 2), dt.date(2026, 4, 1)
    assert interval_words(low, high, "ko") == "2026년 3월 2일 – 2026년 3월 31일"
    assert interval_words(low, high, "en") == "2 Mar 2026 – 31 Mar 2026"


def test_seven_weekdays_in_both_languages() -> None:
    assert "".join(weekday_words(day, "ko") for day in range(1, 8)) == "월화수목금토일"
    assert [weekday_words(day, "en") for day in (1, 7)] == ["Mon", "Sun"]


@pytest.fixture
def said(testburg: Catalog) -> Callable[..., tuple[str, str]]:
    """Return a function that says a clause in Korean and in English."""

    def say(clause: Interval | Members | Box, dataset: str = "visits") -> tuple[str, str]:
        entry = testburg.dataset(dataset)
        return (
            clause_words(clause, testburg, entry, "ko"),
            clause_words(clause, testburg, entry, "en"),
        )

    return say


@pytest.mark.parametrize(
    ("values", "korean", "english"),
    [
        ((7,), "7–8시", "07–08 h"),
        ((7, 8, 9), "7–10시", "07–10 h"),
        ((0, 1, 22, 23), "0–2시, 22–24시", "00–02 h, 22–24 h"),
        (tuple(range(24)), "0–24시", "00–24 h"),
    ],
)
def test_hours_in_a_row_are_said_as_one(
    said: Callable[..., tuple[str, str]], values: tuple[int, ...], korean: str, english: str
) -> None:
    assert said(Members("hour", values)) == (korean, english)


@pytest.mark.parametrize(
    ("values", "korean", "english"),
    [
        ((6,), "토", "Sat"),
        ((1, 2, 3, 4, 5), "월–금", "Mon–Fri"),
        ((1, 6, 7), "월, 토–일", "Mon, Sat–Sun"),
    ],
)
def test_weekdays_in_a_row_are_said_as_one(
    said: Callable[..., tuple[str, str]], values: tuple[int, ...], korean: str, english: str
) -> None:
    assert said(Members("weekday", values)) == (korean, english)


def test_codes_are_said_by_their_labels(said: Callable[..., tuple[str, str]]) -> None:
    assert said(Members("group_code", ("adult", "child"))) == ("성인, 어린이", "Adult, Child")


def test_a_code_without_a_label_is_said_as_it_is(said: Callable[..., tuple[str, str]]) -> None:
    assert said(Members("group_code", ("elder",))) == ("elder", "elder")


def test_a_box_is_said_to_be_on_the_map(said: Callable[..., tuple[str, str]]) -> None:
    assert said(Box(10.0, 50.0, 10.1, 50.1)) == ("지도에서 고른 곳", "box on the map")


def test_areas_are_named_and_many_are_counted(testburg: Catalog) -> None:
    codes = ["11001", "11002", "11003"]
    assert area_words(testburg, codes, "ko") == "서구, 중구, 동구"
    assert area_words(testburg, codes, "en") == "West, Middle, East"
    assert area_words(testburg, [*codes, "11004"], "ko") == "4개 지역"
    assert area_words(testburg, [*codes, "11004"], "en") == "4 areas"


@pytest.mark.parametrize("null", [None, math.nan, np.float64("nan"), pd.NA, pd.NaT])
def test_a_value_that_is_not_there_is_unknown(null: object) -> None:
    assert value_words(null, "kind", None, "ko") == "미상"
    assert value_words(null, "kind", None, "en") == "unknown"


@pytest.mark.parametrize("yes", [True, np.True_, "true", "True"])
def test_yes_and_no_are_said_so(yes: object) -> None:
    assert (value_words(yes, "is_open", None, "ko"), value_words(yes, "is_open", None, "en")) == (
        "예",
        "yes",
    )
    assert value_words(False, "is_open", None, "ko") == "아니오"


@pytest.mark.parametrize(
    ("days", "korean", "english"),
    [
        (-1, "오늘", "today"),
        (0, "오늘", "today"),
        (1, "1일 전", "1 day ago"),
        (59, "59일 전", "59 days ago"),
        (60, "2개월 전", "2 months ago"),
        (729, "24개월 전", "24 months ago"),
        (730, "2년 전", "2 years ago"),
    ],
)
def test_ages_are_said_in_the_largest_unit_that_fits_twice(
    days: int, korean: str, english: str
) -> None:
    assert (age_words(days, "ko"), age_words(days, "en")) == (korean, english)


def test_every_check_is_told_in_both_languages() -> None:
    datasets = Catalog(REPOSITORY / "catalogs/seoul").datasets.values()
    for check in {check for dataset in datasets for check in checks_of(dataset)}:
        assert check_words(check, "en") == check
        assert re.search("[가-힣]", check_words(check, "ko")), check
