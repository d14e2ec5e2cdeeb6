"""Exact answers from rows, by DuckDB: read only, locked down, a cursor a call, a time limit."""

import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from cityboard.catalog import Dataset
from cityboard.engines.frame import fetch_frame
from cityboard.engines.statement import Statement, aggregate_statement, listing_statement
from cityboard.errors import CorruptSnapshotError, QueryError, QueryTimeoutError
from cityboard.lake import Snapshot
from cityboard.query import Listing, Query

NAME = "rows"
UNREADABLE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
SECONDS_TO_REPEAT = 0.02
ROW_CAP = 2_000_000  # a screen has 8.3 million pixels and never as many groups


class Cancel:
    """Lets another thread stop a query that is no longer wanted.

    DuckDB forgets an interrupt that comes in the first milliseconds, while a query is planned
    (a third of them within 1 ms; duckdb 1.5.5 and 2.0.0), so it is sent until the query has ended.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self.is_set = False

    def set(self) -> None:
        """Stop what runs; what would start later is refused."""
        with self._lock:
            self.is_set = True
            for stop in self._stops:
                stop()
            if self._stops:
                _start_timer(SECONDS_TO_REPEAT, self.set)

    def watch(self, stop: Callable[[], None]) -> None:
        """Have `stop` called when cancelled.

        Raises:
            duckdb.InterruptException: It has been cancelled already.
        """
        with self._lock:
            if self.is_set:
                raise duckdb.InterruptException
            self._stops.append(stop)

    def forget(self, stop: Callable[[], None]) -> None:
        """Stop calling `stop`."""
        with self._lock:
            if stop in self._stops:
                self._stops.remove(stop)


class DuckDBEngine:
    """Answers questions from the rows of snapshots.

    Args:
        root: The only folder whose files may be read.
        seconds: Time limit of one query.
        memory: Memory limit of all queries together, as DuckDB writes it.
        rows: Most rows of one answer.
    """

    name = NAME

    def __init__(
        self, root: Path, *, seconds: float = 10.0, memory: str = "1GB", rows: int = ROW_CAP
    ) -> None:
        self.seconds, self.rows = seconds, rows
        self._connection = duckdb.connect(":memory:")
        for statement in (
            f"SET allowed_directories=['{_literal(root)}']",
            f"SET memory_limit='{memory}'",
            "SET temp_directory=''",
            "SET preserve_insertion_order=false",
            "SET autoinstall_known_extensions=false",
            "SET autoload_known_extensions=false",
            "SET allow_community_extensions=false",
            "SET python_enable_replacements=false",
            "SET GLOBAL TimeZone='UTC'",  # without GLOBAL a cursor has the machine's zone
            "SET enable_external_access=false",
            "SET lock_configuration=true",
        ):
            self._connection.execute(statement)

    def answer(
        self,
        question: Query | Listing,
        dataset: Dataset,
        snapshot: Snapshot,
        *,
        cancel: Cancel | None = None,
    ) -> pd.DataFrame:
        """Return the answer to a question; see `Query` and `Listing` for columns and order.

        Raises:
            UnknownNameError: A name is not in the dataset.
            QueryError: The dataset cannot be asked this, or the answer is too long.
            QueryTimeoutError: It took too long, or was cancelled.
            CorruptSnapshotError: A file is damaged or gone.
        """
        files = [str(path) for path in snapshot.files]
        if isinstance(question, Listing):
            statement = listing_statement(question, dataset, files)
        else:
            statement = aggregate_statement(question, dataset, files, cap=self.rows)
        frame = self._run(statement, snapshot, cancel or Cancel())
        if len(frame) > self.rows:
            msg = f"the answer has more than {self.rows:,} rows; group more coarsely"
            raise QueryError(msg)
        return frame

    def _run(self, statement: Statement, snapshot: Snapshot, cancel: Cancel) -> pd.DataFrame:
        cursor, limit = self._connection.cursor(), Cancel()
        stop = cursor.interrupt  # taken once: taken twice, the two are not equal (duckdb 2.0.0)
        timer = _start_timer(self.seconds, limit.set)
        try:
            limit.watch(stop)
            cancel.watch(stop)
            result = cursor.execute(statement.sql, list(statement.values))
            return fetch_frame(result, statement.measures)
        except duckdb.InterruptException as error:
            why = "was cancelled"
            if limit.is_set:
                why = f"took more than {self.seconds:g} s; ask a shorter period or a smaller area"
            msg = f"the question about {snapshot.dataset} {why}"
            raise QueryTimeoutError(msg) from error
        except UNREADABLE as error:
            msg = f"a file of {snapshot.dataset} version {snapshot.version} cannot be read: {error}"
            raise CorruptSnapshotError(msg) from error
        except duckdb.Error as error:
            msg = f"the question about {snapshot.dataset} could not be answered: {error}"
            raise QueryError(msg) from error
        finally:
            timer.cancel()
            limit.forget(stop)
            cancel.forget(stop)
            cursor.close()


def _start_timer(seconds: float, then: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, then)
    timer.daemon = True
    timer.start()
    return timer


def _literal(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
