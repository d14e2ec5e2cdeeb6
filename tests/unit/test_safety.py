"""Cameras, bells and lights: sentinels, dates a spreadsheet mangled, districts from points."""

import datetime as dt
from pathlib import Path

import pytest

from data_sources.draft import Cleaned
from tests.cleaning import clean
from tests.workbooks import workbook

CAMERA_HEADER = "man,add,rd,object,num,fixel,see,store,install_day,phone,lat,lng,update\n"
GANGNAM = ("37.497800", "127.028600")
OUTSIDE = ("37.5432776", "127.1992071")  # 1 km east of the city's border, inside its box
TELEPHONE = "02-123-4567"


def _camera(
    *,
    owner: str = "서울특별시 강남구청",
    purpose: str = "생활방범",
    cameras: str = "3",
    installed: str = "17-Dec",
    point: tuple[str, str] = GANGNAM,
) -> str:
    return (
        f"{owner},,,{purpose},{cameras},200,,30,{installed},{TELEPHONE},{','.join(point)},"
        "2018-02-09"
    )


def _cameras(tmp_path: Path, *rows: str) -> Cleaned:
    content = (CAMERA_HEADER + "\n".join(rows) + "\n").encode("cp949")
    return clean("cctv_cameras", {"cctv.csv": content}, tmp_path)


def test_a_camera_site_has_purpose_number_owner_and_district(tmp_path: Path) -> None:
    frame = _cameras(tmp_path, _camera()).frame
    columns = ("purpose", "cameras", "owner_name", "district_code", "recorded_date")
    assert frame.select(columns).row(0) == (
        *("crime_prevention", 3, "서울특별시 강남구청", "11680"),
        dt.date(2018, 2, 9),
    )


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("17-Dec", dt.date(2017, 12, 1)),
        ("02-Jan", dt.date(2002, 1, 1)),
        ("May-99", dt.date(1999, 5, 1)),
        ("Apr-00", dt.date(2000, 4, 1)),
        ("2017-01-16", dt.date(2017, 1, 1)),
        ("", None),
        ("unknown", None),
    ],
)
def test_a_month_of_installation_survives_the_spreadsheet(
    tmp_path: Path, written: str, month: dt.date | None
) -> None:
    frame = _cameras(tmp_path, _camera(installed=written)).frame
    year = month.year if month else None
    assert frame.select("installed_month", "installed_year").row(0) == (month, year)


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        (("99.999999", "999.999999"), "coordinates outside the city"),
        (("127.0286", "37.4978"), "coordinates outside the city"),
        (("38.564718", "127.987226"), "coordinates outside the city"),
        (("inf", "127.0286"), "lat is not a number"),
        (("", ""), "lon is missing"),
        (("NaN", "127.0286"), "lat is missing"),
        (("here", "127.0286"), "lat is not a number"),
    ],
)
def test_a_site_without_a_usable_place_is_rejected(
    tmp_path: Path, point: tuple[str, str], reason: str
) -> None:
    cleaned = _cameras(tmp_path, _camera(point=point), _camera())
    assert cleaned.frame.height == 1
    assert cleaned.rejects.get_column("reason").to_list() == [reason]


def test_a_site_in_no_district_belongs_to_its_owner(tmp_path: Path) -> None:
    frame = _cameras(tmp_path, _camera(owner="서울특별시 강동구청", point=OUTSIDE)).frame
    assert frame.get_column("district_code").to_list() == ["11740"]


@pytest.mark.parametrize("owner", ["관악구청", "서울특별시 관악구", "서울특별시 관악구청"])
def test_owners_are_spelled_in_three_ways(tmp_path: Path, owner: str) -> None:
    frame = _cameras(tmp_path, _camera(owner=owner, point=OUTSIDE)).frame
    assert frame.get_column("district_code").to_list() == ["11620"]


def test_equal_sites_are_both_kept(tmp_path: Path) -> None:
    assert _cameras(tmp_path, _camera(), _camera()).frame.height == 2


