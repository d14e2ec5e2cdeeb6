"""Seoul's areas and outlines as shipped: one mesh, both code systems, every vintage."""

import datetime as dt
import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely

from cityboard.catalog import Area, Catalog
from data_sources.boundaries import VINTAGES
from data_sources.places import area_of_points

SEOUL = Path(__file__).parents[2] / "catalogs/seoul"
OUTLINES_BYTES = 250_000
GANGNAM_STATION = (127.0286, 37.4978)  # exit 1, in Yeoksam 1-dong
CITY_HALL = (126.9780, 37.5666)
INCHEON_AIRPORT = (126.4407, 37.4602)


@pytest.fixture(scope="module")
def seoul() -> Catalog:
    return Catalog(SEOUL)


@pytest.fixture(scope="module")
def shapes() -> dict[str, dict[str, shapely.Geometry]]:
    table = pl.read_parquet(SEOUL / "outlines.parquet")
    levels: dict[str, dict[str, shapely.Geometry]] = {}
    for level, code, wkb in table.select("level", "code", "wkb").iter_rows():
        levels.setdefault(level, {})[code] = shapely.from_wkb(wkb)
    return levels


def _all(shapes: dict[str, shapely.Geometry]) -> np.ndarray:
    return np.array([shapes[code] for code in sorted(shapes)])


def _named(areas: tuple[Area, ...], name: str) -> Area:
    return next(area for area in areas if area.name.en == name)


def test_seoul_has_25_districts_and_424_neighbourhoods(seoul: Catalog) -> None:
    assert len(seoul.areas("city")) == 1
    assert len(seoul.areas("district")) == 25
    assert len(seoul.areas("neighbourhood")) == 424


@pytest.mark.parametrize("vintage", VINTAGES)
def test_every_vintage_has_its_own_number_of_neighbourhoods(seoul: Catalog, vintage: str) -> None:
    there = VINTAGES[vintage]
    assert len(seoul.areas("neighbourhood", on=there.on)) == there.neighbourhoods


def test_hang_dong_begins_on_the_day_it_was_split_off(seoul: Catalog) -> None:
    before = seoul.areas("neighbourhood", on=dt.date(2019, 12, 31))
    after = seoul.areas("neighbourhood", on=dt.date(2020, 1, 1))
    assert {a.name.ko for a in after} - {a.name.ko for a in before} == {"항동"}
    assert _named(before, "Oryu 2-dong").code == _named(after, "Oryu 2-dong").code
    assert _named(before, "Oryu 2-dong").code_kostat == "1117068"
    assert _named(after, "Oryu 2-dong").code_kostat == "1117073"


def test_a_renamed_neighbourhood_keeps_its_place(seoul: Catalog) -> None:
    old, new = seoul.area("11680740"), seoul.area("11680675")
    assert (old.name.en, new.name.en) == ("Irwon 2-dong", "Gaepo 3-dong")
    assert old.valid_to == new.valid_from == dt.date(2022, 12, 23)
    assert (old.lon, old.lat) == (new.lon, new.lat)


def test_a_code_is_never_without_a_neighbourhood_between_two_versions(seoul: Catalog) -> None:
    versions: dict[str, list[Area]] = {}
    for area in sorted(seoul.all_areas, key=lambda area: area.valid_from or dt.date.min):
        versions.setdefault(area.code, []).append(area)
    for areas in versions.values():
        for before, after in itertools.pairwise(areas):
            assert before.valid_to == after.valid_from


@pytest.mark.parametrize("level", ["district", "neighbourhood"])
def test_both_code_systems_are_complete_and_unique(seoul: Catalog, level: str) -> None:
    areas = seoul.areas(level)
    for codes in ([a.code for a in areas], [a.code_kostat for a in areas]):
        assert None not in codes
        assert len(set(codes)) == len(areas)


@pytest.mark.parametrize("vintage", VINTAGES)
def test_no_code_is_used_twice_on_one_day(seoul: Catalog, vintage: str) -> None:
    areas = seoul.areas("neighbourhood", on=VINTAGES[vintage].on)
    assert len({a.code for a in areas}) == len({a.code_kostat for a in areas}) == len(areas)


def test_only_one_neighbourhood_has_no_kostat_code(seoul: Catalog) -> None:
    without = [a for a in seoul.all_areas if a.code_kostat is None]
    assert [area.name.en for area in without] == ["Gaepo 3-dong"]


