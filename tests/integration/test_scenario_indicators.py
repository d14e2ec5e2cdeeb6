"""Simulated indicators: the same bytes each time, parts that add up, and the values cited."""

import datetime as dt
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityboard.catalog import Indicator
from cityboard.lake import Lake
from cityboard.observation import observe, observe_areas
from cityboard.query import Field, Query
from cityboard.selection import Members
from cityboard.store import Store, open_store
from data_sources.figures.files import write
from data_sources.publish import publish
from data_sources.scenario_indicators import SIMULATIONS, scenario
from data_sources.scenario_series import ANCHORED, apportion
from tests.cleaning import SEOUL, seoul
from tests.conftest import REPOSITORY
from tests.recounts import Recounts

NUMBERS = {
    *(2, 3, 6, 7, 11, 22, 23, 24, 25, 26, 27, 28, 29, 32, 33, 34, 35, 36, 42, 44, 51, 53, 54),
    *(55, 56, 57, 61, 62),
}
CITED = {"women_on_committees": 40.3, "women_grade_5_up": 20.8, "gender_pay_gap": 36.8}  # in 2016
PERIODS = {"M": 12, "Q": 4, "A": 1}
SIMULATED = sorted(
    (each for each in seoul().indicators.values() if each.dataset in SIMULATIONS),
    key=lambda each: each.id,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the simulated datasets, published as shipped."""
    home = tmp_path_factory.mktemp("simulated")
    for name in SIMULATIONS:
        lake = Lake(home / "lake/seoul")
        publish(seoul().dataset(name), catalog=seoul(), lake=lake, data=None)
    return home


@pytest.fixture(scope="module")
def store(home: Path) -> Store:
    """Return the city, opened."""
    return open_store(SEOUL, home)


@pytest.fixture(scope="module")
def recounts(home: Path) -> Recounts:
    """Return the same rows, to be asked in SQL."""
    return Recounts(home)


def test_every_number_of_the_list_without_open_data_has_an_indicator() -> None:
    assert {each.number for each in SIMULATED} == NUMBERS
    assumed = [each for group in SIMULATIONS.values() for each in group]
    numbered = {each.indicator: each.number for each in assumed}
    assert {each.id: each.number for each in SIMULATED} == numbered


def test_the_page_of_the_scenario_names_every_one() -> None:
    page = (REPOSITORY / "docs/scenario.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)
    assert {int(number): name for number, name in rows} == {e.number: e.id for e in SIMULATED}


@pytest.mark.parametrize("dataset", SIMULATIONS)
def test_the_scenario_is_shipped_to_the_byte(dataset: str, tmp_path: Path) -> None:
    write(scenario(dataset, seoul()), dataset, tmp_path)
    shipped = (seoul().figures_folder / f"{dataset}.parquet").read_bytes()
    assert (tmp_path / f"{dataset}.parquet").read_bytes() == shipped
    assert len(shipped) < 200_000


@pytest.mark.parametrize("indicator", SIMULATED, ids=lambda each: each.id)
def test_it_is_simulated_and_positive_over_five_whole_years(
    store: Store, indicator: Indicator
) -> None:
    seen = observe(store, indicator)
    assert seen.answer.provenance == "simulated"
    assert seen.until == dt.date(2024, 12, 31)
    assert all(value > 0 for _, value in seen.series)
    assert len(seen.series) >= 5 * PERIODS[indicator.frequency]
    assert len({day for day, _ in seen.series}) % PERIODS[indicator.frequency] == 0
    low, high = indicator.limits
    assert all((low or 0) <= value <= (high or value) for _, value in seen.series)


@pytest.mark.parametrize("indicator", SIMULATED, ids=lambda each: each.id)
def test_it_is_what_a_recount_in_sql_gives(
    store: Store, recounts: Recounts, indicator: Indicator
) -> None:
    seen = observe(store, indicator)
    period, value = recounts.indicator(indicator.id)
    assert seen.period == period
    assert seen.value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("indicator", SIMULATED, ids=lambda each: each.id)
def test_it_has_every_breakdown_expected_in_every_period(
    store: Store, indicator: Indicator
) -> None:
    kept = Members("indicator_code", (indicator.id,))
    columns = {"area": "district_code", "sex": indicator.sex, "age": indicator.age}
    count = {"area": 25, "sex": 2, "age": 5}
    for breakdown in indicator.expected:
        column = columns[breakdown]
        assert column
        rows = store.frame(indicator.dataset)
        rows = rows[rows["indicator_code"] == indicator.id]
        assert rows[column].notna().all()
        assert set(rows.groupby("period_start_date")[column].nunique()) == {count[breakdown]}
        query = Query(indicator.dataset, (indicator.measure,), (Field(column),), (kept,))
        values = store.answer(query).frame[indicator.measure]
        assert len(values) == count[breakdown]
        assert (values > 0).all()


@pytest.mark.parametrize("indicator", SIMULATED, ids=lambda each: each.id)
def test_districts_add_up_to_the_city(store: Store, indicator: Indicator) -> None:
    values, city = observe_areas(store, indicator)
    assert len(values) == (25 if "area" in indicator.expected else 0)
    if values and seoul().dataset(indicator.dataset).measure(indicator.measure).additive:
        assert sum(values.values()) == city.value


@pytest.mark.parametrize("dataset", SIMULATIONS)
def test_no_part_has_more_than_all_of_its_own(dataset: str) -> None:
    shares = [a.indicator for a in SIMULATIONS[dataset] if a.over and a.is_share]
    rows = scenario(dataset, seoul()).filter(pl.col("indicator_code").is_in(shares))
    assert rows.filter(pl.col("numerator") > pl.col("denominator")).is_empty()


@pytest.mark.parametrize(("name", "value"), CITED.items())
def test_a_published_value_is_met_exactly_and_marked(store: Store, name: str, value: float) -> None:
    seen = dict(observe(store, seoul().indicator(name)).series)
    assert seen[dt.date(2016, 1, 1)] == pytest.approx(value, rel=1e-12)
    rows = store.frame("simulated_annual")
    anchored = rows[(rows["obs_status"] == ANCHORED) & (rows["indicator_code"] == name)]
    assert {day.year for day in anchored["period_start_date"]} == {2016}


@given(
    total=st.integers(0, 10**7),
    weights=st.lists(st.floats(0.01, 1e6), min_size=1, max_size=150),
    seed=st.integers(0, 2**32),
)
def test_shares_add_up_to_the_total_and_are_within_one_of_their_weight(
    total: int, weights: list[float], seed: int
) -> None:
    shares = apportion(total, np.array(weights), np.random.default_rng(seed))
    exact = total * np.array(weights) / sum(weights)
    assert shares.sum() == total
    assert (shares >= 0).all()
    assert (abs(shares - exact) < 1 + 1e-6).all()


def test_what_is_supplied_or_installed_never_falls_in_any_part(store: Store) -> None:
    rising = [each for group in SIMULATIONS.values() for each in group if each.is_cumulative]
    assert {each.indicator for each in rising} >= {"mini_pv_households", "public_rental_housing"}
    for assumption in rising:
        dataset = next(name for name, group in SIMULATIONS.items() if assumption in group)
        rows = store.frame(dataset)
        rows = rows[rows["indicator_code"] == assumption.indicator]
        parts = [
            n for n in ("district_code", "category_code") if n in rows and rows[n].notna().any()
        ]
        steps = rows.sort_values("period_start_date").groupby(parts)["numerator"].diff().dropna()
        assert (steps >= 0).all(), assumption.indicator
