"""What the live services of Seoul answer becomes observations with two times and a district."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cityboard.errors import CityboardError, ContractError
from data_sources.clock import read_stamp
from data_sources.draft import Cleaned
from data_sources.plaza.request import calls_per_day
from tests.cleaning import seoul
from tests.live_pages import (
    AIR,
    BIKES,
    CAR_PARK,
    CROWD,
    FINE,
    LINK,
    RECEIVED,
    ROWS,
    STAMPS,
    TRAIN,
    clean_page,
    page,
)
from tests.plaza_hostile import HOSTILE

PAGES = {"bikes_now": 4}  # of a thousand stations; every other service answers one
OLD_AIR = "MSRDT MSRRGN_NM MSRSTE_NM PM10 PM25 O3 NO2 CO SO2 IDEX_NM IDEX_MVL ARPLT_MAIN"


def _one(name: str, folder: Path, row: dict[str, Any]) -> dict[str, Any]:
    cleaned = clean_page(name, folder, page([row]))
    assert cleaned.rejects.is_empty(), cleaned.rejects.get_column("reason").to_list()
    return cleaned.frame.row(0, named=True)


def _reasons(cleaned: Cleaned) -> list[str]:
    return cleaned.rejects.get_column("reason").to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("202608100400", dt.datetime(2026, 8, 9, 19, tzinfo=dt.UTC)),
        ("2026-08-10 04:15", dt.datetime(2026, 8, 9, 19, 15, tzinfo=dt.UTC)),
        (" 2026-08-10 04:14:30.0 ", dt.datetime(2026, 8, 9, 19, 14, 30, tzinfo=dt.UTC)),
        ("2026-08-10T04:14:30", dt.datetime(2026, 8, 9, 19, 14, 30, tzinfo=dt.UTC)),
        ("202608092400", dt.datetime(2026, 8, 9, 15, tzinfo=dt.UTC)),
        ("202602300400", None),
        ("202608102500", None),
        ("202608100460", None),
        ("20260810", None),
        ("1111111111111111", None),
        ("점검중", None),
        ("", None),
    ],
)
def test_a_stamp_is_an_instant_of_the_city_or_nothing(text: str, expected: dt.datetime) -> None:
    frame = pl.DataFrame({"stamp": [text]}).select(read_stamp(pl.col("stamp"), seoul()))
    assert frame.item() == expected


@pytest.mark.parametrize("name", ROWS)
def test_the_stamp_is_the_time_and_the_receipt_is_when_it_was_known(
    name: str, tmp_path: Path
) -> None:
    row = _one(name, tmp_path, ROWS[name])
    assert row["known_at"] == RECEIVED
    assert dt.timedelta(0) <= RECEIVED - row["at"] < dt.timedelta(minutes=20)


@pytest.mark.parametrize("name", ROWS)
def test_the_same_observation_polled_twice_is_one_row(name: str, tmp_path: Path) -> None:
    cleaned = clean_page(name, tmp_path, page([ROWS[name]]), page([ROWS[name]]))
    assert cleaned.frame.height == 1
    assert _reasons(cleaned)[0].startswith("duplicate key")


@pytest.mark.parametrize("name", STAMPS)
@pytest.mark.parametrize("stamp", [None, "", "점검중", "0", "209913990000"])
def test_a_row_whose_stamp_is_missing_is_rejected_and_the_others_stay(
    name: str, stamp: Any, tmp_path: Path
) -> None:
    row = ROWS[name]
    cleaned = clean_page(name, tmp_path, page([{**row, STAMPS[name]: stamp}, row]))
    assert cleaned.frame.height == 1
    assert len(_reasons(cleaned)) == 1


@pytest.mark.parametrize("name", ROWS)
def test_one_row_without_a_list_around_it_is_read(name: str, tmp_path: Path) -> None:
    assert clean_page(name, tmp_path, page(ROWS[name])).frame.height == 1


@pytest.mark.parametrize("name", ROWS)
def test_no_data_is_no_row_and_no_fault(name: str, tmp_path: Path) -> None:
    nothing = {"RESULT": {"CODE": "INFO-200", "MESSAGE": "해당하는 데이터가 없습니다."}}
    cleaned = clean_page(name, tmp_path, nothing)
    assert (cleaned.frame.height, cleaned.rejects.height) == (0, 0)


@pytest.mark.parametrize("name", ROWS)
def test_a_name_that_is_gone_is_told(name: str, tmp_path: Path) -> None:
    row = {f"new_{key}": value for key, value in ROWS[name].items()}
    with pytest.raises(ContractError, match="renamed it"):
        clean_page(name, tmp_path, page([row]))


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_whatever_comes_is_rows_rejects_or_an_error_in_words(
    name: str, body: bytes, tmp_path: Path
) -> None:
    message = "no row"
    try:
        assert clean_page(name, tmp_path, body).frame.is_empty()
    except CityboardError as error:
        message = str(error)
    assert 0 < len(message) < 2000


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("value", [None, "", "점검중", "<b>x</b>", "=1+1", -1, 1e300, [], {"a": 1}])
def test_any_value_anywhere_loses_no_row(name: str, value: Any, tmp_path: Path) -> None:
    row = ROWS[name]
    rows = [{**row, key: value} for key in row]
    cleaned = clean_page(name, tmp_path, page(rows))
    assert cleaned.rows_in == len(rows)


def test_air_has_the_same_numbers_under_the_names_of_every_year(tmp_path: Path) -> None:
    old = dict(zip(OLD_AIR.split(), AIR.values(), strict=True))
    listed = {
        **{k: str(v) for k, v in AIR.items() if k not in {"MSRMT_DT", "CAI_IDX", "SAREA_NM"}},
        "MSRMT_YMD": AIR["MSRMT_DT"],
        "MSRSTN_PBADMS_CD": "111121",
        "CAI": "58",
    }
    new = _one("air_now", tmp_path, AIR)
    assert _one("air_now", tmp_path, old) == new
    assert _one("air_now", tmp_path, listed) == new
    assert (new["district_code"], new["pm25_ug_m3"], new["cai"]) == ("11140", 18, 58)
    assert (new["grade_code"], new["pollutant_code"]) == ("moderate", "pm25")


def test_a_station_under_inspection_has_no_numbers(tmp_path: Path) -> None:
    numbers = dict.fromkeys(("PM", "FPM", "OZON", "NTDX", "CBMX", "SPDX"), 0.0)
    words = {"CAI_GRD": "점검중", "CAI_IDX": -99.0, "CRST_SBSTN": "점검중"}
    row = _one("air_now", tmp_path, {**AIR, **numbers, **words})
    assert {row[name] for name in ("pm10_ug_m3", "o3_ppm", "cai", "grade_code")} == {None}


def test_one_number_that_was_not_measured_leaves_the_others(tmp_path: Path) -> None:
    row = _one("air_now", tmp_path, {**AIR, "PM": "-", "OZON": -999})
    assert (row["pm10_ug_m3"], row["o3_ppm"], row["pm25_ug_m3"]) == (None, None, 18)


def test_a_station_that_is_no_district_is_rejected(tmp_path: Path) -> None:
    cleaned = clean_page("air_now", tmp_path, page([{**AIR, "MSRSTN_NM": "강변북로"}]))
    assert _reasons(cleaned) == ["district_code is missing"]


def test_bikes_come_as_text_and_stand_in_the_district_of_their_point(tmp_path: Path) -> None:
    row = _one("bikes_now", tmp_path, BIKES)
    assert (row["racks"], row["bikes"], row["district_code"]) == (15, 6, "11440")
    assert (row["station_number"], row["station_name"]) == ("102", "망원역 1번출구 앞")
    assert row["at"] == RECEIVED.replace(second=0)


def test_a_station_at_0_degrees_has_bikes_and_no_place(tmp_path: Path) -> None:
    nowhere = {"stationLatitude": "0.0", "stationLongitude": "0.0"}
    row = _one("bikes_now", tmp_path, {**BIKES, **nowhere})
    assert (row["bikes"], row["lon"], row["lat"], row["district_code"]) == (6, None, None, None)


def test_swapped_coordinates_are_outside_the_city_and_rejected(tmp_path: Path) -> None:
    swapped = {"stationLatitude": "126.91062927", "stationLongitude": "37.55564880"}
    cleaned = clean_page("bikes_now", tmp_path, page([BIKES, {**BIKES, **swapped}]))
    assert (cleaned.frame.height, _reasons(cleaned)) == (1, ["coordinates outside the city"])


@pytest.mark.parametrize("where", ["inside the row", "beside the list"])
def test_crowding_is_read_wherever_the_result_stands(where: str, tmp_path: Path) -> None:
    result = {"RESULT": {"RESULT.CODE": "INFO-000", "RESULT.MESSAGE": "정상"}}
    inside = where == "inside the row"
    document = {"SeoulRtd.citydata_ppltn": [{**CROWD, **(result if inside else {})}]}
    cleaned = clean_page("crowding_now", tmp_path, document if inside else {**document, **result})
    row = cleaned.frame.row(0, named=True)
    assert (row["level_code"], row["persons_min"], row["persons_max"]) == (
        "slightly_crowded",
        46000,
        48000,
    )
    assert (row["district_code"], row["is_replaced"]) == ("11680", False)


def test_every_place_that_is_asked_has_a_position() -> None:
    fed_by = seoul().dataset("crowding_now").fed_by
    assert fed_by
    listed = pl.read_csv(seoul().folder / "positions.csv").filter(kind="crowded_place")
    assert sorted(listed.get_column("id")) == sorted(fed_by.each)


def test_a_place_nobody_knows_is_counted_in_no_district(tmp_path: Path) -> None:
    row = _one("crowding_now", tmp_path, {**CROWD, "AREA_NM": "달", "AREA_CD": "POI999"})
    assert (row["district_code"], row["lon"]) == (None, None)


def test_a_car_park_is_in_the_district_its_address_names(tmp_path: Path) -> None:
    row = _one("parking_now", tmp_path, CAR_PARK)
    assert (row["spaces"], row["cars"], row["district_code"]) == (1260, 376, "11110")


def test_a_car_park_with_a_point_is_in_the_district_of_the_point(tmp_path: Path) -> None:
    point = {"LAT": "37.4980", "LOT": "127.0400"}
    row = _one("parking_now", tmp_path, {**CAR_PARK, **point})
    assert (row["district_code"], row["lon"]) == ("11680", 127.04)


@pytest.mark.parametrize(
    "change", [{"PRK_STTS_YN": "0"}, {"NOW_PRK_VHCL_UPDT_TM": ""}, {"NOW_PRK_VHCL_UPDT_TM": None}]
)
def test_a_car_park_that_counts_no_cars_is_rejected(change: dict[str, Any], tmp_path: Path) -> None:
    cleaned = clean_page("parking_now", tmp_path, page([{**CAR_PARK, **change}]))
    assert _reasons(cleaned) == ["the car park tells no number of cars now"]


def test_a_train_stands_at_its_station_and_counts_from_its_stamp(tmp_path: Path) -> None:
    status = {"errorMessage": {"status": 200, "code": "INFO-000", "message": "정상", "total": 1}}
    cleaned = clean_page("subway_arrivals", tmp_path, {**status, "realtimeArrivalList": [TRAIN]})
    row = cleaned.frame.row(0, named=True)
    assert (row["line_name"], row["direction_code"], row["arrival_code"]) == (
        "2호선",
        "up",
        "running",
    )
    assert (row["arrives_in_s"], row["is_last"], row["district_code"]) == (180, False, "11680")


def test_a_time_the_line_does_not_estimate_is_left_empty(tmp_path: Path) -> None:
    assert _one("subway_arrivals", tmp_path, {**TRAIN, "barvlDt": "0"})["arrives_in_s"] is None
    arrived = {**TRAIN, "barvlDt": "0", "arvlCd": "1"}
    assert _one("subway_arrivals", tmp_path, arrived)["arrives_in_s"] == 0


def test_a_road_is_read_from_json_and_from_xml_with_small_names(tmp_path: Path) -> None:
    text = "".join(f"<{key.lower()}>{value}</{key.lower()}>" for key, value in LINK.items())
    result = "<RESULT><CODE>INFO-000</CODE><MESSAGE>정상</MESSAGE></RESULT>"
    xml = f"<TrafficInfo>{result}<row>{text}</row></TrafficInfo>"
    row = _one("road_speed_now", tmp_path, LINK)
    assert (row["speed_km_h"], row["travel_time_s"], row["district_code"]) == (31.2, 42, None)
    assert clean_page("road_speed_now", tmp_path, xml.encode()).frame.row(0, named=True) == row


def test_a_road_nobody_drove_on_has_no_speed(tmp_path: Path) -> None:
    row = _one("road_speed_now", tmp_path, {**LINK, "PRCS_SPD": "0", "PRCS_TRV_TIME": "0.0"})
    assert (row["speed_km_h"], row["travel_time_s"]) == (None, None)


def test_a_page_may_hold_old_and_new_names_together(tmp_path: Path) -> None:
    old = dict(zip(OLD_AIR.split(), {**AIR, "MSRSTN_NM": "종로구"}.values(), strict=True))
    document = {"RealtimeCityAir": {"list_total_count": 2, "RESULT": FINE, "row": [AIR, old]}}
    body = json.dumps(document).encode()
    assert clean_page("air_now", tmp_path, body).frame.height == 2


def test_polling_every_service_all_day_stays_within_the_calls_of_a_key() -> None:
    calls = 0.0
    for name in ROWS:
        fed_by = seoul().dataset(name).fed_by
        assert fed_by
        assert fed_by.feed
        assert fed_by.feed.every_seconds
        questions = max(1, len(fed_by.each)) * PAGES.get(name, 1)
        calls += questions * 86_400 / fed_by.feed.every_seconds
    assert calls <= calls_per_day()
