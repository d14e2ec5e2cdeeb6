"""Every page of a service is fetched; a question that has no answer is not asked."""

import asyncio
import csv
import io
import json
import os
import subprocess
import sys

import pytest

from cityboard.errors import SourceError
from data_sources import plaza as plaza_module
from data_sources.plaza import __main__ as plaza_command
from tests.plaza_fixtures import load_fixtures
from tests.plaza_invented import BENCHES, SWINGS, enveloped
from tests.plaza_server import KEY, PlazaServer


def windows(server):
    """Return the first and last row of each request the server saw."""
    return [tuple(map(int, path.split("/")[-3:-1])) for path in server.paths]


def test_pages_of_a_thousand_are_asked_for_until_the_announced_count(server, client):
    rows = client(server).rows("parkBench")
    assert [row["BENCH_NO"] for row in rows] == [f"{n:05d}" for n in range(1, BENCHES + 1)]
    assert windows(server) == [(1, 1000), (1001, 2000), (2001, 3000)]


def test_a_count_of_the_rows_returned_does_not_end_the_paging(server, client):
    rows = client(server).rows("swingList")
    assert len(rows) == SWINGS
    assert windows(server) == [(1, 1000), (1001, 2000), (2001, 3000)]


def test_a_count_larger_than_a_page_saves_the_request_that_would_find_nothing(tmp_path, client):
    rows = [{"N": n} for n in range(2000)]
    (tmp_path / "two.json").write_text(json.dumps(enveloped("two", rows)))
    with PlazaServer(tmp_path) as server:
        assert len(client(server).rows("two")) == 2000
        assert windows(server) == [(1, 1000), (1001, 2000)]


def test_a_short_page_ends_the_paging_whatever_was_announced(tmp_path, client, caplog):
    (tmp_path / "few.json").write_text(json.dumps(enveloped("few", [{"A": 1}], total=25162)))
    with PlazaServer(tmp_path) as server:
        fetched = client(server).fetch("few")
        assert len(server.paths) == 1
    assert "1 rows of 25,162 announced" in fetched.request
    assert "1 rows of 25162" in caplog.text


def test_a_limit_asks_for_no_more_rows_than_wanted(server, client):
    assert len(client(server).rows("parkBench", limit=1500)) == 1500
    assert windows(server) == [(1, 1000), (1001, 1500)]


def test_a_service_that_ignores_the_rows_asked_for_is_refused(tmp_path, client):
    (tmp_path / "same.json").write_text(json.dumps(enveloped("same", [{"A": 1}] * 1000)))
    with PlazaServer(tmp_path) as server:
        server.fixtures[0].rows *= 2
        server.fixtures[0].total = 1000
        with pytest.raises(SourceError, match="the same 1,000 rows"):
            client(server).rows("same")


def test_the_subway_host_counts_from_zero_and_has_its_own_address(server, client):
    rows = client(server).rows("realtimeStationArrival", ["가역"])
    assert [row["arvlMsg2"] for row in rows] == ["3분 후", "7분 후"]
    assert server.paths[0].startswith(f"/api/subway/{KEY}/json/realtimeStationArrival/0/999/")


def test_no_data_is_an_empty_result(server, client):
    assert client(server).rows("parkBench", ["없는 구"]) == []


def test_no_data_from_the_subway_host_is_an_empty_result(server, client):
    assert client(server).rows("realtimeStationArrival", ["없는역"]) == []


def test_a_service_announcing_rows_and_giving_none_is_refused(tmp_path, client):
    (tmp_path / "none.json").write_text(json.dumps(enveloped("none", [{"A": 1}])))
    with PlazaServer(tmp_path) as server:
        server.fixtures[0].envelope = lambda rows, total: enveloped("none", [], total=5)
        with pytest.raises(SourceError, match="announces 5 rows"):
            client(server).rows("none")


def test_arguments_are_percent_encoded_as_utf_8(server, client):
    rows = client(server).rows("RealtimeCityAir", ["도심권", "가구"])
    assert len(rows) == 1
    assert server.paths[0].endswith("/%EB%8F%84%EC%8B%AC%EA%B6%8C/%EA%B0%80%EA%B5%AC")


