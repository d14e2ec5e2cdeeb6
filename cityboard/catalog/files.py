"""Read catalogue files: safe YAML, and errors that name the file and the line."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from cityboard.errors import CatalogError

EntryT = TypeVar("EntryT", bound=BaseModel)


def read_entry(path: Path, model: type[EntryT]) -> EntryT:
    """Return the one entry a YAML file holds.

    Args:
        path: The file.
        model: What it must be.

    Raises:
        CatalogError: The file is missing, not YAML, or breaks the schema; with every line at fault.
    """
    node = _compose(path)
    value = _construct(path, node)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = [
            f"{path}:{_line(node, fault['loc'])}: "
            f"{'.'.join(map(str, fault['loc'])) or 'entry'}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise CatalogError("\n".join(faults)) from error


def _compose(path: Path) -> yaml.Node:
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError as error:
        msg = f"{path}: no such file. A city's folder needs it; see docs/catalogue.md."
        raise CatalogError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 at byte {error.start}. Save the file as UTF-8."
        raise CatalogError(msg) from error
    except yaml.YAMLError as error:
        raise _broken_yaml(path, error) from error
    if node is None:
        msg = f"{path}:1: the file is empty; it should hold one entry."
        raise CatalogError(msg)
    return node


def _construct(path: Path, node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise _broken_yaml(path, error) from error
    finally:
        loader.dispose()


def _broken_yaml(path: Path, error: yaml.YAMLError) -> CatalogError:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    return CatalogError(f"{path}:{line}: not valid YAML: {getattr(error, 'problem', error)}")


def _line(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the deepest part of `location` that the file has."""
    for step in location:
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
