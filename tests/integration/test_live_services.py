"""Every live service of Seoul is polled over HTTP: from its entry to conformed rows."""

import datetime as dt
import importlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cityboard.errors import NoKeyError, QuotaError, SourceError
from data_sources.draft import Cleaned, conform
from data_sources.fetched import Fetched
from data_sources.plaza import fetch
from tests import plaza_faults as faults
from tests.cleaning import seoul
from tests.live_pages import ROWS, page
from tests.plaza_server import PlazaServer

LARGE = 10 * 1024 * 1024  # bytes of text


@pytest.fixture
def service(tmp_path: Path) -> PlazaServer:
    """Return a server of one row of each service."""
    folder = tmp_path / "answers"
    folder.mkdir()
    for name, row in ROWS.items():
        fed_by = seoul().dataset(name).fed_by
        assert fed_by
        places = [{**row, _asked(name): each} for each in fed_by.each] or [row]
        document = page(places)
        if name == "subway_arrivals":
            document = {"errorMessage": {"code": "INFO-000"}, "realtimeArrivalList": places}
        (folder / f"{fed_by.service}.json").write_text(json.dumps(document))
    return PlazaServer(folder)


def _asked(name: str) -> str:
    """Return the column in which a service repeats what it was asked for."""
    columns = {"crowding_now": "AREA_NM", "subway_arrivals": "statnNm", "road_speed_now": "LINK_ID"}
    return columns[name]


@pytest.fixture
def poll(tmp_path: Path, plaza_key: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Fetched]:
    """Return a function that polls the feed of a dataset from a server."""

    def ask(name: str, server: PlazaServer) -> Fetched:
        monkeypatch.setenv("SEOUL_OPENAPI_URL", server.url)
        monkeypatch.setenv("SEOUL_SUBWAY_URL", server.subway_url)
        fed_by = seoul().dataset(name).fed_by
        assert fed_by
        return fetch(fed_by, tmp_path / "kept")

    return ask


def _clean(name: str, fetched: Fetched) -> Cleaned:
    dataset = seoul().dataset(name)
    assert dataset.fed_by
    module = importlib.import_module(f"data_sources.{dataset.fed_by.system}")
    return conform(getattr(module, dataset.fed_by.cleaner)(fetched, seoul()), dataset, seoul())


@pytest.mark.parametrize("name", ROWS)
def test_an_entry_is_enough_to_poll_a_service(name, service, poll):
    with service as server:
        fetched = poll(name, server)
    fed_by = seoul().dataset(name).fed_by
    assert len(server.paths) == max(1, len(fed_by.each))
    assert dt.datetime.now(dt.UTC) - fetched.received_at < dt.timedelta(minutes=1)
    assert server.key not in fetched.request
    frame = _clean(name, fetched).frame
    assert frame.height >= 1
    assert set(frame.get_column("known_at")) == {fetched.received_at}


def test_one_place_that_is_not_answered_fails_the_poll_and_is_told(service, poll):
    with service as server:
        server.fail_with(lambda handler: handler.answer())
        server.fail_with(faults.code("ERROR-310"))
        with pytest.raises(SourceError, match="ERROR-310"):
            poll("crowding_now", server)


def test_two_polls_in_a_row_share_what_is_fresh_and_are_one_reading(service, poll):
    with service as server:
        first, again = poll("bikes_now", server), poll("bikes_now", server)
    assert len(server.paths) == 1
    assert (first.sha256, first.received_at) == (again.sha256, again.received_at)


def test_without_a_key_nothing_is_asked(service, poll, monkeypatch):
    monkeypatch.delenv("SEOUL_OPENAPI_KEY")
    with service as server:
        with pytest.raises(NoKeyError, match="SEOUL_OPENAPI_KEY"):
            poll("air_now", server)
        assert server.paths == []


def test_a_used_up_quota_is_told(service, poll, monkeypatch):
    monkeypatch.setenv("SEOUL_OPENAPI_CALLS_PER_DAY", "0")
    with service as server, pytest.raises(QuotaError, match="starts anew"):
        poll("air_now", server)


