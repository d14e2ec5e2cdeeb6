"""The registers as a reader sees them: searched while typing, paged, an entry copied."""

import re

import pytest
import yaml
from playwright.sync_api import expect

from tests.browsers import DESK, PHONE, TABLET, WALL, BoardPage
from tests.recounts import Recounts


@pytest.mark.parametrize("size", [WALL, DESK, TABLET, PHONE])
def test_the_registers_fit_their_screen(board: BoardPage, size: tuple[int, int]) -> None:
    board.open("sources?lang=en", size)
    expect(board.page.get_by_text("Register of data types")).to_be_visible()
    assert board.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_typing_finds_a_data_set_and_its_entry_is_copied(
    board: BoardPage, recounts: Recounts
) -> None:
    board.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    board.open("sources?lang=ko")
    total = recounts.one("SELECT count(*) FROM open_data_titles")
    expect(board.page.locator("[role=status]").filter(has_text=f"{total:,}개")).to_be_visible()
    board.page.get_by_label(re.compile("초성")).press_sequentially("ㄱㄱㅇㅇㅍㅇ ㅅㅂㅅ")
    row = board.page.locator("[data-listed=OA-20883]")
    expect(row).to_be_visible()
    assert board.parameters()["search"] == "ㄱㄱㅇㅇㅍㅇ ㅅㅂㅅ"
    row.locator("summary").click()
    row.get_by_role("button", name="항목 복사").click()
    expect(row.get_by_role("button", name="복사됨")).to_be_visible()
    entry = yaml.safe_load(board.page.evaluate("() => navigator.clipboard.readText()"))
    assert entry["distributions"][0]["service"] == "TbPublicWifiInfo"


def test_pages_follow_one_another(board: BoardPage) -> None:
    board.open("sources?lang=en&only=service&field=air")
    expect(board.page.locator(".problem")).to_contain_text("air")
    board.open("sources?lang=en&only=service&field=environment")
    shown = board.page.locator("[data-listed]")
    expect(shown).to_have_count(20)
    first = shown.first.get_attribute("data-listed")
    board.page.get_by_role("button", name="Next").click()
    expect(board.page.get_by_text(re.compile("^21–40 of"))).to_be_visible()
    assert shown.first.get_attribute("data-listed") != first
    board.page.get_by_role("button", name="Back").click()
    expect(shown.first).to_have_attribute("data-listed", str(first))


def test_a_script_in_the_search_is_words(board: BoardPage) -> None:
    board.open("sources?lang=en&search=<img src=x onerror=alert(1)>")
    expect(board.page.get_by_text("Nothing found")).to_be_visible()
    assert board.page.locator("img").count() == 0
