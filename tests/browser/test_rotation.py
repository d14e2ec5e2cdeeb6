"""A wall that goes through its pages by itself: it says so, stops for a hand and for an alarm."""

import datetime as dt
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from cityboard.home import ROLE_VARIABLE
from cityboard.records import RECORDS_VARIABLE, Acknowledgement, Records, open_records
from tests.browsers import Watch
from tests.servers import Served, served

QUIET = "2019-03-08T12:00+09:00"
PAGES = "plan,budget,coverage"
MARK, SAID = "#rotation", "#rotation [role=status]"
NEXT_MS = 30_000  # the least a page is shown is five seconds; the next takes its time to be made


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Have the wall's server keep records of its own, and serve officials."""
    url = f"sqlite:///{tmp_path_factory.mktemp('records') / 'records.sqlite'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RECORDS_VARIABLE, url)
        patch.setenv(ROLE_VARIABLE, "official")
        yield url


@pytest.fixture(scope="module")
def wall(
    records: str, figures_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """Serve the embedded figures of Seoul for a wall."""
    log = tmp_path_factory.mktemp("wall") / "log.txt"
    with served(figures_home, log, "--no-warm") as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give a browser that nothing was opened in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, wall: Served) -> Iterator[Page]:
    """Give a fresh page; the test fails on any fault of the page or of the server."""
    page, said_before = context.new_page(), len(wall.faults)
    watch = Watch(page, wall.host)
    yield page
    left = [fault for fault in watch.faults if "ERR_ABORTED" not in fault]  # on its way elsewhere
    assert not left
    assert not wall.faults[said_before:]


def asked(wall: Served, **query: str) -> list[dict[str, Any]]:
    """Return the alarms as the wall is told them."""
    with urllib.request.urlopen(f"{wall.address}alarms?{urlencode(query)}", timeout=60) as answer:
        told: list[dict[str, Any]] = json.loads(answer.read())["alarms"]
        return told


def acknowledge(wall: Served, url: str, at: str, but: str = "") -> None:
    """Acknowledge every alarm of an instant but those of one rule."""
    now, then = dt.datetime.now(dt.UTC), dt.datetime.fromisoformat(at)
    records: Records = open_records(url)
    for alarm in asked(wall, at=at):
        if not alarm["is_acknowledged"] and alarm["rule"] != but:
            records.acknowledge(Acknowledgement(alarm["id"], "official", then, now))


@pytest.fixture
def rotating(page: Page, wall: Served, records: str) -> Callable[..., Page]:
    """Return a function that opens a page that rotates, where nothing is left to acknowledge."""
    acknowledge(wall, records, QUIET)

    def start(path: str = "plan", **query: str) -> Page:
        parameters = {"rotate": "5", "pages": PAGES, "at": QUIET, "lang": "ko", **query}
        page.goto(f"{wall.address}{path}?{urlencode(parameters)}")
        return page

    return start


def board(page: Page) -> str:
    return urlsplit(page.url).path.strip("/")


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def wait_for(page: Page, name: str) -> None:
    page.wait_for_url(re.compile(rf"/{name}\?"), timeout=NEXT_MS)


def test_a_screen_goes_through_its_pages_and_says_so(rotating: Callable[..., Page]) -> None:
    page = rotating()
    expect(page.locator(SAID)).to_have_text("자동 순환")
    expect(page.locator(MARK)).to_contain_text(re.compile(r"[1-5]초 뒤 다음 화면"))
    for name in ("budget", "coverage", "plan"):
        wait_for(page, name)
        expect(page.locator(SAID)).to_have_text("자동 순환")
        assert query(page) == {"rotate": "5", "pages": PAGES, "at": QUIET, "lang": "ko"}
        expect(page.locator(".problem")).to_have_count(0)


