"""What citizens propose: keywords over time, those that rise, and the proposals that name one."""

import dataclasses
import datetime as dt
import statistics
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from cityboard.cancel import Cancel
from cityboard.errors import QueryError
from cityboard.period import period_end
from cityboard.query import Field, Period, Query
from cityboard.selection import Clause, Interval
from cityboard.store import Answer, Store

KEYWORDS, PROPOSALS = "proposal_keywords", "citizen_proposals"
Span = Literal["year", "half", "quarter"]
SPANS: dict[Span, int] = {"year": 12, "half": 6, "quarter": 3}  # months
PRIOR = 1000.0  # mentions that the prior weighs as much as
CONFIDENCE = 0.95  # of all keywords together
SEPARATOR = " "  # between the keywords of a proposal
DETAILS = ("proposal_id", "title", "keywords", "proposed_date", "source_url")


@dataclasses.dataclass(frozen=True)
class Rise:
    """How much more often a keyword is named in a period than in the one before.

    Attributes:
        before, after: Proposals that name it.
        before_pct, after_pct: Their share of all proposals of the period.
        log_odds: By how much its odds among all mentions rose, as a natural logarithm.
        z: `log_odds` by its standard error.
        months: Proposals that name it in each month of both periods that is published.
    """

    keyword: str
    before: int
    after: int
    before_pct: float
    after_pct: float
    log_odds: float
    z: float
    months: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Rising:
    """Every keyword of two periods, the one that rose most first.

    Attributes:
        before, after: The periods.
        months_before, months_after: Months of each that have proposals: some were not published.
        in_all: All proposals in each month of both periods that is published.
        limit: What `z` is above, in either direction, for one keyword in twenty such lists by
            chance alone (Bonferroni's correction for all keywords compared).
        answer: What it was counted from.
    """

    before: Interval
    after: Interval
    months_before: int
    months_after: int
    proposals_before: int
    proposals_after: int
    in_all: tuple[int, ...]
    limit: float
    rises: tuple[Rise, ...]
    answer: Answer


@dataclasses.dataclass(frozen=True)
class Mentions:
    """A keyword month by month.

    Attributes:
        months: First days of every month from the first to the last that is published.
        proposals: Proposals that name it, in each.
        in_all: All proposals, in each; 0 where nothing was published.
    """

    keyword: str
    months: tuple[dt.date, ...]
    proposals: tuple[int, ...]
    in_all: tuple[int, ...]
    answer: Answer


