"""What a fetch gives: the files or pages of one source, with their checksum."""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from cityboard.errors import SourceError

ENCODINGS = ("utf-8-sig", "cp949")  # every Korean text file met so far is one of the two
BLOCK_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class Fetched:
    """Input of one cleaning, unaltered.

    Attributes:
        parts: Files as published, in the order they are cleaned.
        request: What was asked of the source: paths, or URLs without secrets.
        sha256: Checksum over the bytes of all parts, see `checksum`.
        names: Paths of the parts below the data folder, in their order; none for pages.
        of_last_pattern: How many of the parts the last pattern asked for.
        received_at: When the newest page was answered (UTC); None for files. The same bytes
            received again are the same input.
    """

    parts: tuple[Path, ...]
    request: str
    sha256: str
    names: tuple[str, ...] = ()
    of_last_pattern: int = 0
    received_at: dt.datetime | None = dataclasses.field(default=None, compare=False)

    def rows_and_lists(self) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """Return the parts of all patterns but the last, and those of the last.

        For files of rows that refer to a list in another file, as months do to a list of stops.
        """
        rows = len(self.parts) - self.of_last_pattern
        return self.parts[:rows], self.parts[rows:]


def fetch_files(folder: Path, patterns: Iterable[str]) -> Fetched:
    """Return the files under a folder that match any pattern, ordered by pattern, then name.

    Args:
        folder: The data folder.
        patterns: Globs relative to it.

    Raises:
        SourceError: A pattern matches nothing.
    """
    parts: list[Path] = []
    added: list[Path] = []
    for pattern in patterns:
        found = sorted(path for path in folder.glob(pattern) if path.is_file())
        if not found:
            msg = f"No file matches {pattern!r} in {folder}. Check --data, or fetch the file there."
            raise SourceError(msg)
        added = [path for path in found if path not in parts]
        parts += added
    names = tuple(part.relative_to(folder).as_posix() for part in parts)
    return Fetched(
        tuple(parts), ", ".join(patterns), checksum(parts), names, of_last_pattern=len(added)
    )


def together(fetched: Sequence[Fetched]) -> Fetched:
    """Return several fetches of pages as one, in order.

    Args:
        fetched: At least one; `received_at` of the whole is that of the last received.
    """
    if len(fetched) == 1:
        return fetched[0]
    parts = tuple(part for each in fetched for part in each.parts)
    times = [each.received_at for each in fetched if each.received_at]
    request = ", ".join(each.request for each in fetched)
    return Fetched(parts, request, checksum(parts), received_at=max(times, default=None))


def checksum(parts: Iterable[Path]) -> str:
    """Return the SHA-256 of the bytes of files, one after the other, as `cat … | sha256sum` does.

    Args:
        parts: In order; of a single file it is what `sha256sum` prints.
    """
    total = hashlib.sha256()
    for part in parts:
        with part.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                total.update(block)
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
