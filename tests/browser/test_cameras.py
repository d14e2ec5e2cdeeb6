"""Pictures of cameras in Chromium: real H.264 in real HLS, made by ffmpeg and marked SIMULATED."""

import datetime as dt
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from cityboard.cameras import STREAMS_VARIABLE, health_log, near_cameras
from cityboard.home import APPS
from cityboard.lake import Lake
from cityboard.records import RECORDS_VARIABLE, CameraCheck
from cityboard.store import Store
from tests.browsers import DESK, BoardPage
from tests.cleaning import seoul
from tests.pictures import CameraStream, camera_streams
from tests.servers import Served, served

PLACE = (126.978, 37.566)
DEAD_AFTER = 10.0  # s: what the issue asks
# The card alone, on a page of its own.
APP = f"""
import panel as pn

from cityboard import boards
from cityboard.boards.administration import ToldBoard
from cityboard.home import city_store
from cityboard.page import serve_board
from cityboard.views.camera import CameraView

pn.extension()
boards.WHOLE_CITY["status"] = lambda screen, board: ToldBoard(
    screen, board, CameraView(screen, place={PLACE})
)
serve_board(city_store(), "status")
"""
PICTURES = """() => [...board.nodes()]
    .filter((node) => node.localName === "camera-player")
    .map((player) => [player.dataset.camera, {
        state: player.dataset.state,
        words: player.querySelector("[role=status]").textContent,
        time: player.querySelector("video").currentTime,
        frames: player.querySelector("video").getVideoPlaybackQuality().totalVideoFrames,
        width: player.querySelector("video").videoWidth,
        is_seen: getComputedStyle(player.querySelector("video")).visibility === "visible",
        mark: player.querySelector(".simulated-mark")?.textContent ?? "",
    }])"""
HIDDEN = """(is_hidden) => {
    Object.defineProperty(document, "hidden", {value: is_hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


class Cameras:
    """A server for officials, the four cameras it shows the pictures of, and two streams.

    Args:
        server: Running.
        store: Of the same home and records.
        ids: The cameras nearest to the place, the nearest first.
        streams: Of the first two; the others have none.
    """

    def __init__(
        self, server: Served, store: Store, ids: list[str], streams: dict[str, CameraStream]
    ) -> None:
        self.server, self.store, self.ids, self.streams = server, store, ids, streams

    def checks(self, camera_id: str) -> tuple[CameraCheck, ...]:
        """Return what the health log holds of a camera."""
        return health_log(self.store).camera_checks(camera_id, until=dt.datetime.now(dt.UTC))


@pytest.fixture(scope="module")
def cameras(figures_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cameras]:
    """Serve the card of the cameras to officials."""
    folder = tmp_path_factory.mktemp("cameras")
    (folder / "apps").mkdir()
    (folder / "apps/status.py").write_text(APP, "utf-8")
    shutil.copy(APPS / "incident.py", folder / "apps")
    store = Store(seoul(), Lake(figures_home / "lake/seoul"), role="official")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITYBOARD_ROLE", "official")
        patch.setenv(RECORDS_VARIABLE, f"sqlite:///{folder / 'records.sqlite'}")
        ids = [camera.id for camera in near_cameras(store, *PLACE, 4).working]
        with camera_streams(folder / "streams", *ids[:2]) as (address, streams):
            patch.setenv(STREAMS_VARIABLE, address)
            options = ("--apps", str(folder / "apps"))
            with served(figures_home, folder / "log.txt", *options) as running:
                yield Cameras(running, store, ids, streams)
                assert not running.faults


@pytest.fixture
def watched(browser: Browser, cameras: Cameras) -> Iterator[Page]:
    """Give a page; it fails on any error but those of streams that are not there."""
    context = browser.new_context()
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(f"error: {error.stack}"))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert [fault for fault in faults if not fault.startswith("Failed to load resource")] == []


def pictures(page: Page) -> dict[str, Any]:
    """Return camera → what is seen of its picture."""
    return dict(page.evaluate(PICTURES))


def playing(page: Page, cameras: Cameras, *camera_ids: str) -> BoardPage:
    """Open the card and wait until these cameras' pictures play."""
    board = BoardPage(page, cameras.server.address).open("status?lang=en", DESK)
    board.until(
        lambda: {name: each["state"] for name, each in pictures(page).items()},
        lambda states: all(states.get(name) == "playing" for name in camera_ids),
    )
    return board


