"""What is exported is what the screen says, whole, for the role, and as the standards want it."""

import csv
import datetime as dt
import hashlib
import io
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frictionless
import pandas as pd
import pysdmx.io
import pyshacl
import pytest
import rdflib
import yaml
from rdflib.namespace import DCAT, DCTERMS

from cityboard.catalog import Catalog, Indicator
from cityboard.errors import CityboardError, ExportError
from cityboard.exports import FORMATS, observations, write_export
from cityboard.exports.codes import age_code, code_of, sex_code, time_period
from cityboard.exports.observations import DIMENSIONS, breakdowns, visible_indicators
from cityboard.exports.open_sdg import open_sdg_id, yearly
from cityboard.lake import Lake
from cityboard.observation import observe, observe_areas
from cityboard.selection import Members
from cityboard.store import Role, Store
from tests.cities import publish_city, write_city
from tests.cleaning import SEOUL
from tests.conftest import REPOSITORY
from tests.integration.test_cli import refuse, run

# rdflib 7.6 warns of a class of its own that its JSON-LD parser makes.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
SHAPES = REPOSITORY / "tests/data/exports/dcat_ap_3.ttl"
TREES = (REPOSITORY / "tests/data/testburg/datasets/trees.yaml").read_text("utf-8")
VISITS = (REPOSITORY / "tests/data/testburg/datasets/visits.yaml").read_text("utf-8")
HIDDEN = "disclosure: {level: internal, reason: {ko: 비공개입니다., en: Not for everybody.}}\n"
OAKS = """id: oaks
number: 3
title: {ko: 참나무 비율, en: Oaks}
definition: {ko: 참나무의 수., en: Number of oaks.}
dataset: trees
measure: trees
where: {species_code: [oak]}
frequency: A
direction: up
unit: "1"
owner: culture
sdg: ["15.2", "11"]
target:
  value: 6
  by: 2030-12-31
  set_by: {ko: 시의회, en: City council}
  source: {ko: 조례, en: Bylaw}
limits: [0, 100]
base_year: 2026
"""


@pytest.fixture(scope="module")
def seoul_store(tmp_path_factory: pytest.TempPathFactory, figures_home: Path) -> Store:
    """Return Seoul from its embedded figures; residents are told apart by sex and age."""
    city = shutil.copytree(SEOUL, tmp_path_factory.mktemp("city") / "seoul")
    entry = city / "indicators/registered_population.yaml"
    words = [
        line for line in entry.read_text("utf-8").splitlines() if line[:4] not in {"sex:", "age:"}
    ]
    entry.write_text("\n".join([*words, "sex: sex", "age: age_group", ""]), "utf-8")
    return Store(Catalog(city), Lake(figures_home / "lake/seoul"))


def toy_city(folder: Path, *, role: Role = "public", **changes: str) -> Store:
    """Return the toy city with a register's indicator, published with changed entries."""
    entries = {f"{name.replace('__', '/')}.yaml": text for name, text in changes.items()}
    catalog = Catalog(write_city(folder / "testburg", {"indicators/oaks.yaml": OAKS, **entries}))
    return Store(catalog, publish_city(catalog, folder / "lake"), role=role)


def exported(store: Store, name: str) -> dict[str, bytes]:
    """Return path → content of an export."""
    return dict(FORMATS[name](store))


def values(frame: pd.DataFrame, **codes: str) -> dict[str, float]:
    """Return period → value of the rows with some codes; those not given are totals."""
    wanted = {"SEX": "_T", "AGE": "_T", **codes}
    for name, code in wanted.items():
        frame = frame[frame[name] == code]
    return dict(zip(frame["TIME_PERIOD"], frame["OBS_VALUE"].astype(float), strict=True))


def told(store: Store, indicator: Indicator, *where: Members) -> dict[str, float]:
    """Return period → value as `observe` tells it."""
    series = observe(store, indicator, where=where).series
    return {time_period(day, indicator.frequency): value for day, value in series}


