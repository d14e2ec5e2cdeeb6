"""The folder of all snapshots: publish a version, open one."""

import contextlib
import dataclasses
import datetime as dt
import itertools
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl

from cityboard.errors import (
    CorruptSnapshotError,
    LakeError,
    NoSnapshotError,
    OvertakenError,
    RowsLostError,
)
from cityboard.lake import files, log
from cityboard.lake.disk import writing
from cityboard.lake.log import LOG, REJECTS, Commit, Content, Fault
from cityboard.lake.snapshot import Lineage, Snapshot
from cityboard.lake.upsert import refuse_other_rows, upserted

MOST_VERIFIED = 10_000  # files remembered to be whole; a stream adds one a second
DATASET_ID = re.compile(r"[a-z][a-z0-9_]*")


class Lake:
    """The folder of all snapshots; safe to share between threads and processes.

    Args:
        root: Created when something is published.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: dict[Path, tuple[int, int]] = {}
        self._verifying = threading.Lock()

    def datasets(self) -> list[str]:
        """Return the ids of the datasets that have a version, sorted."""
        logs = self.root.glob(f"*/{LOG}")
        return sorted(path.parent.name for path in logs if any(path.glob("*.json")))

    def publish(
        self,
        dataset: str,
        frame: pl.DataFrame,
        rejects: pl.DataFrame,
        *,
        lineage: Lineage,
        key: tuple[str, ...] = (),
        mode: Literal["replace", "upsert", "append"] = "replace",
        force: bool = False,
        after: int | None = None,
    ) -> Snapshot:
        """Publish a new version, or return the newest one when the same input made it.

        The version is on the disk when this returns; nothing half-written is ever seen.

        Args:
            dataset: Dataset id.
            frame: All rows of the new version (`replace`); the rows to add and to put in the place
                of rows with the same `key` (`upsert`), then the version is sorted by `key`; or rows
                to add as a file of their own (`append`), whose keys the caller knows to be new.
            rejects: Rows that could not be used; kept beside the snapshot.
            lineage: Recorded in the commit.
            key: Columns that identify a row (null equals null); needed by `upsert`.
            mode: How `frame` relates to the newest version.
            force: Publish though the same input made the newest version, and upsert onto the last
                whole version though the newest one is damaged.
            after: The newest version when the rows were put together, -1 for none; another one
                refuses them. None does not look.

        Raises:
            OvertakenError: The newest version is not `after`.
            RowsLostError: The counts of the lineage are not those of the frames.
            LakeError: The disk is full or cannot be written, another publisher keeps the dataset
                locked, or the rows cannot be added: another provenance class (a version has one,
                so that no live row hides among published ones), other columns, a key that is
                missing or not unique (`upsert`), a damaged newest version; or Delta has no such
                type.
        """
        table = self._table(dataset)
        _refuse_lost_rows(frame, rejects, lineage)
        with writing(self.root, dataset):
            if after is not None and after != (there := log.newest(table)):
                msg = f"{dataset} has version {there} now, not {after}. Look again, then publish."
                raise OvertakenError(msg)
            newest = self._newest(dataset)
            is_same = newest and not newest.problem and newest.lineage.has_same_input(lineage)
            if newest and is_same and not force:
                return newest
            self._sweep(table)
            base = None
            may_skip = force and mode == "upsert"  # Delta appends to the newest version only
            if mode != "replace" and (base := self._base(dataset, force=may_skip)):
                if mode == "upsert":
                    frame = upserted(base, frame, lineage, key=key)
                else:
                    refuse_other_rows(base, frame, lineage)
                lineage = lineage.since(base.lineage)
            kept = base if mode == "append" else None
            commit = self._append(table, frame, rejects, lineage=lineage, base=base, kept=kept)
            return self._snapshot(dataset, commit)

    def snapshot(
        self,
        dataset: str,
        *,
        version: int | None = None,
        as_of: dt.datetime | None = None,
    ) -> Snapshot:
        """Open a version; the newest one unless another is asked for.

        A version that is damaged, or that another tool wrote, is passed over for the one before
        it, and the snapshot returned says so in `problem`. Each file's checksum is compared when
        it is first opened, and again when its size or time of change differs.

        Args:
            dataset: Dataset id.
            version: Exact version.
            as_of: The newest version published at or before this instant (aware).

        Raises:
            NoSnapshotError: There is no such version.
            CorruptSnapshotError: No version at or before the one asked for is whole.
            LakeError: The id is none, or `as_of` has no zone.
        """
        problems: list[str] = []
        for entry in self._wanted(dataset, version=version, as_of=as_of):
            fault = self._fault(dataset, entry)
            if isinstance(entry, Commit) and fault is None:
                return self._served(dataset, entry, problems)
            problems.append(f"{dataset}: {fault}")
        raise CorruptSnapshotError(
            f"No whole version of {dataset} is left: {'; '.join(problems)}. "
            f"Run `cityboard build --only {dataset} --force`."
        )

    def versions(self, dataset: str) -> list[Snapshot]:
        """Return every version, newest first, without checking its files."""
        commits = [e for e in log.entries(self._table(dataset)) if isinstance(e, Commit)]
        return [self._snapshot(dataset, commit) for commit in commits]

    def _table(self, dataset: str) -> Path:
        if not DATASET_ID.fullmatch(dataset):
            msg = (
                f"{dataset!r} is no dataset id: an id is a small letter, then small letters, "
                f"digits and underscores. `cityboard status` lists the datasets."
            )
            raise LakeError(msg)
        return self.root / dataset

    def _newest(self, dataset: str) -> Snapshot | None:
        try:
            return self.snapshot(dataset)
        except (NoSnapshotError, CorruptSnapshotError):
            return None

    def _base(self, dataset: str, *, force: bool) -> Snapshot | None:
        """Return the version to upsert onto, or refuse one whose own rows would be lost."""
        try:
            newest = self.snapshot(dataset)
        except NoSnapshotError:
            return None
        if newest.problem and not force:
            msg = (
                f"{dataset} was not upserted: {newest.problem}. Publish the whole dataset again, "
                f"or force the upsert onto version {newest.version}."
            )
            raise LakeError(msg)
        return newest

    def _wanted(
        self, dataset: str, *, version: int | None, as_of: dt.datetime | None
    ) -> Iterator[Commit | Fault]:
        """Return the version asked for and those before it, newest first, read when needed."""
        if as_of is not None and as_of.tzinfo is None:
            msg = f"as_of {as_of} names no zone: write it as {as_of.isoformat()}+09:00 or alike."
            raise LakeError(msg)
        table = self._table(dataset)
        there = log.entries(table, newest=version)
        wanted = (entry for entry in there if as_of is None or entry.published_at <= as_of)
        first = next(wanted, None)
        if first is None or version not in {None, first.version}:
            asked = f"version {version}" if version is not None else f"as of {as_of or 'now'}"
            msg = f"Nothing was published for {dataset} ({asked}) in {self.root}"
            raise NoSnapshotError(f"{msg}. {_what_there_is(table)}")
        return itertools.chain([first], wanted)

    def _fault(self, dataset: str, entry: Commit | Fault) -> str | None:
        """Return why a version may not be served, or None."""
        if isinstance(entry, Fault):
            return entry.words
        return self._damages(dataset, entry)

    def _damages(self, dataset: str, commit: Commit) -> str | None:
        """Return what is wrong with the first data file that is not whole, or None."""
        found = (self._damage(dataset, commit, name) for name in commit.content.data)
        return next((damage for damage in found if damage), None)

    def _damage(self, dataset: str, commit: Commit, name: str) -> str | None:
        """Return what is wrong with a file, or None; it is read once while unchanged."""
        path = self.root / dataset / name
        with self._verifying:
            try:
                seen = _seen(path)
                if self._verified.get(path) == seen:
                    return None
                whole = files.sha256(path) == commit.content.files[name]
            except FileNotFoundError:
                return f"version {commit.version} lacks {name}"
            except OSError as error:
                return f"version {commit.version}: {name} cannot be read ({error.strerror})"
            if not whole:
                return f"version {commit.version}: {name} is not what was published (checksum)"
            while len(self._verified) >= MOST_VERIFIED:
                self._verified.pop(next(iter(self._verified)))
            self._verified[path] = seen
        return None

    def _served(self, dataset: str, commit: Commit, problems: list[str]) -> Snapshot:
        snapshot = self._snapshot(dataset, commit)
        damage = self._damage(dataset, commit, commit.content.rejects)
        if damage:
            problems = [*problems, f"{dataset}: {damage}"]
            snapshot = dataclasses.replace(snapshot, rejects=())
        return dataclasses.replace(snapshot, problem="; ".join(problems) or None)

    def _snapshot(self, dataset: str, commit: Commit) -> Snapshot:
        table, content = self.root / dataset, commit.content
        return Snapshot(
            dataset=dataset,
            version=commit.version,
            published_at=commit.published_at,
            files=tuple(table / name for name in content.data),
            rejects=(table / content.rejects,),
            lineage=content.lineage,
            rows=content.rows,
            base=content.base,
        )

    def _sweep(self, table: Path) -> None:
        """Delete what killed publishers left, unless a broken entry may name it."""
        there = list(log.entries(table))
        broken = any(isinstance(entry, Fault) and entry.is_broken for entry in there)
        if not broken and not any((table / LOG).glob("*.unreadable")):
            commits = [entry for entry in there if isinstance(entry, Commit)]
            files.sweep(table, {name for commit in commits for name in commit.content.files})

    def _append(
        self,
        table: Path,
        frame: pl.DataFrame,
        rejects: pl.DataFrame,
        *,
        lineage: Lineage,
        base: Snapshot | None,
        kept: Snapshot | None,
    ) -> Commit:
        schema = log.schema_of(frame)
        written = {files.new_file(table): frame, files.new_file(table / REJECTS): rejects}
        with _nothing_left_behind(table, list(written)):
            sums = {str(p.relative_to(table)): files.write(f, p) for p, f in written.items()}
            version = base.version if base else None
            content = Content(lineage, sums, frame.height, version)
            if kept:
                content = self._with_files_of(kept, content)
            commit = log.append(table, schema, content)
        self._verified |= {path: _seen(path) for path in written}
        return commit

    def _with_files_of(self, base: Snapshot, content: Content) -> Content:
        """Return the content with the data files of a version before its own."""
        older = {path.name: self._sum(base, path.name) for path in base.files}
        parts = (*older, *content.data)
        return dataclasses.replace(
            content, files={**older, **content.files}, rows=base.rows + content.rows, parts=parts
        )

    def _sum(self, snapshot: Snapshot, name: str) -> str:
        entry = next(log.entries(self._table(snapshot.dataset), newest=snapshot.version))
        if not isinstance(entry, Commit):
            msg = f"version {snapshot.version} of {snapshot.dataset} can no longer be read"
            raise LakeError(msg)
        return entry.content.files[name]


def _refuse_lost_rows(frame: pl.DataFrame, rejects: pl.DataFrame, lineage: Lineage) -> None:
    there, told = (frame.height, rejects.height), (lineage.rows_published, lineage.rows_rejected)
    if there != told:
        msg = (
            f"{lineage.system}: the lineage tells of {told[0]} rows published and {told[1]} "
            f"rejected, the frames hold {there[0]} and {there[1]}. Nothing was published."
        )
        raise RowsLostError(msg)


def _what_there_is(table: Path) -> str:
    there = list(log.entries(table))
    if not there:
        return f"Run `cityboard build --only {table.name}`."
    newest, oldest = (
        f"{e.version} ({e.published_at:%Y-%m-%d %H:%M} UTC)" for e in (there[0], there[-1])
    )
    return f"There are versions {oldest} to {newest}."


def _seen(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@contextlib.contextmanager
def _nothing_left_behind(table: Path, written: list[Path]) -> Iterator[None]:
    """Delete what was written if the block fails, unless a version names it already."""
    try:
        yield
    except BaseException:
        if log.find(table, written[0].name) is None:
            for path in written:
                path.unlink(missing_ok=True)
        raise
