"""Apartment sales: months from numbers, prices in won, size classes of the housing act."""

import datetime as dt
import io
from pathlib import Path

import polars as pl
import pytest

from data_sources.draft import Cleaned
from tests.cleaning import clean

SALE = {
    "sigungu": "서울특별시 노원구 상계동",
    "apartment_name": "북부현대",
    "area_m2": 59.24,
    "built_year": 1996,
    "contract_yyyymm": 201503,
    "floor": 4,
    "price_10k_krw": 20000,
    "district": "노원구",
    "year": 2015,
}


def _clean(tmp_path: Path, *sales: dict[str, object]) -> Cleaned:
    content = io.BytesIO()
    pl.DataFrame([SALE | sale for sale in sales]).write_parquet(content)
    return clean("apartment_sales", {"sales.parquet": content.getvalue()}, tmp_path)


def test_a_sale_has_its_month_place_and_price_in_won(tmp_path: Path) -> None:
    assert _clean(tmp_path, {}).frame.row(0, named=True) == {
        "record_number": 1,
        "sold_month": dt.date(2015, 3, 1),
        "district_code": "11350",
        "neighbourhood_name": "상계동",
        "apartment_name": "북부현대",
        "size_class": "to_60",
        "area_m2": 59.24,
        "floor": 4,
        "built_year": 1996,
        "price_krw": 200_000_000,
        "sales": 1,
    }


@pytest.mark.parametrize(
    ("area_m2", "size_class"),
    [
        (60.0, "to_60"),
        (60.01, "over_60_to_85"),
        (85.0, "over_60_to_85"),
        (135.0, "over_85_to_135"),
        (135.1, "over_135"),
    ],
)
def test_a_size_class_includes_its_upper_limit(
    tmp_path: Path, area_m2: float, size_class: str
) -> None:
    frame = _clean(tmp_path, {"area_m2": area_m2}).frame
    assert frame.get_column("size_class").to_list() == [size_class]


def test_equal_sales_are_both_kept(tmp_path: Path) -> None:
    assert _clean(tmp_path, {}, {}).frame.get_column("record_number").to_list() == [1, 2]


def test_a_basement_and_a_nameless_complex_are_kept(tmp_path: Path) -> None:
    frame = _clean(tmp_path, {"floor": -2}, {"apartment_name": None}).frame
    assert frame.get_column("floor").to_list() == [-2, 4]


@pytest.mark.parametrize(
    ("sale", "reason"),
    [
        ({"contract_yyyymm": 201513}, "sold_month is missing"),
        ({"district": "과천시"}, "district_code is missing"),
        ({"price_10k_krw": 0}, "price_krw below 1"),
        ({"area_m2": float("nan")}, "area_m2 is missing"),
        ({"area_m2": 0.0}, "area_m2 below 1"),
    ],
)
def test_a_sale_that_cannot_be_used_is_rejected(
    tmp_path: Path, sale: dict[str, object], reason: str
) -> None:
    rejects = _clean(tmp_path, sale).rejects
    assert rejects.get_column("reason").to_list() == [reason]
