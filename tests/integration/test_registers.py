"""The registers count what is there, and no more: every number is counted again another way."""

import csv
import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import polars as pl
import pytest
import yaml

from cityboard.boards import make_board
from cityboard.boards.sources import SourcesBoard
from cityboard.catalog import Catalog, Dataset, Language
from cityboard.lake import Lake
from cityboard.registers import (
    STATES,
    WITH_SERVICE,
    WITHOUT_SERVICE,
    ListedSource,
    data_types,
    entry_text,
    listed_page,
    source_counts,
    sources,
)
from cityboard.selection import Members
from cityboard.store import Store, open_store
from cityboard.views.screen import open_screen
from tests.cities import publish_city, write_city
from tests.cleaning import SEOUL, seoul
from tests.plaza_invented import enveloped
from tests.plaza_server import PlazaServer
from tests.servers import COMMAND

LISTED = pl.read_parquet(SEOUL / "figures/open_data_titles.parquet")
ENTRIES = [
    yaml.safe_load(path.read_text("utf-8")) for path in sorted((SEOUL / "datasets").glob("*.yaml"))
]
NAMED = {entry["dcat"]["identifier"] for entry in ENTRIES} & {*LISTED["dataset_id_seoul"]}
WIFI = "OA-20883"
POINTS = 1234


@pytest.fixture(scope="module")
def store(figures_home: Path) -> Store:
    """Return Seoul from its embedded figures."""
    return open_store(SEOUL, figures_home)


def told(store: Store, language: Language = "ko", **parameters: str) -> dict[str, str]:
    """Return what each register says, as markup."""
    board = make_board(open_screen(store, language=language, is_live=False), "sources")
    assert isinstance(board, SourcesBoard)
    assert board.restore(parameters) == []
    assert [view.problem for view in board.views.values() if view.problem] == []
    return {name: unescape(str(view.markup()[1])) for name, view in board.views.items()}


def numbers(markup: str, attribute: str) -> list[int]:
    return [int(n.replace(",", "")) for n in re.findall(rf'data-{attribute}="([\d,]+)"', markup)]


def test_the_list_keeps_every_title_and_service_of_the_publishers_two_files(
    seoul_data: Path,
) -> None:
    with (seoul_data / "api/oa_titles_2024-01.csv").open(encoding="utf-8", newline="") as file:
        titles = {row["INF_ID"]: row for row in csv.DictReader(file)}
    with (seoul_data / "api/oa_service_map_2024-01.csv").open(encoding="utf-8", newline="") as file:
        services = {row["INF_ID"]: row["service"] for row in csv.DictReader(file)}
    kept = {row["dataset_id_seoul"]: row for row in LISTED.to_dicts()}
    assert len(titles) == len(kept) == 7398
    assert {name: row["dataset_title"] for name, row in kept.items()} == {
        name: row["title"] for name, row in titles.items()
    }
    assert services == {n: row["service_name"] for n, row in kept.items() if row["service_name"]}
    assert len(services) == 5536


def test_the_counts_on_screen_are_those_of_the_entries_and_the_list(store: Store) -> None:
    markup = told(store)["sources"]
    published = {each.id for each in store.datasets()}
    provenance = {name: store.snapshot(name).lineage.provenance for name in published}
    simulated = {name for name in published if provenance[name] == "simulated"}
    kept = {e["id"]: e["dcat"]["identifier"] for e in ENTRIES if e["id"] not in simulated}
    elsewhere = {name for name, source in kept.items() if source not in NAMED}
    total = LISTED.height + len(elsewhere)
    connected = len(elsewhere & published)
    connected += len({source for name, source in kept.items() if name in published} & NAMED)
    assert numbers(markup, "total") == [total]
    assert numbers(markup, "connected") == [connected]
    shown = dict(re.findall(r'data-state="(\w+)" data-count="(\d+)"', markup))
    counts = {state: int(n) for state, n in shown.items()}
    assert counts["absent"] == total - connected
    assert counts["simulated"] == len(simulated)
    assert sum(counts.values()) - counts["simulated"] == total
    assert counts["live"] == counts["published"] == 0  # this home holds figures alone


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_dataset_stands_in_the_register_once_with_its_state(
    store: Store, language: Language
) -> None:
    markup = told(store, language)["sources"]
    rows = re.findall(r'data-source="(\w+)"', markup)
    assert sorted(rows) == sorted(entry["id"] for entry in ENTRIES)
    for state, (_, words) in STATES.items():
        assert words.in_language(language) in markup
        there = [each.dataset.id for each in sources(store) if each.state == state]
        assert bool(there) == (f'data-group="{state}"' in markup)


