"""The first screen: every tile, its number, period, class and source."""

import re

import pytest

from tests.browsers import DESK, WALL, BoardPage
from tests.cleaning import seoul
from tests.recounts import FIGURES, Recounts, is_written

TILE = ".tile[data-indicator]"
SIZES = pytest.mark.parametrize("size", [DESK, WALL], ids=["desk", "wall"])
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def shown(board: BoardPage) -> list[str]:
    """Return the indicators of the tiles, in order."""
    tiles = board.page.locator(TILE)
    found: list[str] = tiles.evaluate_all("all => all.map(tile => tile.dataset.indicator)")
    return found


@SIZES
def test_the_first_screen_stands_on_one_screen(board: BoardPage, size: tuple[int, int]) -> None:
    board.open("mayor", size)
    root = "document.documentElement"
    assert board.page.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == list(size)
    for tile in board.page.locator(TILE).all():
        box = tile.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= size[0] - box["width"]
        assert 0 <= box["y"] <= size[1] - box["height"]


@SIZES
def test_every_group_shows_its_tiles_and_no_other(board: BoardPage, size: tuple[int, int]) -> None:
    board.open("mayor", size)
    tiles = shown(board)
    groups = seoul().board("mayor").groups
    for group in groups:
        there = [name for name in tiles if name in group.indicators]
        assert len(there) == min(group.shown, len(group.indicators))
    assert len(tiles) == len(set(tiles)) == 12
    assert not set(tiles) - {name for group in groups for name in group.indicators}


@SIZES
def test_nothing_in_a_tile_is_cut_off(board: BoardPage, size: tuple[int, int]) -> None:
    board.open("mayor", size)
    for part in (".name", ".value", ".change"):
        cut = board.page.locator(f"{TILE} {part}").evaluate_all(
            "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
        )
        assert not cut, part


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_tile_tells_the_number_that_a_recount_gives(
    board: BoardPage, recounts: Recounts, language: str
) -> None:
    board.open(f"mayor?lang={language}")
    for name in shown(board):
        _, value = recounts.indicator(name)
        assert value is not None
        words = board.text(f"[data-indicator={name}] .value")
        assert is_written(value, words), (name, value, words)


def test_every_tile_tells_its_period_class_and_source(board: BoardPage, recounts: Recounts) -> None:
    board.open("mayor?lang=en")
    for name in shown(board):
        foot = board.page.locator(f"[data-indicator={name}] .foot").inner_text()
        class_words, period_words, source = [part.strip() for part in foot.split("·", 2)]
        period, _ = recounts.indicator(name)
        if period is not None:
            month = f"{MONTHS[period.month - 1]} {period.year}"
            assert period_words.startswith(
                month if FIGURES[name].grain == "month" else str(period.year)
            )
        else:
            assert re.match(r"\d{1,2} [A-Z][a-z]{2} \d{4}", period_words)
        assert class_words.endswith("figures")
        assert source == seoul().dataset(FIGURES[name].dataset).publisher.en
