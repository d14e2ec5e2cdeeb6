"""The answers in a folder, taken apart so that a server can give any part of them.

Every `*.json` and `*.xml` of any folder is read; an `INDEX.json` (a list of `file`, `service`,
`url`) may say more than the file names do.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

URL = re.compile(r"/(?:json|xmlf?|xls)/(?P<service>\w+)/(?P<start>\d+)/\d+/?(?P<arguments>.*)")
FINE = {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다."}


@dataclass
class Fixture:
    """One file: rows, where they begin, and the envelope around them."""

    name: str
    service: str
    rows: list[dict[str, Any]]
    start: int
    envelope: Callable[[list[dict[str, Any]], int], Any]
    total: int
    is_subway: bool
    is_xml: bool


def load_fixtures(folder: Path) -> list[Fixture]:
    """Return the fixtures of a folder that hold rows, those in the index first."""
    index_path = folder / "INDEX.json"
    index = json.loads(index_path.read_text(encoding="utf-8")) if index_path.exists() else []
    entries = {entry["file"]: entry for entry in index if "file" in entry}
    names = sorted(path.name for path in folder.iterdir() if path.suffix in {".json", ".xml"})
    order = [name for name in entries if name in names]
    order += [name for name in names if name not in entries and name != "INDEX.json"]
    loaded = [_fixture(folder / name, entries.get(name, {})) for name in order]
    return [fixture for fixture in loaded if fixture]


def _fixture(path: Path, entry: Mapping[str, str]) -> Fixture | None:
    text = path.read_text(encoding="utf-8-sig")
    document = json.loads(text) if path.suffix == ".json" else _plain(ET.fromstring(text.strip()))
    found = _located(document)
    if found is None:
        return None
    rows, envelope, total = found
    url = URL.search(entry.get("url", ""))
    name = path.name.removeprefix("swopen.")
    pages = re.search(r"\.(\d+)-(\d+)\.", name)
    is_subway = isinstance(document, dict) and "errorMessage" in document
    return Fixture(
        name=path.name,
        service=url["service"] if url else entry.get("service", name.split(".")[0]),
        rows=rows,
        start=int(url["start"] if url else pages[1] if pages else 0 if is_subway else 1),
        envelope=envelope,
        total=int(total or len(rows)),
        is_subway=is_subway,
        is_xml=path.suffix == ".xml",
    )


def _plain(root: ET.Element) -> dict[str, Any]:
    rows = [{part.tag: part.text or "" for part in row} for row in root.findall("row")]
    count = root.findtext("list_total_count")
    return {root.tag: {"list_total_count": count, "row": rows}} if rows else {}


def _located(document: Any) -> tuple[list[dict[str, Any]], Callable[..., Any], Any] | None:
    """Return the rows of a document, a function that wraps other rows alike, and its count."""
    if isinstance(document, list):
        return document, lambda rows, total: _usual("rows", rows, total), None
    others = {k: v for k, v in document.items() if k in {"RESULT", "errorMessage"}}
    for root, inner in document.items():
        if root in others:
            continue
        if isinstance(inner, dict) and "row" in inner:
            row, count = inner["row"], inner.get("list_total_count")
            single = isinstance(row, dict)
            kind = type(count) if count is not None else int
            return (
                [row] if single else row,
                lambda rows, total, root=root, single=single, kind=kind: _usual(
                    root, rows[0] if single and len(rows) == 1 else rows, kind(total)
                ),
                count,
            )
        if isinstance(inner, list):
            return inner, lambda rows, total, root=root: {**others, root: rows}, None
        if isinstance(inner, dict):
            return [inner], lambda rows, total, root=root: {**others, root: rows[0]}, None
    return None


def _usual(root: str, rows: Any, total: Any) -> dict[str, Any]:
    return {root: {"list_total_count": total, "RESULT": FINE, "row": rows}}
