"""One board, three surfaces: app, notebook and report tell the same numbers."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.models import ColumnDataSource

from cityboard.boards import BoardViewer
from cityboard.notebook import CityHandle, open_city
from cityboard.report import write_report
from tests.browsers import BoardPage

BOARDS = {
    "mayor": ("mayor", {"area": "11680", "time": "2022-01-01..2023-01-01"}),
    "bikes": ("explore", {"dataset": "bike_rentals_daily", "time": "2022-03-01..2022-06-01"}),
    "buses": ("explore", {"dataset": "bus_boardings", "hour": "7,8,9", "area": "11680"}),
}
EACH = pytest.mark.parametrize("name", BOARDS)
# Place of a view → its cell on the page, key columns and value column of its figure's source.
FIGURES = {
    "map": (".map", ("code",), "value"),
    "strip": (".strip", ("period",), "value"),
    "trend": (".card-trend", ("period",), "value"),
    "heatmap": (".card-heatmap", ("hour", "row"), "value"),
    "ranking": (".card-ranking", ("key",), "value"),
    "by_is_holiday": (".card-by_is_holiday", ("key",), "value"),
}
EMBEDDED = re.compile(r"const docs_json = '(.*)';")
Numbers = dict[Any, float]


@pytest.fixture(scope="module")
def city(figures_home: Path) -> CityHandle:
    """Return the city as an analyst opens it."""
    return open_city(home=figures_home)


@pytest.fixture
def notebook(city: CityHandle, name: str) -> BoardViewer:
    """Return a board as a notebook draws it."""
    board, address = BOARDS[name]
    return city.board(board, **address)


@pytest.fixture
def report(city: CityHandle, name: str, tmp_path: Path) -> str:
    """Return the text of a board's report."""
    board, address = BOARDS[name]
    path = tmp_path / "report.html"
    write_report(city.store, board, path, language="en", address=address)
    return path.read_text("utf-8")


def plain(values: Any) -> list[Any]:
    """Return a column as a list: days as milliseconds, NaN as None."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        values = values.astype("datetime64[ms]").astype(float)
    found = [value.timestamp() * 1000 if hasattr(value, "timestamp") else value for value in values]
    return [None if isinstance(v, float) and math.isnan(v) else v for v in found]


def numbers(columns: dict[str, Any], keys: tuple[str, ...], value: str) -> Numbers:
    """Return a source's values by their keys."""
    rows = zip(*(plain(columns[key]) for key in keys), plain(columns[value]), strict=True)
    return {tuple(row[:-1]): row[-1] for row in rows}


def source(figure: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the source of a figure that has some columns."""
    sources = figure.references() if hasattr(figure, "references") else figure
    return next(
        model.data
        for model in sources
        if isinstance(model, ColumnDataSource) and {*names} <= {*model.data}
    )


def figures_of(places: dict[str, Any]) -> dict[str, Numbers]:
    """Return the numbers of every figure, by its place."""
    found = {}
    for place, figure in places.items():
        if place in FIGURES:
            _, keys, value = FIGURES[place]
            found[place] = numbers(source(figure, (*keys, value)), keys, value)
    return found


def embedded(report: str) -> list[Any]:
    """Return the figures that stand in the text of a report."""
    found = EMBEDDED.search(report)
    assert found is not None
    text = found[1].replace("\\'", "'").replace("\\\\", "\\")
    (document,) = json.loads(text).values()
    return list(Document.from_json(document).roots)


def texts_of(markups: dict[str, str]) -> dict[str, str]:
    """Return the words of tiles and tables, by their place."""
    return {
        place: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for place, text in markups.items()
    }


@EACH
def test_the_notebook_tells_what_the_app_tells(
    board: BoardPage, notebook: BoardViewer, name: str
) -> None:
    page, address = BOARDS[name]
    query = "&".join(f"{key}={value}" for key, value in address.items())
    board.open(f"{page}?lang=en&{query}")
    seen = figures_of({p: v.figure for p, v in notebook.views.items() if v.figure})
    assert len(seen) >= 2
    for place, told in seen.items():
        cell, keys, value = FIGURES[place]
        assert numbers(board.columns(cell, *keys, value), keys, value) == pytest.approx(told)
    for place, view in notebook.views.items():
        if place in board.page.locator(".tile").evaluate_all(
            "all => all.map(t => t.dataset.indicator)"
        ):
            words = texts_of({place: str(view.markup()[1])})[place]
            assert board.text(f"[data-indicator={place}]") == words


@EACH
def test_the_report_tells_what_the_notebook_tells(
    notebook: BoardViewer, report: str, name: str
) -> None:
    roots = embedded(report)
    seen = figures_of({p: v.figure for p, v in notebook.views.items() if v.figure})
    for place, told in seen.items():
        _, keys, value = FIGURES[place]
        assert any(
            numbers(source(root, (*keys, value)), keys, value) == pytest.approx(told)
            for root in roots
            if _has(root, (*keys, value))
        ), place
    for place, view in notebook.views.items():
        if view.figure is None and place not in {"crumbs", "table"}:
            assert str(view.markup()[1]) in report, place


@EACH
def test_a_report_holds_no_raw_rows(city: CityHandle, report: str, name: str) -> None:
    raw = {column for handle in city.datasets() for column in handle.dataset.column_names}
    drawn = {"hour"}  # of the heat map
    for root in embedded(report):
        for model in root.references():
            if isinstance(model, ColumnDataSource):
                assert not (set(model.data) & raw) - drawn
                assert all(len(column) <= 800 for column in model.data.values())


def _has(root: Any, names: tuple[str, ...]) -> bool:
    return any(
        isinstance(model, ColumnDataSource) and {*names} <= {*model.data}
        for model in root.references()
    )
