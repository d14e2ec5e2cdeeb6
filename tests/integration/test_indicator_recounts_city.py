"""Indicators of the city's registers and years, counted again with pandas from the raw files.

Nothing here uses the code that reads the files for the lake: a fault of it would be repeated.
"""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cityboard.lake import Lake
from cityboard.notebook import CityHandle, open_city
from cityboard.observation import observe, observe_areas
from data_sources.publish import publish
from tests.cleaning import seoul

pytestmark = pytest.mark.seoul

Recount = tuple[dt.date | None, float]
SAFETY = "safety/fire_shelter_hospital"
FILES = "indicators/parks_libraries"
DECEMBER = dt.date(2022, 12, 1)


@pytest.fixture(scope="module")
def city(seoul_data: Path, tmp_path_factory: pytest.TempPathFactory) -> CityHandle:
    """Return Seoul with the datasets counted here, from the published files."""
    home, catalog = tmp_path_factory.mktemp("counted"), seoul()
    names = {catalog.indicators[recount.__name__].dataset for recount in RECOUNTS}
    for name in sorted(names):
        lake = Lake(home / "lake/seoul")
        publish(catalog.dataset(name), catalog=catalog, lake=lake, data=seoul_data)
    return open_city(home=home)


def fatal_accidents(data: Path) -> pd.DataFrame:
    (path,) = (data / "safety/traffic_fatal_2018").glob("*.csv")
    rows = pd.read_csv(path, encoding="cp949")
    return rows[rows["발생지시도"] == "서울"]


