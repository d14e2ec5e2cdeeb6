"""The specification's page is written from its tests, and holds them all."""

import importlib
from pathlib import Path

import tests.spec
from tests.spec.document import CHAPTERS, document
from tests.spec.specification import Record

SPEC = Path(tests.spec.__file__).parent
PAGE = SPEC.parents[1] / "docs/specification.md"


def test_the_page_is_current() -> None:
    hint = "run: python -m tests.spec > docs/specification.md"
    assert PAGE.read_text(encoding="utf-8") == document(), hint


def test_every_module_is_a_chapter() -> None:
    modules = {path.stem.removeprefix("test_") for path in SPEC.glob("test_*.py")}
    assert set(CHAPTERS) == modules
    assert len(CHAPTERS) == len(modules)


def test_every_statement_asks_something() -> None:
    for name in CHAPTERS:
        module = importlib.import_module(f"tests.spec.test_{name}")
        for title in [each for each in vars(module) if each.startswith("test_")]:
            record = Record()
            getattr(module, title)(record)
            assert record.asked, title
