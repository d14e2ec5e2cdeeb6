"""The documentation is true: its code runs, its commands, files, names and links are there."""

import html.parser
import importlib
import json
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import data_sources
from cityboard.catalog import Catalog
from cityboard.catalog.schemas import schemas
from cityboard.home import CITY_VARIABLE, HOME_VARIABLE
from cityboard.lake import Lake
from data_sources.publish import publish
from tests import pages
from tests.pages import PAGES, REPOSITORY, blocks, commands, name, prose, refuse_unknown, run_page

RUN = [page for page in PAGES if {b.language for b in blocks(page)} & {"python", "console"}]
CONSOLES = [page for page in PAGES if any(b.language == "console" for b in blocks(page))]
OUTSIDE = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?:apps|catalogs|cityboard|data_sources|docs|notebooks|tests|benchmarks)/[\w./*-]*")
NAME = re.compile(r"(?:cityboard|data_sources)(?:\.\w+)+")


@pytest.fixture(scope="session")
def seoul_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with every dataset of Seoul published from the embedded figures."""
    home = tmp_path_factory.mktemp("seoul")
    catalog = Catalog(REPOSITORY / "catalogs/seoul")
    for dataset in catalog.datasets.values():
        publish(dataset, catalog=catalog, lake=Lake(home / "lake/seoul"), data=None)
    return home


@pytest.fixture
def desk(seoul_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with copies of the catalogues and of the home, where a page may write."""
    shutil.copytree(REPOSITORY / "catalogs", tmp_path / "catalogs")
    shutil.copytree(seoul_home, tmp_path / "home")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv(CITY_VARIABLE, str(tmp_path / "catalogs/seoul"))
    written = str(tmp_path / "data_sources")
    monkeypatch.setattr(data_sources, "__path__", [*data_sources.__path__, written])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", RUN, ids=name)
def test_the_code_of_a_page_runs(page: Path, desk: Path) -> None:
    before = {*sys.modules}
    run_page(page)
    for module in {*sys.modules} - before:
        if getattr(sys.modules[module], "__file__", None) and str(desk) in str(
            sys.modules[module].__file__
        ):
            del sys.modules[module]


@pytest.mark.parametrize("page", CONSOLES, ids=name)
def test_every_command_of_a_page_is_there(page: Path) -> None:
    for block in blocks(page):
        for command in commands(block) if block.language == "console" else []:
            refuse_unknown(command)
