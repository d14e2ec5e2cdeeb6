"""JupyterLab as an analyst has it: every notebook run, its board touched, no network needed."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cityboard.home import CITY_VARIABLE, HOME_VARIABLE
from tests.browsers import DESK, MODELS, Watch, launched
from tests.conftest import REPOSITORY
from tests.recounts import Recounts
from tests.servers import started

pytestmark = pytest.mark.browser

TOKEN = "of-this-test"
SECONDS = 60
QUIET = {  # nothing may be asked of jupyter.org, nothing may cover the notebook
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
}
NOTEBOOK = ".jp-NotebookPanel"
# A chart outside a board is drawn by HoloViews, which leaves its style sheets to the network; it
# is drawn without them too. The last is what a machine without a graphics card says.
TOLERATED = re.compile(
    r"https://cdn\.holoviz\.org/\S+\.css|net::ERR_NAME_NOT_RESOLVED|GL Driver Message"
)
BY_DISTRICT = "SELECT district_code, {value} FROM {rows} WHERE district_code IS NOT NULL GROUP BY 1"
MEASURES = {
    "air": ("Mean ozone", "avg(o3_ppm)", "air_quality_daily"),
    "mobility": ("Alightings", "sum(alightings)", "bus_boardings"),
    "population": (
        "Residents aged 65 and over",
        "sum(persons_65_plus)",
        "(FROM population WHERE counted_date = (SELECT max(counted_date) FROM population))",
    ),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a running Chromium, or skip."""
    with launched() as running:
        yield running


@pytest.fixture(scope="module")
def lab(figures_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a copy of the notebooks in JupyterLab; its address, with the last slash."""
    folder = tmp_path_factory.mktemp("lab")
    notebooks = shutil.copytree(REPOSITORY / "notebooks", folder / "notebooks")
    for name, text in QUIET.items():
        setting = folder / "settings/@jupyterlab" / f"{name}.jupyterlab-settings"
        setting.parent.mkdir(parents=True)
        setting.write_text(text, encoding="utf-8")
    options = [
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        "--port=0",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={notebooks}",
    ]
    command = [sys.executable, "-m", "jupyterlab", *options]
    own = environment(folder, figures_home)
    with started(command, folder / "log.txt", environment=own) as address:
        yield address.partition("lab?")[0]


def environment(folder: Path, home: Path) -> dict[str, str]:
    """Return the environment of a JupyterLab that keeps to a folder."""
    kept = {name: value for name, value in os.environ.items() if name != CITY_VARIABLE}
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    paths = {name: str(folder / part) for name, part in own.items()}
    return {**kept, **paths, HOME_VARIABLE: str(home)}


@pytest.fixture
def page(browser: Browser, lab: str) -> Iterator[Page]:
    """Give a fresh page; the test fails on any fault of it."""
    context = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]})
    context.add_init_script(MODELS)
    context.set_default_timeout(1000 * SECONDS)
    page = context.new_page()
    watch = Watch(page, lab.removeprefix("http://").rstrip("/"))
    yield page
    context.close()
    assert not [fault for fault in watch.faults if not TOLERATED.search(fault)]


@pytest.fixture(scope="module")
def recounts(figures_home: Path) -> Recounts:
    """Return the figures, to be asked in SQL."""
    return Recounts(figures_home)


def open_notebook(page: Page, address: str) -> None:
    """Open a notebook and wait until its kernel listens."""
    with page.expect_websocket(lambda socket: "/channels" in socket.url) as channels:
        page.goto(address)
    channels.value.wait_for_event("framereceived")
    page.locator(f"{NOTEBOOK} .jp-CodeCell").first.wait_for()
    page.locator(f"{NOTEBOOK} [data-status=idle]").first.wait_for()


def run_all(page: Page) -> None:
    """Run every cell by the menu, and wait until the last has its number."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(
        "cells => [...document.querySelectorAll(cells)].every(e => /\\d/.test(e.textContent))",
        arg=f"{NOTEBOOK} .jp-CodeCell .jp-InputArea-prompt",
    )


def rankings(page: Page) -> list[dict[str, float]]:
    """Return every bar chart on the page: key → value."""
    found = page.evaluate("() => board.everywhere(['key', 'value'])")
    return [dict(zip(bars["key"], bars["value"], strict=True)) for bars in found]


def is_shown(page: Page, expected: dict[str, float]) -> bool:
    """Tell whether a bar chart on the page shows what is expected."""
    return any(bars == pytest.approx(expected) for bars in rankings(page))


def wait_until_shown(page: Page, expected: dict[str, float]) -> None:
    """Wait until a bar chart shows what is expected; fail with what there was instead."""
    for _ in range(SECONDS * 5):
        if is_shown(page, expected):
            return
        page.wait_for_timeout(200)
    pytest.fail(f"after {SECONDS} s the bars still show {rankings(page)!r:.1000}")


@pytest.mark.parametrize("name", MEASURES)
def test_a_notebook_runs_and_its_board_answers(
    page: Page, lab: str, recounts: Recounts, name: str
) -> None:
    open_notebook(page, f"{lab}lab/tree/{name}.ipynb?reset&token={TOKEN}")
    run_all(page)
    for kind in ("error", "stderr"):
        assert not page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']").count()
    measure, value, rows = MEASURES[name]
    expected = recounts.pairs(BY_DISTRICT.format(value=value, rows=rows))
    assert len(expected) == 25
    picker = page.get_by_label("Measure")
    picker.wait_for()
    assert not is_shown(page, expected)
    picker.select_option(measure)
    wait_until_shown(page, expected)
    tables = page.get_by_role("table").filter(has_text=measure)
    before = tables.count()  # of rows, where there are rows
    page.get_by_role("button", name="▸ As a table").first.click()
    expect(tables).to_have_count(before + 1)
