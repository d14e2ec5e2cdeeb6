"""Bad entries: each is refused with the file and the line, before anything is published."""

# ruff: noqa: E501 - the faults are a table

from pathlib import Path

import pytest

from cityboard.catalog import Catalog
from cityboard.errors import CatalogError
from tests.cities import ENTRIES, write_city

TREES, VISITS = "datasets/trees.yaml", "datasets/visits.yaml"
INDICATOR, BOARD = "indicators/visits_per_day.yaml", "boards/libraries.yaml"


def edited(name: str, old: str, new: str) -> tuple[str, int]:
    """Return the text of an entry with one place changed, and the line of that place."""
    text = (ENTRIES / name).read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    return text.replace(old, new), text[: text.index(old)].count("\n") + 1


def message(folder: Path, name: str, content: str | bytes | None) -> str:
    """Return what is said when the toy city is opened with one file changed."""
    write_city(folder, {name: content})
    with pytest.raises(CatalogError) as caught:
        Catalog(folder)
    return str(caught.value)


# (file, what stands there, what is put there instead, how many lines below it is told, words);
# a fault of the whole entry is told at its first line, which is 2
FAULTS = {
    "broken YAML": (TREES, "licence: CC", "licence: [CC", 1, "not valid YAML"),
    "a tab": (TREES, "columns:\n  ", "columns:\n\t", 1, "not valid YAML"),
    "two documents": (TREES, "licence: CC", "---\nlicence: CC", 0, "not valid YAML"),
    "an unknown key": (TREES, "licence: CC", "licence: x\nlicense: CC", 1, "license: Extra inputs"),
    "a wrong type": (TREES, "vintage: 2026-01-01", "vintage: [1]", 0, "vintage: "),
    "a day that is none": (TREES, "2026-01-01", "2026-02-30", 0, "vintage: "),
    "text for a number": (TREES, "stale_after_days: 3650", "stale_after_days: ten", 0, "integer"),
    "no number": (TREES, "minimum: 0", "minimum: .nan", 0, "finite number"),
    "a blank translation": (TREES, "{ko: 수종,", "{ko: ' ',", 0, "blank in ko"),
    "a missing translation": (TREES, "{ko: 수종, en: Species}", "{ko: 수종}", 0, "title.en: "),
    "a number for a word": (TREES, "{ko: 수종,", "{ko: 1,", 0, "title.ko: "),
    "an unknown unit": (TREES, "unit: m, nullable", "unit: cubits, nullable", 0, "'cubits' is unk"),
    "an unknown type": (TREES, "lon, type: float64", "lon, type: float", 0, "columns.2.type"),
    "an unknown aggregate": (TREES, "aggregate: mean", "aggregate: median", 0, "measures.1.agg"),
    "a name in capitals": (TREES, "key: [tree_id]", "key: [TREE_ID]", 0, "key.0: "),
    "no key": (TREES, "key: [tree_id]", "key: []", 0, "at least 1 item"),
    "a key that is no column": (TREES, "key: [tree_id]", "key: [id]", 0, "'id' is not among"),
    "a measure of no column": (TREES, "mean, column: height_m", "mean, column: tall", 0, "'tall'"),
    "a sum of words": (VISITS, "aggregate: max, column: persons", "aggregate: sum, column: group_code", 0, "is string, not"),
    "a count of a column": (TREES, "aggregate: count", "aggregate: count, column: lon", 0, "do not fit"),
    "a ratio over nothing": (VISITS, ", over: persons", "", 0, "`over` belongs to a ratio"),
    "two columns of one name": (TREES, "name: lat,", "name: lon,", 0, "two columns are named 'lon'"),
    "two measures of one id": (TREES, "id: height_max", "id: trees", 0, "two measures are named"),
    "a measure named rows": (TREES, "id: height_max", "id: rows", 0, "two measures are named 'rows'"),
    "a dimension named as an address is": (TREES, "dimensions: [species_code]", "dimensions: [place]", 0, "'place' means something else"),
    "a point without latitude": (TREES, ", lat: lat}", "}", 0, "both lon and lat"),
    "no time and no vintage": (TREES, "vintage: 2026-01-01\n", "", -34, "needs a vintage"),
    "a time that is none": (VISITS, "column: visit_date", "column: hour", 0, "is int32, not date or timestamp"),
    "a zone that is none": (VISITS, "zone: Europe/Berlin", "zone: Berlin", 0, "no time zone"),
    "an upside-down range": (TREES, "minimum: 0, maximum: 60", "minimum: 60, maximum: 0", 0, "minimum is above"),
    "labels of numbers": (TREES, "species_code\n    type: string", "species_code\n    type: int32", 1, "has labels"),
    "a range of words": (TREES, "tree_id, type: string", "tree_id, type: string, minimum: 0", 0, "has a range"),
    "a closed column without a reason": (TREES, ", reason: {ko: 개인 정보입니다., en: It names a person.}", "", 0, "needs a reason"),
    "figures without a note": (TREES, "    note: {ko: 모든 행을 담은 표., en: Every row.}\n", "", -4, "needs a note"),
    "an API without a service": (TREES, "kind: file", "kind: api", 0, "needs an adapter and a service"),
    "a push without a feed": (TREES, "{kind: file, system: figures, cleaner: table, path: [trees.parquet]}", "{kind: push, system: figures, cleaner: table}", 0, "needs a feed and has no path"),
    "a push with a path": (TREES, "{kind: file, system: figures, cleaner: table, path", "{kind: push, feed: {}, system: figures, cleaner: table, path", 0, "needs a feed and has no path"),
    "a file with a feed": (TREES, "{kind: file, system", "{kind: file, feed: {}, system", 0, "a file distribution has no feed"),
    "a poll without a clock": (TREES, "{kind: file, system: figures", "{kind: api, adapter: plaza, service: trees, feed: {}, system: figures", 0, "needs every_seconds"),
    "a push with a clock": (TREES, "{kind: file, system: figures, cleaner: table, path: [trees.parquet]}", "{kind: push, feed: {every_seconds: 5}, system: figures, cleaner: table}", 0, "needs every_seconds"),
    "two feeds": (TREES, "  - {kind: file, system: figures, cleaner: table, path: [trees.parquet]}", "  - {kind: push, feed: {}, system: figures, cleaner: table}\n  - {kind: push, feed: {}, system: figures, cleaner: table}", 1, "a dataset has one feed"),
    "a feed that keeps nothing": (TREES, "{kind: file, system: figures, cleaner: table, path: [trees.parquet]}", "{kind: push, feed: {keep_days: 0}, system: figures, cleaner: table}", 0, "greater than 0"),
    "no distribution": (TREES, "distributions:\n", "distributions: []\nspare:\n", 0, "at least 1 item"),
    "a Python object": (TREES, "licence: CC-BY-4.0", "licence: !!python/object/apply:os.system [ls]", 0, "the tag tag:yaml.org,2002:python/object/apply:os.system is refused"),
    "a tag that does not fit": (TREES, "licence: CC-BY-4.0", "licence: !!int many", 0, "the tag tag:yaml.org,2002:int is refused"),
    "a key that stands twice": (TREES, "licence: CC-BY-4.0", "licence: KOGL-1\nlicence: CC-BY-4.0", 1, "the key 'licence' stands twice"),
    "a key that is a list": (TREES, "licence: CC", "[licence]: CC", 0, "a key must be one word"),
    "an anchor used again": (TREES, "key: [tree_id]", "key: &key [tree_id]\nsort: *key", 0, "an anchor (&) is used again"),
    "an id that is not the file's": (TREES, "id: trees\ntitle", "id: shrubs\ntitle", 0, "name the file shrubs.yaml"),
    "an indicator of no dataset": (INDICATOR, "dataset: visits", "dataset: visit", 0, "No dataset 'visit' in city testburg. There is: trees, visits"),
    "an indicator of no measure": (INDICATOR, "measure: persons", "measure: people", 0, "No measure 'people'"),
    "an indicator in no unit": (INDICATOR, "unit: persons", "unit: souls", 0, "unit: Value error, unit 'souls'"),
    "a condition on no column": ("indicators/child_visits_per_day.yaml", "{group_code: [child]}", "{group: [child]}", 0, "No column 'group'"),
    "a condition on no code": ("indicators/child_visits_per_day.yaml", "[child]", "[kid]", 0, "No code 'kid' in column group_code of dataset visits. There is: adult, child"),
    "an indicator of an unknown unit": (INDICATOR, "unit: persons", "unit: souls", 0, "'souls' is unknown"),
    "a target without a day": (INDICATOR, "owner: culture", "owner: culture\ntarget: {value: 1, set_by: {ko: 시, en: City}, source: {ko: 글, en: text}}", 1, "target.by: "),
    "two owners": (INDICATOR, "owner: culture", "owner: [culture, city]", 0, "owner: "),
    "an owner that is not there": (INDICATOR, "owner: culture", "owner: port", 0, "No organisation 'port'"),
    "a goal that is none": (INDICATOR, "owner: culture", "owner: culture\nsdg: ['18.1']", 1, "neither an SDG goal"),
    "a band without a direction": (INDICATOR, "owner: culture", "owner: culture\nband: [1, 2]", -2, "`band` belongs to"),
    "a ring of organisations": ("organisations.yaml", "kind: city,", "kind: city, parent: culture,", 0, "is a ring"),
    "an organisation twice": ("organisations.yaml", "id: culture", "id: city", 0, "stands twice"),
    "a board of no indicator": ("boards/overview.yaml", "[visits_per_day, child", "[visits_per_day, kid", 0, "No indicator 'kid_visits_per_day'"),
    "a headline that is none": ("boards/overview.yaml", "headline: visits_per_day", "headline: visits", 0, "No indicator 'visits'"),
    "a board of no dataset": (BOARD, "dataset: visits", "dataset: loans", 0, "No dataset 'loans'"),
    "a view that is none": (BOARD, "heatmap", "pie", 0, "views.2"),
    "a city without a name": ("city.yaml", "title: {ko: 시험시, en: Testburg}", "title: ~", 0, "title: "),
    "a box turned round": ("city.yaml", "[10.0, 50.0, 10.3, 50.1]", "[50.0, 10.0, 50.1, 9.0]", 0, "is not west, south, east, north"),
    "a city in no zone": ("city.yaml", "Europe/Berlin", "KST", 0, "no time zone"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_entry_is_refused_with_file_and_line(tmp_path: Path, fault: str) -> None:
    name, old, new, further, words = FAULTS[fault]
    content, line = edited(name, old, new)

    said = message(tmp_path, name, content)

    assert words in said
    assert said.startswith(f"{tmp_path / name}:{line + further}: "), said


def test_every_fault_of_an_entry_is_told_at_once(tmp_path: Path) -> None:
    content, _ = edited(TREES, "theme: air", "theme: green\ncolour: red")
    said = message(tmp_path, TREES, content).splitlines()
    assert len(said) == 2
    assert "theme: " in said[0]
    assert "colour: " in said[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ":1: the file is empty"),
        (b"# only a comment\n", ":1: the file is empty"),
        (b"- a\n- list\n", ":1: entry: "),
        (b"id: trees\ntitle: \xc0\xce\xb1\xb8\n", ":2: not UTF-8"),
        (b"id: trees\nsort: \0\n", ":2: not text: special characters are not allowed"),
        (bytes(range(128, 256)), ":1: not UTF-8"),
        (b"[" * 100_000, ":1: lists or keys stand too deep"),
        (b"sort: *key\n", ":1: not valid YAML: found undefined alias"),
    ],
)
def test_a_file_that_is_no_entry_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    assert f"{TREES}{words}" in message(tmp_path, TREES, content)


