"""The rows of a register that are nearest to a place, exact on the sphere."""

import math
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from cityboard.errors import QueryError
from cityboard.query import DISTANCE, Listing
from cityboard.selection import Box, Clause
from cityboard.store import Store

SPHERE_M = 6_371_008.8  # mean radius of the earth (IUGG)
LEAST_REACH_M = 100.0
FARTHEST_M = math.pi * SPHERE_M
PAGE = 1000
A_LITTLE_MORE = 1 + 1e-6  # a box around a circle holds it whole, however its sides are rounded
MICROMETRES = 6  # digits of a distance: so that equal places are equally far


def nearest(
    store: Store,
    dataset: str,
    lon: float,
    lat: float,
    count: int,
    *,
    without: Collection[object] = (),
    where: Sequence[Clause] = (),
) -> pd.DataFrame:
    """Return the rows nearest to a place.

    Args:
        store: Answers.
        dataset: Dataset id; its place has points.
        lon: Longitude of the place (degrees, WGS 84).
        lat: Latitude of the place (degrees, WGS 84).
        count: How many rows.
        without: Values of the first column of its key that are left out, such as cameras that do
            not work.
        where: Clauses that rows must meet, such as `Members("state", ("open",))`.

    Returns:
        (at most `count` rows, fewer where there are not as many) every column the role may see and
        `distance_m`, the metres along the great circle, to a micrometre; nearest first, equally
        near ones by their key. Rows without a place are left out.

    Raises:
        QueryError: The place is not on the earth, the dataset has no points, or `count` is below 1.
        CityboardError: As of `Store.list_rows`.
    """
    _refuse(store, dataset, lon, lat, count=count)
    left_out = {str(value) for value in without}
    reach_m = _likely_reach(store, dataset, count)
    while True:
        rows = _within(store, dataset, lon, lat, reach_m=reach_m, where=where, without=left_out)
        if len(rows) >= count or reach_m >= FARTHEST_M:
            return rows.head(count)
        reach_m = min(reach_m * 3, FARTHEST_M)


def distances_m(lon: float, lat: float, lons: np.ndarray, lats: np.ndarray) -> np.ndarray:
    """Return the metres from a place to others along great circles.

    Source: R. W. Sinnott, Virtues of the haversine, Sky and Telescope 68 (1984).
    """
    north, norths = math.radians(lat), np.radians(lats)
    half_lat = np.sin((norths - north) / 2) ** 2
    half_lon = np.sin(np.radians(lons - lon) / 2) ** 2
    square = half_lat + math.cos(north) * np.cos(norths) * half_lon
    metres: np.ndarray = 2 * SPHERE_M * np.arcsin(np.sqrt(np.minimum(square, 1.0)))
    return metres


def _refuse(store: Store, dataset: str, lon: float, lat: float, *, count: int) -> None:
    is_on_earth = -180 <= lon <= 180 and -90 <= lat <= 90
    if not is_on_earth or count < 1:
        asked = f"the {count} rows nearest to {lon}, {lat} were asked"
        msg = f"{asked}; give a place on the earth (degrees), and 1 or more rows"
        raise QueryError(msg)
    place = store.dataset(dataset).place
    if place is None or not place.has_points:
        msg = f"dataset {dataset} has no points: nothing of it is near a place"
        raise QueryError(msg)


def _likely_reach(store: Store, dataset: str, count: int) -> float:
    """Return metres within which `count` rows lie, four times as many in the mean."""
    west, south, east, north = store.catalog.city.bounding_box
    wide = distances_m(west, (south + north) / 2, np.array([east]), np.array([(south + north) / 2]))
    high = math.radians(north - south) * SPHERE_M
    rows = max(store.snapshot(dataset).rows, 1)
    likely = 2 * math.sqrt(float(wide[0]) * high * count / (math.pi * rows))
    return min(max(likely, LEAST_REACH_M), FARTHEST_M)


def _within(
    store: Store,
    dataset: str,
    lon: float,
    lat: float,
    *,
    reach_m: float,
    where: Sequence[Clause],
    without: set[str],
) -> pd.DataFrame:
    """Return all rows within a reach, nearest first; no row outside the box can be nearer."""
    entry = store.dataset(dataset)
    rows = _rows_in(store, dataset, box_around(lon, lat, reach_m), where)
    names = entry.place
    points = rows[[names.lon, names.lat]].to_numpy(float) if names else np.empty((0, 2))
    metres = distances_m(lon, lat, points[:, 0], points[:, 1]).round(MICROMETRES)
    rows = rows.assign(**{DISTANCE: metres})
    is_kept = (metres <= reach_m) & ~rows[entry.key[0]].astype(str).isin(without).to_numpy()
    return rows[is_kept].sort_values(DISTANCE, kind="stable", ignore_index=True)


def _rows_in(store: Store, dataset: str, box: Box, where: Sequence[Clause]) -> pd.DataFrame:
    """Return every row of a box, ordered by its key."""
    pages: list[pd.DataFrame] = []
    while not pages or len(pages[-1]) == PAGE:
        listing = Listing(dataset, where=(box, *where), limit=PAGE, offset=PAGE * len(pages))
        pages.append(store.list_rows(listing).frame)
    return pd.concat(pages, ignore_index=True) if len(pages) > 1 else pages[0]


def box_around(lon: float, lat: float, reach_m: float) -> Box:
    """Return a box that holds the circle; all longitudes where it holds a pole or a date line.

    Source: J. P. Snyder, Map Projections: A Working Manual (1987), p. 30, for the widest longitude.
    """
    angle = reach_m / SPHERE_M * A_LITTLE_MORE
    south, north = lat - math.degrees(angle), lat + math.degrees(angle)
    sine = math.sin(min(angle, math.pi / 2)) / max(math.cos(math.radians(lat)), 1e-12)
    wide = math.degrees(math.asin(sine)) * A_LITTLE_MORE if sine < 1 else 360.0
    if north >= 90 or south <= -90 or lon - wide < -180 or lon + wide > 180:
        return Box(-181, max(south, -91.0), 181, min(north, 91.0))
    return Box(lon - wide, south, lon + wide, north)
