"""Rows of the Seoul Open Data Plaza under names that last, whichever generation answered."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from cityboard.catalog import Catalog
from data_sources.fetched import Fetched
from data_sources.plaza.envelope import Row, parse

AIR = {
    "MSRDT": "MSRMT_DT",
    "MSRMT_YMD": "MSRMT_DT",  # a day in name only; of ListAirQualityByDistrictService
    "MSRRGN_NM": "SAREA_NM",
    "MSRSTE_NM": "MSRSTN_NM",
    "PM10": "PM",
    "PM25": "FPM",
    "O3": "OZON",
    "NO2": "NTDX",
    "CO": "CBMX",
    "SO2": "SPDX",
    "IDEX_NM": "CAI_GRD",
    "IDEX_MVL": "CAI",  # the 2026 name is unconfirmed; a sister service calls it CAI
    "CAI_IDX": "CAI",
    "ARPLT_MAIN": "CRST_SBSTN",
}
SUBWAY = {
    "USE_DT": "USE_YMD",
    "LINE_NUM": "SBWY_ROUT_LN_NM",
    "SUB_STA_NM": "SBWY_STNS_NM",
    "RIDE_PASGR_NUM": "GTON_TNOPE",
    "ALIGHT_PASGR_NUM": "GTOFF_TNOPE",
    "WORK_DT": "REG_YMD",
}
SALES = {
    "ACC_YEAR": "RCPT_YR",
    "SGG_NM": "CGG_NM",
    "DEAL_YMD": "CTRT_DAY",
    "OBJ_AMT": "THING_AMT",
    "HOUSE_TYPE": "BLDG_USG",
}
TRAFFIC = {"LINK_ID": "LINK_ID", "PRCS_SPD": "PRCS_SPD", "PRCS_TRV_TIME": "PRCS_TRV_TIME"}
# Service → earlier name → the name of today. XML of some services has the names in small letters.
ALIASES: Mapping[str, Mapping[str, str]] = {
    "RealtimeCityAir": AIR,
    "ListAirQualityByDistrictService": AIR,
    "CardSubwayStatsNew": SUBWAY,
    "tbLnOpendataRtmsV": SALES,
    "TrafficInfo": TRAFFIC,
}


TRACE = ("source_file", "source_row")
OWN = ("row_number", "row_json", "reject_reason")  # what the cleaner of any service adds


def rename(rows: Iterable[Row], service: str) -> list[dict[str, Any]]:
    """Return rows under today's names; a name without an alias stays, and no value is lost."""
    aliases = ALIASES.get(service, {})
    return [_renamed(row, aliases) for row in rows]


def _renamed(row: Row, aliases: Mapping[str, str]) -> dict[str, Any]:
    renamed: dict[str, Any] = {}
    for name, value in row.items():
        today = aliases.get(name.upper(), name)
        taken = today in renamed or (today in row and today != name)
        renamed[name if taken else today] = value
    return renamed


def text_frame(fetched: Fetched, service: str) -> pl.DataFrame:
    """Return the rows of all pages as text, ready to be made a draft.

    Args:
        fetched: Pages of one service.
        service: Its name; decides the aliases.

    Returns:
        A column of text per name (null where a row lacks it; nested parts as JSON), then
        `source_file` and `source_row` (row within its page, from 1).

    Raises:
        SourceError: A page cannot be read.
    """
    records: list[dict[str, str | None]] = []
    lines: list[int] = []
    for part in fetched.parts:
        rows = rename(parse(part.read_bytes()).rows, service)
        for line, row in enumerate(rows, start=1):
            texts = {name: _text(value) for name, value in row.items()}
            records.append({**texts, "source_file": part.name})
            lines.append(line)
    names = dict.fromkeys(name for record in records for name in record if name != "source_file")
    schema = dict.fromkeys([*names, "source_file"], pl.String)
    frame = pl.DataFrame(records, schema=schema)
    return frame.with_columns(source_row=pl.Series(lines, dtype=pl.Int64))


def rows_of(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:  # noqa: ARG001 - a cleaner's form
    """Return a draft of the rows of any service, so that an entry alone can publish them.

    Args:
        fetched: Pages of one service.
        catalog: The city's.

    Returns:
        `row_number` (from 1, over all pages), `row_json` (the row as answered), then every name of
        the service in small letters with its value as text, for the columns an entry declares.
    """
    frame = text_frame(fetched, "")
    answered = [name for name in frame.columns if name not in TRACE]
    row = pl.struct(answered).struct.json_encode() if answered else pl.lit(None, pl.String)
    small = {re.sub(r"\W+", "_", name.lower()): name for name in reversed(answered)}
    return frame.select(
        *TRACE,
        *(pl.col(name).alias(own) for own, name in small.items() if own not in (*TRACE, *OWN)),
        row_number=pl.int_range(1, pl.len() + 1),
        row_json=row,
        reject_reason=pl.lit(None, pl.String),
    )


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
