"""Three million boardings under the finger: each step shows what pandas counts in the raw files."""

import dataclasses
import datetime as dt
import math
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.browser.test_explore import bars, chosen_days, milliseconds
from tests.browser.test_map import KM, plane, window
from tests.browsers import BoardPage
from tests.cleaning import seoul
from tests.conftest import REPOSITORY
from tests.servers import COMMAND, Served, served

BUSES = "explore?lang=en&dataset=bus_boardings"
KEY = ["month", "stop_id_ars", "route_id", "entry_number", "hour"]
LISTED = [*KEY[:2], "stop_name", *KEY[2:], "boardings", "alightings"]
COLUMNS = ["Month", "Stop number (ARS)", "Stop", "Route", "Entry number", "Hour"]
COLUMNS += ["Boardings", "Alightings"]
PAGE = 20
STOP_NUMBER = re.compile(r"\d{5}|~")  # ~ is a stop that stands nowhere


@dataclasses.dataclass(frozen=True)
class City:
    """A served city, and the rows that it should show."""

    server: Served
    rows: pd.DataFrame


@pytest.fixture(scope="module", params=["figures", pytest.param("files", marks=pytest.mark.seoul)])
def city(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    """Serve the boardings of the embedded figures, then those of the published files."""
    folder = tmp_path_factory.mktemp("boardings")
    if request.param == "figures":
        home = request.getfixturevalue("figures_home")
        rows = _figures()
    else:
        data, home = request.getfixturevalue("seoul_data"), folder / "home"
        build = [COMMAND, "build", "--data", str(data), "--only", "bus_boardings"]
        subprocess.run([*build, "--home", str(home)], check=True, capture_output=True)
        rows = _counted(data / "bus/stop_route_hour_2022", _stops(home))
    with served(home, folder / "log.txt") as running:
        yield City(running, rows)


@pytest.fixture
def server(city: City) -> Served:
    """Return the server whose faults fail a test."""
    return city.server


def _figures() -> pd.DataFrame:
    parts = sorted((REPOSITORY / "catalogs/seoul/figures").glob("bus_boardings*.parquet"))
    return pd.concat([pd.read_parquet(part) for part in parts], ignore_index=True)


def _stops(home: Path) -> pd.DataFrame:
    """Return where each stop is; a register of workbooks tells it, which pandas reads slowly."""
    parts = (home / "lake/seoul/bus_boardings").glob("*.parquet")
    columns = ["stop_id_ars", "lon", "lat", "district_code"]
    return pd.concat([pd.read_parquet(p, columns=columns) for p in parts]).drop_duplicates()


def _counted(folder: Path, stops: pd.DataFrame) -> pd.DataFrame:
    """Return a row per line of the raw files and hour in which anybody boarded or alighted."""
    lines = [line for part in sorted(folder.glob("*.zip")) for line in _lines(part)]
    names = ["month", "route_id", "stop_id_ars", "stop_name"]
    calls = pd.DataFrame([line[:4] for line in lines], columns=names)
    calls["month"] = pd.to_datetime(calls["month"], format="%Y%m").dt.date
    calls["entry_number"] = calls.groupby(names[:3]).cumcount() + 1
    counts = np.array([line[4] for line in lines], dtype=np.int64)
    hours = calls.loc[calls.index.repeat(24)].assign(
        hour=np.tile(np.arange(24), len(calls)),
        boardings=counts[:, 0::2].ravel(),
        alightings=counts[:, 1::2].ravel(),
    )
    hours = hours[(hours["boardings"] > 0) | (hours["alightings"] > 0)]
    return hours.merge(stops, on="stop_id_ars").reset_index(drop=True)


def _lines(part: Path) -> Iterator[tuple[str, str, str, str, list[int]]]:
    """Yield month, route, stop number, stop and 48 counts: the first fields may hold commas."""
    with zipfile.ZipFile(part) as archive:
        text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
    for line in text.splitlines():
        fields = line.split(",")
        if line.lstrip('"')[:6].isdigit():
            words = fields[:-48]
            place = next(n for n in range(3, len(words)) if STOP_NUMBER.fullmatch(words[n]))
            counts = [int(count) for count in fields[-48:]]
            yield words[0], words[1], words[place], ",".join(words[place + 1 :]), counts


class Recount:
    """What a page of boardings should show, counted by pandas from the address alone.

    Args:
        rows: Every row.
        parameters: Of the address.
    """

    def __init__(self, rows: pd.DataFrame, parameters: dict[str, str]) -> None:
        everything = pd.Series(data=True, index=rows.index)
        self._rows = rows
        self._time = self._place = self._area = everything
        if "time" in parameters:
            low, high = map(dt.date.fromisoformat, parameters["time"].split(".."))
            self._time = (rows["month"] >= low) & (rows["month"] < high)
        if "place" in parameters:
            west, south, east, north = map(float, parameters["place"].split(","))
            self._place = (rows["lon"] >= west) & (rows["lon"] < east)
            self._place &= (rows["lat"] >= south) & (rows["lat"] < north)
        if "area" in parameters:
            self._area = rows["district_code"] == parameters["area"]

    @property
    def selected(self) -> pd.DataFrame:
        """Return the rows that meet the whole selection."""
        return self._rows[self._time & self._place & self._area]

    @property
    def total(self) -> str:
        """Return the boardings selected as a reader reads them."""
        return f"{self.selected['boardings'].sum():,} boardings"

    @property
    def months(self) -> dict[dt.date, float]:
        """Return the boardings of each month, of all months."""
        found = self._rows[self._place & self._area].groupby("month")["boardings"].sum()
        return {month: float(value) for month, value in found.items()}

    @property
    def ranking(self) -> dict[str, float]:
        """Return the boardings of each district, of all districts."""
        found = self._rows[self._time & self._place].groupby("district_code")["boardings"].sum()
        return {code: float(value) for code, value in found.items()}

    @property
    def districts(self) -> list[str]:
        """Return the boardings of the map's table, the most first, wherever they are."""
        found = self._rows[self._time].groupby("district_code")["boardings"].sum()
        return [f"{value:,}" for value in sorted(found, reverse=True)]

    def pixels(self, sides: list[float], shape: list[int]) -> np.ndarray:
        """Return the boardings in each pixel of a layer (km), row 0 in the south."""
        west, south = _degrees(sides[0], sides[1])
        level = -round(math.log2(sides[3] / shape[0] / KM))
        first = [round(side * 2.0**level) for side in (west, south)]
        rows = self._rows[self._time]
        x = np.floor(rows["lon"] * 2.0**level).astype(int) - first[0]
        y = np.floor(rows["lat"] * 2.0**level).astype(int) - first[1]
        grid = np.zeros(shape, dtype=np.int64)
        is_inside = (x >= 0) & (x < shape[1]) & (y >= 0) & (y < shape[0])
        np.add.at(grid, (y[is_inside], x[is_inside]), rows["boardings"][is_inside])
        return grid

    def largest(self) -> list[list[str]]:
        """Return the first page of rows, most boardings first."""
        ordered = self.selected.sort_values(
            ["boardings", *KEY], ascending=[False] + [True] * len(KEY)
        )
        return [_written(row) for row in ordered.head(PAGE)[LISTED].itertuples(index=False)]

    def nearest(self, x: float, y: float, reach_km: float) -> list[list[str]]:
        """Return the first page of rows around a point of the plane (km), nearest first."""
        lon, lat = (round(side, 6) for side in _degrees(x, y))
        rows = self.selected
        east = (rows["lon"] - lon) * KM * math.cos(math.radians(lat))
        metres = 1000 * np.hypot(east, (rows["lat"] - lat) * KM)
        near = rows.assign(metres=metres)[metres <= 1000 * reach_km]
        page = near.sort_values(["metres", *KEY]).head(PAGE)
        return [
            [f"{metres:,.0f}", *_written(row)]
            for metres, row in zip(
                page["metres"], page[LISTED].itertuples(index=False), strict=True
            )
        ]


def _degrees(x: float, y: float) -> tuple[float, float]:
    west, south, east, north = seoul().city.bounding_box
    middle = (south + north) / 2
    return (west + east) / 2 + x / (KM * math.cos(math.radians(middle))), middle + y / KM


def _written(row: Any) -> list[str]:
    """Return a row as the table writes it; numbers are grouped by thousands."""
    return [
        "–" if pd.isna(value) else f"{value:,}" if isinstance(value, int) else str(value)
        for value in row
    ]


def _spread(grid: np.ndarray) -> np.ndarray:
    """Return the largest of each pixel and its eight neighbours."""
    padded = np.pad(grid, 1)
    height, width = grid.shape
    shifted = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    spread: np.ndarray = np.max(shifted, axis=0)
    return spread


def check_colours(colours: np.ndarray, grid: np.ndarray) -> None:
    """Compare a layer with its numbers: the same pixels, and colours in the numbers' order."""
    if np.count_nonzero(grid) < 0.1 * grid.size:
        grid = _spread(grid)  # single pixels of a sparse map grow
    assert ((colours > 0) == (grid > 0)).all()
    of_number = pd.Series(colours[grid > 0]).groupby(grid[grid > 0]).agg(["min", "max"])
    assert (of_number["min"] == of_number["max"]).all()
    assert of_number["min"].is_monotonic_increasing
    assert (of_number["min"].iloc[0], of_number["max"].iloc[-1]) == (1, 255)


def listed(board: BoardPage, columns: list[str]) -> list[list[str]]:
    """Return columns of the table of rows, in their order."""
    texts = board.page.locator(".table thead th").all_text_contents()
    cells = board.page.locator(".table tbody td").all_text_contents()
    if not texts or len(cells) % len(texts):
        return []  # it is being written
    places = [texts.index(column) for column in columns if column in texts]
    rows = [cells[n : n + len(texts)] for n in range(0, len(cells), len(texts))]
    return [[row[place] for place in places] for row in rows]


def table(board: BoardPage) -> list[str]:
    """Return the numbers of the table behind the map, opened where it is not."""
    closed = board.page.locator(".map").get_by_role("button", name="▸ As a table")
    if closed.count():
        closed.click()
    return board.page.locator(".map tbody td.number").all_text_contents()


def check(board: BoardPage, rows: pd.DataFrame) -> Recount:
    """Compare all that a page shows of a selection with what pandas counts."""
    expected = Recount(rows, board.parameters())
    board.until(lambda: board.text(".crumbs"), lambda text: expected.total in text)
    board.shows(lambda: bars(board), expected.ranking)
    board.until(lambda: table(board), lambda seen: seen == expected.districts)
    points = board.pairs(".card-trend", "period")
    months = {dt.datetime.fromtimestamp(ms / 1000, dt.UTC).date(): v for ms, v in points.items()}
    assert months == expected.months
    layer = board.page.evaluate("board.layer('.map')")
    colours = np.array(layer["colours"]).reshape(layer["shape"])
    check_colours(colours, expected.pixels(layer["sides"], layer["shape"]))
    return expected


def test_a_brush_a_zoom_a_box_and_a_tap_show_what_pandas_counts(
    board: BoardPage, city: City
) -> None:
    board.open(BUSES)
    opened = check(board, city.rows)
    board.until(lambda: listed(board, COLUMNS), lambda seen: seen == opened.largest())

    height = max(opened.months.values()) / 2
    start, end = milliseconds(dt.date(2022, 2, 9)), milliseconds(dt.date(2022, 4, 20))
    board.drag(".card-trend", (start, height), (end, height))
    assert chosen_days(board) == (dt.date(2022, 2, 1), dt.date(2022, 4, 30))
    brushed = check(board, city.rows)
    assert "Feb 2022 – Apr 2022 ×" in board.text(".crumbs")
    board.until(lambda: listed(board, COLUMNS), lambda seen: seen == brushed.largest())
    for card in (".map", ".card-heatmap", ".card-ranking", ".table"):
        assert "Feb 2022 – Apr 2022 · from ro" in board.text(card)
    assert "Feb 2022 – Apr 2022 · from rollup" in board.text(".map")

    for _ in range(2):
        wide = _width(board)
        board.page.locator(".map").get_by_role("button", name="+").click()
        board.until(lambda: _width(board), lambda seen, wide=wide: seen < 0.7 * wide)
    check(board, city.rows)

    west, east, south, north = board.page.evaluate("board.ranges('.map')")
    corner = (west + 0.3 * (east - west), south + 0.3 * (north - south))
    board.drag(".map", corner, (west + 0.8 * (east - west), south + 0.7 * (north - south)))
    board.until(board.parameters, lambda found: "place" in found)
    boxed = check(board, city.rows)
    board.until(lambda: listed(board, COLUMNS), lambda seen: seen == boxed.largest())

    stops = boxed.selected.groupby(["lon", "lat"])["boardings"].sum()
    board.tap(".map", *plane(*stops.idxmax()))
    board.until(lambda: board.text(".table"), lambda text: "nearest first" in text)
    board.until(board.parameters, lambda found: "area" in found)
    tapped = check(board, city.rows)
    ring = board.columns(".map", "x", "y", "radius")
    nearest = tapped.nearest(ring["x"][0], ring["y"][0], ring["radius"][0])
    assert len(nearest) == PAGE
    board.until(lambda: listed(board, ["Distance (m)", *COLUMNS]), lambda seen: seen == nearest)

    board.page.get_by_role("button", name="All rows ×").click()
    board.until(lambda: listed(board, COLUMNS), lambda seen: seen == tapped.largest())


def test_rows_counted_again_agree_with_what_is_shown_until_something_else_is_selected(
    board: BoardPage, city: City
) -> None:
    board.open(f"{BUSES}&time=2022-02-01..2022-04-01")
    board.page.get_by_role("button", name="Recount from rows").click()
    said = board.until(lambda: board.text(".crumbs"), lambda text: "Counted again" in text)
    assert f"✓ Counted again from {len(city.rows):,} rows in " in said
    assert " figures agree" in said
    board.tap(".card-ranking", bars(board)["11680"] / 2, "Gangnam-gu")
    board.until(lambda: board.text(".crumbs"), lambda text: "Counted again" not in text)


def _width(board: BoardPage) -> float:
    """Return how wide the layer is (km)."""
    west, east, *_ = window(board)
    return east - west
