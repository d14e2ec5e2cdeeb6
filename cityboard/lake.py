"""Snapshots: one Delta table per dataset; publish is atomic, every version stays readable.

Layout under the root: `<dataset>/*.parquet` (data), `<dataset>/_rejects/*.parquet` (rows that
could not be used), `<dataset>/_delta_log/` (versions). A version names its own files and their
SHA-256 in its commit, so a reader never globs and never meets a half-written file.
"""

import contextlib
import dataclasses
import datetime as dt
import hashlib
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

import polars as pl
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, create_table_with_add_actions
from filelock import FileLock

from cityboard.catalog import Grain, Provenance
from cityboard.errors import CorruptSnapshotError, LakeError, NoSnapshotError

ROW_GROUP = 122_880  # rows DuckDB prunes together; also its own vector batch
KEEP_FOREVER = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.enableExpiredLogCleanup": "false",
}


@dataclasses.dataclass(frozen=True)
class Lineage:
    """Where a version came from; recorded in its commit.

    Attributes:
        system: Module of `data_sources` that made it.
        provenance: `live`, `published`, `figures` or `simulated`.
        request: What was asked of the source, in words or as a URL without secrets.
        input_sha256: Checksum of the input bytes.
        code_version: Version of the package and digest of its cleaning code.
        rows_in: Rows read; equal to `rows_published` + `rows_rejected`.
        rejects: Reason → rows rejected for it.
        checks: Names of the checks every published row passed.
        first: Earliest value of the dataset's time column, ISO 8601; None without one.
        last: Latest value of it.
        grain: Time grain where coarser than the dataset's own.
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

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the lineage a commit holds."""
        return cls(**{**values, "checks": tuple(values["checks"])})


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """One immutable version of a dataset.

    Attributes:
        files: Data files, in order; the only files an engine may read.
        rejects: Files of rejected rows: `reason`, `source_file`, `source_row`, `row` (JSON).
        problem: Why this is not the version asked for; None when it is.
    """

    dataset: str
    version: int
    published_at: dt.datetime
    files: tuple[Path, ...]
    rejects: tuple[Path, ...]
    lineage: Lineage
    problem: str | None = None


