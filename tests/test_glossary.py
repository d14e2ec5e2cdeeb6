"""One word, one idea: every public name of the packages stands in the glossary under one term."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import REPOSITORY

PACKAGES = ("cityboard", "data_sources")
GLOSSARY = REPOSITORY / "docs/glossary.md"
ROW = re.compile(r"^\| \*\*(.+?)\*\* \| (.+?) \| (.*?) \|$", re.MULTILINE)
MODULES = [path for package in PACKAGES for path in sorted((REPOSITORY / package).rglob("*.py"))]


def terms() -> dict[str, list[str]]:
    """Return term → the names listed under it."""
    rows = ROW.findall(GLOSSARY.read_text("utf-8"))
    return {term: re.findall(r"`([^`]+)`", names) for term, _, names in rows}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def dotted(path: Path) -> str:
    """Return the name by which a module is imported."""
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def defined(path: Path) -> Iterator[str]:
    """Yield a module's own name, and its classes and functions."""
    yield dotted(path)
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def imported(path: Path) -> Iterator[str]:
    """Yield the names that a module imports from another module of the packages."""
    modules = {dotted(module) for module in MODULES}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(PACKAGES):
            names = (alias.name for alias in node.names)
            yield from (name for name in names if f"{node.module}.{name}" not in modules)


def public_names() -> set[str]:
    """Return every module, class and function, and every other name that two modules share."""
    names = {name for path in MODULES for name in (*defined(path), *imported(path))}
    return {name for name in names if not re.search(r"(^|\.)_", name)}


def test_every_public_name_belongs_to_a_term() -> None:
    missing = public_names() - {name for names in terms().values() for name in names}
    assert sorted(missing) == [], "add them to the terms they belong to in docs/glossary.md"


def test_a_name_belongs_to_one_term() -> None:
    counts = Counter(name for names in terms().values() for name in names)
    assert [name for name, count in counts.items() if count > 1] == []


def test_the_glossary_names_nothing_that_is_gone() -> None:
    listed = {name for names in terms().values() for name in names}
    assert sorted(listed - public_names()) == []


def test_terms_stand_once_and_in_order_within_their_table() -> None:
    for table in re.split(r"^## ", GLOSSARY.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        found = [term for term, _, _ in ROW.findall(table)]
        assert found == sorted(set(found), key=str.lower)
