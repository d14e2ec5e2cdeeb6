"""Search: sixty questions as people type them, with typos, initials and other names."""

from pathlib import Path

import pytest

from cityboard.search import SearchIndex, apart, index, initials, plain
from cityboard.store import open_store
from tests.conftest import REPOSITORY

# what is typed → what is meant: kind/id
KOREAN = {
    "미세먼지": "indicator/pm25",
    "ㅁㅅㅁㅈ": "indicator/pm25",
    "ㅊㅁㅅㅁㅈ": "indicator/pm25",
    "미세먼쥐": "indicator/pm25",
    "초 미 세 먼 지": "indicator/pm25",
    "따릉이": "indicator/bike_rentals_per_day",
    "ㄸㄹㅇ": "indicator/bike_rentals_per_day",
    "따릉히": "indicator/bike_rentals_per_day",
    "집값": "indicator/apartment_price_per_m2",
    "범죄": "indicator/crimes_reported",
    "씨씨티비": "indicator/cctv_cameras",
    "고용률": "indicator/employment_rate",
    "여성 고용률": "indicator/womens_employment_rate",
    "ㅇㅅㄱㅇㄹ": "indicator/womens_employment_rate",
    "청년고용": "indicator/youth_employment_rate",
    "실업율": "indicator/unemployment_rate",
    "태양광": "indicator/mini_pv_households",
    "에코마일리지": "indicator/ecomileage_members",
    "ㅇㅋㅁㅇㄹㅈ": "indicator/ecomileage_members",
    "공공임대주텍": "indicator/public_rental_housing",
    "물가": "indicator/consumer_price_change",
    "자살": "indicator/suicide_rate",
    "강남구": "area/11680",
    "ㄱㄴㄱ": "area/11680",
    "강남귀": "area/11680",
    "노원": "area/11350",
    "예산 집행": "board/budget",
    "도시재생실": "organisation/regeneration",
    "위드유": "task/with_u_center",
    "주민등록 인구": "indicator/registered_population",
}
ENGLISH = {
    "fine dust": "indicator/pm25",
    "fien dust": "indicator/pm25",
    "pm2.5": "indicator/pm25",
    "pm25": "indicator/pm25",
    "bike": "indicator/bike_rentals_per_day",
    "bicylce": "indicator/bike_rentals_per_day",
    "ttareungi": "indicator/bike_rentals_per_day",
    "house price": "indicator/apartment_price_per_m2",
    "crime": "indicator/crimes_reported",
    "cctv": "indicator/cctv_cameras",
    "employment rate": "indicator/employment_rate",
    "women's employment": "indicator/womens_employment_rate",
    "womens emploiment": "indicator/womens_employment_rate",
    "youth employment": "indicator/youth_employment_rate",
    "unemployment": "indicator/unemployment_rate",
    "unemploymnet": "indicator/unemployment_rate",
    "solar": "indicator/mini_pv_households",
    "ecomileage": "indicator/ecomileage_members",
    "rental housing": "indicator/public_rental_housing",
    "inflation": "indicator/consumer_price_change",
    "suicide": "indicator/suicide_rate",
    "Gangnam": "area/11680",
    "gangnam-gu": "area/11680",
    "gangnma": "area/11680",
    "NOWON": "area/11350",
    "budget": "board/budget",
    "regeneration office": "organisation/regeneration",
    "hospital": "dataset/hospitals",
    "pay gap": "indicator/gender_pay_gap",
    "population by age": "dataset/population",
}
HOSTILE = ["", "   ", "(((", "[a-z", ".*", "\\", "%", "'; DROP TABLE", "<script>alert(1)</script>",
           "\x00", "가" * 10_000, "ㅁ" * 10_000, "\ud7a3" * 5, "🚲"]  # fmt: skip


@pytest.fixture(scope="module")
def found(figures_home: Path) -> SearchIndex:
    """Return the index of Seoul."""
    return index(open_store(REPOSITORY / "catalogs/seoul", figures_home))


def first(found: SearchIndex, words: str, count: int = 3) -> list[str]:
    """Return kind/id of the first entries."""
    return [f"{each.kind}/{each.id}" for each in found.find(words)[:count]]


def test_of_sixty_questions_nearly_all_are_answered_in_the_top_three(found: SearchIndex) -> None:
    asked = {**KOREAN, **ENGLISH}
    assert len(asked) == 60
    wrong = {
        words: first(found, words) for words, e in asked.items() if e not in first(found, words)
    }
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize("words", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_anything_may_be_typed(found: SearchIndex, words: str) -> None:
    assert len(found.find(words)) <= 8


def test_nothing_is_found_for_what_nothing_is_like(found: SearchIndex) -> None:
    assert found.find("zzzzqqqqxxxx") == []


def test_initials_are_those_of_the_keyboard() -> None:
    assert initials(plain("미세먼지 PM2.5")) == "ㅁㅅㅁㅈpm25"
    assert plain("ㅁㅅㅁㅈ") == "ㅁㅅㅁㅈ"
    assert len(apart("한")) == 3


def test_a_neighbourhood_opens_where_neighbourhoods_are_told_apart(found: SearchIndex) -> None:
    address = found.find("청운효자동")[0].address
    assert address.startswith("explore?dataset=living_population_neighbourhood_hourly&area=11110")
