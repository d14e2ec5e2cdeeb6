"""Check that what indicators and boards name is there."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cityboard.catalog.board import Board
from cityboard.catalog.dataset import Dataset
from cityboard.catalog.files import line_of
from cityboard.catalog.indicator import Indicator
from cityboard.errors import CatalogError, UnknownNameError

if TYPE_CHECKING:
    from cityboard.catalog.catalog import Catalog


def check_links(catalog: "Catalog") -> None:
    """Raise `CatalogError`, with file and line, for the first name that is not there."""
    for indicator in catalog.indicators.values():
        _check_indicator(catalog, indicator)
    for board in catalog.boards.values():
        _check_groups(catalog, board)
        _check_dataset(catalog, board)


def _check_indicator(catalog: "Catalog", indicator: Indicator) -> None:
    path = catalog.folder / "indicators" / f"{indicator.id}.yaml"
    with _at(path, "dataset"):
        dataset = catalog.dataset(indicator.dataset)
    with _at(path, "measure"):
        dataset.measure(indicator.measure)
    for name, codes in indicator.where.items():
        with _at(path, "where", name):
            _check_codes(dataset, name, codes)


def _check_codes(dataset: Dataset, name: str, codes: tuple[str, ...]) -> None:
    labels = dataset.column(name).labels
    for code in codes:
        if labels is not None and code not in labels:
            within = f"column {name} of dataset {dataset.id}"
            raise UnknownNameError("code", code, known=list(labels), within=within)


def _check_groups(catalog: "Catalog", board: Board) -> None:
    path = catalog.folder / "boards" / f"{board.id}.yaml"
    for n, group in enumerate(board.groups):
        for position, indicator in enumerate(group.indicators):
            with _at(path, "groups", n, "indicators", position):
                catalog.indicator(indicator)
    if board.headline:
        with _at(path, "headline"):
            catalog.indicator(board.headline)


def _check_dataset(catalog: "Catalog", board: Board) -> None:
    path = catalog.folder / "boards" / f"{board.id}.yaml"
    if board.dataset:
        with _at(path, "dataset"):
            catalog.dataset(board.dataset)


@contextlib.contextmanager
def _at(path: Path, *place: str | int) -> Iterator[None]:
    try:
        yield
    except UnknownNameError as error:
        raise CatalogError(f"{path}:{line_of(path, place)}: {error}") from error
