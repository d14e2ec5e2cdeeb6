"""The manifest of a rollup: which file holds which array, and what it must be."""

import json
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cityboard.errors import RollupError
from cityboard.lake.files import flush
from cityboard.rollup.axes import Axis
from cityboard.rollup.checkpoints import Checkpoints
from cityboard.rollup.condensed import Condensed
from cityboard.rollup.cube import Cube
from cityboard.rollup.mapped import Held, InMemory, Mapped, digest_of
from cityboard.rollup.pyramid import Segment

FORMAT = 3  # raised whenever what is written, or what it means, changes
MANIFEST = "manifest.json"
PLANES = ("heads", "starts", "pos", "fine", "code")
OF_CHECKPOINTS = ("ends", "bases", "planes", "narrow")
Told = Mapping[str, Any]


def told_of(folder: Path) -> Told:
    """Return what a manifest tells; nothing where there is none that can be read."""
    try:
        told = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def read_manifest(folder: Path) -> Condensed:
    """Return the rollup in a folder, mapped into memory.

    Raises:
        RollupError: The manifest or a file of the cube is missing or damaged.
    """
    try:
        told = json.loads((folder / MANIFEST).read_text("utf-8"))
        axes = tuple(_axis(entry) for entry in told["axes"])
        cumulative, daily = (
            {name: _mapped(folder, entry).array for name, entry in told[kind].items()}
            for kind in ("cumulative", "daily")
        )
        segments = tuple(_segment(folder, entry) for entry in told["segments"])
        return Condensed(Cube(axes, cumulative, daily), segments, told["problem"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"the rollup in {folder} is damaged: {error}"
        raise RollupError(f"{msg}. Delete the folder and run `cityboard build`") from error


def write_manifest(
    condensed: Condensed, folder: Path, *, contract: str, files: Sequence[str]
) -> None:
    """Write every array of a rollup and the manifest that names them; all is on the disk then.

    Arrays of an older rollup are not copied but linked to.

    Args:
        condensed: What to write.
        folder: Empty.
        contract: What of the entry it depends on.
        files: Names of the data files that it adds up.
    """
    cube = condensed.cube
    told = {
        "contract": contract,
        "files": list(files),
        "axes": [_axis_told(axis) for axis in cube.axes],
        "cumulative": {name: _put(table, folder) for name, table in cube.cumulative.items()},
        "daily": {name: _put(table, folder) for name, table in cube.daily.items()},
        "segments": [_segment_told(segment, folder) for segment in condensed.segments],
        "problem": condensed.problem,
    }
    (folder / MANIFEST).write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    flush(folder / MANIFEST)
    flush(folder)


def _segment_told(segment: Segment, folder: Path) -> Told:
    levels = {
        str(level): {name: _put(getattr(one, name), folder) for name in OF_CHECKPOINTS}
        for level, one in segment.checkpoints.items()
    }
    return {
        "files": list(segment.files),
        "finest": segment.finest,
        "lead": segment.lead,
        "axes": [_axis_told(axis) for axis in segment.axes],
        "blocks": _put(segment.blocks, folder),
        "parts": _put(segment.parts, folder),
        **{name: _put(getattr(segment, name), folder) for name in PLANES},
        "values": {name: _put(one, folder) for name, one in segment.values.items()},
        "checkpoints": levels,
        "totals": _put(segment.totals, folder) if segment.totals else None,
    }


def _segment(folder: Path, told: Told) -> Segment:
    levels = {int(level): _checkpoints(folder, one) for level, one in told["checkpoints"].items()}
    heads, starts, pos, fine, code = (_mapped(folder, told[name]) for name in PLANES)
    return Segment(
        finest=told["finest"],
        axes=tuple(_axis(entry) for entry in told["axes"]),
        lead=told["lead"],
        blocks=_mapped(folder, told["blocks"]).array,
        parts=_mapped(folder, told["parts"]).array,
        heads=heads,
        starts=starts,
        pos=pos,
        fine=fine,
        code=code,
        values={name: _mapped(folder, one) for name, one in told["values"].items()},
        checkpoints=levels,
        totals=_mapped(folder, told["totals"]) if told["totals"] else None,
        files=tuple(told["files"]),
    )


def _checkpoints(folder: Path, told: Told) -> Checkpoints:
    ends, bases, planes, narrow = (_mapped(folder, told[name]) for name in OF_CHECKPOINTS)
    return Checkpoints(ends.array, bases.array, planes, narrow)


def _put(held: Held | np.ndarray, folder: Path) -> Told:
    """Write an array, or link to its file; return how it is told."""
    path = folder / f"{uuid.uuid4().hex}.npy"
    if isinstance(held, Mapped):
        try:
            os.link(held.path, path)
        except OSError:
            shutil.copyfile(held.path, path)
        return {"file": path.name, "xxh3": held.digest}
    array = held.array if isinstance(held, InMemory) else held
    np.save(path, array)
    flush(path)
    return {"file": path.name, "xxh3": digest_of(array)}


def _mapped(folder: Path, told: Told) -> Mapped:
    return Mapped(folder / told["file"], told["xxh3"])


def _axis_told(axis: Axis) -> Told:
    is_day = axis.values.dtype.kind == "M"
    values = (axis.values.astype(np.int64) if is_day else axis.values).tolist()
    return {"name": axis.name, "type": axis.values.dtype.str, "values": values}


def _axis(told: Told) -> Axis:
    kind = np.dtype(told["type"])
    values = np.array(told["values"], np.int64 if kind.kind == "M" else kind)
    return Axis(told["name"], values.astype(kind))