def test_the_clock_of_the_address_goes_on_from_page_to_page(rotating: Callable[..., Page]) -> None:
    page = rotating(at="2019-03-08T12:00:00", speed="60", pages="plan,budget")
    wait_for(page, "budget")
    hour, minute, _ = map(int, query(page)["at"].removeprefix("2019-03-08T").split(":"))
    assert 5 <= 60 * (hour - 12) + minute <= 30
    assert query(page)["speed"] == "60"


def test_it_says_so_in_english(rotating: Callable[..., Page]) -> None:
    page = rotating(lang="en")
    expect(page.locator(SAID)).to_have_text("Rotating")
    expect(page.locator(MARK)).to_contain_text(re.compile(r"next screen in [1-5] s"))


def test_a_page_that_is_not_asked_to_does_not_rotate(page: Page, wall: Served) -> None:
    for search in ("", "?rotate=0", "?rotate=never", "?rotate=-5"):
        page.goto(f"{wall.address}budget{search}")
        page.wait_for_load_state("networkidle")
        expect(page.locator(MARK)).to_have_count(0)
        expect(page.locator(".problem")).to_have_count(0)


HANDS: dict[str, Callable[[Page], None]] = {
    "a press": lambda page: page.mouse.click(700, 500),
    "a moved pointer": lambda page: page.mouse.move(300, 300, steps=3),
    "a key": lambda page: page.keyboard.press("ArrowDown"),
    "a wheel": lambda page: page.mouse.wheel(0, 200),
    "a press on the mark": lambda page: page.locator(f"{MARK} button").click(),
}


@pytest.mark.parametrize("hand", HANDS)
def test_it_stops_for_a_hand(rotating: Callable[..., Page], hand: str) -> None:
    page = rotating("budget")
    expect(page.locator(SAID)).to_have_text("자동 순환")
    HANDS[hand](page)
    expect(page.locator(SAID)).to_have_text("자동 순환을 멈췄습니다")
    assert "rotate" not in query(page)
    page.wait_for_timeout(8000)
    assert board(page) == "budget"


def test_it_stops_for_a_touch(
    browser: Browser, wall: Served, rotating: Callable[..., Page]
) -> None:
    context = browser.new_context(has_touch=True, viewport={"width": 1024, "height": 768})
    page = context.new_page()
    page.goto(f"{wall.address}budget?{urlencode({'rotate': 5, 'at': QUIET, 'lang': 'ko'})}")
    expect(page.locator(SAID)).to_have_text("자동 순환")
    page.touchscreen.tap(500, 500)
    expect(page.locator(SAID)).to_have_text("자동 순환을 멈췄습니다")
    context.close()


def test_it_goes_on_when_it_is_asked_to(rotating: Callable[..., Page]) -> None:
    page = rotating("budget")
    page.locator(f"{MARK} button").click()
    page.locator(f"{MARK} button", has_text="다시 순환").click()
    expect(page.locator(SAID)).to_have_text("자동 순환")
    wait_for(page, "coverage")


@pytest.mark.parametrize("how", ["fault", "refused", "other", "gone"])
def test_a_broken_page_does_not_stop_the_wall(
    context: BrowserContext, wall: Served, records: str, how: str
) -> None:
    acknowledge(wall, records, QUIET)

    def answer(route: Route) -> None:
        if how == "refused":
            route.abort("connectionrefused")
        else:
            route.fulfill(status=500 if how == "fault" else 200, body="not a page of ours")

    if how != "gone":
        context.route(re.compile(r"/budget\?"), answer)
    pages = PAGES.replace("budget", "nothing_there") if how == "gone" else PAGES
    page = context.new_page()
    parameters = {"rotate": 5, "pages": pages, "at": QUIET, "lang": "ko"}
    page.goto(f"{wall.address}plan?{urlencode(parameters)}")
    wait_for(page, "coverage")