@pytest.mark.timeout(10)
def test_a_billion_laughs_are_refused_at_once(tmp_path: Path) -> None:
    laughs = ["id: trees", "a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    for above, name in zip("abcdefgh", "bcdefghi", strict=True):
        laughs.append(f"{name}: &{name} [{', '.join([f'*{above}'] * 10)}]")
    assert "an anchor (&) is used again" in message(tmp_path, TREES, "\n".join(laughs))


def test_an_entry_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    content = (ENTRIES / TREES).read_bytes()
    assert Catalog(write_city(tmp_path, {TREES: b"\xef\xbb\xbf" + content})).dataset("trees")


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    write_city(tmp_path)
    (tmp_path / "datasets/more.yaml").mkdir()
    with pytest.raises(CatalogError, match=r"more\.yaml: cannot be read: Is a directory"):
        Catalog(tmp_path)


def test_a_file_of_another_kind_is_not_passed_over(tmp_path: Path) -> None:
    said = message(tmp_path, "datasets/shrubs.yml", "id: shrubs")
    assert "shrubs.yml: not an entry; move it away, or name it *.yaml" in said


def test_a_city_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    write_city(tmp_path / "testburg")
    with pytest.raises(CatalogError, match=r"busan: no such folder\. Cities in .*: testburg\."):
        Catalog(tmp_path / "busan")


@pytest.mark.parametrize("name", ["city.yaml", "areas.csv"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    assert f"{name}: no such file" in message(tmp_path, name, None)


@pytest.mark.parametrize("name", ["datasets", "indicators", "boards"])
def test_a_missing_folder_is_named(tmp_path: Path, name: str) -> None:
    write_city(tmp_path)
    for path in (tmp_path / name).iterdir():
        path.unlink()
    (tmp_path / name).rmdir()
    with pytest.raises(CatalogError, match=f"{name}: no such folder"):
        Catalog(tmp_path)


PLAN = """# a plan of three nodes
title: {ko: 계획, en: Plan}
first_year: 2025
last_year: 2028
source: {ko: 시험, en: A test}
nodes:
  - {id: open_city, kind: vision, title: {ko: 열린 도시, en: Open city}}
  - {id: reading, kind: area, parent: open_city, title: {ko: 독서, en: Reading}}
  - {id: libraries, kind: task, parent: reading, title: {ko: 도서관, en: Libraries}}
"""
# (what stands there, what is put there instead, the line that is told, words)
PLAN_FAULTS = {
    "a ring of one": ("parent: open_city", "parent: reading", 8, "area reading needs a parent that is vision; 'reading' is area"),
    "a ring of two": ("parent: open_city", "parent: libraries", 8, "area reading needs a parent that is vision; 'libraries' is task"),
    "an unknown parent": ("parent: reading", "parent: writing", 9, "'writing' is not there. There are: reading"),
    "a task right below a vision": ("parent: reading", "parent: open_city", 9, "task libraries needs a parent that is area; 'open_city' is vision"),
    "a vision in another": ("kind: vision,", "kind: vision, parent: open_city,", 7, "open_city is a vision and lies in nothing"),
    "an area in nothing": ("parent: open_city, ", "", 8, "area reading needs a parent that is vision; it has none"),
    "an id twice": ("id: libraries", "id: reading", 9, "the id 'reading' stands twice"),
    "a kind that is none": ("kind: task", "kind: chore", 9, "nodes.2.kind: "),
    "a title in one language": ("{ko: 도서관, en: Libraries}", "{ko: 도서관}", 9, "nodes.2.title.en: "),
    "a year that is none": ("last_year: 2028", "last_year: soon", 4, "last_year: "),
}  # fmt: skip


@pytest.mark.parametrize("fault", PLAN_FAULTS)
def test_a_bad_plan_is_refused_with_file_and_line(tmp_path: Path, fault: str) -> None:
    old, new, line, words = PLAN_FAULTS[fault]
    assert PLAN.count(old) == 1

    said = message(tmp_path, "plan.yaml", PLAN.replace(old, new))

    assert said.startswith(f"{tmp_path / 'plan.yaml'}:{line}: "), said
    assert words in said


def test_an_indicator_of_no_task_is_refused(tmp_path: Path) -> None:
    write_city(tmp_path, {"plan.yaml": PLAN})
    content, line = edited(INDICATOR, "dataset: visits", "task: lending\ndataset: visits")
    said = message(tmp_path, INDICATOR, content)
    assert said.startswith(f"{tmp_path / INDICATOR}:{line}: No task 'lending'"), said
    assert "There is: libraries" in said


AREA_FAULTS = {
    "no column": ("code,code_kostat", "code,kostat", 1, "they must be code, code_kostat"),
    "a cell too many": ("11002,21002,", "11002,21002,,", 4, "14 cells where the header has 13"),
    "a cell too few": ("11002,21002,", "11002,", 4, "12 cells where the header has 13"),
    "a code of letters": ("11001,21001", "jongno,21001", 3, "code: "),
    "a level that is none": ("11001,21001,district", "11001,21001,gu", 3, "level: "),
    "no English name": ("서구,West", "서구,", 3, "name.en: "),
    "a number with commas": (",3000,2026", ',"3,000",2026', 5, "population: "),
    "a day that is none": ("2020-01-01,,71.3", "2020-13-01,,71.3", 5, "valid_from: "),
    "an end before the start": ("2020-01-01,,71.3", "2020-01-01,2019-01-01,71.3", 5, "not before"),
    "a parent that is none": ("11001,21001,district,11", "11001,21001,district,12", 3, "lies in 12"),
    "a code twice": ("11002,21002", "11001,21002", 4, "11001 stands twice for the same day"),
    "a quote never closed": ("중구,Middle", '"중구,Middle', 6, "not valid CSV"),
}  # fmt: skip


@pytest.mark.parametrize("fault", AREA_FAULTS)
def test_a_bad_line_of_areas_is_refused_with_its_number(tmp_path: Path, fault: str) -> None:
    old, new, line, words = AREA_FAULTS[fault]
    content, _ = edited("areas.csv", old, new)

    said = message(tmp_path, "areas.csv", content)

    assert said.startswith(f"{tmp_path / 'areas.csv'}:{line}: ")
    assert words in said


def test_areas_saved_by_a_spreadsheet_are_read_with_their_byte_order_mark(tmp_path: Path) -> None:
    content = (ENTRIES / "areas.csv").read_bytes()
    catalog = Catalog(write_city(tmp_path, {"areas.csv": b"\xef\xbb\xbf" + content}))
    assert len(catalog.areas("district")) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "areas.csv:1: the columns are "),
        ((ENTRIES / "areas.csv").read_bytes().splitlines()[0], "areas.csv:2: there is no area"),
        ((ENTRIES / "areas.csv").read_text().encode("cp949"), "areas.csv:2: not UTF-8"),
    ],
)
def test_areas_that_are_none_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in message(tmp_path, "areas.csv", content)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 64 + b"PAR1"])
def test_broken_outlines_are_refused(tmp_path: Path, content: bytes) -> None:
    catalog = Catalog(write_city(tmp_path, {"outlines.parquet": content}))
    with pytest.raises(CatalogError, match=r"outlines\.parquet: not a table of code, level and"):
        catalog.outlines("district")


