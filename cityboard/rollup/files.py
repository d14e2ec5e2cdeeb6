"""Rollups on disk: written aside and renamed, mapped into memory, known by their checksums."""

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import pyarrow as pa

from cityboard.catalog import Dataset
from cityboard.errors import RollupError
from cityboard.lake import Snapshot
from cityboard.lake.disk import WAIT_SECONDS
from cityboard.lake.files import flush, sha256
from cityboard.rollup.axes import Axis
from cityboard.rollup.build import build_cube
from cityboard.rollup.cube import Cube

FORMAT = 1  # raised whenever what is written, or what it means, changes
KEPT = 2  # rollups of a dataset: the newest, and the one that sessions may still be reading
MANIFEST = "manifest.json"


def rollup_folder(dataset: Dataset, snapshot: Snapshot) -> Path:
    """Return where the rollup of a version is kept: beside its rows, named by all it depends on."""
    files = [path.name for path in snapshot.files]
    told = json.dumps([FORMAT, files, dataset.model_dump(mode="json", include=DEPENDS_ON)])
    name = hashlib.sha256(told.encode()).hexdigest()[:32]
    return snapshot.files[0].parent / "_rollups" / name


def open_rollup(dataset: Dataset, snapshot: Snapshot) -> Cube | None:
    """Return the rollup of a version, mapped into memory; None where none was built.

    Raises:
        RollupError: A file of it is missing or differs from its checksum.
    """
    folder = rollup_folder(dataset, snapshot)
    if not folder.is_dir():
        return None
    try:
        told = json.loads((folder / MANIFEST).read_text("utf-8"))
        axes = tuple(_axis(entry) for entry in told["axes"])
        cumulative, daily = (
            {name: _table(folder, entry) for name, entry in told[kind].items()}
            for kind in ("cumulative", "daily")
        )
    except (OSError, ValueError, KeyError) as error:
        msg = f"the rollup of {snapshot.dataset} version {snapshot.version} is damaged: {error}"
        raise RollupError(f"{msg}. Delete {folder} and run `cityboard build`") from error
    return Cube(axes, cumulative, daily)


def write_rollup(dataset: Dataset, snapshot: Snapshot) -> Path:
    """Build the rollup of a version, unless there is a whole one, and return its folder.

    Raises:
        RollupError: It would be larger than its entry allows, or the disk does not take it.
    """
    folder = rollup_folder(dataset, snapshot)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder.parent / ".lock", timeout=WAIT_SECONDS):
            if not _is_whole(dataset, snapshot):
                _write_aside(dataset, snapshot, folder)
                _forget_old_ones(folder)
    except filelock.Timeout as error:
        msg = f"another build has kept the rollup of {snapshot.dataset} for {WAIT_SECONDS} s"
        raise RollupError(f"{msg}; look for one that hangs, end it, and run again") from error
    return folder


def _is_whole(dataset: Dataset, snapshot: Snapshot) -> bool:
    try:
        return open_rollup(dataset, snapshot) is not None
    except RollupError:
        return False


def _write_aside(dataset: Dataset, snapshot: Snapshot, folder: Path) -> None:
    unfinished = folder.with_name(f".{uuid.uuid4().hex}")
    try:
        unfinished.mkdir()
        _write(build_cube(dataset, snapshot), unfinished)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
        flush(folder.parent)
    except (OSError, pa.ArrowException) as error:
        msg = f"the rollup of {snapshot.dataset} could not be written to {folder}: {error}"
        raise RollupError(msg) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


# Words, checks and licences do not change what is counted.
DEPENDS_ON: Any = {
    "columns": {"__all__": {"name", "type"}},
    "measures": {"__all__": {"aggregate", "column", "over"}},
    "time": True,
    "place": True,
    "rollup": {"dimensions"},
}


def _write(cube: Cube, folder: Path) -> None:
    told: dict[str, Any] = {
        "axes": [_axis_told(axis) for axis in cube.axes],
        "cumulative": _write_tables(cube.cumulative.items(), folder),
        "daily": _write_tables(cube.daily.items(), folder),
    }
    (folder / MANIFEST).write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    flush(folder / MANIFEST)
    flush(folder)


def _write_tables(tables: Iterable[tuple[str, np.ndarray]], folder: Path) -> dict[str, Any]:
    told = {}
    for name, table in tables:
        path = folder / f"{uuid.uuid4().hex}.npy"
        np.save(path, table)
        flush(path)
        told[name] = {"file": path.name, "sha256": sha256(path)}
    return told


def _table(folder: Path, told: dict[str, str]) -> np.ndarray:
    path = folder / told["file"]
    if sha256(path) != told["sha256"]:
        msg = f"{path.name} differs from its checksum"
        raise ValueError(msg)
    table: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return table


def _axis_told(axis: Axis) -> dict[str, Any]:
    is_day = axis.values.dtype.kind == "M"
    values = (axis.values.astype(np.int64) if is_day else axis.values).tolist()
    return {"name": axis.name, "type": axis.values.dtype.str, "values": values}


def _axis(told: dict[str, Any]) -> Axis:
    kind = np.dtype(told["type"])
    values = np.array(told["values"], np.int64 if kind.kind == "M" else kind)
    return Axis(told["name"], values.astype(kind))


def _forget_old_ones(newest: Path) -> None:
    """Delete what killed builds left, and all but the newest; mapped ones go on answering."""
    found = [path for path in newest.parent.iterdir() if path.is_dir() and path != newest]
    found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    killed = [path for path in found if path.name.startswith(".")]
    others = [path for path in found if path not in killed]
    for path in (*killed, *others[KEPT - 1 :]):
        shutil.rmtree(path, ignore_errors=True)
