"""Numbers about people, work and welfare, counted again from the published files with pandas.

Nothing of the sources is used here: neither their readers nor their cleaners.
"""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cityboard.lake import Lake
from cityboard.notebook import CityHandle, open_city
from cityboard.observation import observe, observe_areas
from data_sources.publish import publish
from tests.cleaning import seoul

ELDERLY = "indicators/elderly_welfare"
INDICATORS = (
    "child_woman_ratio",
    "employed_persons",
    "employment_rate",
    "foreign_arrivals",
    "low_income_share",
    "residents_by_sex_and_age",
    "retail_card_sales_per_day",
    "rides_by_persons_with_disabilities",
    "senior_leisure_facilities",
    "seniors_living_alone",
    "seniors_on_basic_livelihood",
    "suicide_rate",
    "unemployment_rate",
)
Recount = Callable[[Path], tuple[dt.date | None, float]]


@pytest.fixture(scope="module")
def published(seoul_data: Path, tmp_path_factory: pytest.TempPathFactory) -> CityHandle:
    """Return Seoul with the datasets of these indicators, from the published files."""
    home = tmp_path_factory.mktemp("people")
    catalog = seoul()
    for name in sorted({catalog.indicator(each).dataset for each in INDICATORS}):
        lake = Lake(home / "lake/seoul")
        publish(catalog.dataset(name), catalog=catalog, lake=lake, data=seoul_data)
    return open_city(home=home)


def _sheet(data: Path, pattern: str, **options: Any) -> pd.DataFrame:
    (path,) = (data / ELDERLY).glob(pattern)
    return pd.read_excel(path, engine="calamine", **options)


def _labour(item: str) -> Recount:
    def recount(data: Path) -> tuple[dt.date, float]:
        path = data / "population/sido_statistics/economically_active_population_long.json"
        rows = pd.read_json(path)
        rows = rows[(rows["region"] == "서울특별시") & (rows["item"] == item)]
        newest = rows.loc[rows["year"].idxmax()]
        return dt.date(int(newest["year"]), 1, 1), float(newest["value"])

    return recount


def _sales_per_day(data: Path) -> tuple[dt.date, float]:
    path = data / "indicators/seoul_data_atlas/gu_daily_timeseries.json"
    districts = json.loads(path.read_text("utf-8"))
    days = pd.concat([pd.DataFrame(days) for days in districts.values()])
    december = days[days["date"].str.startswith("2024-12")]
    return dt.date(2024, 12, 1), december["retail_total_amount"].sum() / 31


def _arrivals(data: Path) -> tuple[dt.date, float]:
    rows = pd.read_csv(data / "living_population/other/kto_foreign_arrivals_monthly.csv")
    newest = rows.set_index("yyyymm")["arrivals_persons"].loc[202512]
    return dt.date(2025, 12, 1), float(newest)


def _low_incomes(data: Path) -> tuple[None, float]:
    shares = pd.read_json(data / "indicators/seoul_data_atlas/dong_metrics.json")
    known = shares.loc[shares["low_income_share"] > 0, "low_income_share"]
    assert len(known) == 414
    return None, 100 * known.mean()


def _alone(group: str) -> Recount:
    def recount(data: Path) -> tuple[dt.date, float]:
        table = _sheet(data, "독거*", header=[0, 1])
        assert len(table) == 25
        return dt.date(2023, 1, 1), float(table[group]["계"].sum())

    return recount


def _facilities(data: Path) -> tuple[dt.date, float]:
    table = _sheet(data, "*노인여가*")
    kinds = ["노인복지관 수", "경로당 수", "노인교실 수"]
    return dt.date(2022, 1, 1), float(table[kinds].to_numpy().sum())


