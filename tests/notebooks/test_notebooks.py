"""The analysts' notebooks: short, stripped, and sure to run in a fresh kernel over any home."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from cityboard.home import CITY_VARIABLE, HOME_VARIABLE
from tests.conftest import REPOSITORY

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
SECONDS = 120
HANGUL = re.compile("[가-힣]")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, figures_home: Path) -> None:
    """Have kernels open the embedded figures."""
    monkeypatch.setenv(HOME_VARIABLE, str(figures_home))
    monkeypatch.delenv(CITY_VARIABLE, raising=False)


def run(path: Path) -> nbformat.NotebookNode:
    """Return a notebook after all its cells ran in a fresh kernel."""
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=folder).execute()
    return notebook


def code(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the text of every code cell."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_three_prototypes() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["air", "mobility", "population"]


@EACH
def test_a_notebook_runs_in_a_fresh_kernel(path: Path) -> None:
    outputs = [out for cell in run(path).cells for out in cell.get("outputs", [])]
    kinds = {kind for out in outputs for kind in out.get("data", {})}
    assert "application/vnd.holoviews_exec.v0+json" in kinds
    assert not [out for out in outputs if out.output_type == "error"]
    warned = [out.text for out in outputs if out.get("name") == "stderr"]
    assert not warned


@EACH
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@EACH
def test_a_cell_is_short_and_defines_nothing(path: Path) -> None:
    for text in code(nbformat.read(path, as_version=4)):
        assert text.count("\n") < 15
        assert not re.search(r"^\s*(def|class) ", text, re.MULTILINE)


@EACH
def test_a_notebook_shows_every_way_to_the_data(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    first, *_ = texts = code(notebook)
    assert "pn.extension()" in first
    assert "seoul = open_city()" in first
    whole = "\n".join(texts)
    for way in ("seoul.indicator(", ".frame(", ".xarray(", ".chart(", 'seoul.board("explore"'):
        assert way in whole or way == ".frame("
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    korean = [line for text in prose for line in text.splitlines() if HANGUL.search(line)]
    assert len(korean) == 1


def test_a_home_without_data_is_told_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "empty"))
    with pytest.raises(CellExecutionError, match="cityboard build"):
        run(NOTEBOOKS[0])
