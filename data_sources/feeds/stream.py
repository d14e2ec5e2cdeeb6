"""A feed that is run: what it brings is cleaned, checked, appended once, and counted."""

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable, Mapping

import polars as pl

from cityboard.catalog import Catalog, Dataset, Feed
from cityboard.errors import CatalogError
from cityboard.lake import Lake, LiveTable
from cityboard.lake.pulse import Pulse, feeds_folder, read_pulse, write_pulse
from data_sources.casting import cast_columns
from data_sources.distribution import draft
from data_sources.draft import Cleaned, conform
from data_sources.fetched import Fetched
from data_sources.publish import lineage_of, origin_of

AHEAD = dt.timedelta(minutes=5)  # a clock may be this much before ours
LONGEST_TEXT = 100_000  # characters of one value
KNOWN_AT = "known_at"
Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the present instant."""
    return dt.datetime.now(dt.UTC)


@dataclasses.dataclass(frozen=True)
class Intake:
    """What became of the rows of one poll or delivery.

    Attributes:
        version: The newest version that holds them; None where none of them was new.
        received: How many came.
        published: How many were appended.
        duplicates: How many were there already.
        rejected: How many could not be used.
        late: How many of those appended were late.
        received_of: File → how many rows came in it.
        rejected_of: File → how many of its rows were rejected.
        reasons: Reason → how many rows were rejected for it.
    """

    version: int | None
    received: int
    published: int
    duplicates: int
    rejected: int
    late: int
    received_of: Mapping[str, int]
    rejected_of: Mapping[str, int]
    reasons: Mapping[str, int]


class Stream:
    """The feed of one dataset; polls and deliveries take turns.

    Args:
        dataset: It has a feed.
        catalog: The city's.
        lake: Where its table is.
        now: Gives the present instant (UTC).
    """

    def __init__(
        self, dataset: Dataset, catalog: Catalog, lake: Lake, *, now: Clock = utc_now
    ) -> None:
        if dataset.fed_by is None or dataset.feed is None:
            msg = f"{dataset.id} has no feed: give one of its distributions a `feed`"
            raise CatalogError(msg)
        self.dataset, self.catalog, self.lake, self.now = dataset, catalog, lake, now
        self.distribution, self.feed = dataset.fed_by, dataset.feed
        self._table, self._turn = LiveTable(lake, dataset), threading.Lock()
        self._folder = feeds_folder(lake)
        self._telling = threading.Lock()
        self._pulse = read_pulse(self._folder, dataset.id) or Pulse()
        self._origin = origin_of(dataset, self.distribution, Fetched((), "", ""), catalog)

    @property
    def pulse(self) -> Pulse:
        """Return what is told of the feed."""
        return self._pulse

    def take(self, fetched: Fetched) -> Intake:
        """Append what was fetched; it is on the disk, and counted, when this returns.

        Raises:
            SourceError: It cannot be read at all; nothing was taken of it.
            LakeError: It cannot be written; nothing was taken of it.
        """
        with self._turn:
            now = self.now()
            drafted = draft(self.distribution, fetched, self.catalog)
            cleaned = self._clean(drafted, now)
            again, rejects = _without_repeats(cleaned.rejects)
            usable = dataclasses.replace(cleaned, rejects=rejects)
            origin = dataclasses.replace(
                self._origin, request=fetched.request, input_sha256=fetched.sha256
            )
            lineage = lineage_of(origin, self.dataset, usable, [])
            appended = self._table.append(cleaned.frame, rejects, lineage=lineage)
            taken = Intake(
                version=appended.version,
                received=cleaned.rows_in,
                published=appended.rows,
                duplicates=appended.duplicates + again,
                rejected=rejects.height,
                late=_count_late(appended.frame, self.dataset, self.feed, now),
                received_of=_counts(drafted, "source_file"),
                rejected_of=_counts(rejects, "source_file"),
                reasons=_counts(rejects, "reason"),
            )
            self._count(taken, appended.frame, now)
            return taken

    def failed(self, problem: str, *, is_switched_off: bool = False) -> None:
        """Tell that an attempt failed, or that the feed cannot run as it is set up."""
        with self._telling:
            self._tell(
                last_attempt_at=self.now(),
                failures=0 if is_switched_off else self._pulse.failures + 1,
                problem=problem,
                is_switched_off=is_switched_off,
            )

    def beat(self) -> None:
        """Tell that the feed is watched."""
        with self._telling:
            self._tell()

    def _clean(self, drafted: pl.DataFrame, now: dt.datetime) -> Cleaned:
        whole = _with_every_column(drafted, self.dataset, now)
        marked = _with_faults_of_streams(whole, self.dataset, self.feed, now)
        return conform(marked, self.dataset, self.catalog)

    def _count(self, taken: Intake, new: pl.DataFrame, now: dt.datetime) -> None:
        """Tell what came; where no row of many could be used, the attempt failed."""
        is_useless = bool(taken.rejected) and taken.rejected == taken.received
        reasons = "; ".join(f"{reason} ({count:,})" for reason, count in taken.reasons.items())
        with self._telling:
            old = self._pulse
            latest = [time for time in (old.last_event_at, _latest(new, self.dataset)) if time]
            self._tell(
                last_attempt_at=now,
                last_good_at=old.last_good_at if is_useless else now,
                last_event_at=max(latest, default=None),
                failures=old.failures + 1 if is_useless else 0,
                problem=f"no row could be used: {reasons}"[:500] if is_useless else "",
                is_switched_off=False,
                **{
                    name: getattr(old, name) + getattr(taken, name)
                    for name in ("received", "published", "duplicates", "rejected", "late")
                },
            )

    def _tell(self, **changes: object) -> None:
        self._pulse = dataclasses.replace(self._pulse, heartbeat_at=self.now(), **changes)  # type: ignore[arg-type]
        write_pulse(self._folder, self.dataset.id, self._pulse)


def _with_every_column(drafted: pl.DataFrame, dataset: Dataset, now: dt.datetime) -> pl.DataFrame:
    """Return a draft with the columns that no event had; when it was learnt is now."""
    missing = [name for name in dataset.column_names if name not in drafted.columns]
    whole = drafted.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
    if KNOWN_AT not in dataset.column_names:
        return whole
    told = pl.lit(now.isoformat(timespec="seconds"))
    if whole.schema[KNOWN_AT] != pl.String:
        told = pl.lit(now, whole.schema[KNOWN_AT])
    return whole.with_columns(pl.col(KNOWN_AT).fill_null(told))


def _with_faults_of_streams(
    drafted: pl.DataFrame, dataset: Dataset, feed: Feed, now: dt.datetime
) -> pl.DataFrame:
    """Mark rows that no stream may take: of another time, or with endless text."""
    texts = [n for n in dataset.column_names if drafted.schema[n] == pl.String]
    long = (
        pl.any_horizontal(pl.col(texts).str.len_chars() > LONGEST_TEXT)
        if texts
        else pl.lit(value=False)
    )
    words = {f"a text has more than {LONGEST_TEXT:,} characters": drafted.select(long).to_series()}
    if dataset.time:
        name = dataset.time.column
        times = dataset.model_copy(update={"columns": (dataset.column(name),)})
        time = cast_columns(drafted, times)[0].values
        is_date = time.dtype == pl.Date
        soonest, latest = now - dt.timedelta(days=feed.keep_days), now + AHEAD
        first, last = (
            (soonest.date(), (now + dt.timedelta(days=1)).date()) if is_date else (soonest, latest)
        )
        words[f"{name} is older than the {feed.keep_days} days that the feed keeps"] = time < first
        words[f"{name} is ahead of our clock"] = time > last
    for reason, is_bad in words.items():
        bad = is_bad.fill_null(value=False)
        drafted = drafted.with_columns(
            reject_reason=pl.when(pl.col("reject_reason").is_null() & pl.lit(bad))
            .then(pl.lit(reason))
            .otherwise("reject_reason")
        )
    return drafted


def _without_repeats(rejects: pl.DataFrame) -> tuple[int, pl.DataFrame]:
    """Return how many rows stood twice in one input, and the other rejects."""
    is_repeat = pl.col("reason").str.starts_with("duplicate key (")
    others = rejects.filter(~is_repeat)
    return rejects.height - others.height, others


def _counts(rejects: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(rejects.get_column(column).value_counts(sort=True).iter_rows())


def _count_late(new: pl.DataFrame, dataset: Dataset, feed: Feed, now: dt.datetime) -> int:
    """Return how many rows happened longer ago than the feed allows; days have no such instant."""
    if not dataset.has_instants or dataset.time is None:
        return 0
    limit = now - dt.timedelta(seconds=feed.late_after_seconds)
    return int((new.get_column(dataset.time.column) < limit).sum())


def _latest(new: pl.DataFrame, dataset: Dataset) -> dt.datetime | None:
    if dataset.time is None or new.is_empty():
        return None
    latest = new.get_column(dataset.time.column).cast(pl.Datetime("us", "UTC")).max()
    return latest if isinstance(latest, dt.datetime) else None
