"""Proposals in groups: topics, near duplicates, and those that the city adopted."""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any, ClassVar

import pandas as pd

from cityboard.cancel import Cancel
from cityboard.figures.spark import sparkline
from cityboard.opinion import keywords_told
from cityboard.query import Field, Listing, Period, Query
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.opinion import OpinionToldView
from cityboard.words import day_words, exact_words

TOPICS, DUPLICATES, ADOPTED = "proposal_topics", "proposal_duplicates", "adopted_proposals"
BETWEEN = " · "
GROUPS_SHOWN, ADOPTED_SHOWN = 5, 12


@dataclasses.dataclass(frozen=True)
class Grouped:
    """Topics by month, and the largest groups of near duplicates beside all of them."""

    topics: Answer
    groups: Answer
    largest: Answer


class TopicsView(OpinionToldView):
    """Topic groups with their size and course, and how many proposals are nearly the same."""

    template: ClassVar = "topics"
    datasets: ClassVar = (TOPICS, DUPLICATES)

    def ask(self, selection: Selection, cancel: Cancel) -> Grouped:  # noqa: ARG002
        """Return topics and groups, of all that is published."""
        answer = functools.partial(self.screen.store.answer, cancel=cancel)
        by = (Field("topic_id"), Field("topic_words"), Period("month"))
        largest = Listing(DUPLICATES, order="proposals", direction="descending", limit=GROUPS_SHOWN)
        return Grouped(
            answer(Query(TOPICS, ("proposals",), by)),
            answer(Query(DUPLICATES, ("groups", "proposals"))),
            self.screen.store.list_rows(largest, cancel=cancel),
        )

    def answers_of(self, result: Grouped) -> Sequence[Answer]:
        """Return the answers that a result was made from."""
        return [result.topics, result.groups]

    def words(self, result: Grouped) -> dict[str, Any]:
        """Return what the template needs."""
        frame = result.topics.frame
        total = int(frame["proposals"].sum())
        of_none = frame["topic_words"].isna()
        told = frame[~of_none].groupby(["topic_id", "topic_words"], sort=True)
        most = int(told["proposals"].sum().max()) if len(told) else 1
        groups = result.groups.frame.iloc[0]
        known = set(keywords_told(self.screen.store))
        return {
            "topics": [
                {
                    "words": [
                        (word, self.address(keyword=word) if word in known else "")
                        for word in str(words).split(BETWEEN)
                    ],
                    "count": exact_words(int(part["proposals"].sum())),
                    "pct": f"{100 * part['proposals'].sum() / total:.0f}%",
                    "width": 100 * int(part["proposals"].sum()) / most,
                    "line": sparkline(part["proposals"].tolist(), words=str(words)),
                }
                for (_, words), part in told
            ],
            "without": exact_words(int(frame[of_none]["proposals"].sum())),
            "groups": exact_words(groups["groups"]),
            "in_groups": exact_words(groups["proposals"]),
            "groups_pct": f"{100 * groups['proposals'] / max(total, 1):.1f}%",
            "largest": [self._group(row) for row in result.largest.frame.to_dict("records")],
        }

    def _group(self, row: dict[Any, Any]) -> dict[str, str]:
        language = self.screen.language
        days = [
            day_words(pd.Timestamp(row[f"{end}_date"]).date(), language)
            for end in ("first", "last")
        ]
        return {
            "count": exact_words(row["proposals"]),
            "days": " – ".join(dict.fromkeys(days)),
            "title": "" if pd.isna(row["title"]) else str(row["title"]),
        }


@dataclasses.dataclass(frozen=True)
class Adopted:
    """Adopted proposals per year, and the newest of them."""

    years: Answer
    newest: Answer


class AdoptedView(OpinionToldView):
    """The proposals the city adopted, with what the department replied."""

    template: ClassVar = "adopted"
    datasets: ClassVar = (ADOPTED,)

    def ask(self, selection: Selection, cancel: Cancel) -> Adopted:  # noqa: ARG002
        """Return the years, and the newest proposals."""
        store = self.screen.store
        newest = Listing(
            ADOPTED, order="proposed_date", direction="descending", limit=ADOPTED_SHOWN
        )
        years = Query(ADOPTED, ("proposals",), (Period("year"),))
        return Adopted(store.answer(years, cancel=cancel), store.list_rows(newest, cancel=cancel))

    def answers_of(self, result: Adopted) -> Sequence[Answer]:
        """Return the answers that a result was made from."""
        return [result.years]

    def words(self, result: Adopted) -> dict[str, Any]:
        """Return what the template needs."""
        years = result.years.frame
        most = int(years["proposals"].max()) if len(years) else 1
        listed = result.newest.frame
        has_texts = bool(listed["title"].notna().any())
        return {
            "count": exact_words(int(years["proposals"].sum())),
            "years": [
                (
                    pd.Timestamp(row["period"]).year,
                    exact_words(row["proposals"]),
                    100 * row["proposals"] / most,
                )
                for row in years.to_dict("records")
            ],
            "rows": [self._row(row) for row in listed.to_dict("records")] if has_texts else [],
        }

    def _row(self, row: dict[Any, Any]) -> dict[str, str]:
        screen = self.screen
        texts = {
            name: "" if pd.isna(row[name]) else str(row[name])
            for name in ("title", "department_name", "reply_text")
        }
        day = day_words(pd.Timestamp(row["proposed_date"]).date(), screen.language)
        return {
            **texts,
            "title": texts["title"] or screen.say("(제목 없음)", "(no title)"),
            "day": day,
        }