class Lake:
    """The folder of all snapshots.

    Args:
        root: Created when something is published.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: dict[Path, tuple[int, int]] = {}

    def datasets(self) -> list[str]:
        """Return the ids of the datasets that have a version, sorted."""
        return sorted(log.parent.name for log in self.root.glob("*/_delta_log"))

    def publish(
        self,
        dataset: str,
        frame: pl.DataFrame,
        rejects: pl.DataFrame,
        *,
        lineage: Lineage,
        key: tuple[str, ...] = (),
        mode: Literal["replace", "upsert"] = "replace",
        force: bool = False,
    ) -> Snapshot:
        """Publish a new version, or return the newest one when the same input made it.

        Args:
            dataset: Dataset id.
            frame: All rows of the new version (`replace`) or the rows to add and to put in the
                place of rows with the same `key` (`upsert`).
            rejects: Rows that could not be used; kept beside the snapshot.
            lineage: Recorded in the commit.
            key: Columns that identify a row; used by `upsert`.
            mode: How `frame` relates to the newest version.
            force: Publish though the same input made the newest version.

        Raises:
            LakeError: The disk is full, or another writer got in between; nothing was published.
        """
        table = self.root / dataset
        with self._writing(dataset):
            newest = self._newest(dataset)
            if newest and not force and _same_input(newest.lineage, lineage):
                return newest
            self._sweep(table)
            if mode == "upsert" and newest:
                old = pl.read_parquet(list(newest.files))
                frame = pl.concat([old.join(frame, on=list(key), how="anti"), frame])
            with _nothing_left_behind() as written:
                data = _write(frame, table / f"{uuid.uuid4().hex}.parquet", written)
                kept = _write(rejects, table / "_rejects" / f"{uuid.uuid4().hex}.parquet", written)
                sums = {str(path.relative_to(table)): _sha256(path) for path in (data, kept)}
                self._commit(table, data, frame, {"lineage": _json(lineage), "files": sums})
        snapshot = self.snapshot(dataset)
        if snapshot.problem:
            raise LakeError(snapshot.problem)
        return snapshot

    def snapshot(
        self,
        dataset: str,
        *,
        version: int | None = None,
        as_of: dt.datetime | None = None,
    ) -> Snapshot:
        """Open a version; the newest one unless another is asked for.

        A version whose files are damaged is passed over for the one before it, and the snapshot
        returned says so in `problem`.

        Args:
            dataset: Dataset id.
            version: Exact version.
            as_of: The newest version published at or before this instant (aware).

        Raises:
            NoSnapshotError: There is no such version.
            CorruptSnapshotError: No version at or before the one asked for is whole.
        """
        wanted = self._wanted(dataset, version=version, as_of=as_of)
        problems = []
        for commit in wanted:
            snapshot = self._snapshot(dataset, commit)
            damage = self._damage(snapshot, commit["cityboard"]["files"])
            if damage is None:
                problem = "; ".join(problems) or None
                return dataclasses.replace(snapshot, problem=problem)
            problems.append(damage)
        raise CorruptSnapshotError(
            f"No whole version of {dataset} is left: {'; '.join(problems)}. "
            f"Run `cityboard build --only {dataset} --force`."
        )

    def versions(self, dataset: str) -> list[Snapshot]:
        """Return every version, newest first, without checking its files."""
        return [self._snapshot(dataset, commit) for commit in self._history(dataset)]

    def _newest(self, dataset: str) -> Snapshot | None:
        try:
            newest = self.snapshot(dataset)
        except (NoSnapshotError, CorruptSnapshotError):
            return None
        return None if newest.problem else newest

    def _wanted(
        self, dataset: str, *, version: int | None, as_of: dt.datetime | None
    ) -> list[dict[str, Any]]:
        history = self._history(dataset)
        if version is not None:
            history = [commit for commit in history if commit["version"] <= version]
            found = bool(history) and history[0]["version"] == version
        elif as_of is not None:
            history = [commit for commit in history if _instant(commit) <= as_of]
            found = bool(history)
        else:
            found = bool(history)
        if not found:
            asked = f"version {version}" if version is not None else f"as of {as_of or 'now'}"
            msg = (
                f"Nothing was published for {dataset} ({asked}) in {self.root}. "
                f"Run `cityboard build --only {dataset}`."
            )
            raise NoSnapshotError(msg)
        return history

    def _history(self, dataset: str) -> list[dict[str, Any]]:
        try:
            commits = DeltaTable(self.root / dataset).history()
        except TableNotFoundError:
            return []
        except DeltaError as error:
            msg = f"The log of {dataset} in {self.root} cannot be read: {error}"
            raise LakeError(msg) from error
        return [commit for commit in commits if "cityboard" in commit]

    def _snapshot(self, dataset: str, commit: Mapping[str, Any]) -> Snapshot:
        table = self.root / dataset
        names = sorted(commit["cityboard"]["files"])
        return Snapshot(
            dataset=dataset,
            version=commit["version"],
            published_at=_instant(commit),
            files=tuple(table / name for name in names if not name.startswith("_rejects/")),
            rejects=tuple(table / name for name in names if name.startswith("_rejects/")),
            lineage=Lineage.from_json(commit["cityboard"]["lineage"]),
        )

    def _damage(self, snapshot: Snapshot, sums: Mapping[str, str]) -> str | None:
        """Return what is wrong with the files, or None; a file is read once while unchanged."""
        for path in (*snapshot.files, *snapshot.rejects):
            try:
                stat = path.stat()
            except FileNotFoundError:
                return f"version {snapshot.version} of {snapshot.dataset} lacks {path.name}"
            seen = (stat.st_size, stat.st_mtime_ns)
            if self._verified.get(path) == seen:
                continue
            if _sha256(path) != sums[str(path.relative_to(self.root / snapshot.dataset))]:
                return (
                    f"version {snapshot.version} of {snapshot.dataset}: {path.name} is not what "
                    f"was published (checksum differs)"
                )
            self._verified[path] = seen
        return None

    @contextlib.contextmanager
    def _writing(self, dataset: str) -> Iterator[None]:
        locks = self.root / ".locks"
        try:
            locks.mkdir(parents=True, exist_ok=True)
            with FileLock(locks / f"{dataset}.lock"):
                yield
        except OSError as error:
            msg = f"{dataset} was not published: {error.strerror or error} ({self.root})"
            raise LakeError(f"{msg}. Free some space or set CITYBOARD_HOME elsewhere.") from error

    def _sweep(self, table: Path) -> None:
        """Delete files that no version names: what a killed publisher left. Needs the lock."""
        named = {
            table / name
            for commit in self._history(table.name)
            for name in commit["cityboard"]["files"]
        }
        for path in [*table.glob("*.parquet"), *table.glob("_rejects/*.parquet")]:
            if path not in named:
                path.unlink(missing_ok=True)

    def _commit(
        self, table: Path, data: Path, frame: pl.DataFrame, metadata: dict[str, Any]
    ) -> None:
        add = AddAction(
            path=data.name,
            size=data.stat().st_size,
            partition_values={},
            modification_time=int(time.time() * 1000),
            data_change=True,
            stats=f'{{"numRecords": {frame.height}}}',
        )
        arrow = frame.head(0).to_arrow(compat_level=pl.CompatLevel.oldest())
        schema = Schema.from_arrow(arrow.schema)
        properties = CommitProperties(custom_metadata={"cityboard": metadata})
        try:
            create_table_with_add_actions(
                str(table),
                schema,
                [add],
                mode="overwrite",
                configuration=KEEP_FOREVER,
                commit_properties=properties,
            )
        except DeltaError as error:
            msg = f"{table.name} was not published: {error}. Run the build again."
            raise LakeError(msg) from error
        _sync_log(table)


def _same_input(old: Lineage, new: Lineage) -> bool:
    compared = ("system", "provenance", "input_sha256", "code_version")
    return all(getattr(old, name) == getattr(new, name) for name in compared)


def _instant(commit: Mapping[str, Any]) -> dt.datetime:
    return dt.datetime.fromtimestamp(commit["timestamp"] / 1000, tz=dt.UTC)


def _json(lineage: Lineage) -> dict[str, Any]:
    return dataclasses.asdict(lineage)


def _write(frame: pl.DataFrame, path: Path, written: list[Path]) -> Path:
    """Write and fsync a file; the caller owns `written` and removes it if the publish fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written.append(path)
    with path.open("wb") as file:
        frame.write_parquet(file, compression="zstd", row_group_size=ROW_GROUP)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)
    return path


@contextlib.contextmanager
def _nothing_left_behind() -> Iterator[list[Path]]:
    written: list[Path] = []
    try:
        yield written
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _sync_log(table: Path) -> None:
    log = table / "_delta_log"
    newest = max(log.glob("*.json"))
    with newest.open("rb") as file:
        os.fsync(file.fileno())
    _sync_folder(log)
    _sync_folder(table)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