def test_missing_outlines_are_named(tmp_path: Path) -> None:
    catalog = Catalog(write_city(tmp_path, {"outlines.parquet": None}))
    with pytest.raises(CatalogError, match=r"outlines\.parquet: no such file"):
        catalog.outlines("district")


def test_outlines_of_something_else_are_refused(tmp_path: Path) -> None:
    trees = (write_city(tmp_path) / "figures/trees.parquet").read_bytes()
    catalog = Catalog(write_city(tmp_path, {"outlines.parquet": trees}))
    with pytest.raises(CatalogError, match="not a table of code, level and wkb"):
        catalog.outlines("district")


ALERTS = """alerts:
  - id: crowded
    title: {ko: 혼잡, en: Crowded}
    kind: threshold
    level: warning
    dataset: visits
    measure: persons
    where: {group_code: [child]}
    by: district
    opens: 50
    closes: 40
    owner: culture
    escalation: {after_minutes: 10, to: city}
    source: {ko: 시험, en: Test}
"""
# (what stands there, what is put there instead, how many lines below it is told, words)
ALERT_FAULTS = {
    "an alert on no dataset": ("dataset: visits", "dataset: visit", 0, "No dataset 'visit'"),
    "an alert on no measure": ("measure: persons", "measure: person", 0, "No measure 'person'"),
    "an alert on no column": ("group_code: [", "group: [", 0, "No column 'group'"),
    "an alert on a code without label": ("[child]", "[dog]", 0, "No code 'dog'"),
    "an alert that nobody answers for": (
        "owner: culture",
        "owner: art",
        0,
        "No organisation 'art'",
    ),
    "an alert that goes up to nobody": ("to: city", "to: art", 0, "No organisation 'art'"),
    "an alert in the stead of none": (
        "owner: culture",
        "instead_of: full\n    owner: culture",
        0,
        "No alert 'full'",
    ),
    "an alert that closes where it is worse": ("closes: 40", "closes: 60", 0, "cannot close at 60"),
    "a threshold without limit": (
        "    opens: 50\n    closes: 40\n",
        "",
        -6,
        "has a limit in `opens`",
    ),
    "an absence with a limit": ("kind: threshold", "kind: absence", 0, "only they do"),
    "a field of another kind": (
        "owner: culture",
        "weeks: 8\n    owner: culture",
        0,
        "belongs to the kind 'anomaly'",
    ),
    "a measure that is missing": ("    measure: persons\n", "", -3, "name the measure"),
    "incidents in a dataset of none": (
        "measure: persons",
        "watches: open_incidents",
        2,
        "only a measure is watched by district",
    ),
    "an alert on a register": (
        "dataset: visits\n    measure: persons\n    where: {group_code: [child]}",
        "dataset: trees\n    measure: height_max",
        0,
        "does not tell hours or days apart",
    ),
    "an unknown level": ("level: warning", "level: red", 0, "alerts.0.level"),
}


