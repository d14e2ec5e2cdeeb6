"""Desk, wall, tablet and phone: nothing overflows, everything can be pressed with a finger."""

import pytest
from playwright.sync_api import Locator

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
    beyond = board.page.locator("header *, main > *").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 100))"
    )
    assert not beyond


@pytest.mark.parametrize("path", ["mayor?lang=en", SELECTED], ids=["mayor", "explore"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_header_is_one_low_line_at_a_desk(board: BoardPage, path: str, language: str) -> None:
    board.open(path.replace("lang=en", f"lang={language}"))
    header = board.page.locator("header").bounding_box()
    assert header is not None
    assert header["height"] <= 56
    cut = board.page.locator("header a, header select").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().bottom > 56"
        " || e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML)"
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


def _edges(part: Locator) -> tuple[float, float]:
    """Return where a part of the page begins and ends, downwards (px)."""
    box = part.bounding_box()
    assert box is not None
    return box["y"], box["y"] + box["height"]
