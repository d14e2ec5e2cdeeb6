"""Places close to home: registers without ids, coordinates that are missing or elsewhere."""

import datetime as dt
import json
from pathlib import Path

import pytest

from data_sources.draft import Cleaned
from tests.cleaning import clean

SHELTERS = (
    "\ufeff피난처 ID,시도명,시군구명,시설명,상세주소,시설면적,경도,위도,구분,구분명,관리부서\n"
)
LIBRARIES = (
    "\ufeff도서관 일련번호,도서관명,구명,전화번호,홈페이지 URL,정기 휴관일,도서관 구분명,위도,경도"
)
PARK = "0,서울특별시,강북구,상산공원,수유동,973,127.021805,37.638326,2,지진옥외대피소,3"
SCHOOL = "0,서울특별시,강남구,개원초등학교,개포동,12032,없음,없음,2,지진옥외대피소,3"
BUSAN = "0,서울특별시,중구,체육관,부산,500,128.93,35.1,1,지진실내구호소,3"


def _shelters(tmp_path: Path, *rows: str) -> Cleaned:
    text = SHELTERS + "\n".join(rows) + "\n"
    return clean("earthquake_shelters", {"shelters.csv": text}, tmp_path)


def test_a_shelter_has_its_kind_area_and_place(tmp_path: Path) -> None:
    frame = _shelters(tmp_path, PARK).frame
    names = ("record_number", "shelter_kind", "area_m2", "district_code", "lon", "lat")
    assert frame.select(names).row(0) == (2, "outdoor", 973, "11305", 127.021805, 37.638326)


def test_a_shelter_without_a_point_in_the_city_counts_for_its_district(tmp_path: Path) -> None:
    cleaned = _shelters(tmp_path, SCHOOL, BUSAN)
    assert cleaned.rejects.height == 0
    frame = cleaned.frame.sort("record_number")
    assert frame.select("district_code", "lon", "lat").rows() == [
        ("11680", None, None),
        ("11140", None, None),
    ]


def test_a_library_without_coordinates_counts_for_its_district(tmp_path: Path) -> None:
    rows = ["2413,가,강남구,02-1,,,작은도서관,37.52,127.02", "7,나,강서구,,,,공공도서관,,"]
    frame = clean("libraries", {"libraries.csv": "\n".join([LIBRARIES, *rows])}, tmp_path).frame
    names = ("library_id_seoul", "library_kind", "district_code", "lon")
    assert frame.select(names).rows() == [
        ("7", "public", "11500", None),
        ("2413", "small", "11680", 127.02),
    ]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("토일법정공휴일", "weekend"),
        ("매주 토요일일요일", "weekend"),
        ("주말 법정공휴일", "weekend"),
        ("토?일요일 법정공휴일", "weekend"),
        ("일요일 공휴일", "sunday"),
        ("매주 월요일 및 법정 공휴일", "monday"),
        ("매월 2 4주 월요일", "monday"),
        ("월 일요일", "other_days"),
        ("매주 화요일", "other_days"),
        ("토요일", "other_days"),
        ("법정공휴일", "holidays"),
        ("1월 1일 설날 당일", None),
        ("없음", "never"),
        ("연중무휴", "never"),
        ("휴관중", None),
        ("", None),
    ],
)
def test_the_weekdays_a_library_is_closed_on_are_read_from_its_words(
    tmp_path: Path, written: str, code: str | None
) -> None:
    row = f"7,나,강서구,,,{written},공공도서관,,"
    frame = clean("libraries", {"libraries.csv": f"{LIBRARIES}\n{row}\n"}, tmp_path).frame
    assert frame["closed_on"].to_list() == [code]


def test_a_park_whose_point_is_in_no_district_counts_where_it_is_said_to_be(tmp_path: Path) -> None:
    text = "위도,경도,구\n37.6920803,127.0312043,도봉구\n27.55,127.0,중구\n,,중구\n"
    frame = clean("parks", {"parks.csv": text}, tmp_path).frame.sort("record_number")
    assert frame.select("district_code", "lat").rows() == [
        ("11320", 37.6920803),
        ("11140", None),
        ("11140", None),
    ]


def test_the_spellings_of_a_kind_of_toilet_are_one(tmp_path: Path) -> None:
    place = {"X_WGS84": "126.90983", "Y_WGS84": "37.49238", "INSERTDATE": "20100712"}
    kinds = ["개방", "개", "민간내방화장실", "공중", None, "동양생명"]
    rows = [
        {"POI_ID": str(n), "FNAME": "가", "ANAME": kind, **place} for n, kind in enumerate(kinds)
    ]
    frame = clean("public_toilets", {"toilets.json": json.dumps(rows)}, tmp_path).frame
    assert frame.get_column("toilet_kind").to_list() == [
        *["opened"] * 3,
        "public",
        *["other"] * 2,
    ]
    assert frame.get_column("district_code").unique().to_list() == ["11590"]
    assert frame.item(0, "recorded_date") == dt.date(2010, 7, 12)


def test_a_shop_has_the_district_of_its_address_and_a_test_is_none(tmp_path: Path) -> None:
    addresses = ["서울특별시 중랑구 사가정로 67", "서울특별시 구로동로 96-4", "서울특별시 테스트"]
    shop = {"sh_name": " 가 ", "sh_phone": "495-7337", "induty_code_se_name": "세탁", "sh_rcmn": 4}
    addresses += ["서울특별시 서울 도봉구 해등로 144"]
    data = [{"sh_id": str(n), "sh_addr": each, **shop} for n, each in enumerate(addresses)]
    content = json.dumps({"DESCRIPTION": {}, "DATA": data})
    cleaned = clean("fair_price_shops", {"shops.json": content}, tmp_path)
    assert sorted(cleaned.frame.select("shop_id_seoul", "district_code", "trade").rows()) == [
        ("0", "11260", "laundry"),
        ("1", None, "laundry"),
        ("3", "11320", "laundry"),
    ]
    assert cleaned.rejects.get_column("reason").to_list() == ["test entry"]
    assert "7337" not in cleaned.rejects.item(0, "row")
