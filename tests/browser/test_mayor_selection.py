"""The first screen under the hand: presses, taps, drags, keys, and what the address keeps."""

import datetime as dt

import pytest

from tests.browser.test_mayor import shown
from tests.browsers import BoardPage
from tests.cleaning import seoul
from tests.recounts import FIGURES, Recounts, is_written

GANGNAM = "11680"
CHIPS = "header button"


def value(board: BoardPage, name: str) -> str:
    """Return what the tile of an indicator tells as its value."""
    return board.text(f"[data-indicator={name}]")


def tap_district(board: BoardPage, code: str) -> None:
    """Press a district on the map, a little below its name."""
    places = board.columns(".map", "code", "x", "y_name", "y_words")
    n = places["code"].index(code)
    board.tap(".map", places["x"][n], (places["y_name"][n] + places["y_words"][n]) / 2)


def milliseconds(day: dt.date) -> float:
    """Return a day's place on a time axis."""
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp() * 1000


def says(board: BoardPage, words: str) -> None:
    """Wait until the header says some words."""
    board.until(lambda: board.text("header"), lambda text: words in text)


def refuse_wrong_tiles(board: BoardPage, recounts: Recounts, where: str) -> None:
    """Fail unless every tile shows what a recount of some rows gives."""
    for name in shown(board):
        _, expected = recounts.indicator(name, where)
        assert expected is not None, name
        text = value(board, name)
        board_value = text.removeprefix(seoul().indicator(name).title.en)
        assert is_written(expected, board_value), (name, expected, text)


def test_a_press_on_a_tile_puts_its_indicator_on_the_map_the_strip_and_the_address(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open("mayor?lang=en")
    board.page.get_by_role("button", name="Five major crimes reported").click()
    board.until(lambda: board.text(".map"), lambda text: text.startswith("Five major crimes"))
    assert board.parameters()["indicator"] == "crimes_reported"
    assert board.text(".strip").startswith("Five major crimes reported")
    assert "chosen" in (
        board.page.locator("[data-indicator=crimes_reported]").get_attribute("class") or ""
    )
    by_district = recounts.pairs(
        "SELECT district_code, sum(reported) FROM crime"
        " WHERE year(year_start_date) = 2023 GROUP BY 1"
    )
    assert board.pairs(".map", "code") == pytest.approx(by_district)
    by_year = recounts.pairs("SELECT year(year_start_date), sum(reported) FROM crime GROUP BY 1")
    strip = board.pairs(".strip", "period")
    assert {
        dt.datetime.fromtimestamp(ms / 1000, dt.UTC).year: v for ms, v in strip.items()
    } == pytest.approx(by_year)


def test_a_tap_on_a_district_turns_every_tile_to_it_but_not_the_map(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open("mayor?lang=en")
    before = board.pairs(".map", "code")
    tap_district(board, GANGNAM)
    says(board, "Gangnam-gu ×")
    assert board.parameters()["area"] == GANGNAM
    refuse_wrong_tiles(board, recounts, f"district_code = '{GANGNAM}'")
    assert board.pairs(".map", "code") == before
    assert board.text("[data-indicator=pm25] .foot").count("Gangnam-gu") == 1
    tap_district(board, GANGNAM)
    says(board, "Whole city")
    assert "area" not in board.parameters()


def test_a_drag_on_the_strip_selects_whole_periods_for_every_tile(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open("mayor?lang=en&indicator=pm25")
    strip = board.pairs(".strip", "period")
    start, end = dt.date(2021, 3, 12), dt.date(2021, 6, 20)
    height = max(strip.values()) / 2
    board.drag(".strip", (milliseconds(start), height), (milliseconds(end), height))
    says(board, "Mar 2021 – Jun 2021 ×")
    assert board.parameters()["time"] == "2021-03-01..2021-07-01"
    assert board.pairs(".strip", "period") == strip
    chosen = (dt.date(2021, 3, 1), dt.date(2021, 7, 1))
    for name in shown(board):
        period, expected = recounts.indicator(name, period=chosen)
        text = value(board, name)
        if expected is None:
            assert "No data for this selection" in text, name
            continue
        assert period is None or chosen[0] <= period < chosen[1]
        assert is_written(expected, text.removeprefix(seoul().indicator(name).title.en)), name


def test_the_map_follows_the_period_of_the_strip(board: BoardPage, recounts: Recounts) -> None:
    board.open("mayor?lang=en&indicator=bike_rentals_per_day&time=2022-03-01..2022-07-01")
    expected = recounts.pairs(
        "SELECT district_code, sum(rentals) / 30 FROM bike_rentals_daily"
        " WHERE rental_date BETWEEN '2022-06-01' AND '2022-06-30' GROUP BY 1"
    )
    assert board.pairs(".map", "code") == pytest.approx(expected)


def test_a_chip_drops_its_own_clause_and_one_press_drops_all(board: BoardPage) -> None:
    board.open(f"mayor?lang=en&area={GANGNAM}&time=2022-01-01..2023-01-01")
    board.page.get_by_role("button", name="Gangnam-gu ×").click()
    board.until(board.parameters, lambda found: "area" not in found)
    assert board.parameters()["time"] == "2022-01-01..2023-01-01"
    tap_district(board, GANGNAM)
    says(board, "Clear all")
    board.page.get_by_role("button", name="Clear all").click()
    says(board, "Whole city")
    assert not {"area", "time"} & set(board.parameters())


def test_a_reload_restores_everything(board: BoardPage) -> None:
    board.open("mayor?lang=en&theme=light")
    board.page.get_by_role("button", name="Bike rentals a day").click()
    board.until(board.parameters, lambda found: found.get("indicator") == "bike_rentals_per_day")
    tap_district(board, GANGNAM)
    says(board, "Gangnam-gu ×")
    seen = [value(board, name) for name in shown(board)]
    map_before, words = board.pairs(".map", "code"), board.text(".map")
    board.reload()
    assert [value(board, name) for name in shown(board)] == seen
    assert board.pairs(".map", "code") == map_before
    assert board.text(".map") == words
    assert "Gangnam-gu ×" in board.text("header")
    assert board.columns(".map", "xs")["xs"]


def test_keys_reach_every_tile_and_enter_presses_it(board: BoardPage) -> None:
    board.open("mayor?lang=en")
    reached: list[str] = []
    focused = """() => {
        let at = document.activeElement;
        while (at && at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
        return at ? at.textContent.trim() : "";
    }"""
    titles = [seoul().indicator(name).title.en for name in shown(board)]
    for _ in range(60):
        board.page.keyboard.press("Tab")
        reached.append(board.page.evaluate(focused))
        if set(titles) <= set(reached):
            break
    assert [word for word in reached if word in titles] == titles
    board.page.keyboard.press("Enter")
    board.until(lambda: board.text(".map"), lambda text: text.startswith(titles[-1]))
    assert FIGURES[board.parameters()["indicator"]]


def test_going_back_shows_the_state_before(board: BoardPage) -> None:
    board.open("mayor?lang=en")
    tap_district(board, GANGNAM)
    says(board, "Gangnam-gu ×")
    with board.page.expect_event("load"):
        board.page.go_back()
    board.settle()
    says(board, "Whole city")
    assert board.parameters() == {"lang": "en"}
