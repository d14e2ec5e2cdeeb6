"""Read tables as published; every fault a parser finds becomes an error that names the file."""

import contextlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from python_calamine import CalamineError

from cityboard.errors import SourceError
from data_sources.fetched import read_text

PARSER_FAULTS = (
    pl.exceptions.PolarsError,
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    json.JSONDecodeError,
    UnicodeDecodeError,
    RecursionError,  # JSON nested deeper than the parser goes
)


@contextlib.contextmanager
def naming(source: Path | str) -> Iterator[None]:
    """Turn a fault that a parser finds within the block into a `SourceError` naming the source.

    Args:
        source: The file being read, or the request that gave several.
    """
    try:
        yield
    except PARSER_FAULTS as error:
        fault = str(error).partition("\n")[0][:200]
        msg = (
            f"{source}: cannot be read as the table its cleaner expects: {fault}. "
            "Fetch it again, or teach the cleaner its new form."
        )
        raise SourceError(msg) from error


def read_csv(part: Path, *, has_header: bool = True) -> pl.DataFrame:
    """Return a draft's beginning: every value of a CSV file as text, with its trace.

    Args:
        part: UTF-8 or CP949, LF or CRLF.
        has_header: False names the columns `column_` and their number, from left to right.

    Returns:
        (n rows) the file's columns, `source_file`, `source_row` (line, from 1, where no value
        holds a line end) and `reject_reason` (null). An empty value is null.

    Raises:
        SourceError: It is empty, ragged, or a quote is never closed.
    """
    content = read_text(part).encode()
    with naming(part):
        frame = pl.read_csv(io.BytesIO(content), has_header=has_header, infer_schema=False)
        return traced(frame, part, first_row=2 if has_header else 1)


def read_parquet(part: Path) -> pl.DataFrame:
    """Return a draft's beginning: the columns of a Parquet file, with their trace.

    Raises:
        SourceError: It is cut short or no Parquet file.
    """
    with naming(part):
        return traced(pl.read_parquet(part), part, first_row=1)


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
