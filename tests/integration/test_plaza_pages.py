"""Pages are kept as received, reused while they hold, and read as frames of text."""

import json
import os

import polars as pl
import pytest

from cityboard.catalog import Distribution
from data_sources import plaza as plaza_module
from data_sources.fetched import checksum
from data_sources.plaza.rows import text_frame


def test_pages_are_kept_as_received_in_the_folder_of_the_service(server, client, tmp_path):
    fetched = client(server).fetch("parkBench")
    assert [part.parent for part in fetched.parts] == [tmp_path / "kept/parkBench"] * 3
    pages = [json.loads(part.read_bytes())["benches"]["row"] for part in fetched.parts]
    assert [len(page) for page in pages] == [1000, 1000, 345]
    assert fetched.sha256 == checksum(fetched.parts)


def test_pages_sort_by_name_in_the_order_of_their_rows(server, client):
    parts = client(server).fetch("parkBench").parts
    assert list(parts) == sorted(parts)


def test_the_request_tells_what_was_asked_without_the_key(server, client):
    request = client(server).fetch("parkBench").request
    expected = f"{server.url}/***/json/parkBench/1/1000/ (3 pages, 2,345 rows)"
    assert request == expected


def test_an_answer_in_xml_is_kept_as_xml(server, client):
    fetched = client(server).fetch("riverLevel")
    assert [part.suffix for part in fetched.parts] == [".xml"]
    assert text_frame(fetched, "riverLevel")["gauge"].to_list() == ["가교", "나교"]


def test_the_same_answers_have_the_same_checksum_at_any_time(server, client, clock):
    before = client(server).fetch("parkBench").sha256
    clock.forward(hours=1)
    assert client(server).fetch("parkBench").sha256 == before
    assert len(server.paths) == 6


def test_a_distribution_is_fetched_with_its_arguments(server, tmp_path, plaza_key, monkeypatch):
    monkeypatch.setenv("SEOUL_OPENAPI_URL", server.url)
    distribution = Distribution(
        kind="api",
        system="plaza",
        cleaner="none",
        adapter="plaza",
        service="RealtimeCityAir",
        arguments=("서북권",),
    )
    fetched = plaza_module.fetch(distribution, tmp_path / "kept")
    assert text_frame(fetched, "RealtimeCityAir")["MSRSTN_NM"].to_list() == ["나구"]


def test_pages_replaced_by_a_newer_fetch_stay_for_an_hour(server, client, clock):
    bridge = next(f for f in server.fixtures if f.service == "oneBridge")
    old = client(server).fetch("oneBridge").parts[0]
    clock.forward(hours=1)
    bridge.rows = [{"BRIDGE": "나교", "LANES": 2}]
    client(server).fetch("oneBridge")
    assert old.exists()
    two_hours_ago = old.stat().st_mtime - 7200
    os.utime(old, times=(two_hours_ago, two_hours_ago))
    clock.forward(hours=1)
    client(server).fetch("oneBridge")
    assert not old.exists()


def test_fresh_pages_are_used_without_asking_again(server, client, clock):
    first = client(server).fetch("parkBench")
    clock.forward(seconds=299)
    assert client(server).fetch("parkBench") == first
    assert len(server.paths) == 3


def test_pages_past_their_time_are_asked_for_again(server, client, clock):
    client(server).fetch("oneBridge")
    clock.forward(seconds=301)
    client(server).fetch("oneBridge")
    assert len(server.paths) == 2


def test_a_clock_set_back_does_not_keep_pages_fresh(server, client, clock):
    client(server).fetch("oneBridge")
    clock.forward(days=-1)
    client(server).fetch("oneBridge")
    assert len(server.paths) == 2


def test_another_question_is_asked_though_the_service_is_the_same(server, client):
    plaza = client(server)
    assert len(plaza.rows("RealtimeCityAir")) == 2
    assert len(plaza.rows("RealtimeCityAir", ["도심권"])) == 1
    assert len(plaza.rows("RealtimeCityAir", limit=1)) == 1
    assert len(server.paths) == 3


@pytest.mark.parametrize("tag", ["ETag", "Last-Modified"])
def test_a_page_that_still_holds_is_not_sent_again(server, client, clock, tag):
    server.tags = (tag,)
    first = client(server).fetch("parkBench")
    for _ in range(2):
        clock.forward(hours=1)
        assert client(server).fetch("parkBench") == first
    assert server.statuses == [200] * 3 + [304] * 6


def test_a_page_changed_since_is_sent_again(server, client, clock):
    server.tags = ("ETag",)
    client(server).fetch("oneBridge")
    fixture = next(f for f in server.fixtures if f.service == "oneBridge")
    fixture.rows = [{"BRIDGE": "가교", "LANES": 6}]
    clock.forward(hours=1)
    assert client(server).rows("oneBridge") == [{"BRIDGE": "가교", "LANES": 6}]


@pytest.mark.parametrize("damage", [b"", b'{"benches":'])
def test_a_kept_page_that_was_damaged_is_fetched_again(server, client, damage):
    fetched = client(server).fetch("parkBench")
    fetched.parts[1].write_bytes(damage)
    assert client(server).fetch("parkBench").sha256 == fetched.sha256
    assert len(server.paths) == 6


def test_a_damaged_index_of_kept_pages_is_no_index(server, client, tmp_path):
    client(server).fetch("oneBridge")
    for index in (tmp_path / "kept/oneBridge").glob("*.index"):
        index.write_text('{"pages": [{"file": "../../x"}]')
    client(server).fetch("oneBridge")
    assert len(server.paths) == 2


def test_rows_of_all_pages_are_one_frame_of_text_with_their_place(server, client):
    frame = text_frame(client(server).fetch("parkBench"), "parkBench")
    assert frame.schema == {
        **dict.fromkeys(("BENCH_NO", "GU_NM", "SEAT_CNT", "source_file"), pl.String),
        "source_row": pl.Int64,
    }
    assert frame["SEAT_CNT"].unique().sort().to_list() == ["3", "3.0"]
    assert frame["source_row"].to_list()[998:1002] == [999, 1000, 1, 2]
    assert frame["source_file"].n_unique() == 3


def test_nested_parts_are_json_in_a_frame_of_text(server, client):
    frame = text_frame(client(server).fetch("placeNow"), "placeNow")
    assert json.loads(frame["CROWD"][0]) == [{"LEVEL": "여유", "MIN": "100"}]
    assert frame["BUSES"][0] == ""


def test_no_data_is_a_frame_without_rows(server, client):
    assert text_frame(client(server).fetch("parkBench", ["없음"]), "parkBench").is_empty()
