"""From a distribution to a snapshot: the toy city, real files, a real lake."""

import hashlib
import sys
import types
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from cityboard.catalog import Catalog, Distribution
from cityboard.errors import CatalogError, LakeError, RowsLostError, SourceError
from cityboard.lake import Lake, Snapshot
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched, checksum, fetch_files
from data_sources.publish import code_version, publish
from tests.cities import ENTRIES, publish_city, trees, visits, write_city
from tests.lakes import data_files, named_files, rows

Publish = Callable[..., Snapshot]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a folder of published files: one more tree than the figures have."""
    folder = tmp_path / "data"
    folder.mkdir()
    visits().write_parquet(folder / "visits.parquet")
    ninth = trees().head(1).with_columns(tree_id=pl.lit("t9"))
    pl.concat([trees(), ninth]).write_parquet(folder / "trees.parquet")
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def changed_city(folder: Path, name: str, old: str, new: str) -> Catalog:
    """Return Testburg with one place of one file changed."""
    text = (ENTRIES / name).read_text(encoding="utf-8")
    assert old in text
    return Catalog(write_city(folder, {name: text.replace(old, new)}))


@pytest.fixture
def publish_trees(testburg: Catalog, lake: Lake, data: Path) -> Publish:
    """Return a function that publishes the trees, from the published file unless told."""

    def published(
        catalog: Catalog = testburg, *, data: Path | None = data, **options: bool
    ) -> Snapshot:
        return publish(catalog.dataset("trees"), catalog=catalog, lake=lake, data=data, **options)

    return published


def test_every_row_of_a_file_is_published(testburg_lake: Lake) -> None:
    assert rows(testburg_lake.snapshot("trees")).equals(trees())
    assert rows(testburg_lake.snapshot("visits")).equals(visits())


def test_the_lineage_tells_source_request_code_counts_and_span(testburg_lake: Lake) -> None:
    lineage = testburg_lake.snapshot("visits").lineage
    assert (lineage.system, lineage.provenance) == ("figures", "figures")
    assert lineage.request == "visits.parquet"
    assert lineage.code_version == code_version()
    assert (lineage.rows_in, lineage.rows_published, lineage.rows_rejected) == (336, 336, 0)
    assert (lineage.first, lineage.last) == ("2026-01-05", "2026-01-18")
    assert "key (visit_date, hour, district_code, group_code) is unique" in lineage.checks


def test_a_dataset_without_time_has_no_span(testburg_lake: Lake) -> None:
    lineage = testburg_lake.snapshot("trees").lineage
    assert (lineage.first, lineage.last) == (None, None)


def test_the_published_file_goes_before_the_figures(publish_trees: Publish) -> None:
    snapshot = publish_trees()
    assert (snapshot.lineage.provenance, snapshot.rows) == ("published", 9)


def test_figures_are_published_where_there_is_no_data(publish_trees: Publish) -> None:
    assert publish_trees(data=None).lineage.provenance == "figures"


def test_figures_are_published_where_the_file_is_missing(
    publish_trees: Publish, data: Path
) -> None:
    (data / "trees.parquet").unlink()
    assert publish_trees().lineage.provenance == "figures"


def test_figures_do_not_replace_published_files(publish_trees: Publish) -> None:
    published = publish_trees()
    kept = publish_trees(data=None)
    assert (kept.version, kept.lineage) == (0, published.lineage)
    assert "trees: version 0 stays as it is" in str(kept.problem)
    assert "no folder of published files was given" in str(kept.problem)
    assert publish_trees(data=None, force=True).lineage.provenance == "figures"


def test_published_files_replace_figures(publish_trees: Publish) -> None:
    publish_trees(data=None)
    assert publish_trees().lineage.provenance == "published"


def test_the_same_input_publishes_nothing_new(publish_trees: Publish) -> None:
    first = publish_trees()
    assert publish_trees() == first
    assert publish_trees(force=True).version == first.version + 1


def test_other_bytes_make_a_new_version(publish_trees: Publish, data: Path) -> None:
    publish_trees()
    trees().head(2).write_parquet(data / "trees.parquet")
    assert (publish_trees().version, publish_trees().rows) == (1, 2)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("datasets/trees.yaml", "maximum: 60", "maximum: 20"),
        ("areas.csv", "11004,21004", "11005,21004"),
        ("city.yaml", "[10.0, 50.0, 10.3, 50.1]", "[10.0, 50.0, 10.3, 50.09]"),
    ],
)
def test_another_entry_city_or_area_makes_a_new_version_of_the_same_bytes(
    publish_trees: Publish, tmp_path: Path, name: str, old: str, new: str
) -> None:
    publish_trees()
    assert publish_trees(changed_city(tmp_path / "changed", name, old, new)).version == 1


def test_a_changed_indicator_publishes_nothing_new(publish_trees: Publish, tmp_path: Path) -> None:
    first = publish_trees()
    catalog = changed_city(
        tmp_path / "changed", "indicators/visits_per_day.yaml", "direction: up", "direction: down"
    )
    assert publish_trees(catalog) == first


def test_rejected_rows_are_kept_with_their_reasons(publish_trees: Publish, data: Path) -> None:
    tall = trees().with_columns(height_m=pl.lit(99.0), lon=pl.Series([10.1] * 6 + [0.0] * 2))
    pl.concat([trees(), tall.with_columns(tree_id=pl.format("tall {}", "tree_id"))]).write_parquet(
        data / "trees.parquet"
    )

    snapshot = publish_trees()

    assert snapshot.lineage.rejects == {"height_m above 60": 8}
    assert (snapshot.lineage.rows_in, snapshot.rows) == (16, 8)
    kept = pl.read_parquet(list(snapshot.rejects))
    assert kept.get_column("source_row").to_list() == list(range(9, 17))
    assert set(kept.get_column("source_file")) == {"trees.parquet"}


def test_every_distribution_that_failed_is_told(
    publish_trees: Publish, testburg: Catalog, data: Path
) -> None:
    (data / "trees.parquet").unlink()
    (testburg.figures_folder / "trees.parquet").unlink()
    with pytest.raises(SourceError, match="no distribution can be used") as caught:
        publish_trees()
    for kind in ("file", "figures"):
        told = f"{kind} trees.parquet (figures.table): No file matches 'trees.parquet'"
        assert told in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"tree_id,lon\n1,2\n"])
def test_a_broken_file_leaves_the_last_good_version(
    publish_trees: Publish, lake: Lake, data: Path, content: bytes
) -> None:
    good = publish_trees()
    (data / "trees.parquet").write_bytes(content)
    assert "trees.parquet: cannot be read" in str(publish_trees().problem)
    assert lake.snapshot("trees") == good
    assert data_files(lake.root / "trees") == named_files(lake, "trees")


def test_too_few_rows_refuse_the_whole_input(
    publish_trees: Publish, lake: Lake, data: Path
) -> None:
    good = publish_trees()
    trees().clear().write_parquet(data / "trees.parquet")
    assert "0 usable rows in trees.parquet where at least 1" in str(publish_trees().problem)
    assert lake.snapshot("trees") == good


def test_a_renamed_column_names_dataset_and_column(publish_trees: Publish, data: Path) -> None:
    trees().rename({"species_code": "species"}).write_parquet(data / "trees.parquet")
    (passed,) = publish_trees().lineage.passed_over
    assert "trees: the source has no column species_code" in passed.reason


@pytest.mark.parametrize(
    ("rows_left", "reason"), [(None, "ERROR-500"), (0, "0 usable rows in pages of TreeInfo")]
)
def test_an_api_that_fails_or_gives_too_little_is_passed_over_and_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    publish_trees: Publish,
    rows_left: int | None,
    reason: str,
) -> None:
    snapshot = publish_trees(city_with_api(tmp_path, monkeypatch, rows_left))

    assert (snapshot.lineage.provenance, snapshot.rows) == ("published", 9)
    assert snapshot.lineage.distribution == "file trees.parquet (figures.table)"
    (passed,) = snapshot.lineage.passed_over
    assert passed.distribution == "api TreeInfo (toy.clean)"
    assert reason in passed.reason


def test_what_was_passed_over_is_read_back_from_the_commit(
    publish_trees: Publish, lake: Lake
) -> None:
    (passed,) = publish_trees(data=None).lineage.passed_over
    assert passed.distribution == "file trees.parquet (figures.table)"
    assert lake.snapshot("trees").lineage.passed_over == (passed,)


def test_an_api_that_answers_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish_trees: Publish
) -> None:
    snapshot = publish_trees(city_with_api(tmp_path, monkeypatch, 5))
    assert (snapshot.lineage.provenance, snapshot.rows) == ("live", 5)
    assert snapshot.lineage.passed_over == ()


def test_of_two_files_the_one_listed_first_is_not_replaced_by_the_other(
    publish_trees: Publish, tmp_path: Path, data: Path
) -> None:
    given = "{kind: file, system: figures, cleaner: table, path: [trees.parquet]}"
    two = f"{given}\n  - {given.replace('trees.parquet', 'older.parquet')}"
    catalog = changed_city(tmp_path / "two", "datasets/trees.yaml", given, two)
    trees().head(3).write_parquet(data / "older.parquet")
    assert publish_trees(catalog).rows == 9

    (data / "trees.parquet").unlink()

    assert publish_trees(catalog).rows == 9
    assert publish_trees(catalog, force=True).rows == 3


def test_a_file_listed_first_replaces_the_other_when_it_comes(
    publish_trees: Publish, tmp_path: Path, data: Path
) -> None:
    given = "{kind: file, system: figures, cleaner: table, path: [trees.parquet]}"
    two = f"{given.replace('trees.parquet', 'newer.parquet')}\n  - {given}"
    catalog = changed_city(tmp_path / "two", "datasets/trees.yaml", given, two)
    assert publish_trees(catalog).rows == 9
    trees().head(3).write_parquet(data / "newer.parquet")
    assert publish_trees(catalog).rows == 3


def test_the_checksum_of_the_input_is_that_of_its_bytes(publish_trees: Publish, data: Path) -> None:
    content = (data / "trees.parquet").read_bytes()
    lineage = publish_trees().lineage
    assert lineage.input_sha256 == hashlib.sha256(content).hexdigest()


def test_the_checksum_of_several_files_is_that_of_one_after_the_other(tmp_path: Path) -> None:
    for name, content in {"b.csv": b"2", "a.csv": b"1", "list.csv": b"3"}.items():
        (tmp_path / name).write_bytes(content)
    fetched = fetch_files(tmp_path, ["list.csv", "?.csv"])
    assert fetched.names == ("list.csv", "a.csv", "b.csv")
    assert fetched.sha256 == hashlib.sha256(b"312").hexdigest()


def test_another_entry_changes_the_contract_and_not_the_checksum_of_the_input(
    publish_trees: Publish, tmp_path: Path
) -> None:
    first = publish_trees().lineage
    changed = changed_city(tmp_path / "city", "datasets/trees.yaml", "maximum: 60", "maximum: 59")
    second = publish_trees(changed).lineage
    assert first.input_sha256 == second.input_sha256
    assert first.contract_sha256 != second.contract_sha256


def test_the_same_bytes_under_another_name_are_another_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish_trees: Publish
) -> None:
    catalog = toy_city(tmp_path, monkeypatch, lambda fetched, _: read_csv(fetched.parts[0]))
    first = publish_trees(catalog, data=tmp_path)
    (tmp_path / "trees.csv").rename(tmp_path / "2027.csv")
    second = publish_trees(catalog, data=tmp_path)
    assert (first.version, second.version) == (0, 1)
    assert first.lineage.input_sha256 == second.lineage.input_sha256


def test_a_damaged_version_is_published_again_from_the_same_input(
    publish_trees: Publish, lake: Lake
) -> None:
    publish_trees().files[0].unlink()
    healed = publish_trees()
    assert (healed.version, healed.problem) == (1, None)
    assert lake.snapshot("trees") == healed


def test_a_full_lake_names_the_dataset(testburg: Catalog, tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("in the way")
    with pytest.raises(LakeError, match="trees was not published into"):
        publish_city(testburg, tmp_path / "lake")


def toy_city(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cleaner: Callable[..., pl.DataFrame]
) -> Catalog:
    """Return Testburg with trees from `trees.csv`, cleaned by a function of its own."""
    module = types.ModuleType("data_sources.toy")
    module.clean = cleaner  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "data_sources.toy", module)
    given = "{kind: file, system: figures, cleaner: table, path: [trees.parquet]}"
    toy = "{kind: file, system: toy, cleaner: clean, path: ['*.csv']}"
    trees().write_csv(tmp_path / "trees.csv")
    return changed_city(tmp_path / "toy", "datasets/trees.yaml", given, toy)


def city_with_api(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_left: int | None
) -> Catalog:
    """Return Testburg whose trees come first from an API: with few rows, or (None) an error."""

    def fetch(distribution: Distribution, folder: Path) -> Fetched:
        if rows_left is None:
            msg = "TreeInfo: ERROR-500, the server failed"
            raise SourceError(msg)
        page = tmp_path / "page.csv"
        trees().head(rows_left).write_csv(page)
        return Fetched((page,), "pages of TreeInfo", checksum([page]))

    module = types.ModuleType("data_sources.toy")
    module.fetch = fetch  # type: ignore[attr-defined]
    module.clean = lambda fetched, _: read_csv(fetched.parts[0])  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "data_sources.toy", module)
    given = "{kind: file, system: figures, cleaner: table, path: [trees.parquet]}"
    api = "{kind: api, system: toy, cleaner: clean, adapter: toy, service: TreeInfo}"
    both = f"{api}\n  - {given}"
    return changed_city(tmp_path / "api", "datasets/trees.yaml", given, both)


def test_a_csv_is_published_as_the_parquet_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish_trees: Publish
) -> None:
    def clean(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
        return read_csv(fetched.parts[0])

    snapshot = publish_trees(toy_city(tmp_path, monkeypatch, clean), data=tmp_path)

    assert rows(snapshot).equals(trees())
    assert snapshot.lineage.system == "toy"


def test_rows_that_vanish_between_draft_and_snapshot_refuse_the_publish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lake: Lake
) -> None:
    frame, rejects = trees(), pl.DataFrame({"reason": ["lost"]})
    catalog = toy_city(tmp_path, monkeypatch, lambda *_: frame)
    snapshot = publish(catalog.dataset("visits"), catalog=catalog, lake=lake, data=None)
    with pytest.raises(RowsLostError, match="336 rows published and 0 rejected, the frames hold 8"):
        lake.publish("trees", frame, rejects, lineage=snapshot.lineage)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("cleaner: table, path", "cleaner: chair, path", r"no chair\(\) in data_sources/figures"),
        (
            "system: figures, cleaner",
            "system: nowhere, cleaner",
            r"no table\(\) in data_sources/no",
        ),
    ],
)
def test_a_cleaner_that_is_not_there_is_named(
    publish_trees: Publish, tmp_path: Path, old: str, new: str, words: str
) -> None:
    catalog = changed_city(tmp_path / "changed", "datasets/trees.yaml", old, new)
    with pytest.raises(CatalogError, match=words):
        publish_trees(catalog)
