"""Bad addresses: a clear message, and a page that works as if the bad part were not there."""

import pytest

from tests.browsers import BoardPage
from tests.recounts import Recounts

BAD = {
    "mayor?lang=en&area=99999": "There is no area '99999'",
    "mayor?lang=en&area=<script>alert(1)</script>": "There is no area '<script>alert(1)</script>'",
    "mayor?lang=en&time=x": "time='x'",
    "mayor?lang=en&indicator=nope": "There is no indicator 'nope'",
    "explore?lang=en&area=99999": "There is no area '99999'",
    "explore?lang=en&time=2022-02-30..2022-03-01": "time='2022-02-30..2022-03-01'",
    "explore?lang=en&time=2023-01-01..2022-01-01": "its end must be after its start",
    "explore?lang=en&hour=99": "whole numbers from 0 to 23",
    "explore?lang=en&place=1,2,3": "place='1,2,3'",
    "explore?lang=en&dataset=nope": "No dataset 'nope' in city seoul",
    "explore?lang=en&dataset=<img src=x>": "No dataset '<img src=x>'",
    "explore?lang=en&measure=nope": "There is no measure 'nope'",
}


@pytest.mark.parametrize("path", BAD)
def test_a_bad_address_is_told_and_the_page_works(board: BoardPage, path: str) -> None:
    board.open(path)
    alert = board.page.locator("p.problem").inner_text()
    assert alert.startswith("Part of the address could not be read and is left out. ")
    assert BAD[path] in alert
    if path.startswith("mayor"):
        assert "Whole city" in board.text("header")
        assert "19.5" in board.text("[data-indicator=pm25]")
    else:
        assert "Nothing selected · 572,103,410 boardings" in board.text(".crumbs")
        assert len(board.columns(".card-ranking", "key")["key"]) == 25


def test_a_bad_address_is_told_in_korean_too(board: BoardPage) -> None:
    board.open("mayor?lang=ko&time=x")
    assert board.page.locator("p.problem").inner_text().startswith("주소의 일부를 읽을 수 없어")


def test_a_good_address_tells_of_no_problem(board: BoardPage) -> None:
    board.open("explore?lang=en&dataset=crime&area=11680")
    assert board.page.locator("p.problem").count() == 0


def test_a_period_without_data_is_said_in_words(board: BoardPage, recounts: Recounts) -> None:
    board.open("explore?lang=en&time=2050-01-01..2051-01-01")
    for cell in (".map", ".card-ranking", ".card-heatmap", ".table"):
        assert "No data for this selection" in board.text(cell)
    board.page.get_by_role("button", name="2050 ×").click()
    total = recounts.one("SELECT sum(boardings) FROM bus_boardings")
    board.until(lambda: board.text(".crumbs"), lambda text: f"{total:,} boardings" in text)
    board.until(lambda: board.text(".map"), lambda text: "No data" not in text)


def test_an_unknown_language_or_colour_falls_back(board: BoardPage) -> None:
    board.open("mayor?lang=xx&theme=zz")
    assert board.page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("path", ["", "mayor"])
def test_the_server_leads_to_the_first_screen(board: BoardPage, path: str) -> None:
    board.open(path)
    assert board.page.url == f"{board.address}mayor"
