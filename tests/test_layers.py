"""The layers of the architecture: kept by the code, and sure to bite when broken."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGES = ("cityboard", "data_sources")
APPS = sorted((REPOSITORY / "apps").iterdir())
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))

# module → what it may not import, and the contract that says so
FORBIDDEN = [
    ("cityboard.errors", "cityboard.catalog", "Each layer imports only those below it"),
    ("cityboard.catalog.text", "cityboard.query", "Each layer imports only those below it"),
    ("cityboard.selection", "cityboard.lake", "Each layer imports only those below it"),
    ("cityboard.lake.files", "cityboard.engines", "Each layer imports only those below it"),
    ("cityboard.engines.duckdb", "cityboard.store", "Each layer imports only those below it"),
    ("cityboard.figures.trend", "cityboard.store", "Each layer imports only those below it"),
    ("cityboard.store", "cityboard.views", "Each layer imports only those below it"),
    ("cityboard.views.tile", "cityboard.boards", "Each layer imports only those below it"),
    ("cityboard.boards", "cityboard.report", "Each layer imports only those below it"),
    ("cityboard.report", "cityboard.notebook", "Each layer imports only those below it"),
    ("cityboard.server", "cityboard.cli", "Each layer imports only those below it"),
    ("data_sources.bike", "cityboard.store", "Sources know the catalogue and the lake"),
    ("data_sources.bus", "cityboard.words", "Sources know the catalogue and the lake"),
    ("cityboard.views.map", "data_sources", "Only the command line runs the sources"),
    ("cityboard.figures.bars", "panel", "Figures are pure"),
    ("cityboard.figures.map", "duckdb", "Figures are pure"),
    ("cityboard.engines.statement", "panel", "What answers questions draws nothing"),
    ("cityboard.engines.statement", "holoviews", "What answers questions draws nothing"),
    ("data_sources.draft", "panel", "What answers questions draws nothing"),
    ("cityboard.lake.log", "duckdb", "Only the engine speaks to DuckDB"),
    ("cityboard.store", "duckdb", "Only the engine speaks to DuckDB"),
    ("data_sources.draft", "duckdb", "Only the engine speaks to DuckDB"),
    ("cityboard.engines.remote", "pyspark", "Spark is optional"),
    ("cityboard.store", "deltalake", "Only the lake speaks to Delta"),
    ("cityboard.catalog.files", "httpx2", "Only the sources reach the network"),
    ("cityboard.page", "panel_material_ui", "No page needs a CDN"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the packages of a folder against its contracts."""
    script = "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command"
    command = [sys.executable, "-c", f"{script}; lint_imports_command()", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def copied(folder: Path) -> Path:
    """Copy what import-linter reads."""
    for package in PACKAGES:
        unread = shutil.ignore_patterns("__pycache__", "static", "templates")
        shutil.copytree(REPOSITORY / package, folder / package, ignore=unread)
    shutil.copy(REPOSITORY / "pyproject.toml", folder)
    return folder


def path_of(folder: Path, module: str) -> Path:
    path = folder / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def test_the_layers_are_kept() -> None:
    linted = lint_imports(REPOSITORY)
    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return contract → what is said of a copy with every forbidden import added."""
    folder = copied(tmp_path_factory.mktemp("broken"))
    for module, imported, _ in FORBIDDEN:
        path = path_of(folder, module)
        path.write_text(f"{path.read_text()}\nimport {imported}\n")
    linted = lint_imports(folder)
    assert linted.returncode == 1, linted.stdout + linted.stderr
    _, *parts = re.split(r"\n(.+)\n-{3,}\n", linted.stdout.partition("Broken contracts")[2])
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(("module", "imported", "contract"), FORBIDDEN)
def test_a_forbidden_import_is_named(
    broken: dict[str, str], module: str, imported: str, contract: str
) -> None:
    (report,) = [report for name, report in broken.items() if name.startswith(contract)]
    assert f"{module} -> {imported} " in report


def test_one_forbidden_import_is_enough(tmp_path: Path) -> None:
    path = path_of(copied(tmp_path), "cityboard.figures.trend")
    path.write_text(f"{path.read_text()}\nimport panel\n")
    linted = lint_imports(tmp_path)
    assert linted.returncode == 1
    assert "9 kept, 1 broken" in linted.stdout
    assert "cityboard.figures.trend -> panel" in linted.stdout


def test_a_module_without_a_layer_is_refused(tmp_path: Path) -> None:
    (copied(tmp_path) / "cityboard/utils.py").write_text("")
    linted = lint_imports(tmp_path)
    assert linted.returncode == 1
    assert "cityboard.utils" in linted.stdout


def test_only_apps_and_notebooks_set_panel_up() -> None:
    modules = [path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py")]
    called = [path for path in modules if "pn.extension" in calls(path)]
    assert called == []


def calls(path: Path) -> set[str]:
    """Return the dotted names a module calls."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_the_plotting_backend_is_loaded_in_one_place() -> None:
    modules = [path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py")]
    loading = [path for path in modules if "hv.extension" in calls(path)]
    assert len(loading) == 1
    assert loading[0].parent.name == "figures"


def test_every_app_is_a_page_of_its_own_and_nothing_else_is_beside_it() -> None:
    assert APPS
    assert [path.name for path in APPS if path.suffix != ".py" and path.name[0] not in "._"] == []


@pytest.mark.parametrize(
    "path", [path for path in APPS if path.suffix == ".py"], ids=lambda path: path.name
)
def test_an_app_is_short_and_defines_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 20
    assert definitions(text) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_short_and_its_outputs_are_stripped(path: Path) -> None:
    cells = [c for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == "code"]
    for cell in cells:
        text = "".join(cell["source"])
        assert len(text.splitlines()) <= 15, text
        assert definitions(text) == [], text
        assert (cell["outputs"], cell["execution_count"]) == ([], None), text


def definitions(text: str) -> list[str]:
    """Return the names of the classes and functions a script defines."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


def test_a_definition_is_found_where_there_is_one() -> None:
    assert definitions("if True:\n    def helper(): ...\nclass View: ...") == ["View", "helper"]
