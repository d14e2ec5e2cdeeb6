"""The catalogue of one city: everything declared, validated once, read only."""

import datetime as dt
import functools
from pathlib import Path
from typing import TypeVar

from cityboard.catalog.alert import Alert, Alerts
from cityboard.catalog.board import Board
from cityboard.catalog.city import Area, City, Outline
from cityboard.catalog.dataset import Dataset, Level
from cityboard.catalog.files import line_of, read_entry
from cityboard.catalog.geography import read_areas, read_outlines
from cityboard.catalog.indicator import Indicator
from cityboard.catalog.links import check_links
from cityboard.catalog.organisation import Organisation, Organisations
from cityboard.catalog.plan import Plan, PlanNode
from cityboard.catalog.search_words import Words
from cityboard.errors import CatalogError, UnknownNameError

EntryT = TypeVar("EntryT", Dataset, Indicator, Board)
NamedT = TypeVar("NamedT", Alert, Dataset, Indicator, Board, Organisation, PlanNode)


class Catalog:
    """What a city's folder declares.

    Args:
        folder: Folder with `city.yaml`, `organisations.yaml`, `areas.csv`, `outlines.parquet` and
            the folders `datasets`, `indicators`, `boards` and `figures`; with `plan.yaml` where the
            city has a plan, `words.yaml` where people type other names than its own, and
            `alerts.yaml` where something is watched.

    Raises:
        CatalogError: A file is missing or wrong, or an entry names another that is not there.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            cities = sorted(path.parent.name for path in folder.parent.glob("*/city.yaml"))
            there = ", ".join(cities) or "none"
            raise CatalogError(f"{folder}: no such folder. Cities in {folder.parent}: {there}.")
        self.folder = folder
        self.city = read_entry(folder / "city.yaml", City)
        organisations = read_entry(folder / "organisations.yaml", Organisations)
        self.organisations_listed = organisations.organisations
        planned = folder / "plan.yaml"
        self.plan = read_entry(planned, Plan) if planned.exists() else None
        typed = folder / "words.yaml"
        self.words = dict(read_entry(typed, Words).words) if typed.exists() else {}
        watched = folder / "alerts.yaml"
        self.alerts = read_entry(watched, Alerts).alerts if watched.exists() else ()
        self.datasets = _read_folder(folder / "datasets", Dataset)
        self.indicators = _read_folder(folder / "indicators", Indicator)
        self.boards = _read_folder(folder / "boards", Board)
        self.all_areas = read_areas(folder / "areas.csv")
        check_links(self)

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

    def organisation(self, name: str) -> Organisation:
        """Return an organisation, or raise `UnknownNameError` with the names there are."""
        named = {each.id: each for each in self.organisations_listed}
        return self._named(named, name, "organisation")

    def alert(self, name: str) -> Alert:
        """Return a rule, or raise `UnknownNameError` with the names there are."""
        return self._named({each.id: each for each in self.alerts}, name, "alert")

    def task(self, name: str) -> PlanNode:
        """Return a task of the plan, or raise `UnknownNameError` with the names there are."""
        nodes = self.plan.nodes if self.plan else ()
        return self._named({n.id: n for n in nodes if n.kind == "task"}, name, "task")

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
        if code not in self._newest_areas:
            known = [area.code for area in self.all_areas]
            raise UnknownNameError("area", code, known=known, within=f"city {self.id}")
        return self._newest_areas[code]

    @functools.cached_property
    def _newest_areas(self) -> dict[str, Area]:
        """Return the newest area of each code."""
        ordered = sorted(self.all_areas, key=lambda area: area.valid_from or dt.date.min)
        return {area.code: area for area in ordered}

    @functools.cached_property
    def _outlines(self) -> dict[tuple[Level, str], Outline]:
        return read_outlines(self.folder / "outlines.parquet")

    def outlines(self, level: Level) -> tuple[Outline, ...]:
        """Return the outlines of a level on the city's `geography_on`, ordered by code."""
        return tuple(self._outlines[key] for key in sorted(self._outlines) if key[0] == level)

    def _named(self, entries: dict[str, NamedT], name: str, kind: str) -> NamedT:
        if name not in entries:
            raise UnknownNameError(kind, name, known=list(entries), within=f"city {self.id}")
        return entries[name]


def _read_folder(folder: Path, model: type[EntryT]) -> dict[str, EntryT]:
    if not folder.is_dir():
        msg = f"{folder}: no such folder. Make it, though it hold no entry yet."
        raise CatalogError(msg)
    entries = {}
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        if path.suffix != ".yaml":
            raise CatalogError(f"{path}: not an entry; move it away, or name it *.yaml.")
        entry = read_entry(path, model)
        if entry.id != path.stem:
            line = line_of(path, ("id",))
            msg = f"{path}:{line}: holds the id {entry.id!r}; name the file {entry.id}.yaml."
            raise CatalogError(msg)
        entries[entry.id] = entry
    return entries
