"""A reader of a live dataset on *Explore*: notes when the number of rows it is shown changes."""

import time
from typing import Any

from benchmarks.reader import Reader

PARAMETERS = "lang=en&measure=rows&dataset="


class CountingReader(Reader):
    """One session that watches; the bars of the ranking tell how many rows there are.

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
    """Return the sum of the ranking's bars, where a change of a document is about them."""
    if event.get("kind") != "ColumnDataChanged" or set(event["cols"]) != {"words", "value"}:
        return None
    values = dict(event["data"]["entries"])["value"]
    return round(sum(values)) if isinstance(values, list) else None
