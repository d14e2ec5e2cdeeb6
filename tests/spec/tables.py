"""Tables written as text: `table` reads one, `written` writes an answer in the same form."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl

from cityboard.catalog import Column, Dataset, Dcat, Distribution, Measure, Place, Text, Time

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
MEASURES = [
    {"id": "persons", "aggregate": "sum", "column": "persons"},
    {"id": "persons_mean", "aggregate": "mean", "column": "persons"},
    {"id": "persons_min", "aggregate": "min", "column": "persons"},
    {"id": "persons_max", "aggregate": "max", "column": "persons"},
    {"id": "person_pairs", "aggregate": "sum", "column": "persons", "scale": 0.5},
    {"id": "minutes", "aggregate": "sum", "column": "minutes"},
    {"id": "minutes_per_person", "aggregate": "ratio", "column": "minutes", "over": "persons"},
    {
        "id": "minutes_per_100_persons",
        "aggregate": "ratio",
        "column": "minutes",
        "over": "persons",
        "scale": 100,
    },
    {"id": "first_day", "aggregate": "min", "column": "day"},
    {"id": "last_kind", "aggregate": "max", "column": "kind"},
]
READ: dict[str, Callable[[str], Any]] = {
    "string": str,
    "date": dt.date.fromisoformat,
    "timestamp": lambda cell: dt.datetime.fromisoformat(f"{cell}+00:00"),
    "int32": int,
    "int64": int,
    "float64": float,
    "bool": lambda cell: cell == "true",
}
POLARS = {
    "string": pl.String,
    "date": pl.Date,
    "timestamp": pl.Datetime("us", "UTC"),
    "int32": pl.Int32,
    "int64": pl.Int64,
    "float64": pl.Float64,
    "bool": pl.Boolean,
}


@dataclasses.dataclass(frozen=True)
class Table:
    """A dataset named `visits` and its rows.

    Attributes:
        text: As `table` was given it.
        zone: The city's.
    """

    text: str
    zone: str

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
            columns[name] = pl.Series(name, values, POLARS[kind])
        return pl.DataFrame(columns)

    @property
    def dataset(self) -> Dataset:
        """Return the entry: time, place, dimensions and measures are those of the columns."""
        names = self.rows[0]
        words = Text(ko="방문", en="visits")
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
            return Time(column="at", zone=self.zone, grain="hour")
        hour = "hour" if "hour" in names else None
        return Time(column="day", zone=self.zone, grain="day", hour=hour) if "day" in names else None

    @property
    def _place(self) -> Place | None:
        header, *rows = self.rows
        area = "area" if "area" in header else None
        codes = [row[header.index("area")] for row in rows] if area else []
        level = "neighbourhood" if any(len(code) == 8 for code in codes) else "district"
        if "lon" in header:
            return Place(level=level, area=area, lon="lon", lat="lat")
        return Place(level=level, area=area) if area else None


def table(text: str, *, zone: str = "Asia/Seoul") -> Table:
    """Return the table a text shows: a header, then a row a line, cells between bars."""
    return Table(text, zone)


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
    return Column(name=name, type=kind, unit=unit, title=Text(ko=name, en=name), nullable=True)


def _measures(names: list[str]) -> list[Measure]:
    there = [m for m in MEASURES if {m["column"], m.get("over", m["column"])} <= set(names)]
    return [Measure(title=Text(ko=m["id"], en=m["id"]), unit="1", **m) for m in there]
