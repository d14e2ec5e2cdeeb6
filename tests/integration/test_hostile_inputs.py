"""Whatever a file holds, a loader publishes it, rejects its rows, or says what is wrong with it."""

import itertools
import re
from pathlib import Path

import polars as pl
import pytest

from cityboard.catalog import Dataset, Distribution
from cityboard.errors import CityboardError, RowsLostError
from cityboard.lake import Lake
from data_sources.publish import publish
from tests.cleaning import seoul
from tests.hostile import CORPUS, Hostile, mutations

DATASETS = sorted(  # what is simulated reads nothing that others wrote
    dataset.id
    for dataset in seoul().datasets.values()
    if any(each.kind == "file" for each in dataset.distributions)
)
LINES = 200  # of a real file, enough for every header and fault of it
TEXT = {".csv", ".txt"}
LONGEST_MESSAGE = 2_000  # characters

pytestmark = pytest.mark.timeout(60)


def _published_files(name: str) -> Distribution:
    dataset = seoul().dataset(name)
    return next(each for each in dataset.distributions if each.kind == "file")


def _only(dataset: Dataset, distribution: Distribution) -> Dataset:
    return dataset.model_copy(update={"distributions": (distribution,), "rows_at_least": 0})


def _write(folder: Path, pattern: str, content: bytes) -> None:
    """Write a file that a glob pattern matches."""
    name = re.sub(r"\[(.)[^]]*\]", r"\1", pattern).replace("**", "20190304").replace("?", "1")
    path = folder / name.replace("*", "20190304")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    assert path in set(folder.glob(pattern))


def _survives(dataset: Dataset, data: Path, lake: Path) -> None:
    """Publish every row or reject it with a reason, or be told in a few words which file is bad."""
    try:
        snapshot = publish(dataset, catalog=seoul(), lake=Lake(lake), data=data)
    except RowsLostError:
        raise
    except CityboardError as error:
        message = str(error)
    else:
        lineage = snapshot.lineage
        assert lineage.rows_in == lineage.rows_published + lineage.rows_rejected
        assert pl.read_parquet(list(snapshot.files)).height == lineage.rows_published
        return
    names = [path.name for path in data.rglob("*") if path.is_file()]
    patterns = dataset.distributions[0].path
    assert any(name in message for name in (*names, *patterns)), message
    assert len(message) < LONGEST_MESSAGE


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda hostile: hostile.name)
@pytest.mark.parametrize("name", DATASETS)
def test_a_loader_survives_the_corpus(name: str, hostile: Hostile, tmp_path: Path) -> None:
    distribution = _published_files(name)
    for pattern in distribution.path:
        _write(tmp_path / "data", pattern, hostile.content)
    dataset = _only(seoul().dataset(name), distribution)
    _survives(dataset, tmp_path / "data", tmp_path / "lake")


@pytest.mark.seoul
@pytest.mark.parametrize("name", DATASETS)
def test_a_loader_survives_its_own_file_with_a_fault(
    name: str, seoul_data: Path, tmp_path: Path
) -> None:
    distribution = _published_files(name)
    dataset = _only(seoul().dataset(name), distribution)
    parts = {pattern: _sample(seoul_data, pattern) for pattern in distribution.path}
    first = next(iter(parts))
    for number, hostile in enumerate(_faults(first, parts[first])):
        data = tmp_path / str(number)
        for pattern, content in (parts | {first: hostile.content}).items():
            _write(data, pattern, content)
        _survives(dataset, data, tmp_path / "lakes" / str(number))


def _sample(data: Path, pattern: str) -> bytes:
    """Return the first lines of the first file a pattern matches; all of it if it is no text."""
    path = min(path for path in data.glob(pattern) if path.is_file())
    if path.suffix not in TEXT:
        return path.read_bytes()
    with path.open("rb") as file:
        return b"".join(itertools.islice(file, LINES))


def _faults(pattern: str, content: bytes) -> list[Hostile]:
    cut = Hostile("cut short", "a full disk", content[: len(content) * 2 // 3])
    if Path(pattern).suffix not in TEXT:
        return [cut]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp949")
    return [cut, *mutations(text)]


def test_a_shipped_table_cut_short_is_named(tmp_path: Path) -> None:
    figures = next(d for d in seoul().dataset("crime").distributions if d.kind == "figures")
    file = figures.model_copy(update={"kind": "file"})
    for hostile in CORPUS:
        _write(tmp_path / hostile.name, figures.path[0], hostile.content)
        dataset = _only(seoul().dataset("crime"), file)
        _survives(dataset, tmp_path / hostile.name, tmp_path / "lakes" / hostile.name)
