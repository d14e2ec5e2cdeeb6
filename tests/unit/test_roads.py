"""Fatal accidents: the city's among the country's, an hour told with its day."""

import datetime as dt
from pathlib import Path

from data_sources.draft import Cleaned
from tests.cleaning import clean

HEADER = (
    "발생년,발생년월일시,발생분,사망자수,사상자수,발생지시도,발생지시군구,사고유형_대분류,"
    "피해자_당사자종별_대분류,경도,위도\n"
)
PEDESTRIAN = "2018,2018021406,35,1,1,서울,서대문구,차대사람,보행자,126.9392741,37.59038756"
ALONE = "2018,2018123120,5,2,3,서울,중구,차량단독,없음,126.98,37.56"
OTHER_CITY = "2018,2018021406,35,1,1,부산,중구,차대사람,보행자,129.03,35.10"


def _clean(tmp_path: Path, *rows: str) -> Cleaned:
    content = (HEADER + "\n".join(rows) + "\n").encode("cp949")
    return clean("traffic_deaths", {"2018.csv": content}, tmp_path)


def test_an_accident_has_its_day_hour_place_and_parties(tmp_path: Path) -> None:
    frame = _clean(tmp_path, PEDESTRIAN, ALONE).frame
    names = ("accident_date", "accident_hour", "district_code", "accident_kind", "second_party")
    assert frame.select(*names, "deaths").rows() == [
        (dt.date(2018, 2, 14), 6, "11410", "vehicle_and_pedestrian", "pedestrian", 1),
        (dt.date(2018, 12, 31), 20, "11140", "vehicle_alone", "none", 2),
    ]


def test_a_district_of_the_same_name_in_another_city_is_not_counted(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, OTHER_CITY, PEDESTRIAN)
    assert cleaned.frame.height == 1
    assert cleaned.rejects.select("reason", "source_row").rows() == [("outside the city", 2)]


def test_a_party_nobody_named_before_is_another(tmp_path: Path) -> None:
    frame = _clean(tmp_path, PEDESTRIAN.replace("보행자", "우주선")).frame
    assert frame.get_column("second_party").to_list() == ["other"]
