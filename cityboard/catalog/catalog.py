"""The catalogue of one city: everything declared, validated once, read only."""

import csv
import datetime as dt
import functools
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import pyarrow.parquet as pq
import shapely
from pydantic import ValidationError

from cityboard.catalog.board import Board
from cityboard.catalog.city import Area, City, Outline
from cityboard.catalog.dataset import Dataset, Level
from cityboard.catalog.files import read_entry
from cityboard.catalog.indicator import Indicator
from cityboard.errors import CatalogError, UnknownNameError

NamedT = TypeVar("NamedT", Dataset, Indicator, Board)


class Catalog:
    """What a city's folder declares.

    Args:
        folder: Folder with `city.yaml`, `areas.csv`, `outlines.parquet` and the folders
            `datasets`, `indicators`, `boards` and `figures`.

    Raises:
        CatalogError: A file is missing or wrong, or an entry names another that is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.city = read_entry(folder / "city.yaml", City)
        self.datasets = _read_folder(folder / "datasets", Dataset)
        self.indicators = _read_folder(folder / "indicators", Indicator)
        self.boards = _read_folder(folder / "boards", Board)
        self.all_areas = _read_areas(folder / "areas.csv")
        self._check_links()

    @property
    def id(self) -> str:
        """Return the id of the city."""
        return self.city.id

    @property
    def figures_folder(self) -> Path:
        """Return the folder of the city's own compact figures."""
        return self.folder / "figures"

    def dataset(self, name: str) -> Dataset:
        """Return a dataset, or raise `UnknownNameError` with the names there are."""
        return self._named(self.datasets, name, "dataset")

    def indicator(self, name: str) -> Indicator:
        """Return an indicator, or raise `UnknownNameError` with the names there are."""
        return self._named(self.indicators, name, "indicator")

    def board(self, name: str) -> Board:
        """Return a board, or raise `UnknownNameError` with the names there are."""
        return self._named(self.boards, name, "board")

    def areas(self, level: Level, *, on: dt.date | None = None) -> tuple[Area, ...]:
        """Return the areas of a level that existed on a day, ordered by code.

        Args:
            level: `city`, `district` or `neighbourhood`.
            on: The day; None is the city's `geography_on`.
        """
        day = on or self.city.geography_on
        return tuple(a for a in self.all_areas if a.level == level and a.exists_on(day))

    def area(self, code: str) -> Area:
        """Return the newest area with a code, or raise `UnknownNameError`."""
        found = [area for area in self.all_areas if area.code == code]
        if not found:
            known = [area.code for area in self.all_areas]
            raise UnknownNameError("area", code, known=known, within=f"city {self.id}")
        return max(found, key=lambda area: area.valid_from or dt.date.min)

    @functools.cached_property
    def _outlines(self) -> dict[tuple[Level, str], Outline]:
        table = pq.read_table(self.folder / "outlines.parquet").to_pylist()
        rows = (Outline(code=r["code"], level=r["level"], polygons=_rings(r["wkb"])) for r in table)
        return {(outline.level, outline.code): outline for outline in rows}

    def outlines(self, level: Level) -> tuple[Outline, ...]:
        """Return the outlines of a level on the city's `geography_on`, ordered by code."""
        return tuple(self._outlines[key] for key in sorted(self._outlines) if key[0] == level)

    def _named(self, entries: dict[str, NamedT], name: str, kind: str) -> NamedT:
        if name not in entries:
            raise UnknownNameError(kind, name, known=list(entries), within=f"city {self.id}")
        return entries[name]

    def _check_links(self) -> None:
        for indicator in self.indicators.values():
            with _naming(self.folder / "indicators" / f"{indicator.id}.yaml"):
                dataset = self.dataset(indicator.dataset)
                dataset.measure(indicator.measure)
                for column in indicator.where:
                    dataset.column(column)
        for board in self.boards.values():
            with _naming(self.folder / "boards" / f"{board.id}.yaml"):
                self._check_board(board)

    def _check_board(self, board: Board) -> None:
        for group in board.groups:
            for indicator in group.indicators:
                self.indicator(indicator)
        if board.headline:
            self.indicator(board.headline)
        for view in board.views:
            if view.dataset or board.dataset:
                dataset = self.dataset(view.dataset or board.dataset or "")
                if view.measure:
                    dataset.measure(view.measure)


class _naming:  # noqa: N801 - reads as a word in `with`
    """Name the file in an `UnknownNameError` raised while its links are checked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UnknownNameError):
            raise CatalogError(f"{self.path}: {error}") from error


def _read_folder(folder: Path, model: type[NamedT]) -> dict[str, NamedT]:
    entries = {}
    for path in sorted(folder.glob("*.yaml")):
        entry = read_entry(path, model)
        if entry.id != path.stem:
            msg = f"{path}: holds the id {entry.id!r}; the file should be named {entry.id}.yaml"
            raise CatalogError(msg)
        entries[entry.id] = entry
    return entries


def _read_areas(path: Path) -> tuple[Area, ...]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError as error:
        msg = f"{path}: no such file. A city's folder needs its areas; see docs/catalogue.md."
        raise CatalogError(msg) from error
    return tuple(sorted(_areas(path, rows), key=lambda area: area.code))


def _areas(path: Path, rows: list[dict[str, str]]) -> Iterable[Area]:
    for line, row in enumerate(rows, start=2):
        values: dict[str, object] = {key: value or None for key, value in row.items()}
        values["name"] = {"ko": values.pop("name_ko", None), "en": values.pop("name_en", None)}
        try:
            yield Area.model_validate(values)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            raise CatalogError(f"{path}:{line}: {where}: {fault['msg']}") from error


def _rings(wkb: bytes) -> tuple[tuple[object, ...], ...]:
    geometry = shapely.from_wkb(wkb)
    polygons = shapely.get_parts(geometry)
    return tuple(
        tuple(shapely.get_coordinates(ring) for ring in [p.exterior, *p.interiors])
        for p in polygons
    )
