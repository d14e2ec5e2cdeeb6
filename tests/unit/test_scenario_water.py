"""The simulated quality of tap water: the same bytes each time, and plainly no real figure."""

from pathlib import Path

import polars as pl

from data_sources.figures.files import write
from data_sources.scenario_water import DATASET, FIRST, LAST, SUPPLIED, tap_water
from tests.cleaning import SEOUL, seoul


def test_the_table_that_ships_is_the_one_the_program_makes(tmp_path: Path) -> None:
    """Run `python -m data_sources.scenario_water` where it is not."""
    write(tap_water(seoul()), DATASET, tmp_path)
    shipped = SEOUL / f"figures/{DATASET}.parquet"
    assert (tmp_path / shipped.name).read_bytes() == shipped.read_bytes()


def test_every_district_is_supplied_by_one_plant_and_has_a_row_a_day() -> None:
    frame, districts = tap_water(seoul()), {area.code for area in seoul().areas("district")}
    assert sorted(code for codes in SUPPLIED.values() for code in codes) == sorted(districts)
    assert frame.height == frame.select("sampled_date", "district_code").unique().height
    assert frame.height == len(districts) * ((LAST - FIRST).days + 1)


def test_no_value_breaks_a_standard_for_drinking_water() -> None:
    """A made-up breach would be told of as an incident."""
    frame = tap_water(seoul())
    assert frame["turbidity_ntu"].is_between(0, 0.5).all()
    assert frame["residual_chlorine_mg_l"].is_between(0.1, 4).all()
    assert frame["ph"].is_between(5.8, 8.5).all()


def test_water_is_most_turbid_and_least_chlorinated_in_summer() -> None:
    month = pl.col("sampled_date").dt.month()
    names = ("turbidity_ntu", "residual_chlorine_mg_l")
    means = tap_water(seoul()).group_by(month).agg(pl.col(names).mean()).sort("sampled_date")
    winter, summer = means.row(1), means.row(7)
    assert summer[1] > winter[1]
    assert summer[2] < winter[2]


def test_it_is_marked_as_simulated_in_both_languages() -> None:
    entry = seoul().dataset(DATASET)
    assert {each.provenance for each in entry.distributions} == {"simulated"}
    assert entry.description.en.startswith("Simulated. ")
    assert entry.description.ko.startswith("모의 자료입니다. ")
    assert "(simulated)" in entry.title.en
    assert "(모의)" in entry.title.ko
