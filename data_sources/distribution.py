"""One distribution of a dataset: its name, what it gives now, and the draft its cleaner makes."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from cityboard.catalog import Catalog, Distribution
from cityboard.errors import CatalogError, SourceError
from cityboard.lake import Lake
from data_sources.fetched import Fetched, fetch_files
from data_sources.tables import naming

Cleaner = Callable[[Fetched, Catalog], pl.DataFrame]


def name_of(distribution: Distribution) -> str:
    """Return what tells a distribution from the others of its entry: kind, place and cleaner."""
    service = [distribution.service] if distribution.service else []
    places = [*distribution.arguments, *distribution.each, *distribution.path]
    words = [distribution.kind, *service, *places]
    return f"{' '.join(words)} ({distribution.system}.{distribution.cleaner})"


def fetch(
    distribution: Distribution, catalog: Catalog, *, lake: Lake, data: Path | None
) -> Fetched:
    """Return what a distribution gives now.

    Args:
        distribution: An API, published files or embedded figures.
        catalog: Knows the folder of the figures.
        lake: Pages of an API are kept beside the lakes of all cities, in `.fetched`.
        data: Folder of published files; None when there is none.

    Raises:
        SourceError: It is not available, or it is a feed.
    """
    if distribution.feed:
        msg = "it is a feed: `cityboard watch` appends what it brings"
        raise SourceError(msg)
    if distribution.kind == "api":
        return ask(distribution, lake)
    if distribution.kind == "file":
        if data is None:
            msg = "no folder of published files was given (--data)"
            raise SourceError(msg)
        return fetch_files(data, distribution.path)
    return fetch_files(catalog.figures_folder, distribution.path)


def ask(distribution: Distribution, lake: Lake) -> Fetched:
    """Return what an API answers now; its pages are kept beside the lakes of all cities.

    Raises:
        SourceError: It is not available.
    """
    fetch_pages = _function(distribution.adapter or "", "fetch")
    fetched: Fetched = fetch_pages(distribution, lake.root.parent / ".fetched")
    return fetched


def draft(distribution: Distribution, fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return the draft that a distribution's cleaner makes.

    Raises:
        SourceError: What was fetched is not what the cleaner expects.
        CatalogError: There is no such cleaner.
    """
    cleaner: Cleaner = _function(distribution.system, distribution.cleaner)
    with naming(fetched.request):
        return cleaner(fetched, catalog)


def _function(module: str, name: str) -> Callable[..., Any]:
    """Return a function that a distribution names."""
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(f"data_sources.{module}"), name)
    except (ModuleNotFoundError, AttributeError) as error:
        msg = f"There is no {name}() in data_sources/{module}.py, which a distribution names."
        raise CatalogError(f"{msg} Mend its entry, or write the function.") from error
    return found
