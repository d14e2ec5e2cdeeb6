"""What news media write about: keywords of titles, and the newest titles with their links."""

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pandas as pd

from cityboard.cancel import Cancel
from cityboard.errors import NoSnapshotError
from cityboard.feeds import CONDITIONS, FeedState, feed_state
from cityboard.lake.pulse import feeds_folder
from cityboard.opinion import SEPARATOR
from cityboard.query import Listing
from cityboard.selection import Interval, Selection
from cityboard.store import Answer
from cityboard.views.opinion import OpinionToldView

MEDIA = "media_items"
DAYS, MOST_ITEMS, KEYWORDS_SHOWN, ITEMS_SHOWN = 7, 1000, 12, 8


@dataclasses.dataclass(frozen=True)
class Media:
    """The items of the last two weeks, the newest first, and how the feed is.

    Attributes:
        items: None where nothing was received yet.
        since: First day of the last week.
    """

    items: Answer | None
    since: dt.date
    state: FeedState | None


class MediaView(OpinionToldView):
    """Keywords of the titles of a week beside those of the week before."""

    template: ClassVar = "media"

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on: the version, the day, and how the feed is."""
        state = self._state()
        return (self._files(), self.screen.store.today, state and state.state, self.keyword)

    def ask(self, selection: Selection, cancel: Cancel) -> Media:  # noqa: ARG002
        """Return the items of two weeks."""
        store = self.screen.store
        since = store.today - dt.timedelta(days=DAYS - 1)
        if not self._files():
            return Media(None, since, self._state())
        fortnight = Interval(since - dt.timedelta(days=DAYS), store.today + dt.timedelta(days=1))
        listing = Listing(
            MEDIA,
            where=(fortnight,),
            order="published_at",
            direction="descending",
            limit=MOST_ITEMS,
        )
        return Media(store.list_rows(listing, cancel=cancel), since, self._state())

    def answers_of(self, result: Media) -> Sequence[Answer]:
        """Return the answers that a result was made from."""
        return [result.items] if result.items else []

    def words(self, result: Media) -> dict[str, Any]:
        """Return what the template needs."""
        state = result.state.state if result.state else "off"
        told: dict[str, Any] = {
            "state": self.screen.words(CONDITIONS[state]),
            "is_off": state == "off",
            "keywords": [],
            "items": [],
        }
        if result.items is None or result.items.frame.empty:
            return told
        frame = result.items.frame
        zone = ZoneInfo(self.screen.catalog.city.time_zone)
        published = pd.to_datetime(frame["published_at"], utc=True).dt.tz_convert(zone)
        is_last = published.dt.date >= result.since
        now, before = _counts(frame[is_last]), _counts(frame[~is_last])
        told["keywords"] = [
            (word, count, before[word]) for word, count in now.most_common(KEYWORDS_SHOWN)
        ]
        newest = frame.assign(at=published).head(ITEMS_SHOWN)
        told["items"] = [self._item(row) for row in newest.to_dict("records")]
        return told

    def _item(self, row: dict[Any, Any]) -> dict[str, str]:
        link = "" if pd.isna(row["link"]) else str(row["link"])
        return {
            "title": str(row["title"]),
            "link": link if link.startswith(("https://", "http://")) else "",
            "feed": str(row["feed_name"]),
            "at": f"{row['at']:%m-%d %H:%M}",
        }

    def _files(self) -> Sequence[object]:
        try:
            return self.screen.store.snapshot(MEDIA).files
        except NoSnapshotError:
            return ()

    def _state(self) -> FeedState | None:
        store = self.screen.store
        folder, now = feeds_folder(store.lake), dt.datetime.now(dt.UTC)
        return feed_state(store.dataset(MEDIA), folder, now)


def _counts(frame: pd.DataFrame) -> Counter[str]:
    """Return in how many titles each keyword stands."""
    told = frame["keywords"].dropna()
    return Counter(word for words in told for word in str(words).split(SEPARATOR))
