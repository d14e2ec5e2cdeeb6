"""Korean and English, dark and light: no word of the other language, and the state is kept."""

import re

import pytest

from tests.browsers import BoardPage

HANGUL = re.compile(r"[가-힣]")
LATIN = re.compile(r"[A-Za-z]{2,}")
STATE = "area=11680&time=2022-01-01..2023-01-01"
PATHS = pytest.mark.parametrize(
    "path",
    [f"mayor?{STATE}&", f"explore?dataset=bike_rentals_daily&{STATE}&", "explore?dataset=crime&"],
    ids=["mayor", "bikes", "crime"],
)
# A Korean screen writes these in Latin letters too: names, units, abbreviations.
KOREAN_LATIN = {"English", "PM", "CCTV", "KOSIS"}


def switch(board: BoardPage, name: str) -> None:
    """Press a switch of the header and wait for the page it leads to."""
    with board.page.expect_navigation():
        board.page.locator(f"[data-set={name}]").click()
    board.settle()


@PATHS
def test_an_english_screen_holds_no_korean(board: BoardPage, path: str) -> None:
    board.open(f"{path}lang=en")
    assert board.page.locator("html").get_attribute("lang") == "en"
    assert [word for word in board.words() if HANGUL.search(word)] == ["한국어"]


@PATHS
def test_a_korean_screen_holds_no_english(board: BoardPage, path: str) -> None:
    board.open(f"{path}lang=ko")
    assert board.page.locator("html").get_attribute("lang") == "ko"
    found = {found for word in board.words() for found in LATIN.findall(word)}
    assert found <= KOREAN_LATIN


def test_switching_the_language_keeps_the_state(board: BoardPage) -> None:
    board.open(f"mayor?lang=ko&theme=light&indicator=pm25&{STATE}")
    before = board.parameters()
    assert "강남구" in board.text("header")
    switch(board, "lang")
    assert board.parameters() == {**before, "lang": "en"}
    assert "Gangnam-gu" in board.text("header")
    switch(board, "lang")
    assert board.parameters() == before
    assert "강남구" in board.text("header")


def test_switching_the_colours_keeps_the_state(board: BoardPage) -> None:
    board.open(f"explore?lang=en&theme=dark&dataset=bike_rentals_daily&{STATE}")
    before = board.parameters()
    dark = board.page.evaluate("getComputedStyle(document.body).backgroundColor")
    switch(board, "theme")
    assert board.parameters() == {**before, "theme": "light"}
    assert board.page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    assert board.page.evaluate("board.figure('.map').background_fill_color") == "#ffffff"
    assert "Gangnam-gu" in board.text(".crumbs")


def test_a_browser_in_english_is_answered_in_english(board: BoardPage) -> None:
    board.page.set_extra_http_headers({"Accept-Language": "en-GB,en;q=0.8"})
    board.open("mayor")
    assert board.page.locator("html").get_attribute("lang") == "en"
    board.page.set_extra_http_headers({"Accept-Language": "ko-KR,ko;q=0.8"})
    board.open("mayor")
    assert board.page.locator("html").get_attribute("lang") == "ko"


def test_choosing_another_dataset_keeps_the_language_and_drops_the_selection(
    board: BoardPage,
) -> None:
    board.open(f"explore?lang=en&theme=light&dataset=bike_rentals_daily&{STATE}")
    with board.page.expect_navigation():
        board.page.locator("#dataset").select_option("crime")
    board.settle()
    found = board.parameters()
    assert (found["lang"], found["theme"], found["dataset"]) == ("en", "light", "crime")
    assert "area" not in found
