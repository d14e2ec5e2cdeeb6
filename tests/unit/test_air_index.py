"""The comprehensive air-quality index: the highest score of a pollutant, more where several are."""

import polars as pl
import pytest

from data_sources.air_index import BREAKPOINTS, with_air_index

CLEAN = {"pm25_ug_m3": "0", "pm10_ug_m3": "0"}


def _index(**means: str | None) -> int | None:
    row = dict.fromkeys(BREAKPOINTS) | means
    frame = pl.DataFrame([row], schema=dict.fromkeys(BREAKPOINTS, pl.String))
    value: int | None = with_air_index(frame).item(0, "cai")
    return value


@pytest.mark.parametrize(
    ("means", "index"),
    [
        ({"pm25_ug_m3": "15"}, 50),
        ({"pm25_ug_m3": "16"}, 51),
        ({"pm25_ug_m3": "75"}, 250),
        ({"pm10_ug_m3": "80", "pm25_ug_m3": "10"}, 100),
        ({**CLEAN, "o3_ppm": "0.06"}, 75),
        ({**CLEAN, "no2_ppm": "0.03", "co_ppm": "0.5", "so2_ppm": "0.003"}, 50),
        ({"pm25_ug_m3": "5000"}, 500),
    ],
)
def test_the_index_is_the_highest_score_of_a_pollutant(means: dict[str, str], index: int) -> None:
    assert _index(**means) == index


def test_two_bad_pollutants_add_fifty_and_three_seventy_five() -> None:
    assert _index(pm25_ug_m3="36", pm10_ug_m3="80") == 101
    assert _index(pm25_ug_m3="36", pm10_ug_m3="81") == 151
    assert _index(pm25_ug_m3="36", pm10_ug_m3="81", o3_ppm="0.091") == 176


def test_without_particles_there_is_no_index() -> None:
    assert _index(o3_ppm="0.05", no2_ppm="0.02") is None
    assert _index(pm10_ug_m3="-", o3_ppm="0.05") is None
