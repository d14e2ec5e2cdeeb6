"""The nearest rows of Seoul's real registers, against every row measured one by one."""

import math
from collections.abc import Collection

import numpy as np
import pandas as pd
import pytest

from cityboard.catalog import Catalog
from cityboard.errors import QueryError
from cityboard.lake import Lake
from cityboard.nearest import nearest
from cityboard.query import DISTANCE
from cityboard.selection import Members
from cityboard.store import Store
from data_sources.publish import publish
from tests.cleaning import SEOUL, seoul

REGISTERS = {  # dataset: its key, and the rows that have a place
    "cctv_cameras": ("record_number", 20_434),
    "fire_stations": ("station_id_seoul", 177),
    "hospitals": ("hospital_id_mois", 735),
    "police_boxes": ("record_number", 255),
    "earthquake_shelters": ("record_number", 1_986),
}
RADIUS_M = 6_371_008.8
POINTS = 500


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return Seoul with these registers, from the embedded figures."""
    lake = Lake(tmp_path_factory.mktemp("registers") / "lake/seoul")
    for name in REGISTERS:
        publish(seoul().dataset(name), catalog=seoul(), lake=lake, data=None)
    return Store(seoul(), lake)


def register(name: str) -> pd.DataFrame:
    """Return the rows of a register that have a place, by their key, read apart from the store."""
    frame = pd.read_parquet(SEOUL / f"figures/{name}.parquet")
    key, count = REGISTERS[name]
    placed = frame.dropna(subset=["lon", "lat"]).sort_values(key, ignore_index=True)
    assert len(placed) == count
    return placed


def metres_on_the_sphere(lon: float, lat: float, frame: pd.DataFrame) -> np.ndarray:
    """Return the metres of every row from a point: the angle between two directions in space.

    Another formula than the one under test; it is off by less than a millimetre here.
    """
    here, there = (
        _direction(np.array([lon]), np.array([lat])),
        _direction(frame["lon"], frame["lat"]),
    )
    chord = np.sqrt(((there - here) ** 2).sum(axis=1))
    return 2 * RADIUS_M * np.arcsin(np.minimum(chord / 2, 1.0))


def _direction(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    east, north = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], 1)


def brute_force(
    frame: pd.DataFrame, key: str, point: tuple[float, float], without: Collection[object] = ()
) -> pd.DataFrame:
    """Return every row in order of distance, equal distances in order of the key."""
    metres = metres_on_the_sphere(*point, frame).round(3)
    told = frame.assign(metres=metres)[~frame[key].isin(list(without))]
    return told.sort_values("metres", kind="stable", ignore_index=True)


def agree(found: pd.DataFrame, expected: pd.DataFrame, key: str, count: int) -> None:
    """Compare rows found with those expected.

    Rows within two millimetres of each other may change places: so far the formulas differ.
    """
    assert len(found) == min(count, len(expected))
    wanted = expected["metres"].to_numpy()[: len(found)]
    np.testing.assert_allclose(found[DISTANCE], wanted, atol=2e-3, rtol=0)
    assert list(found[DISTANCE]) == sorted(found[DISTANCE])
    if list(found[key]) == list(expected[key].head(len(found))):
        return
    told = expected.set_index(key)["metres"]
    np.testing.assert_allclose(found[DISTANCE], told.loc[found[key]], atol=2e-3, rtol=0)
    assert found[key].is_unique


def points(seed: int, count: int = POINTS) -> list[tuple[float, float]]:
    """Return random points in the box around the city: some lie outside of it."""
    west, south, east, north = seoul().city.bounding_box
    random = np.random.default_rng(seed)
    drawn = random.uniform((west, south), (east, north), (count, 2))
    return [(float(lon), float(lat)) for lon, lat in drawn]


@pytest.mark.parametrize("name", REGISTERS)
def test_the_nearest_rows_are_those_of_a_comparison_with_every_row(store: Store, name: str) -> None:
    frame, (key, _) = register(name), REGISTERS[name]
    for number, point in enumerate(points(seed=len(name))):
        count = 1 + number % 12
        agree(nearest(store, name, *point, count), brute_force(frame, key, point), key, count)


@pytest.mark.parametrize("name", REGISTERS)
def test_rows_left_out_make_room_for_the_next(store: Store, name: str) -> None:
    frame, (key, _) = register(name), REGISTERS[name]
    for point in points(seed=7, count=20):
        without = list(brute_force(frame, key, point)[key].head(30))[::2]
        found = nearest(store, name, *point, 10, without=without)
        agree(found, brute_force(frame, key, point, without), key, 10)
        assert not set(found[key]) & set(without)


@pytest.mark.parametrize(
    "point",
    [
        (129.08, 35.18),  # Busan
        (126.76, 37.41),  # a corner of the city's box
        (-58.4, -34.6),  # Buenos Aires, on the other side of the earth
        (-179.99, 37.5),  # beside the date line
        (180.0, 0.0),
        (0.0, 90.0),
        (0.0, -90.0),
    ],
)
def test_a_point_outside_the_city_has_its_nearest_rows_all_the_same(
    store: Store, point: tuple[float, float]
) -> None:
    frame = register("fire_stations")
    found = nearest(store, "fire_stations", *point, 4)
    agree(found, brute_force(frame, "station_id_seoul", point), "station_id_seoul", 4)


def test_a_register_shorter_than_what_is_asked_is_told_whole(store: Store) -> None:
    frame, point = register("police_boxes"), (127.0, 37.5)
    found = nearest(store, "police_boxes", *point, 1000)
    agree(found, brute_force(frame, "record_number", point), "record_number", 1000)
    assert len(found) == 255


def test_more_than_a_page_may_be_asked(store: Store) -> None:
    frame, point = register("cctv_cameras"), (127.0276, 37.4979)
    found = nearest(store, "cctv_cameras", *point, 2500)
    agree(found, brute_force(frame, "record_number", point), "record_number", 2500)


def test_rows_at_one_place_are_equally_far_and_ordered_by_their_key(store: Store) -> None:
    """Shelters have a row a room: many stand at the same point."""
    frame = register("earthquake_shelters")
    sizes = frame.groupby(["lon", "lat"]).size()
    place = sizes.idxmax()
    together = frame[(frame["lon"] == place[0]) & (frame["lat"] == place[1])]["record_number"]
    assert len(together) > 2
    for near in (place, (place[0] + 0.001, place[1] + 0.001)):
        found = nearest(store, "earthquake_shelters", *near, 60)
        ours = found[found["record_number"].isin(together)]
        assert list(ours["record_number"]) == sorted(together)
        assert ours[DISTANCE].nunique() == 1
    assert nearest(store, "earthquake_shelters", *place, 1)[DISTANCE].item() == 0


def test_a_clause_chooses_among_the_rows(store: Store) -> None:
    frame = register("hospitals")
    chosen = frame[(frame["state"] == "open") & (frame["hospital_kind"] == "general")]
    where = (Members("state", ("open",)), Members("hospital_kind", ("general",)))
    for point in points(seed=3, count=20):
        found = nearest(store, "hospitals", *point, 5, where=where)
        expected = brute_force(chosen.reset_index(drop=True), "hospital_id_mois", point)
        agree(found, expected, "hospital_id_mois", 5)


def test_ids_left_out_may_be_numbers_or_text(store: Store) -> None:
    first = nearest(store, "police_boxes", 127.0, 37.5, 1)["record_number"].item()
    for given in (first, str(first)):
        found = nearest(store, "police_boxes", 127.0, 37.5, 1, without=[given])
        assert found["record_number"].item() != first


@pytest.mark.parametrize(
    ("place", "count"),
    [((200.0, 37.5), 1), ((127.0, 91.0), 1), ((127.0, 37.5), 0), ((math.nan, 37), 1)],
)
def test_what_is_no_place_or_no_number_is_refused(
    store: Store, place: tuple[float, float], count: int
) -> None:
    with pytest.raises(QueryError, match="give a place on the earth"):
        nearest(store, "fire_stations", *place, count)


def test_a_dataset_without_points_is_refused(testburg: Catalog, testburg_lake: Lake) -> None:
    with pytest.raises(QueryError, match="dataset visits has no points"):
        nearest(Store(testburg, testburg_lake), "visits", 10.0, 50.0, 1)
