"""Korean CSV files as delivered: headers of any generation, commas too many, values too few."""

from pathlib import Path

import pytest

from cityboard.errors import ContractError, SourceError
from data_sources.delimited import read_csv, read_delimited

NAMES = {"날짜": "day", "date": "day", "건수": "count"}


def _write(folder: Path, content: str, encoding: str = "utf-8") -> Path:
    path = folder / "counts.csv"
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ('\ufeff"날짜","건수"\r\n"2020","5"\r\n', "utf-8"),
        ("날짜,건수\n2020,5\n", "cp949"),
        ("date, 건수\n2020,5,\n", "cp949"),
    ],
)
def test_every_generation_of_headers_gives_the_same_row(
    content: str, encoding: str, tmp_path: Path
) -> None:
    frame = read_delimited(_write(tmp_path, content, encoding), NAMES)
    assert frame.select("day", "count", "source_file", "source_row").rows() == [
        ("2020", "5", "counts.csv", 2)
    ]


def test_a_dump_s_null_and_a_short_row_are_null(tmp_path: Path) -> None:
    frame = read_delimited(_write(tmp_path, "날짜,건수\n\\N,5\n2020\n"), NAMES)
    assert frame.select("day", "count").rows() == [(None, "5"), ("2020", None)]


def test_a_comma_in_quotes_is_no_separator(tmp_path: Path) -> None:
    frame = read_delimited(_write(tmp_path, '날짜,건수\n"2020,2021",5\n'), NAMES)
    assert frame.select("day", "count").row(0) == ("2020,2021", "5")


def test_a_blank_line_keeps_the_numbers_of_the_lines_after_it(tmp_path: Path) -> None:
    frame = read_delimited(_write(tmp_path, "날짜,건수\n\n2020,5\n"), NAMES)
    assert frame.select("day", "source_row").rows() == [(None, 2), ("2020", 3)]


def test_a_header_without_rows_gives_no_rows(tmp_path: Path) -> None:
    assert read_delimited(_write(tmp_path, "날짜,건수\n"), NAMES).height == 0


def test_a_renamed_column_is_named_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"counts\.csv: no column for count; it has 날짜, 수"):
        read_delimited(_write(tmp_path, "날짜,수\n2020,5\n"), NAMES)


def test_an_optional_column_may_be_missing(tmp_path: Path) -> None:
    frame = read_delimited(_write(tmp_path, "날짜\n2020\n"), NAMES, optional=["count"])
    assert frame.columns == ["source_row", "day", "source_file", "reject_reason"]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="same name among 날짜, 건수, 건수"):
        read_delimited(_write(tmp_path, "날짜,건수,건수\n2020,5,6\n"), NAMES)


def test_a_quote_left_open_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"counts\.csv"):
        read_delimited(_write(tmp_path, '날짜,건수\n"2020,5\n2021,6\n'), NAMES)


def _table(folder: Path, content: bytes) -> Path:
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
    frame = read_csv(_table(tmp_path, content))
    assert frame.select("구", "수").rows() == [("중구", "007")]


def test_every_row_knows_its_line(tmp_path: Path) -> None:
    frame = read_csv(_table(tmp_path, b"a\n1\n2\n"))
    assert frame.select("source_file", "source_row", "reject_reason").rows() == [
        ("table.csv", 2, None),
        ("table.csv", 3, None),
    ]


def test_lines_count_from_one_without_a_header(tmp_path: Path) -> None:
    frame = read_csv(_table(tmp_path, b"1,2\n3,4\n"), has_header=False)
    assert frame.select("^column_.*$", "source_row").rows() == [("1", "2", 1), ("3", "4", 2)]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b\n1,2,3\n", b'a,b\n1,"2\n3,4\n'])
def test_an_empty_a_ragged_and_an_open_table_name_their_file(
    tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(SourceError, match=r"table\.csv: cannot be read"):
        read_csv(_table(tmp_path, content))
