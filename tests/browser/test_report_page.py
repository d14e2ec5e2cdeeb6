"""A report opened from a disk with the network off: drawn, small, naming what is frozen."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from cityboard.report import write_report
from cityboard.store import Store, open_store
from tests.browsers import MODELS, PHONE, Watch
from tests.cleaning import SEOUL

MEGABYTES = 1e6
FROZEN = {
    "ko": "기간 선택, 지역 선택, 지도 상자, 측정값 변경은 이 파일에서 움직이지 않습니다",
    "en": "brushing, choosing areas, map boxes and measures do not move in this file",
}
REPORTS = pytest.mark.parametrize(
    ("board", "address", "figures"),
    [
        ("mayor", {"area": "11680"}, 2),
        ("explore", {"dataset": "bus_boardings", "hour": "7,8,9"}, 4),
        ("explore", {"dataset": "bike_rentals_daily"}, 4),
    ],
    ids=["mayor", "buses", "bikes"],
)
LANGUAGES = pytest.mark.parametrize("language", ["ko", "en"])


@pytest.fixture(scope="module")
def store(figures_home: Path) -> Store:
    """Return the figures, opened."""
    return open_store(SEOUL, figures_home)


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """Give a page without a network; the test fails on any fault."""
    context = browser.new_context(offline=True)
    context.add_init_script(MODELS)
    page = context.new_page()
    watch = Watch(page, host="")
    yield page
    context.close()
    assert not watch.faults


def open_report(page: Page, path: Path) -> None:
    """Open a report and wait until it is drawn."""
    page.goto(path.as_uri())
    page.wait_for_function("Bokeh.documents.length && Bokeh.documents.every(d => d.is_idle)")


def colours(figure: Locator) -> int:
    """Return how many colours a figure shows."""
    image = Image.open(io.BytesIO(figure.screenshot())).convert("RGB")
    found = image.getcolors(maxcolors=image.width * image.height)
    return len(found or ())


@REPORTS
@LANGUAGES
def test_a_report_is_drawn_without_a_network(
    offline: Page,
    store: Store,
    tmp_path: Path,
    *,
    board: str,
    address: dict[str, str],
    figures: int,
    language: str,
) -> None:
    path = tmp_path / "report.html"
    write_report(store, board, path, language="en" if language == "en" else "ko", address=address)
    assert path.stat().st_size < 5 * MEGABYTES
    open_report(offline, path)
    assert offline.locator("html").get_attribute("lang") == language
    drawn = offline.locator(".figure").all()
    assert len(drawn) == figures
    assert all(colours(figure) > 20 for figure in drawn)
    assert FROZEN[language] in offline.locator("dl").inner_text()
    assert offline.locator("footer tbody tr").count() >= 1
    words = offline.evaluate("() => board.words()")
    for word in ("끌어서", "drag to select", "Clear all", "전체 해제"):
        assert not [text for text in words if word in text]


def test_a_report_fits_a_phone(offline: Page, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(store, "mayor", path)
    offline.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    open_report(offline, path)
    assert offline.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_nothing_in_a_report_answers_to_touch(offline: Page, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(store, "explore", path, address={"dataset": "bus_boardings"})
    open_report(offline, path)
    tools = offline.evaluate(
        "() => [...Bokeh.documents[0]._all_models.values()]"
        ".filter(m => m.type.endsWith('Tool')).map(m => m.type)"
    )
    assert set(tools) <= {"HoverTool"}
    assert offline.locator("button, select, input").count() == 0
