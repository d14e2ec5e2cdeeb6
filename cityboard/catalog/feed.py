"""Feeds: how often a stream's source speaks, and from when it counts as late or stale."""

from pydantic import Field

from cityboard.catalog.text import Entry


class Feed(Entry):
    """The clock of a distribution that brings events: polled, or pushed to us.

    Attributes:
        every_seconds: Time between two polls; None where the source pushes.
        late_after_seconds: An event that is learnt later than this after it happened is late.
        stale_after_seconds: Without a good answer or an event for this long, the feed is stale.
        keep_days: Rows older than this leave the newest version when it is compacted; an event
            older than this is rejected.
    """

    every_seconds: int | None = Field(default=None, gt=0)
    late_after_seconds: int = Field(default=600, gt=0)
    stale_after_seconds: int = Field(default=900, gt=0)
    keep_days: int = Field(default=31, gt=0)
