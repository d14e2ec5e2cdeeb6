"""Computing embedded figures: of the datasets named, from published files and nothing else."""

from pathlib import Path

import polars as pl
import pytest

from cityboard.catalog import Catalog
from cityboard.errors import SourceError, UnknownNameError
from data_sources.figures.__main__ import compute
from data_sources.figures.files import write
from tests.cities import ENTRIES, trees, write_city

FIRE = "fire_stations"


def _city(folder: Path) -> Catalog:
    """Return Testburg whose trees bear the name of a dataset of which figures are kept."""
    entry = (ENTRIES / "datasets/trees.yaml").read_text("utf-8").replace("id: trees", f"id: {FIRE}")
    return Catalog(write_city(folder, {f"datasets/{FIRE}.yaml": entry}))


def test_only_the_dataset_named_is_computed(tmp_path: Path) -> None:
    catalog = _city(tmp_path / "city")
    trees().head(5).write_parquet(tmp_path / "trees.parquet")
    before = (catalog.figures_folder / "visits.parquet").read_bytes()

    sizes = compute(catalog, tmp_path, [FIRE])

    assert list(sizes) == [FIRE]
    assert pl.read_parquet(catalog.figures_folder / f"{FIRE}.parquet").height == 5
    assert (catalog.figures_folder / "visits.parquet").read_bytes() == before


def test_figures_are_not_computed_from_figures(tmp_path: Path) -> None:
    catalog = _city(tmp_path / "city")
    with pytest.raises(SourceError, match="no distribution can be used"):
        compute(catalog, tmp_path, [FIRE])


def test_a_dataset_nobody_condenses_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="visits"):
        compute(_city(tmp_path / "city"), tmp_path, ["visits"])


def test_a_large_table_is_written_in_files_that_replace_the_old_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_sources.figures.files.ROWS_A_FILE", 2)
    (tmp_path / "rows.parquet").write_bytes(b"old")
    write(pl.DataFrame({"n": range(5)}), "rows", tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["rows_1.parquet", "rows_2.parquet"]
    assert pl.read_parquet(tmp_path / "rows_*.parquet").get_column("n").to_list() == [*range(5)]
