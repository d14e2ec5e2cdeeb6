"""One mesh of outlines: neighbourhoods without gaps or overlaps, districts and city from them."""

import numpy as np
import polars as pl
import shapely
from pyproj import Transformer

METRES = 5179  # KOREA 2000 / Unified CS, in which Korea's statistics office publishes boundaries
DEGREES = 4326
SNAP_M = 0.5  # published coordinates are rounded to 0.00001°, about 1 m
GAP_M = 5.0  # published neighbourhoods leave three gaps of 1 to 5 m² between them
SPECK_M2 = 100.0  # no neighbourhood has a true second part or hole; the strays are under 6 m²
SIMPLER_M = 10.0  # removes triangles under 10 m × 10 m; areas change by 0.18 % at most
ROUNDED_DEGREES = 1e-5  # about 1 m


def mesh(shapes: np.ndarray) -> np.ndarray:
    """Return neighbourhoods as one coverage: no gaps, no overlaps, shared borders identical.

    Args:
        shapes: (n) polygons, EPSG:4326, as published: some cross themselves or their neighbours.

    Returns:
        (n) valid polygons in the same order, EPSG:5179, not simplified.
    """
    coverage = _to_crs(shapely.make_valid(shapes, method="structure"), DEGREES, METRES)
    for _ in range(2):  # cleaning cuts off specks of its own; taken away, they leave gaps to close
        whole = np.array([_without_specks(shape) for shape in coverage])
        coverage = shapely.coverage_clean(whole, gap_width=GAP_M, snapping_distance=SNAP_M)
    return coverage


def simplified(clean: np.ndarray) -> np.ndarray:
    """Return a coverage with fewer vertices that is still a coverage (EPSG:5179 to EPSG:4326).

    Method: Visvalingam and Whyatt (1993) on shared edges; coordinates rounded to about 1 m.
    """
    simpler = _to_crs(shapely.coverage_simplify(clean, SIMPLER_M), METRES, DEGREES)
    return shapely.set_precision(simpler, ROUNDED_DEGREES, mode="pointwise")


def levels(codes: list[str], shapes: np.ndarray, *, city: str) -> pl.DataFrame:
    """Return outlines of neighbourhoods, and of districts and city as unions of them.

    Args:
        codes: (n) MOIS codes of neighbourhoods; the first five digits are the district's.
        shapes: (n) the coverage, EPSG:4326.
        city: Code of the city.

    Returns:
        Columns `level`, `code`, `wkb`; districts and city use the vertices of their parts.
    """
    parents = np.array([code[:5] for code in codes])
    districts = sorted(set(parents))
    parts = [shapes[parents == district] for district in districts]
    unions = [shapely.coverage_union_all(part) for part in [*parts, shapes]]
    kinds = ["neighbourhood"] * len(codes) + ["district"] * len(districts) + ["city"]
    wkb = [shapely.to_wkb(shape) for shape in [*shapes, *unions]]
    return pl.DataFrame({"level": kinds, "code": [*codes, *districts, city], "wkb": wkb})


def _without_specks(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygons of a shape without stray parts and holes under `SPECK_M2`."""
    parts = []
    for part in shapely.get_parts(shape):
        if part.area >= SPECK_M2:
            holes = [ring for ring in part.interiors if shapely.Polygon(ring).area >= SPECK_M2]
            parts.append(shapely.Polygon(part.exterior, holes))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _to_crs(shapes: np.ndarray, source: int, target: int) -> np.ndarray:
    convert = Transformer.from_crs(source, target, always_xy=True).transform
    return shapely.transform(shapes, lambda xy: np.column_stack(convert(xy[:, 0], xy[:, 1])))
