"""Read tables as published; every fault a parser finds becomes an error that names the file."""

import contextlib
import csv
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook

from cityboard.errors import SourceError, listed
from data_sources.fetched import Fetched, read_text

PARSER_FAULTS = (
    pl.exceptions.PolarsError,
    CalamineError,
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,  # an archive packed in a way Python does not know
    json.JSONDecodeError,
    UnicodeDecodeError,
    RecursionError,  # JSON nested deeper than the parser goes
)
LARGEST_MEMBER = 1 << 30  # bytes; the largest month met has 45 million


@contextlib.contextmanager
def naming(
    source: Path | str, *, faults: tuple[type[Exception], ...] = PARSER_FAULTS
) -> Iterator[None]:
    """Turn a fault that a parser finds within the block into a `SourceError` naming the source.

    Args:
        source: The file being read, or the request that gave several; an error that names it
            already is left as it is.
        faults: Errors that mean the source is at fault; any other is our own and passes.
    """
    try:
        yield
    except SourceError as error:
        if str(source) in str(error):
            raise
        raise type(error)(f"{source}: {error}") from error
    except faults as error:
        fault = str(error).partition("\n")[0][:200]
        msg = (
            f"{source}: cannot be read as the table its cleaner expects: {fault}. "
            "Fetch it again, or teach the cleaner its new form."
        )
        raise SourceError(msg) from error


def read_parts(fetched: Fetched, read: Callable[[Path], pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of every file that was fetched, one file after the other.

    Args:
        fetched: Files of one form.
        read: Reads one of them.
    """
    return pl.concat([read(part) for part in fetched.parts])


def read_parquet(part: Path) -> pl.DataFrame:
    """Return a draft's beginning: the columns of a Parquet file, with their trace.

    Raises:
        SourceError: It is cut short or no Parquet file.
    """
    with naming(part):
        return traced(pl.read_parquet(part), part, first_row=1)


def read_sheet(part: Path) -> pl.DataFrame:
    """Return a draft's beginning: the first sheet of a workbook as text, with its trace.

    Args:
        part: xlsx, xls or ods, whatever it is called; its first row is the header.

    Raises:
        SourceError: It is no workbook, its first sheet is empty, or two columns have one name.
    """
    text = read_cells(part)
    with naming(part):
        if not text or len(set(text[0])) < len(text[0]):
            msg = f"{part}: its first sheet is empty, or two of its columns have the same name."
            raise SourceError(msg)
        schema = dict.fromkeys(text[0], pl.String)
        return traced(pl.DataFrame(text[1:], schema=schema, orient="row"), part, first_row=2)


def read_cells(part: Path, sheet: str | None = None) -> list[list[str]]:
    """Return the cells of a sheet as text, row by row; every row is as long as the longest.

    Args:
        part: xlsx, xls or ods, whatever it is called.
        sheet: Its name; None is the first.

    Raises:
        SourceError: It is no workbook, or has no such sheet.
    """
    with naming(part):
        book = _workbook(part)
        found = book.get_sheet_by_index(0) if sheet is None else book.get_sheet_by_name(sheet)
        return [[_text(cell) for cell in line] for line in found.to_python()]


def sheet_names(part: Path) -> list[str]:
    """Return the names of a workbook's sheets, in order.

    Raises:
        SourceError: It is no workbook.
    """
    with naming(part):
        return list(_workbook(part).sheet_names)


def _workbook(part: Path) -> CalamineWorkbook:
    """Open a workbook by its content: read by path, the suffix would decide the format."""
    return CalamineWorkbook.from_filelike(io.BytesIO(part.read_bytes()))


def read_json(part: Path) -> Any:
    """Return the value of a JSON file in UTF-8 or CP949.

    Raises:
        SourceError: It is no JSON.
    """
    with naming(part):
        return json.loads(read_text(part))


def record_table(records: object, columns: Collection[str], part: Path) -> pl.DataFrame:
    """Return a draft's beginning: records of a JSON file as text, with their trace.

    Args:
        records: What should be a list of objects; `source_row` is the place in it, from 1.
        columns: Keys that are read; one that a record lacks is null in its row.
        part: The file, for the trace and the message.

    Raises:
        SourceError: It is no list of objects, or none of them has one of the keys.
    """
    rows = records if isinstance(records, list) else []
    are_records = all(isinstance(row, dict) for row in rows)
    if not are_records or not all(any(name in row for row in rows) for name in columns):
        msg = (
            f"{part}: a list of records with {', '.join(columns)} was expected. "
            "Its publisher changed it: teach the cleaner its new form."
        )
        raise SourceError(msg)
    text = [[None if row.get(n) is None else _text(row[n]) for n in columns] for row in rows]
    frame = pl.DataFrame(text, schema=dict.fromkeys(columns, pl.String), orient="row")
    return traced(frame, part, first_row=1)


def _text(cell: object) -> str:
    """Return a cell as its sheet shows it: every number is a float inside."""
    whole = isinstance(cell, float) and cell.is_integer()
    return f"{cell:.0f}" if whole else str(cell)


def read_member(part: Path, suffix: str) -> bytes:
    """Return the one member of a zip archive whose name ends so.

    Args:
        part: The archive; the names inside are never used as paths.
        suffix: End of the member's name, such as `.txt`.

    Raises:
        SourceError: It is no archive, has no such member or several, or the member is encrypted,
            damaged or larger than `LARGEST_MEMBER`.
    """
    with naming(part), zipfile.ZipFile(part) as archive:
        members = [m for m in archive.infolist() if m.filename.endswith(suffix)]
        is_encrypted = any(member.flag_bits & 1 for member in members)
        if len(members) != 1 or is_encrypted or members[0].file_size > LARGEST_MEMBER:
            sizes = listed([f"{m.filename} ({m.file_size} bytes)" for m in archive.infolist()])
            msg = (
                f"{part}: one readable {suffix} of at most {LARGEST_MEMBER} bytes was expected; "
                f"it holds {sizes}{', encrypted' if is_encrypted else ''}."
            )
            raise SourceError(msg)
        return archive.read(members[0])


def traced(frame: pl.DataFrame, part: Path, *, first_row: int) -> pl.DataFrame:
    """Return a frame with the columns that trace its rows to a file.

    Args:
        frame: Rows in the order of the file.
        part: The file.
        first_row: Line or row number of the first of them.
    """
    return frame.with_row_index("source_row", offset=first_row).with_columns(
        source_file=pl.lit(part.name), reject_reason=pl.lit(None, pl.String)
    )