@pytest.mark.parametrize("name", ROWS)
def test_ten_megabytes_of_text_in_a_name_are_one_row(name, service, poll):
    row = {**ROWS[name], "UNKNOWN": "가" * (LARGE // 3)}
    with service as server:
        asked = seoul().dataset(name).fed_by.each
        for each in asked or [""]:
            given = {**row, _asked(name): each} if asked else row
            server.fail_with(faults.body(json.dumps(page([given])).encode()))
        assert _clean(name, poll(name, server)).frame.height == 1


@pytest.mark.seoul
@pytest.mark.parametrize(
    ("name", "answer", "rows"),
    [
        ("air_now", "RealtimeCityAir.2021-05-11.json", 25),
        ("air_now", "RealtimeCityAir.2025-02-04.trimmed.json", 2),
        ("air_now", "RealtimeCityAir.2026-new-fields.json", 1),
        ("bikes_now", "bikeList.json", 1),
        ("parking_now", "GetParkingInfo.2025-12-13.json", 1),
    ],
)
def test_recorded_answers_are_published_whole(name, answer, rows, seoul_data, poll):
    with PlazaServer(seoul_data / "api/fixtures") as server:
        server.prefer(answer)
        cleaned = _clean(name, poll(name, server))
    assert (cleaned.frame.height, cleaned.rejects.height) == (rows, 0)
    assert cleaned.frame.get_column("district_code").null_count() == 0


@pytest.mark.seoul
@pytest.mark.parametrize(
    ("name", "each", "district"),
    [
        ("crowding_now", "광화문·덕수궁", "11110"),
        ("crowding_now", "강남역", "11680"),
        ("subway_arrivals", "강남", "11680"),
        ("road_speed_now", "1220003800", None),
    ],
)
def test_recorded_answers_for_one_thing_at_a_time(
    name, each, district, seoul_data, tmp_path, plaza_key, monkeypatch
):
    fed_by = seoul().dataset(name).fed_by.model_copy(update={"each": (each,)})
    with PlazaServer(seoul_data / "api/fixtures") as server:
        monkeypatch.setenv("SEOUL_OPENAPI_URL", server.url)
        monkeypatch.setenv("SEOUL_SUBWAY_URL", server.subway_url)
        cleaned = _clean(name, fetch(fed_by, tmp_path))
    assert cleaned.rejects.is_empty(), cleaned.rejects.get_column("reason").to_list()
    assert cleaned.frame.get_column("district_code").to_list() == [district]


@pytest.mark.seoul
def test_both_services_of_the_air_give_the_same_columns(
    seoul_data, tmp_path, plaza_key, monkeypatch
):
    fed_by = seoul().dataset("air_now").fed_by
    listed = fed_by.model_copy(update={"service": "ListAirQualityByDistrictService"})
    with PlazaServer(seoul_data / "api/fixtures") as server:
        monkeypatch.setenv("SEOUL_OPENAPI_URL", server.url)
        row = _clean("air_now", fetch(listed, tmp_path)).frame.row(0, named=True)
    assert (row["district_code"], row["cai"], row["pollutant_code"]) == ("11230", 95, "pm25")
    assert row["at"] == dt.datetime(2026, 3, 9, 6, tzinfo=dt.UTC)


@pytest.mark.seoul
@pytest.mark.parametrize("as_xml", [False, True], ids=["json", "xml"])
def test_a_road_is_the_same_as_json_and_as_xml(as_xml, seoul_data, tmp_path):
    suffix = "xml" if as_xml else "json"
    path = seoul_data / f"api/fixtures/TrafficInfo.{suffix}"
    now = dt.datetime.now(dt.UTC)
    row = _clean("road_speed_now", Fetched((path,), "file", "", received_at=now)).frame.row(
        0, named=True
    )
    assert (row["link_id"], row["speed_km_h"], row["travel_time_s"]) == ("1220003800", 31.2, 42)
