"""Snapshots and their lineage, as recorded in a commit."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from cityboard.catalog import Grain, Provenance
from cityboard.errors import CorruptSnapshotError, RowsLostError


@dataclasses.dataclass(frozen=True)
class PassedOver:
    """A distribution that was preferred to the one published, and why it could not be.

    Attributes:
        distribution: Its name, as in `Lineage.distribution`.
        reason: The error it gave.
    """

    distribution: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Lineage:
    """Where the rows of one publish came from; recorded in its commit.

    After an `upsert` the counts, the request and the checksum are those of the rows that were
    added or put in place of others; the versions before it tell of the rest.

    Attributes:
        system: Module of `data_sources` that made it.
        provenance: `live`, `published`, `figures` or `simulated`; one class for the whole version.
        request: What was asked of the source, in words or as a URL without secrets.
        input_sha256: SHA-256 of the input bytes; of several files, one after the other.
        code_version: Version of the package and digest of its cleaning code.
        rows_in: Rows read; equal to `rows_published` + `rows_rejected`.
        rejects: Reason → rows rejected for it.
        checks: Names of the checks every published row passed.
        first: Earliest value of the dataset's time column in the version, ISO 8601; None without
            one.
        last: Latest value of it.
        grain: Time grain where coarser than the dataset's own.
        distribution: Kind, place and cleaner of the distribution published, as its entry has them.
        contract_sha256: Digest of what else decides the rows: entry, city, areas, names of files.
        passed_over: Distributions the entry prefers that could not be published, in its order.

    Raises:
        RowsLostError: The counts do not add up.
    """

    system: str
    provenance: Provenance
    request: str
    input_sha256: str
    code_version: str
    rows_in: int
    rows_published: int
    rows_rejected: int
    rejects: Mapping[str, int]
    checks: tuple[str, ...]
    first: str | None = None
    last: str | None = None
    grain: Grain | None = None
    distribution: str = ""
    contract_sha256: str = ""
    passed_over: tuple[PassedOver, ...] = ()

    def __post_init__(self) -> None:
        """Refuse counts that lose a row."""
        rejected = sum(self.rejects.values())
        if self.rows_in != self.rows_published + rejected or rejected != self.rows_rejected:
            msg = (
                f"{self.system}: {self.rows_in} rows in, but {self.rows_published} published, "
                f"{self.rows_rejected} rejected and {rejected} reasons. Mend its cleaner."
            )
            raise RowsLostError(msg)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the lineage a commit holds."""
        passed_over = tuple(PassedOver(**each) for each in values.get("passed_over", ()))
        return cls(**{**values, "checks": tuple(values["checks"]), "passed_over": passed_over})

    def has_same_input(self, other: "Lineage") -> bool:
        """Tell whether the same code made both from the same bytes of one distribution."""
        origin = ("system", "provenance", "distribution")
        digests = ("input_sha256", "contract_sha256", "code_version")
        return all(getattr(self, name) == getattr(other, name) for name in origin + digests)

    def since(self, base: "Lineage") -> Self:
        """Return this lineage with the times of a version that also holds the rows of `base`."""
        firsts = [first for first in (base.first, self.first) if first]
        lasts = [last for last in (base.last, self.last) if last]
        return dataclasses.replace(
            self, first=min(firsts, default=None), last=max(lasts, default=None)
        )


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """One immutable version of a dataset.

    Attributes:
        published_at: When (UTC).
        files: Data files, in order; the only files an engine may read.
        rejects: Files of the rows rejected in this publish: `reason`, `source_file`,
            `source_row`, `row` (JSON); none where the file is damaged.
        lineage: Where the rows of this publish came from.
        rows: Rows in `files`; more than the lineage's `rows_published` after an `upsert`.
        base: Version whose other rows an `upsert` kept; None where the whole table was replaced.
        problem: Why this is not the version asked for, or not all of it; None when it is.
    """

    dataset: str
    version: int
    published_at: dt.datetime
    files: tuple[Path, ...]
    rejects: tuple[Path, ...]
    lineage: Lineage
    rows: int
    base: int | None = None
    problem: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of its columns, as the newest file has them.

        Raises:
            CorruptSnapshotError: The file is damaged or gone.
        """
        path = self.files[-1]
        try:
            return tuple(pq.read_schema(path).names)
        except (OSError, pa.ArrowInvalid) as error:
            msg = f"{path.name} of {self.dataset} version {self.version} cannot be read: {error}"
            raise CorruptSnapshotError(msg) from error