def test_what_was_not_published_counts_as_absent(figures_home: Path, tmp_path: Path) -> None:
    for name in ("open_data_titles", "libraries"):
        shutil.copytree(figures_home / f"lake/seoul/{name}", tmp_path / f"lake/seoul/{name}")
    store = open_store(SEOUL, tmp_path)
    counts = source_counts(store, sources(store))
    assert counts.connected == 2
    assert counts.states["figures"] == 2
    assert counts.states["absent"] == counts.total - 2


def test_a_data_set_that_feeds_two_datasets_counts_once(store: Store) -> None:
    found = sources(store)
    bicycles = [each for each in found if each.listed_as == "OA-15182"]
    assert len(bicycles) == 2
    counts = source_counts(store, found)
    assert counts.connected == len(
        {
            each.listed_as or each.dataset.id
            for each in found
            if each.state not in {"simulated", "absent"}
        }
    )


def test_the_list_is_paged_by_the_engine_and_gives_every_row_once(store: Store) -> None:
    seen: list[str] = []
    while len(seen) < LISTED.height:
        page = listed_page(store, offset=len(seen), limit=500)
        assert 0 < len(page.rows) <= 500
        assert page.total == LISTED.height
        seen += [row.id for row in page.rows]
    assert sorted(seen) == sorted(LISTED["dataset_id_seoul"])
    assert listed_page(store, offset=LISTED.height).rows == ()


def test_a_page_on_screen_holds_twenty_rows_and_never_the_list(store: Store) -> None:
    markup = told(store)["listed"]
    assert markup.count("data-listed=") == 20
    assert numbers(markup, "total") == [LISTED.height]


@pytest.mark.parametrize("where", [(), (WITH_SERVICE,), (WITHOUT_SERVICE,)])
@pytest.mark.parametrize("field", [None, "transport"])
def test_what_is_left_by_filters_is_counted_right(
    store: Store, where: tuple[Members, ...], field: str | None
) -> None:
    rows = LISTED
    if where:
        rows = rows.filter(pl.col("apis") == int(where[0].values[0]))
    if field:
        rows = rows.filter(pl.col("field_code") == field)
        where = (*where, Members("field_code", (field,)))
    assert listed_page(store, where=where).total == rows.height
    named = rows.filter(pl.col("dataset_title").str.contains("따릉이"))
    found = listed_page(store, words="따릉이", where=where, limit=1000)
    assert {*named["dataset_id_seoul"]} <= {row.id for row in found.rows}
    assert {row.id for row in found.rows} <= {*rows["dataset_id_seoul"]}


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("서울시 공공와이파이 서비스 위치 정보", WIFI),
        ("TbPublicWifiInfo", WIFI),
        ("tbpublicwifi", WIFI),
        (WIFI, WIFI),
        ("ㄱㄱㅇㅇㅍㅇ ㅅㅂㅅ", WIFI),  # initial consonants
        ("공공와이파이 서비스 위처", WIFI),  # a letter typed wrongly
        ("citydata", "OA-21285"),
    ],
)
def test_a_data_set_is_found_by_name_service_id_initials_and_with_a_typo(
    store: Store, words: str, first: str
) -> None:
    found = listed_page(store, words=words, limit=3)
    assert first in [row.id for row in found.rows]


def test_what_nobody_publishes_is_not_found(store: Store) -> None:
    assert listed_page(store, words="zzqqxxyy").total == 0
    assert "찾은 것이 없습니다" in told(store, search="zzqqxxyy")["listed"]


