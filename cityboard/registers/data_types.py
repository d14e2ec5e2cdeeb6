"""The data types of the catalogue, measures and columns, each with the views that show it."""

import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from cityboard.catalog import Column, Dataset, Measure, Text, ViewKind
from cityboard.errors import CityboardError
from cityboard.query import Field, Listing, Query
from cityboard.store import LEVELS_SEEN, Store

MOST_TOLD = 500  # datasets, now and at instants of the past
CATEGORIES = 2  # dimensions that a board of one dataset shows as bars
SHOWN_BY: dict[str, Text] = {
    "map": Text(ko="지도", en="map"),
    "trend": Text(ko="기간 흐름", en="trend"),
    "heatmap": Text(ko="시간대", en="heatmap"),
    "ranking": Text(ko="자치구 순위", en="ranking"),
    "categories": Text(ko="분류 막대", en="category bars"),
    "table": Text(ko="행 목록", en="rows"),
    "tile": Text(ko="지표 타일", en="tile"),
}
UNPUBLISHED = Text(ko="아직 공표된 자료가 없습니다", en="nothing was published yet")
EMPTY = Text(ko="지금 판에는 값이 없습니다", en="the newest version holds no value of it")
NO_VIEW = Text(ko="이것을 그리는 화면이 없습니다", en="no view draws it")


@dataclasses.dataclass(frozen=True)
class DataType:
    """A measure or a column of a dataset.

    Attributes:
        form: The type of a column, the aggregate of a measure.
        shown_by: Keys of `SHOWN_BY`; none where it is not shown.
        reason: Why it is not shown; None where it is.
    """

    dataset: Dataset
    kind: Literal["measure", "column"]
    name: str
    title: Text
    unit: str
    form: str
    shown_by: tuple[str, ...]
    reason: Text | None = None

    @property
    def is_shown(self) -> bool:
        """Tell whether a view shows it."""
        return bool(self.shown_by)


@dataclasses.dataclass(frozen=True)
class DataTypes:
    """Every data type that the role may see, and how many it may not."""

    rows: tuple[DataType, ...]
    withheld: int


_TOLD: dict[tuple[object, ...], tuple[tuple[Path, ...], tuple[DataType, ...]]] = {}


def data_types(store: Store) -> DataTypes:
    """Return every measure and column of the catalogue, dataset by dataset."""
    entries = store.catalog.datasets.values()
    seen = [e.id for e in entries if e.disclosure.level in LEVELS_SEEN[store.role]]
    rows = tuple(row for name in seen for row in _told(store, name))
    declared = sum(len(entry.columns) + len(entry.measures) for entry in entries)
    return DataTypes(rows, declared - len(rows))


def _told(store: Store, dataset: str) -> tuple[DataType, ...]:
    """Return the data types of a dataset; told once a version, for it takes 20 ms."""
    files, key = _files(store, dataset), (store.role, store.catalog.folder, dataset)
    known = _TOLD.get(key)
    if known is None or known[0] != files:
        known = files, tuple(_of_dataset(store, store.dataset(dataset)))
        while len(_TOLD) >= MOST_TOLD:
            _TOLD.pop(next(iter(_TOLD)), None)
        _TOLD[key] = known
    return known[1]


def can_fill(kind: ViewKind, fields: Collection[str]) -> bool:
    """Tell whether a dataset with these fields can fill a view of a kind."""
    if kind == "map":
        return "place" in fields or "area" in fields
    if kind == "trend":
        return "time" in fields
    if kind == "heatmap":
        return "hour" in fields and "time" in fields
    return kind != "ranking" or "area" in fields


def told_dimensions(store: Store, dataset: Dataset) -> tuple[str, ...]:
    """Return the dimensions that have any value in what is published, those drawn as bars."""
    told = [name for name in dataset.dimensions if _has_groups(store, dataset, name)]
    return tuple(told[:CATEGORIES])


