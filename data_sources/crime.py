"""The five major crimes per police district: the yearly tables of Seoul's statistics service."""

from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from cityboard.errors import SourceError
from data_sources.delimited import read_csv
from data_sources.fetched import Fetched
from data_sources.places import district_code
from data_sources.tables import read_parts

CRIME_TYPES = {
    "살인": "murder",
    "강도": "robbery",
    "강간·강제추행": "sexual_violence",
    "절도": "theft",
    "폭력": "violence",
}
SUBTOTAL = "소계"
HEADER_LINES = 4  # the year, the offence level, the crime, reported or cleared


def by_station(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of crimes reported and cleared per district, crime and year.

    A row is one district's pair of cells; the city's row and every subtotal are rows too, and are
    marked as totals of others. A year is given by its first day. A dash means none.

    Args:
        fetched: CSV files of one year each, with a header of four lines.
        catalog: Knows the district codes.

    Raises:
        SourceError: A header is not that of this table.
    """
    frame = read_parts(fetched, _year)
    is_total = pl.col("district_name").eq(SUBTOTAL) | pl.col("crime_type").eq(SUBTOTAL)
    return frame.with_columns(
        district_code=district_code("district_name", catalog),
        reject_reason=pl.when(is_total).then(pl.lit("total of other rows")),
    )


def _year(part: Path) -> pl.DataFrame:
    frame = read_csv(part, has_header=False)
    names = [name for name in frame.columns if name.startswith("column_")]
    years, _, crimes, _ = _header(part, frame.select(names))
    rows = frame.slice(HEADER_LINES)
    pairs = [
        rows.select(
            "source_file",
            "source_row",
            "reject_reason",
            year_start_date=pl.lit(f"{years[n]}-01-01"),
            district_name=names[1],
            crime_type=pl.lit(CRIME_TYPES.get(crimes[n], crimes[n])),
            reported=_count(names[n]),
            cleared=_count(names[n + 1]),
        )
        for n in range(2, len(names), 2)
    ]
    return pl.concat(pairs)


def _header(part: Path, frame: pl.DataFrame) -> list[tuple[str, ...]]:
    """Return the four header lines, or refuse a table that is not this one."""
    lines = frame.head(HEADER_LINES).rows()
    pairs = {("발생", "검거")}
    paired = len(lines) == HEADER_LINES and len(lines[0]) > 2 and len(lines[0]) % 2 == 0
    if not paired or set(zip(lines[3][2::2], lines[3][3::2], strict=True)) != pairs:
        msg = (
            f"{part}: the first {HEADER_LINES} lines are not the header of the table of major "
            "crimes (year, level, crime, 발생/검거). Teach data_sources/crime.py the new header."
        )
        raise SourceError(msg)
    return lines


def _count(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().replace("-", "0")
