"""Distances to fire stations, computed again from the published file with pandas.

Nothing of the source is used here: neither its reader nor its cleaner, and distances are those of
the sphere, not of the plane that the cleaner measures in.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest

from cityboard.lake import Lake
from cityboard.notebook import CityHandle, open_city
from cityboard.observation import observe, observe_areas
from data_sources.publish import publish
from tests.cleaning import SEOUL, seoul

EARTH_M = 6_371_009
STATIONS = "safety/fire_shelter_hospital/서울시 소방서,안전센터,구조대 위치정보.csv"


@pytest.fixture(scope="module")
def published(seoul_data: Path, tmp_path_factory: pytest.TempPathFactory) -> CityHandle:
    """Return Seoul with the distances, from the published file."""
    home = tmp_path_factory.mktemp("fire")
    catalog = seoul()
    dataset = catalog.dataset("fire_station_distances")
    publish(dataset, catalog=catalog, lake=Lake(home / "lake/seoul"), data=seoul_data)
    return open_city(home=home)


@pytest.fixture(scope="module")
def metres(seoul_data: Path) -> "pd.Series[float]":
    """Return metres to the nearest station by neighbourhood code, on the sphere."""
    stations = pd.read_csv(seoul_data / STATIONS, encoding="utf-8-sig")
    degrees = pyproj.Transformer.from_crs("EPSG:5186", "EPSG:4326", always_xy=True)
    lon, lat = np.radians(degrees.transform(stations["X좌표"], stations["Y좌표"]))
    areas = pd.read_csv(SEOUL / "areas.csv", dtype=str)
    day = seoul().city.geography_on.isoformat()
    began, ended = areas["valid_from"].fillna("") <= day, areas["valid_to"].fillna("9") > day
    areas = areas[(areas["level"] == "neighbourhood") & began & ended]
    from_lon, from_lat = (
        np.radians(areas[c].astype(float).to_numpy())[:, None] for c in ("lon", "lat")
    )
    half = (
        np.sin((lat - from_lat) / 2) ** 2
        + np.cos(lat) * np.cos(from_lat) * np.sin((lon - from_lon) / 2) ** 2
    )
    return pd.Series((2 * EARTH_M * np.arcsin(np.sqrt(half))).min(axis=1), index=areas["code"])


@pytest.mark.seoul
def test_the_distance_to_the_nearest_station_is_that_of_the_sphere(
    published: CityHandle, metres: "pd.Series[float]"
) -> None:
    seen = observe(published.store, seoul().indicator("fire_station_distance"))
    assert len(metres) == 424
    assert seen.value == pytest.approx(metres.mean(), rel=0.003)
    rows = published["fire_station_distances"].rows().set_index("neighbourhood_code")
    assert rows["distance_m"].to_dict() == pytest.approx(metres.to_dict(), rel=0.004, abs=1)


@pytest.mark.seoul
def test_a_district_has_the_mean_of_its_neighbourhoods(
    published: CityHandle, metres: "pd.Series[float]"
) -> None:
    values, _ = observe_areas(published.store, seoul().indicator("fire_station_distance"))
    assert values == pytest.approx(metres.groupby(metres.index.str[:5]).mean().to_dict(), rel=0.004)


def test_the_distance_is_known_without_a_published_file(figures_home: Path) -> None:
    seen = open_city(home=figures_home).indicator("fire_station_distance")
    assert 500 < (seen.value or 0) < 1500
    assert seen.answer.snapshot.lineage.provenance == "figures"
