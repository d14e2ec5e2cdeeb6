"""What a fetch gives: the files or pages of one source, with their checksum."""

import dataclasses
import hashlib
from collections.abc import Iterable
from pathlib import Path

from cityboard.errors import SourceError

ENCODINGS = ("utf-8-sig", "cp949")  # every Korean text file met so far is one of the two


@dataclasses.dataclass(frozen=True)
class Fetched:
    """Input of one cleaning, unaltered.

    Attributes:
        parts: Files as published, in the order they are cleaned.
        request: What was asked of the source: paths, or URLs without secrets.
        sha256: Checksum over the names and bytes of all parts.
    """

    parts: tuple[Path, ...]
    request: str
    sha256: str


def fetch_files(folder: Path, patterns: Iterable[str]) -> Fetched:
    """Return the files under a folder that match any pattern, ordered by pattern, then name.

    Args:
        folder: The data folder.
        patterns: Globs relative to it.

    Raises:
        SourceError: A pattern matches nothing.
    """
    parts: list[Path] = []
    for pattern in patterns:
        found = sorted(path for path in folder.glob(pattern) if path.is_file())
        if not found:
            msg = f"No file matches {pattern!r} in {folder}. Check --data, or fetch the file there."
            raise SourceError(msg)
        parts += [path for path in found if path not in parts]
    return Fetched(tuple(parts), ", ".join(patterns), checksum(parts))


def checksum(parts: Iterable[Path]) -> str:
    """Return one SHA-256 over the names and the bytes of files, in order."""
    total = hashlib.sha256()
    for part in parts:
        with part.open("rb") as file:
            total.update(part.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 (with or without BOM) or CP949, line ends as they are.

    Raises:
        SourceError: It is in neither encoding; names the byte.
    """
    return decode(path.read_bytes(), path)


def decode(content: bytes, path: Path) -> str:
    """Return text from bytes in UTF-8 (with or without BOM) or CP949.

    Args:
        content: The bytes of a file, or of a file inside an archive.
        path: Where they come from, for the message.

    Raises:
        SourceError: They are in neither encoding; names the byte.
    """
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            fault = error
    msg = (
        f"{path}: neither {' nor '.join(ENCODINGS)} at byte {fault.start}. "
        "Save it as UTF-8, or add its encoding to data_sources/fetched.py."
    )
    raise SourceError(msg)
