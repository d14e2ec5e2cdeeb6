"""The list of indicators: complete, sourced, dated, and every number rebuilt by its own line."""

import contextlib
import io
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cityboard.catalog import Catalog
from cityboard.indicators import listed
from cityboard.observation import Observation
from cityboard.store import Store, open_store
from tests.conftest import REPOSITORY
from tests.servers import COMMAND

SEOUL = REPOSITORY / "catalogs/seoul"
LISTED = 62
FIXED = {  # named by the platform's operator: they keep their ids
    "employment_rate",
    "womens_employment_rate",
    "employed_persons",
    "mini_pv_households",
    "ecomileage_members",
    "public_rental_housing",
}
GOALS = {3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17}


@pytest.fixture(scope="module")
def rows(figures_home: Path) -> list[dict[str, Any]]:
    """Return what the command lists."""
    command = [COMMAND, "indicators", "--json", "--home", str(figures_home)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def store(figures_home: Path) -> Store:
    """Return Seoul from its embedded figures."""
    return open_store(SEOUL, figures_home)


def test_the_list_is_complete_and_in_order(rows: list[dict[str, Any]]) -> None:
    assert [row["number"] for row in rows] == list(range(1, LISTED + 1))
    assert {row["id"] for row in rows} >= FIXED


def test_every_number_has_value_source_class_date_and_owner(rows: list[dict[str, Any]]) -> None:
    needed = ("id", "value", "period", "unit", "provenance", "source", "as_of", "owner", "line")
    missing = [(row["id"], name) for row in rows for name in needed if row[name] in {None, ""}]
    assert missing == []
    assert [row["problem"] for row in rows if row["problem"]] == []


def test_half_of_the_list_is_computed_from_real_rows(rows: list[dict[str, Any]]) -> None:
    classes = Counter(row["provenance"] for row in rows)
    assert classes.keys() == {"figures", "simulated"}
    assert classes["figures"] >= 30


def test_the_line_behind_the_copy_button_rebuilds_every_number(
    rows: list[dict[str, Any]], figures_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYBOARD_HOME", str(figures_home))
    for row in rows:
        before, _, call = row["line"].rpartition("; ")
        scope: dict[str, Any] = {}
        exec(before, scope)
        with contextlib.redirect_stdout(io.StringIO()):
            seen = eval(call, scope)
        assert isinstance(seen, Observation)
        assert seen.value == row["value"], row["id"]
        assert seen.answer.provenance == row["provenance"]


def test_everything_listed_belongs_to_the_plan_and_to_someone() -> None:
    catalog = Catalog(SEOUL)
    assert catalog.plan is not None
    for indicator in catalog.indicators.values():
        assert catalog.organisation(indicator.owner).title.ko
        if indicator.number is not None:
            assert indicator.task, f"{indicator.id} measures no task of the plan"
            assert indicator.rationale, f"{indicator.id} does not say why it is watched"


def test_the_plan_has_its_published_totals() -> None:
    plan = Catalog(SEOUL).plan
    assert plan is not None
    assert len(plan.below(None, "vision")) == 5
    assert len(plan.below("democratic", "task")) == 29
    assert len(plan.below("democratic", "area")) == 6
    assert len(plan.below("gender_equality_area", "task")) == 5


def test_every_goal_the_operator_names_is_served_or_told_to_be_none() -> None:
    served = {goal for each in Catalog(SEOUL).indicators.values() for goal in each.goals}
    assert GOALS - served <= {15}, "the coverage page writes `none` beside these"


def test_an_indicator_that_cannot_be_had_says_why(tmp_path: Path) -> None:
    store = open_store(SEOUL, tmp_path)
    row = listed(store, store.catalog.indicator("pm25"))
    assert row["value"] is None
    assert "air_quality_daily" in row["problem"]


def test_a_count_is_as_of_its_day_and_a_mean_of_a_year_as_of_its_end(store: Store) -> None:
    told = {
        name: listed(store, store.indicator(name))["as_of"]
        for name in ("registered_population", "employment_rate", "pm25")
    }
    assert told == {
        "registered_population": "2021-08-31",
        "employment_rate": "2024-12-31",
        "pm25": "2022-12-31",
    }