def test_every_area_is_named_in_both_languages_in_one_way(seoul: Catalog) -> None:
    for area in seoul.all_areas:
        ending = {"district": ("구", "-gu"), "neighbourhood": ("동", "-dong")}.get(area.level)
        if ending:
            assert area.name.ko.endswith(ending[0])
            assert area.name.en.endswith(ending[1])
            assert area.name.en[0].isupper()
            assert "(" not in area.name.en


def test_every_neighbourhood_lies_in_its_district(seoul: Catalog, shapes) -> None:
    for area in seoul.areas("neighbourhood"):
        assert area.parent == area.code[:5]
        assert shapes["district"][area.parent].covers(shapes["neighbourhood"][area.code])


@pytest.mark.parametrize("level", ["district", "neighbourhood"])
def test_outlines_leave_no_gap_and_do_not_overlap(shapes, level: str) -> None:
    parts = _all(shapes[level])
    assert shapely.is_valid(parts).all()
    assert shapely.coverage_is_valid(parts)
    whole = shapely.union_all(parts)
    assert shapely.area(parts).sum() == pytest.approx(whole.area, rel=1e-9)
    assert whole.equals(shapes["city"]["11"])


@pytest.mark.parametrize("level", ["city", "district"])
def test_unions_have_neither_holes_nor_specks(shapes, level: str) -> None:
    for shape in shapes[level].values():
        assert shape.geom_type == "Polygon"
        assert len(shape.interiors) == 0


def test_districts_are_drawn_with_the_vertices_of_their_neighbourhoods(shapes) -> None:
    vertices = {tuple(xy) for xy in shapely.get_coordinates(_all(shapes["neighbourhood"]))}
    assert {tuple(xy) for xy in shapely.get_coordinates(_all(shapes["district"]))} <= vertices


def test_outlines_are_small_enough_for_a_page() -> None:
    assert (SEOUL / "outlines.parquet").stat().st_size < OUTLINES_BYTES


def test_areas_of_neighbourhoods_add_up_to_the_city(seoul: Catalog) -> None:
    city = seoul.area("11").area_km2
    for level in ("district", "neighbourhood"):
        total = sum(area.area_km2 or 0 for area in seoul.areas(level))
        assert total == pytest.approx(city, abs=0.03)
    assert city == pytest.approx(605.2, abs=0.1)  # Seoul Statistics: 605.2 km²


def test_districts_add_up_to_the_registered_population(seoul: Catalog) -> None:
    counted = [area.population or 0 for area in seoul.areas("district")]
    assert sum(counted) == seoul.area("11").population == 9_428_372


def test_the_point_of_every_area_is_inside_it(seoul: Catalog) -> None:
    areas = seoul.areas("neighbourhood")
    points = pl.DataFrame([(a.lon, a.lat) for a in areas], schema=["lon", "lat"], orient="row")
    assert area_of_points(points, seoul, level="neighbourhood").to_list() == [a.code for a in areas]


def test_gangnam_station_is_in_yeoksam_1_dong(seoul: Catalog) -> None:
    points = pl.DataFrame([GANGNAM_STATION], schema=["lon", "lat"], orient="row")
    district = area_of_points(points, seoul)
    neighbourhood = area_of_points(points, seoul, level="neighbourhood")
    assert seoul.area(district[0]).name.en == "Gangnam-gu"
    assert seoul.area(neighbourhood[0]).name.en == "Yeoksam 1-dong"


def test_points_keep_their_order_and_those_outside_have_no_code(seoul: Catalog) -> None:
    nowhere = (None, 37.5)
    points = [INCHEON_AIRPORT, CITY_HALL, nowhere, GANGNAM_STATION, CITY_HALL]
    frame = pl.DataFrame(points, schema=["x", "y"], orient="row")
    codes = area_of_points(frame, seoul, lon="x", lat="y")
    assert codes.to_list() == [None, "11140", None, "11680", "11140"]
    assert codes.name == "district_code"


def test_no_points_have_no_codes(seoul: Catalog) -> None:
    empty = pl.DataFrame(schema={"lon": pl.Float64, "lat": pl.Float64})
    assert area_of_points(empty, seoul).to_list() == []