@pytest.mark.parametrize("name", ALERT_FAULTS)
def test_a_fault_in_the_alerts_is_told_with_file_and_line(name: str, tmp_path: Path) -> None:
    old, new, below, words = ALERT_FAULTS[name]
    assert ALERTS.count(old) == 1, old
    line = ALERTS[: ALERTS.index(old)].count("\n") + 1 + below
    said = message(tmp_path, "alerts.yaml", ALERTS.replace(old, new))
    assert words in said
    assert said.startswith(f"{tmp_path / 'alerts.yaml'}:{line}: "), said


def test_an_alert_twice_is_told(tmp_path: Path) -> None:
    said = message(tmp_path, "alerts.yaml", ALERTS + ALERTS.partition("\n")[2])
    assert "the id 'crowded' stands twice" in said


def test_incidents_are_watched_only_where_steps_are(tmp_path: Path) -> None:
    watched = ALERTS.replace("    by: district\n", "").replace(
        "measure: persons", "watches: open_incidents"
    )
    assert "No column 'incident_id'" in message(tmp_path, "alerts.yaml", watched)


def test_a_city_may_do_without_alerts(tmp_path: Path) -> None:
    assert Catalog(write_city(tmp_path)).alerts == ()


def test_good_alerts_are_read(tmp_path: Path) -> None:
    catalog = Catalog(write_city(tmp_path, {"alerts.yaml": ALERTS}))
    assert [alert.id for alert in catalog.alerts] == ["crowded"]
    assert catalog.alert("crowded").stops_rotation