def traffic_deaths(data: Path) -> Recount:
    rows = fatal_accidents(data)
    assert rows["사망자수"].sum() == 304
    month = rows[rows["발생년월일시"] // 10_000 == 201812]
    return dt.date(2018, 12, 1), month["사망자수"].sum()


def earthquake_shelters(data: Path) -> Recount:
    rows = pd.read_csv(data / SAFETY / "서울시 지진대피소 현황.csv", encoding="utf-8-sig")
    return None, len(rows)


def fire_stations_count(data: Path) -> Recount:
    rows = pd.read_csv(data / SAFETY / "서울시 소방서,안전센터,구조대 위치정보.csv")
    return None, rows["서ㆍ센터ID"].nunique()


def general_hospitals(data: Path) -> Recount:
    rows = pd.read_csv(data / SAFETY / "서울특별시 병원 인허가 정보.csv", dtype=str)
    is_open = rows["영업상태명"] == "영업/정상"
    return None, (is_open & (rows["업태구분명"] == "종합병원")).sum()


def open_data_sets(data: Path) -> Recount:
    return None, pd.read_csv(data / "api/oa_titles_2024-01.csv")["INF_ID"].nunique()


def public_libraries(data: Path) -> Recount:
    (path,) = (data / FILES).glob("서울특별시 공공도서관*.csv")
    return None, pd.read_csv(path)["도서관 구분명"].isin(["공공도서관", "대표도서관"]).sum()


def adopted_proposals(data: Path) -> Recount:
    rows = pd.read_parquet(data / "opinion/adopted_2010_2017.parquet")
    months = rows.drop_duplicates("제안번호")["제안등록일자"].str.slice(0, 7)
    assert months.max() == "2017-07"  # its last proposal is of the 31st: the month is over
    return dt.date(2017, 7, 1), (months == "2017-07").sum()


def parks(data: Path) -> Recount:
    return None, len(pd.read_csv(data / FILES / "park.csv"))


def public_toilets(data: Path) -> Recount:
    rows = json.loads((data / "indicators/toilets/toiletLocation.json").read_text("utf-8"))
    return None, len({row["POI_ID"] for row in rows})


def fair_price_shops(data: Path) -> Recount:
    (path,) = (data / "indicators/open_data_dumps").glob("서울시_착한가격업소*.json")
    rows = json.loads(path.read_text("utf-8"))["DATA"]
    return None, len({row["sh_id"] for row in rows if row["sh_addr"] != "서울특별시 테스트"})


def december_air(data: Path) -> pd.DataFrame:
    """Return (775 rows) the days of December 2022 of the 25 stations named like a district."""
    rows = pd.read_csv(data / "air/daily_by_station/2022.csv", encoding="cp949")
    rows = rows[rows["측정일시"].between(20221201, 20221231)]
    return rows[rows["측정소명"].str.endswith("구")]


def pm10(data: Path) -> Recount:
    return DECEMBER, december_air(data)["미세먼지농도(㎍/㎥)"].mean()


def air_quality_index(data: Path) -> Recount:
    rows = december_air(data)
    scores = [
        rows["초미세먼지농도(㎍/㎥)"].map(lambda c: score(c, (15, 35, 75, 500))),
        rows["미세먼지농도(㎍/㎥)"].map(lambda c: score(c, (30, 80, 150, 600))),
        rows["오존농도(ppm)"].map(lambda c: score(1000 * c, (30, 90, 150, 600))),
        rows["이산화질소농도(ppm)"].map(lambda c: score(1000 * c, (30, 60, 200, 2000))),
        rows["아황산가스농도(ppm)"].map(lambda c: score(1000 * c, (20, 50, 150, 1000))),
        rows["일산화탄소농도(ppm)"].map(lambda c: score(100 * c, (200, 900, 1500, 5000))),
    ]
    worst = pd.concat(scores, axis=1)
    bad = (worst > 100).sum(axis=1)
    index = worst.max(axis=1).round() + bad.map({0: 0, 1: 0, 2: 50, 3: 75})
    measured = scores[0].notna() | scores[1].notna()
    return DECEMBER, index[measured].mean()


def score(concentration: float, ends: tuple[int, ...]) -> float:
    """Return the sub-index of a concentration in whole units, by the formula as it is printed."""
    low, low_score = 0, 0
    for end, end_score in zip(ends, (50, 100, 250, 500), strict=True):
        if concentration <= end:
            return low_score + (end_score - low_score) / (end - low) * (concentration - low)
        low, low_score = end + 1, end_score + 1
    return float("nan")


def crimes_reported(data: Path) -> Recount:
    rows = pd.read_csv(data / "safety/crime_by_station/2023_관서별_5대범죄.csv", header=None)
    total = rows[rows[1] == "소계"].iloc[0]
    return dt.date(2023, 1, 1), float(total[2])


RECOUNTS: list[Callable[[Path], Recount]] = [
    traffic_deaths,
    earthquake_shelters,
    fire_stations_count,
    general_hospitals,
    open_data_sets,
    public_libraries,
    adopted_proposals,
    parks,
    public_toilets,
    fair_price_shops,
    pm10,
    air_quality_index,
    crimes_reported,
]


@pytest.mark.parametrize("recount", RECOUNTS, ids=lambda recount: recount.__name__)
def test_a_recount_from_the_raw_files_gives_the_indicator(
    city: CityHandle, seoul_data: Path, recount: Callable[[Path], Recount]
) -> None:
    seen = observe(city.store, seoul().indicators[recount.__name__])
    period, value = recount(seoul_data)
    assert seen.period == period
    assert seen.value == pytest.approx(value, rel=1e-9, abs=0)
    assert seen.answer.provenance == "published"


def test_the_districts_have_the_road_deaths_that_the_police_wrote_down(
    city: CityHandle, seoul_data: Path
) -> None:
    rows = fatal_accidents(seoul_data)
    month = rows[rows["발생년월일시"] // 10_000 == 201812]
    counted = month.groupby("발생지시군구")["사망자수"].sum().to_dict()
    names = {area.code: area.name.ko for area in seoul().areas("district")}
    seen, _ = observe_areas(city.store, seoul().indicators["traffic_deaths"])
    assert {names[code]: value for code, value in seen.items() if value} == counted
