"""What is missing: breakdowns asked of the data, women beside men, sums, the age of numbers."""

import datetime as dt
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from cityboard.catalog import Catalog
from cityboard.gaps import coverage, gaps, gender_gaps, shares, sums
from cityboard.progress import exceeding, follow_up, progress_of_all
from cityboard.store import Store
from tests.cities import ENTRIES, publish_city, write_city

Job = tuple[int, str | None, str, int, int]  # year, district, sex, jobs, people
SCHEMA = {
    "year_start_date": pl.Date,
    "district_code": pl.String,
    "sex": pl.String,
    "age": pl.Int32,
    "jobs": pl.Int64,
    "people": pl.Int64,
}
JOBS: list[Job] = [
    (2018, "11001", "f", 40, 100),
    (2018, "11001", "m", 60, 100),
    (2018, "11002", "f", 30, 100),
    (2018, "11002", "m", 70, 100),
    (2019, "11001", "f", 45, 100),
    (2019, "11001", "m", 62, 100),
    (2019, "11002", "f", 36, 100),
    (2019, "11002", "m", 68, 100),
]
WORDS = {"ko": "일자리", "en": "Jobs"}
Opened = Callable[..., Store]


def column(name: str, kind: str, unit: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "unit": unit, "title": WORDS, **more}


def dataset() -> str:
    """Return the entry of jobs per year, district and sex; all are forty years old."""
    entry = yaml.safe_load((ENTRIES / "datasets/visits.yaml").read_text("utf-8"))
    sexes = {"f": {"ko": "여자", "en": "Women"}, "m": {"ko": "남자", "en": "Men"}}
    entry |= {
        "id": "jobs",
        "frequency": "A",
        "columns": [
            column("year_start_date", "date", "date"),
            column("district_code", "string", "code", nullable=True),
            column("sex", "string", "code", labels=sexes, nullable=True),
            column("age", "int32", "year"),
            column("jobs", "int64", "persons"),
            column("people", "int64", "persons"),
        ],
        "key": ["year_start_date", "sex", "jobs"],
        "time": {"column": "year_start_date", "zone": "Europe/Berlin", "grain": "year"},
        "measures": [
            {"id": m, "title": WORDS, "unit": "persons", "aggregate": "sum", "column": m}
            for m in ("jobs", "people")
        ]
        + [
            {"id": "rate", "title": WORDS, "unit": "pct", "aggregate": "ratio", "column": "jobs"}
            | {"over": "people", "scale": 100}
        ],
        "dimensions": ["sex", "age"],
        "rollup": None,
        "distributions": [{**each, "path": ["jobs.parquet"]} for each in entry["distributions"]],
    }
    return json.dumps(entry, default=str)  # which is YAML too, and has no anchors


def entry(name: str, **changes: Any) -> str:
    values = {
        "id": name,
        "number": 1,
        "title": WORDS,
        "definition": WORDS,
        "dataset": "jobs",
        "measure": "jobs",
        "frequency": "A",
        "annual": "sum",
        "direction": "up",
        "unit": "persons",
        "owner": "culture",
        "expected": ["area", "sex", "age"],
        "sex": "sex",
        "age": "age",
    }
    return json.dumps(values | changes)


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Return a function that publishes rows of jobs and opens the city."""

    def make(rows: Sequence[Job] = JOBS, **indicators: dict[str, Any]) -> Store:
        entries = indicators or {"jobs": {}}
        table = [(dt.date(y, 1, 1), d, s, 40, j, p) for y, d, s, j, p in rows]
        held = io.BytesIO()
        pl.DataFrame(table, schema=SCHEMA, orient="row").write_parquet(held)
        changes: dict[str, str | bytes | None] = {
            f"indicators/{name}.yaml": entry(name, **{"number": n} | more)
            for n, (name, more) in enumerate(entries.items(), 1)
        }
        changes |= {"datasets/jobs.yaml": dataset(), "figures/jobs.parquet": held.getvalue()}
        city = Catalog(write_city(tmp_path / "city", changes))
        return Store(city, publish_city(city, tmp_path / "lake"))

    return make


def test_a_breakdown_is_there_when_the_data_have_two_groups(opened: Opened) -> None:
    found = {gap.breakdown: (gap.is_there, gap.groups) for gap in gaps(opened())}
    assert found == {"area": (True, 2), "sex": (True, 2), "age": (False, 1)}


def test_an_entry_that_names_a_column_proves_nothing(opened: Opened) -> None:
    """In the newest year nobody's sex is known, though the year before has both."""
    unknown = [(2020, "11001", None, 120, 200), (2020, "11002", None, 110, 200)]
    found = {gap.breakdown: gap for gap in gaps(opened([*JOBS, *unknown]))}  # type: ignore[list-item]
    assert not found["sex"].is_there
    assert found["area"].is_there


