"""Real places for a scenario: points on streets and what is near them."""

import math
from typing import Any

import numpy as np
import polars as pl

from cityboard.catalog import Catalog
from data_sources.places import area_of_points

SPHERE_M = 6_371_008.8
ROAD_FACTOR = 1.35  # a way along streets, per metre as the crow flies


def street_points(random: np.random.Generator, catalog: Catalog, count: int) -> pl.DataFrame:
    """Return points on real streets, at bus stops, each district once before any a second time.

    Districts with more residents have more of them.

    Returns:
        (count rows) `lon`, `lat` (degrees, WGS 84), `district_code`, `neighbourhood_code`.
    """
    stops = pl.read_parquet(catalog.figures_folder / "bus_boardings_*.parquet")
    stops = stops.select("lon", "lat").drop_nulls().unique().sort("lon", "lat")
    stops = stops.with_columns(
        area_of_points(stops, catalog), area_of_points(stops, catalog, level="neighbourhood")
    ).drop_nulls()
    codes = _districts(random, catalog, count)
    rows = []
    for code in codes:
        inside = stops.filter(district_code=code)
        rows.append(inside.row(int(random.integers(inside.height)), named=True))
    return pl.DataFrame(rows)


def _districts(random: np.random.Generator, catalog: Catalog, count: int) -> list[str]:
    districts = catalog.areas("district")
    weights = np.array([area.population or 1 for area in districts], float)
    codes = np.array([area.code for area in districts])
    once = codes[: min(count, len(codes))]
    more = random.choice(codes, count - len(once), p=weights / weights.sum())
    return [str(code) for code in random.permutation(np.concatenate([once, more]))]


def stations_of(catalog: Catalog) -> pl.DataFrame:
    """Return the fire stations of the register, each under a name that tells it apart."""
    frame = pl.read_parquet(catalog.figures_folder / "fire_stations.parquet")
    full = pl.concat_str("parent_name", "station_name", separator=" ", ignore_nulls=True)
    return frame.with_columns(full_name=full)


def emergency_hospitals(catalog: Catalog) -> pl.DataFrame:
    """Return the open general hospitals of the register that have a place."""
    frame = pl.read_parquet(catalog.figures_folder / "hospitals.parquet")
    frame = frame.filter(hospital_kind="general", state="open")
    return frame.drop_nulls(["lon", "lat"]).sort("hospital_id_mois")


def metres_to(frame: pl.DataFrame, lon: float, lat: float) -> np.ndarray:
    """Return the metres from every row to a point, on the sphere."""
    east, north = np.radians(frame["lon"].to_numpy()), np.radians(frame["lat"].to_numpy())
    half_lat = np.sin((north - math.radians(lat)) / 2) ** 2
    half_lon = np.sin((east - math.radians(lon)) / 2) ** 2
    square = half_lat + np.cos(north) * math.cos(math.radians(lat)) * half_lon
    return 2 * SPHERE_M * np.arcsin(np.sqrt(square))


def nearest_row(frame: pl.DataFrame, lon: float, lat: float) -> tuple[dict[str, Any], float]:
    """Return the row nearest to a point, and the metres to it."""
    metres = metres_to(frame, lon, lat)
    row = int(metres.argmin())
    return frame.row(row, named=True), float(metres[row])
