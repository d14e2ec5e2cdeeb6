"""Rows come under the names of today, whichever generation of a service answered."""

from data_sources.plaza.rows import rename
from tests.plaza_invented import NEW_AIR, OLD_AIR, air


def test_both_generations_of_names_give_the_names_of_today():
    old, new = (rename(air(names, day="2026"), "RealtimeCityAir") for names in (OLD_AIR, NEW_AIR))
    assert old == new
    assert set(old[0]) == {*NEW_AIR.split(), "CAI"} - {"CAI_IDX"}


def test_names_in_small_letters_are_those_of_json():
    assert rename([{"link_id": "1", "prcs_spd": "31"}], "TrafficInfo") == [
        {"LINK_ID": "1", "PRCS_SPD": "31"}
    ]


def test_a_row_with_both_names_loses_no_value():
    rows = rename([{"USE_DT": "1", "USE_YMD": "2", "OTHER": "3"}], "CardSubwayStatsNew")
    assert rows == [{"USE_DT": "1", "USE_YMD": "2", "OTHER": "3"}]


def test_a_service_without_aliases_keeps_its_names():
    assert rename([{"USE_DT": "1"}], "parkBench") == [{"USE_DT": "1"}]