def test_a_breakdown_without_a_column_is_missing(opened: Opened) -> None:
    (gap,) = gaps(opened(jobs={"sex": None, "expected": ["sex"]}))
    assert (gap.is_there, gap.groups) == (False, 0)
    assert gap.reason


def test_only_what_the_list_names_is_reported_in_its_order(opened: Opened) -> None:
    store = opened(
        b={"number": 7, "expected": ["sex"]},
        a={"number": 9, "expected": ["area", "sex"]},
        c={"number": None},
    )
    assert [(g.indicator.id, g.breakdown) for g in gaps(store)] == [
        ("b", "sex"),
        ("a", "area"),
        ("a", "sex"),
    ]
    area, sex, age = shares(gaps(store), listed=62)
    assert (area.expected, area.there, area.pct, area.listed) == (1, 1, 100, 62)
    assert (sex.expected, sex.there) == (2, 2)
    assert age.pct != age.pct


def test_a_dataset_that_was_never_published_has_gaps_and_no_source(
    opened: Opened, tmp_path: Path
) -> None:
    city = opened().catalog
    store = Store(city, publish_city(_without_jobs(city), tmp_path / "empty"))
    assert [gap.is_there for gap in gaps(store)] == [False, False, False]
    (row,) = [each for each in coverage(store) if each.indicator.id == "jobs"]
    assert (row.provenance, row.age_days) == (None, None)
    assert row.reason
    assert gender_gaps(store)[0].reason


def _without_jobs(city: Catalog) -> Catalog:
    catalog = Catalog(city.folder)
    del catalog.datasets["jobs"]
    return catalog


@pytest.mark.parametrize("sex", ["f", "m"])
def test_women_and_men_are_of_the_newest_year_that_has_both(opened: Opened, sex: str) -> None:
    only_one = (2020, "11001", sex, 99, 100)
    (gap,) = gender_gaps(opened([*JOBS, only_one], rate={"measure": "rate", "unit": "pct"}))
    assert (gap.period, gap.women, gap.men) == (dt.date(2019, 1, 1), 40.5, 65)
    assert gap.difference == -24.5


def test_districts_that_add_up_to_the_city_are_told_so(opened: Opened) -> None:
    store = opened()
    told = sums(store, store.indicator("jobs"))
    assert (told.city, told.areas, told.adds_up, told.reason) == (211, 211, True, None)


def test_what_belongs_to_no_area_is_told_in_per_cent(opened: Opened) -> None:
    nowhere = (2019, None, "f", 89, 100)
    store = opened([*JOBS, nowhere])
    told = sums(store, store.indicator("jobs"))
    assert (told.city, told.areas, told.adds_up) == (300, 211, False)
    assert told.reason
    assert "29.67%" in told.reason.en


def test_a_declared_reason_is_told_before_any_other(opened: Opened) -> None:
    why = {"ko": "시 본청은 자치구에 속하지 않는다.", "en": "City Hall lies in no district."}
    store = opened([*JOBS, (2019, None, "f", 89, 100)], jobs={"apart": why})
    reason = sums(store, store.indicator("jobs")).reason
    assert reason
    assert reason.en == why["en"]


def test_a_ratio_need_not_add_up_and_says_why(opened: Opened) -> None:
    store = opened(rate={"measure": "rate", "unit": "pct"})
    told = sums(store, store.indicator("rate"))
    assert (told.city, told.areas, told.adds_up) == (52.75, None, None)
    assert told.reason


def test_every_indicator_says_where_its_numbers_come_from_and_how_old_they_are(
    opened: Opened,
) -> None:
    rows = coverage(opened(), today=dt.date(2020, 1, 31))
    (row,) = [each for each in rows if each.indicator.id == "jobs"]
    assert rows[0] == row, "what the list names comes first"
    assert row.publisher
    assert (row.publisher.en, row.provenance) == ("City of Testburg", "figures")
    assert (row.as_of, row.age_days, row.is_stale) == (dt.date(2019, 12, 31), 31, False)
    late = coverage(opened(), today=dt.date(2020, 3, 31))
    assert late[0].is_stale


def test_what_exceeds_and_what_must_be_followed_up_stand_apart(opened: Opened) -> None:
    """Jobs went from 200 to 211, by 5.5 %; of women from 70 to 81, by 16 %."""
    words = {"set_by": WORDS, "source": WORDS}
    store = opened(
        reached={"target": {"value": 205, "by": "2025-12-31", **words}},
        quick={"where": {"sex": ["f"]}, "target": {"value": 90, "by": "2025-12-31", **words}},
        slow={"target": {"value": 500, "by": "2022-12-31", **words}},
        worse={"direction": "down"},
        aimless={"direction": "neither"},
    )
    today = dt.date(2020, 6, 1)
    told = progress_of_all(store, today=today)
    assert [p.indicator.id for p in exceeding(told)] == ["reached", "quick"]
    assert [p.indicator.id for p in follow_up(told)] == ["worse", "slow"]
