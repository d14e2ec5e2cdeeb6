"""Buses of Seoul: boardings and alightings per stop, route and hour of the day."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from data_sources.clock import month_start
from data_sources.delimited import rename_columns
from data_sources.fetched import Fetched, decode
from data_sources.places import area_of_points
from data_sources.tables import read_member, read_sheet, traced

# Route names and, twice, stop names hold commas that nothing quotes; the stop's number and the
# counts at the end of the line are the only firm ground.
COUNTS = 48  # boarding and alighting by turns, hours 0 to 23
NAMES = r"^.*?,(?<stop_id_ars>\d{5}|~),(?<stop_name>.*)$"
HEADER = "사용년월,"
VIRTUAL = "~"
HOURS = pl.lit(list(range(24)), pl.List(pl.Int32))
STOP_HEADERS = {"ARS_ID": "stop_id_ars", "X좌표": "lon", "Y좌표": "lat"}


def boardings(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft with a row per month, route, stop and hour.

    Args:
        fetched: Zipped months, with a header in quotes or none, then registers of stops (xlsx).
        catalog: Knows the outlines of the districts.

    Returns:
        24 rows per line, hours 0 to 23 of the city's clock summed over the month; one row for a
        line that cannot be read. `entry_number` tells apart the lines of a route that calls twice
        at a stop: at its end, or on its way back under the same number.
    """
    months, registers = fetched.rows_and_lists()
    stops = _stops(registers, catalog)
    return pl.concat([_hours(_calls(_lines(month)), stops) for month in months])


def _lines(part: Path) -> pl.DataFrame:
    """Return the lines of a month; the header of some months is one quoted field."""
    text = decode(read_member(part, ".txt"), part)
    lines = pl.DataFrame({"line": text.splitlines()}, schema={"line": pl.String})
    is_header = pl.col("line").str.strip_chars_start('"').str.starts_with(HEADER)
    return traced(lines, part, first_row=1).filter(~is_header)


def _calls(lines: pl.DataFrame) -> pl.DataFrame:
    """Return a row per line of one month: what it is about, and lists of 24 hours and counts."""
    fields = pl.col("line").str.split(",")
    middle = fields.list.slice(2, fields.list.len().cast(pl.Int64) - COUNTS - 2)
    calls = lines.select(
        "source_file",
        "source_row",
        middle.list.join(",").str.extract_groups(NAMES).alias("names"),
        fields.list.tail(COUNTS).cast(pl.List(pl.Int32), strict=False).alias("counts"),
        month=month_start(fields.list.first()),
        route_id=fields.list.get(1, null_on_oob=True),
    ).unnest("names")
    counts = pl.col("counts")
    is_whole = counts.list.drop_nulls().list.len() == COUNTS
    is_read = pl.col("stop_id_ars").is_not_null() & pl.col("month").is_not_null() & is_whole
    return calls.with_columns(
        hour=pl.when(is_read).then(HOURS),
        boardings=pl.when(is_read).then(counts.list.gather_every(2)),
        alightings=pl.when(is_read).then(counts.list.gather_every(2, 1)),
        entry_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("route_id", "stop_id_ars"),
    ).drop("counts")


def _hours(calls: pl.DataFrame, stops: pl.DataFrame) -> pl.DataFrame:
    located = calls.join(stops, on="stop_id_ars", how="left", maintain_order="left")
    hours = located.explode("hour", "boardings", "alightings")
    texts = pl.col("source_file", "reject_reason")  # few words in 5 million rows
    return hours.with_columns(reject_reason=_reason()).with_columns(texts.cast(pl.Categorical))


def _stops(registers: Sequence[Path], catalog: Catalog) -> pl.DataFrame:
    found = [rename_columns(read_sheet(r), STOP_HEADERS, source=str(r)) for r in registers]
    stops = pl.concat(
        register.select("stop_id_ars", pl.col("lon", "lat").cast(pl.Float64, strict=False))
        for register in found
    )
    stops = stops.unique("stop_id_ars", keep="first", maintain_order=True)
    return stops.with_columns(district_code=area_of_points(stops, catalog))


def _reason() -> pl.Expr:
    """Return why an hour of a call cannot be used, or null."""
    return (
        pl.when(pl.col("hour").is_null())
        .then(pl.lit("line is not five fields and 48 counts"))
        .when((pl.col("boardings") == 0) & (pl.col("alightings") == 0))
        .then(pl.lit("nobody boarded or alighted"))
        .when(pl.col("stop_id_ars") == VIRTUAL)
        .then(pl.lit("stop is virtual and stands nowhere"))
        .when(pl.col("lon").is_null() | pl.col("lat").is_null())
        .then(pl.lit("stop has no coordinates"))
    )