def test_a_slash_in_an_argument_is_part_of_the_argument(server, client):
    client(server).rows("parkBench", ["a/b?c#d&e%f"])
    assert server.paths[0].endswith("/a%2Fb%3Fc%23d%26e%25f")


@pytest.mark.parametrize("first", [None, ""])
def test_a_missing_argument_before_a_given_one_is_said_before_calling(server, client, first):
    with pytest.raises(SourceError, match="argument 1 of 2 is missing"):
        client(server).rows("RealtimeCityAir", [first, "가구"])
    assert server.paths == []


def test_an_argument_left_open_with_a_blank_is_sent(server, client):
    assert len(client(server).rows("RealtimeCityAir", [" ", "가구"])) == 1


def test_missing_arguments_at_the_end_are_left_away(server, client):
    assert len(client(server).rows("RealtimeCityAir", ["도심권", None, ""])) == 1
    assert server.paths[0].endswith("/1/1000/%EB%8F%84%EC%8B%AC%EA%B6%8C")


@pytest.mark.parametrize("argument", [".", ".."])
def test_an_argument_that_would_move_the_url_path_is_refused(server, client, argument):
    with pytest.raises(SourceError, match="cannot stand in a URL"):
        client(server).rows("parkBench", [argument])


@pytest.mark.parametrize("service", ["", "a/b", "../x", "a b", "따릉이", "a?b", "a\n"])
def test_a_service_name_that_is_none_is_refused_before_calling(server, client, service):
    with pytest.raises(SourceError, match="is no service name"):
        client(server).rows(service)
    assert server.paths == []


def test_a_limit_below_one_is_refused_before_calling(server, client):
    with pytest.raises(SourceError, match="ask for at least 1"):
        client(server).rows("parkBench", limit=0)


@pytest.mark.parametrize(
    "url", ["ftp://x", "openapi.seoul.go.kr", "http://", "http://a:b", "http://\n"]
)
def test_an_address_that_is_none_is_refused(tmp_path, url):
    with pytest.raises(SourceError, match="is no address of the Plaza"):
        plaza_module.Plaza(tmp_path, url=url)


def test_the_address_may_come_from_the_environment(server, tmp_path, plaza_key, monkeypatch):
    monkeypatch.setenv("SEOUL_OPENAPI_URL", f"{server.url}/")
    monkeypatch.setenv("SEOUL_SUBWAY_URL", server.subway_url)
    plaza = plaza_module.Plaza(tmp_path)
    assert len(plaza.rows("oneBridge")) == 1
    assert len(plaza.rows("realtimeStationArrival", ["가역"])) == 2


def test_without_a_key_nothing_is_asked_and_the_remedy_is_told(server, client, monkeypatch):
    monkeypatch.delenv("SEOUL_OPENAPI_KEY")
    with pytest.raises(SourceError, match=r"SEOUL_OPENAPI_KEY is not set.*인증키"):
        client(server).rows("parkBench")
    assert server.paths == []


def test_the_sample_key_gives_five_rows_of_one_request(server, client, monkeypatch):
    monkeypatch.setenv("SEOUL_OPENAPI_KEY", "sample")
    assert len(client(server).rows("parkBench")) == 5
    assert server.paths == ["/sample/json/parkBench/1/5/"]


def test_city_data_of_another_place_is_refused(server, client, monkeypatch):
    monkeypatch.setenv("SEOUL_OPENAPI_KEY", "sample")
    server.fixtures = [f for f in server.fixtures if f.name == "crowdNow.PLC001.json"]
    server.fixtures[0].service = "citydata_crowd"
    with pytest.raises(SourceError, match="answered for 가나다 광장 PLC001 instead of PLC009"):
        client(server).rows("citydata_crowd", ["PLC009"])
    assert client(server).rows("citydata_crowd", ["가나다 광장"])


