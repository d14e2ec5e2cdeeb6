"""A scripted day: what is pushed to a real watcher and a real server shows, against a log of it.

Incidents run from call to closure, steps come twice, late and broken, an alarm opens and closes,
the feed stops and returns. After each act every count and every state on the screen is compared
with what the script has sent.
"""

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from cityboard.complaints import STATES
from cityboard.incidents import STEPS
from tests.browsers import BoardPage, Watch
from tests.cleaning import SEOUL
from tests.servers import COMMAND, served, started
from tests.streams import TOKEN, Watched

FEEDS = ("incident_steps", "complaint_steps")
LATE = dt.timedelta(minutes=5)
PLACE = (127.0366, 37.5006)
OFF_SECONDS = 90.0


class Script:
    """Sends events, and keeps a log of them: all that is expected on screen is counted from it."""

    def __init__(self) -> None:
        self.inbox = ""
        self.sent: dict[str, list[dict[str, Any]]] = {name: [] for name in FEEDS}
        self.counts = {
            name: {"published": 0, "duplicates": 0, "late": 0, "rejected": 0} for name in FEEDS
        }

    def post(self, feed: str, *events: dict[str, Any], broken: int = 0) -> None:
        """Push events and some that are none, and write down what must become of them."""
        lines = [json.dumps(event) for event in events] + ["{broken"] * broken
        where = Watched(f"{self.inbox}/feeds/{feed}", Path())
        answer = where.post("\n".join(lines))
        assert answer.status == 202, answer
        counts, now = self.counts[feed], dt.datetime.now(dt.UTC)
        counts["rejected"] += broken
        for event in events:
            if event["event_id"] in {each["event_id"] for each in self.sent[feed]}:
                counts["duplicates"] += 1
                continue
            self.sent[feed].append(event)
            counts["published"] += 1
            counts["late"] += now - dt.datetime.fromisoformat(event["at"]) > LATE

    def steps(self, incident: str) -> set[str]:
        """Return the steps told of an incident."""
        rows = self.sent[FEEDS[0]]
        return {row["step_code"] for row in rows if row["incident_id"] == incident}

    @property
    def calls(self) -> dict[str, int]:
        """Return the calls of each kind."""
        kinds = [r["kind_code"] for r in self.sent[FEEDS[0]] if r["step_code"] == "received"]
        return {kind: kinds.count(kind) for kind in STEPS}

    @property
    def open(self) -> set[str]:
        """Return the incidents nobody has closed."""
        names = {row["incident_id"] for row in self.sent[FEEDS[0]]}
        return {name for name in names if "closed" not in self.steps(name)}

    @property
    def reached(self) -> list[int]:
        """Return how many complaints have reached each state."""
        furthest: dict[str, int] = {}
        for row in self.sent[FEEDS[1]]:
            place = STATES.index(row["state_code"])
            furthest[row["complaint_id"]] = max(furthest.get(row["complaint_id"], 0), place)
        return [sum(place >= n for place in furthest.values()) for n in range(len(STATES))]


def step(incident: str, code: str, *, ago: float = 0.0, kind: str = "fire") -> dict[str, Any]:
    """Return a step taken some minutes ago, told now."""
    now = dt.datetime.now(dt.UTC)
    return {
        "event_id": f"{incident}_{code}",
        "incident_id": incident,
        "kind_code": kind,
        "step_code": code,
        "at": (now - dt.timedelta(minutes=ago)).isoformat(timespec="seconds"),
        "known_at": now.isoformat(timespec="seconds"),
        "lon": PLACE[0],
        "lat": PLACE[1],
        "title_ko": f"훈련 {incident}",
        "title_en": f"Drill {incident}",
        "station_name": None,
        "in_charge_ko": "훈련 지휘자",
        "in_charge_en": "Leader of the drill",
    }


