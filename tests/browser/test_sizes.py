"""Desk, wall, tablet and phone: nothing overflows, everything can be pressed with a finger."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browsers import DESK, PHONE, TABLET, WALL, BoardPage

PATHS = {
    "mayor": "mayor?lang=en",
    "points": "explore?lang=ko&dataset=bus_boardings",
    "areas": "explore?dataset=population",
    "status": "status?lang=en",
    "indicator": "indicator?lang=en&indicator=womens_employment_rate",
    "plan": "plan?lang=ko&vision=democratic",
    "budget": "budget?lang=en",
    "coverage": "coverage?lang=ko",
}
SELECTED = "explore?lang=en&dataset=bus_boardings&hour=7,8&area=11680"
LAPS = 11  # px that the button's reach for a finger laps over the figure's margin
PAGES = pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)


@PAGES
@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_no_page_overflows_sideways(board: BoardPage, path: str, size: tuple[int, int]) -> None:
    board.open(path, size)
    assert board.page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert not _beyond(board)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("size", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_every_menu_opens_within_the_screen(
    board: BoardPage, size: tuple[int, int], language: str
) -> None:
    board.open(f"mayor?lang={language}", size)
    menus = board.page.locator("header nav summary")
    assert menus.count() == 4
    for menu in menus.all():
        menu.click()
        expect(board.page.locator("nav details[open] a").first).to_be_visible()
        assert board.page.locator("nav details[open]").count() == 1
        assert not _beyond(board)
    board.page.keyboard.press("Escape")
    expect(board.page.locator("nav details[open]")).to_have_count(0)


@pytest.mark.parametrize("path", ["mayor?lang=en", SELECTED], ids=["mayor", "explore"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_header_is_one_low_line_at_a_desk(board: BoardPage, path: str, language: str) -> None:
    board.open(path.replace("lang=en", f"lang={language}"))
    header = board.page.locator("header").bounding_box()
    assert header is not None
    assert header["height"] <= 56
    cut = board.page.locator("header a, header summary, header select").evaluate_all(
        "all => all.filter(e => e.checkVisibility() && (e.getBoundingClientRect().bottom > 56"
        " || e.getBoundingClientRect().right > innerWidth)).map(e => e.outerHTML)"
    )
    assert not cut


@pytest.mark.parametrize("path", ["mayor?area=11680&time=2022-01-01..2023-01-01", SELECTED])
@pytest.mark.parametrize(("size", "least"), [(DESK, 44), (WALL, 88)], ids=["desk", "wall"])
def test_a_finger_can_press_everything_there_is_to_press(
    board: BoardPage, path: str, size: tuple[int, int], least: float
) -> None:
    board.open(path, size)
    targets = board.page.evaluate("() => board.targets()")
    assert len(targets) > 8
    assert not [
        (words, width, height)
        for words, width, height in targets
        if min(width, height) < least - 0.5
    ]


@pytest.mark.parametrize("path", ["mayor?lang=en", SELECTED], ids=["mayor", "explore"])
@pytest.mark.parametrize("size", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_a_table_that_is_opened_covers_neither_the_map_nor_its_source(
    board: BoardPage, path: str, size: tuple[int, int]
) -> None:
    board.open(path, size)
    card = board.page.locator(".map")
    card.get_by_role("button", name="▸").click()
    board.until(lambda: card.locator("tbody tr").count(), lambda rows: rows == 25)
    button = card.get_by_role("button", name="▾")
    board.until(
        lambda: (_edges(card.locator("canvas").first)[1], _edges(button)[0]),
        lambda both: both[0] <= both[1] + LAPS,
    )
    assert _edges(card.locator(".foot").last)[1] <= _edges(card)[1]
    assert _edges(card.locator(".scroll"))[1] <= _edges(card.locator(".foot").last)[0]


def _beyond(board: BoardPage) -> list[str]:
    """Return what is seen of the header and of the cells beyond the right side of the screen."""
    found: list[str] = board.page.locator("header *, main > *").evaluate_all(
        "all => all.filter(e => e.checkVisibility()"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 100))"
    )
    return found


def _edges(part: Locator) -> tuple[float, float]:
    """Return where a part of the page begins and ends, downwards (px)."""
    box = part.bounding_box()
    assert box is not None
    return box["y"], box["y"] + box["height"]
