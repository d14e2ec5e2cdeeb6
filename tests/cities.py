"""Testburg, a toy city small enough to count by hand: two datasets, three districts on a grid."""

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import shapely

from cityboard.catalog import Catalog
from cityboard.lake import Lake
from cityboard.rollup import write_rollup
from data_sources.publish import publish

ENTRIES = Path(__file__).parent / "data/testburg"
DISTRICTS = ("11001", "11002", "11003")  # squares from west to east
GROUPS = ("adult", "child")
HOURS = (0, 8, 12, 23)
DAYS = tuple(dt.date(2026, 1, 5) + dt.timedelta(days=n) for n in range(14))  # Monday to Sunday


def trees() -> pl.DataFrame:
    """Return (8 rows) the street trees; `t7` stands in no district, `t8` was never measured."""
    rows = [
        ("t1", "11001", 10.02, 50.02, "oak", 12.0, "Kim"),
        ("t2", "11001", 10.04, 50.02, "oak", 18.0, None),
        ("t3", "11001", 10.06, 50.06, "lime", 9.0, None),
        ("t4", "11002", 10.12, 50.03, "lime", 21.0, "Lee"),
        ("t5", "11002", 10.18, 50.07, "plane", 30.0, None),
        ("t6", "11003", 10.25, 50.05, "plane", 24.0, None),
        ("t7", None, 10.15, 50.095, "oak", 6.0, None),
        ("t8", "11003", 10.28, 50.01, "oak", None, None),
    ]
    names = ["tree_id", "district_code", "lon", "lat", "species_code", "height_m", "inspector_name"]
    return pl.DataFrame(rows, schema=names, orient="row")


def visits() -> pl.DataFrame:
    """Return (336 rows) visitors per day, hour, district and group; every 37th is null.

    Persons are 1 for a child in the West at midnight on the first Monday, and grow by 1 a day, by
    2 from hour to hour, by 10 from district to district and by 5 for adults; each stays 30 minutes.
    """
    rows = [
        (day, hour, district, group, 1 + n + 2 * h + 10 * d + 5 * (group == "adult"))
        for n, day in enumerate(DAYS)
        for h, hour in enumerate(HOURS)
        for d, district in enumerate(DISTRICTS)
        for group in GROUPS
    ]
    names = ["visit_date", "hour", "district_code", "group_code", "persons"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.col("hour").cast(pl.Int32)
    )
    known = pl.int_range(pl.len()) % 37 != 36
    return frame.with_columns(persons=pl.when(known).then("persons")).with_columns(
        minutes=pl.col("persons") * 30.0
    )


def write_city(folder: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the catalogue of Testburg and return its folder.

    Args:
        folder: Made if need be.
        changes: Path in the folder → text or bytes put there instead; None leaves the file out.
    """
    shutil.copytree(ENTRIES, folder, dirs_exist_ok=True)
    (folder / "figures").mkdir(exist_ok=True)
    trees().write_parquet(folder / "figures/trees.parquet")
    visits().write_parquet(folder / "figures/visits.parquet")
    _outlines().write_parquet(folder / "outlines.parquet")
    for name, content in (changes or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def write_served_city(
    folder: Path, changes: Mapping[str, str | bytes | None] | None = None
) -> Path:
    """Write Testburg with its boards under the names that the apps serve; see `write_city`."""
    renamed: dict[str, str | bytes | None] = {}
    for board, served in (("overview", "mayor"), ("libraries", "explore")):
        entry = (ENTRIES / f"boards/{board}.yaml").read_text("utf-8")
        renamed[f"boards/{board}.yaml"] = None
        renamed[f"boards/{served}.yaml"] = entry.replace(f"id: {board}", f"id: {served}")
    return write_city(folder, {**renamed, **(changes or {})})


def publish_city(catalog: Catalog, root: Path, *, data: Path | None = None) -> Lake:
    """Publish every dataset, and build its rollup, from `data` or from the city's own figures.

    What comes by a feed alone is not published.
    """
    lake = Lake(root)
    for dataset in catalog.datasets.values():
        if dataset.is_only_fed:
            continue
        snapshot = publish(dataset, catalog=catalog, lake=lake, data=data)
        if dataset.rollup:
            write_rollup(dataset, snapshot)
    return lake


def _outlines() -> pl.DataFrame:
    squares = [shapely.box(10 + n / 10, 50, 10.1 + n / 10, 50.09) for n in range(3)]
    shapes = [shapely.box(10, 50, 10.3, 50.1), *squares]
    return pl.DataFrame(
        {
            "code": ["11", *DISTRICTS],
            "level": ["city", *["district"] * 3],
            "wkb": [shapely.to_wkb(shape) for shape in shapes],
        }
    )
