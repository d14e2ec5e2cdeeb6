"""Welfare by district: merged headers, sums among cells, a rate without its residents."""

import datetime as dt
import json
from pathlib import Path

import pytest

from cityboard.errors import SourceError
from data_sources.draft import Cleaned
from tests.cleaning import clean
from tests.workbooks import workbook_of

YEAR = (("○ 통계표ID", "DT_0"), ("○ 조회기간", "[년] 2023~2023  "))
AGES = ("계", "65~79세", "80세 이상")
GROUPS = ("소계", "국민기초생활보장 수급권자", "저소득노인", "일   반")
ALONE = (
    ("자치구", *(cell for group in GROUPS for cell in (group, "", ""))),
    ("", *AGES * len(GROUPS)),
)
SUICIDES = ("자치구별", "자살 사망자수 (명)", "자살률 (10만명당 명)")


def _statistics(*rows: tuple[object, ...], about: tuple[tuple[str, ...], ...] = YEAR) -> bytes:
    return workbook_of({"데이터": rows, "메타정보": about})


def _alone(tmp_path: Path, *rows: tuple[object, ...]) -> Cleaned:
    book = _statistics(*ALONE, *rows)
    return clean("seniors_living_alone", {"alone.xlsx": book}, tmp_path)


def test_a_cell_under_two_headers_is_a_row_and_its_sums_are_rejects(tmp_path: Path) -> None:
    cleaned = _alone(tmp_path, ("종로구", 21, 13, 8, 6, 4, 2, 3, 2, 1, 12, 7, 5))
    columns = ("year_start_date", "district_code", "support_status", "age_group", "persons")
    assert cleaned.frame.select(columns).rows() == [
        (dt.date(2023, 1, 1), "11110", "basic_livelihood", "65_79", 4),
        (dt.date(2023, 1, 1), "11110", "basic_livelihood", "80_plus", 2),
        (dt.date(2023, 1, 1), "11110", "near_poor", "65_79", 2),
        (dt.date(2023, 1, 1), "11110", "near_poor", "80_plus", 1),
        (dt.date(2023, 1, 1), "11110", "none", "65_79", 7),
        (dt.date(2023, 1, 1), "11110", "none", "80_plus", 5),
    ]
    assert cleaned.rejects.get_column("reason").to_list() == ["total of other rows"] * 6
    assert cleaned.rejects.get_column("source_row").unique().to_list() == [3]


def test_a_district_whose_name_is_cut_is_known(tmp_path: Path) -> None:
    frame = _alone(tmp_path, ("동대문", 6, 3, 3, 2, 1, 1, 2, 1, 1, 2, 1, 1)).frame
    assert frame.get_column("district_code").unique().to_list() == ["11230"]


def test_a_header_of_another_table_is_refused_by_the_name_of_its_file(tmp_path: Path) -> None:
    book = _statistics(("자치구", "소계", ""), ("", "계", "남자"), ("종로구", 2, 1))
    with pytest.raises(SourceError, match=r"alone\.xlsx: no column 소계/65~79세"):
        clean("seniors_living_alone", {"alone.xlsx": book}, tmp_path)


@pytest.mark.parametrize("years", ["[년] 2022~2023", "[월] 202301"])
def test_a_table_that_does_not_name_one_year_is_refused(tmp_path: Path, years: str) -> None:
    book = _statistics(SUICIDES, ("중구", 35, 29.4), about=(("○ 조회기간", years),))
    with pytest.raises(SourceError, match=r"suicides\.xlsx: the sheet 메타정보 should name one"):
        clean("suicides", {"suicides.xlsx": book}, tmp_path)


def test_residents_are_those_that_the_published_rate_is_told_for(tmp_path: Path) -> None:
    book = _statistics(SUICIDES, ("소계", 66, 25.0), ("중구", 30, 20.0), ("종로구", 36, 30.0))
    cleaned = clean("suicides", {"suicides.xlsx": book}, tmp_path)
    deaths, residents = cleaned.frame.select("deaths", "mid_year_residents").sum().row(0)
    assert residents == pytest.approx(150_000 + 120_000)
    assert deaths == 66
    assert cleaned.rejects.get_column("reason").to_list() == ["total of other rows"]


def test_a_district_without_a_rate_keeps_its_deaths(tmp_path: Path) -> None:
    book = _statistics(SUICIDES, ("중구", 0, 0))
    frame = clean("suicides", {"suicides.xlsx": book}, tmp_path).frame
    assert frame.select("deaths", "mid_year_residents").row(0) == (0, None)


def test_staff_are_no_facilities(tmp_path: Path) -> None:
    header = ("자치구", "노인복지관 수", "복지관종사자 수", "경로당 수", "노인교실 수")
    book = _statistics(header, ("강동구", 3, 149, 134, 10))
    frame = clean("senior_leisure_facilities", {"places.xlsx": book}, tmp_path).frame
    assert dict(frame.select("facility_kind", "facilities").rows()) == {
        "welfare_centre": 3,
        "senior_club": 134,
        "senior_school": 10,
    }


def _neighbourhoods(tmp_path: Path, *records: dict[str, object]) -> Cleaned:
    content = json.dumps(records)
    return clean("low_income_neighbourhoods", {"metrics.json": content}, tmp_path)


def test_a_share_becomes_per_cent_under_the_code_of_eight_digits(tmp_path: Path) -> None:
    record = {"dong_code": "1111051500", "dong_name": "a", "low_income_share": 0.0175, "x": 1}
    frame = _neighbourhoods(tmp_path, record).frame
    assert frame.rows() == [("11110515", pytest.approx(1.75))]


def test_a_share_of_exactly_nothing_is_not_known(tmp_path: Path) -> None:
    record = {"dong_code": "1111051500", "dong_name": "a", "low_income_share": 0.0}
    reasons = _neighbourhoods(tmp_path, record).rejects.get_column("reason").to_list()
    assert reasons == ["a share of 0: not joined by its source"]
