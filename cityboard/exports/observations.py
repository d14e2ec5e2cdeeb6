"""Every indicator's numbers in one long table, a row per observation, under SDMX's own names."""

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pandas as pd

from cityboard.catalog import Dataset, Indicator
from cityboard.errors import DisclosureError, UnknownNameError
from cityboard.exports.codes import (
    TOTAL,
    SexOrAge,
    code_of,
    obs_status_of,
    plain_id,
    time_period,
)
from cityboard.lake import Snapshot
from cityboard.observation import GRAINS, Observation, observe, observe_areas, observe_by
from cityboard.period import first_day
from cityboard.store import Store

DIMENSIONS = ("FREQ", "REF_AREA", "INDICATOR", "SEX", "AGE", "TIME_PERIOD")
MEASURE = "OBS_VALUE"
ATTRIBUTES = (
    *("UNIT_MEASURE", "OBS_STATUS", "PROVENANCE"),
    *("DATASET", "SNAPSHOT_VERSION", "LEARNT_AT", "PUBLISHER"),
)
COLUMNS = (*DIMENSIONS, MEASURE, *ATTRIBUTES)


@dataclasses.dataclass(frozen=True)
class _Slice:
    """Values of one area, sex and age: first days of periods and values, oldest first."""

    area: str
    sex: str
    age: str
    values: tuple[tuple[dt.date, float], ...]


def observations(store: Store) -> pd.DataFrame:
    """Return every observation of every indicator that the role may see, as one long table.

    It holds the city's whole series, the districts' values of the newest period, and the city's
    series per sex and per age where the indicator names a column for them. A register, which has
    no time, counts for the period that its vintage lies in.

    Returns:
        Columns `COLUMNS`; no two rows have the same `DIMENSIONS`. `REF_AREA` is an area code,
        `TIME_PERIOD` as of SDMX, `OBS_VALUE` a float in `UNIT_MEASURE` and never missing,
        `PROVENANCE` the class of the version the value was learnt from, `SNAPSHOT_VERSION` that
        version, `LEARNT_AT` when it was published (UTC). Ordered by indicator, city first.

    Raises:
        CityboardError: As of `Store.answer`.
    """
    rows = [row for indicator in visible_indicators(store) for row in _rows_of(store, indicator)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def visible_indicators(store: Store) -> list[Indicator]:
    """Return the indicators that the role may see and whose dataset is published, by number."""
    published = {dataset.id for dataset in store.datasets()}
    found = []
    for indicator in store.catalog.indicators.values():
        if indicator.dataset not in published:
            continue
        try:
            found.append(store.indicator(indicator.id))
        except (DisclosureError, UnknownNameError):  # its measure or a column is hidden
            continue
    return sorted(found, key=lambda each: (each.number is None, each.number, each.id))


def publisher_id(dataset: Dataset) -> str:
    """Return the code of a dataset's publisher: its English name as an identifier."""
    return plain_id(dataset.publisher.en).upper()


def city_code(store: Store) -> str:
    """Return the area code of the whole city."""
    return store.catalog.areas("city")[0].code


def breakdowns(store: Store, indicator: Indicator) -> dict[SexOrAge, str]:
    """Return `sex` and `age` → the column for it, of those the role may see."""
    known = store.dataset(indicator.dataset).column_names
    named: dict[SexOrAge, str | None] = {"sex": indicator.sex, "age": indicator.age}
    return {name: column for name, column in named.items() if column and column in known}


def _rows_of(store: Store, indicator: Indicator) -> Iterator[tuple[object, ...]]:
    dataset = store.dataset(indicator.dataset)
    snapshot = store.snapshot(indicator.dataset)
    attributes = _attributes(indicator, dataset, snapshot)
    for part in _slices(store, indicator):
        for day, value in part.values:
            period = time_period(day, indicator.frequency)
            yield (
                indicator.frequency,
                part.area,
                indicator.id,
                part.sex,
                part.age,
                period,
                value,
                *attributes,
            )


def _attributes(
    indicator: Indicator, dataset: Dataset, snapshot: Snapshot
) -> tuple[str | int, ...]:
    provenance = snapshot.lineage.provenance
    return (
        indicator.unit,
        obs_status_of(indicator, provenance),
        provenance,
        dataset.id,
        snapshot.version,
        f"{snapshot.published_at:%Y-%m-%dT%H:%M:%S}",
        publisher_id(dataset),
    )


def _slices(store: Store, indicator: Indicator) -> Iterator[_Slice]:
    """Yield the city, its districts, its sexes, its ages."""
    whole, area = city_code(store), "area" in store.fields(indicator.dataset)
    districts, city = observe_areas(store, indicator) if area else ({}, observe(store, indicator))
    yield _Slice(whole, TOTAL, TOTAL, values_of(store, city))
    newest = values_of(store, city)[-1:]
    for code, value in districts.items():
        yield from (_Slice(code, TOTAL, TOTAL, ((day, value),)) for day, _ in newest)
    for name, column in breakdowns(store, indicator).items():
        for told, seen in observe_by(store, indicator, column).items():
            codes: dict[SexOrAge, str] = {"sex": TOTAL, "age": TOTAL, name: code_of(name, told)}
            yield _Slice(whole, codes["sex"], codes["age"], values_of(store, seen))


def values_of(store: Store, seen: Observation) -> tuple[tuple[dt.date, float], ...]:
    """Return first days of periods and values, oldest first; of a register, its vintage's."""
    dataset = store.dataset(seen.indicator.dataset)
    if seen.series or seen.value is None or dataset.vintage is None:
        return seen.series
    return ((first_day(dataset.vintage, GRAINS[seen.indicator.frequency]), seen.value),)
