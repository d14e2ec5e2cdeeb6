"""Pages of the documentation: their blocks, and running them in order in a folder of their own."""

import dataclasses
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import typer.main
from typer.testing import CliRunner

from cityboard.cli import app
from cityboard.home import city_store

REPOSITORY = Path(__file__).parents[1]
# Written from tests that have run: `python -m tests.spec`.
GENERATED = {REPOSITORY / "docs/specification.md"}
PAGES = sorted({REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")} - GENERATED)
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = typer.main.get_group(app).commands
TARGETS = re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        title: The file whose content it is; None for a block that is run.
        line: Line of its first line of text, from 1.
    """

    language: str
    title: str | None
    text: str
    line: int


@dataclasses.dataclass(frozen=True)
class Command:
    """A command of a console block, and the lines shown below it."""

    words: tuple[str, ...]
    shown: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join(self.words)


def name(page: Path) -> str:
    """Return a page's path in the repository."""
    return page.relative_to(REPOSITORY).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    for found in BLOCK.finditer(text):
        line = text[: found.start(3)].count("\n") + 1
        yield Block(found[1], found[2], found[3], line)


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return BLOCK.sub("", page.read_text("utf-8"))


def commands(block: Block) -> list[Command]:
    """Return the commands of a console block."""
    found: list[Command] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Command(tuple(shlex.split(line[2:])), ()))
        elif line.strip():
            shown = (*found[-1].shown, " ".join(line.split()))
            found[-1] = dataclasses.replace(found[-1], shown=shown)
    return found


def refuse_unknown(command: Command) -> None:
    """Raise an error for a command, option, target or module that is not there."""
    program, *rest = command.words
    if program == "cityboard":
        COMMANDS[rest[0]].make_context(rest[0], rest[1:])
    elif program == "make":
        assert {word for word in rest if "=" not in word} <= {*TARGETS}, command
    else:
        assert (program, rest[0]) == ("python", "-m"), command
        assert importlib.util.find_spec(rest[1]), command


def run_page(page: Path) -> None:
    """Write, run and enter what a page shows, from top to bottom, in the present folder."""
    namespace: dict[str, object] = {"__name__": "page"}
    for block in blocks(page):
        if block.title:
            path = Path(block.title)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.language == "python":
            source = "\n" * (block.line - 1) + block.text
            exec(compile(source, str(page), "exec"), namespace)
        elif block.language == "console":
            for command in commands(block):
                _enter(command)


def _enter(command: Command) -> None:
    """Run a `cityboard` command that ends and needs no download; compare what is shown below it."""
    program, *rest = command.words
    if program != "cityboard" or rest[0] in {"serve", "watch"} or "../shared" in str(command):
        return
    city_store.cache_clear()
    result = CliRunner().invoke(app, rest, catch_exceptions=False)
    printed = " ".join(result.output.split())
    assert result.exit_code == 0, printed
    for line in command.shown:
        assert line in printed, f"{command} did not print {line!r} but {printed}"
