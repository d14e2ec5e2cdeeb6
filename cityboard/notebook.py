"""A city in a notebook: any dataset as a frame, xarray or a chart in one line, and every board.

from cityboard.notebook import open_city

seoul = open_city()
seoul["bike_rentals_daily"].chart("rentals", by=["month"])
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import holoviews as hv
import pandas as pd
import panel as pn
import xarray as xr

from cityboard.boards import BoardViewer, make_board
from cityboard.catalog import Dataset, Grain, Language
from cityboard.errors import NoSnapshotError
from cityboard.figures.chart import chart
from cityboard.figures.style import Theme
from cityboard.home import HOME_VARIABLE, city_folder, home_folder, store_at
from cityboard.observation import Observation, observe
from cityboard.period import instant_of
from cityboard.query import By, Field, Period, Query
from cityboard.selection import Clause
from cityboard.store import Role, Store, open_store
from cityboard.views.screen import open_screen

pn.config.inline = True  # scripts and styles from this machine: no notebook needs a CDN


class DatasetHandle:
    """One dataset of an opened city.

    Args:
        store: Answers.
        dataset: Its entry.
        language: Of labels.
    """

    def __init__(self, store: Store, dataset: Dataset, language: Language) -> None:
        self.store, self.dataset, self.language = store, dataset, language

    def __repr__(self) -> str:
        measures = ", ".join(measure.id for measure in self.dataset.measures)
        fields = ", ".join(self.store.fields(self.dataset.id))
        title = self.dataset.title.in_language(self.language)
        return f"{self.dataset.id}: {title} (measures: {measures}; fields: {fields})"

    def rows(self, *, as_of: dt.datetime | None = None) -> pd.DataFrame:
        """Return every row the role may see; see `Store.frame`."""
        return self.store.frame(self.dataset.id, as_of=as_of)

    def frame(
        self,
        measures: str | Sequence[str],
        by: Sequence[str] = (),
        *,
        where: Sequence[Clause] = (),
        as_of: dt.datetime | None = None,
    ) -> pd.DataFrame:
        """Return measures grouped by fields; the same numbers as every view shows.

        Args:
            measures: Measure ids.
            by: `hour`, `weekday`, `area`, `district`, a column, or a step of time: `day`, `week`,
                `month` or `year`, whose first day stands in column `period`.
            where: Clauses of `cityboard.selection`.
            as_of: The snapshot known at this instant (aware).
        """
        names = (measures,) if isinstance(measures, str) else tuple(measures)
        groups = tuple(_group(name) for name in by)
        query = Query(self.dataset.id, names, groups, tuple(where), as_of)
        return self.store.answer(query).frame.copy()

    def xarray(
        self, measure: str, by: Sequence[str], *, where: Sequence[Clause] = ()
    ) -> xr.DataArray:
        """Return a measure as a labelled array, one dimension a field; NaN where no rows are.

        Its attributes are `long_name`, `units`, `source` and `version`.
        """
        frame = self.frame(measure, by, where=where)
        groups = [column for column in frame.columns if column != measure]
        array = frame.set_index(groups)[measure].to_xarray()
        entry = self.dataset.measure(measure)
        array.attrs = {
            "long_name": entry.title.in_language(self.language),
            "units": entry.unit,
            "source": self.dataset.publisher.in_language(self.language),
            "version": self.store.snapshot(self.dataset.id).version,
        }
        return array

    def chart(
        self, measure: str, by: Sequence[str], *, where: Sequence[Clause] = (), **options: Any
    ) -> hv.Element | hv.Overlay:
        """Return an hvPlot chart of a measure grouped by fields; `options` go to hvPlot."""
        frame = self.frame(measure, by, where=where)
        return chart(frame, measure, self.dataset, language=self.language, **options)


class CityHandle:
    """An opened city.

    Args:
        store: Answers for the analyst's role.
        language: Of labels and boards.
        theme: Of boards.
    """

    def __init__(self, store: Store, *, language: Language, theme: Theme) -> None:
        self.store, self.language, self.theme = store, language, theme

    def __getitem__(self, dataset: str) -> DatasetHandle:
        return DatasetHandle(self.store, self.store.dataset(dataset), self.language)

    def __repr__(self) -> str:
        names = ", ".join(dataset.id for dataset in self.store.datasets())
        return f"{self.store.catalog.city.title.in_language(self.language)}: {names}"

    def datasets(self) -> list[DatasetHandle]:
        """Return every published dataset the role may see."""
        return [self[dataset.id] for dataset in self.store.datasets()]

    def indicator(self, name: str, *, where: Sequence[Clause] = ()) -> Observation:
        """Return an indicator's observation: value, period, change, series and source."""
        return observe(self.store, self.store.catalog.indicator(name), where=where)

    def board(self, name: str, *, dataset: str | None = None, **address: str) -> BoardViewer:
        """Return a board, drawn live; `address` holds what its URL would (`time`, `area`, …).

        Raises:
            CityboardError: The address names what the board or the city has not.
        """
        screen = open_screen(self.store, language=self.language, theme=self.theme)
        board = make_board(screen, name, dataset=dataset, indicator=address.get("indicator"))
        problems = board.restore(address)
        if problems:
            raise problems[0]
        return board


def open_city(
    city: Path | None = None,
    *,
    home: Path | None = None,
    role: Role = "public",
    language: Language = "en",
    theme: Theme = "light",
    as_of: str | None = None,
) -> CityHandle:
    """Return a city to work with: the one `cityboard serve` shows, unless another is named.

    Args:
        city: Folder of a catalogue.
        home: Folder of its snapshots.
        role: Who asks.
        language: Of labels and boards.
        theme: Of boards.
        as_of: The city as it was known then: `2026-11-24`, or an instant with its zone.

    Raises:
        CatalogError: The catalogue is missing or wrong.
        QueryError: `as_of` names no instant.
        NoSnapshotError: Nothing was published yet.
    """
    home = home or home_folder()
    store = open_store(city or city_folder(), home, role=role)
    if as_of is not None:
        store = store_at(store, instant_of(as_of, ZoneInfo(store.catalog.city.time_zone)))
    if not store.datasets():
        msg = (
            f"nothing of {store.catalog.id} was published in {home}. Run `cityboard build` (or "
            f"`make run`), or name the home that has it: open_city(home=…) or {HOME_VARIABLE}."
        )
        raise NoSnapshotError(msg)
    return CityHandle(store, language=language, theme=theme)


def _group(name: str) -> By:
    steps: tuple[Grain, ...] = get_args(Grain)
    return next((Period(s) for s in steps if name == s and s != "hour"), Field(name))


def load(
    name: str,
    *,
    as_of: str | None = None,
    home: Path | None = None,
    role: Role = "public",
) -> Observation:
    """Return an indicator's observation by the line that a screen's copy button gives.

    Args:
        name: City and indicator: `seoul/pm25`; the city as a folder, or the id of a shipped one.
        as_of: As it was known then: `2026-11-24`, or an instant with its zone.
        home: Folder of the snapshots.
        role: Who asks.

    Raises:
        UnknownNameError: There is no such indicator.
        CatalogError: There is no such city.
        QueryError: `as_of` names no instant.
    """
    city, _, indicator = name.rpartition("/")
    folder = city_folder(city) if city else city_folder()
    return open_city(folder, home=home, role=role, as_of=as_of).indicator(indicator)
