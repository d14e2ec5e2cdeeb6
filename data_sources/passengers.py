"""Journeys by public transport in Seoul by kind of passenger, from transit cards."""

import re
from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from cityboard.errors import SourceError
from data_sources.fetched import Fetched
from data_sources.tables import read_cells, read_parts, sheet_names, traced

SHEET = re.compile(r"(\d{4})년")
HEADER = ["구분별(1)", "구분별(2)", "구분별(3)", "소계", "버스", "지하철", "택시4)"]
BY_PASSENGER = "유형별1)"
PASSENGERS = {
    "일반": "adult",
    "어린이": "child",
    "청소년": "youth",
    "경로": "senior",
    "장애인": "disabled",
    "기타": "other",
}
MODES = {"버스": "bus", "지하철": "subway"}


def rides_by_passenger(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:  # noqa: ARG001 - a cleaner's form
    """Return a draft of rides per year, kind of passenger and mode.

    A row is one cell of a sheet. Rejected are sums; taxis, whose passengers are all counted as
    adults; rides by place of boarding, which stand below and tell no passengers apart; and notes.

    Args:
        fetched: Workbooks with one sheet a year, called `2023년`.
        catalog: The city's.

    Raises:
        SourceError: A workbook is not of this table.
    """
    frame = read_parts(fetched, _book)
    reason = (
        pl.when(pl.col("rides") == "")
        .then(pl.lit("a note, or an empty cell"))
        .when(pl.col("breakdown") != BY_PASSENGER)
        .then(pl.lit("counted by place, not by passenger"))
        .when(pl.col("mode_name") == "소계")
        .then(pl.lit("total of other rows"))
        .when(pl.col("mode_name") == "택시4)")
        .then(pl.lit("taxis do not tell passengers apart"))
    )
    return frame.with_columns(
        passenger_type=pl.col("passenger").replace(PASSENGERS),
        mode=pl.col("mode_name").replace(MODES),
        reject_reason=reason,
    )


def _book(part: Path) -> pl.DataFrame:
    years = {name: found[1] for name in sheet_names(part) if (found := SHEET.fullmatch(name))}
    if not years:
        msg = (
            f"{part}: sheets called 2023년 and the like were expected; it has "
            f"{', '.join(sheet_names(part))}. Teach data_sources/passengers.py their new names."
        )
        raise SourceError(msg)
    return pl.concat([_year(part, sheet, year) for sheet, year in years.items()])


def _year(part: Path, sheet: str, year: str) -> pl.DataFrame:
    """Return a row per row and mode of one sheet; a blank breakdown is the one above."""
    cells = read_cells(part, sheet)
    if HEADER not in cells:
        msg = f"{part}: the sheet {sheet} has no row {', '.join(HEADER)}. Teach it to its cleaner."
        raise SourceError(msg)
    first = cells.index(HEADER) + 1
    names = ["city", "breakdown", "passenger", *HEADER[3:]]
    frame = pl.DataFrame(cells[first:], schema=dict.fromkeys(names, pl.String), orient="row")
    breakdown = pl.col("breakdown").replace("", None).forward_fill()
    long = traced(frame, part, first_row=first + 1).with_columns(
        breakdown=breakdown, year_start_date=pl.lit(f"{year}-01-01")
    )
    index = [name for name in long.columns if name not in HEADER]
    return long.unpivot(HEADER[3:], index=index, variable_name="mode_name", value_name="rides")
