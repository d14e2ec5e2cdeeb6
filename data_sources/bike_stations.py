"""Stations of Seoul's public bicycles: pages of the Open Data Plaza and four dialects of CSV."""

import csv
import io
from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from data_sources.delimited import read_delimited, rename_columns
from data_sources.fetched import Fetched, read_text
from data_sources.places import district_code
from data_sources.plaza.rows import text_frame
from data_sources.tables import traced

SERVICE = "tbCycleStationInfo"
SERVICE_NAMES = {
    "STA_LOC": "district_name",
    "RENT_ID": "station_id",
    "RENT_NO": "station_number",
    "RENT_NM": "station_name",
    "HOLD_NUM": "racks",
    "STA_ADD1": "address",
    "STA_LAT": "lat",
    "STA_LONG": "lon",
}
HEADERS = {
    "구분": "district_name",
    "대여소ID": "station_id",
    "대여소_ID": "station_id",
    "대여소번호": "station_number",
    "대여소명": "station_name",
    "거치대수": "racks",
    "주소1": "address",
    "위도": "lat",
    "경도": "lon",
}
OPTIONAL = ("district_name", "station_number", "station_name", "racks", "address")
# The list of 2021 has a header of five rows with line ends inside its quotes; 8 and 9 are racks.
FIELDS_2021 = ("station_number", "station_name", "district_name", "address", "lat", "lon")
RACKS_2021 = slice(7, 9)
COLUMNS = ("station_id", *OPTIONAL, "lon", "lat", "source_file", "source_row")


def stations(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of stations from pages of the service `tbCycleStationInfo`.

    Args:
        fetched: Pages (JSON or XML) as answered; every number is text.
        catalog: Knows the district codes.
    """
    rows = text_frame(fetched, SERVICE)
    return _draft(rename_columns(rows, SERVICE_NAMES, source=fetched.request), catalog)


def stations_csv(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of stations from CSV lists of any dialect."""
    return _draft(pl.concat([station_list(part) for part in fetched.parts]), catalog)


def station_list(part: Path) -> pl.DataFrame:
    """Return the stations of one CSV list.

    Args:
        part: The list of 2018 (spaces in its header), of 2021 (header of five rows), or a master
            list (ids and addresses only), in CP949 or UTF-8.

    Returns:
        Text columns `station_id`, `station_number` (no leading zeros), `station_name` (no number
        before it), `district_name`, `address`, `racks`, `lon`, `lat` (null for a sentinel near
        0), `source_file`, and `source_row`; null is what the dialect lacks.
    """
    is_2021 = read_text(part).lstrip().startswith('"대여소\n')
    frame = _list_2021(part) if is_2021 else read_delimited(part, HEADERS, optional=OPTIONAL)
    absent = [pl.lit(None, pl.String).alias(n) for n in COLUMNS if n not in frame.columns]
    return _tidy(frame.with_columns(absent)).select(COLUMNS)


def _list_2021(part: Path) -> pl.DataFrame:
    lines = list(csv.reader(io.StringIO(read_text(part), newline="")))
    first = next((i for i, line in enumerate(lines) if line and line[0].isdigit()), len(lines))
    rows = [[*line[:6], _racks_2021(line)] for line in lines[first:]]
    schema = dict.fromkeys((*FIELDS_2021, "racks"), pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return traced(frame, part, first_row=first + 1)


def _racks_2021(line: list[str]) -> str | None:
    counts = [int(racks) for racks in line[RACKS_2021] if racks.isdecimal()]
    return str(sum(counts)) if counts else None


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    placed = pl.col("lat").cast(pl.Float64, strict=False) > 1
    return frame.with_columns(pl.col(pl.String).replace("", None)).with_columns(
        pl.col("station_number").str.strip_chars().str.strip_chars_start("0"),
        pl.col("station_name").str.strip_chars().str.replace(r"^\d+\s*\.\s*", ""),
        pl.when(placed).then("lon"),
        pl.when(placed).then("lat"),
        district_name=pl.coalesce(
            "district_name", pl.col("address").str.extract(r"^서울(?:특별시|시)? (\S+구)")
        ),
    )


def _draft(frame: pl.DataFrame, catalog: Catalog) -> pl.DataFrame:
    nameless = pl.col("station_id").is_null() & pl.col("station_number").is_null()
    return _tidy(frame).select(
        *COLUMNS,
        district_code=district_code("district_name", catalog),
        reject_reason=pl.when(nameless).then(pl.lit("station has neither id nor number")),
    )
