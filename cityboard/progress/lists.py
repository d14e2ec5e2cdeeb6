"""What went better than needed, and what needs a follow-up, over all indicators."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from cityboard.errors import DisclosureError, NoSnapshotError, UnknownNameError
from cityboard.observation import observe
from cityboard.progress.growth import CATEGORIES, Category, Progress, progress
from cityboard.store import Store

EXCEEDING: tuple[Category, ...] = ("achieved", "on_track")
FOLLOW_UP: tuple[Category, ...] = ("acceleration", "limited", "deteriorating", "missed")


def progress_of_all(store: Store, *, today: dt.date | None = None) -> tuple[Progress, ...]:
    """Return the progress of every indicator that the role may see and that has a version.

    Args:
        store: Answers.
        today: As of `progress`; None is today by the city's clock.
    """
    day = today or dt.datetime.now(ZoneInfo(store.catalog.city.time_zone)).date()
    found = []
    for name in store.catalog.indicators:
        try:
            seen = observe(store, store.indicator(name))
        except (NoSnapshotError, DisclosureError, UnknownNameError):
            continue  # as if it did not exist
        found.append(progress(seen, today=day))
    return tuple(found)


def exceeding(told: Sequence[Progress]) -> tuple[Progress, ...]:
    """Return what is achieved or on track, the best first."""
    return _best_first(told, EXCEEDING)


def follow_up(told: Sequence[Progress]) -> tuple[Progress, ...]:
    """Return what must be followed up, the worst first."""
    return _best_first(told, FOLLOW_UP)[::-1]


def _best_first(
    every: Sequence[Progress], categories: tuple[Category, ...]
) -> tuple[Progress, ...]:
    order = list(CATEGORIES)
    chosen = [told for told in every if told.category in categories]
    return tuple(sorted(chosen, key=lambda told: (order.index(told.category), -told.speed)))
