"""The state of every feed: whether it speaks, and whether what it says can be used."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Literal

from cityboard.catalog import Dataset, Feed, Text
from cityboard.errors import DisclosureError
from cityboard.lake.pulse import Pulse, read_pulse
from cityboard.store import Store

FeedCondition = Literal["ok", "late", "stale", "failing", "off"]
OFF_AFTER = dt.timedelta(seconds=30)  # without a sign of life of the watcher
CONDITIONS: dict[FeedCondition, Text] = {
    "ok": Text(ko="정상", en="ok"),
    "late": Text(ko="지연", en="late"),
    "stale": Text(ko="끊김", en="stale"),
    "failing": Text(ko="실패", en="failing"),
    "off": Text(ko="꺼짐", en="off"),
}


@dataclasses.dataclass(frozen=True)
class FeedState:
    """How a feed is at an instant.

    Attributes:
        dataset: Whose feed it is.
        feed: Its clock.
        is_pushed: Whether its source pushes; otherwise it is polled.
        state: `ok`; `late` where the newest event came later than the feed allows; `stale` where
            nothing good came for too long; `failing` where the last attempt failed; `off` where
            nobody watches it, or it cannot run as it is set up.
        pulse: Counts and instants; of zeros where it was never watched.
    """

    dataset: str
    feed: Feed
    is_pushed: bool
    state: FeedCondition
    pulse: Pulse


def feed_states(store: Store, folder: Path, now: dt.datetime) -> tuple[FeedState, ...]:
    """Return the state of every feed the role may see, ordered by dataset.

    Args:
        store: For the role that asks.
        folder: Of what watchers say, see `cityboard.lake.pulse.feeds_folder`.
        now: The present instant (aware).
    """
    seen = [dataset for dataset in store.catalog.datasets.values() if _may_see(store, dataset)]
    states = (feed_state(dataset, folder, now) for dataset in seen)
    return tuple(sorted((s for s in states if s is not None), key=lambda s: s.dataset))


def feed_state(dataset: Dataset, folder: Path, now: dt.datetime) -> FeedState | None:
    """Return the state of a dataset's feed; None where it has none."""
    fed_by, feed = dataset.fed_by, dataset.feed
    if fed_by is None or feed is None:
        return None
    pulse = read_pulse(folder, dataset.id) or Pulse()
    state = condition_of(pulse, feed, now)
    return FeedState(dataset.id, feed, fed_by.kind == "push", state, pulse)


def condition_of(pulse: Pulse, feed: Feed, now: dt.datetime) -> FeedCondition:
    """Return which of the five states a feed is in, the first that holds from `off` upwards."""
    good, event = pulse.last_good_at, pulse.last_event_at
    if pulse.is_switched_off or pulse.heartbeat_at is None or now - pulse.heartbeat_at > OFF_AFTER:
        return "off"
    if pulse.failures:
        return "failing"
    if good is None or now - good > dt.timedelta(seconds=feed.stale_after_seconds):
        return "stale"
    if event is not None and good - event > dt.timedelta(seconds=feed.late_after_seconds):
        return "late"
    return "ok"


def _may_see(store: Store, dataset: Dataset) -> bool:
    try:
        store.dataset(dataset.id)
    except DisclosureError:
        return False
    return True
