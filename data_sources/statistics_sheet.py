"""Workbooks of Korea's statistics service: one sheet of numbers, one that tells their year."""

import re
from pathlib import Path

import polars as pl

from cityboard.errors import SourceError, listed
from data_sources.tables import naming, read_cells, traced

NUMBERS, ABOUT = "데이터", "메타정보"
YEARS = re.compile(r"\[년\]\s*(\d{4})\s*~\s*(\d{4})")
AREA_HEADER = "자치구"


def read_statistics(part: Path, *, header_rows: int = 1) -> pl.DataFrame:
    """Return a draft's beginning: a table of one year and its districts, as text.

    Args:
        part: Workbook as the service exports it.
        header_rows: Rows of its header; merged cells stand in the first of those they cover.

    Returns:
        The columns, called by the parts of their header (`소계/65~79세`), the first of them
        `area_name`; `year_start_date`, and the trace.

    Raises:
        SourceError: It is no such workbook, or is about several years.
    """
    cells = read_cells(part, NUMBERS)
    names = _names(cells[:header_rows])
    if not names or not names[0].startswith(AREA_HEADER) or len(set(names)) < len(names):
        msg = (
            f"{part}: a header of {header_rows} rows that begins with {AREA_HEADER} was expected "
            f"in the sheet {NUMBERS}; it is {listed(names)}. Teach its cleaner the new header."
        )
        raise SourceError(msg)
    schema = dict.fromkeys(["area_name", *names[1:]], pl.String)
    with naming(part):
        frame = pl.DataFrame(cells[header_rows:], schema=schema, orient="row")
    frame = traced(frame, part, first_row=header_rows + 1)
    return frame.with_columns(year_start_date=pl.lit(f"{_year(part)}-01-01"))


def require_columns(frame: pl.DataFrame, columns: list[str], part: Path) -> None:
    """Raise `SourceError` where a table lacks a column its cleaner reads."""
    if missing := [name for name in columns if name not in frame.columns]:
        msg = (
            f"{part}: no column {listed(missing)}; it has {listed(frame.columns)}. "
            "Its publisher renamed it: teach the cleaner the new name."
        )
        raise SourceError(msg)


def _names(header: list[list[str]]) -> list[str]:
    """Return one name a column: the parts of its header, a merged one for all it covers."""
    levels = [*map(_filled, header[:-1]), *header[-1:]]
    parts = ([" ".join(part.split()) for part in column] for column in zip(*levels, strict=True))
    return ["/".join(filter(None, column)) for column in parts]


def _filled(row: list[str]) -> list[str]:
    """Return a row of a header in which a blank cell is the one before it."""
    filled: list[str] = []
    for cell in row:
        filled.append(cell or (filled[-1] if filled else ""))
    return filled


def _year(part: Path) -> str:
    """Return the one year a table is about."""
    words = "\n".join(" ".join(row) for row in read_cells(part, ABOUT))
    found = YEARS.search(words)
    if found is None or found[1] != found[2]:
        asked = found[0] if found else "none"
        msg = (
            f"{part}: the sheet {ABOUT} should name one year as '[년] 2023~2023'; it names "
            f"{asked}. Export one year, or teach its cleaner to tell years apart."
        )
        raise SourceError(msg)
    return found[1]