def test_a_row_that_is_connected_says_so_and_links_its_datasets(store: Store) -> None:
    markup = told(store, "en", search="OA-15182")["listed"]
    row = markup.split('data-listed="OA-15182"')[1].split("</details>")[0]
    assert "explore?dataset=bike_trips" in row
    assert "explore?dataset=bike_rentals_daily" in row


def test_an_address_with_an_unknown_field_is_told(store: Store) -> None:
    board = make_board(open_screen(store, is_live=False), "sources")
    problems = board.restore({"field": "nothing", "only": "service"})
    assert len(problems) == 1
    assert board.parameters() == {"only": "service"}


def _source(row: dict[str, str]) -> ListedSource:
    return ListedSource(
        row["dataset_id_seoul"],
        row["dataset_title"],
        row["field_code"],
        row["district_code"],
        row["service_name"],
    )


def test_the_entry_of_every_field_and_every_odd_title_is_one_the_catalogue_accepts() -> None:
    """Every hundredth is tried besides: all 5,536 take half a minute."""
    with_service = LISTED.filter(pl.col("service_name").is_not_null())
    odd = with_service.filter(pl.col("dataset_title").str.contains(r"""["'#:{}\[\]&*%]"""))
    some = pl.concat([with_service.gather_every(100), odd, with_service.unique("field_code")])
    assert some.height > 50
    for row in some.to_dicts():
        text = entry_text(_source(row), seoul(), day=seoul().city.geography_on)
        entry = Dataset.model_validate(yaml.safe_load(text) | {"vintage": "2024-01-31"})
        (distribution,) = entry.distributions
        assert distribution.service == row["service_name"]
        assert entry.title.ko == row["dataset_title"]
        assert entry.dcat.identifier == row["dataset_id_seoul"]


@pytest.mark.usefixtures("plaza_key")
def test_an_entry_alone_switches_a_source_on(figures_home: Path, tmp_path: Path) -> None:
    """From the text on the screen to published rows, with the command line alone."""
    city, home = tmp_path / "seoul", tmp_path / "home"
    shutil.copytree(SEOUL, city)
    shutil.copytree(figures_home, home)
    store = open_store(city, home)
    (source,) = listed_page(store, words=WIFI, limit=1).rows
    markup = told(store, search=WIFI)["listed"]
    entry = markup.split('data-copy="')[1].split('" data-done')[0]
    name = re.findall(r"^# catalogs/seoul/(\S+)$", entry, re.MULTILINE)[0]
    (city / name).write_text(entry, "utf-8")

    rows = [{"X_SWIFI_MGR_NO": f"n{n}", "LAT": 37.5, "X_SWIFI_CNT": n} for n in range(POINTS)]
    _serve_and_build(tmp_path, city, home, rows, "oa_20883")

    snapshot = Lake(home / "lake/seoul").snapshot("oa_20883")
    assert (snapshot.rows, snapshot.lineage.provenance) == (POINTS, "live")
    checked = _run("check", "--city", city, "--home", home)
    assert checked.returncode == 0, checked.stderr
    assert "nothing wrong" in checked.stdout
    found = {each.listed_as: each for each in sources(open_store(city, home))}
    assert found[source.id].state == "live"


@pytest.mark.usefixtures("plaza_key")
def test_fields_added_to_such_an_entry_are_typed_and_checked(
    figures_home: Path, tmp_path: Path
) -> None:
    city, home = tmp_path / "seoul", tmp_path / "home"
    shutil.copytree(SEOUL, city)
    (home / "lake").mkdir(parents=True)
    (source,) = listed_page(open_store(SEOUL, figures_home), words=WIFI, limit=1).rows
    text = entry_text(source, seoul(), day=seoul().city.geography_on)
    title = "title: {ko: 위도, en: Latitude}"
    more = f"  - {{name: lat, type: float64, unit: degree, nullable: true, {title}}}\n"
    text = text.replace("key: [row_number]", f"{more}key: [row_number]")
    (city / "datasets/oa_20883.yaml").write_text(text, "utf-8")
    rows = [{"LAT": "37.5"}, {"LAT": "far"}, {"LAT": None}]
    _serve_and_build(tmp_path, city, home, rows, "oa_20883")
    lineage = Lake(home / "lake/seoul").snapshot("oa_20883").lineage
    assert (lineage.rows_published, lineage.rejects) == (2, {"lat is not a number": 1})


