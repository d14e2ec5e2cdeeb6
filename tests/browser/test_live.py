"""The live city in a browser: its clock is paused, stepped and set, and an incident is opened."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from cityboard.incidents import STEPS
from tests.browsers import DESK, PHONE, TABLET, WALL, BoardPage
from tests.cleaning import SEOUL
from tests.recounts import Recounts

DAY = "2019-03-05"
UNTIL = f"TIMESTAMPTZ '{DAY} 14:05:00+09'"
SIZES = [WALL, DESK, TABLET, PHONE]


def clock(board: BoardPage) -> str:
    """Return the time of day that the header shows."""
    return board.page.locator("[data-clock]").inner_text()


def press(board: BoardPage, label: str) -> None:
    """Press a button of the clock."""
    board.page.locator(".clock").get_by_role("button", name=label, exact=True).click()


def calls(board: BoardPage) -> dict[str, int]:
    """Return the calls of each kind that the screen counts."""
    found: dict[str, str] = board.page.locator(".counts [data-kind]").evaluate_all(
        "all => Object.fromEntries(all.map(one => "
        "[one.dataset.kind, one.querySelector('[data-calls]').dataset.calls]))"
    )
    return {kind: int(count) for kind, count in found.items()}


def listed(board: BoardPage) -> set[str]:
    """Return the incidents in the list."""
    names: list[str] = board.page.locator(".incidents [data-incident]").evaluate_all(
        "all => all.map(one => one.dataset.incident)"
    )
    return set(names)


def recount(recounts: Recounts, until: str = UNTIL) -> dict[str, int]:
    """Return the calls of each kind known by an instant, counted in SQL."""
    counted = recounts.pairs(
        "SELECT kind_code, count(*) FROM incident_steps WHERE step_code = 'received'"
        f" AND known_at <= {until} AND \"at\" >= TIMESTAMPTZ '{DAY} 00:00:00+09' GROUP BY 1"
    )
    return {kind: int(counted.get(kind, 0)) for kind in STEPS}


@pytest.mark.parametrize("path", ["live?at=14:05", "incident?at=14:05"])
@pytest.mark.parametrize("size", SIZES)
def test_a_live_screen_fits_and_says_that_it_is_replayed(
    board: BoardPage, path: str, size: tuple[int, int]
) -> None:
    board.open(f"{path}&speed=0&lang=en", size)
    expect(board.page.locator(".banner")).to_contain_text(f"Replay {DAY}")
    expect(board.page.locator(".banner")).to_contain_text("SIMULATED")
    expect(board.page.locator(".map canvas").first).to_be_visible()
    assert board.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_was_known_at_five_past_two_equals_an_independent_count(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open("live?lang=en")
    field = board.page.locator(".clock input")
    field.fill("14:05")
    field.press("Enter")
    board.shows(lambda: clock(board), "14:05:00")
    board.shows(lambda: calls(board), recount(recounts))
    closed = "SELECT incident_id FROM incident_steps WHERE step_code = 'closed' AND known_at"
    still = recounts.pairs(
        f"SELECT DISTINCT incident_id, 1 FROM incident_steps WHERE known_at <= {UNTIL}"
        f" AND incident_id NOT IN ({closed} <= {UNTIL})"
    )
    board.until(lambda: listed(board), lambda seen: seen == set(still))
    assert board.parameters()["at"] == f"{DAY}T14:05:00"
    assert board.parameters()["speed"] == "0"


def test_a_pause_stops_at_once_and_a_step_moves_a_minute(board: BoardPage) -> None:
    board.open("live?at=14:05&speed=10&lang=en")
    board.until(lambda: clock(board), lambda shown: shown > "14:05:05")
    press(board, "❙❙ Pause")
    board.until(lambda: board.page.locator(".banner").inner_text(), lambda words: "paused" in words)
    held = clock(board)
    board.page.wait_for_timeout(2500)
    assert clock(board) == held
    press(board, "1 min ▸")
    wanted = pd.Timestamp(f"{DAY} {held}") + pd.Timedelta(minutes=1)
    board.shows(lambda: clock(board), f"{wanted:%H:%M:%S}")
    press(board, "◂ 1 min")
    board.shows(lambda: clock(board), held)


def test_the_clock_runs_as_fast_as_it_is_told(board: BoardPage) -> None:
    board.open("live?at=14:05&speed=0&lang=en")
    press(board, "60×")
    board.until(lambda: clock(board), lambda shown: shown >= "14:08:00")
    assert board.parameters()["speed"] == "60"


def test_a_time_that_is_none_is_refused_in_words_and_the_clock_stays(board: BoardPage) -> None:
    board.open("live?at=14:05&speed=0&lang=ko")
    field = board.page.locator(".clock input")
    field.fill("25시")
    field.press("Enter")
    refused = board.page.locator(".clock [role=alert]")
    expect(refused).to_be_visible()
    assert clock(board) == "14:05:00"
    board.page.wait_for_timeout(2500)  # the screen looks for what is new every second
    expect(refused).to_contain_text("25시")
    press(board, "1분 ▸")
    expect(refused).to_have_count(0)


def test_an_incident_opens_by_one_press_and_its_times_equal_the_rows(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open("live?at=14:05&speed=0&lang=en")
    link = board.page.locator(".incidents [data-incident]").first
    name = link.get_attribute("data-incident")
    link.click()
    board.page.wait_for_url(f"**/incident?incident={name}&at=*")
    board.settle()
    rows = recounts.pairs(
        "SELECT step_code, strftime(timezone('Asia/Seoul', \"at\"), '%H:%M:%S') FROM incident_steps"
        f" WHERE incident_id = '{name}' AND known_at <= {UNTIL}"
    )
    board.shows(lambda: times(board), rows)
    expect(board.page.locator(".camera [data-camera]").first).to_be_visible()
    assert board.page.locator(".nearby [data-register=hospitals] tbody tr").count() == 5


def times(board: BoardPage) -> dict[str, str]:
    """Return the steps of a timeline whose time is known."""
    found: dict[str, str] = board.page.locator(".timeline [data-state=known]").evaluate_all(
        "all => Object.fromEntries(all.map(one => "
        "[one.dataset.step, one.querySelector('td').textContent]))"
    )
    return found


def test_an_unknown_step_is_shown_unknown(board: BoardPage, recounts: Recounts) -> None:
    order = STEPS["ambulance"]
    rows = recounts.pairs(
        "SELECT incident_id, string_agg(step_code, ' ') FROM incident_steps"
        " WHERE kind_code = 'ambulance' GROUP BY 1"
    )
    name, told = next(
        (name, told) for name, told in rows.items() if "closed" in told and len(told.split()) < 6
    )
    board.open(f"incident?incident={name}&at=23:59:59&speed=0&lang=en")
    for step in set(order) - set(told.split()):
        row = board.page.locator(f".timeline [data-step={step}]")
        expect(row).to_have_attribute("data-state", "unknown")
        expect(row.locator("td").first).to_have_text("unknown")


def test_a_press_on_the_map_opens_an_incident(board: BoardPage) -> None:
    board.open("live?at=14:05&speed=0&lang=en")
    pins = board.columns(".map", "id", "x", "y", "words")
    place = next(n for n, words in enumerate(pins["words"]) if words)
    board.tap(".map", pins["x"][place], pins["y"][place])
    board.page.wait_for_url(re.compile(r"incident\?incident="))
    board.settle()
    expect(board.page.locator(".timeline h1")).to_be_visible()


def test_touch_targets_are_large_enough(board: BoardPage) -> None:
    board.open("live?at=14:05&speed=0&lang=en")
    small = board.page.locator(".clock button, .clock input, .incidents a").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
        ".filter(height => 0 < height && height < 44).length"
    )
    assert small == 0


def test_the_live_city_stands_first_in_its_menu_and_an_incident_in_none() -> None:
    boards = (SEOUL / "boards").glob("*.yaml")
    menus = {path.stem: path.read_text("utf-8") for path in boards}
    assert "menu: live\nposition: 1\n" in menus["live"]
    assert "menu:" not in menus["incident"]