def test_a_server_that_is_gone_for_a_while_does_not_stop_the_wall(
    context: BrowserContext, wall: Served, records: str
) -> None:
    acknowledge(wall, records, QUIET)
    page = context.new_page()
    parameters = {"rotate": 5, "pages": "plan,budget", "at": QUIET, "lang": "ko"}
    page.goto(f"{wall.address}plan?{urlencode(parameters)}")
    context.route("**/*", lambda route: route.abort("connectionrefused"))
    expect(page.locator(SAID)).to_contain_text("열리지 않아 건너뛴 화면 1", timeout=NEXT_MS)
    expect(page.locator(SAID)).to_contain_text("경보를 확인할 수 없음", timeout=NEXT_MS)
    context.unroute("**/*")
    wait_for(page, "budget")


def test_an_alarm_stops_it_and_is_named(rotating: Callable[..., Page]) -> None:
    page = rotating("budget", at="2019-03-05T15:40+09:00")
    wait_for(page, "live")
    said = page.locator(SAID)
    expect(said).to_contain_text("확인하지 않은 경보가 있어 자동 순환을 멈췄습니다")
    expect(said).to_contain_text("경보 · 동시에 진행 중인 화재 (▨ 모의 자료)", timeout=NEXT_MS)
    assert query(page)["stopped"].startswith("fires_open.")
    page.wait_for_timeout(8000)
    assert board(page) == "live"


def test_once_somebody_has_seen_the_alarm_it_goes_on(
    rotating: Callable[..., Page], wall: Served, records: str
) -> None:
    at = "2019-03-05T15:41+09:00"
    page = rotating("budget", at=at)
    wait_for(page, "live")
    expect(page.locator(SAID)).to_contain_text("동시에 진행 중인 화재", timeout=NEXT_MS)
    acknowledge(wall, records, at)
    expect(page.locator(SAID)).to_have_text("자동 순환", timeout=NEXT_MS)
    assert "stopped" not in query(page)


def test_a_wall_that_was_told_to_go_on_does_not_stop_for_the_same_alarm_again(
    rotating: Callable[..., Page], wall: Served, records: str
) -> None:
    at = "2019-03-05T03:00+09:00"
    acknowledge(wall, records, at, but="pm25_alert")
    page = rotating("budget", at=at)
    wait_for(page, "live")
    expect(page.locator(SAID)).to_contain_text("초미세먼지 경보 수준", timeout=NEXT_MS)
    page.locator(f"{MARK} button", has_text="다시 순환").click()
    wait_for(page, "plan")
    page.wait_for_timeout(6000)
    expect(page.locator(SAID)).to_have_text("자동 순환")


def test_a_reader_who_wants_no_motion_sees_no_moving_bar(
    browser: Browser, wall: Served, rotating: Callable[..., Page]
) -> None:
    page = rotating("budget")
    expect(page.locator(f"{MARK} i")).to_be_visible()
    calm = browser.new_context(reduced_motion="reduce").new_page()
    calm.goto(page.url)
    expect(calm.locator(SAID)).to_have_text("자동 순환")
    expect(calm.locator(f"{MARK} i")).to_be_hidden()
    calm.context.close()


def test_an_alarm_opens_the_live_board_where_a_press_acknowledges_it(
    rotating: Callable[..., Page], wall: Served, records: str
) -> None:
    at = "2019-03-05T20:50:00"
    acknowledge(wall, records, f"{at}+09:00", but="calls_silent")
    page = rotating("budget", at=at)
    wait_for(page, "live")
    said = page.locator(SAID)
    expect(said).to_contain_text("사건 소식 끊김 (▨ 모의 자료)", timeout=NEXT_MS)
    alarm = page.locator("[data-alarm]", has_text="사건 소식 끊김")
    expect(alarm).to_have_class(re.compile("waiting"), timeout=NEXT_MS)
    page.locator(".alarms").get_by_role("button", name="확인").first.click()
    expect(alarm).to_contain_text("20:50 공무원 확인", timeout=NEXT_MS)
    (silent,) = [each for each in asked(wall, at=at) if each["rule"] == "calls_silent"]
    assert silent["is_acknowledged"]
    assert not silent["stops_rotation"]
    expect(page.locator(MARK)).to_have_class("hand")  # whoever pressed works with it