def state(complaint: str, code: str, *, ago: float = 0.0) -> dict[str, Any]:
    """Return a state a complaint reached some minutes ago, told now."""
    now = dt.datetime.now(dt.UTC)
    return {
        "event_id": f"{complaint}_{code}",
        "complaint_id": complaint,
        "category_code": "air",
        "state_code": code,
        "at": (now - dt.timedelta(minutes=ago)).isoformat(timespec="seconds"),
        "known_at": now.isoformat(timespec="seconds"),
        "due_at": (now + dt.timedelta(days=7)).isoformat(timespec="seconds"),
        "title_ko": "훈련 민원",
        "title_en": "Complaint of the drill",
    }


class Screen:
    """What a reader of the live city sees."""

    def __init__(self, board: BoardPage) -> None:
        self.board, self.page = board, board.page

    def calls(self) -> dict[str, int]:
        found: dict[str, str] = self._all(
            ".counts [data-kind]",
            "one => [one.dataset.kind, one.querySelector('[data-calls]').dataset.calls]",
        )
        return {kind: int(count) for kind, count in found.items()}

    def listed(self) -> set[str]:
        return set(self._all(".incidents [data-incident]", "one => [one.dataset.incident, '']"))

    def reached(self) -> list[int]:
        cells = self.page.locator(".complaints [data-reached]").evaluate_all(
            "all => all.map(one => Number(one.dataset.reached))"
        )
        return [int(cell) for cell in cells]

    def feed(self, name: str) -> dict[str, Any]:
        """Return the state of a feed and its counts; nothing where it is off."""
        found: list[dict[str, str]] = self.page.locator(f"[data-feed={name}]").evaluate_all(
            "all => all.map(one => ({...one.dataset}))"
        )
        if not found:
            return {}
        counts = ("published", "duplicates", "late", "rejected")
        return {"state": found[0]["state"], **{key: int(found[0][key]) for key in counts}}

    def alarms(self) -> set[str]:
        """Return the rules whose alarms are open, of those about incidents."""
        names = self._all(".alarms [data-alarm]", "one => [one.dataset.alarm, '']")
        return {name.partition(".")[0] for name in names} & {"fires_open", "late_arrival"}

    def _all(self, which: str, of_one: str) -> dict[str, str]:
        found: dict[str, str] = self.page.locator(which).evaluate_all(
            f"all => Object.fromEntries(all.map({of_one}))"
        )
        return found


def agrees(screen: Screen, script: Script, *, alarms: set[str]) -> None:
    """Wait until everything on screen is as the script's log has it."""
    expected: list[tuple[Callable[[], Any], Any]] = [
        (screen.calls, script.calls),
        (screen.listed, script.open),
        (screen.reached, script.reached),
        (screen.alarms, alarms),
        *(
            (lambda name=name: screen.feed(name), {"state": "ok", **script.counts[name]})
            for name in FEEDS
        ),
    ]
    for read, wanted in expected:
        screen.board.until(read, lambda seen, wanted=wanted: bool(seen == wanted))


@contextmanager
def watching(home: Path, log: Path) -> Iterator[str]:
    """Give the address of a running watcher's inbox."""
    command = [COMMAND, "watch", "--listen", "0", "--home", str(home), "--city", str(SEOUL)]
    only = [word for name in FEEDS for word in ("--only", name)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "CITYBOARD_FEED_TOKEN": TOKEN}
    with started([*command, *only], log, environment=environment) as address:
        yield f"http://{urlsplit(address).netloc}"


@pytest.fixture
def home(figures_home: Path, tmp_path: Path) -> Path:
    """Return a home of one's own with the embedded figures."""
    shutil.copytree(figures_home, tmp_path / "home")
    return tmp_path / "home"


