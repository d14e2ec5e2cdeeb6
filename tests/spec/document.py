"""The specification as documentation: every table, question and answer, in Markdown."""

import importlib
import inspect
from types import ModuleType

from tests.spec.specification import Record
from tests.spec.tables import Table

CHAPTERS = (
    "measures",
    "grouping",
    "time",
    "city_clock",
    "stocks",
    "filtering",
    "areas",
    "map",
    "listing",
    "few_rows",
    "refusals",
)
HEAD = """# Specification

What every engine answers, in tiny tables. Each statement is a test, run on every engine there is
(`tests/spec`); this page is written by `python -m tests.spec` and a test holds it current.

A table is a dataset named `visits`, whose measures are: `rows` and `days` (of every dataset);
`persons` (sum), `persons_mean`, `persons_min`, `persons_max`, `person_pairs` (sum × 0.5);
`minutes` (sum); `minutes_per_person` (minutes / persons), `minutes_per_100_persons` (the same
× 100); `first_day` (the least `day`) and `last_kind` (the greatest `kind`). `day` and `hour` are
told on the city's clock, `at` is an instant in UTC; the city is in Seoul unless another zone is
named. `null` is a value that is not there.
"""


def document() -> str:
    """Return the whole page."""
    chapters = [importlib.import_module(f"tests.spec.test_{name}") for name in CHAPTERS]
    return "\n".join([HEAD, *(_chapter(module) for module in chapters)])


def _chapter(module: ModuleType) -> str:
    title, _, text = (module.__doc__ or "").partition("\n")
    parts = [f"## {title.rstrip('.')}", text.strip()]
    shown: Table | None = None
    for name, function in vars(module).items():
        if name.startswith("test_"):
            record = Record()
            function(record)
            parts += [f"### {_sentence(name)}", inspect.getdoc(function) or ""]
            for table, question, expected in record.asked:
                parts += [_given(table)] if table != shown else []
                parts += [f"```py\n{question}\n```", _expected(expected)]
                shown = table
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentence(name: str) -> str:
    words = name.removeprefix("test_").replace("_", " ")
    return words[0].upper() + words[1:]


def _given(table: Table) -> str:
    zone = "" if table.zone == "Asia/Seoul" else f" (the city is in {table.zone})"
    stock = ", a stock" if table.is_stock else ""
    return f"Given{stock}{zone}:\n\n{_markdown(table.rows)}"


def _expected(expected: list[list[str]] | str) -> str:
    if isinstance(expected, str):
        return f"is refused: “… {expected} …”"
    if len(expected) == 1:
        return f"has the columns {', '.join(expected[0])} and no row."
    return f"gives:\n\n{_markdown(expected)}"


def _markdown(rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])
