"""Whatever the Plaza does, a fetch ends in time with rows or an error that says what to do."""

import json
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from cityboard.errors import PassingError, QuotaError, SourceError
from data_sources.plaza.codes import PASSING, REMEDIES
from data_sources.plaza.quota import Quota
from tests import plaza_faults as faults
from tests.integration.conftest import NOON
from tests.plaza_hostile import HOSTILE
from tests.plaza_invented import enveloped

GOOD = json.dumps(enveloped("x", [{"A": 1}])).encode()


@pytest.mark.parametrize(
    "fault",
    [
        faults.code("ERROR-500"),
        faults.code("ERROR-600"),
        faults.status(500),
        faults.status(503),
        faults.reset,
        faults.cut(GOOD, announced=9999),
    ],
    ids=["500", "600", "http 500", "http 503", "reset", "cut short"],
)
def test_a_fault_that_may_pass_is_tried_again(server, client, fault):
    server.fail_with(fault, times=2)
    assert len(client(server).rows("oneBridge")) == 1
    assert len(server.paths) == 3


def test_tries_are_bounded(server, client):
    server.fail_with(faults.code("ERROR-500"), times=9)
    with pytest.raises(PassingError, match="ERROR-500"):
        client(server).rows("oneBridge")
    assert len(server.paths) == 3


@pytest.mark.parametrize("code", sorted({*REMEDIES, "ERROR-999"} - PASSING))
def test_a_refusal_is_not_tried_again(server, client, code):
    server.fail_with(faults.code(code))
    with pytest.raises(SourceError, match=code):
        client(server).rows("oneBridge")
    assert len(server.paths) == 1


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 429])
def test_another_http_status_than_200_is_refused_and_not_tried_again(server, client, status):
    server.fail_with(faults.status(status))
    with pytest.raises(SourceError, match=f"HTTP {status}"):
        client(server).rows("oneBridge")
    assert len(server.paths) == 1


def test_not_modified_is_refused_where_nothing_was_kept(server, client):
    server.fail_with(faults.status(304))
    with pytest.raises(SourceError, match="HTTP 304"):
        client(server).rows("oneBridge")


def test_a_later_page_is_tried_again_without_the_earlier_ones(server, client):
    plaza = client(server)
    server.fail_with(faults.pass_on)
    server.fail_with(faults.reset)
    assert len(plaza.rows("parkBench")) == 2345
    assert [path.split("/")[4] for path in server.paths] == ["1", "1001", "1001", "2001"]


def test_a_server_that_is_not_there_is_a_source_error(server, client):
    plaza = client(server)
    server.__exit__()
    with pytest.raises(PassingError, match="Check the network"):
        plaza.rows("oneBridge")


@pytest.mark.parametrize("where", ["head", "body"])
def test_a_dripping_server_does_not_outlast_the_limit_of_a_request(server, client, where):
    server.fail_with(faults.drip(seconds=0.05, where=where))
    begun = time.monotonic()
    with pytest.raises(SourceError, match=r"not whole within 0\.3 s"):
        client(server, request_seconds=0.3, tries=1).rows("oneBridge")
    assert time.monotonic() - begun < 1


def test_many_slow_pages_do_not_outlast_the_limit_of_a_fetch(server, client):
    server.fail_with(faults.drip(seconds=0.05), times=9)
    begun = time.monotonic()
    with pytest.raises(SourceError, match=r"not read whole within 0\.5 s"):
        client(server, request_seconds=0.2, fetch_seconds=0.5, tries=9).rows("oneBridge")
    assert time.monotonic() - begun < 1.2


def test_a_second_fetch_of_the_same_waits_and_finds_fresh_pages(server, client):
    server.fail_with(faults.late(0.2))
    plazas = [client(server), client(server)]
    with ThreadPoolExecutor(2) as threads:
        rows = list(threads.map(lambda plaza: plaza.rows("parkBench"), plazas))
    assert [len(part) for part in rows] == [2345, 2345]
    assert len(server.paths) == 3


def test_a_body_that_unpacks_to_far_more_is_stopped_early(server, client):
    server.fail_with(faults.bomb(200))
    tracemalloc.start()
    with pytest.raises(SourceError, match="more than 1,000,000 bytes"):
        client(server, body_bytes=1_000_000).rows("oneBridge")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150e6


@pytest.mark.parametrize(
    "encoding", ["br", "zstd", "gzip, gzip", "gzip,gzip", "GZIP, deflate", "x"]
)
def test_an_encoding_that_unpacks_without_bounds_is_refused(server, client, encoding):
    server.fail_with(faults.body(GOOD, {"Content-Encoding": encoding}))
    with pytest.raises(SourceError, match="encoding other than gzip and deflate"):
        client(server).rows("oneBridge")


def test_a_packed_body_is_unpacked(server, client):
    server.fail_with(faults.packed(GOOD))
    assert client(server).rows("oneBridge") == [{"A": 1}]


def test_a_packed_body_that_is_damaged_is_a_source_error(server, client):
    server.fail_with(faults.body(b"not gzip at all", {"Content-Encoding": "gzip"}), times=3)
    with pytest.raises(SourceError, match="DecodingError"):
        client(server).rows("oneBridge")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_body_that_is_no_answer_is_a_source_error_naming_the_request(server, client, name):
    server.fail_with(faults.body(HOSTILE[name]))
    with pytest.raises(SourceError, match=r"\*\*\*/json/oneBridge/1/1000/: The answer cannot"):
        client(server).rows("oneBridge")
    assert len(server.paths) == 1


