"""What a city's folder declares, as the rest of the program asks for it."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from cityboard.catalog import ROWS, Catalog
from cityboard.catalog.files import Loader
from cityboard.catalog.schemas import schemas, write_schemas
from cityboard.errors import UnknownNameError
from tests.cities import ENTRIES, write_city
from tests.conftest import REPOSITORY

CATALOGS = REPOSITORY / "catalogs"
KINDS = {"datasets": "dataset", "indicators": "indicator", "boards": "board"}
FILES = [
    *sorted(path for path in CATALOGS.rglob("*.yaml")),
    *sorted(path for path in ENTRIES.rglob("*.yaml")),
]


def kind_of(path: Path) -> str:
    return KINDS.get(path.parent.name, path.stem)  # city, organisations, plan


def test_everything_declared_is_there_by_name(testburg: Catalog) -> None:
    assert (testburg.id, testburg.city.title.en) == ("testburg", "Testburg")
    assert list(testburg.datasets) == ["trees", "visits"]
    assert testburg.dataset("visits").measure("persons").column == "persons"
    assert testburg.indicator("child_visits_per_day").where == {"group_code": ("child",)}
    assert testburg.board("libraries").views[:2] == ("trend", "ranking")


def test_every_dataset_counts_its_rows(testburg: Catalog) -> None:
    for dataset in testburg.datasets.values():
        assert dataset.measure("rows") == ROWS


@pytest.mark.parametrize("kind", ["dataset", "indicator", "board", "area"])
def test_an_unknown_name_is_told_with_those_there_are(testburg: Catalog, kind: str) -> None:
    with pytest.raises(UnknownNameError, match=f"No {kind} 'nothing' in city testburg. There is:"):
        getattr(testburg, kind)("nothing")


def test_an_entry_cannot_be_changed(testburg: Catalog) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        testburg.dataset("trees").licence = "none"


def test_areas_are_those_of_the_day(testburg: Catalog) -> None:
    def names(on: dt.date | None = None) -> list[str]:
        return [area.name.en for area in testburg.areas("district", on=on)]

    assert names() == ["West", "Middle", "East"]
    assert names(dt.date(2019, 12, 31)) == ["West", "Middle", "Old East"]
    assert names(dt.date(2020, 1, 1)) == ["West", "Middle", "East"]


def test_a_code_means_its_newest_area(tmp_path: Path) -> None:
    areas = (ENTRIES / "areas.csv").read_text(encoding="utf-8")
    catalog = Catalog(
        write_city(tmp_path, {"areas.csv": areas.replace("11004,21004", "11003,21003")})
    )
    assert catalog.area("11003").name.en == "East"


def test_outlines_are_rings_of_degrees(testburg: Catalog) -> None:
    west, middle, east = testburg.outlines("district")
    assert [outline.code for outline in (west, middle, east)] == ["11001", "11002", "11003"]
    (ring,) = middle.polygons[0]
    assert (ring[0] == ring[-1]).all()
    assert np.allclose([ring.min(axis=0), ring.max(axis=0)], [(10.1, 50.0), (10.2, 50.09)])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_editors_find_the_schema_of_every_entry(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    schema = CATALOGS / f"schemas/{kind_of(path)}.schema.json"
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.partition("=")[2]).resolve() == schema


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_entry_fits_its_schema(path: Path) -> None:
    schema = json.loads(schemas()[f"{kind_of(path)}.schema.json"])
    entry: Any = yaml.load(path.read_text(encoding="utf-8"), Loader)
    jsonschema.validate(entry, schema)


def test_the_committed_schemas_are_current() -> None:
    """Run `python -m cityboard.catalog.schemas` where they are not."""
    committed = {path.name: path.read_text("utf-8") for path in (CATALOGS / "schemas").iterdir()}
    assert committed == schemas()


def test_schemas_are_written_into_a_folder_made_for_them(tmp_path: Path) -> None:
    write_schemas(tmp_path / "new/schemas")
    assert len(list((tmp_path / "new/schemas").iterdir())) == 8


def test_editors_show_what_a_property_means() -> None:
    dataset = json.loads(schemas()["dataset.schema.json"])
    assert dataset["$defs"]["Column"]["properties"]["maximum"]["description"] == (
        "Largest value allowed, included."
    )
    assert "Attributes" not in dataset["$defs"]["Column"]["description"]


def test_editors_complete_units() -> None:
    dataset = json.loads(schemas()["dataset.schema.json"])
    assert "persons" in dataset["$defs"]["Column"]["properties"]["unit"]["enum"]


def test_seoul_has_its_districts_and_neighbourhoods() -> None:
    seoul = Catalog(CATALOGS / "seoul")
    assert len(seoul.areas("district")) == len(seoul.outlines("district")) == 25
    assert len(seoul.areas("neighbourhood")) == len(seoul.outlines("neighbourhood")) == 424
