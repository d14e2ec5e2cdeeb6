"""JSON Schemas of the catalogue's entries, so that editors complete and check them.

`python -m cityboard.catalog.schemas` writes them into `catalogs/schemas`.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cityboard.catalog.alert import Alerts
from cityboard.catalog.board import Board
from cityboard.catalog.city import City
from cityboard.catalog.dataset import Dataset
from cityboard.catalog.indicator import Indicator
from cityboard.catalog.organisation import Organisations
from cityboard.catalog.plan import Plan
from cityboard.catalog.search_words import Words

FOLDER = Path("catalogs/schemas")
MODELS: tuple[type[BaseModel], ...] = (
    *(Alerts, Board, City, Dataset, Indicator, Organisations, Plan, Words),
)
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SECTION = re.compile(r"\s*Attributes:\n")
_ATTRIBUTE = re.compile(r"^    (\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)


def schemas() -> dict[str, str]:
    """Return file name → JSON Schema of each kind of entry."""
    return {
        f"{model.__name__.lower()}.schema.json": json.dumps(
            _schema(model), ensure_ascii=False, indent=2
        )
        + "\n"
        for model in MODELS
    }


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    for each in (schema, *schema.get("$defs", {}).values()):
        _describe_properties(each)
    return {"$schema": DIALECT, **schema}


def _describe_properties(schema: dict[str, Any]) -> None:
    """Move what a class says of its attributes to the properties, where editors show it."""
    summary, *attributes = _SECTION.split(schema.get("description", ""))
    if summary:
        schema["description"] = summary
    for name, words in _ATTRIBUTE.findall("\n".join(attributes)):
        schema["properties"][name]["description"] = " ".join(words.split())


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
