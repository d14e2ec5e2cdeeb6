"""The writer of a stream's table: small commits, each key once, few files."""

import dataclasses
import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from cityboard.catalog import Dataset
from cityboard.errors import CorruptSnapshotError, NoSnapshotError, OvertakenError
from cityboard.lake import files, log
from cityboard.lake.disk import writing
from cityboard.lake.keys import Keys
from cityboard.lake.lake import Lake
from cityboard.lake.log import REJECTS, Commit, Content
from cityboard.lake.snapshot import Lineage, Snapshot

logger = logging.getLogger(__name__)

MOST_PARTS = 24  # files of a version; a question opens each
LEAST_MERGED = 12  # of them, when a commit takes older ones into its own file
MOST_COMMITS = 2048  # before the log is shortened: a reader lists it to find the newest
ROW_GROUP = 30_720  # rows: a question of the newest reads one, not four times as many
MOST_REJECTS = 100_000  # carried on when the log is shortened
SPARED = dt.timedelta(minutes=10)  # of versions: a reader may hold one while it is forgotten
DAY = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Appended:
    """What became of some rows.

    Attributes:
        version: The version that holds them; None where all of them were there already.
        frame: Those that were new.
        duplicates: How many were not: their key was there, or stood in an earlier row.
    """

    version: int | None
    frame: pl.DataFrame
    duplicates: int

    @property
    def rows(self) -> int:
        """Return how many were new."""
        return self.frame.height