def test_an_unknown_purpose_is_rejected(tmp_path: Path) -> None:
    rejects = _cameras(tmp_path, _camera(purpose="장식")).rejects
    assert rejects.get_column("reason").to_list() == ["purpose is an unknown code"]


def test_telephone_numbers_are_neither_published_nor_kept_with_rejects(tmp_path: Path) -> None:
    cleaned = _cameras(tmp_path, _camera(), _camera(point=("0", "0")))
    assert TELEPHONE not in cleaned.frame.write_csv() + cleaned.rejects.write_csv()


def _bells(tmp_path: Path, *rows: str) -> Cleaned:
    header = "소재지도로명주소,소재지지번주소,WGS84위도,WGS84경도,설치연도,구\n"
    return clean("emergency_bells", {"bells.csv": header + "\n".join(rows) + "\n"}, tmp_path)


@pytest.mark.parametrize("spelled", ["강남구", "왕십리로", "행당동", "중구", ""])
def test_a_bell_is_in_the_district_of_its_point_however_it_is_spelled(
    tmp_path: Path, spelled: str
) -> None:
    frame = _bells(tmp_path, f"서울특별시,,{','.join(GANGNAM)},2019,{spelled}").frame
    assert frame.select("district_code", "installed_year").row(0) == ("11680", 2019)


def test_a_bell_in_no_district_is_in_the_one_it_is_spelled_in(tmp_path: Path) -> None:
    rows = [f"서울특별시,,{','.join(OUTSIDE)},2019,{spelled}" for spelled in ("광진구", "둘레길")]
    frame = _bells(tmp_path, *rows).frame.sort("record_number")
    assert frame.get_column("district_code").to_list() == ["11215", None]


def test_a_light_at_the_sentinel_is_rejected_and_one_over_the_border_has_no_district(
    tmp_path: Path,
) -> None:
    text = (
        "\ufeff관리번호,위도,경도\n용비교-01,0,4664046.125\n광명고가차도-01,37.490119,126.869759\n"
        "테헤란로-01,37.4978,127.0286\n"
    )
    cleaned = clean("street_lights", {"lights.csv": text}, tmp_path)
    assert dict(cleaned.frame.select("light_id_seoul", "district_code").rows()) == {
        "광명고가차도-01": None,
        "테헤란로-01": "11680",
    }
    assert cleaned.rejects.get_column("reason").to_list() == ["coordinates outside the city"]


def test_a_light_given_twice_is_kept_once(tmp_path: Path) -> None:
    text = "관리번호,위도,경도\n" + "올_26-16,37.4978,127.0286\n" * 2
    rejects = clean("street_lights", {"lights.csv": text}, tmp_path).rejects
    assert rejects.get_column("reason").to_list() == ["duplicate key (light_id_seoul)"]


def _police_boxes(tmp_path: Path, *rows: tuple[str, ...]) -> Cleaned:
    header = ("이름", "도로명주소", "Latitude", "Longitude")
    return clean("police_boxes", {"boxes.xlsx": workbook(header, *rows)}, tmp_path)


def test_a_police_box_has_its_kind_by_its_name_and_its_district_by_its_point(
    tmp_path: Path,
) -> None:
    names = ("역삼지구대", "압구정파출소", "서초치안센터")
    frame = _police_boxes(tmp_path, *((name, "", *GANGNAM) for name in names)).frame
    assert frame["box_kind"].to_list() == ["station", "box", "centre"]
    assert frame["district_code"].to_list() == ["11680"] * 3
    assert frame["record_number"].to_list() == [2, 3, 4]


def test_a_place_that_only_bears_the_name_of_a_police_box_is_rejected(tmp_path: Path) -> None:
    rows = [
        (name, "", *GANGNAM)
        for name in (
            "명동파출소 개방화장실",
            "구로1동파출소앞교차로",
            "삼성동자율방범초소",
            "역삼지구대",
        )
    ]
    cleaned = _police_boxes(tmp_path, *rows)
    assert cleaned.frame["box_name"].to_list() == ["역삼지구대"]
    reasons = cleaned.rejects["reason"].to_list()
    assert reasons == ["no police box, but a place named after one"] * 3
