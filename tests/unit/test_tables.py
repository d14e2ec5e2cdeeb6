"""Reading tables: every value is text, every fault names its file."""

from pathlib import Path

import polars as pl
import pytest

from cityboard.errors import SourceError
from data_sources.tables import naming, read_csv, read_parquet


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        "구,수\r\n중구,007\r\n".encode(),
        "\ufeff구,수\n중구,007\n".encode(),
        "구,수\n중구,007\n".encode("cp949"),
    ],
)
def test_a_table_is_text_in_either_encoding_and_with_either_line_end(
    tmp_path: Path, content: bytes
) -> None:
    frame = read_csv(_file(tmp_path, content))
    assert frame.select("구", "수").rows() == [("중구", "007")]


def test_every_row_knows_its_line(tmp_path: Path) -> None:
    frame = read_csv(_file(tmp_path, b"a\n1\n2\n"))
    assert frame.select("source_file", "source_row", "reject_reason").rows() == [
        ("table.csv", 2, None),
        ("table.csv", 3, None),
    ]


def test_lines_count_from_one_without_a_header(tmp_path: Path) -> None:
    frame = read_csv(_file(tmp_path, b"1,2\n3,4\n"), has_header=False)
    assert frame.select("^column_.*$", "source_row").rows() == [("1", "2", 1), ("3", "4", 2)]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b\n1,2,3\n", b'a,b\n1,"2\n3,4\n'])
def test_an_empty_a_ragged_and_an_open_table_name_their_file(
    tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(SourceError, match=r"table\.csv: cannot be read"):
        read_csv(_file(tmp_path, content))


def test_a_parquet_file_cut_short_is_named(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pl.DataFrame({"a": range(1000)}).write_parquet(whole)
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole.read_bytes()[:-100])
    assert read_parquet(whole).height == 1000
    with pytest.raises(SourceError, match=r"cut\.parquet: cannot be read"):
        read_parquet(cut)


def test_a_long_fault_is_told_in_a_line() -> None:
    with pytest.raises(SourceError) as error, naming("pages"):
        raise pl.exceptions.ComputeError("x" * 10_000 + "\nhint")
    assert len(str(error.value)) < 400


def test_a_fault_of_our_own_code_is_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError), naming("pages"):
        1 / 0  # noqa: B018 - the fault is the test
