"""Pages of the Seoul Open Data Plaza on disk: kept as received, reused while they are fresh."""

import dataclasses
import datetime as dt
import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from cityboard.errors import SourceError

SWEPT_AFTER_SECONDS = 3600  # a reader may still hold pages that a newer fetch replaced


@dataclasses.dataclass(frozen=True)
class Page:
    """One page as kept.

    Attributes:
        path: Its file; a file is never changed once written.
        received_at: When the service last answered with it (UTC).
        etag: The service's tag of it; None where it gave none.
        last_modified: The service's date of it, as given; None where it gave none.
    """

    path: Path
    received_at: dt.datetime
    etag: str | None = None
    last_modified: str | None = None

    @property
    def body(self) -> bytes:
        """Return the page as received."""
        return self.path.read_bytes()


@dataclasses.dataclass(frozen=True)
class Kept:
    """All pages of one question, of one fetch.

    Attributes:
        request: What was asked, without secrets.
        pages: In order.
    """

    request: str
    pages: tuple[Page, ...]

    def is_fresh(self, now: dt.datetime, seconds: float) -> bool:
        """Tell whether every page was received within the last `seconds`."""
        ages = [(now - page.received_at).total_seconds() for page in self.pages]
        return all(0 <= age <= seconds for age in ages)


class PageFolder:
    """Where the pages of one question are kept.

    Args:
        folder: Folder of the service.
        question: Words that tell the question from every other of the service.
    """

    def __init__(self, folder: Path, question: str) -> None:
        self._folder = folder
        self._name = hashlib.sha256(question.encode()).hexdigest()[:8]
        self._index = folder / f"{self._name}.index"

    @property
    def lock_path(self) -> Path:
        """Return the file that one fetch at a time may lock."""
        return self._folder / f"{self._name}.lock"

    def add(self, body: bytes, *, window: tuple[int, int]) -> Path:
        """Write one page and return its file, named by its rows and its content.

        Args:
            body: As received.
            window: First and last row asked for.

        Raises:
            SourceError: The disk is full, or the folder may not be written.
        """
        suffix = "xml" if body.lstrip()[:1] == b"<" else "json"
        digest = hashlib.sha256(body).hexdigest()[:12]
        start, end = window
        path = self._folder / f"{self._name}.{start:05d}-{end:05d}.{digest}.{suffix}"
        write_whole(path, body)
        return path

    def kept(self) -> Kept | None:
        """Return the pages of the last whole fetch; None where there was none, or one is gone."""
        try:
            index = json.loads(self._index.read_bytes())
            pages = tuple(_page(self._folder, entry) for entry in index["pages"])
            kept = Kept(index["request"], pages)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return kept if pages and all(_is_whole(page.path) for page in pages) else None

    def keep(self, kept: Kept) -> None:
        """Make these the pages of the last whole fetch, and sweep older ones after an hour."""
        entries = [
            {
                "file": page.path.name,
                "received_at": page.received_at.isoformat(),
                "etag": page.etag,
                "last_modified": page.last_modified,
            }
            for page in kept.pages
        ]
        write_whole(self._index, json.dumps({"request": kept.request, "pages": entries}).encode())
        self._sweep({page.path for page in kept.pages})

    def _sweep(self, used: Iterable[Path]) -> None:
        for path in {*self._folder.glob(f"{self._name}.*-*.*")} - {*used}:
            if time.time() - path.stat().st_mtime > SWEPT_AFTER_SECONDS:
                path.unlink(missing_ok=True)


def _page(folder: Path, entry: dict[str, str]) -> Page:
    received_at = dt.datetime.fromisoformat(entry["received_at"])
    path = folder / Path(entry["file"]).name
    return Page(path, received_at, entry["etag"], entry["last_modified"])


def _is_whole(path: Path) -> bool:
    digest = path.name.split(".")[-2]
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest().startswith(digest)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing.

    Raises:
        SourceError: The disk is full, or the folder may not be written.
    """
    draft = path.with_name(f".{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        msg = f"{path} cannot be written ({error}). Free some space, or set CITYBOARD_HOME."
        raise SourceError(msg) from error
