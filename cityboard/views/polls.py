"""What citizens are asked and complain about: results of polls, the funnel of complaints."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pandas as pd

from cityboard.cancel import Cancel
from cityboard.complaints import COMPLAINTS, STATES, Funnel, complaints, funnel
from cityboard.query import Listing, Query
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.markup import simulated_markup
from cityboard.views.opinion import OpinionToldView
from cityboard.words import day_words, exact_words, interval_words, value_words

POLLS = "polls"
MOST_OPTIONS = 200


class PollsView(OpinionToldView):
    """The newest polls first, each with its results."""

    template: ClassVar = "polls"
    datasets: ClassVar = (POLLS,)

    def ask(self, selection: Selection, cancel: Cancel) -> Answer:  # noqa: ARG002
        """Return every option of every poll."""
        listing = Listing(POLLS, order="asked_date", direction="descending", limit=MOST_OPTIONS)
        return self.screen.store.list_rows(listing, cancel=cancel)

    def answers_of(self, result: Answer) -> Sequence[Answer]:
        """Return the answers that a result was made from."""
        return [result]

    def words(self, result: Answer) -> dict[str, Any]:
        """Return what the template needs."""
        polls = result.frame.groupby("poll_id", sort=False)
        return {
            "mark": simulated_markup(self.screen, result),
            "polls": [self._poll(options) for _, options in polls],
        }

    def _poll(self, options: pd.DataFrame) -> dict[str, Any]:
        language, first = self.screen.language, options.iloc[0]
        persons = int(options["answers"].sum())
        low, high = (pd.Timestamp(first[name]).date() for name in ("asked_date", "closed_date"))
        ordered = options.sort_values(["answers", "option_id"], ascending=[False, True])
        return {
            "question": first[f"question_{language}"],
            "persons": exact_words(persons),
            "days": interval_words(low, high + dt.timedelta(days=1), language),
            "options": [
                (row[f"option_{language}"], f"{100 * row['answers'] / max(persons, 1):.1f}%")
                for row in ordered.to_dict("records")
            ],
        }


@dataclasses.dataclass(frozen=True)
class FunnelResult:
    """How far complaints are, at which instant, and the version that told."""

    funnel: Funnel
    at: dt.datetime
    rows: Answer


class FunnelView(OpinionToldView):
    """How many complaints are how far, how many wait, and how many are overdue."""

    template: ClassVar = "funnel"
    datasets: ClassVar = (COMPLAINTS,)

    def ask(self, selection: Selection, cancel: Cancel) -> FunnelResult:  # noqa: ARG002
        """Return the funnel as known now; of a scenario, at its end."""
        store = self.screen.store
        rows = store.answer(Query(COMPLAINTS, ("rows",)), cancel=cancel)
        at = store.as_of or dt.datetime.now(dt.UTC)
        last = rows.snapshot.lineage.last
        if rows.provenance == "simulated" and last:
            at = min(at, dt.datetime.fromisoformat(last))
        return FunnelResult(funnel(complaints(store, until=at), at=at), at, rows)

    def answers_of(self, result: FunnelResult) -> Sequence[Answer]:
        """Return the answers that a result was made from."""
        return [result.rows]

    def words(self, result: FunnelResult) -> dict[str, Any]:
        """Return what the template needs."""
        told, screen = result.funnel, self.screen
        local = result.at.astimezone(ZoneInfo(screen.catalog.city.time_zone))
        dataset = screen.store.dataset(COMPLAINTS)
        return {
            "mark": simulated_markup(screen, result.rows),
            "at": f"{day_words(local.date(), screen.language)} {local:%H:%M}",
            "filed": exact_words(told.filed),
            "states": [
                (
                    value_words(state, "state_code", dataset, screen.language),
                    exact_words(told.reached[state]),
                    exact_words(told.counts[state]),
                    100 * told.reached[state] / max(told.filed, 1),
                )
                for state in STATES
            ],
            "waiting": exact_words(told.waiting),
            "overdue": exact_words(told.overdue),
            "in_time": "–" if told.in_time_pct is None else f"{told.in_time_pct:.1f}%",
        }
