"""Rollups on disk: written aside and renamed, mapped into memory, known by their checksums."""

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import filelock
import pyarrow as pa

from cityboard.catalog import Dataset
from cityboard.errors import RollupError
from cityboard.lake import Snapshot
from cityboard.lake.disk import WAIT_SECONDS
from cityboard.lake.files import flush
from cityboard.rollup.build import condense
from cityboard.rollup.condensed import Condensed
from cityboard.rollup.manifest import FORMAT, read_manifest, told_of, write_manifest
from cityboard.rollup.merge import merged
from cityboard.rollup.pyramid import Segment

Condense = Callable[[Dataset, Sequence[Path]], Condensed]
KEPT = 2  # rollups of a dataset: the newest, and the one that sessions may still be reading
MOST_SEGMENTS = 8  # then all but the first are made one: each is a walk of its own
# Words, checks and licences do not change what is counted.
DEPENDS_ON: Any = {
    "columns": {"__all__": {"name", "type"}},
    "measures": {"__all__": {"aggregate", "column", "over"}},
    "time": True,
    "place": True,
    "rollup": {"dimensions", "raster"},
}


def rollup_folder(dataset: Dataset, snapshot: Snapshot) -> Path:
    """Return where the rollup of a version is kept: beside its rows, named by all it depends on."""
    told = json.dumps([_contract(dataset), [path.name for path in snapshot.files]])
    name = hashlib.sha256(told.encode()).hexdigest()[:32]
    return snapshot.files[0].parent / "_rollups" / name


def open_rollup(dataset: Dataset, snapshot: Snapshot) -> Condensed | None:
    """Return the rollup of a version, mapped into memory; None where none was built.

    The files of the cube are compared with their checksums here, those of points when a question
    first needs them.

    Raises:
        RollupError: A file of it is missing or differs from its checksum.
    """
    folder = rollup_folder(dataset, snapshot)
    return read_manifest(folder) if folder.is_dir() else None


def write_rollup(dataset: Dataset, snapshot: Snapshot, *, by: Condense = condense) -> Path:
    """Build the rollup of a version, unless there is a whole one, and return its folder.

    Where the version keeps the files of one that has a rollup, only its further files are read.

    Args:
        dataset: Entry with a rollup.
        snapshot: The version.
        by: Condenses files, where another engine does it.

    Raises:
        RollupError: It would be larger than its entry allows, or the disk does not take it.
    """
    folder = rollup_folder(dataset, snapshot)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder.parent / ".lock", timeout=WAIT_SECONDS):
            if not _is_whole(dataset, snapshot):
                _write_aside(dataset, snapshot, folder, by)
                _forget_old_ones(folder)
    except filelock.Timeout as error:
        msg = f"another build has kept the rollup of {snapshot.dataset} for {WAIT_SECONDS} s"
        raise RollupError(f"{msg}; look for one that hangs, end it, and run again") from error
    return folder


def _contract(dataset: Dataset) -> str:
    told = json.dumps([FORMAT, dataset.model_dump(mode="json", include=DEPENDS_ON)])
    return hashlib.sha256(told.encode()).hexdigest()


def _is_whole(dataset: Dataset, snapshot: Snapshot) -> bool:
    try:
        condensed = open_rollup(dataset, snapshot)
        for segment in condensed.segments if condensed else ():
            segment.verify()
    except RollupError:
        return False
    return condensed is not None


def _write_aside(dataset: Dataset, snapshot: Snapshot, folder: Path, by: Condense) -> None:
    unfinished = folder.with_name(f".{uuid.uuid4().hex}")
    try:
        unfinished.mkdir()
        condensed = _condensed(dataset, snapshot, folder.parent, by)
        names = [path.name for path in snapshot.files]
        write_manifest(condensed, unfinished, contract=_contract(dataset), files=names)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
        flush(folder.parent)
    except (OSError, pa.ArrowException) as error:
        msg = f"the rollup of {snapshot.dataset} could not be written to {folder}: {error}"
        raise RollupError(msg) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _condensed(dataset: Dataset, snapshot: Snapshot, folder: Path, by: Condense) -> Condensed:
    """Return the rollup of a version, made of an older one and its further files if it can be."""
    base = _base(dataset, snapshot, folder)
    if base is None:
        return by(dataset, snapshot.files)
    older, known = base
    further = [path for path in snapshot.files if path.name not in known]
    added = by(dataset, further)
    cube = merged(older.cube, added.cube)
    segments = (*older.segments, *added.segments)
    room = 1e6 * (dataset.rollup.most_mb if dataset.rollup else 0) - cube.size_bytes
    has_all = bool(older.segments) == bool(added.segments)
    segments = _thinned(_few(dataset, snapshot, segments, by), room)
    if not has_all or sum(segment.size_bytes for segment in segments) > room:
        return by(dataset, snapshot.files)
    return Condensed(cube, segments, added.problem)


def _thinned(segments: tuple[Segment, ...], room: float) -> tuple[Segment, ...]:
    """Return segments with as few checkpoints as fit: that is sooner done than building anew."""
    size = sum(segment.size_bytes for segment in segments)
    while size > room and any(segment.checkpoints for segment in segments):
        segments = tuple(segment.thinner() for segment in segments)
        size = sum(segment.size_bytes for segment in segments)
    return segments


def _few(
    dataset: Dataset, snapshot: Snapshot, segments: Sequence[Segment], by: Condense
) -> tuple[Segment, ...]:
    """Return the segments, all but the first made one where there are too many."""
    if len(segments) <= MOST_SEGMENTS:
        return tuple(segments)
    small = {name for segment in segments[1:] for name in segment.files}
    files = [path for path in snapshot.files if path.name in small]
    return (segments[0], *by(dataset, files).segments)


def _base(
    dataset: Dataset, snapshot: Snapshot, folder: Path
) -> tuple[Condensed, frozenset[str]] | None:
    """Return the rollup that holds most of a version's files and no other, and those files."""
    names = {path.name for path in snapshot.files}
    contract = _contract(dataset)
    found: list[tuple[int, Path]] = []
    for path in folder.iterdir():
        told = told_of(path) if path.is_dir() else {}
        files = set(told.get("files", ()))
        if told.get("contract") == contract and files < names:
            found.append((len(files), path))
    for _, path in sorted(found, reverse=True):
        try:
            condensed = read_manifest(path)
            for segment in condensed.segments:
                segment.verify()
        except RollupError:
            continue
        return condensed, frozenset(told_of(path)["files"])
    return None


def _forget_old_ones(newest: Path) -> None:
    """Delete what killed builds left, and all but the newest; mapped ones go on answering."""
    found = [path for path in newest.parent.iterdir() if path.is_dir() and path != newest]
    found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    killed = [path for path in found if path.name.startswith(".")]
    others = [path for path in found if path not in killed]
    for path in (*killed, *others[KEPT - 1 :]):
        shutil.rmtree(path, ignore_errors=True)