def test_a_scripted_day_shows_as_its_log_has_it(
    browser: Browser, home: Path, tmp_path: Path
) -> None:
    script = Script()
    context = browser.new_context()
    with served(home, tmp_path / "server.txt", "--no-warm") as server:
        page = context.new_page()
        watch = Watch(page, server.host)
        board = BoardPage(page, server.address).open("live?lang=en")
        screen = Screen(board)
        assert "Replay 2019-03-05" in board.text(".banner")  # nothing is told live yet
        assert screen.feed(FEEDS[0]) == {}  # nobody watches

        with watching(home, tmp_path / "first.txt") as script.inbox:
            _calls_come(script)
            board.until(lambda: board.text(".banner"), lambda words: "Live" in words)
            agrees(screen, script, alarms={"late_arrival"})
            _faults_come(script)
            agrees(screen, script, alarms={"late_arrival"})
            _three_fires_burn(script)
            agrees(screen, script, alarms={"late_arrival", "fires_open"})
            _all_is_closed(script)
            agrees(screen, script, alarms=set())

        _wait(board, lambda: screen.feed(FEEDS[0]) == {})  # the watcher is gone: off
        with watching(home, tmp_path / "second.txt") as script.inbox:
            for name in FEEDS:  # the sender does not know what arrived, and sends all again
                script.post(name, *script.sent[name])
            script.post(FEEDS[0], step("drill_5", "received", kind="ambulance"))
            agrees(screen, script, alarms=set())
            _page_of(board, script, "drill_1")
        assert watch.faults == []
        assert server.faults == []
    context.close()


def _calls_come(script: Script) -> None:
    """A fire is called in and reached in time, a rescue is not reached, a complaint is filed."""
    script.post(FEEDS[1], state("c1", "received", ago=2), state("c1", "assigned"))
    script.post(
        FEEDS[0],
        step("drill_1", "received", ago=4.5),
        step("drill_1", "dispatch_ordered", ago=4),
        step("drill_1", "arrived", ago=1),
        step("drill_2", "received", ago=5.5, kind="rescue"),
    )


def _faults_come(script: Script) -> None:
    """The same is told twice, something is broken, something is learnt very late."""
    script.post(FEEDS[0], *script.sent[FEEDS[0]][:2], broken=3)
    script.post(FEEDS[0], step("drill_2", "dispatch_ordered", ago=5.2, kind="rescue"))
    script.post(FEEDS[1], *script.sent[FEEDS[1]], state("c2", "received", ago=9), broken=1)


def _three_fires_burn(script: Script) -> None:
    script.post(FEEDS[0], step("drill_3", "received"), step("drill_4", "received"))


def _all_is_closed(script: Script) -> None:
    """Every incident ends; of the first, nobody ever tells that the activity started."""
    closing = ("first_control", "full_control", "closed")
    script.post(FEEDS[0], *(step("drill_1", code) for code in closing))
    script.post(FEEDS[0], step("drill_2", "closed", kind="rescue"))
    script.post(FEEDS[0], step("drill_3", "closed"), step("drill_4", "closed"))
    script.post(FEEDS[1], state("c1", "answered"), state("c1", "closed"))


def _page_of(board: BoardPage, script: Script, incident: str) -> None:
    """Compare the page of an incident with the log of what was told of it."""
    board.open(f"incident?incident={incident}&lang=en")
    rows = board.page.locator(".timeline [data-step]")
    shown: dict[str, list[str]] = rows.evaluate_all(
        "all => Object.fromEntries(all.map(one => [one.dataset.step, "
        "[one.dataset.state, one.querySelector('td').textContent]]))"
    )
    zone = dt.timezone(dt.timedelta(hours=9))
    told = {
        row["step_code"]: f"{dt.datetime.fromisoformat(row['at']).astimezone(zone):%H:%M:%S}"
        for row in script.sent[FEEDS[0]]
        if row["incident_id"] == incident
    }
    for code in STEPS["fire"]:
        wanted = ["known", told[code]] if code in told else ["unknown", "unknown"]
        assert shown[code][0] == wanted[0]
        assert wanted[1] in shown[code][1]  # with its day, where midnight has passed


def _wait(board: BoardPage, is_met: Callable[[], bool]) -> None:
    """Wait as long as a feed takes to be off."""
    for _ in range(round(2 * OFF_SECONDS)):
        if is_met():
            return
        board.page.wait_for_timeout(500)
    pytest.fail("the feed of a watcher that has ended is still not off")
