"""A source revises the past: the new value, the old one beside it, and yesterday as it was."""

import datetime as dt
import json
import subprocess
import time
from pathlib import Path

import polars as pl
import pytest

from cityboard.catalog import Catalog
from cityboard.corrections import corrections
from cityboard.home import store_at
from cityboard.lake import Lake
from cityboard.notebook import load
from cityboard.observation import observe
from cityboard.report import write_report
from cityboard.store import Store, open_store
from tests.cities import visits, write_served_city
from tests.servers import COMMAND

LAST = dt.date(2026, 1, 18)
MORE = 1000  # persons that the corrected file adds to the last day
ID = "visits_per_day"


def run(*arguments: str | Path) -> str:
    """Return what a command printed."""
    command = [COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of Testburg."""
    return write_served_city(tmp_path_factory.mktemp("city") / "testburg")


@pytest.fixture(scope="module")
def corrected(city: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Publish visits, then a corrected file and other words; the home, an instant between."""
    folder = tmp_path_factory.mktemp("home")
    data, home = folder / "data", folder / "home"
    data.mkdir()
    visits().write_parquet(data / "visits.parquet")
    run("build", "--data", data, "--home", home, "--city", city)
    time.sleep(0.05)
    between = dt.datetime.now(dt.UTC).isoformat()
    time.sleep(0.05)
    rows = visits().with_row_index()
    last = rows.filter(pl.col("visit_date") == LAST)["index"][-1]
    more = pl.when(pl.col("index") == last).then(pl.col("persons") + MORE).otherwise("persons")
    rows.with_columns(persons=more).drop("index").write_parquet(data / "visits.parquet")
    entry = city / f"indicators/{ID}.yaml"
    entry.write_text(entry.read_text("utf-8").replace("Library visitors", "Visitors now"), "utf-8")
    run("build", "--data", data, "--home", home, "--city", city)
    return home, between


@pytest.fixture
def store(city: Path, corrected: tuple[Path, str]) -> Store:
    """Return the city as it is now."""
    return open_store(city, corrected[0])


def test_the_new_value_is_told_and_the_old_one_kept_in_view(store: Store) -> None:
    now = observe(store, store.indicator(ID))
    (correction,) = corrections(store, store.indicator(ID))
    assert (correction.period, correction.version) == (LAST, 1)
    assert correction.new == now.value
    assert correction.old == now.value - MORE
    assert correction.why == "visits.parquet"


def test_yesterday_shows_what_was_known_yesterday(
    store: Store, corrected: tuple[Path, str]
) -> None:
    then = store_at(store, dt.datetime.fromisoformat(corrected[1]))
    now, before = (observe(each, each.indicator(ID)) for each in (store, then))
    assert before.value == now.value - MORE
    assert (before.answer.snapshot.version, now.answer.snapshot.version) == (0, 1)
    assert not corrections(then, then.indicator(ID))


def test_yesterday_has_the_words_of_yesterday(store: Store, corrected: tuple[Path, str]) -> None:
    then = store_at(store, dt.datetime.fromisoformat(corrected[1]))
    assert then.indicator(ID).title.en == "Library visitors per day"
    assert store.indicator(ID).title.en == "Visitors now per day"


def test_a_notebook_and_the_command_line_travel_alike(
    store: Store, city: Path, corrected: tuple[Path, str]
) -> None:
    home, between = corrected
    before = load(f"{city}/{ID}", as_of=between, home=home).value
    now = load(f"{city}/{ID}", home=home).value
    assert now == observe(store, store.indicator(ID)).value
    assert before == now - MORE
    for told, words in ((now, ()), (before, ("--as-of", between))):
        given = ("indicators", "--json", "--all", *words, "--home", home, "--city", city)
        rows = {row["id"]: row for row in json.loads(run(*given))}
        assert rows[ID]["value"] == told


def test_a_report_of_yesterday_says_so_and_has_its_value(
    store: Store, corrected: tuple[Path, str], tmp_path: Path
) -> None:
    address = {"as_of": corrected[1]}
    board = write_report(store, "mayor", tmp_path / "r.html", language="en", address=address)
    (value,) = {v.result.value for p, v in board.views.items() if p == ID}
    assert value == observe(store, store.indicator(ID)).value - MORE
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "as known on" in text
    assert "Library visitors per day" in text


def test_nothing_was_published_before_the_first_day(store: Store) -> None:
    assert not store_at(store, dt.datetime(2020, 1, 1, tzinfo=dt.UTC)).datasets()


def test_a_version_that_says_the_same_corrects_nothing(city: Path, tmp_path: Path) -> None:
    visits().write_parquet(tmp_path / "visits.parquet")
    for _ in range(2):
        run(
            "build",
            "--data",
            tmp_path,
            "--only",
            "visits",
            "--force",
            "--home",
            tmp_path,
            "--city",
            city,
        )
    opened = Store(Catalog(city), Lake(tmp_path / "lake/testburg"))
    assert len(opened.lake.versions("visits")) == 2
    assert not corrections(opened, opened.indicator(ID))
