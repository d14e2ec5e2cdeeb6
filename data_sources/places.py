"""Korean place names and points on the map to the catalogue's codes."""

import functools

import numpy as np
import polars as pl
import shapely

from cityboard.catalog import Catalog, Level, Outline


def district_code(column: str, catalog: Catalog) -> pl.Expr:
    """Return the MOIS code of a district named exactly in a column; null where unknown."""
    codes = {a.name.ko: a.code for a in catalog.all_areas if a.level == "district"}
    return pl.col(column).str.strip_chars().replace_strict(codes, default=None)


def positions(kind: str, catalog: Catalog) -> pl.DataFrame:
    """Return where things are that a service names without coordinates.

    Args:
        kind: Of things, as in the city's `positions.csv`: `crowded_place`, `road_link`.
        catalog: Knows the city's folder; a city may have no such file.

    Returns:
        `id`, `lon`, `lat` (degrees, WGS 84); each id once.
    """
    schema = dict.fromkeys(("kind", "id", "lon", "lat", "source"), pl.String)
    path = catalog.folder / "positions.csv"
    listed = pl.read_csv(path, schema=schema) if path.exists() else pl.DataFrame(schema=schema)
    return listed.filter(kind=kind).select("id", "lon", "lat").unique("id", keep="first")


def with_district(frame: pl.DataFrame, catalog: Catalog) -> pl.DataFrame:
    """Return a draft with the district of each point in `district_code`.

    Args:
        frame: Texts or numbers in `lon` and `lat`.
        catalog: Knows the outlines.

    Returns:
        A point at 0 degrees, the usual sentinel, has no place: both coordinates are null.
    """
    number = pl.col("lon", "lat").cast(pl.Float64, strict=False)
    is_zero = pl.all_horizontal(number.abs() < 1).fill_null(value=False)
    placed = frame.with_columns(pl.when(~is_zero).then(pl.col("lon", "lat")))
    points = placed.select(number)
    return placed.with_columns(area_of_points(points, catalog))


def area_of_points(
    frame: pl.DataFrame,
    catalog: Catalog,
    *,
    level: Level = "district",
    lon: str = "lon",
    lat: str = "lat",
) -> pl.Series:
    """Return the MOIS code of the area every point lies in.

    Args:
        frame: (n rows) numbers in columns `lon` and `lat` (degrees, WGS 84).
        catalog: Knows the outlines, those of the city's `geography_on`.
        level: `district` or `neighbourhood`.
        lon: Column of longitudes.
        lat: Column of latitudes.

    Returns:
        (n rows, in order) named `<level>_code`; null outside every area and where a coordinate is
        missing. A point on a shared border belongs to the lower code.
    """
    points = frame.select(pl.col(lon).cast(pl.Float64), pl.col(lat).cast(pl.Float64))
    name = f"{level}_code"
    known = points.drop_nulls().unique()  # a million rides start at a few thousand stops
    known = known.with_columns(_codes(known.to_numpy(), catalog, level).alias(name))
    return points.join(known, on=[lon, lat], how="left", maintain_order="left").get_column(name)


@functools.lru_cache(4)
def _tree(catalog: Catalog, level: Level) -> shapely.STRtree:
    """Return the shapes of a level's areas; a feed asks for them with each delivery."""
    return shapely.STRtree([_shape(outline) for outline in catalog.outlines(level)])


def _codes(points: np.ndarray, catalog: Catalog, level: Level) -> pl.Series:
    tree, outlines = _tree(catalog, level), catalog.outlines(level)
    point, area = tree.query(shapely.points(points), predicate="intersects")
    order = np.lexsort((area, point))
    first = np.unique(point[order], return_index=True)[1]
    index = np.full(len(points), -1)
    index[point[order][first]] = area[order][first]
    codes = pl.Series([outline.code for outline in outlines], dtype=pl.String)
    found = pl.Series(index)
    return codes.gather(found.set(found < 0, None))


def _shape(outline: Outline) -> shapely.MultiPolygon:
    polygons = [shapely.Polygon(rings[0], rings[1:]) for rings in outline.polygons]
    return shapely.MultiPolygon(polygons)
