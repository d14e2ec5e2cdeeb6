"""The map of points: pixels where stops are, boxes, districts, and a sharper layer when zoomed."""

import io
import math

import pytest
from PIL import Image

from tests.browser.test_explore import BUS, BUSES, bars, cells, crumbs, days, says
from tests.browsers import BoardPage
from tests.cleaning import seoul
from tests.recounts import Recounts

KM = 111.195  # a degree of latitude
RAISED = (26, 37, 49)  # a district without a value, in the dark


def plane(lon: float, lat: float) -> tuple[float, float]:
    """Return kilometres east and north of the middle of the city's box."""
    west, south, east, north = seoul().city.bounding_box
    middle = (south + north) / 2
    x = (lon - (west + east) / 2) * KM * math.cos(math.radians(middle))
    return x, (lat - middle) * KM


def colours(board: BoardPage, lon: float, lat: float) -> set[tuple[int, int, int]]:
    """Return the colours on the screen within two pixels of a place."""
    left, top = board.spot(".map", *plane(lon, lat))
    clip = {"x": left - 2, "y": top - 2, "width": 5, "height": 5}
    image = Image.open(io.BytesIO(board.page.screenshot(clip=clip))).convert("RGB")
    found: set[tuple[int, int, int]] = set(image.get_flattened_data())
    return found


def yellow(colour: tuple[int, int, int]) -> int:
    """Return by how much more yellow than blue a colour is: the layer's many are yellow."""
    red, green, blue = colour
    return min(red, green) - blue


def window(board: BoardPage) -> list[float]:
    """Return the four edges of the layer (km)."""
    layer = board.columns(".map", "image", "x", "y", "dw", "dh")
    x, y = layer["x"][0], layer["y"][0]
    return [x, x + layer["dw"][0], y, y + layer["dh"][0]]


def level(board: BoardPage) -> int:
    """Return n of the layer's pixels of 2^-n degrees."""
    layer = board.page.evaluate("board.layer('.map')")
    found = math.log2(layer["shape"][0] * KM / layer["sides"][3])
    assert found == pytest.approx(round(found), abs=1e-6)
    return round(found)


def covers(layer: list[float], view: list[float], *, pixel: float) -> bool:
    """Tell whether a layer holds all that is in view, and less than a pixel more on each side."""
    more = [view[0] - layer[0], layer[1] - view[1], view[2] - layer[2], layer[3] - view[3]]
    return all(0 <= side < pixel for side in more)


def test_the_layer_is_coloured_at_the_stops_and_nowhere_else(
    board: BoardPage, recounts: Recounts
) -> None:
    stops = recounts.rows(
        "SELECT lon, lat FROM bus_boardings GROUP BY ALL ORDER BY sum(boardings) DESC LIMIT 8"
    )
    board.open(BUSES)
    for lon, lat in stops:
        assert max(map(yellow, colours(board, lon, lat))) > 80
    for lon, lat in ((126.99, 37.655), (126.96, 37.44), (126.98, 37.66)):
        near = f"abs(lon - {lon}) < 0.004 AND abs(lat - {lat}) < 0.004"
        assert not recounts.one(f"SELECT count(*) FROM bus_boardings WHERE {near}")
        assert max(map(yellow, colours(board, lon, lat))) < 10


def test_a_box_on_the_map_filters_every_view_but_the_map(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(BUSES)
    before = board.columns(".map", "image")
    board.drag(".map", plane(126.96, 37.55), plane(127.03, 37.58))
    text = board.until(board.parameters, lambda found: "place" in found)["place"]
    west, south, east, north = map(float, text.split(","))
    assert (west, south, east, north) == pytest.approx((126.96, 37.55, 127.03, 37.58), abs=0.002)
    sides = [side * 2 ** level(board) for side in (west, south, east, north)]
    assert all(side.is_integer() for side in sides)  # the box is one of pixels
    where = f"lon >= {west} AND lon < {east} AND lat >= {south} AND lat < {north}"
    says(board, f"{BUS.total(recounts, where)} boardings box on the map ×")
    board.shows(lambda: days(board), BUS.by(recounts, BUS.day, where))
    board.shows(lambda: bars(board), BUS.by(recounts, "district_code", where))
    hours = "SELECT hour, month(month) - 1, sum(boardings) FROM bus_boardings"
    board.shows(
        lambda: cells(board),
        {(row[0], row[1]): row[2] for row in recounts.rows(f"{hours} WHERE {where} GROUP BY ALL")},
    )
    assert board.columns(".map", "image") == before
    board.reload()
    assert board.parameters()["place"] == text
    assert f"{BUS.total(recounts, where)} boardings box on the map ×" in crumbs(board)


def test_a_tap_on_the_map_of_points_selects_the_district(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(BUSES)
    before = board.columns(".map", "image")
    board.tap(".map", *plane(127.0495, 37.5145))
    total = BUS.total(recounts, "district_code = '11680'")
    says(board, f"{total} boardings Gangnam-gu ×")
    assert board.columns(".map", "image") == before
    board.page.mouse.click(*board.spot(".map", *plane(127.19, 37.42)))
    says(board, "Nothing selected")


def test_districts_are_coloured_by_the_measure_when_points_are_switched_off(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open(BUSES)
    board.page.locator(".map").get_by_role("button", name="Districts").click()
    expected = BUS.by(recounts, "district_code")
    board.shows(lambda: board.pairs(".map", "code"), expected)
    fewest, most = (f(expected, key=lambda code: expected[code]) for f in (min, max))
    fills = board.pairs(".map", "code", "fill")
    assert yellow(_rgb(fills[most])) > yellow(_rgb(fills[fewest]))
    board.page.locator(".map").get_by_role("button", name="Points").click()
    board.until(lambda: board.columns(".map", "image", "dw"), lambda layer: layer["dw"][0] > 30)


def test_zooming_asks_again_for_what_is_in_view(board: BoardPage, recounts: Recounts) -> None:
    board.open(BUSES)
    whole = window(board)
    left, top = board.spot(".map", *plane(126.9707, 37.5547))
    board.page.mouse.move(left, top)
    for _ in range(4):
        board.page.mouse.wheel(0, -240)
        board.page.wait_for_timeout(50)
    board.until(lambda: window(board), lambda edges: edges != whole)
    board.page.wait_for_timeout(400)  # the wheel has come to rest
    seen, _ = board.until(
        lambda: (window(board), board.page.evaluate("board.ranges('.map')")),
        lambda both: covers(*both, pixel=KM / 2 ** level(board)),
    )
    assert seen[1] - seen[0] < (whole[1] - whole[0]) / 2
    lon, lat = recounts.rows(
        "SELECT lon, lat FROM bus_boardings WHERE abs(lon - 126.9707) < 0.01 AND"
        " abs(lat - 37.5547) < 0.01 GROUP BY ALL ORDER BY sum(boardings) DESC LIMIT 1"
    )[0]
    assert max(map(yellow, colours(board, lon, lat))) > 80


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
