"""The answers of the Seoul Open Data Plaza: rows, count and result code from any envelope.

No service is named here. Met so far: `{service: {list_total_count, RESULT, row}}`, the same under
another root name, `row` as one object, a list under a dotted name with dotted status names, the
status inside a row or beside the root, one object without `row`, the subway host's `errorMessage`
beside a list, a refusal without any envelope, all of these as XML, and bare rows.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from data_sources.plaza.codes import FINE, NO_DATA
from data_sources.plaza.document import read_document, refuse

Row = Mapping[str, Any]

CODE = re.compile(r"(INFO|WARN|ERROR)-\d+")
CODE_NAMES = ("CODE", "RESULT.CODE", "code")
MESSAGE_NAMES = ("MESSAGE", "RESULT.MESSAGE", "message")
COUNT_NAMES = ("list_total_count", "total", "totalCount")
# A mapping of nothing but these and containers wraps rows; any other scalar makes it a row.
ENVELOPE_NAMES = frozenset({*CODE_NAMES, *MESSAGE_NAMES, *COUNT_NAMES}) | {
    *("row", "status", "link", "developerMessage", "numOfRows", "pageNo")
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """What one request gave.

    Attributes:
        code: Result code; `INFO-000` where rows came without one.
        message: The service's words for it; may be empty.
        rows: Rows as answered; numbers are text, int or float as they came.
        total: The count the service announced; None where it announced none.
    """

    code: str
    message: str
    rows: tuple[Row, ...]
    total: int | None


def parse(body: bytes) -> Answer:
    """Return what an answer holds, whether it came as JSON or XML.

    Raises:
        SourceError: It is empty, a web page, cut short, or holds neither rows nor a result code.
    """
    document = read_document(body)
    code, message = _status(document)
    if code not in {None, FINE}:
        return Answer(str(code), message, (), None)
    rows, total = _rows(document, is_fine=code == FINE), _total(document, body)
    if not rows and (rows is None or code is None) and total != 0:
        refuse("it holds no rows and no result code that says why", body)
    if not all(isinstance(row, Mapping) and row for row in rows or ()):
        refuse("its rows are not objects", body)
    return Answer(FINE, message, tuple(_data(row) for row in rows or ()), total)


def section(row: Row, name: str) -> list[Row]:
    """Return a nested part of a row as rows: it comes as a list, one object or an empty string."""
    part = row.get(name)
    parts = part if isinstance(part, list) else [part]
    return [entry for entry in parts if isinstance(entry, Mapping)]


def _is_status(name: str) -> bool:
    return name == "RESULT" or "error" in name.lower()


def _is_envelope(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    if isinstance(value.get("row"), (Mapping, list)):
        return True
    return all(
        name in ENVELOPE_NAMES or isinstance(inner, (Mapping, list))
        for name, inner in value.items()
    )


def _contents(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield what envelopes hold besides status, from the outside in; rows are not opened."""
    level = [document]
    while level:
        items = [pair for part in level if _is_envelope(part) for pair in part.items()]
        items = [(name, value) for name, value in items if not _is_status(name)]
        yield from items
        level = [value for name, value in items if name != "row"]


def _statuses(document: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping that may hold a status: envelopes, and what they and rows call so."""
    contents = list(_contents(document))
    wrappers = [document, *(value for name, value in contents if name != "row")]
    rows = [row for _, value in contents for row in (value if isinstance(value, list) else [value])]
    parts = [part for wrapper in wrappers for part in _status_parts(wrapper)]
    parts += [row.get("RESULT") for row in rows if isinstance(row, Mapping)]
    parts += [wrapper for wrapper in wrappers if _is_envelope(wrapper)]
    return (part for part in parts if isinstance(part, Mapping))


def _status_parts(wrapper: Any) -> list[Any]:
    if not isinstance(wrapper, Mapping):
        return []
    return [part for name, part in wrapper.items() if _is_status(name)]


def _status(document: Any) -> tuple[str | None, str]:
    """Return code and message; a refusal anywhere counts more than a success elsewhere."""
    found = [
        (str(mapping[name]), mapping)
        for mapping in _statuses(document)
        for name in CODE_NAMES
        if CODE.fullmatch(str(mapping.get(name)))
    ]
    if not found:
        return None, ""
    code, mapping = min(found, key=lambda pair: (pair[0] == FINE, pair[0] == NO_DATA))
    return code, next((str(mapping[n]) for n in MESSAGE_NAMES if mapping.get(n)), "")


def _rows(document: Any, *, is_fine: bool) -> list[Any] | None:
    """Return what is under `row`, else the first list of objects, else the one object left."""
    if isinstance(document, list):
        return document
    contents = list(_contents(document))
    for name, value in contents:
        if name == "row":
            return value if isinstance(value, list) else [value] if value else []
    lists = [value for _, value in contents if isinstance(value, list) and _all_objects(value)]
    if lists:
        return max(lists, key=bool)
    objects = [v for _, v in contents if isinstance(v, Mapping) and not _is_envelope(v)]
    return objects[:1] if objects and is_fine else None


def _all_objects(values: list[Any]) -> bool:
    return all(isinstance(value, Mapping) for value in values)


def _data(row: Row) -> Row:
    """Return a row without the status that some services put inside it."""
    status = row.get("RESULT")
    if not isinstance(status, Mapping):
        return row
    return {name: value for name, value in row.items() if name != "RESULT"}


def _total(document: Any, body: bytes) -> int | None:
    for mapping in _statuses(document):
        for name in COUNT_NAMES:
            if mapping.get(name) is not None and mapping[name] != "":
                return _count(mapping[name], body)
    return None


def _count(value: Any, body: bytes) -> int:
    try:
        count = int(float(value))
    except (TypeError, ValueError, OverflowError):
        count = -1
    if count < 0:
        refuse(f"its count of rows is {value!r}", body)
    return count
