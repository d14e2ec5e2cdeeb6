"""Publish datasets: the first distribution that is available, cleaned, checked, recorded."""

import functools
import hashlib
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

import cityboard.catalog
from cityboard.catalog import Catalog, Dataset, Distribution
from cityboard.errors import CatalogError, ContractError, LakeError, SourceError
from cityboard.lake import Lake, Lineage, Snapshot
from cityboard.version import __version__
from data_sources.draft import Cleaned, conform
from data_sources.fetched import Fetched, fetch_files
from data_sources.tables import naming

Cleaner = Callable[[Fetched, Catalog], pl.DataFrame]


def publish(
    dataset: Dataset, *, catalog: Catalog, lake: Lake, data: Path | None, force: bool = False
) -> Snapshot:
    """Publish a dataset from the first of its distributions that is available.

    Args:
        dataset: What to publish.
        catalog: The city's catalogue.
        lake: Where to.
        data: Folder of published files; None when there is none.
        force: Publish though the same input made the newest version, or a better one did.

    Returns:
        The new version, or the newest one when the same input and code made it, or when it was
        made from a distribution the entry prefers (figures do not replace published files).

    Raises:
        SourceError: No distribution is available, or the input cannot be used.
        LakeError: Nothing could be written.
    """
    distribution, fetched = _fetch(dataset, catalog, lake, data)
    input_sha256 = _input_sha256(dataset, fetched, catalog)
    if not force and (newest := _already(lake, dataset, distribution, input_sha256)):
        return newest
    cleaned = _clean(dataset, distribution, fetched, catalog)
    lineage = _lineage(dataset, distribution, fetched, cleaned, input_sha256)
    return lake.publish(dataset.id, cleaned.frame, cleaned.rejects, lineage=lineage, force=force)


def code_version() -> str:
    """Return the package version and a digest of the code that decides what is published."""
    return f"{__version__}+{_code_digest()}"


@functools.cache
def _code_digest() -> str:
    folders = [Path(__file__).parent, Path(cityboard.catalog.__file__).parent]
    total = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:12]


def _fetch(
    dataset: Dataset, catalog: Catalog, lake: Lake, data: Path | None
) -> tuple[Distribution, Fetched]:
    """Fetch from the first distribution that is available; the errors of the others are told."""
    tried = []
    for distribution in dataset.distributions:
        try:
            return distribution, _fetch_one(distribution, catalog, lake, data)
        except SourceError as error:
            tried.append(f"{distribution.kind}: {error}")
    msg = f"{dataset.id}: no distribution is available.\n  " + "\n  ".join(tried)
    raise SourceError(msg)


def _fetch_one(
    distribution: Distribution, catalog: Catalog, lake: Lake, data: Path | None
) -> Fetched:
    if distribution.kind == "api":
        fetch = _function(distribution.adapter or "", "fetch")
        fetched: Fetched = fetch(distribution, lake.root.parent / ".fetched")
        return fetched
    if distribution.kind == "file":
        if data is None:
            msg = "no folder of published files was given (--data)"
            raise SourceError(msg)
        return fetch_files(data, distribution.path)
    return fetch_files(catalog.figures_folder, distribution.path)


def _function(module: str, name: str) -> Callable[..., Any]:
    """Return a function that a distribution names."""
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(f"data_sources.{module}"), name)
    except (ModuleNotFoundError, AttributeError) as error:
        msg = f"There is no {name}() in data_sources/{module}.py, which a distribution names."
        raise CatalogError(f"{msg} Mend its entry, or write the function.") from error
    return found


def _input_sha256(dataset: Dataset, fetched: Fetched, catalog: Catalog) -> str:
    """Return the checksum of everything a version depends on: entry, city, areas and bytes."""
    total = hashlib.sha256(f"{dataset.model_dump_json()} {fetched.sha256}".encode())
    for entry in (catalog.city, *catalog.all_areas):
        total.update(entry.model_dump_json().encode())
    return total.hexdigest()


def _already(
    lake: Lake, dataset: Dataset, distribution: Distribution, input_sha256: str
) -> Snapshot | None:
    try:
        newest = lake.snapshot(dataset.id)
    except LakeError:
        return None
    lineage = newest.lineage
    ranks = [each.provenance for each in dataset.distributions]
    if lineage.provenance in ranks[: ranks.index(distribution.provenance)]:
        return newest if newest.problem is None else None
    same = (
        newest.problem is None
        and lineage.provenance == distribution.provenance
        and lineage.input_sha256 == input_sha256
        and lineage.code_version == code_version()
    )
    return newest if same else None


def _clean(
    dataset: Dataset, distribution: Distribution, fetched: Fetched, catalog: Catalog
) -> Cleaned:
    with naming(fetched.request, faults=()):
        # The draft has no name here: `conform` frees its 0.4 GB (the buses) half way through.
        cleaned = conform(_draft(distribution, fetched, catalog), dataset, catalog)
    if distribution.kind in {"api", "file"} and cleaned.frame.height < dataset.rows_at_least:
        msg = (
            f"{dataset.id}: {cleaned.frame.height} usable rows in {fetched.request} where at least "
            f"{dataset.rows_at_least} were expected ({cleaned.rejects.height} rejected). "
            f"Look at the source; `rows_at_least` in its entry is the limit."
        )
        raise ContractError(msg)
    return cleaned


def _draft(distribution: Distribution, fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    cleaner: Cleaner = _function(distribution.system, distribution.cleaner)
    with naming(fetched.request):
        return cleaner(fetched, catalog)


def _lineage(
    dataset: Dataset,
    distribution: Distribution,
    fetched: Fetched,
    cleaned: Cleaned,
    input_sha256: str,
) -> Lineage:
    counts = cleaned.rejects.get_column("reason").value_counts(sort=True)
    first, last = _span(dataset, cleaned.frame)
    return Lineage(
        system=distribution.system,
        provenance=distribution.provenance,
        request=fetched.request,
        input_sha256=input_sha256,
        code_version=code_version(),
        rows_in=cleaned.rows_in,
        rows_published=cleaned.frame.height,
        rows_rejected=cleaned.rejects.height,
        rejects=dict(counts.iter_rows()),
        checks=cleaned.checks,
        first=first,
        last=last,
        grain=distribution.grain,
    )


def _span(dataset: Dataset, frame: pl.DataFrame) -> tuple[str | None, str | None]:
    if dataset.time is None or frame.is_empty():
        return None, None
    times = frame.get_column(dataset.time.column)
    first, last = times.min(), times.max()
    if first is None or last is None:
        return None, None
    return first.isoformat(), last.isoformat()  # type: ignore[union-attr]