def _serve_and_build(
    folder: Path, city: Path, home: Path, rows: list[dict[str, object]], dataset: str
) -> None:
    """Publish a dataset from a Plaza on this machine that answers with some rows."""
    answers = folder / "answers"
    answers.mkdir()
    service = "TbPublicWifiInfo"
    document = enveloped(service, rows)
    (answers / f"{service}.json").write_text(json.dumps(document), "utf-8")
    with PlazaServer(answers) as server:
        url = {"SEOUL_OPENAPI_URL": server.url}
        built = _run("build", "--only", dataset, "--city", city, "--home", home, **url)
        assert built.returncode == 0, built.stderr
        assert any(service in path for path in server.paths)


def _run(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, *map(str, arguments)]
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=environment
    )


def test_every_measure_and_column_is_a_data_type_counted_on_screen(store: Store) -> None:
    public = [e for e in ENTRIES if e.get("disclosure", {}).get("level", "public") == "public"]
    measures = sum(len(entry["measures"]) for entry in public)
    columns = sum(
        column.get("disclosure", {}).get("level", "public") == "public"
        for entry in public
        for column in entry["columns"]
    )
    markup = told(store)["types"]
    assert measures + columns >= 230
    assert numbers(markup, "count") == [measures + columns]
    assert markup.count("data-type=") == measures + columns
    assert len(set(re.findall(r'data-type="([^"]+)"', markup))) == measures + columns
    (shown,), (missing,) = numbers(markup, "shown"), numbers(markup, "missing")
    assert shown + missing == measures + columns
    assert markup.count("✗ 안 보임") == missing


def test_a_data_type_is_shown_by_the_views_its_dataset_fills(store: Store) -> None:
    shown = {(t.dataset.id, t.kind, t.name): t.shown_by for t in data_types(store).rows}
    assert {"map", "trend", "heatmap", "ranking"} <= {
        *shown["bus_boardings", "measure", "boardings"]
    }
    assert "tile" in shown["air_quality_daily", "measure", "mean_pm25"]
    assert shown["bus_boardings", "column", "lon"] == ("map", "table")
    assert shown["bus_boardings", "column", "hour"] == ("heatmap", "table")
    assert shown["crime", "column", "crime_type"] == ("categories", "table")
    assert "map" not in shown["air_quality_hourly", "measure", "mean_pm25"]


def test_a_column_that_figures_leave_out_is_not_shown(store: Store) -> None:
    rows = [t for t in data_types(store).rows if not t.is_shown]
    published = {each.id for each in store.datasets()}
    empty = {(t.dataset.id, t.name) for t in rows if t.dataset.id in published}
    assert {t.dataset.id for t in rows} - published == {*store.catalog.datasets} - published
    for dataset, column in (("bike_stations", "address"), ("cctv_cameras", "owner_name")):
        assert (dataset, column) in empty
        assert store.frame(dataset)[column].isna().all()
    for dataset, column in empty:
        if column in store.dataset(dataset).column_names:
            assert store.frame(dataset)[column].isna().all()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_city_without_a_list_has_its_registers_all_the_same(
    tmp_path: Path, language: Language
) -> None:
    board = (SEOUL / "boards/sources.yaml").read_text("utf-8")
    city = write_city(tmp_path / "testburg", {"boards/sources.yaml": board})
    lake = publish_city(Catalog(city), tmp_path / "home/lake/testburg")
    assert lake.datasets()
    found = told(open_store(city, tmp_path / "home"), language)
    assert {*found} == {"sources", "types"}
    assert numbers(found["sources"], "connected") == [2]
