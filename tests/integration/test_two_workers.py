"""A cube built by two workers of Spark, each a process, that read the same snapshot folder."""

import os
import subprocess
import sys
from pathlib import Path

from cityboard.catalog import Catalog
from cityboard.lake import Lake
from cityboard.rollup import build_cube, open_rollup
from tests.cities import write_city
from tests.clusters import need_spark
from tests.conftest import REPOSITORY
from tests.cubes import assert_equal_cubes


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own: a process has one Spark, and the tests' has threads."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )


def test_two_workers_build_the_cube_that_one_machine_builds(tmp_path: Path) -> None:
    need_spark()
    from tests.two_workers import write_visits  # noqa: PLC0415 - needs pyspark

    write_visits(tmp_path)
    built = run("-m", "tests.two_workers", str(tmp_path))
    assert built.stdout == "2 workers, 4 files, equal\n", built.stderr


def test_without_java_the_remedy_is_told() -> None:
    need_spark()
    begun = "from cityboard.engines.spark import start_spark; start_spark('local[1]')"
    told = run("-c", begun, JAVA_HOME="/nowhere")
    assert told.returncode == 1
    assert "RunnerError: Spark at local[1] does not start" in told.stderr
    assert "It needs Java 17 or 21" in told.stderr


def test_the_command_line_builds_rollups_on_spark(tmp_path: Path) -> None:
    need_spark()
    city, home = write_city(tmp_path / "testburg"), tmp_path / "home"
    options = ["--engine", "spark", "--master", "local[2]", "--home", str(home)]
    begun = "from cityboard.cli import main; main()"
    built = run("-c", begun, "build", *options, "--city", str(city))
    assert built.returncode == 0, built.stderr
    catalog = Catalog(city)
    dataset, snapshot = catalog.dataset("visits"), Lake(home / "lake/testburg").snapshot("visits")
    rollup = open_rollup(dataset, snapshot)
    assert rollup is not None
    assert_equal_cubes(rollup.cube, build_cube(dataset, snapshot))