class LiveTable:
    """Appends to one dataset's table; what it has committed any `Lake` reads as a version.

    An append writes one file and one entry of the log, and reads neither the log nor older rows.
    It may be shared by threads of one process only if they take turns; other processes may publish
    the same dataset meanwhile.

    Args:
        lake: Where the table is.
        dataset: Whose `key` tells rows apart; its feed tells how long rows are kept.
        most_commits: Before the log is shortened.
    """

    def __init__(self, lake: Lake, dataset: Dataset, *, most_commits: int = MOST_COMMITS) -> None:
        self._lake, self._dataset, self._most_commits = lake, dataset, most_commits
        self._table = lake.root / dataset.id
        self._base: Snapshot | None = None
        self._content: Content | None = None
        self._rows: tuple[int, ...] = ()  # of each part
        self._version, self._shortened = -1, -1  # the newest; the one the log begins with
        self._keys, self._no_rejects = Keys(), ""
        self._is_open = False

    def append(self, frame: pl.DataFrame, rejects: pl.DataFrame, *, lineage: Lineage) -> Appended:
        """Add the rows whose key is not there yet; they are on the disk when this returns.

        Rows of another provenance class than the newest version's begin a new one, without those
        before. So simulated rows leave with the first live one.

        Args:
            frame: Rows of the dataset, as `conform` gives them.
            rejects: Rows that could not be used; kept in the commit.
            lineage: Of these rows; its counts are corrected for what was there already.

        Raises:
            LakeError: The disk is full or cannot be written.
        """
        while True:
            self._open(lineage)
            new = frame.filter(self._keys.unknown(self._keyed(frame)))
            appended = Appended(None, new, frame.height - new.height)
            if new.is_empty() and rejects.is_empty():
                return appended
            if not self._may_add(new):
                version = self._replace(new, rejects, lineage)
            else:
                version = self._add(new, rejects, lineage)
            if version is not None:
                self._shorten()
                return dataclasses.replace(appended, version=version)
            self._is_open = False  # another process has published: look again

    def _keyed(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(self._dataset.key)

    def _open(self, lineage: Lineage) -> None:
        """Read what is there, once; rows of another provenance class count as not there."""
        if self._is_open and self._is_like(lineage):
            return
        self._base, self._content, self._rows, self._keys = None, None, (), Keys()
        with writing(self._lake.root, self._dataset.id):
            log.mend(self._table)
        self._version = log.newest(self._table)  # before the rows: what comes between is noticed
        self._shortened, self._is_open = log.checkpoint(self._table), True
        try:
            base = self._lake.snapshot(self._dataset.id)
        except NoSnapshotError:
            base = None
        except CorruptSnapshotError as error:
            logger.warning("%s; a new version begins", error)
            base = None
        if base is not None and base.lineage.provenance == lineage.provenance:
            self._take(base)

    def _take(self, base: Snapshot) -> None:
        entry = next(log.entries(self._table, newest=base.version))
        self._base, self._content = base, entry.content if isinstance(entry, Commit) else None
        self._rows = tuple(pq.read_metadata(path).num_rows for path in base.files)
        for path in base.files:
            self._keys.add(pl.read_parquet(path, columns=list(self._dataset.key)))

    def _is_like(self, lineage: Lineage) -> bool:
        return self._base is None or self._base.lineage.provenance == lineage.provenance

    def _may_add(self, frame: pl.DataFrame) -> bool:
        """Tell whether rows may become a further file: the version is whole, its columns are so."""
        if self._base is None or self._content is None or self._base.problem:
            return False
        return dict(pl.read_parquet_schema(self._base.files[-1])) == dict(frame.schema)

    def _add(self, frame: pl.DataFrame, rejects: pl.DataFrame, lineage: Lineage) -> int | None:
        """Add a version by an entry of the log; None where another process was faster.

        Where the version has many parts, the last of them become one with the new rows.
        """
        base, content = self._base, self._content
        if base is None or content is None:
            return None
        merged = mergeable(self._rows) if len(self._rows) >= MOST_PARTS else 0
        stay = len(content.data) - merged
        kept, taken = content.data[:stay], content.data[stay:]
        with writing(self._lake.root, self._dataset.id):
            if log.newest(self._table) != self._version:
                return None
            part = pl.concat([*(pl.read_parquet(self._table / name) for name in taken), frame])
            path = files.new_file(self._table)
            sums = {name: content.files[name] for name in kept}
            sums[path.name] = files.write(part, path, row_group=ROW_GROUP)
            sums |= self._write_rejects(rejects)
            new = Content(
                lineage=counted(lineage, frame, rejects).since(base.lineage),
                files=sums,
                rows=content.rows + frame.height,
                base=base.version,
                parts=(*kept, path.name),
            )
            commit = log.add(self._table, self._version + 1, new, removed=taken)
        if commit is None:
            path.unlink(missing_ok=True)
            return None
        self._rows = (*self._rows[:stay], part.height)
        self._committed(commit, frame)
        return commit.version

    def _committed(self, commit: Commit, frame: pl.DataFrame) -> None:
        self._keys.add(self._keyed(frame))
        self._content, self._version = commit.content, commit.version
        self._base = Snapshot(
            dataset=self._dataset.id,
            version=commit.version,
            published_at=commit.published_at,
            files=tuple(self._table / name for name in commit.content.data),
            rejects=(self._table / commit.content.rejects,),
            lineage=commit.content.lineage,
            rows=commit.content.rows,
            base=commit.content.base,
        )

    def _write_rejects(self, rejects: pl.DataFrame) -> dict[str, str]:
        """Return path and checksum of a file of rejects; commits without any share one."""
        content = self._content
        if rejects.is_empty() and content and not content.lineage.rows_rejected:
            return {content.rejects: content.files[content.rejects]}
        path = files.new_file(self._table / REJECTS)
        return {str(path.relative_to(self._table)): files.write(rejects, path)}

    def _replace(self, frame: pl.DataFrame, rejects: pl.DataFrame, lineage: Lineage) -> int | None:
        """Publish a version of one file: the rows of the version before that stay, and new ones."""
        if self._base is not None:
            old = _aligned(pl.read_parquet(list(self._base.files)), frame.schema)
            frame = pl.concat([old, frame])
            lineage = lineage.since(self._base.lineage)
        return self._publish(frame, rejects, counted(lineage, frame, rejects))

    def _publish(self, frame: pl.DataFrame, rejects: pl.DataFrame, told: Lineage) -> int | None:
        """Publish a whole version after the one that was read; None where another came between."""
        self._is_open = False
        try:
            return self._lake.publish(
                self._dataset.id, frame, rejects, lineage=told, force=True, after=self._version
            ).version
        except OvertakenError:
            return None

    def _shorten(self) -> None:
        """Compact when rows have become too old, or entries of the log too many."""
        if self._base is None or not self._is_open:
            return
        oldest, first = self._oldest(), self._base.lineage.first
        is_old = oldest is not None and first is not None and _day_of(first) < oldest
        if is_old or self._version - self._shortened > self._most_commits:
            self.compact()

    def compact(self) -> int | None:
        """Publish the rows that are kept as one file, and forget versions nobody asks for.

        Of the older versions the last of each day stays; what was known at an instant is told by
        the rows themselves.

        Returns:
            The new version; None where nothing was appended yet, or another process published
            meanwhile.
        """
        if self._base is None or self._content is None:
            return None
        base, rejects = self._base, self._rejects_carried()
        rows = self._kept(pl.read_parquet(list(base.files)))
        told = counted(base.lineage, rows, rejects)
        told = dataclasses.replace(told, **self._span(rows))
        version = self._publish(rows, rejects, told)
        if version is not None:
            with writing(self._lake.root, self._dataset.id):
                log.forget(self._table, before=dt.datetime.now(dt.UTC) - SPARED)
        return version

    def _oldest(self) -> dt.date | None:
        """Return the day before which a row is so old that the version is compacted for it."""
        feed = self._dataset.feed
        if feed is None or self._dataset.time is None:
            return None
        return (dt.datetime.now(dt.UTC) - feed.keep_days * DAY).date() - DAY

    def _kept(self, rows: pl.DataFrame) -> pl.DataFrame:
        oldest = self._oldest()
        if oldest is None or self._dataset.time is None:
            return rows
        return rows.filter(pl.col(self._dataset.time.column).cast(pl.Date) > oldest)

    def _span(self, rows: pl.DataFrame) -> dict[str, Any]:
        if self._dataset.time is None or rows.is_empty():
            return {"first": None, "last": None}
        times = rows.get_column(self._dataset.time.column)
        return {"first": _iso(times.min()), "last": _iso(times.max())}

    def _rejects_carried(self) -> pl.DataFrame:
        """Return the newest rejects since the version that was last published whole."""
        found: dict[str, None] = {}
        for entry in log.entries(self._table):
            if isinstance(entry, Commit):
                found[entry.content.rejects] = None
                if entry.content.base is None:
                    break
        paths = [self._table / name for name in found if (self._table / name).is_file()]
        return pl.concat([pl.read_parquet(path) for path in paths]).head(MOST_REJECTS)


def mergeable(rows: Sequence[int]) -> int:
    """Return how many of the last parts to make one of.

    So many that the part before holds more rows than they do together: then the parts double in
    size from the end to the beginning, and a row is written again no more often than they double.
    """
    total = 0
    for count, part in enumerate(reversed(rows)):
        if count >= LEAST_MERGED and part > total:
            return count
        total += part
    return len(rows)


def counted(lineage: Lineage, frame: pl.DataFrame, rejects: pl.DataFrame) -> Lineage:
    """Return a lineage with the counts of these rows and rejects."""
    reasons = rejects.get_column("reason").value_counts(sort=True)
    return dataclasses.replace(
        lineage,
        rows_in=frame.height + rejects.height,
        rows_published=frame.height,
        rows_rejected=rejects.height,
        rejects=dict(reasons.iter_rows()),
    )


def _aligned(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return rows under other columns: what is no longer there is left out, what is new is null."""
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None))
        .cast(kind, strict=False)
        .alias(name)
        for name, kind in schema.items()
    )


def _day_of(time: str) -> dt.date:
    return dt.datetime.fromisoformat(time).date()


def _iso(time: Any) -> str | None:
    return None if time is None else str(time.isoformat())
