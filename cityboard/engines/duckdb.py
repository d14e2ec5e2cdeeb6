"""Exact answers from rows, by DuckDB: read only, locked down, a cursor a call, a time limit."""

from pathlib import Path

import duckdb
import pandas as pd

from cityboard.cancel import Cancel, start_timer
from cityboard.catalog import Dataset
from cityboard.engines.frame import fetch_frame
from cityboard.engines.statement import Statement, aggregate_statement, listing_statement
from cityboard.errors import (
    CancelledQuestionError,
    CorruptSnapshotError,
    QueryError,
    QueryTimeoutError,
)
from cityboard.lake import Snapshot
from cityboard.query import Listing, Query

NAME = "rows"
UNREADABLE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
ROW_CAP = 2_000_000  # a screen has 8.3 million pixels and never as many groups


def locked_connection(root: Path, *, memory: str) -> duckdb.DuckDBPyConnection:
    """Return a connection that can read the files of a folder and nothing else."""
    connection = duckdb.connect(":memory:")
    for statement in (
        f"SET allowed_directories=['{_literal(root)}']",
        f"SET memory_limit='{memory}'",
        "SET temp_directory=''",
        "SET enable_external_file_cache=false",  # it remembers each file of a stream for good
        "SET allocator_background_threads=true",  # else what a question needed is never given back
        "SET preserve_insertion_order=false",
        "SET autoinstall_known_extensions=false",
        "SET autoload_known_extensions=false",
        "SET allow_community_extensions=false",
        "SET python_enable_replacements=false",
        "SET GLOBAL TimeZone='UTC'",  # without GLOBAL a cursor has the machine's zone
        "SET disabled_optimizers='in_clause'",  # it loses 40 bytes a value of each list (2.0.0)
        "SET enable_external_access=false",
        "SET lock_configuration=true",
    ):
        connection.execute(statement)
    return connection


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
        self._connection = locked_connection(root, memory=memory)

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
            QueryTimeoutError: It took too long.
            CancelledQuestionError: It was cancelled.
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

    def sql(self, query: Query, dataset: Dataset, snapshot: Snapshot) -> str:
        """Return the SQL that answers a query from the rows of a version, to be read."""
        files = [f"{path.parent.name}/{path.name}" for path in snapshot.files]
        statement = aggregate_statement(query, dataset, files, cap=self.rows)
        return statement.readable().removesuffix(f" LIMIT {self.rows + 1}")

    def _run(self, statement: Statement, snapshot: Snapshot, cancel: Cancel) -> pd.DataFrame:
        cursor, limit = self._connection.cursor(), Cancel()
        stop = cursor.interrupt  # taken once: taken twice, the two are not equal (duckdb 2.0.0)
        timer = start_timer(self.seconds, limit.set)
        try:
            limit.watch(stop)
            cancel.watch(stop)
            result = cursor.execute(statement.sql, list(statement.values))
            return fetch_frame(result, statement.measures)
        except duckdb.InterruptException as error:
            if cancel.is_set:
                raise CancelledQuestionError from error
            what = f"the question about {snapshot.dataset} took more than {self.seconds:g} s"
            raise QueryTimeoutError(f"{what}; ask a shorter period or a smaller area") from error
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


def _literal(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
