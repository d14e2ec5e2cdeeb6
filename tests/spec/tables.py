"""Tables written as text: `table` reads one, `written` writes an answer in the same form."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import polars as pl

from cityboard.catalog import Column, Dataset, Dcat, Distribution, Level, Measure, Place, Text, Time
from data_sources.draft import POLARS_TYPES

NULL = "null"
COLUMNS = {  # name: type and unit
    "id": ("string", "code"),
    "day": ("date", "date"),
    "at": ("timestamp", "time"),
    "hour": ("int32", "hour"),
    "area": ("string", "code"),
    "lon": ("float64", "degree"),
    "lat": ("float64", "degree"),
    "kind": ("string", "code"),
    "floor": ("int32", "floor"),
    "is_open": ("bool", "flag"),
    "persons": ("int64", "persons"),
    "minutes": ("float64", "min"),
}
MEASURES = (  # id, aggregate, column, over, scale
    ("persons", "sum", "persons", None, 1),
    ("persons_mean", "mean", "persons", None, 1),
    ("persons_min", "min", "persons", None, 1),
    ("persons_max", "max", "persons", None, 1),
    ("person_pairs", "sum", "persons", None, 0.5),
    ("minutes", "sum", "minutes", None, 1),
    ("minutes_per_person", "ratio", "minutes", "persons", 1),
    ("minutes_per_100_persons", "ratio", "minutes", "persons", 100),
    ("first_day", "min", "day", None, 1),
    ("last_kind", "max", "kind", None, 1),
)
READ: dict[str, Callable[[str], Any]] = {
    "string": str,
    "date": dt.date.fromisoformat,
    "timestamp": lambda cell: dt.datetime.fromisoformat(f"{cell}+00:00"),
    "int32": int,
    "int64": int,
    "float64": float,
    "bool": lambda cell: cell == "true",
}


@dataclasses.dataclass(frozen=True)
class Table:
    """A dataset named `visits` and its rows.

    Attributes:
        text: As `table` was given it.
        zone: The city's.
        is_stock: Its rows count what is there on a day.
    """

    text: str
    zone: str
    is_stock: bool

    @property
    def rows(self) -> list[list[str]]:
        """Return the cells, the header first."""
        return cells(self.text)

    @property
    def frame(self) -> pl.DataFrame:
        """Return the rows in the types of `COLUMNS`."""
        header, *rows = self.rows
        columns = {}
        for place, name in enumerate(header):
            kind = COLUMNS[name][0]
            values = [None if row[place] == NULL else READ[kind](row[place]) for row in rows]
            columns[name] = pl.Series(name, values, POLARS_TYPES[kind])
        return pl.DataFrame(columns)

    @property
    def dataset(self) -> Dataset:
        """Return the entry: time, place, dimensions and measures are those of the columns."""
        names = self.rows[0]
        words = _words("visits")
        return Dataset(
            id="visits",
            title=words,
            description=words,
            publisher=words,
            licence="CC0-1.0",
            frequency="D",
            theme="people",
            columns=tuple(_column(name) for name in names),
            key=("id",) if "id" in names else tuple(names),
            measures=tuple(_measures(names)),
            dimensions=tuple(n for n in ("kind", "floor", "is_open") if n in names),
            time=self._time,
            place=self._place,
            vintage=dt.date(2026, 1, 1),
            stale_after_days=1,
            distributions=(
                Distribution(kind="file", system="figures", cleaner="table", path=("visits",)),
            ),
            dcat=Dcat(identifier="visits", theme=(), keyword={}),
        )

    @property
    def _time(self) -> Time | None:
        names = self.rows[0]
        if "at" in names:
            return Time(column="at", zone=self.zone, grain="hour", is_stock=self.is_stock)
        if "day" not in names:
            return None
        hour = "hour" if "hour" in names else None
        return Time(column="day", zone=self.zone, grain="day", hour=hour, is_stock=self.is_stock)

    @property
    def _place(self) -> Place | None:
        header, *rows = self.rows
        area = "area" if "area" in header else None
        codes = [row[header.index("area")] for row in rows] if area else []
        level: Level = "neighbourhood" if any(len(code) == 8 for code in codes) else "district"
        if "lon" in header:
            return Place(level=level, area=area, lon="lon", lat="lat")
        return Place(level=level, area=area) if area else None


def table(text: str, *, zone: str = "Asia/Seoul", is_stock: bool = False) -> Table:
    """Return the table a text shows: a header, then a row a line, cells between bars."""
    return Table(text, zone, is_stock)


def cells(text: str) -> list[list[str]]:
    """Return the cells of a table written as text, the header first."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def written(frame: pd.DataFrame) -> list[list[str]]:
    """Return an answer as the cells of a table, the header first."""
    columns = [_written_column(frame[name]) for name in frame.columns]
    return [list(frame.columns), *map(list, zip(*columns, strict=True))]


def _written_column(values: pd.Series) -> list[str]:
    known = values.dropna()
    is_time = pd.api.types.is_datetime64_any_dtype(values)
    if is_time and values.dt.tz is not None:
        form = "%Y-%m-%d %H:%M UTC"
    else:
        is_days = is_time and all(value == value.normalize() for value in known)
        form = "%Y-%m-%d" if is_days else "%Y-%m-%d %H:%M"
    return [NULL if pd.isna(value) else _written(value, form) for value in values]


def _written(value: Any, form: str) -> str:
    if isinstance(value, dt.date):
        return value.strftime(form)
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, float) and plain.is_integer():
        return str(int(plain))
    return str(plain)


def _column(name: str) -> Column:
    kind, unit = COLUMNS[name]
    entry = {"name": name, "type": kind, "unit": unit, "title": _words(name), "nullable": True}
    return Column.model_validate(entry)


def _measures(names: list[str]) -> Iterator[Measure]:
    for name, aggregate, column, over, scale in MEASURES:
        if {column, over} <= {*names, None}:
            entry = {"id": name, "aggregate": aggregate, "column": column, "over": over}
            yield Measure.model_validate(
                {**entry, "scale": scale, "unit": "1", "title": _words(name)}
            )


def _words(name: str) -> Text:
    return Text(ko=name, en=name)
