"""Corrections: values of an indicator that a later version of its dataset tells otherwise."""

import dataclasses
import datetime as dt
import itertools
import math

from cityboard.catalog import Indicator
from cityboard.errors import CityboardError
from cityboard.lake import Snapshot
from cityboard.observation import observe
from cityboard.store import Store

MOST_VERSIONS = 20  # looked at, the newest ones: each costs a question


@dataclasses.dataclass(frozen=True)
class Correction:
    """A value that was told otherwise later.

    Attributes:
        indicator: Its id.
        period: First day of the period it is about; None of a register.
        old: What was told before; None where the period was not told.
        new: What is told since; None where it is not told any more.
        corrected_at: When the newer version was published (UTC).
        version: The newer version.
        why: What the newer version was made from.
    """

    indicator: str
    period: dt.date | None
    old: float | None
    new: float | None
    corrected_at: dt.datetime
    version: int
    why: str


def corrections(store: Store, indicator: Indicator) -> tuple[Correction, ...]:
    """Return what was corrected of an indicator, the newest first.

    A period that becomes complete, or that is added at the end, corrects nothing.

    Args:
        store: Sees the versions published until its `as_of`.
        indicator: Judged by its present definition.
    """
    versions = [
        snapshot
        for snapshot in store.lake.versions(indicator.dataset)
        if store.as_of is None or snapshot.published_at <= store.as_of
    ][:MOST_VERSIONS]
    found: list[Correction] = []
    for newer, older in itertools.pairwise(versions):
        found += _between(store, indicator, older, newer)
    return tuple(found)


def _between(
    store: Store, indicator: Indicator, older: Snapshot, newer: Snapshot
) -> list[Correction]:
    before, after = (_told(store, indicator, each.published_at) for each in (older, newer))
    if not before:
        return []
    last = max((day for day in before if day), default=None)
    return [
        Correction(
            indicator.id,
            day,
            before.get(day),
            after.get(day),
            newer.published_at,
            newer.version,
            newer.lineage.request,
        )
        for day in sorted(before.keys() | after.keys(), key=str, reverse=True)
        if not _is_same(before.get(day), after.get(day))
        and (day is None or last is None or day <= last)
    ]


def _told(store: Store, indicator: Indicator, at: dt.datetime) -> dict[dt.date | None, float]:
    """Return what a version told: period → value; nothing where it cannot be read any more."""
    try:
        seen = observe(store.at(at), indicator)
    except CityboardError:
        return {}
    if seen.period is None:
        return {} if seen.value is None else {None: seen.value}
    return dict(seen.series)


def _is_same(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is new
    return math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-12)
