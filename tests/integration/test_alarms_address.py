"""`/alarms`: what a wall asks before it goes on."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cities import write_served_city
from tests.servers import Served, served

ALERTS = """# yaml-language-server: $schema=alerts.schema.json
alerts:
  - id: crowded
    title: {ko: 혼잡, en: Crowded}
    kind: threshold
    level: warning
    dataset: visits
    measure: persons
    where: {group_code: [child]}
    by: district
    opens: 30
    owner: culture
    escalation: {after_minutes: 10, to: city}
    source: {ko: 시험, en: Test}
  - id: silent
    title: {ko: 소식 없음, en: No news}
    kind: absence
    level: notice
    dataset: visits
    minutes: 1440
    owner: culture
    source: {ko: 시험, en: Test}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve Testburg with two rules."""
    folder = tmp_path_factory.mktemp("served")
    city = write_served_city(folder / "testburg", {"alerts.yaml": ALERTS})
    options = ("--city", str(city), "--no-warm")
    with served(folder / "home", folder / "log.txt", *options) as running:
        yield running


def get(server: Served, *, host: str | None = None, **query: str) -> tuple[int, dict[str, Any]]:
    """Return status and answer."""
    connection = http.client.HTTPConnection(server.host, timeout=60)
    headers = {} if host is None else {"Host": host}
    connection.request("GET", f"/alarms?{urlencode(query)}", headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8")
    connection.close()
    return answer.status, json.loads(text) if answer.status in {200, 400, 503} else {}


def test_the_open_alarms_of_an_instant_are_told(server: Served) -> None:
    status, told = get(server, at="2026-01-09T00:30+01:00", lang="en")
    assert status == 200
    (alarm,) = told["alarms"]
    assert alarm["title"] == "Crowded: East"
    assert alarm["level_words"] == "Warning"
    assert alarm["amount"] == "30 persons"
    assert alarm["opened_at"] == "2026-01-09T00:00:00+01:00"
    assert (alarm["stops_rotation"], alarm["is_acknowledged"]) == (True, False)
    assert (alarm["is_escalated"], alarm["is_simulated"]) == (True, False)


def test_without_an_instant_it_is_that_of_a_live_board(server: Served) -> None:
    status, told = get(server)
    assert status == 200
    (alarm,) = told["alarms"]
    assert (alarm["title"], alarm["rule"], alarm["stops_rotation"]) == (
        "소식 없음",
        "silent",
        False,
    )


def test_the_city_is_seen_as_of_an_instant(server: Served) -> None:
    status, told = get(server, at="2026-01-09T00:30+01:00", as_of="2026-01-10")
    assert (status, told["alarms"]) == (200, [])  # nothing was published then


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01", "9999-01-01", "<script>"])
def test_an_instant_that_is_none_is_refused_in_words(server: Served, at: str) -> None:
    status, told = get(server, at=at)
    assert status == 400
    assert at in told["problem"]


def test_another_name_gets_nothing(server: Served) -> None:
    assert get(server, host="evil.example")[0] == 421


def test_nothing_can_be_written_there(server: Served) -> None:
    connection = http.client.HTTPConnection(server.host, timeout=60)
    connection.request("POST", "/alarms", "{}")
    assert connection.getresponse().status == 405
    connection.close()
