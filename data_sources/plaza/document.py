"""The body of an answer as a plain document: JSON or XML, never code, never half of one."""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

from cityboard.errors import SourceError

DEPTH = 100  # the deepest answer of any service has six levels


def read_document(body: bytes) -> Any:
    """Return mappings, lists, text and numbers; XML gives text only, repeated names a list.

    Args:
        body: UTF-8, with or without BOM.

    Raises:
        SourceError: It is empty, a web page, cut short, nested too deep, or neither JSON nor XML.
    """
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        refuse(f"byte {error.start} is not UTF-8", body)
    if not text:
        refuse("it is empty", body)
    try:
        return _from_xml(text) if text.startswith("<") else _from_json(text)
    except (ET.ParseError, ValueError, RecursionError) as error:
        refuse(str(error), body)


def refuse(fault: str, body: bytes) -> NoReturn:
    """Raise the error for an answer that cannot be used, showing how it starts."""
    start = " ".join(body[:80].decode("utf-8", "replace").split())
    msg = (
        f"The answer cannot be read: {fault}. It has {len(body):,} bytes and starts {start!r}. "
        "Try again later; if it stays so, the service has changed."
    )
    raise SourceError(msg)


def _from_json(text: str) -> Any:
    document = json.loads(text, parse_constant=_no_constant)
    if _is_deeper(document, DEPTH):
        _too_deep()
    if "\\u" in text:  # half a surrogate pair decodes, but nothing can write it again
        json.dumps(document, ensure_ascii=False).encode()
    return document


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no number of JSON"
    raise ValueError(msg)


def _too_deep() -> NoReturn:
    msg = f"it is nested deeper than {DEPTH} levels"
    raise ValueError(msg)


def _is_deeper(document: Any, depth: int) -> bool:
    level = [document]
    for _ in range(depth):
        level = [part for whole in level for part in _inner_values(whole)]
        if not level:
            return False
    return True


def _inner_values(value: Any) -> list[Any]:
    """Return what a mapping or list holds; nothing for text and numbers."""
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


class _PlainTree(ET.TreeBuilder):
    """Refuses a document type, which could define entities, and depth, which costs stack."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> NoReturn:  # noqa: ARG002
        msg = f"it is a document of type {name!r}, such as a web page"
        raise ValueError(msg)

    def start(self, tag: str, attrs: dict[Any, Any], /) -> ET.Element:
        self._depth += 1
        if self._depth > DEPTH:
            _too_deep()
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def _from_xml(text: str) -> Any:
    if re.match(r"<(!doctype\s+)?html\b", text, re.IGNORECASE):
        msg = "it is a web page, not data"
        raise ValueError(msg)
    root = ET.XML(text, ET.XMLParser(target=_PlainTree()))  # noqa: S314 - _PlainTree
    return {root.tag: _value(root)}


def _value(element: ET.Element) -> Any:
    if not len(element):
        return element.text or ""
    groups: dict[str, list[Any]] = {}
    for child in element:
        groups.setdefault(child.tag, []).append(_value(child))
    return {tag: values if len(values) > 1 else values[0] for tag, values in groups.items()}
