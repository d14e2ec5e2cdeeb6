"""The embedded figures: the newest numbers of the published files, in a few megabytes."""

import datetime as dt
from pathlib import Path

import pytest

from cityboard.catalog import Catalog
from cityboard.notebook import CityHandle, open_city
from tests.cleaning import SEOUL, seoul

INDICATORS = sorted(path.stem for path in (SEOUL / "indicators").glob("*.yaml"))
ROUNDED = {"living_population": 1e-6}  # its figures hold whole persons
LARGEST_BYTES, TOGETHER_BYTES = 1_400_000, 7_000_000


@pytest.fixture(scope="module")
def embedded(figures_home: Path) -> CityHandle:
    """Return Seoul from the embedded figures."""
    return open_city(home=figures_home)


@pytest.fixture(scope="module")
def published(published_home: Path) -> CityHandle:
    """Return Seoul from the published files."""
    return open_city(home=published_home)


def figure_files(catalog: Catalog, dataset: str) -> list[Path]:
    """Return the files of a dataset's figures, or of its simulation."""
    entry = catalog.dataset(dataset)
    shipped = [d for d in entry.distributions if d.kind in {"figures", "simulation"}]
    patterns = [p for d in shipped for p in d.path]
    return [path for pattern in patterns for path in catalog.figures_folder.glob(pattern)]


@pytest.mark.seoul
@pytest.mark.parametrize("name", INDICATORS)
def test_an_indicator_is_the_same_from_figures_as_from_published_files(
    embedded: CityHandle, published: CityHandle, name: str
) -> None:
    seen, expected = embedded.indicator(name), published.indicator(name)
    error = ROUNDED.get(name, 1e-9)
    assert (seen.period, seen.until) == (expected.period, expected.until)
    assert seen.value == pytest.approx(expected.value, rel=error)
    assert (seen.previous is None) == (expected.previous is None)
    assert (seen.previous or 0.0) == pytest.approx(expected.previous or 0.0, rel=error)
    assert seen.trend == expected.trend
    assert seen.deviation == pytest.approx(expected.deviation, abs=0.1)  # months may be left out
    kept = dict(seen.series)
    assert {d: kept[d] for d, _ in expected.series if d in kept} == pytest.approx(
        {d: v for d, v in expected.series if d in kept}, rel=error
    )
    assert len(kept) >= min(3, len(expected.series))


BUILT = sorted(name for name, dataset in seoul().datasets.items() if not dataset.is_only_fed)


@pytest.mark.parametrize("dataset", BUILT)
def test_every_dataset_has_its_figures(dataset: str) -> None:
    files = figure_files(seoul(), dataset)
    assert files
    assert all(0 < path.stat().st_size <= LARGEST_BYTES for path in files)


def test_the_figures_are_small_enough_to_be_shipped() -> None:
    every = list(seoul().figures_folder.iterdir())
    assert sum(path.stat().st_size for path in every) < TOGETHER_BYTES


def test_no_figure_is_left_behind_without_a_dataset() -> None:
    catalog = seoul()
    used = {path for name in BUILT for path in figure_files(catalog, name)}
    assert set(catalog.figures_folder.iterdir()) == used


def test_a_city_from_its_figures_says_so(embedded: CityHandle) -> None:
    for handle in embedded.datasets():
        lineage = embedded.store.snapshot(handle.dataset.id).lineage
        assert lineage.provenance == handle.dataset.distributions[-1].provenance, handle
        assert lineage.provenance in {"figures", "simulated"}, handle
        assert lineage.rows_rejected == 0
        assert lineage.rows_in == lineage.rows_published


def test_the_figures_need_nothing_but_the_repository(embedded: CityHandle) -> None:
    assert len(embedded.datasets()) == len(BUILT)
    for name in INDICATORS:
        seen = embedded.indicator(name)
        assert seen.value is not None
        assert seen.period is None or seen.period < dt.date(2100, 1, 1)


def test_bus_boardings_keep_every_stop_and_hour(embedded: CityHandle) -> None:
    rows = embedded["bus_boardings"].rows()
    assert rows["stop_id_ars"].nunique() == 10407
    assert sorted(rows["hour"].unique()) == list(range(24))
