"""What is installed, run and named: one set of versions, one test command, every licence."""

import hashlib
import re
import tomllib
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cityboard.version import __version__
from tests.cleaning import seoul
from tests.conftest import REPOSITORY

PIN = re.compile(r"([A-Za-z0-9._-]+)==(\S+)")
DATASETS = sorted(path.stem for path in (REPOSITORY / "catalogs/seoul/datasets").iterdir())


def read(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(read("pyproject.toml"))["project"]
    return found


def direct() -> dict[str, Requirement]:
    """Return what the project asks for itself, with every extra."""
    extras = project()["optional-dependencies"].values()
    lines = [*project()["dependencies"], *(line for extra in extras for line in extra)]
    found = {str(canonicalize_name(r.name)): r for r in map(Requirement, lines)}
    return {name: wanted for name, wanted in found.items() if name != project()["name"]}


def pins(lines: list[str]) -> dict[str, str]:
    """Return name → version of every pin; anything but a pin is an error."""
    found: dict[str, str] = {}
    for line in lines:
        pin = PIN.fullmatch(line)
        assert pin, f"{line!r} is no name==version"
        found[canonicalize_name(pin[1])] = pin[2]
    return found


def constraints() -> dict[str, str]:
    lines = read("constraints.txt").splitlines()
    return pins([line for line in lines if line and not line.startswith("#")])


def environment() -> tuple[list[str], list[str]]:
    """Return what conda installs, and what pip installs."""
    listed = yaml.safe_load(read("environment.yml"))["dependencies"]
    (by_pip,) = [each["pip"] for each in listed if isinstance(each, dict)]
    return [each for each in listed if isinstance(each, str)], by_pip


def test_every_direct_dependency_is_pinned_within_its_range() -> None:
    pinned = constraints()
    assert set(direct()) - set(pinned) == set()
    for name, wanted in direct().items():
        assert wanted.specifier.contains(pinned[name]), f"{wanted} but {name}=={pinned[name]}"


def test_constraints_name_versions_and_no_address() -> None:
    assert constraints()
    assert not re.search(r"https?:|^-|@", read("constraints.txt"), re.MULTILINE)


def test_the_environment_of_conda_is_the_same() -> None:
    _, by_pip = environment()
    first, *listed, last = by_pip
    assert (first, last) == ("-c constraints.txt", "-e .[dev]")
    assert pins(listed) == {name: constraints()[name] for name in direct()}


def test_every_file_asks_for_the_same_python() -> None:
    by_conda, _ = environment()
    assert f"python{project()['requires-python']}" in by_conda
    assert "(3, 11) <= sys.version_info[:2] < (3, 14)" in read("Makefile")
    assert "Python 3.11 to 3.13" in read("README.md")


def test_continuous_integration_runs_what_the_readme_says() -> None:
    assert read(".ci/run").rstrip().splitlines()[-1] == "make test"
    assert "$ make test" in read("README.md")


def test_the_changelog_begins_with_this_version() -> None:
    newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)
    assert newest
    assert newest[1] == __version__


@pytest.mark.parametrize("name", DATASETS)
def test_the_notice_names_a_dataset_with_publisher_and_licence(name: str) -> None:
    dataset = seoul().dataset(name)
    groups = read("NOTICE").split("\n\n")
    (group,) = [group for group in groups if f"  - {name}: " in group]
    ko, en, licence, *_ = group.strip().splitlines()
    named = (dataset.publisher.ko, dataset.publisher.en, f"Licence: {dataset.licence}")
    assert (ko, en, licence) == named
    assert f"  - {name}: {dataset.dcat.identifier}" in group


def test_the_notice_names_every_font_with_its_licence() -> None:
    fonts = {path.name.split("-")[0] for path in REPOSITORY.glob("cityboard/static/fonts/*.woff2")}
    text = read("cityboard/static/fonts/LICENSE-OFL.txt")
    for font in fonts:
        assert re.search(rf"- {font}, Copyright.*\n.*\n?.*OFL-1\.1", read("NOTICE"))
        assert f"Reserved Font Name {font}" in text


def test_a_script_of_others_is_the_one_that_the_notice_names() -> None:
    for path in REPOSITORY.glob("cityboard/static/*/*.js"):
        told = read("NOTICE").partition(path.relative_to(REPOSITORY).as_posix() + ":")[2].split()[0]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == told
    assert "Apache License" in read("cityboard/static/hls/LICENSE-Apache-2.0.txt")
    assert "hls.js 1.7.4" in read("NOTICE")


def test_nothing_is_sent_that_the_licence_file_does_not_name() -> None:
    assert project()["license"] == "BSD-3-Clause"
    assert read("LICENSE").startswith("BSD 3-Clause License")
    assert project()["license-files"] == ["LICENSE", "NOTICE"]
