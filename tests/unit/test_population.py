"""Registered population: wide years become rows, each counted on the last day it names."""

import datetime as dt
from pathlib import Path

import polars as pl

from tests.cleaning import clean

HEADER = "행정구역(시군구)별,연령별,항목,단위,2021. 08 월,2008 년,2020 년\n"


def _clean(tmp_path: Path, *rows: str):
    content = (HEADER + "\n".join(rows) + "\n").encode("cp949")
    return clean("population", {"age.csv": content}, tmp_path)


def test_every_count_becomes_a_row_on_its_last_day(tmp_path: Path) -> None:
    frame = _clean(tmp_path, "종로구,0세,남자인구수,명,252,561,244").frame
    assert frame.select("counted_date", "persons").rows() == [
        (dt.date(2008, 12, 31), 561),
        (dt.date(2020, 12, 31), 244),
        (dt.date(2021, 8, 31), 252),
    ]


def test_sexes_are_codes_with_words(tmp_path: Path) -> None:
    frame = _clean(tmp_path, "중구,1세,남자인구수,명,1,2,3", "중구,1세,여자인구수,명,4,5,6").frame
    persons = frame.filter(pl.col("counted_date") == dt.date(2020, 12, 31))
    assert dict(persons.select("sex", "persons").rows()) == {"m": 3, "f": 6}


def test_a_hundred_and_over_counts_as_a_hundred(tmp_path: Path) -> None:
    frame = _clean(tmp_path, "종로구,100세 이상,여자인구수,명,1,2,3").frame
    assert frame.get_column("age").unique().to_list() == [100]


def test_those_aged_65_are_old_and_those_aged_64_are_not(tmp_path: Path) -> None:
    frame = _clean(
        tmp_path,
        *("종로구,14세,여자인구수,명,1,1,1", "종로구,15세,여자인구수,명,1,1,1"),
        *("종로구,64세,여자인구수,명,1,1,1", "종로구,65세,여자인구수,명,1,1,1"),
    ).frame
    rows = frame.filter(pl.col("counted_date") == dt.date(2020, 12, 31))
    assert rows.select("age", "age_group", "persons_65_plus").rows() == [
        (14, "0_14", 0),
        (15, "15_64", 0),
        (64, "15_64", 0),
        (65, "65_plus", 1),
    ]


def test_a_district_that_is_not_of_seoul_is_rejected(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, "해운대구,0세,남자인구수,명,1,2,3")
    assert cleaned.frame.is_empty()
    assert cleaned.rejects.get_column("reason").unique().to_list() == ["district_code is missing"]


def test_an_unknown_sex_is_rejected(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, "종로구,0세,총인구수,명,1,2,3")
    assert cleaned.rejects.get_column("reason").unique().to_list() == ["sex is an unknown code"]


def test_a_count_that_is_no_number_is_rejected_alone(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, "종로구,0세,남자인구수,명,-,2,3")
    assert cleaned.frame.height == 2
    assert cleaned.rejects.select("reason", "source_row").rows() == [
        ("persons is not a whole number", 2)
    ]


def test_groups_of_five_years_end_with_everybody_of_a_hundred(tmp_path: Path) -> None:
    ages = ("0세", "4세", "5세", "99세", "100세 이상")
    rows = [f"종로구,{age},여자인구수,명,1,1,1" for age in ages]
    content = (HEADER + "\n".join(rows) + "\n").encode("cp949")
    frame = clean("population_by_age_group", {"age.csv": content}, tmp_path).frame
    newest = frame.filter(pl.col("counted_date") == dt.date(2021, 8, 31))
    assert dict(newest.select("age", "age_group").rows()) == {
        0: "0_4",
        4: "0_4",
        5: "5_9",
        99: "95_99",
        100: "100_plus",
    }


def test_only_women_from_15_to_49_may_bear_the_children_counted(tmp_path: Path) -> None:
    persons = [("4세", "여자", 8), ("5세", "여자", 9), ("14세", "여자", 9), ("15세", "여자", 3)]
    persons += [("49세", "여자", 4), ("49세", "남자", 9), ("50세", "여자", 9)]
    rows = [f"종로구,{age},{sex}인구수,명,0,0,{n}" for age, sex, n in persons]
    content = (HEADER + "\n".join(rows) + "\n").encode("cp949")
    frame = clean("population_by_age_group", {"age.csv": content}, tmp_path).frame
    assert frame.select("children_0_4", "women_15_49").sum().row(0) == (8, 7)