def test_every_service_kept_from_seoul_is_fetched_end_to_end(seoul_data, client):
    folder = seoul_data / "api/fixtures"
    with PlazaServer(folder) as server:
        for fixture in load_fixtures(folder):
            server.prefer(fixture.name)
            server.fixtures = [f for f in load_fixtures(folder) if f.name == fixture.name]
            server.fixtures[0].start = 0 if fixture.is_subway else 1
            plaza = client(server, fresh_seconds=-1)
            assert len(plaza.rows(fixture.service)) == len(fixture.rows), fixture.name


def test_the_stations_of_seoul_are_paged_to_the_last_short_page(seoul_data, client):
    with PlazaServer(seoul_data / "api/fixtures", fill=True) as server:
        rows = client(server).rows("tbCycleStationInfo")
        assert len(rows) == 3156
        assert [row["RNUM"] for row in rows[3000:]] == [str(n) for n in range(3001, 3157)]
        assert len(server.paths) == 4


def test_the_arguments_of_the_kept_addresses_find_their_rows(seoul_data, client):
    asked = {
        ("CardSubwayStatsNew", ("20220131",)): 1,
        ("CardSubwayStatsNew", ("20240830",)): 5,
        ("ListAirQualityByDistrictService", ("111152",)): 1,
        ("RealtimeCityAir", ("도심권", "종로구")): 1,
        ("citydata_ppltn", ("POI014",)): 1,
        ("realtimeStationArrival", ("강남",)): 1,
        (
            "tbLnOpendataRtmsV",
            ("2024", "11500", "강서구", "10300", "1", "대지", "", "", "", "", "아파트"),
        ): 1,
    }
    with PlazaServer(seoul_data / "api/fixtures") as server:
        plaza = client(server)
        found = {key: len(plaza.rows(key[0], key[1])) for key in asked}
    assert found == asked


def test_the_command_tells_a_fault_in_words_and_fails(server, tmp_path):
    environment = {
        **os.environ,
        "SEOUL_OPENAPI_URL": server.url,
        "SEOUL_OPENAPI_KEY": "a-key-that-is-wrong",
        "CITYBOARD_HOME": str(tmp_path / "home"),
        "NO_PROXY": "*",
    }
    command = [sys.executable, "-m", "data_sources.plaza", "parkBench"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "INFO-100" in done.stderr
    assert "SEOUL_OPENAPI_KEY" in done.stderr
    assert "Traceback" not in done.stderr
    assert "a-key-that-is-wrong" not in done.stderr


def test_the_command_asks_where_to_keep_pages(monkeypatch):
    monkeypatch.delenv("CITYBOARD_HOME", raising=False)
    command = [sys.executable, "-m", "data_sources.plaza", "parkBench"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "--home" in done.stderr
    assert "CITYBOARD_HOME" in done.stderr


@pytest.fixture
def printed(server, tmp_path, plaza_key, monkeypatch, capsys):
    """Return a function that gives what the command prints."""
    monkeypatch.setenv("SEOUL_OPENAPI_URL", server.url)

    def run(*words, **options):
        plaza_command.main(*words, home=tmp_path / "home", **options)
        return capsys.readouterr().out

    return run


def test_rows_are_printed_as_json_and_kept_under_the_home(printed, tmp_path):
    rows = json.loads(printed("RealtimeCityAir", ["도심권"]))
    assert [row["MSRSTN_NM"] for row in rows] == ["가구"]
    assert (tmp_path / "home/lake/.fetched/RealtimeCityAir").is_dir()


def test_rows_printed_as_csv_hold_nothing_a_spreadsheet_computes(printed, server):
    bridge = next(f for f in server.fixtures if f.service == "oneBridge")
    bridge.rows = [{"BRIDGE": "=1+1", "LANES": -4, "LEVEL": "-1.5", "PARTS": [1]}]
    rows = list(csv.reader(io.StringIO(printed("oneBridge", as_csv=True))))
    assert rows == [["BRIDGE", "LANES", "LEVEL", "PARTS"], ["'=1+1", "-4", "-1.5", "[1]"]]


async def fetch_in_a_loop(plaza):
    return plaza.rows("oneBridge")


def test_rows_are_fetched_where_an_event_loop_already_runs(server, client):
    assert len(asyncio.run(fetch_in_a_loop(client(server)))) == 1
