"""Readers that watch a page: they note when the number of events it shows changes."""

import html
import re
import time
from typing import Any, ClassVar

from benchmarks.reader import Reader

TOTAL = re.compile(r"Nothing selected · ([\d,]+) ")
CALLS = re.compile(r'data-calls="(\d+)"')
PARAMETERS = "lang=en&measure=rows&dataset="


class CountingReader(Reader):
    """A session of *Explore*: the line above the views tells how many rows there are.

    Attributes:
        seen: When (seconds since the epoch) which number was shown, in order.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.seen: list[tuple[float, int]] = []

    def count(self, text: str) -> int | None:
        """Return the number that a text tells; None where it tells none."""
        found = TOTAL.search(text)
        return int(found[1].replace(",", "")) if found else None

    def _pulled(self, content: str) -> None:
        """Keep nothing of the document: only texts are read."""

    def _heard(self, events: list[dict[str, Any]]) -> None:
        now = time.time()
        texts = [str(e.get("new", "")) for e in events if e.get("attr") == "text"]
        counts = [found for text in texts if (found := self.count(html.unescape(text))) is not None]
        if counts:
            self.seen.append((now, counts[-1]))


class LiveReader(CountingReader):
    """A session of the live city: its counts tell how many incidents of today were called in."""

    page: ClassVar[str] = "live"

    def count(self, text: str) -> int | None:
        """Return the calls of all kinds."""
        calls = CALLS.findall(text)
        return sum(map(int, calls)) if calls else None
