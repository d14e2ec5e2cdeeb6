"""Words that would run as code, in every place a word can come from: none of them runs."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from playwright.sync_api import Browser, Page

from cityboard.report import write_report
from cityboard.store import open_store
from tests.browsers import BoardPage
from tests.cities import trees, write_served_city
from tests.servers import Served, served

HOSTILE = "<img src=x onerror=window.pwned=1>"
BREAKOUT = "\"'></script><script>window.pwned=1</script>${window.pwned=1}{{ 7 * 7 }}"
WORDS = re.compile(r"\b(ko|en): ([^\[,}\n]+)")
UNHARMED = "window.pwned === undefined"
PAGES = [
    "mayor?lang=en",
    "mayor?lang=ko&theme=light",
    "explore?lang=en&dataset=trees",
    "explore?lang=ko&dataset=visits",
    f"explore?lang=en&dataset=trees&species_code={quote(HOSTILE)}",
]


def hostile_city(folder: Path) -> Path:
    """Write Testburg with hostile titles, labels, publishers, names of areas and values."""
    write_served_city(folder)
    for path in folder.rglob("*.yaml"):
        text = path.read_text("utf-8")
        path.write_text(WORDS.sub(rf'\1: "\2 {HOSTILE}"', text), encoding="utf-8")
    areas = folder / "areas.csv"
    areas.write_text(areas.read_text("utf-8").replace(",West,", f",{HOSTILE},"), encoding="utf-8")
    values = trees().with_columns(
        tree_id=pl.concat_str(pl.col("tree_id"), pl.lit(HOSTILE + BREAKOUT)),
        species_code=pl.col("species_code").replace("oak", HOSTILE),
    )
    values.write_parquet(folder / "figures/trees.parquet")
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path, Path]]:
    """Serve the hostile city; with its folder and its home."""
    folder = tmp_path_factory.mktemp("hostile")
    city = hostile_city(folder / "testburg")
    with served(folder / "home", folder / "log.txt", "--city", str(city)) as running:
        yield running, city, folder / "home"


@pytest.fixture
def unguarded(browser: Browser) -> Iterator[Page]:
    """Give a page on which the content-security policy is off: escaping alone protects it."""
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def test_the_canary_would_have_sung(unguarded: Page) -> None:
    unguarded.set_content(f"<p>{HOSTILE}</p>")
    unguarded.wait_for_function("window.pwned === 1")


@pytest.mark.parametrize("path", PAGES)
def test_no_word_of_a_city_runs(
    unguarded: Page, hostile: tuple[Served, Path, Path], path: str
) -> None:
    board = BoardPage(unguarded, hostile[0].address).open(path)
    assert any(HOSTILE in word for word in board.words())
    for closed in unguarded.get_by_role("button", name="▸").all()[::-1]:
        closed.click()
    for details in unguarded.locator("summary").all():
        details.click()
    for figure in unguarded.locator("main canvas").all():
        box = figure.bounding_box()
        if box:
            unguarded.mouse.move(box["x"] + 40, box["y"] + 20)  # the hover writes names
            unguarded.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    unguarded.wait_for_timeout(500)
    assert unguarded.evaluate(UNHARMED)
    assert not hostile[0].faults


def test_a_hostile_address_runs_nothing(
    unguarded: Page, hostile: tuple[Served, Path, Path]
) -> None:
    words = quote(HOSTILE + BREAKOUT)
    for name in ("lang", "theme", "indicator", "dataset", "measure", "area", "time", "hour"):
        page = "mayor" if name in {"lang", "theme", "indicator"} else "explore"
        BoardPage(unguarded, hostile[0].address).open(f"{page}?{name}={words}")
        assert unguarded.evaluate(UNHARMED), name


def test_a_report_of_hostile_words_runs_nothing(
    unguarded: Page, hostile: tuple[Served, Path, Path], tmp_path: Path
) -> None:
    _, city, home = hostile
    store = open_store(city, home)
    for board, address in (("mayor", {}), ("explore", {"dataset": "trees"})):
        path = tmp_path / f"{board}.html"
        write_report(store, board, path, language="en", address=address)
        assert HOSTILE.replace("<", "&lt;").replace(">", "&gt;") in path.read_text("utf-8")
        unguarded.goto(path.as_uri())
        unguarded.wait_for_timeout(500)
        assert unguarded.evaluate(UNHARMED)


def test_the_policy_stops_what_escaping_would_miss(
    browser: Browser, hostile: tuple[Served, Path, Path]
) -> None:
    context = browser.new_context()
    page = context.new_page()
    BoardPage(page, hostile[0].address).open("mayor")
    page.evaluate(
        "hostile => { const at = document.createElement('div'); at.innerHTML = hostile;"
        " document.body.append(at); const script = document.createElement('script');"
        " script.textContent = 'window.pwned=1'; document.body.append(script); }",
        HOSTILE,
    )
    page.wait_for_timeout(500)
    assert page.evaluate(UNHARMED)
    context.close()
