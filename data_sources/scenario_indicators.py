"""Write the simulated indicators of a city: `python -m data_sources.scenario_indicators`.

They stand in for numbers of the list that no open data were found for, until the city has a feed of
its own. The same assumptions give the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from cityboard.catalog import Catalog
from data_sources.draft import POLARS_TYPES
from data_sources.figures.files import write
from data_sources.scenario_assumptions import ANNUAL, MONTHLY, QUARTERLY
from data_sources.scenario_series import Assumption, simulate

# A dataset a frequency: a month without a yearly number is not a month whose number is 0.
SIMULATIONS: dict[str, Sequence[Assumption]] = {
    "simulated_monthly": MONTHLY,
    "simulated_quarterly": QUARTERLY,
    "simulated_annual": ANNUAL,
}


def scenario(dataset: str, catalog: Catalog) -> pl.DataFrame:
    """Return every row of a simulated dataset, in its own columns.

    Args:
        dataset: A key of `SIMULATIONS`.
        catalog: Knows the districts, their population, and the columns.

    Returns:
        Ordered by indicator, as assumed, then by period and part.
    """
    districts = catalog.areas("district")
    parts = [simulate(assumption, districts) for assumption in SIMULATIONS[dataset]]
    frame = pl.concat(parts, how="diagonal_relaxed")
    columns = catalog.dataset(dataset).columns
    return frame.select(pl.col(c.name).cast(POLARS_TYPES[c.type]) for c in columns)


def main(
    city: Annotated[Path, typer.Option(help="Folder of the catalogue.")] = Path("catalogs/seoul"),
) -> None:
    """Write the simulated indicators and print their sizes."""
    catalog = Catalog(city)
    for dataset in SIMULATIONS:
        size = write(scenario(dataset, catalog), dataset, catalog.figures_folder)
        typer.echo(f"{size / 1e3:8.0f} kB  {dataset}")


if __name__ == "__main__":
    typer.run(main)
