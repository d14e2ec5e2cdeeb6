"""A reader of a live dataset on *Explore*: notes when the number of rows it is shown changes."""

import re
import time
from typing import Any

from benchmarks.reader import Reader

TOTAL = re.compile(r"Nothing selected · ([\d,]+) ")
PARAMETERS = "lang=en&measure=rows&dataset="


class CountingReader(Reader):
    """One session that watches; the line above the views tells how many rows there are.

    Attributes:
        seen: When (seconds since the epoch) which number of rows was shown, in order.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.seen: list[tuple[float, int]] = []

    def _heard(self, events: list[dict[str, Any]]) -> None:
        now = time.time()
        counts = [count for event in events if (count := shown_count(event)) is not None]
        if counts:
            self.seen.append((now, counts[-1]))


def shown_count(event: dict[str, Any]) -> int | None:
    """Return the total in the line above the views, where a change of a document is about it."""
    found = TOTAL.search(str(event.get("new", ""))) if event.get("attr") == "text" else None
    return int(found[1].replace(",", "")) if found else None