def test_frames_of_a_stream_advance_and_are_marked(watched: Page, cameras: Cameras) -> None:
    first, second, *others = cameras.ids
    board = playing(watched, cameras, first, second)
    before = pictures(watched)
    watched.wait_for_timeout(3000)
    after = pictures(watched)
    assert list(after) == cameras.ids
    for name in (first, second):
        assert after[name]["time"] - before[name]["time"] > 1.5
        assert after[name]["frames"] - before[name]["frames"] > 10
        assert (after[name]["width"], after[name]["is_seen"]) == (320, True)
    assert all("SIMULATED" in each["mark"] for each in after.values())
    for name in others:  # nothing is streamed under their addresses
        board.until(lambda n=name: pictures(watched)[n]["state"], "dead".__eq__)
        assert cameras.checks(name)[-1].reason == "network"
    assert [check.is_working for check in cameras.checks(first)] == [True]


def test_a_killed_stream_is_shown_dead_and_stands_in_the_log(
    watched: Page, cameras: Cameras
) -> None:
    first, second, *_ = cameras.ids
    board = playing(watched, cameras, first, second)
    cameras.streams[first].kill()
    killed_at = time.monotonic()
    while pictures(watched)[first]["state"] != "dead":
        assert time.monotonic() - killed_at < DEAD_AFTER
        watched.wait_for_timeout(100)
    print(f"shown dead after {time.monotonic() - killed_at:.1f} s")
    seen = pictures(watched)
    assert seen[first]["words"].startswith("No picture · ")
    assert not seen[first]["is_seen"]
    assert seen[second]["state"] == "playing"
    board.until(lambda: cameras.checks(first)[-1].is_working, False.__eq__)
    assert cameras.checks(first)[-1].reason == "still"
    board.reload()
    board.until(lambda: list(pictures(watched)), lambda ids: bool(ids) and first not in ids)
    assert f"No. {first} (picture stopped · " in " ".join(board.words())


def test_a_stream_that_comes_again_is_shown_again(watched: Page, cameras: Cameras) -> None:
    _, second, *_ = cameras.ids
    playing(watched, cameras, second)
    cameras.streams[second].kill()
    watched.wait_for_timeout(1000 * DEAD_AFTER)
    assert pictures(watched)[second]["state"] == "dead"
    cameras.streams[second].start()
    watched.wait_for_timeout(20_000)  # the next try comes 15 s after the last
    assert pictures(watched)[second]["state"] == "playing"
    assert [check.is_working for check in cameras.checks(second)[-2:]] == [False, True]


def test_nothing_plays_while_the_page_is_hidden(watched: Page, cameras: Cameras) -> None:
    _, second, *_ = cameras.ids
    board = playing(watched, cameras, second)
    watched.evaluate(HIDDEN, True)
    assert pictures(watched)[second]["state"] == "waiting"
    asked: list[str] = []
    watched.on("request", lambda request: asked.append(request.url))
    watched.wait_for_timeout(2500)
    assert [url for url in asked if f"/{second}/" in url] == []
    watched.evaluate(HIDDEN, False)
    board.until(lambda: pictures(watched)[second]["state"], "playing".__eq__)


def test_four_pictures_play_at_once_and_no_more(watched: Page, cameras: Cameras) -> None:
    _, second, *_ = cameras.ids
    playing(watched, cameras, second)
    watched.evaluate(
        """(id) => {
            const one = [...board.nodes()].find((node) => node.dataset?.camera === id);
            const row = document.createElement("div");
            row.style.cssText = "position: fixed; inset: 0 0 auto 0; z-index: 99; display: flex;";
            for (let n = 0; n < 6; n += 1) row.append(one.cloneNode(true));
            document.body.append(row);
        }""",
        second,
    )
    watched.wait_for_timeout(4000)
    states = watched.evaluate(
        """(id) => [...board.nodes()].filter((node) => node.dataset?.camera === id
            && node.localName === "camera-player").map((node) => node.dataset.state)""",
        second,
    )
    assert len(states) == 7
    assert states.count("playing") == 4
    assert states.count("waiting") == 3


def test_a_picture_plays_beside_its_incident(watched: Page, cameras: Cameras) -> None:
    board = BoardPage(watched, cameras.server.address).open("incident?lang=en", DESK)
    first = board.until(lambda: list(pictures(watched)), bool)[0]
    watched.locator("camera-player").first.scroll_into_view_if_needed()
    board.until(lambda: pictures(watched)[first]["state"], "dead".__eq__)
    folder = cameras.streams[cameras.ids[0]].folder.parent
    cameras.streams[first] = CameraStream(folder, first).start()
    watched.locator("camera-player").first.scroll_into_view_if_needed()
    watched.wait_for_timeout(20_000)  # the next try comes 15 s after the last
    before = pictures(watched)[first]
    watched.wait_for_timeout(2000)
    after = pictures(watched)[first]
    assert (after["state"], after["mark"]) == ("playing", "▨ SIMULATED")
    assert after["frames"] > before["frames"]
