"""What the watcher of a feed last said of it: a small file, written whole or not at all."""

import dataclasses
import datetime as dt
import json
import os
import uuid
from pathlib import Path
from typing import Any, Self

from cityboard.lake.lake import Lake


@dataclasses.dataclass(frozen=True)
class Pulse:
    """When a feed was last asked or spoke, and what it has brought since it was first watched.

    Attributes:
        heartbeat_at: When its watcher was last seen alive.
        last_attempt_at: The last poll or delivery, good or not.
        last_good_at: The last one of which rows could be used, or that had none to tell.
        last_event_at: The latest event there is.
        failures: Attempts that failed one after another until now.
        problem: Why the last attempt failed; empty where it did not.
        is_switched_off: Whether it cannot run as it is set up, as without a key.
        received: Rows that came; all that follow, but the late ones, add up to it.
        published: Rows appended.
        duplicates: Rows whose key was there already.
        rejected: Rows that could not be used; kept with their reason.
        late: Appended rows that were learnt later than the feed allows.
    """

    heartbeat_at: dt.datetime | None = None
    last_attempt_at: dt.datetime | None = None
    last_good_at: dt.datetime | None = None
    last_event_at: dt.datetime | None = None
    failures: int = 0
    problem: str = ""
    is_switched_off: bool = False
    received: int = 0
    published: int = 0
    duplicates: int = 0
    rejected: int = 0
    late: int = 0

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return what a file holds.

        Raises:
            ValueError: It holds something else.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            for name in ("heartbeat_at", "last_attempt_at", "last_good_at", "last_event_at"):
                if values.get(name):
                    values[name] = dt.datetime.fromisoformat(values[name])
            return cls(**values)
        except (TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error

    def to_json(self) -> str:
        """Return what a file shall hold."""
        values = dataclasses.asdict(self)
        return json.dumps(values, default=dt.datetime.isoformat, ensure_ascii=False, indent=1)


def feeds_folder(lake: Lake) -> Path:
    """Return the folder of what watchers say of a city's feeds."""
    return lake.root.parent.parent / "feeds" / lake.root.name


def read_pulse(folder: Path, dataset: str) -> Pulse | None:
    """Return the pulse of a dataset's feed; None where it was never watched, or is damaged."""
    try:
        return Pulse.from_json((folder / f"{dataset}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None


def write_pulse(folder: Path, dataset: str, pulse: Pulse) -> None:
    """Write the pulse of a dataset's feed; a reader sees the old one or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    spare = folder / f".{dataset}.{os.getpid()}.{uuid.uuid4().hex}"
    try:
        spare.write_text(pulse.to_json(), "utf-8")
        spare.replace(folder / f"{dataset}.json")
    finally:
        spare.unlink(missing_ok=True)
