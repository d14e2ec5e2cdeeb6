"""Geography, air and people from the published files of Seoul, counted to the row."""

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest

from cityboard.catalog import Catalog
from data_sources import boundaries
from data_sources.draft import Cleaned
from tests.cleaning import SEOUL, clean_published

pytestmark = pytest.mark.seoul


def _rejects(cleaned: Cleaned) -> dict[str, int]:
    return dict(cleaned.rejects.get_column("reason").value_counts().iter_rows())


def _cross_walk(data: Path) -> pl.DataFrame:
    path = data / "boundaries/vuski/propertiesTable.tsv"
    rows = pl.read_csv(
        path.read_bytes().decode("cp949").encode(), separator="\t", infer_schema=False
    )
    return rows.filter(pl.col("sido") == "11")


def _kostat_codes(data: Path) -> set[str]:
    folder = data / "boundaries/southkorea_kostat2013"
    content = json.loads((folder / "seoul_submunicipalities_geo_simple.json").read_text("utf-8"))
    return {feature["properties"]["code"] for feature in content["features"]}


def test_the_shipped_geography_is_what_the_published_files_give(
    seoul_data: Path, tmp_path: Path
) -> None:
    for name in ("changes.csv", "city.yaml"):
        (tmp_path / name).write_bytes((SEOUL / name).read_bytes())
    boundaries.main(seoul_data, tmp_path)
    assert (tmp_path / "areas.csv").read_text("utf-8") == (SEOUL / "areas.csv").read_text("utf-8")
    made, shipped = (pl.read_parquet(f / "outlines.parquet") for f in (tmp_path, SEOUL))
    assert made.equals(shipped)


def test_kostat_codes_are_those_of_2013(seoul_data: Path) -> None:
    areas = Catalog(SEOUL).areas("neighbourhood", on=boundaries.VINTAGES["kostat2013"].on)
    assert {area.code_kostat for area in areas} == _kostat_codes(seoul_data)


def test_both_codes_are_those_of_the_election_of_2022(seoul_data: Path) -> None:
    areas = Catalog(SEOUL).areas("neighbourhood", on=boundaries.VINTAGES["vuski"].on)
    pairs = _cross_walk(seoul_data).select(pl.col("adm_cd2").str.head(8), "adm_cd").rows()
    assert {(area.code, area.code_kostat) for area in areas} == set(pairs)


def test_neighbourhoods_of_the_living_population_are_the_shipped_ones(seoul_data: Path) -> None:
    frame = clean_published("living_population_neighbourhood_hourly", seoul_data).frame
    areas = Catalog(SEOUL).areas("neighbourhood")
    assert set(frame.get_column("neighbourhood_code")) == {area.code for area in areas}


def test_the_living_population_of_neighbourhoods_is_one_whole_week(seoul_data: Path) -> None:
    cleaned = clean_published("living_population_neighbourhood_hourly", seoul_data)
    assert cleaned.frame.height == cleaned.rows_in == 424 * 168
    noon = dt.datetime(2019, 3, 4, 3, tzinfo=dt.UTC)
    at_noon = cleaned.frame.filter(pl.col("observed_at") == noon)
    assert at_noon.get_column("persons").sum() == 11_412_768


def test_the_living_population_of_districts_is_complete_but_for_two_days(seoul_data: Path) -> None:
    cleaned = clean_published("living_population_district_hourly", seoul_data)
    assert cleaned.frame.height == cleaned.rows_in == 93_000
    days = cleaned.frame.select(
        pl.col("observed_at").dt.convert_time_zone("Asia/Seoul").dt.date().unique().sort()
    ).to_series()
    there = pl.date_range(dt.date(2024, 1, 1), dt.date(2024, 6, 5), eager=True)
    assert set(there) - set(days) == {dt.date(2024, 2, 19), dt.date(2024, 2, 20)}


def test_air_quality_of_nine_years_loses_five_instrument_faults(seoul_data: Path) -> None:
    cleaned = clean_published("air_quality_daily", seoul_data)
    assert cleaned.rows_in == 144_612
    assert _rejects(cleaned) == {
        "o3_ppm above 0.15": 3,
        "co_ppm above 10": 1,
        "so2_ppm above 0.1": 1,
    }
    named = cleaned.frame.filter(pl.col("station_kind") == "district")
    assert named.height == 82_082
    assert named.get_column("district_code").n_unique() == 25


def test_carbon_monoxide_does_not_jump_where_its_header_changes(seoul_data: Path) -> None:
    frame = clean_published("air_quality_daily", seoul_data).frame
    yearly = frame.group_by(pl.col("measured_date").dt.year()).agg(pl.col("co_ppm").mean())
    means = dict(yearly.iter_rows())
    assert means[2017] == pytest.approx(means[2018], abs=0.1)


def test_one_day_of_hourly_air_was_published_twice_and_two_are_missing(seoul_data: Path) -> None:
    cleaned = clean_published("air_quality_hourly", seoul_data)
    assert cleaned.rows_in == 43_800
    assert _rejects(cleaned) == {"duplicate key (measured_at)": 24}
    five_years = 24 * (dt.date(2023, 1, 1) - dt.date(2018, 1, 1)).days
    assert cleaned.frame.height == five_years - 2 * 24


def test_residents_of_2020_add_up_to_the_published_total(seoul_data: Path) -> None:
    cleaned = clean_published("population", seoul_data)
    assert cleaned.frame.height == cleaned.rows_in == 14 * 25 * 101 * 2
    totals = dict(cleaned.frame.group_by("counted_date").agg(pl.col("persons").sum()).iter_rows())
    assert totals[dt.date(2020, 12, 31)] == 9_668_465
    assert totals[dt.date(2021, 8, 31)] == 9_550_227
