"""The linked board: select in one view and every other answers, but not the view itself."""

import dataclasses
import datetime as dt
from typing import Any

from tests.browsers import BoardPage
from tests.recounts import Recounts

GANGNAM = "11680"
BIKES, BUSES = "explore?lang=en&dataset=bike_rentals_daily", "explore?lang=en&dataset=bus_boardings"
PEOPLE = "explore?lang=en&dataset=living_population_district_hourly"


@dataclasses.dataclass(frozen=True)
class Linked:
    """How the views of a dataset are counted.

    Attributes:
        dataset: Counted.
        value: SQL of the measure.
        day: SQL of the first day of a row's period on the trend.
    """

    dataset: str
    value: str
    day: str

    def by(self, recounts: Recounts, key: str, where: str = "true") -> dict[Any, float]:
        """Return the measure per value of an SQL expression, without empty values."""
        return recounts.pairs(
            f"SELECT {key} AS key, {self.value} FROM {self.dataset}"
            f" WHERE {where} GROUP BY 1 HAVING key IS NOT NULL"
        )

    def total(self, recounts: Recounts, where: str = "true") -> str:
        """Return the total as a reader reads it."""
        value = recounts.one(f"SELECT {self.value} FROM {self.dataset} WHERE {where}")
        return f"{round(value):,}"


BIKE = Linked("bike_rentals_daily", "sum(rentals)", "rental_date")
BUS = Linked("bus_boardings", "sum(boardings)", "month")


def days(board: BoardPage) -> dict[dt.date, float]:
    """Return the trend: first day of a period → value."""
    points = board.pairs(".card-trend", "period")
    return {dt.datetime.fromtimestamp(ms / 1000, dt.UTC).date(): v for ms, v in points.items()}


def cells(board: BoardPage) -> dict[tuple[int, int], float]:
    """Return the heat map: hour and row → value, empty cells left out."""
    found = board.columns(".card-heatmap", "hour", "row", "value")
    places = zip(found["hour"], found["row"], found["value"], strict=True)
    return {(hour, row): value for hour, row, value in places if value is not None}


def bars(board: BoardPage, card: str = ".card-ranking") -> dict[str, float]:
    """Return the bars of a card: key → value."""
    return board.pairs(card, "key")


def crumbs(board: BoardPage) -> str:
    """Return the line of what is selected, without the engine that counted the total."""
    return board.text(".crumbs").replace(" from rollup", "").replace(" from rows", "")


def says(board: BoardPage, words: str) -> None:
    """Wait until the line of what is selected says some words."""
    board.until(lambda: crumbs(board), lambda text: words in text)


def milliseconds(day: dt.date) -> float:
    """Return a day's place on a time axis."""
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp() * 1000


def chosen_days(board: BoardPage) -> tuple[dt.date, dt.date]:
    """Return first day and last day of the period in the address."""
    text = board.until(board.parameters, lambda found: "time" in found)["time"]
    low, high = map(dt.date.fromisoformat, text.split(".."))
    return low, high - dt.timedelta(days=1)


def settled(board: BoardPage) -> None:
    """Wait until hours are selected and every view has answered."""
    says(board, "07–10 h ×")
    board.until(lambda: max(bars(board).values()), lambda most: most < 2e7)


