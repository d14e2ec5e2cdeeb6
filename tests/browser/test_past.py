"""The screen of another day: its tiles say what was known then, its header that it is past."""

import datetime as dt
import time
from collections.abc import Iterator

import polars as pl
import pytest
from playwright.sync_api import Browser, expect

from cityboard.catalog import Catalog
from tests.browsers import BoardPage, Watch
from tests.cities import publish_city, visits, write_served_city
from tests.servers import Served, served

MORE = (
    500_000  # persons that the corrected file adds on each day, so that no two numbers look alike
)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """Serve Testburg after its visits were corrected; and an instant before they were."""
    folder = tmp_path_factory.mktemp("past")
    city, home = write_served_city(folder / "testburg"), folder / "home"
    publish_city(Catalog(city), home / "lake/testburg")
    time.sleep(0.05)
    before = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    time.sleep(0.05)
    more = pl.when(pl.col("group_code") == "adult").then(pl.col("persons") + MORE)
    corrected = visits().with_columns(persons=more.otherwise("persons"))
    corrected.write_parquet(city / "figures/visits.parquet")
    publish_city(Catalog(city), home / "lake/testburg")
    with served(home, folder / "log.txt", "--city", str(city)) as running:
        yield running, before


def test_a_tile_of_yesterday_has_the_value_of_yesterday(
    browser: Browser, past: tuple[Served, str]
) -> None:
    server, before = past
    page = browser.new_context().new_page()
    watch = Watch(page, server.host)
    board = BoardPage(page, server.address)
    board.open("mayor?lang=en")
    tile = board.page.locator("[data-indicator=visits_per_day] .value")
    expect(tile).to_contain_text("M")  # millions, since the correction
    board.open(f"mayor?lang=en&as_of={before.replace('+', '%2B')}")
    expect(tile).not_to_contain_text("M")
    expect(board.page.locator(".then.past")).to_contain_text("as known on")
    page.context.close()
    assert not watch.faults
    assert not server.faults