def test_a_web_page_with_status_200_is_told_as_one(server, client):
    page = b"<!DOCTYPE html><html><body>Maintenance</body></html>"
    server.fail_with(faults.body(page, {"Content-Type": "text/html"}))
    with pytest.raises(SourceError, match="it is a web page"):
        client(server).rows("oneBridge")


@pytest.mark.parametrize("announced", [0, 9999])
@pytest.mark.parametrize("length", [1, 20, len(GOOD) - 1])
def test_a_cut_body_is_a_source_error_with_or_without_its_length(server, client, length, announced):
    server.fail_with(faults.cut(GOOD[:length], announced=announced), times=3)
    with pytest.raises(SourceError):
        client(server).rows("oneBridge")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server, client, status):
    server.fail_with(faults.redirect("{path}", status=status))
    with pytest.raises(SourceError, match="a redirect is not followed"):
        client(server).rows("oneBridge")
    assert len(server.paths) == 1


@pytest.mark.parametrize("to", ["//", "http://[", "javascript:x", "file:///etc/hostname", "\x7f"])
def test_a_redirect_to_nowhere_is_a_source_error(server, client, to):
    server.fail_with(faults.redirect(to), times=3)
    with pytest.raises(SourceError):
        client(server).rows("oneBridge")


@pytest.mark.parametrize(
    "head",
    [
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\0: \0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_an_answer_that_is_no_http_is_a_source_error(server, client, head):
    server.fail_with(faults.raw(head), times=3)
    with pytest.raises(SourceError):
        client(server).rows("oneBridge")


def test_a_failed_fetch_leaves_the_pages_of_the_last_one_in_use(server, client, clock):
    first = client(server).fetch("parkBench")
    clock.forward(hours=1)
    server.fail_with(faults.pass_on)
    server.fail_with(faults.code("ERROR-310"))
    with pytest.raises(SourceError):
        client(server).fetch("parkBench")
    clock.forward(hours=-1)
    assert client(server).fetch("parkBench") == first


def test_pages_that_cannot_be_written_are_a_source_error(server, client, tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/oneBridge").write_text("a file where a folder belongs")
    with pytest.raises(SourceError, match="cannot be locked"):
        client(server).fetch("oneBridge")


def test_the_quota_stops_a_fetch_before_it_calls(server, client):
    with pytest.raises(QuotaError, match="All 2 calls of today"):
        client(server, calls_per_day=2).rows("parkBench")
    assert len(server.paths) == 2


def test_every_try_counts(server, client):
    server.fail_with(faults.code("ERROR-500"), times=3)
    with pytest.raises(QuotaError):
        client(server, calls_per_day=2).rows("oneBridge")
    assert len(server.paths) == 2


def test_the_quota_starts_anew_at_midnight_of_seoul(server, client, clock):
    plaza = client(server, calls_per_day=1, fresh_seconds=-1)
    plaza.rows("oneBridge")
    clock.forward(hours=11, minutes=59)
    with pytest.raises(QuotaError, match="anew at 2026-03-10 00:00 in Seoul, in 0 h 1 min"):
        plaza.rows("oneBridge")
    clock.forward(minutes=1)
    assert len(plaza.rows("oneBridge")) == 1


def test_each_key_has_its_own_quota(server, client, monkeypatch):
    plaza = client(server, calls_per_day=1, fresh_seconds=-1)
    plaza.rows("oneBridge")
    monkeypatch.setenv("SEOUL_OPENAPI_KEY", "sample")
    assert len(plaza.rows("oneBridge")) == 1


def test_two_processes_at_once_share_one_quota(tmp_path):
    script = (
        "import datetime as dt, sys\nfrom pathlib import Path\n"
        "from cityboard.errors import QuotaError\nfrom data_sources.plaza.quota import Quota\n"
        "quota, granted = Quota(Path(sys.argv[1]), 50), 0\n"
        "try:\n    for _ in range(50):\n"
        f"        quota.take('a', dt.datetime.fromisoformat('{NOON.isoformat()}'))\n"
        "        granted += 1\nexcept QuotaError:\n    pass\nprint(granted)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "calls.json")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(process.communicate(timeout=60)[0]) for process in both) == 50


def test_the_quota_may_come_from_the_environment(server, client, monkeypatch):
    monkeypatch.setenv("SEOUL_OPENAPI_CALLS_PER_DAY", "1")
    with pytest.raises(QuotaError, match="All 1 calls"):
        client(server).rows("parkBench")


def test_a_quota_that_is_no_number_is_told(server, client, monkeypatch):
    monkeypatch.setenv("SEOUL_OPENAPI_CALLS_PER_DAY", "many")
    with pytest.raises(SourceError, match="SEOUL_OPENAPI_CALLS_PER_DAY is 'many'"):
        client(server)


@pytest.mark.parametrize("state", ["", "[]", '{"day": 1}', '{"day": "x", "calls": {"a": "b"}}'])
def test_a_damaged_count_of_calls_is_told_with_the_remedy(tmp_path, state):
    (tmp_path / "calls.json").write_text(state)
    with pytest.raises(SourceError, match="is damaged: delete it"):
        Quota(tmp_path / "calls.json", 1000).take("a", NOON)