def test_with_nothing_selected_every_view_shows_every_row(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(BIKES)
    assert f"Nothing selected · {BIKE.total(recounts)} rentals" in board.text(".crumbs")
    board.shows(lambda: days(board), BIKE.by(recounts, BIKE.day))
    by_district = BIKE.by(recounts, "district_code")
    board.shows(lambda: board.pairs(".map", "code"), by_district)
    board.shows(lambda: bars(board), by_district)
    holidays = BIKE.by(recounts, "CASE WHEN is_holiday THEN 'True' ELSE 'False' END")
    board.shows(lambda: bars(board, ".card-by_is_holiday"), holidays)


def test_a_brush_on_the_trend_filters_every_view_but_the_trend(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(BIKES)
    before = days(board)
    height = max(before.values()) / 2
    start, end = dt.date(2022, 5, 3), dt.date(2022, 8, 20)
    board.drag(".card-trend", (milliseconds(start), height), (milliseconds(end), height))
    low, high = chosen_days(board)
    assert abs(low - start) <= dt.timedelta(days=3)
    assert abs(high - end) <= dt.timedelta(days=3)
    where = f"rental_date BETWEEN '{low}' AND '{high}'"
    says(board, f"{BIKE.total(recounts, where)} rentals")
    assert f"{low.day} May 2022 – {high.day} Aug 2022 ×" in board.text(".crumbs")
    by_district = BIKE.by(recounts, "district_code", where)
    board.shows(lambda: board.pairs(".map", "code"), by_district)
    board.shows(lambda: bars(board), by_district)
    assert days(board) == before


def test_a_tap_on_a_district_filters_every_view_but_the_map_and_the_ranking(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(BIKES)
    before, ranking = board.pairs(".map", "code"), bars(board)
    places = board.columns(".map", "code", "x", "y_name", "y_words")
    n = places["code"].index(GANGNAM)
    board.tap(".map", places["x"][n], (places["y_name"][n] + places["y_words"][n]) / 2)
    where = f"district_code = '{GANGNAM}'"
    says(board, f"{BIKE.total(recounts, where)} rentals Gangnam-gu ×")
    board.shows(lambda: days(board), BIKE.by(recounts, BIKE.day, where))
    assert (board.pairs(".map", "code"), bars(board)) == (before, ranking)
    board.page.get_by_role("button", name="Gangnam-gu ×").click()
    says(board, f"Nothing selected · {BIKE.total(recounts)} rentals")
    board.shows(lambda: days(board), BIKE.by(recounts, BIKE.day))
    assert "area" not in board.parameters()


def test_a_tap_on_a_bar_selects_it_and_a_second_tap_lets_it_go(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(BIKES)
    before = bars(board, ".card-by_is_holiday")
    board.tap(".card-by_is_holiday", before["False"] / 2, "no")
    where = "NOT is_holiday"
    says(board, f"{BIKE.total(recounts, where)} rentals no ×")
    assert board.parameters()["is_holiday"] == "False"
    board.shows(lambda: bars(board), BIKE.by(recounts, "district_code", where))
    assert bars(board, ".card-by_is_holiday") == before
    board.tap(".card-by_is_holiday", before["False"] / 2, "no")
    says(board, "Nothing selected")


def test_a_tap_on_a_bar_of_the_ranking_selects_its_district(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(BUSES)
    before = bars(board)
    board.tap(".card-ranking", before[GANGNAM] / 2, "Gangnam-gu")
    where = f"district_code = '{GANGNAM}'"
    says(board, f"{BUS.total(recounts, where)} boardings Gangnam-gu ×")
    board.shows(lambda: days(board), BUS.by(recounts, BUS.day, where))
    assert bars(board) == before


def test_a_box_on_the_heat_map_selects_hours(board: BoardPage, recounts: Recounts) -> None:
    board.open(BUSES)
    before = cells(board)
    board.drag(".card-heatmap", (7, 0), (9, 4))
    where = "hour BETWEEN 7 AND 9"
    says(board, f"{BUS.total(recounts, where)} boardings 07–10 h ×")
    assert board.parameters()["hour"] == "7,8,9"
    board.shows(lambda: days(board), BUS.by(recounts, BUS.day, where))
    board.shows(lambda: bars(board), BUS.by(recounts, "district_code", where))
    assert cells(board) == before
    board.shows(
        lambda: cells(board),
        {
            (row[0], row[1]): row[2]
            for row in recounts.rows(
                "SELECT hour, month(month) - 1, sum(boardings) FROM bus_boardings GROUP BY ALL"
            )
        },
    )


def test_a_box_on_the_heat_map_selects_hours_and_weekdays(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(PEOPLE)
    board.drag(".card-heatmap", (18, 5), (20, 6))
    board.until(board.parameters, lambda found: found.get("weekday") == "6,7")
    assert board.parameters()["hour"] == "18,19,20"
    says(board, "18–21 h × Sat–Sun ×")
    local = "timezone('Asia/Seoul', observed_at)"
    expected = recounts.pairs(
        "SELECT district_code, avg(persons) FROM living_population_district_hourly"
        f" WHERE hour({local}) BETWEEN 18 AND 20 AND isodow({local}) >= 6 GROUP BY 1"
    )
    board.shows(lambda: bars(board), expected)


def test_clauses_of_several_views_hold_together(board: BoardPage, recounts: Recounts) -> None:
    board.open(BUSES)
    board.drag(".card-heatmap", (7, 0), (9, 4))
    settled(board)
    board.tap(".card-ranking", bars(board)[GANGNAM] / 2, "Gangnam-gu")
    both = f"hour BETWEEN 7 AND 9 AND district_code = '{GANGNAM}'"
    says(board, f"{BUS.total(recounts, both)} boardings 07–10 h × Gangnam-gu × Clear all")
    board.shows(lambda: days(board), BUS.by(recounts, BUS.day, both))
    board.shows(lambda: bars(board), BUS.by(recounts, "district_code", "hour BETWEEN 7 AND 9"))
    board.page.get_by_role("button", name="Clear all").click()
    says(board, f"Nothing selected · {BUS.total(recounts)} boardings")
    assert not {"hour", "area"} & set(board.parameters())


def test_a_reload_of_the_address_restores_every_view(board: BoardPage) -> None:
    board.open(BUSES)
    board.drag(".card-heatmap", (7, 0), (9, 4))
    settled(board)
    board.tap(".card-ranking", bars(board)[GANGNAM] / 2, "Gangnam-gu")
    says(board, "Clear all")
    seen = (days(board), cells(board), bars(board), board.text(".crumbs"), board.parameters())
    board.reload()
    assert seen == (
        days(board),
        cells(board),
        bars(board),
        board.text(".crumbs"),
        board.parameters(),
    )


def test_another_measure_changes_every_view(board: BoardPage, recounts: Recounts) -> None:
    off = Linked("bus_boardings", "sum(alightings)", "month")
    board.open(BUSES)
    board.page.locator(".picker select").select_option("Alightings")
    board.until(lambda: board.text(".map"), lambda text: text.startswith("Alightings · map"))
    assert board.parameters()["measure"] == "alightings"
    says(board, f"{off.total(recounts)} alightings")
    board.shows(lambda: days(board), off.by(recounts, off.day))
    board.shows(lambda: bars(board), off.by(recounts, "district_code"))
    for card in (".card-trend", ".card-heatmap", ".card-ranking"):
        assert board.text(card).startswith("Alightings · ")
    board.reload()
    assert board.text(".map").startswith("Alightings · map")


def test_the_rows_are_paged_and_begin_anew_when_the_selection_changes(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(BIKES)
    names = [
        f"{value:,}"
        for (value,) in recounts.rows(
            "SELECT rentals FROM bike_rentals_daily ORDER BY 1 DESC LIMIT 40"
        )
    ]

    def shown() -> list[str]:
        found = board.page.locator(".table tbody tr td:nth-child(3)")
        texts: list[str] = found.all_inner_texts()
        return texts

    assert shown() == names[:20]
    board.page.get_by_role("button", name="Next").click()
    board.until(shown, lambda texts: texts == names[20:])
    board.page.get_by_role("button", name="Back").click()
    board.until(shown, lambda texts: texts == names[:20])
    board.page.get_by_role("button", name="Next").click()
    board.until(shown, lambda texts: texts == names[20:])
    board.tap(".card-by_is_holiday", 1e6, "yes")
    holiday = recounts.one("SELECT max(rentals) FROM bike_rentals_daily WHERE is_holiday")
    board.until(shown, lambda texts: bool(texts) and texts[0] == f"{holiday:,}")
