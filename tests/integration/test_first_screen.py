"""Figures of the first screen, counted again with pandas from the raw files as they were published.

Nothing here uses the code that reads the files for the lake: a fault of it would be repeated.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cityboard.notebook import CityHandle, open_city

pytestmark = pytest.mark.seoul

Recount = tuple[dt.date | None, float]


@pytest.fixture(scope="module")
def city(published_home: Path) -> CityHandle:
    """Return Seoul as published, opened."""
    return open_city(home=published_home)


def pm25(data: Path) -> Recount:
    rows = pd.read_csv(data / "air/daily_by_station/2022.csv", encoding="cp949")
    districts = population_rows(data)["행정구역(시군구)별"].unique()
    assert len(districts) == 25
    december = rows["측정일시"].between(20221201, 20221231) & rows["측정소명"].isin(districts)
    return dt.date(2022, 12, 1), float(rows.loc[december, "초미세먼지농도(㎍/㎥)"].mean())


def bike_rentals_per_day(data: Path) -> Recount:
    rows = pd.read_csv(data / "bike/daily_by_district/seoul_bike_daily_data.csv")
    month = rows[rows["date"].str.startswith("2023-12")]
    return dt.date(2023, 12, 1), month["use_count"].sum() / month["date"].nunique()


def subway_boardings_per_day(data: Path) -> Recount:
    newest = data / "subway/daily_2023/CARD_SUBWAY_MONTH_202310.csv"
    rows = pd.read_csv(newest, encoding="utf-8-sig", index_col=False)
    assert rows["사용일자"].nunique() == 31
    return dt.date(2023, 10, 1), rows["승차총승객수"].sum() / 31


def bus_boardings_per_day(data: Path) -> Recount:
    register = next((data / "bus/stops").glob("*20260506*.xlsx"))
    stops = pd.read_excel(register, dtype=str, engine="calamine")
    located = set(stops.loc[stops["X좌표"].notna() & stops["Y좌표"].notna(), "ARS_ID"])
    with zipfile.ZipFile(data / "bus/stop_route_hour_2022/2022_05.txt.zip") as archive:
        lines = archive.read(archive.namelist()[0]).decode("utf-8-sig").splitlines()
    total = 0
    for line in lines[1:]:
        names, counts = (fields := line.split(","))[3:-48], fields[-48:]  # names may hold commas
        stop = next(name for name in names if name == "~" or (len(name) == 5 and name.isdigit()))
        if stop in located:
            total += sum(map(int, counts[::2]))
    return dt.date(2022, 5, 1), total / 31


def crime_row(data: Path) -> list[int]:
    text = (data / "safety/crime_by_station/2023_관서별_5대범죄.csv").read_text("utf-8-sig")
    rows = pd.read_csv(io.StringIO(text), header=None, skiprows=4, thousands=",")
    districts = rows[rows[1] != "소계"].iloc[:, 4:].replace("-", 0).astype(int)
    assert len(districts) == 25
    return [int(districts.iloc[:, first::2].sum().sum()) for first in (0, 1)]


def crimes_reported(data: Path) -> Recount:
    return dt.date(2023, 1, 1), crime_row(data)[0]


def crime_clearance_rate(data: Path) -> Recount:
    reported, cleared = crime_row(data)
    return dt.date(2023, 1, 1), 100 * cleared / reported


def cctv_cameras(data: Path) -> Recount:
    rows = pd.read_csv(data / "safety/cctv_points_2018/cctv2.csv", encoding="cp949")
    assert len(rows) == 21121
    usable = rows[rows["lng"].between(126.76, 127.20) & rows["lat"].between(37.41, 37.71)]
    assert len(usable) == 20434
    return None, usable["num"].sum()


def emergency_bells(data: Path) -> Recount:
    rows = pd.read_csv(data / "safety/bells_police/비상벨(설치연도,좌표).csv")
    return None, rows["WGS84위도"].notna().sum()


def living_population(data: Path) -> Recount:
    rows = pd.read_csv(
        data / "living_population/gu_hourly_2024/LOCAL_PEOPLE_GU_UTF.csv",
        encoding="utf-8-sig",
        index_col=False,
    )
    assert len(rows) == 93000
    month = rows[rows["기준일ID"].between(20240501, 20240531)]
    hours = month.groupby(["기준일ID", "시간대구분"])["총생활인구수"].sum()
    assert len(hours) == 31 * 24
    return dt.date(2024, 5, 1), hours.mean()


def population_rows(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / "population/seoul_population_age.csv", encoding="cp949")


def registered_population(data: Path) -> Recount:
    return dt.date(2021, 1, 1), population_rows(data)["2021. 08 월"].sum()


def share_65_plus(data: Path) -> Recount:
    rows = population_rows(data)
    old = rows["연령별"].str.extract(r"^(\d+)")[0].astype(int) >= 65
    persons = rows["2021. 08 월"]
    return dt.date(2021, 1, 1), 100 * persons[old].sum() / persons.sum()


def proposals(data: Path) -> Recount:
    rows = pd.read_parquet(data / "opinion/proposals_2017_2019.parquet")
    assert len(rows) == 4892
    months = rows["제안등록일자"].str.slice(0, 7)
    assert months.max() == "2019-12"  # its last proposal is of the 18th: the month is not over
    return dt.date(2019, 11, 1), (months == "2019-11").sum()


def apartment_price_per_m2(data: Path) -> Recount:
    rows = pd.read_parquet(data / "housing/apt_trades_sample_2007_2023.parquet")
    month = rows[rows["contract_yyyymm"] == rows["contract_yyyymm"].max()]
    assert month["contract_yyyymm"].iloc[0] == 202306
    return dt.date(2023, 6, 1), 10_000 * month["price_10k_krw"].sum() / month["area_m2"].sum()


RECOUNTS: list[Callable[[Path], Recount]] = [
    pm25,
    bike_rentals_per_day,
    subway_boardings_per_day,
    bus_boardings_per_day,
    crimes_reported,
    crime_clearance_rate,
    cctv_cameras,
    emergency_bells,
    living_population,
    registered_population,
    share_65_plus,
    proposals,
    apartment_price_per_m2,
]


@pytest.mark.parametrize("recount", RECOUNTS, ids=lambda recount: recount.__name__)
def test_a_recount_from_the_raw_files_gives_the_figure(
    city: CityHandle, seoul_data: Path, recount: Callable[[Path], Recount]
) -> None:
    seen = city.indicator(recount.__name__)
    period, value = recount(seoul_data)
    assert seen.period == period
    assert seen.value == pytest.approx(value, rel=1e-9, abs=0)


def test_the_tiles_of_the_first_screen_tell_these_figures(city: CityHandle) -> None:
    tiles = city.board("mayor").tiles
    assert len(tiles) == 12
    for name, tile in tiles.items():
        assert tile.result.value == city.indicator(name).value


def test_every_indicator_of_the_first_screen_has_a_recount(city: CityHandle) -> None:
    names = {recount.__name__ for recount in RECOUNTS}
    groups = city.store.catalog.board("mayor").groups
    assert {name for group in groups for name in group.indicators} <= names


def test_every_figure_of_the_first_screen_says_it_was_published(city: CityHandle) -> None:
    for tile in city.board("mayor").tiles.values():
        assert tile.result.answer.provenance == "published"
