"""Administration status as a mayor presses through it: four presses at most, then the answer."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsers import BoardPage
from tests.recounts import Recounts, is_written

FEWEST_INDICATORS = 62
WINTER = (dt.date(2021, 12, 1), dt.date(2022, 2, 28))
WORST = (
    "SELECT district_code FROM air_quality_daily WHERE district_code IS NOT NULL"
    " AND measured_date BETWEEN '2021-12-01' AND '2022-02-28'"
    " GROUP BY 1 ORDER BY avg(pm25_ug_m3) DESC LIMIT 1"
)
MILLISECONDS = 86_400_000


@pytest.fixture
def presses(page: Page) -> Iterator[list[str]]:
    """Return what was pressed so far; more than four fail the test."""
    pressed: list[str] = []
    yield pressed
    assert len(pressed) <= 4, pressed


def press(presses: list[str], part: Locator) -> None:
    """Press something, and count it."""
    presses.append(part.inner_text() or str(part))
    part.click()


def day(date: dt.date) -> int:
    """Return a day as the axis has it (milliseconds since 1970)."""
    return (date - dt.date(1970, 1, 1)).days * MILLISECONDS


def go(board: BoardPage, presses: list[str], menu: str, name: str) -> None:
    """Open a screen by its menu: two presses."""
    press(presses, board.page.locator("header nav summary", has_text=menu))
    press(presses, board.page.locator("header nav a", has_text=re.compile(f"^{name}$")))
    board.settle()


def test_every_indicator_of_the_list_has_a_tile_that_opens_it(board: BoardPage) -> None:
    board.open("status?lang=en")
    tiles = board.page.locator("[data-indicator] .name")
    board.until(tiles.count, lambda count: count >= FEWEST_INDICATORS)
    board.page.locator("a[data-indicator=womens_employment_rate]").click()
    board.page.wait_for_url("**/indicator?*")
    board.settle()
    expect(board.page.locator(".map").get_by_text("SIMULATED").first).to_be_visible()
    expect(board.page.get_by_text("This is not a real figure")).to_be_visible()


def test_a_vision_and_the_years_are_chosen_by_a_press(board: BoardPage) -> None:
    board.open("status?lang=en")
    tiles = board.page.locator("a[data-indicator]")
    board.until(tiles.count, lambda count: count >= FEWEST_INDICATORS)
    board.page.get_by_role("link", name="Safe Seoul").click()
    board.settle()
    board.until(tiles.count, lambda count: 0 < count < FEWEST_INDICATORS)
    assert board.parameters()["vision"] == "safe"
    board.page.get_by_role("link", name="Annual").click()
    board.settle()
    feet = board.page.locator("a[data-indicator=pm25] .foot").inner_text()
    assert re.search(r"· 2022 ", feet)


def test_the_worst_district_of_last_winter_takes_a_menu_a_dataset_and_a_drag(
    board: BoardPage, recounts: Recounts, presses: list[str]
) -> None:
    board.open("mayor?lang=en")
    go(board, presses, "Data", "Explore")
    presses.append("the dataset")
    board.page.locator("#dataset").select_option("air_quality_daily")
    board.settle()
    presses.append("the winter")
    heights = [v for v in board.columns(".card-trend", "value")["value"] if v is not None]
    height = (min(heights) + max(heights)) / 2
    start, end = (day(each) + MILLISECONDS // 2 for each in WINTER)
    board.drag(".card-trend", (start, height), (end, height))
    worst = recounts.one(WORST)
    board.until(
        lambda: board.columns(".card-ranking", "key", "value"),
        lambda bars: bars["key"][max(range(25), key=lambda n: bars["value"][n])] == worst,
    )


def test_the_housing_pledge_is_found_with_its_money_and_its_outcome(
    board: BoardPage, presses: list[str]
) -> None:
    board.open("mayor?lang=en")
    go(board, presses, "Administration", "Plan")
    press(presses, board.page.get_by_role("link", name="Welfare Seoul"))
    board.settle()
    pledges = board.page.locator("a[href*='pledge=']")
    press(presses, pledges.filter(has_text=re.compile("public rental housing", re.I)).first)
    board.settle()
    told = board.page.locator("#pledge")
    expect(told).to_contain_text("Promise: ")
    expect(told).to_contain_text("Money: ₩")
    expect(told).to_contain_text("Outcome: ")
    assert told.locator("tbody tr").count() == 5  # milestones


def test_the_bureau_behind_on_its_budget_takes_one_press(
    board: BoardPage, recounts: Recounts, presses: list[str]
) -> None:
    board.open("mayor?lang=en")
    go(board, presses, "Administration", "Budget")
    rates = recounts.pairs(
        "SELECT bureau_id, 100.0 * sum(executed_krw) / sum(planned_krw)"
        " FROM budget_execution GROUP BY 1"
    )
    behind = [rate for rate in rates.values() if rate < 90]
    words = board.page.get_by_text("Below 90% of their plan").inner_text()
    assert [float(n) for n in re.findall(r"([\d.]+)%(?! of)", words)] == [
        round(rate, 1) for rate in sorted(behind)
    ]


def test_the_copy_button_gives_the_line_that_rebuilds_the_number(board: BoardPage) -> None:
    board.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    board.open("indicator?lang=en&indicator=pm25")
    board.page.get_by_role("button", name="Copy the notebook line").click()
    expect(board.page.get_by_role("button", name="Copied")).to_be_visible()
    line = board.page.evaluate("() => navigator.clipboard.readText()")
    assert line.startswith('from cityboard.notebook import load; load("seoul/pm25", as_of="20')


def test_initials_typed_into_the_header_open_what_they_mean(board: BoardPage) -> None:
    board.open("mayor?lang=ko")
    board.page.keyboard.press("/")
    board.page.keyboard.type("ㅊㅁㅅㅁㅈ")
    options = board.page.get_by_role("option")
    expect(options.first).to_contain_text("초미세먼지")
    board.page.keyboard.press("Enter")
    board.page.wait_for_url("**indicator=pm25*")
    board.settle()
    expect(board.page.locator(".map")).to_contain_text("초미세먼지")


def test_the_header_leads_to_a_day_of_the_past_and_back(board: BoardPage) -> None:
    board.open("mayor?lang=en")
    today = board.page.locator("#as-of").get_attribute("max")
    board.open(f"mayor?lang=en&as_of={today}")
    expect(board.page.locator(".then.past")).to_contain_text("as known on")
    board.page.get_by_role("link", name="Back to now").click()
    board.settle()
    assert "as_of" not in board.parameters()


def test_what_counts_different_things_is_explored_one_thing_at_a_time(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open("explore?lang=en&dataset=simulated_annual")
    emissions = recounts.one(
        "SELECT sum(numerator) FROM simulated_annual"
        " WHERE indicator_code = 'greenhouse_gas_emissions'"
    )
    shown = board.columns(".card-trend", "value")["value"]
    assert sum(value for value in shown if value) == pytest.approx(emissions)
    expect(board.page.locator(".table")).to_contain_text("Greenhouse-gas emissions")
    expect(board.page.locator(".table")).not_to_contain_text("Renewable share of energy")


def test_what_is_simulated_says_so_where_it_is_found(board: BoardPage) -> None:
    board.open("mayor?lang=en")
    board.page.keyboard.press("/")
    board.page.keyboard.type("women's employment rate")
    options = board.page.get_by_role("option")
    expect(options.first).to_contain_text("SIMULATED")
    board.page.locator("#search").fill("PM2.5")
    expect(options.first).to_contain_text("PM2.5")
    expect(options.first).not_to_contain_text("SIMULATED")


def test_an_indicator_is_told_by_sex_and_by_age(board: BoardPage, recounts: Recounts) -> None:
    board.open("indicator?lang=en&indicator=residents_by_sex_and_age&area=11680")
    rows = board.page.locator(".groups tr")
    expect(rows.first).to_be_attached()
    shown = dict(
        rows.evaluate_all(
            "rows => rows.map(row => [...row.cells].slice(0, 2).map(cell => cell.textContent))"
        )
    )
    counted = recounts.pairs(
        "SELECT sex, sum(persons) FROM population_by_age_group WHERE district_code = '11680'"
        " AND counted_date = (SELECT max(counted_date) FROM population_by_age_group) GROUP BY 1"
    )
    for sex, name in (("f", "Women"), ("m", "Men")):
        assert is_written(counted[sex], shown[name])
    assert len(shown) > len(counted) + 10
