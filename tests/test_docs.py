"""The documentation is true: its code runs, and its commands, files, names and links are there."""

import ast
import html.parser
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import data_sources
from cityboard.home import CITY_VARIABLE, HOME_VARIABLE
from docs import screenshots
from tests.conftest import REPOSITORY
from tests.entries import fields
from tests.pages import PAGES, blocks, commands, name, prose, refuse_unknown, run_page

RUN = [page for page in PAGES if {"python", "console"} & {b.language for b in blocks(page)}]
OUTSIDE = [REPOSITORY / page for page in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
SITE = {"a": (), "link": ("href",), "script": ("src",), "img": ("src",), "iframe": ("src",)}
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
TOP = "apps|benchmarks|catalogs|cityboard|data_sources|docs|notebooks|tests"
FILE = re.compile(rf"(?:{TOP})/[\w./*-]*")
NAME = re.compile(r"(?:cityboard|data_sources)(?:\.\w+)+")
VARIABLE = re.compile(r"(?:BOKEH|CITYBOARD|SEOUL)_[A-Z_]+")
FIELD = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| .+ \|$", re.MULTILINE)


@pytest.fixture
def desk(figures_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sit in an empty folder, with a catalogue and a home that may be changed."""
    shutil.copytree(REPOSITORY / "catalogs", tmp_path / "catalogs")
    shutil.copytree(figures_home, tmp_path / "home")
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv(CITY_VARIABLE, str(tmp_path / "catalogs/seoul"))
    monkeypatch.chdir(tmp_path)
    written = tmp_path / "data_sources"
    monkeypatch.setattr(data_sources, "__path__", [*data_sources.__path__, str(written)])
    yield
    for path in written.glob("*.py"):
        sys.modules.pop(f"data_sources.{path.stem}", None)


@pytest.mark.parametrize("page", RUN, ids=name)
@pytest.mark.usefixtures("desk")
def test_a_page_runs_from_top_to_bottom(page: Path) -> None:
    run_page(page)


@pytest.mark.parametrize("page", RUN, ids=name)
def test_every_command_of_a_page_is_there(page: Path) -> None:
    for block in blocks(page):
        for command in commands(block) if block.language == "console" else []:
            refuse_unknown(command)


def test_a_page_shows_commands_in_one_way_only() -> None:
    shown = {block.language for page in PAGES for block in blocks(page)}
    assert shown & {"sh", "shell", "bash"} == set(), "write ```console and `$ `: it is checked"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_and_name_of_a_page_is_there(page: Path) -> None:
    for code in CODE.findall(prose(page)):
        if FILE.fullmatch(code):
            assert list(REPOSITORY.glob(code.rstrip("/"))), code
        elif NAME.fullmatch(code):
            pkgutil.resolve_name(code)


@pytest.mark.parametrize("page", OUTSIDE, ids=name)
def test_every_link_of_a_page_outside_the_site_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if not link.startswith("https://"):
            assert (page.parent / link.partition("#")[0]).exists(), link


def test_every_field_of_an_entry_is_explained() -> None:
    text = (REPOSITORY / "docs/catalogue.md").read_text("utf-8")
    chapters = re.split(r"^#+ (\w+)$", text, flags=re.MULTILINE)[1:]
    explained = {
        title: {field: (kind, default) for field, kind, default in FIELD.findall(chapter)}
        for title, chapter in zip(chapters[::2], chapters[1::2], strict=True)
    }
    assert {title: found for title, found in explained.items() if title in fields()} == fields()


def test_every_layer_stands_in_the_architecture() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    assert "\n".join(layers) in (REPOSITORY / "docs/architecture.md").read_text("utf-8")


def test_every_environment_variable_is_explained() -> None:
    modules = [p for package in ("cityboard", "data_sources") for p in package_files(package)]
    read = {word for path in modules for word in words(path) if VARIABLE.fullmatch(word)}
    page = (REPOSITORY / "docs/how-to/deploy.md").read_text("utf-8")
    explained = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `")]
    assert read - {"BOKEH_SIGN_SESSIONS"} <= {*VARIABLE.findall(" ".join(explained))}


def package_files(package: str) -> list[Path]:
    return sorted((REPOSITORY / package).rglob("*.py"))


def words(path: Path) -> list[str]:
    """Return the texts written in a module."""
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    return [n.value for n in tree if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def test_every_decision_has_its_parts_and_stands_in_the_list() -> None:
    folder = REPOSITORY / "docs/adr"
    listed = (folder / "index.md").read_text("utf-8")
    for number, page in enumerate(sorted(folder.glob("0*.md")), start=1):
        headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
        assert headings[0].startswith(f"{number}. ")
        assert headings[1:] == ["Context", "Decision", "Consequences", "Rejected"], page
        assert f"[{number}]({page.name})" in listed


@pytest.mark.parametrize("name", screenshots.PAGES)
@pytest.mark.parametrize("size", screenshots.SIZES)
def test_a_screenshot_has_its_size_and_is_small(name: str, size: str) -> None:
    path = screenshots.FOLDER / f"{name}-{size}.png"
    width, height = screenshots.SIZES[size]
    with Image.open(path) as picture:
        assert picture.width == width
        assert picture.height == height or (size in screenshots.WHOLE and picture.height > height)
    assert path.stat().st_size < screenshots.BYTES


def build_site(folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build the documentation of a checkout with the options of `make docs`."""
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    options = re.findall(r"mkdocs build ([^#\n]*)", makefile)[0].split()
    command = [sys.executable, "-m", "mkdocs", "build", *options, "-d", str(target)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built documentation."""
    target = tmp_path_factory.mktemp("site")
    built = build_site(REPOSITORY, target)
    assert built.returncode == 0, built.stderr
    return target


def test_the_site_holds_every_page_and_no_program(site: Path) -> None:
    pages = {page.relative_to(REPOSITORY / "docs") for page in (REPOSITORY / "docs").rglob("*.md")}
    assert {page.with_suffix(".html") for page in pages} <= {
        page.relative_to(site) for page in site.rglob("*.html")
    }
    assert list(site.rglob("*.py")) == []


class Loaded(html.parser.HTMLParser):
    """What a page loads, from wherever."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for key, value in attrs if key in SITE.get(tag, ("src",))]


def test_no_page_of_the_site_loads_from_another_host(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        loaded = Loaded()
        loaded.feed(text)
        assert [a for a in loaded.addresses if re.match(r"(https?:)?//", a)] == [], page
        assert 'class="mermaid"' not in text, "mermaid is loaded from another host"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", sheet.read_text("utf-8"))


@pytest.mark.parametrize("broken", ["[gone](gone.md)", "[gone](architecture.md#gone)"])
def test_a_broken_link_fails_the_build(broken: str, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "docs", tmp_path / "docs")
    shutil.copy(REPOSITORY / "mkdocs.yml", tmp_path)
    page = tmp_path / "docs/index.md"
    page.write_text(f"{page.read_text('utf-8')}\n{broken}\n", "utf-8")
    built = build_site(tmp_path, tmp_path / "site")
    assert built.returncode == 1
    assert "gone" in built.stderr
