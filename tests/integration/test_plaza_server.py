"""The Plaza of the tests refuses, pages and filters as the real one, from any folder of answers."""

import json
import urllib.request
from urllib.parse import quote

import pytest

from data_sources.plaza.envelope import parse
from tests.plaza_invented import BENCHES, air, enveloped
from tests.plaza_server import KEY, PlazaServer


def ask(server, path):
    with urllib.request.urlopen(f"{server.url}/{quote(path)}", timeout=5) as response:
        return response.status, response.read()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("nobody/json/parkBench/1/5/", "INFO-100"),
        (f"{KEY}/toml/parkBench/1/5/", "ERROR-301"),
        (f"{KEY}/json//1/5/", "ERROR-300"),
        (f"{KEY}/json/noService/1/5/", "ERROR-310"),
        (f"{KEY}/json/parkbench/1/5/", "ERROR-310"),
        (f"{KEY}/json/parkBench", "ERROR-331"),
        (f"{KEY}/json/parkBench/1", "ERROR-332"),
        (f"{KEY}/json/parkBench/a/5/", "ERROR-333"),
        (f"{KEY}/json/parkBench/5/1/", "ERROR-334"),
        ("sample/json/parkBench/1/6/", "ERROR-335"),
        ("sample/json/parkBench/6/10/", "ERROR-335"),
        (f"{KEY}/json/parkBench/1/1001/", "ERROR-336"),
        (f"{KEY}/json/parkBench/3000/3999/", "INFO-200"),
        (f"{KEY}/json/parkBench/1/5/없는 구", "INFO-200"),
        (f"{KEY}/json/RealtimeCityAir/1/5/가구", "INFO-200"),
        (f"api/subway/{KEY}/json/realtimeStationArrival/0/2000/가역", "ERROR-336"),
        (f"{KEY}/json/realtimeStationArrival/0/5/가역", "ERROR-310"),
    ],
)
def test_a_request_that_is_wrong_is_refused_with_its_code_and_status_200(server, path, code):
    status, body = ask(server, path)
    assert (status, parse(body).code) == (200, code)


@pytest.mark.parametrize("kind", ["json", "xml", "toml"])
def test_a_bad_key_is_told_in_xml_whatever_was_asked(server, kind):
    assert ask(server, f"nobody/{kind}/parkBench/1/5/")[1].startswith(b"<?xml")


@pytest.mark.parametrize(("kind", "start"), [("json", b"{"), ("xml", b"<"), ("xls", b"<")])
def test_other_refusals_are_told_as_asked(server, kind, start):
    assert ask(server, f"{KEY}/{kind}/noService/1/5/")[1].startswith(start)


def test_a_service_answers_in_xml_when_asked(server):
    answer = parse(ask(server, f"{KEY}/xml/parkBench/1001/2000/")[1])
    assert len(answer.rows) == 1000
    assert answer.rows[0]["BENCH_NO"] == "01001"
    assert answer.total == BENCHES


def test_arguments_filter_by_place(server):
    body = ask(server, f"{KEY}/json/RealtimeCityAir/1/5/도심권/가구")[1]
    assert len(parse(body).rows) == 1


def test_a_folder_without_an_index_is_served(tmp_path):
    (tmp_path / "never.2031-01-01.json").write_text(json.dumps(enveloped("other", [{"A": 1}])))
    with PlazaServer(tmp_path) as server:
        assert parse(ask(server, f"{KEY}/json/never/1/5/")[1]).rows == ({"A": 1},)


def test_an_index_may_name_the_service_and_the_first_row_of_a_file(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(enveloped("root", [{"A": 1001}], total=1001)))
    index = [{"file": "x.json", "url": "http://h/{KEY}/json/stranger/1001/2000/"}]
    (tmp_path / "INDEX.json").write_text(json.dumps(index))
    with PlazaServer(tmp_path, fill=True) as server:
        rows = parse(ask(server, f"{KEY}/json/stranger/1001/2000/")[1]).rows
        assert rows == ({"A": 1001},)
        assert len(parse(ask(server, f"{KEY}/json/stranger/1/1000/")[1]).rows) == 1000


def test_two_files_of_a_service_are_told_apart_by_argument(tmp_path):
    for day in ("20310101", "20310102"):
        rows = air("DAY A B C D E F G H I J K", day=day)
        (tmp_path / f"visits.{day}.json").write_text(json.dumps(enveloped("visits", rows)))
    with PlazaServer(tmp_path) as server:
        rows = parse(ask(server, f"{KEY}/json/visits/1/5/20310102")[1]).rows
    assert {row["DAY"] for row in rows} == {"20310102"}
