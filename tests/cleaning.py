"""Clean a few written lines as the dataset's own cleaner and contract would."""

import functools
import importlib
from pathlib import Path

from cityboard.catalog import Catalog
from data_sources.draft import Cleaned, conform
from data_sources.fetched import fetch_files

SEOUL = Path(__file__).parents[1] / "catalogs/seoul"


@functools.cache
def seoul() -> Catalog:
    """Return the catalogue of Seoul, read once: its outlines take a second."""
    return Catalog(SEOUL)


def clean(name: str, files: dict[str, str | bytes], folder: Path) -> Cleaned:
    """Return what a dataset of Seoul publishes and rejects of files with the given content.

    Args:
        name: Dataset of the catalogue; its published files are cleaned.
        files: Path below the folder → text (written as UTF-8) or bytes.
        folder: Where they are written.
    """
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return clean_published(name, folder, tuple(files))


def clean_published(name: str, folder: Path, paths: tuple[str, ...] = ()) -> Cleaned:
    """Return what a dataset of Seoul publishes and rejects of the files in a folder.

    Args:
        name: Dataset of the catalogue.
        folder: The data folder.
        paths: Files in it; none means those its entry names.
    """
    catalog = seoul()
    dataset = catalog.dataset(name)
    distribution = next(d for d in dataset.distributions if d.kind == "file")
    cleaner = getattr(
        importlib.import_module(f"data_sources.{distribution.system}"), distribution.cleaner
    )
    draft = cleaner(fetch_files(folder, paths or distribution.path), catalog)
    return conform(draft, dataset, catalog)
