"""What runs a translated statement over a version's files, here or on a cluster."""

from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from cityboard.cancel import Cancel
from cityboard.engines.dialect import Translation
from cityboard.engines.duckdb import UNREADABLE, locked_connection
from cityboard.errors import CancelledQuestionError, CorruptSnapshotError, QueryError


class Runner(Protocol):
    """An engine that reads parquet files and speaks a dialect of SQL that sqlglot knows.

    Its sessions tell time in UTC; in `WHERE` a name is a column's before it is an alias.
    """

    @property
    def dialect(self) -> str:
        """Return how sqlglot calls its SQL."""

    def run(self, asked: Translation, *, cancel: Cancel) -> pa.Table:
        """Return what a statement selects: columns in order, whatever their names' case.

        Args:
            asked: In the dialect; reads its files' rows as the table it names.
            cancel: Ends it early.

        Raises:
            CancelledQuestionError: It was cancelled.
            CorruptSnapshotError: A file is damaged or gone.
            QueryError: The engine refuses it, or gave up.
        """


class DuckDBRunner:
    """Runs statements in this process: what every other runner is compared with.

    Args:
        root: The only folder whose files may be read.
        memory: Memory limit of all statements together, as DuckDB writes it.
    """

    dialect = "duckdb"

    def __init__(self, root: Path, *, memory: str = "1GB") -> None:
        self._connection = locked_connection(root, memory=memory)

    def run(self, asked: Translation, *, cancel: Cancel) -> pa.Table:
        """Return what a statement selects; see `Runner.run`."""
        cursor = self._connection.cursor()
        stop = cursor.interrupt  # taken once: taken twice, the two are not equal (duckdb 2.0.0)
        rows = f"WITH {asked.table} AS (SELECT * FROM read_parquet(?))"
        try:
            cancel.watch(stop)
            selected = cursor.sql(f"{rows} {asked.sql}", params=[list(asked.files)])
            return selected.to_arrow_table()
        except duckdb.InterruptException as error:
            raise CancelledQuestionError from error
        except UNREADABLE as error:
            raise CorruptSnapshotError(str(error)) from error
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
        finally:
            cancel.forget(stop)
            cursor.close()
