"""A real server over the embedded figures of Seoul, and a Chromium that fails on any fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browsers import BoardPage, Watch, launched
from tests.recounts import Recounts
from tests.servers import Served, served


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Give a running Chromium, or skip."""
    with launched() as running:
        yield running


@pytest.fixture(scope="session")
def server(figures_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the embedded figures of Seoul."""
    with served(figures_home, tmp_path_factory.mktemp("server") / "log.txt") as running:
        yield running


@pytest.fixture
def page(browser: Browser, server: Served) -> Iterator[Page]:
    """Give a fresh page; the test fails on any fault of the page or of the server."""
    context = browser.new_context()
    page = context.new_page()
    watch = Watch(page, server.host)
    said_before = len(server.faults)
    yield page
    context.close()
    assert not watch.faults
    assert not server.faults[said_before:]


@pytest.fixture
def board(page: Page, server: Served) -> BoardPage:
    """Return the page as a reader of the board sees it."""
    return BoardPage(page, server.address)


@pytest.fixture(scope="session")
def recounts(figures_home: Path) -> Recounts:
    """Return the served figures, to be asked in SQL."""
    return Recounts(figures_home)
