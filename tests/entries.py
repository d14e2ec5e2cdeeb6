"""The fields of the catalogue's entries, in the words of the documentation."""

import json
from typing import Any

from cityboard.catalog.schemas import schemas

NAME = "^[a-z][a-z0-9_]*$"
TYPES = {"string": "string", "integer": "whole number", "number": "number", "boolean": "yes/no"}
MANY = 12


def fields() -> dict[str, dict[str, tuple[str, str]]]:
    """Return entry → field → its type and its default, both in words."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for text in schemas().values():
        schema = json.loads(text)
        for entry in ({"title": schema["title"], **schema}, *schema.get("$defs", {}).values()):
            required = entry.get("required", [])
            found[entry["title"]] = {
                name: (_type(part), "required" if name in required else _default(part))
                for name, part in entry["properties"].items()
            }
    return found


def _type(part: dict[str, Any]) -> str:
    if "anyOf" in part:
        return _type(part["anyOf"][0])
    if "$ref" in part:
        return str(part["$ref"].rpartition("/")[2])
    if values := part.get("enum"):
        return "unit" if len(values) > MANY else ", ".join(f"`{value}`" for value in values)
    if part["type"] in {"array", "object"}:
        return _list(part) if part["type"] == "array" else _map(part)
    if part.get("format") == "date":
        return "day"
    return "name" if part.get("pattern") == NAME else TYPES[part["type"]]


def _map(part: dict[str, Any]) -> str:
    kinds = [*part.get("patternProperties", {}).values(), part.get("additionalProperties")]
    return f"map to {_type(kinds[0])}"


def _list(part: dict[str, Any]) -> str:
    items = part.get("prefixItems")
    return f"{len(items)} numbers" if items else f"list of {_type(part['items'])}"


def _default(part: dict[str, Any]) -> str:
    default = part.get("default", [])
    if isinstance(default, dict):
        return str(default["level"])
    if isinstance(default, bool):
        return "yes" if default else "no"
    if default is None:
        return "none"
    return "empty" if default == [] else str(default)
