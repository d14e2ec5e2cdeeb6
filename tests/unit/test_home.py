"""Where an installation keeps its city, as the environment says."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityboard import home
from cityboard.errors import CatalogError
from cityboard.lake import Lake
from cityboard.query import Query
from tests.cities import write_city


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start without any variable of cityboard, and forget the process's store."""
    for name in (home.HOME_VARIABLE, home.CITY_VARIABLE, home.ROLE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    home.city_store.cache_clear()
    yield
    home.city_store.cache_clear()


def test_everything_is_written_below_one_folder_of_the_user() -> None:
    assert home.home_folder().is_absolute()
    assert home.home_folder().name == "cityboard"


def test_the_folder_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CITYBOARD_HOME", str(tmp_path / "kept here"))
    assert home.home_folder() == tmp_path / "kept here"


def test_the_city_is_seoul_unless_another_is_named() -> None:
    assert home.city_folder() == home.SHIPPED_CITIES / "seoul"


def test_a_city_may_be_named_by_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = write_city(tmp_path / "testburg")
    monkeypatch.setenv("CITYBOARD_CITY", str(folder))
    assert home.city_folder() == folder


def test_a_shipped_city_may_be_named_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYBOARD_CITY", "seoul")
    assert (home.city_folder() / "city.yaml").is_file()


@pytest.mark.parametrize("named", ["atlantis", "", "/nowhere"])
def test_a_city_that_is_not_there_is_told_with_those_that_are(
    named: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITYBOARD_CITY", named)
    with pytest.raises(CatalogError, match=f"CITYBOARD_CITY='{named}'.*Shipped: seoul"):
        home.city_folder()


def test_the_role_is_the_public_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert home.role() == "public"
    monkeypatch.setenv("CITYBOARD_ROLE", "official")
    assert home.role() == "official"


@pytest.mark.parametrize("named", ["mayor", "Public", ""])
def test_a_role_that_is_not_there_is_told_with_those_that_are(
    named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt role must not fall back to one that sees more, or less."""
    monkeypatch.setenv("CITYBOARD_ROLE", named)
    with pytest.raises(CatalogError, match=f"CITYBOARD_ROLE='{named}'.*public, official"):
        home.role()


def test_the_process_has_one_store(
    monkeypatch: pytest.MonkeyPatch, testburg_lake: Lake, tmp_path: Path
) -> None:
    shutil.copytree(testburg_lake.root, tmp_path / "home/lake/testburg")
    monkeypatch.setenv("CITYBOARD_CITY", str(write_city(tmp_path / "city")))
    monkeypatch.setenv("CITYBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CITYBOARD_ROLE", "official")
    store = home.city_store()
    assert store is home.city_store()
    assert store.role == "official"
    assert store.answer(Query("trees", ("rows",))).frame["rows"].item() == 8


def test_sessions_are_signed_with_a_key_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOKEH_SECRET_KEY", "BOKEH_SIGN_SESSIONS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    home.sign_sessions()
    assert len(os.environ["BOKEH_SECRET_KEY"]) >= 32
    assert os.environ["BOKEH_SIGN_SESSIONS"] == "yes"


def test_a_key_that_is_given_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOKEH_SECRET_KEY", "ours")
    monkeypatch.setenv("BOKEH_SIGN_SESSIONS", "no")
    home.sign_sessions()
    assert os.environ["BOKEH_SECRET_KEY"] == "ours"
    assert os.environ["BOKEH_SIGN_SESSIONS"] == "yes"
