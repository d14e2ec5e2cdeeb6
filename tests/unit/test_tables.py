"""Reading tables: every value is text, every fault names its file."""

from pathlib import Path

import polars as pl
import pytest

from cityboard.errors import QuotaError, SourceError
from data_sources.fetched import fetch_files
from data_sources.tables import naming, read_member, read_parquet, read_parts, read_sheet
from tests.hostile import CORPUS, Hostile, archive
from tests.workbooks import workbook


def test_a_parquet_file_cut_short_is_named(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pl.DataFrame({"a": range(1000)}).write_parquet(whole)
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole.read_bytes()[:-100])
    assert read_parquet(whole).height == 1000
    with pytest.raises(SourceError, match=r"cut\.parquet: cannot be read"):
        read_parquet(cut)


def test_every_file_is_read_one_after_the_other(tmp_path: Path) -> None:
    for name in ("a.parquet", "b.parquet"):
        pl.DataFrame({"file": [name]}).write_parquet(tmp_path / name)
    frame = read_parts(fetch_files(tmp_path, ["*.parquet"]), read_parquet)
    assert frame.get_column("file").to_list() == ["a.parquet", "b.parquet"]
    assert frame.get_column("source_file").to_list() == ["a.parquet", "b.parquet"]


def test_a_long_fault_is_told_in_a_line() -> None:
    with pytest.raises(SourceError) as error, naming("pages"):
        raise pl.exceptions.ComputeError("x" * 10_000 + "\nhint")
    assert len(str(error.value)) < 400


def test_a_fault_of_our_own_code_is_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError), naming("pages"):
        1 / 0  # noqa: B018 - the fault is the test


def test_a_sheet_is_text_under_its_first_row(tmp_path: Path) -> None:
    path = tmp_path / "book.xls"
    path.write_bytes(workbook(("자치구", 2022), ("중구", 3), ("", 0.5)))
    frame = read_sheet(path)
    assert frame.select("자치구", "2022", "source_row").rows() == [
        ("중구", "3", 2),
        ("", "0.5", 3),
    ]


@pytest.mark.parametrize(
    "content",
    [workbook(), workbook(("수", "수"), (1, 2)), b"<html></html>", workbook(("수",))[:300]],
)
def test_a_book_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "book.xls"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"book\.xls"):
        read_sheet(path)


def _archive(folder: Path, content: bytes) -> Path:
    path = folder / "month.zip"
    path.write_bytes(content)
    return path


def test_a_member_is_read_whatever_else_the_archive_holds(tmp_path: Path) -> None:
    path = _archive(tmp_path, archive({"2022.txt": "a\n", "read me.pdf": "b"}))
    assert read_member(path, ".txt") == b"a\n"


def test_an_archive_writes_nothing_where_its_names_point(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    path = _archive(tmp_path / "inner", archive({"../outside.txt": "a"}))
    assert read_member(path, ".txt") == b"a"
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize(
    "members", [{}, {"a.txt": "", "b.txt": ""}, {"a.csv": "a"}], ids=["none", "two", "other"]
)
def test_an_archive_must_hold_one_member(tmp_path: Path, members: dict[str, str | bytes]) -> None:
    with pytest.raises(SourceError, match=r"month\.zip: one readable \.txt"):
        read_member(_archive(tmp_path, archive(members)), ".txt")


def test_a_member_may_not_swell_beyond_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_sources.tables.LARGEST_MEMBER", 1000)
    path = _archive(tmp_path, archive({"a.txt": bytes(1001)}))
    with pytest.raises(SourceError, match="at most 1000 bytes"):
        read_member(path, ".txt")


@pytest.mark.parametrize(
    "hostile",
    [hostile for hostile in CORPUS if hostile.name.startswith("archive")],
    ids=lambda hostile: hostile.name,
)
def test_a_hostile_archive_is_read_or_named(tmp_path: Path, hostile: Hostile) -> None:
    path = _archive(tmp_path, hostile.content)
    try:
        assert isinstance(read_member(path, ".txt"), bytes)
    except SourceError as error:
        message = str(error)
    else:
        return
    assert "month.zip" in message


def test_an_error_that_names_its_file_is_not_named_again() -> None:
    with pytest.raises(SourceError, match=r"^2019\.csv: too short$"), naming("2019.csv"):
        raise SourceError("2019.csv: too short")


def test_an_error_keeps_its_kind_when_its_file_is_named() -> None:
    with pytest.raises(QuotaError, match=r"^pages: used up$"), naming("pages"):
        raise QuotaError("used up")
