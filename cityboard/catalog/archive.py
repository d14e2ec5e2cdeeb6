"""The catalogue as it was: each that published something is kept, and found again by its day."""

import datetime as dt
import hashlib
import os
import shutil
from pathlib import Path

from cityboard.errors import CatalogError

STAMP = "%Y%m%dT%H%M%S%fZ"
LEFT_OUT = shutil.ignore_patterns("figures", ".*")  # figures are data: the lake keeps those


def keep(folder: Path, archive: Path, *, now: dt.datetime) -> Path:
    """Keep a copy of a city's folder, unless the newest kept is the same; return where it is.

    Args:
        folder: Folder of the catalogue.
        archive: Folder of all that are kept; made if need be.
        now: When (aware).

    Raises:
        CatalogError: It cannot be written; names why.
    """
    digest = _digest(folder)
    newest = next(iter(sorted(_kept(archive), reverse=True)), None)
    if newest is not None and newest.name.endswith(f"-{digest}"):
        return newest
    copy = archive / f"{now.astimezone(dt.UTC):{STAMP}}-{digest}"
    unfinished = archive / f".{copy.name}.{os.getpid()}"
    try:
        archive.mkdir(parents=True, exist_ok=True)
        shutil.copytree(folder, unfinished, ignore=LEFT_OUT)
        unfinished.rename(copy)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        msg = (
            f"{copy}: the catalogue cannot be kept: {error.strerror}. Free the disk, or its folder."
        )
        raise CatalogError(msg) from error
    return copy


def kept_at(archive: Path, as_of: dt.datetime) -> Path | None:
    """Return the folder of the catalogue that held at an instant (aware).

    Before the first that was kept, the first; None where none was.
    """
    folders = sorted(_kept(archive))
    before = [folder for folder in folders if _since(folder) <= as_of]
    return before[-1] if before else next(iter(folders), None)


def _kept(archive: Path) -> list[Path]:
    return [path for path in archive.glob("*Z-*") if path.is_dir()]


def _since(folder: Path) -> dt.datetime:
    return dt.datetime.strptime(folder.name.split("-")[0], STAMP).replace(tzinfo=dt.UTC)


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        inside = path.relative_to(folder)
        if inside.parts[0] != "figures" and not path.name.startswith("."):
            total.update(inside.as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:12]
