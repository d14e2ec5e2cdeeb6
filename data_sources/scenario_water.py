"""Write the simulated quality of tap water: `python -m data_sources.scenario_water`.

It stands in for a daily series that no open data were found for, until the city has a feed of its
own; `docs/scenario.md` tells what is assumed. The same assumptions give the same bytes.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from cityboard.catalog import Catalog
from data_sources.draft import POLARS_TYPES
from data_sources.figures.files import write

DATASET = "tap_water_daily"
SEED = 2019
FIRST, LAST = dt.date(2019, 1, 1), dt.date(2019, 12, 31)
PEAK = 215  # day of the year on which water is warmest: early in August
PERSISTENCE = 0.7  # of a plant's deviation that is left a day later
# Plant → the districts it is assumed to supply; real supply areas are finer and overlap.
SUPPLIED: Mapping[str, tuple[str, ...]] = {
    "gwangam": ("11710", "11740"),
    "guui": ("11215", "11230", "11260"),
    "ttukdo": ("11110", "11140", "11170", "11200", "11410", "11440"),
    "yeongdeungpo": ("11470", "11500", "11530", "11560"),
    "amsa": ("11545", "11590", "11620", "11650", "11680"),
    "gangbuk": ("11290", "11305", "11320", "11350", "11380"),
}


def tap_water(catalog: Catalog) -> pl.DataFrame:
    """Return one row a day and district, in the columns of the dataset.

    Turbidity rises in summer and after storms, chlorine decays faster in warm water and on a longer
    way, and pH hardly moves.

    Args:
        catalog: Knows the columns.

    Returns:
        Ordered by day, then district.
    """
    rng = np.random.default_rng(SEED)
    days = np.arange(np.datetime64(FIRST), np.datetime64(LAST) + 1)
    warmth = np.cos(2 * np.pi * (np.arange(len(days)) + 1 - PEAK) / 365)  # -1 to 1
    storms = _storms(warmth, rng)
    parts = [_of_plant(plant, days, warmth=warmth, storms=storms, rng=rng) for plant in SUPPLIED]
    columns = catalog.dataset(DATASET).columns
    frame = pl.concat(parts).sort("sampled_date", "district_code")
    return frame.select(pl.col(c.name).cast(POLARS_TYPES[c.type]) for c in columns)


def _of_plant(
    plant: str,
    days: np.ndarray,
    *,
    warmth: np.ndarray,
    storms: np.ndarray,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return the rows of the districts that a plant supplies, unordered."""
    level = rng.uniform(0.045, 0.065)
    turbidity = level * (1 + 0.2 * warmth + storms) * np.exp(_wandering(len(days), 0.08, rng))
    chlorine = (0.62 - 0.06 * warmth) * np.exp(_wandering(len(days), 0.05, rng))
    acidity = rng.uniform(7.0, 7.3) + _wandering(len(days), 0.04, rng)
    parts = []
    for district in SUPPLIED[plant]:
        way = rng.uniform(0.3, 1.0)  # how far the water flows: 1 is the farthest
        noise = rng.normal(0.0, (0.05, 0.04, 0.03), (len(days), 3))
        left = 1 - way * (0.25 + 0.12 * warmth)
        parts.append(
            pl.DataFrame(
                {
                    "sampled_date": days,
                    "district_code": district,
                    "plant_code": plant,
                    "turbidity_ntu": np.round(turbidity * (1 + 0.3 * way + noise[:, 0]), 3),
                    "residual_chlorine_mg_l": np.round(chlorine * left * (1 + noise[:, 1]), 2),
                    "ph": np.round(acidity + noise[:, 2], 2),
                }
            )
        )
    return pl.concat(parts)


def _storms(warmth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return by how much storms lift the turbidity of each day (relative); most fall in summer."""
    begins = rng.random(len(warmth)) < 0.01 + 0.03 * np.clip(warmth, 0, 1)
    heights = np.where(begins, rng.uniform(0.5, 1.5, len(warmth)), 0.0)
    return np.convolve(heights, (0.6, 1.0, 0.6, 0.3))[: len(warmth)]


def _wandering(count: int, size: float, rng: np.random.Generator) -> np.ndarray:
    """Return deviations that fade from one day to the next."""
    steps = rng.normal(0.0, size * np.sqrt(1 - PERSISTENCE**2), count)
    deviations = np.zeros(count)
    for n, step in enumerate(steps):
        deviations[n] = step + (PERSISTENCE * deviations[n - 1] if n else 0.0)
    return deviations


def main(
    city: Annotated[Path, typer.Option(help="Folder of the catalogue.")] = Path("catalogs/seoul"),
) -> None:
    """Write the simulated quality of tap water and print its size."""
    catalog = Catalog(city)
    size = write(tap_water(catalog), DATASET, catalog.figures_folder)
    typer.echo(f"{size / 1e3:8.0f} kB  {DATASET}")


if __name__ == "__main__":
    typer.run(main)
