"""Opinion as a reader sees it: rising terms with their statistic, a keyword that filters."""

import re

import pytest
from playwright.sync_api import expect

from cityboard.catalog import Catalog
from cityboard.lake import Lake
from cityboard.opinion import mentions, rising_terms
from cityboard.store import Store
from tests.browsers import DESK, PHONE, TABLET, WALL, BoardPage
from tests.cleaning import SEOUL, seoul

TITLES = {
    "ko": [
        "많이 오른 핵심어",
        "달마다 낸 제안",
        "글에 나온 자치구",
        "채택된 제안",
        "여론조사",
        "민원 처리",
    ],
    "en": ["Rising keywords", "Proposals per month", "Districts that proposals name", "Polls"],
}


@pytest.fixture(scope="module")
def store(figures_home: object) -> Store:
    """Return the store behind the page."""
    return Store(seoul(), Lake(figures_home / "lake/seoul"))  # type: ignore[operator]


def test_three_terms_rose_from_2018_to_2019_with_their_statistic(
    board: BoardPage, store: Store
) -> None:
    board.open("opinion?lang=en")
    rows = board.page.locator(".rises tbody tr")
    expect(rows).to_have_count(8)
    told = rising_terms(store).rises[:3]
    for row, rise in zip(rows.all(), told, strict=False):
        cells = [cell.inner_text() for cell in row.locator("th, td").all()]
        assert cells[0] == rise.keyword
        assert cells[1].split() == [str(rise.before), f"{rise.before_pct:.1f}%"]
        assert cells[2].split() == [str(rise.after), f"{rise.after_pct:.1f}%"]
        assert cells[4] == f"{rise.z:+.1f}*"
        expect(row.locator("svg polyline.line")).to_have_count(1)
    head = board.page.locator(".rises thead").inner_text()
    assert "2018" in head
    assert "2019" in head


def test_a_keyword_is_chosen_by_a_press_and_let_go_by_another(
    board: BoardPage, store: Store
) -> None:
    board.open("opinion?lang=en")
    keyword = rising_terms(store).rises[0].keyword
    board.page.locator(".rises th a").first.click()
    board.page.wait_for_url("**/opinion?*keyword=*")
    board.settle()
    expect(board.page.get_by_text(f"Proposals naming {keyword}, per month")).to_be_visible()
    count = sum(mentions(store, keyword).proposals)
    expect(board.page.get_by_text(f"{count:,} proposals in all")).to_be_visible()
    expect(board.page.get_by_text("hold counts and no text")).to_be_visible()
    board.page.get_by_text("show all ×").click()
    board.settle()
    expect(board.page.get_by_text("Proposals per month")).to_be_visible()
    assert "keyword" not in board.page.url


def test_an_unknown_keyword_is_told_and_runs_nothing(board: BoardPage) -> None:
    board.open("opinion?lang=en&keyword=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    expect(board.page.locator("p.problem")).to_contain_text("There is no keyword")
    expect(board.page.locator(".rises tbody tr")).to_have_count(8)


def test_the_map_tells_how_few_proposals_name_a_district(board: BoardPage) -> None:
    board.open("opinion?lang=en")
    told = board.page.get_by_text(re.compile(r"Only 445 of 4,892 proposals \(9\.1%\) name one"))
    expect(told.first).to_be_visible()


def test_what_is_simulated_says_so_in_its_card(board: BoardPage) -> None:
    board.open("opinion?lang=en")
    for place in ("polls", "funnel"):
        card = board.page.locator(f"section.{place}")
        expect(card.get_by_text("SIMULATED").first).to_be_visible()
    expect(board.page.locator("section.media").get_by_text("names no address")).to_be_visible()


@pytest.mark.parametrize(
    "size", [DESK, WALL, TABLET, PHONE], ids=["desk", "wall", "tablet", "phone"]
)
@pytest.mark.parametrize("language", list(TITLES))
def test_every_card_stands_on_every_screen(
    board: BoardPage, language: str, size: tuple[int, int]
) -> None:
    board.open(f"opinion?lang={language}", size)
    for title in TITLES[language]:
        expect(board.page.get_by_text(title).first).to_be_visible()
    width = "document.documentElement.scrollWidth - window.innerWidth"
    assert board.page.evaluate(width) <= 0
    assert Catalog(SEOUL).board("opinion").menu == "opinion"
