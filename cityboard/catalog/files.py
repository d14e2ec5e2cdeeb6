"""Read catalogue files: safe YAML, and errors that name the file and the line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cityboard.errors import CatalogError

EntryT = TypeVar("EntryT", bound=BaseModel)


class Loader(yaml.SafeLoader):
    """The safe loader of YAML, but a day stays text, so that its model can say what is wrong."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as PyYAML declares it
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


RESOLVER = Loader("")


def read_entry(path: Path, model: type[EntryT]) -> EntryT:
    """Return the one entry a YAML file holds.

    Args:
        path: The file.
        model: What it must be.

    Raises:
        CatalogError: The file is missing, not YAML, or breaks the schema; with every line at
            fault. Keys that stand twice (YAML would drop one in silence), anchors that are used
            again (they can grow without bound) and tags are refused too.
    """
    node = _compose(path)
    _refuse_wiles(path, node)
    value = _construct(path, node)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = [_words(path, node, fault) for fault in error.errors()]
        raise CatalogError("\n".join(faults)) from error


def read_text(path: Path) -> str:
    """Return the text of a catalogue file, which is UTF-8, with or without BOM.

    Raises:
        CatalogError: It is missing, cannot be read or is not UTF-8.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        msg = f"{path}: no such file. A city's folder needs it; see docs/catalogue.md."
        raise CatalogError(msg) from error
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CatalogError(f"{path}:{line}: not UTF-8. Save the file as UTF-8.") from error


def line_of(path: Path, place: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest part of a place that a YAML file has."""
    return _line(_compose(path), place)


def _compose(path: Path) -> yaml.Node:
    text = read_text(path)
    try:
        node = yaml.compose(text, Loader=Loader)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise CatalogError(f"{path}:{line}: not text: {error.reason}.") from error
    except yaml.YAMLError as error:
        raise _broken_yaml(path, error) from error
    except RecursionError as error:
        raise CatalogError(f"{path}:1: lists or keys stand too deep in each other.") from error
    if node is None:
        msg = f"{path}:1: the file is empty; it should hold one entry."
        raise CatalogError(msg)
    return node


def _refuse_wiles(path: Path, node: yaml.Node) -> None:
    seen: set[int] = set()
    for each in _walk(node):
        line = each.start_mark.line + 1
        if id(each) in seen:
            msg = f"{path}:{line}: an anchor (&) is used again (*). Write it out each time."
            raise CatalogError(msg)
        seen.add(id(each))
        if each.tag != _implied_tag(each):
            raise CatalogError(f"{path}:{line}: the tag {each.tag} is refused. Write plain values.")
        if isinstance(each, yaml.MappingNode):
            _refuse_doubled_keys(path, each)


def _implied_tag(node: yaml.Node) -> str:
    is_plain = isinstance(node, yaml.ScalarNode) and node.style is None
    resolve: Any = RESOLVER.resolve
    return str(resolve(type(node), node.value, (is_plain, not is_plain)))


def _refuse_doubled_keys(path: Path, node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise CatalogError(f"{path}:{key.start_mark.line + 1}: a key must be one word.")
        if key.value in seen:
            line = key.start_mark.line + 1
            raise CatalogError(f"{path}:{line}: the key {key.value!r} stands twice. Keep one.")
        seen.add(key.value)


def _walk(node: yaml.Node) -> Iterator[yaml.Node]:
    """Yield a node and all below it in the order written; a node used twice is yielded twice."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting += [each for pair in reversed(node.value) for each in reversed(pair)]
        elif isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)


def _construct(path: Path, node: yaml.Node) -> Any:
    loader = Loader("")
    try:
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise _broken_yaml(path, error) from error
    except ValueError as error:  # such as 0b_, which YAML takes for a number
        raise CatalogError(f"{path}:1: a value cannot be read: {error}.") from error
    finally:
        loader.dispose()


def _broken_yaml(path: Path, error: yaml.YAMLError) -> CatalogError:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    return CatalogError(f"{path}:{line}: not valid YAML: {getattr(error, 'problem', error)}")


def _words(path: Path, node: yaml.Node, fault: ErrorDetails) -> str:
    place = (*fault["loc"], *fault.get("ctx", {}).get("place", ()))
    where = ".".join(map(str, place)) or "entry"
    return f"{path}:{_line(node, place)}: {where}: {fault['msg']}"


def _line(node: yaml.Node, place: tuple[int | str, ...]) -> int:
    for step in place:
        below = _child(node, step)
        if below is None:
            break
        node = below
    return int(node.start_mark.line) + 1


def _child(node: yaml.Node, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child: yaml.Node = node.value[step]
        return child
    return None
