"""Write an export into a folder, whole or not at all."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from cityboard.errors import ExportError
from cityboard.exports.data_package import data_package_files
from cityboard.exports.dcat import dcat_files
from cityboard.exports.open_sdg import open_sdg_files
from cityboard.exports.sdmx import sdmx_files
from cityboard.store import Store

Files = Callable[[Store], Iterator[tuple[str, bytes]]]
FORMATS: dict[str, Files] = {
    "sdmx": sdmx_files,
    "opensdg": open_sdg_files,
    "dcat": dcat_files,
    "datapackage": data_package_files,
}


def write_export(store: Store, name: str, folder: Path) -> list[Path]:
    """Write an export of what the store's role may see into a new folder.

    Args:
        store: Of the city, for the role the export is for.
        name: One of `FORMATS`.
        folder: Made with its parents; appears whole or not at all.

    Returns:
        The files written, in order.

    Raises:
        ExportError: There is no such format, the folder holds something, or cannot be written.
        CityboardError: As of `Store.answer`.
    """
    if name not in FORMATS:
        raise ExportError(f"no export {name!r}: there is {', '.join(FORMATS)}.")
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            msg = f"{folder} holds something already. Name a new folder, or empty that one."
            raise ExportError(msg)
        written = [_write(unfinished, path, content) for path, content in FORMATS[name](store)]
        unfinished.replace(folder)
    except OSError as error:
        msg = f"cannot write {folder}: {error.strerror}. Name another folder."
        raise ExportError(msg) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return [folder / path for path in written]


def _write(root: Path, path: str, content: bytes) -> str:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return path
