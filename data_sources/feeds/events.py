"""Events as they are pushed: objects of JSON, one a line or in a list, as a draft."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched

MOST_NAMES = 200  # of columns; what has other names stays together as JSON
Fields = dict[str, str | None]


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no number of JSON"
    raise ValueError(msg)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def events(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:  # noqa: ARG001 - as every cleaner
    """Return a draft of the events of all parts, under the names they came with.

    Args:
        fetched: Files of JSON: an object a line, a list of objects, or one object.
        catalog: Not needed.

    Returns:
        A column of text per name (null where an event lacks it; nested values as JSON), `more`
        (the fields beyond the first 200 names, as JSON), `line` (the text of what is no event),
        `source_file`, `source_row` (from 1) and `reject_reason`.
    """
    read = [
        {**fields, "source_file": part.name, "source_row": row}
        for part in fetched.parts
        for row, fields in enumerate(_events_of(part), start=1)
    ]
    names = dict.fromkeys(name for fields in read for name in fields)
    trace = ("source_file", "source_row", "line", "reject_reason")
    plain = [name for name in names if name not in trace][:MOST_NAMES]
    kept = frozenset((*plain, *trace))
    rows = [_narrow(fields, kept) for fields in read]
    schema: dict[str, Any] = dict.fromkeys((*plain, "more", "line", "reject_reason"), pl.String)
    return pl.DataFrame(rows, schema={**schema, "source_file": pl.String, "source_row": pl.Int64})


def _narrow(fields: dict[str, Any], kept: frozenset[str]) -> dict[str, Any]:
    rest = {name: value for name, value in fields.items() if name not in kept}
    told = {name: value for name, value in fields.items() if name in kept}
    return {**told, "more": json.dumps(rest, ensure_ascii=False)} if rest else told


def _events_of(part: Path) -> Iterator[Fields]:
    text = part.read_bytes().decode("utf-8-sig", "replace")
    for line in _lines(text):
        if line.strip():
            yield _event(line)


def _lines(text: str) -> Iterator[str]:
    """Yield the text of each event."""
    whole = text.lstrip()
    if whole.startswith("[") or (whole.startswith("{") and not _is_json(whole.split("\n", 1)[0])):
        try:
            listed = _DECODER.decode(text)
        except (ValueError, RecursionError):
            pass  # it is cut short: what can be read of it is read line by line
        else:
            rows = listed if isinstance(listed, list) else [listed]
            yield from (json.dumps(row, ensure_ascii=False) for row in rows)
            return
    yield from text.split("\n")  # not `splitlines`: a text may hold U+2028


def _event(line: str) -> Fields:
    try:
        fields = {str(name): _text(value) for name, value in _DECODER.decode(line).items()}
        _refuse_half_pairs(line, fields)
    except (ValueError, RecursionError, AttributeError) as error:
        kinds = {RecursionError: "nested too deep", AttributeError: "not an object"}
        words = kinds.get(type(error), str(error).split(":")[0])
        shown = line.encode("utf-8", "replace").decode()
        return {"line": shown, "reject_reason": f"not an event of JSON: {words[:80]}"}
    return {name: value for name, value in fields.items() if name not in {"line", "reject_reason"}}


def _is_json(line: str) -> bool:
    try:
        _DECODER.decode(line)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse_half_pairs(line: str, fields: Fields) -> None:
    """Raise an error for half a surrogate pair: nothing can write it again."""
    if "\\u" in line:
        json.dumps(fields, ensure_ascii=False).encode()


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value) if type(value) is int else json.dumps(value, ensure_ascii=False)
