"""Topic pages as a reader sees them: at every size, from the menu, and linked."""

import pytest
from playwright.sync_api import expect

from tests.browsers import DESK, PHONE, TABLET, WALL, BoardPage
from tests.cleaning import seoul
from tests.recounts import Recounts

TOPICS = sorted(board.id for board in seoul().boards.values() if board.layout == "topic")


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("size", [WALL, DESK, TABLET, PHONE])
def test_a_topic_fits_its_screen_and_shows_its_map(
    board: BoardPage, topic: str, size: tuple[int, int]
) -> None:
    board.open(f"{topic}?lang=en", size)
    expect(board.page.locator("h1")).to_have_text(seoul().board(topic).title.en)
    expect(board.page.locator(".map canvas").first).to_be_visible()
    assert board.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_district_tapped_in_one_chart_changes_the_others(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open("water?lang=en&area=11680")
    plants = recounts.pairs(
        "SELECT plant_code, avg(turbidity_ntu) FROM tap_water_daily"
        " WHERE district_code = '11680' GROUP BY 1"
    )
    board.shows(lambda: board.pairs(".card-by_plant_code", "key"), plants)


def test_the_header_leads_from_one_dataset_of_a_topic_to_another(board: BoardPage) -> None:
    board.open("safety?lang=en")
    options = board.page.locator("#dataset option")
    entry = seoul().board("safety")
    assert options.count() == 1 + len(entry.datasets)
    board.page.locator("#dataset").select_option("crime")
    board.page.wait_for_url("**/safety?*dataset=crime*")
    board.settle()
    expect(board.page.locator(".card-by_crime_type")).to_be_visible()


def test_a_tile_opens_the_page_of_its_indicator(board: BoardPage) -> None:
    board.open("air?lang=ko")
    board.page.locator("a[data-indicator=pm25]").click()
    board.page.wait_for_url("**/indicator?indicator=pm25*")
