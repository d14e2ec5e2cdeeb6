"""Compute Seoul's embedded figures from the published files.

Run it when a published file or a cleaner changes:

    python -m data_sources.figures --data FOLDER --city catalogs/seoul

With `--only DATASET` it computes the figures of that dataset and leaves the others as they are.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from cityboard.catalog import Catalog, Dataset
from cityboard.errors import CityboardError, ContractError, UnknownNameError
from cityboard.lake import Lake
from data_sources.draft import POLARS_TYPES, conform
from data_sources.figures.condensers import CONDENSERS
from data_sources.figures.files import write
from data_sources.publish import publish


def compute(
    catalog: Catalog, data: Path, names: Sequence[str] = tuple(CONDENSERS)
) -> dict[str, int]:
    """Compute figure tables of a city into its folder; bytes written per dataset.

    Args:
        catalog: The city's.
        data: Folder of published files.
        names: Datasets whose figures are wanted.

    Raises:
        UnknownNameError: Nobody said what a dataset's figures keep.
        SourceError: A dataset cannot be published from the files.
    """
    sizes = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            if name not in CONDENSERS:
                raise UnknownNameError("dataset", name, known=list(CONDENSERS), within="CONDENSERS")
            dataset = catalog.dataset(name)
            frame = _condensed(dataset, catalog, Lake(Path(folder)), data)
            sizes[name] = write(frame, dataset.id, catalog.figures_folder)
    return sizes


def _condensed(dataset: Dataset, catalog: Catalog, lake: Lake, data: Path) -> pl.DataFrame:
    """Return what the figures keep of the rows published now from the files."""
    snapshot = publish(_published_only(dataset), catalog=catalog, lake=lake, data=data)
    condense = CONDENSERS[dataset.id]
    frame = _columns(condense(pl.read_parquet(list(snapshot.files))), dataset)
    draft = frame.with_row_index("source_row", offset=1).with_columns(
        source_file=pl.lit(dataset.id), reject_reason=pl.lit(None, pl.String)
    )
    if rejects := conform(draft, dataset, catalog).rejects.height:
        msg = (
            f"{dataset.id}: {rejects} rows of its figures break its own contract. Mend CONDENSERS."
        )
        raise ContractError(msg)
    return frame


def _published_only(dataset: Dataset) -> Dataset:
    """Return a dataset with its published files alone: figures may not be made from figures."""
    files = tuple(each for each in dataset.distributions if each.kind == "file")
    return dataset.model_copy(update={"distributions": files})


def _columns(frame: pl.DataFrame, dataset: Dataset) -> pl.DataFrame:
    """Return a table with the dataset's columns, those it lost null."""
    types = {column.name: POLARS_TYPES[column.type] for column in dataset.columns}
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in types.items()
    )


def main(
    data: Annotated[Path, typer.Option(help="Folder of published files.")],
    city: Annotated[Path, typer.Option(help="Folder of the catalogue.")] = Path("catalogs/seoul"),
    only: Annotated[
        list[str] | None, typer.Option(help="Only this dataset; may be given again.")
    ] = None,
) -> None:
    """Compute the embedded figures and print their sizes."""
    try:
        sizes = compute(Catalog(city), data, only or tuple(CONDENSERS))
    except CityboardError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    for name, size in sizes.items():
        typer.echo(f"{size / 1e3:8.0f} kB  {name}")
    typer.echo(f"{sum(sizes.values()) / 1e3:8.0f} kB  together")


if __name__ == "__main__":
    typer.run(main)