def _rides(data: Path) -> tuple[dt.date, float]:
    cells = _sheet(data, "*이용자유형*", sheet_name="2023년", header=None)
    (disabled,) = cells[cells.eq("장애인").any(axis=1)].to_numpy()
    both_modes = disabled[list(disabled).index("장애인") + 1]  # 소계, which no row of ours is
    return dt.date(2023, 1, 1), float(both_modes)


def _ages(data: Path) -> pd.DataFrame:
    rows = pd.read_csv(data / "population/seoul_population_age.csv", encoding="cp949")
    return rows.assign(age=rows["연령별"].str.extract(r"(\d+)", expand=False).astype(int))


def _children_per_woman(data: Path) -> tuple[dt.date, float]:
    rows = _ages(data)
    newest = rows["2021. 08 월"]
    mothers = rows["age"].between(15, 49) & (rows["항목"] == "여자인구수")
    return dt.date(2021, 1, 1), 1000 * newest[rows["age"] < 5].sum() / newest[mothers].sum()


def _residents(data: Path) -> tuple[dt.date, float]:
    return dt.date(2021, 1, 1), float(_ages(data)["2021. 08 월"].sum())


RECOUNTS: dict[str, Recount] = {
    "child_woman_ratio": _children_per_woman,
    "employed_persons": _labour("employed"),
    "employment_rate": _labour("employment_rate"),
    "foreign_arrivals": _arrivals,
    "low_income_share": _low_incomes,
    "residents_by_sex_and_age": _residents,
    "retail_card_sales_per_day": _sales_per_day,
    "rides_by_persons_with_disabilities": _rides,
    "senior_leisure_facilities": _facilities,
    "seniors_living_alone": _alone("소계"),
    "seniors_on_basic_livelihood": _alone("국민기초생활보장 수급권자"),
    "unemployment_rate": _labour("unemployment_rate"),
}


@pytest.mark.seoul
@pytest.mark.parametrize("name", RECOUNTS)
def test_a_number_is_what_its_file_gives(
    published: CityHandle, seoul_data: Path, name: str
) -> None:
    period, value = RECOUNTS[name](seoul_data)
    seen = observe(published.store, seoul().indicator(name))
    assert (seen.period, seen.value) == (period, pytest.approx(value, rel=1e-12))


@pytest.mark.seoul
def test_suicides_are_as_frequent_as_was_published(published: CityHandle, seoul_data: Path) -> None:
    table = _sheet(seoul_data, "자살률*").set_index("자치구별")["자살률 (10만명당 명)"]
    names = {area.code: area.name.ko for area in seoul().areas("district")}
    values, city = observe_areas(published.store, seoul().indicator("suicide_rate"))
    assert {names[code]: rate for code, rate in values.items()} == pytest.approx(
        table.drop("소계").to_dict()
    )
    assert city.value == pytest.approx(table["소계"], abs=0.05)


@pytest.mark.seoul
def test_residents_of_a_sex_and_age_group_are_those_of_the_file(
    published: CityHandle, seoul_data: Path
) -> None:
    rows = _ages(seoul_data)
    frame = published["population_by_age_group"].rows()
    day = pd.to_datetime(frame["counted_date"]).dt.date == dt.date(2020, 12, 31)
    group = day & (frame["age_group"] == "30_34") & (frame["sex"] == "f")
    expected = rows[rows["age"].between(30, 34) & (rows["항목"] == "여자인구수")]
    assert frame.loc[group, "persons"].sum() == expected["2020 년"].sum()


@pytest.fixture(scope="module")
def embedded(figures_home: Path) -> CityHandle:
    """Return Seoul from the embedded figures."""
    return open_city(home=figures_home)


@pytest.mark.parametrize("name", INDICATORS)
def test_a_number_needs_no_published_file(embedded: CityHandle, name: str) -> None:
    seen = embedded.indicator(name)
    low, high = seen.indicator.limits
    assert seen.value is not None
    assert (low or 0) < seen.value < (high or 1e15)
    assert seen.answer.snapshot.lineage.provenance == "figures"
