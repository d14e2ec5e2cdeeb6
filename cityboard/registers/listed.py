"""The list of what a city's open-data site publishes, a page at a time."""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cityboard.catalog import Text
from cityboard.errors import CityboardError
from cityboard.query import Field, Listing, Query
from cityboard.search import LONGEST, Found, SearchIndex
from cityboard.selection import Clause, Members
from cityboard.store import Store

LIST = "open_data_titles"  # dataset of the list
ID, TITLE, FIELD, SERVICE = "dataset_id_seoul", "dataset_title", "field_code", "service_name"
DISTRICT = "district_code"
WITH_SERVICE, WITHOUT_SERVICE = Members("apis", ("1",)), Members("apis", ("0",))
MOST_ROWS = 1000  # of one listing


@dataclasses.dataclass(frozen=True)
class ListedSource:
    """A data set in the list.

    Attributes:
        id: The publisher's.
        title: In the publisher's own language.
        field: Code of its field.
        district: Area code of the district it is about; None where it is about the city.
        service: By which the OpenAPI is asked; None where there is none.
    """

    id: str
    title: str
    field: str
    district: str | None
    service: str | None


@dataclasses.dataclass(frozen=True)
class ListedPage:
    """A page of the list, and how many rows all of its pages have."""

    rows: tuple[ListedSource, ...]
    total: int


def listed_page(
    store: Store,
    *,
    words: str = "",
    where: tuple[Clause, ...] = (),
    offset: int = 0,
    limit: int = 20,
) -> ListedPage:
    """Return a page of the list: ordered by title, or by likeness to what was typed.

    Args:
        store: Answers; its engine cuts the page.
        words: Part of a title, its initial consonants, a service or an id; typos are forgiven.
        where: Clauses on columns of the list.
        offset: Rows before the page.
        limit: Rows of the page.

    Raises:
        CityboardError: The city has no list, or nothing was published of it.
    """
    columns = (ID, TITLE, FIELD, DISTRICT, SERVICE)
    if not words.strip():
        total = int(store.answer(Query(LIST, ("rows",), (), where)).frame["rows"].iloc[0])
        listing = Listing(LIST, columns, where, order=TITLE, limit=limit, offset=offset)
        return ListedPage(_rows(store.list_rows(listing).frame), total)
    ranked = _ranked(store, words, where)
    wanted = ranked[offset : offset + limit]
    if not wanted:
        return ListedPage((), len(ranked))
    listing = Listing(LIST, columns, (Members(ID, tuple(wanted)),), limit=limit)
    rows = {row.id: row for row in _rows(store.list_rows(listing).frame)}
    return ListedPage(tuple(rows[name] for name in wanted), len(ranked))


def listed_ids(store: Store, names: Iterable[str], *where: Clause) -> set[str]:
    """Return those of some ids (at most 1,000) that are in the list and meet clauses."""
    wanted = tuple(dict.fromkeys(names))
    if not wanted:
        return set()
    listing = Listing(LIST, (ID,), (Members(ID, wanted), *where), limit=MOST_ROWS)
    try:
        return set(store.list_rows(listing).frame[ID])
    except CityboardError:
        return set()


def listed_counts(store: Store) -> tuple[int, int]:
    """Return how many the list tells of, and how many of them have a service; 0 without a list."""
    try:
        row = store.answer(Query(LIST, ("datasets", "apis"))).frame.iloc[0]
    except CityboardError:
        return 0, 0
    return int(row["datasets"]), int(row["apis"])


_INDEXES: dict[tuple[Path, ...], SearchIndex] = {}


def listed_index(store: Store) -> SearchIndex:
    """Return an index of the list's titles, services and ids; made once a version."""
    files = store.snapshot(LIST).files
    if files not in _INDEXES:
        _INDEXES.clear()
        _INDEXES[files] = SearchIndex(tuple(map(_entry, store.frame(LIST).to_dict("records"))))
    return _INDEXES[files]


def _entry(row: Mapping[Any, Any]) -> Found:
    title, service = str(row[TITLE]), row[SERVICE]
    others = () if pd.isna(service) else (str(service),)
    return Found("dataset", str(row[ID]), Text(ko=title, en=title), "", None, others)


def _ranked(store: Store, words: str, where: tuple[Clause, ...]) -> list[str]:
    """Return the ids of what words may mean and clauses leave, the likeliest first."""
    index = listed_index(store)
    found = [each.id for each in index.find(words[:LONGEST], limit=len(index.entries))]
    if not where:
        return found
    frame = store.answer(Query(LIST, ("rows",), (Field(ID),), where)).frame
    left = set(frame[ID])
    return [name for name in found if name in left]


def _rows(frame: pd.DataFrame) -> tuple[ListedSource, ...]:
    return tuple(
        ListedSource(
            str(row[ID]),
            str(row[TITLE]),
            str(row[FIELD]),
            _known(row[DISTRICT]),
            _known(row[SERVICE]),
        )
        for row in frame.to_dict("records")
    )


def _known(value: object) -> str | None:
    return None if pd.isna(value) else str(value)  # type: ignore[call-overload]