def _of_dataset(store: Store, dataset: Dataset) -> Iterator[DataType]:
    """Yield the measures, then the columns of a dataset."""
    try:
        fields = store.fields(dataset.id)
    except CityboardError:
        yield from _not_shown(dataset)
        return
    bars = told_dimensions(store, dataset)
    drawn = _drawn(store, fields, has_bars=bool(bars))
    tiles = {e.measure for e in store.catalog.indicators.values() if e.dataset == dataset.id}
    by_measure = {m.id: drawn + (("tile",) if m.id in tiles else ()) for m in dataset.measures}
    for measure in dataset.measures:
        yield _of_measure(dataset, measure, by_measure[measure.id], otherwise=NO_VIEW)
    for column in dataset.columns:
        shown: tuple[str, ...] = ()
        if not column.nullable or _has_values(store, dataset, column.name):
            places = {*_places(dataset, column.name, fields, bars=bars), "table"}
            for measure in dataset.measures:
                if column.name in {measure.column, measure.over}:
                    places |= {*by_measure[measure.id]}
            shown = tuple(name for name in SHOWN_BY if name in places)
        yield _of_column(dataset, column, shown, otherwise=EMPTY)


def _drawn(store: Store, fields: Collection[str], *, has_bars: bool) -> tuple[str, ...]:
    """Return the views of the city's boards that draw a measure of a dataset."""
    wanted = {kind for board in store.catalog.boards.values() for kind in board.views}
    kinds: tuple[ViewKind, ...] = ("map", "trend", "heatmap", "ranking", "categories")
    return tuple(
        kind
        for kind in kinds
        if kind in wanted and can_fill(kind, fields) and (kind != "categories" or has_bars)
    )


def _places(
    dataset: Dataset, column: str, fields: Collection[str], *, bars: Collection[str]
) -> Iterator[str]:
    """Yield the views in which a column is an axis, a place or a category."""
    time, place = dataset.time, dataset.place
    if time and column == time.column:
        yield "trend"
        if dataset.has_instants and "hour" in fields:
            yield "heatmap"
    if time and column == time.hour:
        yield "heatmap"
    if place and column == place.area:
        yield from ("map", "ranking")
    if place and column in {place.lon, place.lat}:
        yield "map"
    if column in bars:
        yield "categories"


def _not_shown(dataset: Dataset) -> Iterator[DataType]:
    for measure in dataset.measures:
        yield _of_measure(dataset, measure, (), otherwise=UNPUBLISHED)
    for column in dataset.columns:
        yield _of_column(dataset, column, (), otherwise=UNPUBLISHED)


def _of_measure(
    dataset: Dataset, measure: Measure, shown: tuple[str, ...], *, otherwise: Text
) -> DataType:
    return DataType(
        dataset,
        "measure",
        measure.id,
        title=measure.title,
        unit=measure.unit,
        form=measure.aggregate,
        shown_by=shown,
        reason=None if shown else otherwise,
    )


def _of_column(
    dataset: Dataset, column: Column, shown: tuple[str, ...], *, otherwise: Text
) -> DataType:
    return DataType(
        dataset,
        "column",
        column.name,
        title=column.title,
        unit=column.unit,
        form=column.type,
        shown_by=shown,
        reason=None if shown else otherwise,
    )


def _has_groups(store: Store, dataset: Dataset, dimension: str) -> bool:
    """Tell whether a dimension has any value: figures may leave it out. A rollup answers."""
    query = Query(dataset.id, ("rows",), (Field(dimension),))
    try:
        return bool(store.answer(query).frame[dimension].notna().any())
    except CityboardError:
        return True


def _has_values(store: Store, dataset: Dataset, column: str) -> bool:
    """Tell whether a column has any value; nulls stand last."""
    listing = Listing(dataset.id, (column,), order=column, limit=1)
    try:
        return bool(store.list_rows(listing).frame[column].notna().any())
    except CityboardError:
        return True


def _files(store: Store, dataset: str) -> tuple[Path, ...]:
    try:
        return store.snapshot(dataset).files
    except CityboardError:
        return ()