def refuse_other_values(store: Store, frame: pd.DataFrame) -> None:
    """Fail unless the city's, districts', sexes' and ages' numbers are those of `observe`."""
    city = store.catalog.areas("city")[0].code
    for indicator in visible_indicators(store):
        dataset = store.dataset(indicator.dataset)
        rows = frame[frame["INDICATOR"] == indicator.id]
        if dataset.time is None:
            assert list(values(rows, REF_AREA=city).values()) == [observe(store, indicator).value]
        else:
            assert values(rows, REF_AREA=city) == told(store, indicator), indicator.id
        if "area" in store.fields(dataset.id):
            districts, whole = observe_areas(store, indicator)
            found = {area: values(rows, REF_AREA=area) for area in {*rows["REF_AREA"]} - {city}}
            assert {a: [*v.values()] for a, v in found.items()} == {
                area: [value] for area, value in districts.items()
            }
            if whole.period:
                period = time_period(whole.period, indicator.frequency)
                assert {p for v in found.values() for p in v} <= {period}
        for name, column in breakdowns(store, indicator).items():
            for value in {str(v) for v in store.frame(dataset.id)[column].dropna()}:
                code = {name.upper(): code_of(name, value)}
                alone = told(store, indicator, Members(column, (value,)))
                assert values(rows, REF_AREA=city, **code) == pytest.approx(alone)


def test_the_long_table_says_what_the_screen_says(seoul_store: Store) -> None:
    frame = observations(seoul_store)
    assert set(frame["INDICATOR"]) == {each.id for each in visible_indicators(seoul_store)}
    assert {"F", "M", "_T"} <= set(frame["SEX"])
    assert {"Y0T14", "Y15T64", "Y_GE65"} <= set(frame["AGE"])
    refuse_other_values(seoul_store, frame)


def test_no_observation_stands_twice_or_is_missing(seoul_store: Store) -> None:
    frame = observations(seoul_store)
    assert not frame.duplicated(list(DIMENSIONS)).any()
    assert not frame.isna().any().any()


def test_the_long_table_is_made_in_five_seconds(seoul_store: Store) -> None:
    began = time.monotonic()
    observations(seoul_store)
    assert time.monotonic() - began < 5


def test_sexes_and_ages_add_up_to_the_residents(seoul_store: Store) -> None:
    frame = observations(seoul_store)
    rows = frame[(frame["INDICATOR"] == "registered_population") & (frame["REF_AREA"] == "11")]
    whole = rows[(rows["SEX"] == "_T") & (rows["AGE"] == "_T")].set_index("TIME_PERIOD")
    for name in ("SEX", "AGE"):
        parts = rows[rows[name] != "_T"].groupby("TIME_PERIOD")["OBS_VALUE"].sum()
        assert parts.to_dict() == whole["OBS_VALUE"].to_dict()


@pytest.mark.parametrize(
    ("value", "code"),
    [("f", "F"), ("men", "M"), ("unknown", "_U"), ("third sex", "third_sex")],
)
def test_a_sex_has_the_code_of_sdmx(value: str, code: str) -> None:
    assert sex_code(value) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("30", "Y30"),
        ("0_14", "Y0T14"),
        ("65_plus", "Y_GE65"),
        ("65+", "Y_GE65"),
        ("under_15", "Y_LT15"),
        ("20-29", "Y20T29"),
        ("adult", "adult"),
    ],
)
def test_an_age_has_the_code_of_sdmx(value: str, code: str) -> None:
    assert age_code(value) == code


@pytest.mark.parametrize(
    ("frequency", "period"),
    [("A", "2023"), ("Q", "2023-Q3"), ("M", "2023-08"), ("D", "2023-08-01")],
)
def test_a_period_is_written_as_sdmx_writes_it(frequency: str, period: str) -> None:
    assert time_period(dt.date(2023, 8, 1), frequency) == period


