"""Exact answers from rows, by another engine: the same statement in that engine's dialect."""

import pandas as pd
import pyarrow as pa

from cityboard.cancel import Cancel, start_timer
from cityboard.catalog import Dataset
from cityboard.engines.columns import answer_types, typed_frame
from cityboard.engines.dialect import translation
from cityboard.engines.duckdb import ROW_CAP
from cityboard.engines.runner import Runner
from cityboard.engines.statement import Statement, aggregate_statement, listing_statement
from cityboard.errors import (
    CancelledQuestionError,
    CorruptSnapshotError,
    QueryError,
    QueryTimeoutError,
)
from cityboard.lake import Snapshot
from cityboard.query import Listing, Query

NAME = "remote"


class RemoteEngine:
    """Answers questions from the rows of snapshots, wherever its runner reads them.

    Answers are those of `DuckDBEngine` in their types, and to the bit in counts and in sums of
    whole numbers that stay within 64 bits; sums of fractions may differ in their last digits.

    Args:
        runner: Reads the files and runs the statements.
        seconds: Time limit of one question.
        rows: Most rows of one answer.
    """

    name = NAME

    def __init__(self, runner: Runner, *, seconds: float = 60.0, rows: int = ROW_CAP) -> None:
        self.seconds, self.rows = seconds, rows
        self._runner = runner

    def answer(
        self,
        question: Query | Listing,
        dataset: Dataset,
        snapshot: Snapshot,
        *,
        cancel: Cancel | None = None,
    ) -> pd.DataFrame:
        """Return the answer to a question; see `DuckDBEngine.answer` for what it may raise."""
        files = [str(path) for path in snapshot.files]
        if isinstance(question, Listing):
            statement = listing_statement(question, dataset, files)
        else:
            statement = aggregate_statement(question, dataset, files, cap=self.rows)
        table = self._run(statement, snapshot, cancel or Cancel())
        if table.num_rows > self.rows:
            msg = f"the answer has more than {self.rows:,} rows; group more coarsely"
            raise QueryError(msg)
        return typed_frame(table, answer_types(question, dataset), statement.measures)

    def _run(self, statement: Statement, snapshot: Snapshot, cancel: Cancel) -> pa.Table:
        limit = Cancel()
        stop = limit.set
        timer = start_timer(self.seconds, stop)
        try:
            cancel.watch(stop)
            return self._runner.run(translation(statement, self._runner.dialect), cancel=limit)
        except CancelledQuestionError as error:
            if cancel.is_set:
                raise
            what = f"the question about {snapshot.dataset} took more than {self.seconds:g} s"
            raise QueryTimeoutError(f"{what}; ask a shorter period or a smaller area") from error
        except CorruptSnapshotError as error:
            msg = f"a file of {snapshot.dataset} version {snapshot.version} cannot be read: {error}"
            raise CorruptSnapshotError(msg) from error
        except QueryError as error:
            msg = f"the question about {snapshot.dataset} could not be answered: {error}"
            raise QueryError(msg) from error
        finally:
            timer.cancel()
            cancel.forget(stop)