def log_odds(
    before: np.ndarray, after: np.ndarray, *, prior: float = PRIOR
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much more often each word is named after than before, and its z-score.

    The weighted log-odds ratio with an informative Dirichlet prior: each word has `prior` times
    its share of both periods together as pseudo-counts, so that rare words do not lead the list.

    Args:
        before: (n words) mentions in the period before.
        after: (n words) mentions in the period after.
        prior: Mentions that the prior weighs as much as.

    Returns:
        (n words) difference of the log-odds, and that by its standard error; above 0 rose, and 0
        for a word that neither period has.

    Source: Monroe, Colaresi and Quinn 2008, Fightin' Words, Political Analysis 16 (4), equations
        15, 16, 18, 20, 22 and 23.
    """
    both = before + after
    alpha = prior * both / max(both.sum(), 1)
    is_named = both > 0
    difference, z = np.zeros(len(both)), np.zeros(len(both))
    counts = [(y[is_named] + alpha[is_named], y.sum() + prior) for y in (before, after)]
    odds = [np.log(y / (total - y)) for y, total in counts]
    difference[is_named] = odds[1] - odds[0]
    z[is_named] = difference[is_named] / np.sqrt(sum(1 / y for y, _ in counts))
    return difference, z


def rising_terms(store: Store, *, span: Span = "year", cancel: Cancel | None = None) -> Rising:
    """Return the keywords of the newest period beside the one as long before it.

    Of a year the two last calendar years are compared, of the others the last months.

    Args:
        store: Answers.
        span: Length of a period.
        cancel: Stops it.

    Raises:
        CityboardError: As of `Store.answer`.
        QueryError: Fewer months are published than two periods have.
    """
    table, length = _by_month(store, cancel), SPANS[span]
    last = _last_month(table.months, span)
    if last < 2 * length - 1:
        msg = f"two periods of {length} months were asked of {len(table.months)} published months"
        raise QueryError(msg)
    middle = last + 1 - length
    parts = (slice(middle - length, middle), slice(middle, last + 1))
    rises = sorted(_rises(table, *parts), key=lambda rise: (-rise.z, rise.keyword))
    chance = 1 - (1 - CONFIDENCE) / (2 * max(len(rises), 1))
    in_all = [table.in_all[part] for part in parts]
    return Rising(
        before=_period(table.months, parts[0]),
        after=_period(table.months, parts[1]),
        months_before=int(np.count_nonzero(in_all[0])),
        months_after=int(np.count_nonzero(in_all[1])),
        proposals_before=int(in_all[0].sum()),
        proposals_after=int(in_all[1].sum()),
        in_all=tuple(n for part in in_all for n in part.tolist() if n),
        limit=statistics.NormalDist().inv_cdf(chance),
        rises=tuple(rises),
        answer=table.answer,
    )


def _rises(table: "_Table", one: slice, other: slice) -> Iterator[Rise]:
    """Yield every keyword that one of two periods names."""
    before, after = (table.counts[:, part].sum(axis=1) for part in (one, other))
    totals = [max(int(table.in_all[part].sum()), 1) for part in (one, other)]
    both = slice(one.start, other.stop)
    months = table.counts[:, both][:, table.in_all[both] > 0]
    for n, (difference, z) in enumerate(zip(*log_odds(before, after), strict=True)):
        if before[n] + after[n]:
            yield Rise(
                table.keywords[n],
                int(before[n]),
                int(after[n]),
                100 * float(before[n]) / totals[0],
                100 * float(after[n]) / totals[1],
                float(difference),
                float(z),
                tuple(months[n].tolist()),
            )


def mentions(store: Store, keyword: str, *, cancel: Cancel | None = None) -> Mentions:
    """Return a keyword month by month; of an unknown one, nothing but zeros.

    Raises:
        CityboardError: As of `Store.answer`.
    """
    table = _by_month(store, cancel)
    row = np.zeros(len(table.months), dtype=np.int64)
    if keyword in table.keywords:
        row = table.counts[table.keywords.index(keyword)]
    in_all = tuple(table.in_all.tolist())
    return Mentions(keyword, table.months, tuple(row.tolist()), in_all, table.answer)


def keywords_told(store: Store) -> tuple[str, ...]:
    """Return every keyword, in the order of the alphabet."""
    return _by_month(store, None).keywords


@dataclasses.dataclass(frozen=True)
class Voices:
    """The proposals that meet a question.

    Attributes:
        proposals: How many they are; None where the rows tell no keywords.
        votes: How many votes they have.
        by_district: District code → proposals whose text names that district and no other.
        located: Proposals that are in `by_district`.
        most_voted: The first of them by votes: columns `DETAILS` and `votes`; none without texts.
        has_texts: Whether what is published has the texts, not only counts.
    """

    proposals: int | None
    votes: int | None
    by_district: dict[str, int]
    located: int
    most_voted: pd.DataFrame
    has_texts: bool
    answer: Answer


def voices(
    store: Store,
    keyword: str = "",
    *,
    where: Sequence[Clause] = (),
    shown: int = 20,
    cancel: Cancel | None = None,
) -> Voices:
    """Return the proposals that name a keyword, where their texts are published.

    Args:
        store: Answers.
        keyword: Empty is every proposal.
        where: Clauses of the selection.
        shown: Most proposals listed.
        cancel: Stops it.

    Raises:
        CityboardError: As of `Store.answer`.
    """
    by = (*map(Field, DETAILS), Field("district"))
    query = Query(PROPOSALS, ("votes", "proposals"), by, tuple(where))
    answer = store.answer(query, cancel=cancel)
    frame = answer.frame
    has_texts = bool(frame["title"].notna().any())
    if keyword and not has_texts:
        return Voices(None, None, {}, 0, frame.head(0), has_texts, answer)
    if keyword:
        padded = SEPARATOR + frame["keywords"].fillna("") + SEPARATOR
        frame = frame[padded.str.contains(SEPARATOR + keyword + SEPARATOR, regex=False)]
    located = frame.dropna(subset=["district"]).groupby("district")["proposals"].sum()
    listed = frame.sort_values(["votes", "proposal_id"], ascending=[False, True], kind="stable")
    return Voices(
        int(frame["proposals"].sum()),
        int(frame["votes"].sum()),
        {str(code): int(count) for code, count in located.items()},
        int(located.sum()),
        listed.head(shown if has_texts else 0),
        has_texts,
        answer,
    )


@dataclasses.dataclass(frozen=True)
class _Table:
    """Keywords × every month from the first to the last; 0 where nothing was published."""

    keywords: tuple[str, ...]
    months: tuple[dt.date, ...]
    counts: np.ndarray
    in_all: np.ndarray
    answer: Answer


def _by_month(store: Store, cancel: Cancel | None) -> _Table:
    """Return the counts of all keywords and months; the store keeps the answer."""
    query = Query(KEYWORDS, ("proposals", "proposals_in_all"), (Field("keyword"), Period("month")))
    answer = store.answer(query, cancel=cancel)
    frame = answer.frame
    frame = frame.assign(period=pd.to_datetime(frame["period"]))
    every = pd.date_range(frame["period"].min(), frame["period"].max(), freq="MS")
    wide = frame.pivot(index="keyword", columns="period", values="proposals")
    wide = wide.reindex(columns=every).fillna(0)
    in_all = frame.groupby("period")["proposals_in_all"].max().reindex(every, fill_value=0)
    return _Table(
        tuple(str(word) for word in wide.index),
        tuple(day.date() for day in every),
        wide.to_numpy(dtype=np.int64),
        in_all.to_numpy(dtype=np.int64),
        answer,
    )


def _last_month(months: Sequence[dt.date], span: Span) -> int:
    """Return the place of the newest period's last month: December, or the newest of all."""
    if span != "year":
        return len(months) - 1
    return max((n for n, day in enumerate(months) if day.month == 12), default=-1)


def _period(months: Sequence[dt.date], part: slice) -> Interval:
    last = period_end(months[part.stop - 1], "month")
    return Interval(months[part.start], last + dt.timedelta(days=1))