def test_pysdmx_reads_the_same_values_with_their_structure(seoul_store: Store) -> None:
    """The message meets the SDMX-JSON schema of the standard; each code used is in its list."""
    files = {name: content.decode() for name, content in exported(seoul_store, "sdmx").items()}
    message = pysdmx.io.read_sdmx(files["structure.json"], validate=True)
    (read,) = pysdmx.io.get_datasets(files["data.csv"], files["structure.json"])
    frame = observations(seoul_store)
    assert len(read.data) == len(frame)
    assert [*read.data["OBS_VALUE"].astype(float)] == [*frame["OBS_VALUE"]]
    for name in DIMENSIONS:
        assert [*read.data[name].astype(str)] == [*frame[name].astype(str)]
    lists = {each.id.removeprefix("CL_"): each for each in message.get_codelists()}
    for name, codes in lists.items():
        assert set(frame[name]) <= {code.id for code in codes}, name
    assert {component.id for component in read.structure.components} == set(frame.columns)


def test_every_name_of_the_structure_is_in_both_languages(seoul_store: Store) -> None:
    def named(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            yield from [node] if "name" in node else []
            node = list(node.values())
        if isinstance(node, list):
            for each in node:
                yield from named(each)

    found = list(named(json.loads(exported(seoul_store, "sdmx")["structure.json"])))
    assert len(found) > 100
    assert all(each["names"].keys() == {"ko", "en"} for each in found)


def test_open_sdg_reads_every_indicator(seoul_store: Store) -> None:
    """As sdg-build's own checks of a CSV and of the fields a page needs."""
    files = exported(seoul_store, "opensdg")
    for indicator in visible_indicators(seoul_store):
        name = open_sdg_id(indicator)
        head, *rows = csv.reader(io.StringIO(files[f"data/indicator_{name}.csv"].decode()))
        assert (head[0], head[-1]) == ("Year", "Value")
        assert all(cell == cell.strip() for row in (head, *rows) for cell in row)
        assert all(row[0].isdecimal() and float(row[-1]) is not None for row in rows)
        assert len({tuple(row[:-1]) for row in rows}) == len(rows)
        meta = yaml.safe_load(files[f"meta/{name}.yml"])
        assert {"reporting_status", "data_non_statistical", "graph_type"} <= meta.keys()
        for words in (meta, meta["ko"]):
            assert words["indicator_name"]
            assert words["graph_title"]
        assert not meta.keys() & {"goal", "target", "indicator", "name", "number", "language"}


def test_a_year_of_open_sdg_is_made_of_whole_years_as_the_indicator_says() -> None:
    def made(annual: str, months: int) -> dict[int, float]:
        entry = yaml.safe_load(OAKS) | {"frequency": "M", "annual": annual}
        days = [(dt.date(2023, month, 1), float(month)) for month in range(1, months + 1)]
        return yearly(Indicator.model_validate(entry), days)

    assert made("sum", 12) == {2023: 78}
    assert made("mean", 12) == {2023: 6.5}
    assert made("last", 12) == {2023: 12}
    assert made("last", 11) == {}


def test_open_sdg_has_goal_target_and_what_progress_is_measured_by(tmp_path: Path) -> None:
    files = exported(toy_city(tmp_path), "opensdg")
    rows = [*csv.DictReader(io.StringIO(files["data/indicator_15-2-c3.csv"].decode()))]
    assert [row["Value"] for row in rows if not row["Area"]] == ["4.0"]
    meta = yaml.safe_load(files["meta/15-2-c3.yml"])
    assert (meta["sdg_goal"], meta["indicator_number"]) == ("15", "15.2.c3")
    assert meta["progress_calculation_options"] == [
        {
            "unit": "items",
            "direction": "positive",
            "target": 6,
            "target_year": 2030,
            "base_year": 2026,
            "limit": 100,
        }
    ]
    assert meta["reporting_status"] == "complete"
    assert yaml.safe_load(files["meta/city-visits_per_day.yml"])["standalone"] is True


def test_dcat_has_what_the_profile_demands(seoul_store: Store) -> None:
    graph = catalogue(seoul_store)
    conforms, _, words = pyshacl.validate(graph, shacl_graph=rdflib.Graph().parse(SHAPES))
    assert conforms, words
    assert len([*graph.subjects(rdflib.RDF.type, DCAT.Dataset)]) == len(seoul_store.datasets())


@pytest.mark.parametrize(
    "term", [DCTERMS.license, DCTERMS.publisher, DCTERMS.title, DCAT.accessURL]
)
def test_dcat_without_a_demanded_property_is_refused(term: rdflib.URIRef, tmp_path: Path) -> None:
    graph = catalogue(toy_city(tmp_path))
    shapes = rdflib.Graph().parse(SHAPES)
    assert pyshacl.validate(graph, shacl_graph=shapes)[0]
    graph.remove((None, term, None))
    assert not pyshacl.validate(graph, shacl_graph=shapes)[0]


def catalogue(store: Store) -> rdflib.Graph:
    """Return the exported catalogue as a graph."""
    return rdflib.Graph().parse(data=exported(store, "dcat")["catalog.jsonld"], format="json-ld")


def test_a_licence_without_an_address_is_refused(tmp_path: Path) -> None:
    store = toy_city(tmp_path, datasets__trees=TREES.replace("CC-BY-4.0", "Free"))
    with pytest.raises(ExportError, match=r"'Free' has no address.*Add it"):
        exported(store, "dcat")


def test_frictionless_finds_every_row_of_the_package_as_its_schema_says(
    seoul_store: Store, tmp_path: Path
) -> None:
    """Tables over 3 MB are left out: frictionless reads 20,000 rows a second."""
    write_export(seoul_store, "datapackage", tmp_path / "package")
    package = frictionless.Package(str(tmp_path / "package/datapackage.json"))
    assert {each.name for each in package.resources} == {d.id for d in seoul_store.datasets()}
    for resource in package.resources:
        content = (tmp_path / "package" / str(resource.path)).read_bytes()
        assert resource.hash == f"sha256:{hashlib.sha256(content).hexdigest()}"
        if len(content) < 3_000_000:
            report = resource.validate()
            assert report.valid, (resource.name, report.flatten(["title", "note"])[:3])
            rows = seoul_store.snapshot(str(resource.name)).rows
            assert report.tasks[0].stats["rows"] == rows


def test_a_key_that_is_not_whole_for_the_role_is_none(tmp_path: Path) -> None:
    def key(store: Store) -> object:
        package = json.loads(exported(store, "datapackage")["datapackage.json"])
        (trees,) = (each for each in package["resources"] if each["name"] == "trees")
        return trees["schema"].get("primaryKey")

    hidden = TREES.replace("title: {ko: 나무 번호", f"{HIDDEN.strip()}, title: {{ko: 나무 번호")
    assert key(toy_city(tmp_path / "whole")) == ["tree_id"]
    assert key(toy_city(tmp_path / "hidden", datasets__trees=hidden)) is None
    nullable = TREES.replace(
        "unit: code, title: {ko: 나무", "unit: code, nullable: true, title: {ko: 나무"
    )
    assert key(toy_city(tmp_path / "nullable", datasets__trees=nullable)) is None


def test_nothing_simulated_looks_real(tmp_path: Path) -> None:
    """Of the two distributions the embedded one is published here, and it is a simulation."""
    store = toy_city(tmp_path, datasets__trees=TREES.replace("kind: figures", "kind: simulation"))
    frame = observations(store).set_index("INDICATOR")
    assert set(frame.loc[["oaks"], "OBS_STATUS"]) == {"SIM"}
    assert set(frame.loc[["oaks"], "PROVENANCE"]) == {"simulated"}
    assert set(frame.loc[["visits_per_day"], "OBS_STATUS"]) == {"A"}
    meta = yaml.safe_load(exported(store, "opensdg")["meta/15-2-c3.yml"])
    assert meta["reporting_status"] == "inprogress"
    assert meta["progress_status"] == "not_available"
    assert meta["graph_title"].endswith("(SIMULATED)")
    assert meta["ko"]["indicator_name"].endswith("(모의 자료)")
    package = json.loads(exported(store, "datapackage")["datapackage.json"])
    assert {r["name"]: r["provenance"] for r in package["resources"]}["trees"] == "simulated"
    told = {str(each) for each in catalogue(store).objects(predicate=rdflib.RDFS.label)}
    assert any(words.startswith("SIMULATED. Version 0") for words in told)


def test_a_number_that_measures_otherwise_says_so(tmp_path: Path) -> None:
    otherwise = "measures_otherwise: {ko: 나무의 수, en: Trees}\n"
    frame = observations(toy_city(tmp_path, indicators__oaks=OAKS + otherwise))
    assert set(frame[frame["INDICATOR"] == "oaks"]["OBS_STATUS"]) == {"D"}


@pytest.mark.parametrize("name", FORMATS)
def test_the_public_gets_only_what_it_may_see(name: str, tmp_path: Path) -> None:
    """The visits are internal, and so is the name of a tree's inspector."""
    hidden = {"datasets__visits": VISITS + HIDDEN}
    secrets = ("visits", "도서관", "inspector_name", "Kim")
    public = toy_city(tmp_path / "public", **hidden)
    files = exported(public, name)
    assert "trees" in str(files) or "oaks" in str(files)
    for path, content in files.items():
        assert not [word for word in secrets if word in path + content.decode()], path
    official = exported(toy_city(tmp_path / "official", role="official", **hidden), name)
    text = "".join(path + content.decode() for path, content in official.items())
    assert "visits" in text


def test_a_breakdown_by_a_hidden_column_is_not_told(tmp_path: Path) -> None:
    entry = VISITS.replace(
        "    unit: code\n    title: {ko: 연령대",
        f"    unit: code\n    {HIDDEN}    title: {{ko: 연령대",
    )
    by_age = (REPOSITORY / "tests/data/testburg/indicators/visits_per_day.yaml").read_text("utf-8")
    changes = {
        "datasets__visits": entry,
        "indicators__visits_per_day": f"{by_age}age: group_code\n",
    }
    frame = observations(toy_city(tmp_path / "public", **changes))
    assert set(frame["INDICATOR"]) == {"oaks", "visits_per_day"}
    assert set(frame["AGE"]) == {"_T"}
    official = observations(toy_city(tmp_path / "official", role="official", **changes))
    assert set(official["AGE"]) == {"_T", "adult", "child"}


def test_an_export_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_store: Store) -> Iterator[tuple[str, bytes]]:
        yield "first.csv", b"1"
        assert not (tmp_path / "out/new").exists()
        msg = "no second"
        raise CityboardError(msg)

    store = toy_city(tmp_path / "city")
    monkeypatch.setitem(FORMATS, "dcat", broken)
    with pytest.raises(CityboardError, match="no second"):
        write_export(store, "dcat", tmp_path / "out/new")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_export_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("mine")
    with pytest.raises(ExportError, match="holds something already"):
        write_export(toy_city(tmp_path / "city"), "dcat", tmp_path / "mine")
    assert (tmp_path / "mine/thesis.txt").read_text() == "mine"


def test_the_command_writes_a_folder_and_refuses_what_there_is_not(tmp_path: Path) -> None:
    toy_city(tmp_path)
    city, home = tmp_path / "testburg", tmp_path / "home"
    shutil.copytree(tmp_path / "lake", home / "lake/testburg")
    options = ("--home", home, "--city", city)
    done = run("export", "sdmx", "--output", tmp_path / "out", *options)
    assert done.returncode == 0, done.stderr
    assert "2 files" in done.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"data.csv", "structure.json"}
    refuse(run("export", "sdmx", "--output", tmp_path / "out", *options), "holds something already")
    refuse(run("export", "excel", "--output", tmp_path / "x", *options), "sdmx, opensdg, dcat")
