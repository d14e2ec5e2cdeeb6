"""The log of one table: what its versions hold, and adding one.

The entries are read here, one by one, and not through `DeltaTable.history()`: there one torn or
flipped entry hides every version (deltalake 1.6.6), and opening takes longer with each version.
"""

import dataclasses
import datetime as dt
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import polars as pl
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, create_table_with_add_actions

from cityboard.errors import LakeError
from cityboard.lake.files import flush
from cityboard.lake.snapshot import Lineage
from cityboard.version import __version__

LOG = "_delta_log"
DIGITS = 20  # of an entry's name
REJECTS = "_rejects/"
KEPT_TYPES = frozenset(
    {
        *(pl.String, pl.Boolean, pl.Date, pl.Datetime("us"), pl.Datetime("us", "UTC")),
        *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Float32, pl.Float64),
    }
)
KEEP_FOREVER = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.enableExpiredLogCleanup": "false",
}


@dataclasses.dataclass(frozen=True)
class Content:
    """What we add to a commit.

    Attributes:
        lineage: Where its rows came from.
        files: Path relative to the table → SHA-256; data files, and one file of rejects.
        rows: Rows in the data files.
        base: Version whose other rows an upsert or an append kept.
        parts: The data files in order, the one this commit added last; none stands for the only
            one there is.
    """

    lineage: Lineage
    files: Mapping[str, str]
    rows: int
    base: int | None
    parts: tuple[str, ...] = ()

    @property
    def data(self) -> tuple[str, ...]:
        """Return the paths of the data files, in order."""
        return self.parts or tuple(n for n in self.files if not n.startswith(REJECTS))

    @property
    def rejects(self) -> str:
        """Return the path of the file of rejects."""
        (name,) = [name for name in self.files if name.startswith(REJECTS)]
        return name

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Return the content a commit holds."""
        told = {"lineage": Lineage.from_json(values["lineage"])}
        return cls(**{**values, **told, "parts": tuple(values.get("parts", ()))})


@dataclasses.dataclass(frozen=True)
class Commit:
    """A version that may be served if its files are whole."""

    version: int
    published_at: dt.datetime
    content: Content


@dataclasses.dataclass(frozen=True)
class Fault:
    """A version that may not be served, and why.

    Attributes:
        is_broken: The entry cannot be read; otherwise another tool wrote it.
    """

    version: int
    published_at: dt.datetime
    words: str
    is_broken: bool


def entries(table: Path, *, newest: int | None = None) -> Iterator[Commit | Fault]:
    """Yield the versions of a table, from `newest` (None is the last) down to the first."""
    for version in sorted(numbers(table), reverse=True):
        if newest is None or version <= newest:
            try:
                entry = _read(table / LOG / f"{version:020}.json", version)
            except FileNotFoundError:  # forgotten since its name was read
                continue
            yield entry


def numbers(table: Path) -> list[int]:
    """Return the numbers of the versions that have an entry, in no order."""
    if not (table / LOG).is_dir():
        return []
    names = (name.removesuffix(".json") for name in os.listdir(table / LOG))  # noqa: PTH208 - 5 x as fast
    return [int(name) for name in names if len(name) == DIGITS and name.isdecimal()]


def newest(table: Path) -> int:
    """Return the number of the newest version, damaged or not; -1 where there is none."""
    return max(numbers(table), default=-1)


def checkpoint(table: Path) -> int:
    """Return the version of the newest checkpoint; -1 where there is none."""
    try:
        return int(json.loads((table / LOG / "_last_checkpoint").read_bytes())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return -1


def schema_of(frame: pl.DataFrame) -> Schema:
    """Return Delta's schema of a frame.

    Raises:
        LakeError: Delta would keep a column as another type, or not at all.
    """
    changed = {name: kind for name, kind in frame.schema.items() if kind not in KEPT_TYPES}
    if changed:
        told = ", ".join(f"{name} ({kind})" for name, kind in changed.items())
        msg = f"A Delta table cannot keep {told} as it is. Cast to a type of the catalogue."
        raise LakeError(msg)
    arrow = frame.head(0).to_arrow(compat_level=pl.CompatLevel.oldest())
    return Schema.from_arrow(arrow.schema)


def append(table: Path, schema: Schema, content: Content) -> Commit:
    """Add a version of the content's files; flushed to the disk on return.

    Its last data file is new; files before it are those of the version before, which it keeps.

    Raises:
        DeltaError: It was not added.
        OSError: The disk failed; ask `find` whether it was added.
    """
    mend(table)
    data = table / content.data[-1]
    try:
        _commit(table, schema, _add_action(data), content)
    except (DeltaError, OSError):
        # A checkpoint that fails after the commit raises too: the version is there all the same.
        if find(table, data.name) is None:
            raise
    commit = find(table, data.name)
    if commit is None:
        msg = f"the version just added to {table} cannot be read back"
        raise LakeError(msg)
    log = table / LOG
    for path in [*log.glob(f"{commit.version:020}.*"), log, table, table.parent]:
        flush(path)
    return commit


def add(
    table: Path, version: int, content: Content, *, removed: Iterable[str] = ()
) -> Commit | None:
    """Add a version by writing its entry, without reading the log; flushed to the disk on return.

    The table is there, its schema is the content's, and publishers are locked out.

    Args:
        table: Folder of the table.
        version: The number after the newest.
        content: Its last data file is new; the others are those of the version before.
        removed: Data files of the version before whose rows the new file holds too.

    Returns:
        The commit; None where the number is taken: nothing was added.
    """
    now = int(time.time() * 1000)
    info = {
        "timestamp": now,
        "operation": "WRITE",
        "operationParameters": {"mode": "Append"},
        "engineInfo": f"cityboard:{__version__}",
        **_metadata(content),
    }
    added = _add_action(table / content.data[-1])
    actions = [
        {"commitInfo": info},
        {
            "add": {
                "path": added.path,
                "partitionValues": {},
                "size": added.size,
                "modificationTime": added.modification_time,
                "dataChange": True,
                "stats": added.stats,
            }
        },
        *({"remove": _remove_action(name, now)} for name in removed),
    ]
    if not _write_entry(table / LOG / f"{version:020}.json", actions):
        return None
    return Commit(version, dt.datetime.fromtimestamp(now / 1000, tz=dt.UTC), content)


def _write_entry(path: Path, actions: list[dict[str, Any]]) -> bool:
    """Write an entry whole or not at all; tell whether its number was free."""
    spare = path.with_name(f"{path.name}#{os.getpid()}")  # a name that Delta passes over
    with spare.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(action)}\n" for action in actions)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(spare, path)
    except FileExistsError:
        return False
    finally:
        spare.unlink()
    flush(path.parent)
    return True


def _remove_action(name: str, now: int) -> dict[str, Any]:
    return {
        "path": name,
        "deletionTimestamp": now,
        "dataChange": True,
        "extendedFileMetadata": True,
        "partitionValues": {},
    }


def forget(table: Path, *, before: dt.datetime) -> None:
    """Delete the entries published before an instant; the newest and the last of a day stay.

    A checkpoint of the newest version stands for them to other tools. Their files go with the next
    sweep. Publishers are locked out.
    """
    DeltaTable(table).create_checkpoint()
    days: set[dt.date] = set()
    for entry in list(entries(table)):
        day = entry.published_at.date()
        if day in days and entry.published_at < before:
            (table / LOG / f"{entry.version:020}.json").unlink()
        days.add(day)


def _commit(table: Path, schema: Schema, added: AddAction, content: Content) -> None:
    properties = CommitProperties(custom_metadata=_metadata(content))
    if len(content.data) > 1:
        DeltaTable(table).create_write_transaction(
            [added], mode="append", schema=schema, commit_properties=properties
        )
        return
    create_table_with_add_actions(
        str(table),
        schema,
        [added],
        mode="overwrite",
        configuration=KEEP_FOREVER,
        commit_properties=properties,
    )


def find(table: Path, name: str) -> Commit | None:
    """Return the version that names a file, or None."""
    for entry in entries(table):
        if isinstance(entry, Commit) and name in entry.content.files:
            return entry
    return None


def _read(path: Path, version: int) -> Commit | Fault:
    changed = dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC)
    try:
        commit = _written(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
        return Fault(version, changed, f"log entry {path.name} is broken", is_broken=True)
    writer = commit.get("engineInfo", "another tool")
    if "cityboard" in commit:
        try:
            return Commit(version, _instant(commit), Content.from_json(commit["cityboard"]))
        except (KeyError, TypeError):
            writer = "another release of cityboard"
    words = f"version {version} was written by {writer}: its lineage is not known here"
    return Fault(version, changed, words, is_broken=False)


def _written(path: Path) -> Mapping[str, Any]:
    """Return the commit of an entry, or raise where a bit or a line of ours is not as written."""
    actions = [json.loads(line) for line in path.read_bytes().splitlines()]
    commit: Mapping[str, Any] = next(a["commitInfo"] for a in actions if "commitInfo" in a)
    added = [action["add"]["path"] for action in actions if "add" in action]
    if ours := commit.get("cityboard"):
        data = ours.get("parts") or [n for n in ours["files"] if not n.startswith(REJECTS)]
        if commit["cityboard_sha256"] != _digest(ours) or added != [*data[-1:]]:
            msg = "not as it was written"
            raise ValueError(msg)
    return commit


def _instant(commit: Mapping[str, Any]) -> dt.datetime:
    return dt.datetime.fromtimestamp(commit["timestamp"] / 1000, tz=dt.UTC)


def _metadata(content: Content) -> dict[str, Any]:
    values = dataclasses.asdict(content)
    return {"cityboard": values, "cityboard_sha256": _digest(values)}


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _add_action(path: Path) -> AddAction:
    return AddAction(
        path=path.name,
        size=path.stat().st_size,
        partition_values={},
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": pq.read_metadata(path).num_rows}),
    )


def mend(table: Path) -> None:
    """Make the log loadable after a power cut; publishers are locked out.

    A broken newest entry is set aside and its number is used up by an entry that changes nothing;
    a broken checkpoint is deleted, for it can be made again from the entries.
    """
    newest = next(entries(table), None)
    if newest is None:
        return
    if isinstance(newest, Fault) and newest.is_broken:
        _set_aside(table / LOG / f"{newest.version:020}.json")
    try:
        DeltaTable(table)
    except DeltaError:
        for path in (table / LOG).glob("*checkpoint*"):
            path.unlink()


def _set_aside(path: Path) -> None:
    spare = path.with_suffix(".spare")
    repair = {"timestamp": int(time.time() * 1000), "engineInfo": "a repair of its log entry"}
    spare.write_text(json.dumps({"commitInfo": repair}))
    flush(spare)
    shutil.copy2(path, path.with_suffix(".unreadable"))
    spare.replace(path)
