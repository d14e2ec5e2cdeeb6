"""Publish datasets: the first distribution that can be used, cleaned, checked, recorded."""

import dataclasses
import functools
import hashlib
from pathlib import Path

import polars as pl

import cityboard.catalog
from cityboard.catalog import Catalog, Dataset, Distribution
from cityboard.errors import ContractError, LakeError, RowsLostError, SourceError
from cityboard.lake import Lake, Lineage, PassedOver, Snapshot
from cityboard.version import __version__
from data_sources.distribution import draft, fetch, name_of
from data_sources.draft import Cleaned, conform
from data_sources.fetched import Fetched
from data_sources.tables import naming


def publish(
    dataset: Dataset, *, catalog: Catalog, lake: Lake, data: Path | None, force: bool = False
) -> Snapshot:
    """Publish a dataset from the first of its distributions that can be used.

    One that is not available, or whose rows break the dataset's contract, is passed over for the
    next one; the lineage tells which, and why.

    Args:
        dataset: What to publish; its distributions are in order of preference.
        catalog: The city's catalogue.
        lake: Where to.
        data: Folder of published files; None when there is none.
        force: Publish though the same input made the newest version, or a better one did.

    Returns:
        The new version; or the newest one, when the same input and code made it, or when it was
        made from a distribution the entry prefers (figures do not replace published files): then
        its `problem` tells why those were passed over now.

    Raises:
        SourceError: No distribution can be used.
        RowsLostError: A cleaner dropped rows in silence.
        LakeError: Nothing could be written.
    """
    newest = None if force else _newest(lake, dataset)
    passed_over: list[PassedOver] = []
    for distribution in dataset.distributions:
        try:
            fetched = fetch(distribution, catalog, lake=lake, data=data)
            origin = origin_of(dataset, distribution, fetched, catalog)
            if newest and newest.lineage.has_same_input(origin):
                return newest
            if newest and _prefers(dataset, newest.lineage.distribution, origin.distribution):
                return _kept(newest, passed_over)
            cleaned = _clean(dataset, distribution, fetched, catalog)
        except RowsLostError:
            raise
        except SourceError as error:
            passed_over.append(PassedOver(name_of(distribution), str(error)))
        else:
            lineage = lineage_of(origin, dataset, cleaned, passed_over)
            return lake.publish(
                dataset.id, cleaned.frame, cleaned.rejects, lineage=lineage, force=force
            )
    raise SourceError(f"{dataset.id}: no distribution can be used.{_told(passed_over)}")


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


def _newest(lake: Lake, dataset: Dataset) -> Snapshot | None:
    """Return the newest version, or None where there is none or it is damaged."""
    try:
        newest = lake.snapshot(dataset.id)
    except LakeError:
        return None
    return None if newest.problem else newest


def _prefers(dataset: Dataset, one: str, other: str) -> bool:
    """Tell whether an entry lists one distribution before the other."""
    names = [name_of(distribution) for distribution in dataset.distributions]
    return one in names[: names.index(other)]


def _kept(newest: Snapshot, passed_over: list[PassedOver]) -> Snapshot:
    """Return the newest version, telling why the distributions before its like failed now."""
    problem = f"{newest.dataset}: version {newest.version} stays as it is.{_told(passed_over)}"
    return dataclasses.replace(newest, problem=problem)


def _told(passed_over: list[PassedOver]) -> str:
    return "".join(f"\n  {each.distribution}: {each.reason}" for each in passed_over)


def origin_of(
    dataset: Dataset, distribution: Distribution, fetched: Fetched, catalog: Catalog
) -> Lineage:
    """Return the lineage of an input that is not cleaned yet: no rows, no checks."""
    return Lineage(
        system=distribution.system,
        provenance=distribution.provenance,
        request=fetched.request,
        input_sha256=fetched.sha256,
        code_version=code_version(),
        rows_in=0,
        rows_published=0,
        rows_rejected=0,
        rejects={},
        checks=(),
        grain=distribution.grain,
        distribution=name_of(distribution),
        contract_sha256=_contract_sha256(dataset, fetched, catalog),
    )


def _contract_sha256(dataset: Dataset, fetched: Fetched, catalog: Catalog) -> str:
    """Return a digest of what decides the rows besides bytes and code.

    Names of files are part of it because a cleaner may read the day from them. Where pictures come
    from decides no row.
    """
    total = hashlib.sha256("\n".join(fetched.names).encode())
    for entry in (dataset, catalog.city, *catalog.all_areas):
        total.update(entry.model_dump_json(exclude={"camera_streams"}).encode())
    return total.hexdigest()


def _clean(
    dataset: Dataset, distribution: Distribution, fetched: Fetched, catalog: Catalog
) -> Cleaned:
    with naming(fetched.request, faults=()):
        # The draft has no name here: `conform` frees its 0.4 GB (the buses) half way through.
        cleaned = conform(draft(distribution, fetched, catalog), dataset, catalog)
    if distribution.kind in {"api", "file"} and cleaned.frame.height < dataset.rows_at_least:
        msg = (
            f"{dataset.id}: {cleaned.frame.height} usable rows in {fetched.request} where at least "
            f"{dataset.rows_at_least} were expected ({cleaned.rejects.height} rejected). "
            f"Look at the source; `rows_at_least` in its entry is the limit."
        )
        raise ContractError(msg)
    return cleaned


def lineage_of(
    origin: Lineage, dataset: Dataset, cleaned: Cleaned, passed_over: list[PassedOver]
) -> Lineage:
    """Return the lineage of an input with what its cleaning gave."""
    counts = cleaned.rejects.get_column("reason").value_counts(sort=True)
    first, last = _span(dataset, cleaned.frame)
    return dataclasses.replace(
        origin,
        rows_in=cleaned.rows_in,
        rows_published=cleaned.frame.height,
        rows_rejected=cleaned.rejects.height,
        rejects=dict(counts.iter_rows()),
        checks=cleaned.checks,
        first=first,
        last=last,
        passed_over=tuple(passed_over),
    )


def _span(dataset: Dataset, frame: pl.DataFrame) -> tuple[str | None, str | None]:
    if dataset.time is None or frame.is_empty():
        return None, None
    times = frame.get_column(dataset.time.column)
    first, last = times.min(), times.max()
    if first is None or last is None:
        return None, None
    return first.isoformat(), last.isoformat()  # type: ignore[union-attr]
