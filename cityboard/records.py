"""Keep what people record here: who acknowledged an alarm, and whether a camera was working."""

import dataclasses
import datetime as dt
import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cityboard.errors import RecordsError

RECORDS_VARIABLE = "CITYBOARD_RECORDS"
WAIT_SECONDS = 5  # for another process that is writing; one write takes milliseconds


class _Instant(sa.types.TypeDecorator[dt.datetime]):
    """An aware time, kept in UTC: SQLite has no type with a zone."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:  # noqa: ARG002 - SQLAlchemy calls it so
        """Return what is written."""
        return None if value is None else value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:  # noqa: ARG002
        """Return what is read."""
        return None if value is None else value.replace(tzinfo=dt.UTC)


_tables = sa.MetaData()
_acknowledgement = sa.Table(
    "acknowledgement",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("alarm_id", sa.String(200), nullable=False, index=True),
    sa.Column("by_role", sa.String(20), nullable=False),
    sa.Column("at", _Instant, nullable=False),
    sa.Column("recorded_at", _Instant, nullable=False),
)
_camera_check = sa.Table(
    "camera_check",
    _tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("camera_id", sa.String(200), nullable=False, index=True),
    sa.Column("at", _Instant, nullable=False, index=True),
    sa.Column("is_working", sa.Boolean, nullable=False),
    sa.Column("reason", sa.String(500), nullable=False),
)


@dataclasses.dataclass(frozen=True)
class Acknowledgement:
    """Somebody has seen an alarm.

    Attributes:
        at: When, on the clock of the screen: in a replay, a time of the day that is replayed.
        recorded_at: When it was written down, on the clock of the world.
    """

    alarm_id: str
    by_role: str
    at: dt.datetime
    recorded_at: dt.datetime


@dataclasses.dataclass(frozen=True)
class CameraCheck:
    """Whether a camera gave a picture when a player or a person looked.

    Attributes:
        reason: Why not, in words; empty where it was working.
    """

    camera_id: str
    at: dt.datetime
    is_working: bool
    reason: str = ""


def records_url(home: Path) -> str:
    """Return where records are kept: CITYBOARD_RECORDS, else a file of the home."""
    return os.environ.get(RECORDS_VARIABLE) or f"sqlite:///{home / 'records.sqlite'}"


@functools.cache
def open_records(url: str) -> "Records":
    """Return the process's one connection to the records at a URL of SQLAlchemy; reads nothing yet.

    Raises:
        RecordsError: The URL is none, or names a database whose driver is not installed.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return Records(sa.create_engine(parsed, pool_pre_ping=True))
        options = {"timeout": WAIT_SECONDS}
        return Records(sa.create_engine(parsed, poolclass=sa.NullPool, connect_args=options))
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        msg = (
            f"{RECORDS_VARIABLE}: records cannot be kept there ({_first_line(error)}). "
            "Give a URL of SQLAlchemy, such as sqlite:////srv/cityboard/records.sqlite."
        )
        raise RecordsError(msg) from error


class Records:
    """What people recorded; safe to share between threads, and between processes by its file.

    Args:
        engine: Of SQLAlchemy; its tables are made when something is first read or written.

    Attributes:
        writes: How often something was written through this: another number, other records.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.writes, self._is_prepared = 0, False

    def acknowledge(self, acknowledgement: Acknowledgement) -> None:
        """Write down that an alarm was seen; of several, the first counts.

        Raises:
            RecordsError: It could not be written.
        """
        self._insert(_acknowledgement, acknowledgement)

    def acknowledgements(self, *, until: dt.datetime) -> tuple[Acknowledgement, ...]:
        """Return those made by a time (included) of the screen's clock, in order of writing.

        Raises:
            RecordsError: They could not be read.
        """
        rows = self._rows(_acknowledgement, _acknowledgement.c.at <= until)
        return tuple(Acknowledgement(**row) for row in rows)

    def record_check(self, check: CameraCheck) -> None:
        """Write down whether a camera was working.

        Raises:
            RecordsError: It could not be written.
        """
        self._insert(_camera_check, check)

    def camera_checks(self, camera_id: str, *, until: dt.datetime) -> tuple[CameraCheck, ...]:
        """Return the checks of a camera by a time (included), in order of writing.

        Raises:
            RecordsError: They could not be read.
        """
        is_its = _camera_check.c.camera_id == camera_id
        rows = self._rows(_camera_check, is_its & (_camera_check.c.at <= until))
        return tuple(CameraCheck(**row) for row in rows)

    def last_checks(
        self, *, until: dt.datetime, since: dt.datetime | None = None
    ) -> dict[str, CameraCheck]:
        """Return camera → its last check by a time (included).

        Args:
            until: The time.
            since: Earlier checks do not count (later than this, or at it, do); None is all.

        Raises:
            RecordsError: They could not be read.
        """
        table = _camera_check
        newest_first = (table.c.at.desc(), table.c.number.desc())
        place = sa.func.row_number().over(partition_by=table.c.camera_id, order_by=newest_first)
        counts = table.c.at <= until
        if since is not None:
            counts &= table.c.at >= since
        placed = sa.select(table.c.number, place.label("place")).where(counts)
        last = placed.subquery()
        rows = self._rows(
            table, table.c.number.in_(sa.select(last.c.number).where(last.c.place == 1))
        )
        return {row["camera_id"]: CameraCheck(**row) for row in rows}

    def _insert(self, table: sa.Table, value: Acknowledgement | CameraCheck) -> None:
        with self._connection("written") as connection:
            connection.execute(sa.insert(table).values(**dataclasses.asdict(value)))
        self.writes += 1

    def _rows(self, table: sa.Table, which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
        columns = [column for column in table.c if column is not table.c.number]
        asked = sa.select(*columns).where(which).order_by(table.c.at, table.c.number)
        with self._connection("read") as connection:
            return [dict(row) for row in connection.execute(asked).mappings()]

    @contextmanager
    def _connection(self, done: str) -> Iterator[sa.Connection]:
        """Give a transaction, and say what kept it from being done."""
        try:
            self._prepare()
            with self.engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            where = self.engine.url.render_as_string(hide_password=True)
            msg = (
                f"Records at {where} could not be {done}: {_first_line(error)}. "
                f"The disk must have room and let itself be written; {RECORDS_VARIABLE} names "
                "another place."
            )
            raise RecordsError(msg) from error

    def _prepare(self) -> None:
        """Make the tables that are not there; two processes that do so at once both succeed."""
        if self._is_prepared:
            return
        with self.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            for table in _tables.sorted_tables:
                connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
            connection.commit()
        self._is_prepared = True


def _first_line(error: Exception) -> str:
    """Return what a driver said, without the statement and the address of help below it."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
