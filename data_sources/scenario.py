"""The scenario of pledges, projects, budget, audit findings and polls: simulated, from a seed.

The city publishes how many pledges and projects there are and how large its budget is, not their
list. The scenario makes one up that has these totals, as it might have stood on `TOLD_ON`;
`docs/scenario-of-pledges.md` tells what is assumed. Its tables ship with the city's figures, as
distributions of the kind `simulation`. Run it when a word list or an assumption changes:

    python -m data_sources.scenario --city catalogs/seoul
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer

from cityboard.catalog import Catalog
from cityboard.errors import CityboardError, ContractError
from data_sources.draft import POLARS_TYPES, conform
from data_sources.figures.files import write
from data_sources.scenario_budget import budget_execution
from data_sources.scenario_opinion import polls
from data_sources.scenario_pledges import milestones, pledges
from data_sources.scenario_projects import audit_findings, projects

SEED = 20191231
Generate = Callable[[np.random.Generator, Catalog, dict[str, pl.DataFrame]], pl.DataFrame]
# In this order: a table is made of those before it. A new one stands last, and the draws of the
# others stay as they are.
TABLES: dict[str, Generate] = {
    "milestones": milestones,
    "pledges": pledges,
    "projects": projects,
    "audit_findings": audit_findings,
    "budget_execution": budget_execution,
    "polls": polls,
}


def simulate_tables(
    catalog: Catalog, tables: Mapping[str, Generate] = TABLES, *, seed: int = SEED
) -> dict[str, pl.DataFrame]:
    """Return every table of a scenario by its dataset, the same on every run.

    Args:
        catalog: The city's; its folder `scenario` holds the words.
        tables: Dataset → what draws it, in the order they are drawn.
        seed: Of the draws.

    Raises:
        ContractError: A row breaks the contract of its dataset.
    """
    drawn: dict[str, pl.DataFrame] = {}  # with columns that only later tables read
    for number, (name, generate) in enumerate(tables.items()):
        drawn[name] = generate(np.random.default_rng([seed, number]), catalog, drawn)
    return {name: _conforming(frame, name, catalog) for name, frame in drawn.items()}


def _conforming(frame: pl.DataFrame, name: str, catalog: Catalog) -> pl.DataFrame:
    dataset = catalog.dataset(name)
    columns = [pl.col(c.name).cast(POLARS_TYPES[c.type]) for c in dataset.columns]
    table = frame.select(columns).sort(dataset.sort or dataset.key)
    draft = table.with_row_index("source_row", offset=1).with_columns(
        source_file=pl.lit(name), reject_reason=pl.lit(None, pl.String)
    )
    if reasons := conform(draft, dataset, catalog).rejects.get_column("reason").unique().to_list():
        msg = f"{name}: rows of the scenario break its contract: {reasons}. Mend scenario_*.py."
        raise ContractError(msg)
    return table


def write_tables(city: Path, tables: Mapping[str, Generate], *, seed: int) -> None:
    """Write the tables of a scenario into a city's figures and print their rows.

    Raises:
        typer.Exit: They cannot be made; the reason was printed.
    """
    try:
        catalog = Catalog(city)
        for name, frame in simulate_tables(catalog, tables, seed=seed).items():
            size = write(frame, name, catalog.figures_folder)
            typer.echo(f"{frame.height:8,d} rows {size / 1e3:5.0f} kB  {name}")
    except CityboardError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def main(
    city: Annotated[Path, typer.Option(help="Folder of the catalogue.")] = Path("catalogs/seoul"),
) -> None:
    """Write the tables of the scenario of pledges."""
    write_tables(city, TABLES, seed=SEED)


if __name__ == "__main__":
    typer.run(main)
