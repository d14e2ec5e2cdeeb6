"""Steps as they are pushed: kept wherever they happened, and nothing in them can be run."""

import json
from pathlib import Path
from typing import Any

import pytest

from data_sources.dispatch import complaint_events, incident_events
from data_sources.draft import Cleaned, conform
from data_sources.fetched import Fetched
from tests.cleaning import seoul

STEP = {
    "event_id": "e1",
    "incident_id": "i1",
    "kind_code": "fire",
    "step_code": "received",
    "at": "2026-11-26T14:00:00+09:00",
    "known_at": "2026-11-26T14:00:05+09:00",
    "lon": 127.0366,
    "lat": 37.5006,
    "title_ko": "창고 화재",
    "title_en": "Fire in a warehouse",
    **dict.fromkeys(("station_name", "in_charge_ko", "in_charge_en"), None),
}
STATE = {
    "event_id": "s1",
    "complaint_id": "c1",
    "category_code": "air",
    "state_code": "received",
    "at": "2026-11-26T14:00:00+09:00",
    "known_at": "2026-11-26T14:00:05+09:00",
    "due_at": "2026-11-29T18:00:00+09:00",
    "district_code": "11680",
    "title_ko": "먼지",
    "title_en": "Dust",
}


def pushed(folder: Path, *told: dict[str, Any], dataset: str = "incident_steps") -> Cleaned:
    """Return what is published and rejected of some events."""
    path = folder / "pushed.json"
    path.write_text("\n".join(json.dumps(each) for each in told), "utf-8")
    cleaner = {"incident_steps": incident_events, "complaint_steps": complaint_events}[dataset]
    return conform(
        cleaner(Fetched((path,), "pushed", "0"), seoul()), seoul().dataset(dataset), seoul()
    )


def test_a_step_without_areas_gets_those_of_its_point(tmp_path: Path) -> None:
    row = pushed(tmp_path, STEP).frame.row(0, named=True)
    assert (row["district_code"], row["neighbourhood_code"]) == ("11680", "11680640")


def test_areas_told_stay_and_those_the_city_does_not_have_are_found_anew(tmp_path: Path) -> None:
    told = {"district_code": "11110", "neighbourhood_code": "11110515"}
    rows = pushed(tmp_path, STEP | told, STEP | {"event_id": "e2", "district_code": "강남구"}).frame
    assert rows["district_code"].to_list() == ["11110", "11680"]
    assert rows["neighbourhood_code"].to_list() == ["11110515", "11680640"]


@pytest.mark.parametrize(
    "place", [(0, 0), (139.7, 35.7), (None, None), ("here", "there"), (999.9, 99.9), (127.0, None)]
)
def test_a_step_whose_place_cannot_be_is_kept_without_one(
    tmp_path: Path, place: tuple[object, object]
) -> None:
    cleaned = pushed(tmp_path, STEP | dict(zip(("lon", "lat"), place, strict=True)))
    row = cleaned.frame.row(0, named=True)
    assert (row["lon"], row["lat"], row["district_code"]) == (None, None, None)
    assert cleaned.rejects.is_empty()


def test_coordinates_that_changed_places_are_put_right(tmp_path: Path) -> None:
    row = pushed(tmp_path, STEP | {"lon": 37.5006, "lat": 127.0366}).frame.row(0, named=True)
    assert (row["lon"], row["lat"], row["district_code"]) == (127.0366, 37.5006, "11680")


def test_a_step_without_a_title_bears_that_of_its_kind(tmp_path: Path) -> None:
    bare = {name: value for name, value in STEP.items() if not name.startswith("title_")}
    for told in (bare, STEP | {"title_ko": "", "title_en": None}):
        row = pushed(tmp_path, told).frame.row(0, named=True)
        assert (row["title_ko"], row["title_en"]) == ("화재", "Fire")


def test_markup_and_personal_numbers_leave_the_titles(tmp_path: Path) -> None:
    hostile = '<img src=x onerror="alert(1)">연락처 010-1234-5678 <script>alert(1)</script>'
    for dataset, told in (("incident_steps", STEP), ("complaint_steps", STATE)):
        frame = pushed(tmp_path, told | {"title_ko": hostile}, dataset=dataset).frame
        assert frame["title_ko"].item() == "연락처 [PHONE]"


def test_a_code_that_is_not_known_is_rejected_and_kept(tmp_path: Path) -> None:
    cleaned = pushed(tmp_path, STEP, STEP | {"event_id": "e2", "kind_code": "flood"})
    assert (cleaned.frame.height, cleaned.rejects.height) == (1, 1)
    assert "kind_code" in cleaned.rejects["reason"].item()
    assert "flood" in cleaned.rejects["row"].item()


def test_a_step_told_twice_counts_once(tmp_path: Path) -> None:
    cleaned = pushed(tmp_path, STEP, STEP)
    assert (cleaned.frame.height, cleaned.rejects.height) == (1, 1)


def test_a_complaint_of_a_district_that_is_none_names_no_district(tmp_path: Path) -> None:
    told = (STATE, STATE | {"event_id": "s2", "district_code": "부산"})
    frame = pushed(tmp_path, *told, dataset="complaint_steps").frame
    assert frame["district_code"].to_list() == ["11680", None]
