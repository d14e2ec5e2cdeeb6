"""Rows come under the names of today, whichever generation of a service answered."""

import json
from pathlib import Path

from data_sources.fetched import Fetched
from data_sources.plaza.rows import rename, rows_of
from tests.cleaning import seoul
from tests.plaza_invented import NEW_AIR, OLD_AIR, air, enveloped


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


def pages(folder: Path, *rows: list[dict[str, object]]) -> Fetched:
    """Return pages of a service as they are kept."""
    parts = []
    for number, page in enumerate(rows):
        part = folder / f"{number}.json"
        part.write_text(json.dumps(enveloped("parkBench", page)), "utf-8")
        parts.append(part)
    return Fetched(tuple(parts), "parkBench", "")


def test_rows_of_any_service_are_numbered_over_all_pages_and_kept_whole(tmp_path):
    fetched = pages(tmp_path, [{"BENCH_NO": "1", "seatCnt": 3}], [{"BENCH_NO": "2", "GU": None}])
    frame = rows_of(fetched, seoul())
    assert frame["row_number"].to_list() == [1, 2]
    assert [json.loads(row)["BENCH_NO"] for row in frame["row_json"]] == ["1", "2"]
    assert frame.select("bench_no", "seatcnt", "source_file").rows() == [
        ("1", "3", "0.json"),
        ("2", None, "1.json"),
    ]
    assert frame["reject_reason"].null_count() == 2


def test_a_service_may_name_its_fields_as_we_name_ours(tmp_path):
    rows = [{"ROW_NUMBER": "9", "Source_File": "x", "A B": "1", "a_b": "2", "A-B": "3"}]
    frame = rows_of(pages(tmp_path, rows), seoul())
    assert frame["row_number"].to_list() == [1]
    assert frame["source_file"].to_list() == ["0.json"]
    assert frame["a_b"].to_list() == ["1"]  # the first of those that become one name
    assert json.loads(frame["row_json"][0])["ROW_NUMBER"] == "9"


def test_a_service_without_rows_gives_an_empty_draft(tmp_path):
    frame = rows_of(pages(tmp_path, []), seoul())
    assert frame.height == 0
    assert {"row_number", "row_json", "reject_reason", "source_row"} <= {*frame.columns}
