"""A statement in the dialect of another engine.

DuckDB's SQL is read by sqlglot and written anew; values become literals on the way, as nodes of
its tree, so that each dialect escapes them by its own rules.
"""

import dataclasses
import datetime as dt
import hashlib
import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import ErrorLevel, exp, parse_one

from cityboard.engines.statement import Statement

Rewrite = Callable[[Any], exp.Expr]
INSTANT = "Nullable(DateTime64(6, 'UTC'))"  # ClickHouse's own types: sqlglot's hold no fractions,
CLICKHOUSE_TYPES = {"TIMESTAMPTZ": INSTANT, "TIMESTAMP": "Nullable(DateTime64(6))"}
CLICKHOUSE_TYPES |= {"DATE": "Nullable(Date32)"}  # and no day before 1970


@dataclasses.dataclass(frozen=True)
class Translation:
    """SQL of one engine.

    Attributes:
        sql: A `SELECT` without placeholders.
        table: The name under which it reads the rows: the same for the same files.
        files: Whose rows they are.
    """

    sql: str
    table: str
    files: tuple[str, ...]


def translation(statement: Statement, dialect: str) -> Translation:
    """Return a statement in a dialect of sqlglot.

    Raises:
        sqlglot.errors.UnsupportedError: The dialect has no words for it.
    """
    files = next(tuple(value) for value in statement.values if isinstance(value, list))
    table = f"rows_{hashlib.sha256(repr(files).encode()).hexdigest()[:16]}"
    tree = parse_one(_numbered(statement.sql), dialect="duckdb")
    rewrites: dict[type[exp.Expr], Rewrite] = {
        exp.Table: lambda _: exp.to_table(table),
        exp.Placeholder: lambda node: _literal(statement.values[int(node.name) - 1]),
        **NEUTRAL,
        **MENDED.get(dialect, {}),
    }
    for kind, rewrite in rewrites.items():
        for node in list(tree.find_all(kind)):
            node.replace(rewrite(node))
    sql = tree.sql(dialect=dialect, unsupported_level=ErrorLevel.RAISE)
    return Translation(sql, table, files)


def _numbered(sql: str) -> str:
    """Return SQL with `$1`, `$2`, … for `?`: a tree does not keep the order of a text.

    No `?` stands in it but for a value: names and zones are the catalogue's.
    """
    numbers = itertools.count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", sql)


def _literal(value: Any) -> exp.Expr:
    """Return a value as a node; a fraction as its shortest text, which engines read exactly."""
    if isinstance(value, dt.datetime):
        return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMPTZ")
    if isinstance(value, dt.date):
        return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "DOUBLE")
    return exp.convert(value)


def _function(node: exp.Anonymous) -> exp.Expr:
    """Return what only DuckDB calls so as a node that every dialect has words for."""
    if node.name.lower() == "timezone":
        zone, instant = node.expressions
        return exp.AtTimeZone(this=instant, zone=zone)
    return node


def _sum(node: exp.Add) -> exp.Expr:
    """Return `time + to_hours(hours)` as a node that every dialect has words for."""
    hours = node.expression
    if isinstance(hours, exp.Anonymous) and hours.name.lower() == "to_hours":
        return exp.DateAdd(this=node.this, expression=hours.expressions[0], unit=exp.var("HOUR"))
    return node


def _clickhouse_cast(node: exp.Cast) -> exp.Expr:
    kind = next((kind for kind in CLICKHOUSE_TYPES if node.is_type(kind)), None)
    if kind is None:
        return node
    if kind == "TIMESTAMPTZ":  # its own type says so, and its reader takes no offset
        node.this.set("this", node.this.name.removesuffix("+00:00"))
    return exp.cast(node.this, exp.DataType.build(CLICKHOUSE_TYPES[kind], dialect="clickhouse"))


NEUTRAL: Mapping[type[exp.Expr], Rewrite] = {exp.Anonymous: _function, exp.Add: _sum}
# Where sqlglot's own words are wrong or not understood (30.30).
MENDED: Mapping[str, Mapping[type[exp.Expr], Rewrite]] = {
    "clickhouse": {
        exp.AtTimeZone: lambda node: exp.func("toTimeZone", node.this, node.args["zone"]),
        exp.Cast: _clickhouse_cast,
    },
    "spark": {
        exp.DateAdd: lambda node: exp.TimestampAdd(**node.args),  # DATE_ADD would add days
        exp.DayOfWeekIso: lambda node: exp.Extract(  # sqlglot's is two days late
            this=exp.var("DAYOFWEEK_ISO"), expression=node.this
        ),
    },
}
