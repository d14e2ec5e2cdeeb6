"""Ask an engine and compare; in the documentation, only write down what would be asked."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from cityboard.errors import CityboardError
from cityboard.lake import Snapshot
from cityboard.query import Listing, Query
from tests.snapshots import write_snapshot
from tests.spec.engines import Engine
from tests.spec.tables import Table, cells, written

Question = Query | Listing


class Specification:
    """Writes each table once and compares what the engine answers with what it should."""

    def __init__(self, engine: Engine, root: Path) -> None:
        self._engine, self._root = engine, root
        self._snapshots: dict[Table, Snapshot] = {}

    def answers(self, asked: Table, question: Question, expected: str) -> None:
        """Compare the answer to a question about a table, to the last bit and in this order."""
        frame = self._engine.answer(question, asked.dataset, self._snapshot(asked))
        assert written(frame) == cells(expected)

    def refuses(self, asked: Table, question: Question, words: str) -> None:
        """Expect an error that says so in these words."""
        with pytest.raises(CityboardError, match=re.escape(words)):
            self._engine.answer(question, asked.dataset, self._snapshot(asked))

    def _snapshot(self, asked: Table) -> Snapshot:
        if asked not in self._snapshots:
            name = f"visits_{len(self._snapshots)}"
            self._snapshots[asked] = write_snapshot(asked.frame, self._root, name=name)
        return self._snapshots[asked]


class Record(Specification):
    """Writes down what a specification asks instead of asking it.

    Attributes:
        asked: Table, question, and the rows or the words expected, in the order asked.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[Table, str, list[list[str]] | str]] = []

    def answers(self, asked: Table, question: Question, expected: str) -> None:
        """Write down a question and the rows it should give."""
        self.asked.append((asked, question_words(question), cells(expected)))

    def refuses(self, asked: Table, question: Question, words: str) -> None:
        """Write down a question and the words that should refuse it."""
        self.asked.append((asked, question_words(question), words))


def question_words(value: Any) -> str:
    """Return a question as one would write it, without what is left at its default."""
    if isinstance(value, tuple):
        inside = ", ".join(question_words(each) for each in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        words = repr(value).replace("datetime.date(", "date(").replace("'", '"')
        return words.replace("datetime.datetime(", "datetime(").replace(
            "datetime.timezone.utc", "UTC"
        )
    parts, is_positional = [], True
    for field in dataclasses.fields(value):
        given = getattr(value, field.name)
        if given == field.default:
            is_positional = False
            continue
        words = question_words(given)
        parts.append(words if is_positional else f"{field.name}={words}")
    return f"{type(value).__name__}({', '.join(parts)})"
