"""CSV files: as strict as they are regular, or of any generation of headers.

Both readers take either encoding and give every value as text. `read_csv` refuses a line that is
too short or too long; `read_delimited` knows several headers and forgives such lines.
"""

import contextlib
import csv
import io
from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl

from cityboard.errors import ContractError, SourceError, listed
from data_sources.fetched import decode, read_text
from data_sources.tables import naming, traced

NULLS = ["", r"\N"]  # a database dump writes \N


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
    with naming(part):
        frame = _parse(part, has_header=has_header)
        return traced(frame, part, first_row=2 if has_header else 1)


def _parse(part: Path, *, has_header: bool) -> pl.DataFrame:
    """Return the values of a CSV file as text; UTF-8 is parsed as it stands, without a copy."""
    content = part.read_bytes()
    with contextlib.suppress(pl.exceptions.ComputeError):  # told again below if it stays
        frame = pl.read_csv(io.BytesIO(content), has_header=has_header, infer_schema=False)
        if not any("\ufffd" in name for name in frame.columns):  # a CP949 header is no error
            return frame
    content = decode(content, part).encode()
    return pl.read_csv(io.BytesIO(content), has_header=has_header, infer_schema=False)


def read_delimited(
    part: Path, names: Mapping[str, str], *, optional: Collection[str] = ()
) -> pl.DataFrame:
    r"""Return the rows of a CSV whose first line is its header, as text.

    Args:
        part: UTF-8 (with or without BOM) or CP949.
        names: Header of any generation, without spaces around it → our name.
        optional: Those of our names that some generations lack.

    Returns:
        The columns found under our names, the others under their header, and their trace (row of
        the file; the header is 1). `\N` and an empty field are null, and so is what a short row
        lacks; what a long row has too much, such as the comma at its end, is left out.

    Raises:
        SourceError: A quote is never closed, or two of its columns have the same name.
        ContractError: A column is missing that is not optional.
    """
    header, _, body = read_text(part).partition("\n")
    with naming(part):
        columns = [field.strip() for field in next(csv.reader([header.rstrip("\r")]), [])]
    if len(set(columns)) < len(columns):
        msg = f"{part}: two columns have the same name among {listed(columns)}. Rename one."
        raise SourceError(msg)
    with naming(part):
        rows = _rows(body, columns)
    return traced(
        rename_columns(rows, names, source=str(part), optional=optional), part, first_row=2
    )


def rename_columns(
    frame: pl.DataFrame,
    names: Mapping[str, str],
    *,
    source: str,
    optional: Collection[str] = (),
) -> pl.DataFrame:
    """Return a frame with our names for the publisher's.

    Args:
        frame: Columns named by any generation of the publisher's headers.
        names: Publisher's name → our name.
        source: File or service, for the message.
        optional: Those of our names that some generations lack.

    Raises:
        ContractError: A column is missing that is not optional.
    """
    renamed = frame.rename(names, strict=False)
    missing = [n for n in dict.fromkeys(names.values()) if n not in (*renamed.columns, *optional)]
    if missing:
        msg = (
            f"{source}: no column for {', '.join(missing)}; it has {listed(frame.columns)}. "
            f"Its publisher renamed it: teach the cleaner the new name."
        )
        raise ContractError(msg)
    return renamed


def _rows(body: str, columns: list[str]) -> pl.DataFrame:
    schema = dict.fromkeys(columns, pl.String)
    if not body.strip():
        return pl.DataFrame(schema=schema)
    return pl.read_csv(
        io.BytesIO(body.encode()),
        has_header=False,
        schema=schema,
        null_values=NULLS,
        truncate_ragged_lines=True,
        extra_columns="ignore",
        missing_columns="insert",
    )
