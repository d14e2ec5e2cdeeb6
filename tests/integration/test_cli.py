"""The command line: what it prints, what it refuses, and what an interrupted build leaves."""

import dataclasses
import json
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cityboard.catalog import Catalog
from cityboard.lake import Lake
from tests.cities import publish_city, trees, visits, write_city, write_served_city
from tests.conftest import REPOSITORY
from tests.servers import COMMAND, served

Done = subprocess.CompletedProcess[str]
KEYS = {
    "dataset",
    "rows_in",
    "rows_published",
    "rows_rejected",
    "rejects",
    "first",
    "last",
    "version",
    "provenance",
}


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return the folder of Testburg."""
    return write_served_city(tmp_path / "testburg")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an empty home."""
    return tmp_path / "home"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder of Testburg's published files."""
    folder = tmp_path / "data"
    folder.mkdir()
    trees().write_parquet(folder / "trees.parquet")
    visits().write_parquet(folder / "visits.parquet")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a home with Testburg, and the city's folder; for reading only."""
    folder = tmp_path_factory.mktemp("built")
    home, city = folder / "home", write_served_city(folder / "testburg")
    publish_city(Catalog(city), home / "lake/testburg")
    return home, city


def run(*arguments: str | Path) -> Done:
    """Return what a command did, run as a user runs it."""
    command = [COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def status(home: Path, city: Path) -> dict[str, dict[str, Any]]:
    """Return what `status --json` tells, by dataset."""
    done = run("status", "--json", "--home", home, "--city", city)
    assert done.returncode == 0, done.stderr
    return {row["dataset"]: row for row in json.loads(done.stdout)}


def refuse(done: Done, *words: str) -> None:
    """Fail unless a command ended with exit code 1, one clear message and no traceback."""
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_status_lists_every_dataset_before_anything_was_published(home: Path, city: Path) -> None:
    rows = status(home, city)
    assert set(rows) == {"trees", "visits"}
    for row in rows.values():
        assert set(row) >= KEYS
        assert row["version"] is None
        assert "cityboard build" in row["problem"]


def test_build_publishes_and_status_tells_what(home: Path, city: Path) -> None:
    done = run("build", "--home", home, "--city", city)
    assert done.returncode == 0, done.stderr
    assert "trees v0: 8 rows published (figures)" in done.stderr
    row = status(home, city)["visits"]
    assert {key: row[key] for key in KEYS} == {
        "dataset": "visits",
        "rows_in": 336,
        "rows_published": 336,
        "rows_rejected": 0,
        "rejects": {},
        "first": "2026-01-05",
        "last": "2026-01-18",
        "version": 0,
        "provenance": "figures",
    }


def test_status_counts_rejects_by_reason(home: Path, city: Path, data: Path) -> None:
    wrong = trees().with_columns(lon=pl.when(pl.col("tree_id") == "t1").then(99.0).otherwise("lon"))
    wrong.write_parquet(data / "trees.parquet")
    run("build", "--home", home, "--city", city, "--data", data)
    row = status(home, city)["trees"]
    assert (row["rows_in"], row["rows_published"], row["rows_rejected"]) == (8, 7, 1)
    assert sum(row["rejects"].values()) == 1


def test_status_tells_a_reader_too_and_cuts_no_name(built: tuple[Path, Path]) -> None:
    home, city = built
    told = run("status", "--home", home, "--city", city).stdout
    for word in ("visits", "2026-01-18", "336", "figures"):
        assert word in told


def test_the_same_build_again_publishes_nothing_new(home: Path, city: Path) -> None:
    for _ in range(2):
        run("build", "--home", home, "--city", city)
    assert {row["version"] for row in status(home, city).values()} == {0}
    run("build", "--home", home, "--city", city, "--force")
    assert {row["version"] for row in status(home, city).values()} == {1}


def test_figures_replace_published_files_only_by_force(home: Path, city: Path, data: Path) -> None:
    run("build", "--home", home, "--city", city, "--data", data)
    assert status(home, city)["trees"]["provenance"] == "published"
    run("build", "--home", home, "--city", city)
    assert status(home, city)["trees"]["provenance"] == "published"
    run("build", "--home", home, "--city", city, "--force")
    assert status(home, city)["trees"]["provenance"] == "figures"


def test_a_missing_file_of_one_dataset_does_not_stop_the_others(home: Path, city: Path) -> None:
    (city / "figures/trees.parquet").unlink()
    done = run("build", "--home", home, "--city", city)
    refuse(done, "1 of 2 datasets were not published", "trees", "trees.parquet", "--data")
    assert status(home, city)["visits"]["rows_published"] == 336


def test_a_broken_published_file_is_told_and_figures_stand_in(
    home: Path, city: Path, data: Path
) -> None:
    (data / "trees.parquet").write_bytes(b"PAR1")
    done = run("build", "--home", home, "--city", city, "--data", data)
    assert done.returncode == 0, done.stderr
    assert "passed over file trees.parquet (figures.table): " in done.stderr
    assert "cannot be read as the table its cleaner expects" in done.stderr
    assert status(home, city)["trees"]["provenance"] == "figures"


def test_a_truncated_file_leaves_the_version_before(home: Path, city: Path) -> None:
    run("build", "--home", home, "--city", city)
    whole = (city / "figures/trees.parquet").read_bytes()
    (city / "figures/trees.parquet").write_bytes(whole[: len(whole) // 2])
    refuse(run("build", "--home", home, "--city", city), "trees.parquet")
    row = status(home, city)["trees"]
    assert (row["version"], row["rows_published"], row["problem"]) == (0, 8, None)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("build", "--data", "/nowhere"), ("--data /nowhere", "no such folder", "Name the folder")),
        (("build", "--only", "nope"), ("No dataset 'nope'", "trees, visits")),
        (("report", "nope", "-o", "x.html"), ("No board 'nope'", "explore, mayor")),
        (("report", "mayor", "-o", "x.html", "--set", "area"), ("--set area", "name=value")),
        (
            ("report", "mayor", "-o", "x.html", "--language", "en", "--set", "area=9"),
            ("No area '9'", "11001"),
        ),
        (("report", "mayor", "-o", "x.html", "--set", "zone=9"), ("zone", "area")),
        (("report", "mayor", "-o", "x.html", "--language", "fr"), ("--language fr", "ko, en")),
        (("report", "mayor", "-o", "x.html", "--theme", "red"), ("--theme red", "light, dark")),
        (("report", "mayor", "-o", "/proc/x.html"), ("/proc/x.html", "Name another file")),
        (("serve", "--apps", "/nowhere"), ("/nowhere", "--apps")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) and len(value) < 6 else None,
)
def test_an_error_names_the_argument_and_the_remedy(
    built: tuple[Path, Path], arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    home, city = built
    refuse(run(*arguments, "--home", home, "--city", city), *words)


def test_a_long_path_in_an_error_is_not_broken(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / "city"
    refuse(run("status", "--home", home, "--city", folder), str(folder))


def test_a_broken_entry_is_named_with_its_line(home: Path, tmp_path: Path) -> None:
    city = write_city(
        tmp_path / "broken", {"datasets/trees.yaml": "id: trees\ntitle: {ko: 가로수\n"}
    )
    refuse(run("build", "--home", home, "--city", city), "datasets/trees.yaml:", "not valid YAML")


def test_a_port_that_cannot_be_is_refused(home: Path) -> None:
    done = run("serve", "--port", "99999", "--home", home)
    assert done.returncode == 2
    assert "65535" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_finds_a_damaged_file(home: Path, city: Path) -> None:
    run("build", "--home", home, "--city", city)
    good = run("check", "--home", home, "--city", city)
    assert good.returncode == 0
    assert "nothing wrong" in good.stdout
    damaged = next((home / "lake/testburg/trees").glob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-10])
    refuse(run("check", "--home", home, "--city", city), "trees", damaged.name)


def test_report_writes_one_file_and_says_how_large(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    home, city = built
    path = tmp_path / "mayor.html"
    done = run("report", "mayor", "-o", path, "--home", home, "--city", city, "--language", "en")
    assert done.returncode == 0, done.stderr
    assert f"{path}: " in done.stdout
    assert "MB" in done.stdout
    assert path.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert [path.name for path in tmp_path.glob("*.html*")] == ["mayor.html"]


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL], ids=lambda kind: kind.name)
def test_an_interrupted_build_leaves_what_was_published(
    tmp_path: Path, kind: signal.Signals
) -> None:
    home, city = tmp_path / "home", REPOSITORY / "catalogs/seoul"
    names = ("crime", "fire_stations", "bus_boardings")
    options = [part for name in names for part in ("--only", name)]
    assert run("build", *options, "--home", home, "--city", city).returncode == 0
    before = {name: row["version"] for name, row in status(home, city).items()}
    process = subprocess.Popen(
        [COMMAND, "build", "--force", *options, "--home", str(home), "--city", str(city)],
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        said = process.stderr.readline()  # crime is published; the buses take half a second
        process.send_signal(kind)
        said += process.stderr.read()
    assert "Traceback" not in said
    assert process.returncode == (130 if kind == signal.SIGINT else -signal.SIGKILL)
    after = status(home, city)
    for name in names:
        assert after[name]["version"] in {before[name], before[name] + 1}
        assert after[name]["problem"] is None
    lake = Lake(home / "lake/seoul")
    assert pl.read_parquet(list(lake.snapshot("bus_boardings").files)).height == 1_046_767
    assert run("build", *options, "--home", home, "--city", city).returncode == 0


def test_a_port_that_is_taken_is_told_with_the_remedy(built: tuple[Path, Path]) -> None:
    home, city = built
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", port, "--home", home, "--city", city)
    refuse(done, f"127.0.0.1:{port}", "--port")


def test_serve_has_opened_every_page_before_it_tells_its_address(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    home, city = built
    apps = tmp_path / "apps"
    apps.mkdir()
    for name in ("one", "other"):
        opened = f"Path({str(tmp_path / name)!r}).touch()"
        (apps / f"{name}.py").write_text(f"from pathlib import Path\n{opened}\n", "utf-8")
    options = ("--city", str(city), "--apps", str(apps))
    with served(home, tmp_path / "log.txt", *options, "--no-warm"):
        assert not (tmp_path / "one").exists()
    with served(home, tmp_path / "log.txt", *options) as server:
        assert (tmp_path / "one").exists()
        assert (tmp_path / "other").exists()
        assert server.faults == []


def test_a_page_that_cannot_be_opened_beforehand_is_told_and_the_others_are_served(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    home, city = built
    apps = tmp_path / "apps"
    apps.mkdir()
    (apps / "broken.py").write_text("1 / 0\n", "utf-8")
    (apps / "whole.py").write_text("", "utf-8")
    options = ("--city", str(city), "--apps", str(apps))
    with served(home, tmp_path / "log.txt", *options) as server:
        with urllib.request.urlopen(f"{server.address}whole", timeout=60) as page:
            assert page.status == 200
        assert any("ZeroDivisionError" in line for line in server.faults)


def test_serve_builds_what_is_missing_and_serves_the_rest(
    home: Path, city: Path, tmp_path: Path
) -> None:
    (city / "figures/trees.parquet").unlink()
    with served(home, tmp_path / "log.txt", "--city", str(city)) as server:
        with urllib.request.urlopen(f"{server.address}explore?dataset=visits", timeout=60) as page:
            assert page.status == 200
        assert "trees.parquet" in server.log.read_text("utf-8")
    assert status(home, city)["visits"]["version"] == 0


def test_serve_builds_anew_what_an_older_release_published_without_a_column(
    home: Path, city: Path, tmp_path: Path
) -> None:
    assert run("build", "--home", home, "--city", city).returncode == 0
    lake = Lake(home / "lake/testburg")
    whole = lake.snapshot("visits")
    rows, rejects = (pl.read_parquet(list(files)) for files in (whole.files, whole.rejects))
    older = dataclasses.replace(whole.lineage, code_version="0.0.1")
    lake.publish("visits", rows.drop("persons"), rejects, lineage=older)
    assert "persons" not in lake.snapshot("visits").columns
    with served(home, tmp_path / "log.txt", "--city", str(city), "--no-warm"):
        pass
    newest = lake.snapshot("visits")
    assert (newest.version, newest.columns) == (2, whole.columns)
    assert status(home, city)["trees"]["version"] == 0


def _feed_only(city: Path) -> None:
    """Turn the trees of a city into a dataset that only a feed brings."""
    entry = city / "datasets/trees.yaml"
    head, _, tail = entry.read_text("utf-8").partition("distributions:\n")
    source = "kind: api, system: figures, cleaner: table, adapter: plaza, service: trees"
    feed = f"{{{source}, feed: {{every_seconds: 60}}}}"
    entry.write_text(
        f"{head}distributions:\n  - {feed}\ndcat:{tail.partition('dcat:')[2]}", "utf-8"
    )


def test_what_only_a_feed_brings_is_off_and_no_failure(home: Path, city: Path) -> None:
    _feed_only(city)
    done = run("build", "--home", home, "--city", city)
    assert done.returncode == 0, done.stderr
    assert "By feed, so that `cityboard watch` publishes what comes: trees" in done.stderr
    assert "not published" not in done.stderr
    assert run("check", "--home", home, "--city", city).returncode == 0
    assert status(home, city)["trees"]["problem"] == "its feed is off"


def test_serve_says_nothing_of_feeds_that_are_off(home: Path, city: Path, tmp_path: Path) -> None:
    _feed_only(city)
    run("build", "--home", home, "--city", city)
    with served(home, tmp_path / "log.txt", "--city", str(city)) as server:
        assert "trees" not in server.log.read_text("utf-8")
