"""Read a city's dated areas and their outlines."""

import csv
import datetime as dt
import io
import itertools
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pydantic import ValidationError

from cityboard.catalog.city import Area, Outline
from cityboard.catalog.dataset import Level
from cityboard.catalog.files import read_text
from cityboard.errors import CatalogError

HEADER = [
    *("code", "code_kostat", "level", "parent", "name_ko", "name_en", "valid_from", "valid_to"),
    *("area_km2", "population", "population_on", "lon", "lat"),
]


def read_areas(path: Path) -> tuple[Area, ...]:
    """Return the areas of a CSV file, ordered by code.

    Raises:
        CatalogError: The file is missing, or a line is wrong: its number of cells, a value, a
            parent that is not there, a code that stands twice for the same day.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    areas: list[tuple[int, Area]] = []
    try:
        header = next(reader, [])
        if header != HEADER:
            msg = (
                f"{path}:1: the columns are {', '.join(header)}; they must be {', '.join(HEADER)}."
            )
            raise CatalogError(msg)
        areas += [(reader.line_num, _area(path, reader.line_num, cells)) for cells in reader]
    except csv.Error as error:
        raise CatalogError(f"{path}:{reader.line_num}: not valid CSV: {error}.") from error
    if not areas:
        raise CatalogError(f"{path}:2: there is no area; a city has at least itself.")
    _refuse_orphans(path, areas)
    _refuse_doubles(path, areas)
    return tuple(sorted((area for _, area in areas), key=lambda area: area.code))


def read_outlines(path: Path) -> dict[tuple[Level, str], Outline]:
    """Return the outlines of a parquet file (`code`, `level`, `wkb`) by level and code.

    Raises:
        CatalogError: The file is missing, cut short, or holds something else.
    """
    try:
        rows = pq.read_table(path, columns=["code", "level", "wkb"]).to_pylist()
        outlines = [
            Outline(code=r["code"], level=r["level"], polygons=_rings(r["wkb"])) for r in rows
        ]
    except FileNotFoundError as error:
        msg = f"{path}: no such file. A city's folder needs its outlines; see docs/catalogue.md."
        raise CatalogError(msg) from error
    except (pa.ArrowException, OSError, KeyError, ValueError, shapely.GEOSException) as error:
        raise CatalogError(f"{path}: not a table of code, level and wkb: {error}") from error
    return {(outline.level, outline.code): outline for outline in outlines}


def _area(path: Path, line: int, cells: list[str]) -> Area:
    if len(cells) != len(HEADER):
        msg = f"{path}:{line}: {len(cells)} cells where the header has {len(HEADER)}."
        raise CatalogError(msg)
    values: dict[str, object] = {
        name: cell or None for name, cell in zip(HEADER, cells, strict=True)
    }
    values["name"] = {"ko": values.pop("name_ko"), "en": values.pop("name_en")}
    try:
        return Area.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "area"
        raise CatalogError(f"{path}:{line}: {where}: {fault['msg']}") from error


def _refuse_orphans(path: Path, areas: Iterable[tuple[int, Area]]) -> None:
    codes = {area.code for _, area in areas}
    for line, area in areas:
        if area.parent is not None and area.parent not in codes:
            msg = f"{path}:{line}: {area.code} lies in {area.parent}, which is not in the file."
            raise CatalogError(msg)


def _refuse_doubles(path: Path, areas: Iterable[tuple[int, Area]]) -> None:
    dated = sorted(areas, key=lambda each: (each[1].code, each[1].valid_from or dt.date.min))
    for (_, area), (line, following) in itertools.pairwise(dated):
        begins = following.valid_from or dt.date.min
        if area.code == following.code and begins < (area.valid_to or dt.date.max):
            msg = (
                f"{path}:{line}: the code {area.code} stands twice for the same day. "
                f"Give the older area a valid_to, or delete a line."
            )
            raise CatalogError(msg)


def _rings(wkb: bytes) -> tuple[tuple[object, ...], ...]:
    geometry = shapely.from_wkb(wkb)
    polygons = shapely.get_parts(geometry)
    return tuple(
        tuple(shapely.get_coordinates(ring) for ring in [p.exterior, *p.interiors])
        for p in polygons
    )
