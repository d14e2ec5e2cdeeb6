"""Every word on screen is there in Korean and in English, each in its own script."""

import ast
import csv
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes
from pydantic import BaseModel

import cityboard
from cityboard.catalog import UNITS, Catalog, Text
from tests.cleaning import SEOUL, seoul

PACKAGE = Path(cityboard.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
TEMPLATES = sorted(PACKAGE.glob("templates/*.html"))
HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
LETTERS = re.compile(r"[^\W\d_]")
NAMES_OF_LANGUAGES = {"English", "한국어", "ko", "en"}  # each in its own script, on purpose
SPOKEN = ("title", "aria-label", "alt", "placeholder")


def fault(korean: str, english: str) -> str | None:
    """Return what is wrong with two words that should say the same, or None.

    Words that are the same in both, as a symbol, a name or a number is, are right.
    """
    if {korean, english} <= NAMES_OF_LANGUAGES:
        return None
    if HANGUL.search(english):
        return f"English has Hangul: {english!r}"
    if korean != english and LETTERS.search(korean) and not HANGUL.search(korean):
        return f"Korean has no Hangul: {korean!r} (English: {english!r})"
    return None


def texts(value: object) -> Iterator[Text]:
    """Yield every text of an entry."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name))
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from texts(each)


def entries(catalog: Catalog) -> list[BaseModel]:
    """Return everything a catalogue declares."""
    named = (catalog.datasets, catalog.indicators, catalog.boards)
    return [catalog.city, *(entry for group in named for entry in group.values())]


def test_every_text_of_the_catalogue_is_in_both_languages() -> None:
    faults = [
        f"{getattr(entry, 'id', '')}: {wrong}"
        for entry in entries(seoul())
        for text in texts(entry)
        if (wrong := fault(text.ko, text.en))
    ]
    assert faults == []


def test_every_keyword_of_the_catalogue_is_in_both_languages() -> None:
    for dataset in seoul().datasets.values():
        keywords = dataset.dcat.keyword
        assert keywords["ko"], dataset.id
        assert keywords["en"], dataset.id
        assert not any(HANGUL.search(word) for word in keywords["en"]), dataset.id
        assert any(HANGUL.search(word) for word in keywords["ko"]), dataset.id


def test_every_area_has_both_names() -> None:
    with (SEOUL / "areas.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert HANGUL.search(row["name_ko"]), row
            assert LETTERS.search(row["name_en"]), row
            assert not HANGUL.search(row["name_en"]), row


def test_every_unit_has_both_symbols() -> None:
    assert [wrong for text in UNITS.values() if (wrong := fault(text.ko, text.en))] == []


def literal(node: ast.AST) -> str:
    """Return the words written in an expression; of an f-string those between its values."""
    strings = [each for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return " ".join(each.value for each in strings if isinstance(each.value, str))


def is_about_language(test: ast.AST) -> bool:
    """Tell whether a condition asks if the language is Korean."""
    return any(isinstance(each, ast.Constant) and each.value == "ko" for each in ast.walk(test))


def pairs(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Yield line, Korean and English of every place where the code says something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name == "say" and len(node.args) == 2:
                yield node.lineno, literal(node.args[0]), literal(node.args[1])
            if name == "Text":
                named = {word.arg: literal(word.value) for word in node.keywords}
                yield node.lineno, named.get("ko", ""), named.get("en", "")
        if isinstance(node, ast.IfExp) and is_about_language(node.test):
            yield node.lineno, literal(node.body), literal(node.orelse)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_the_code_says_it_says_in_both_languages(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    faults = [
        f"line {line}: {wrong}"
        for line, korean, english in pairs(tree)
        if (wrong := fault(korean, english))
    ]
    assert faults == []


def is_paired(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """Tell whether Korean words have English ones beside them."""
    while node in parents:
        above = parents[node]
        if isinstance(above, ast.Call):
            name = getattr(above.func, "attr", getattr(above.func, "id", ""))
            if name in {"say", "Text"}:
                return True
        if isinstance(above, ast.IfExp | ast.If) and is_about_language(above.test):
            return True
        if isinstance(above, ast.FunctionDef) and above.name.endswith("_glyphs"):
            return True  # characters of a font, and no words
        if isinstance(above, ast.Dict) and is_about_language(above):
            return True
        if isinstance(above, ast.Tuple) and len(above.elts) >= 2:
            words = [literal(each) for each in above.elts]
            if any(LETTERS.search(word) and not HANGUL.search(word) for word in words):
                return True
        node = above
    return False


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_korean_words_have_english_ones_beside_them(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    alone = [
        f"line {node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and HANGUL.search(node.value)
        and not isinstance(parents[node], ast.Expr)  # a docstring
        and not is_paired(node, parents)
    ]
    assert alone == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_what_a_template_says_it_says_in_both_languages(path: Path) -> None:
    tree = jinja2.Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "say":
            korean, english = (argument.as_const() for argument in call.args)
            assert fault(korean, english) is None


class Words(HTMLParser):
    """Collects the words of a page that stand in no expression: text, and what is read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"style", "script"}
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(path: Path) -> None:
    words = Words()
    words.feed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", path.read_text(encoding="utf-8")))
    assert [each.strip() for each in words.found if LETTERS.search(each)] == []
