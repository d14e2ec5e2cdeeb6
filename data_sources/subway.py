"""Subway of the capital region: boardings per line, station and day, and the stations."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from cityboard.catalog import Catalog
from data_sources.clock import iso_day
from data_sources.delimited import read_delimited
from data_sources.fetched import Fetched
from data_sources.places import area_of_points

HEADERS = {
    "사용일자": "day",
    "date": "day",
    "노선명": "line_name",
    "호선명": "line_name",
    "line_name": "line_name",
    "역ID": "station_code",
    "역명": "station",
    "st_name": "station",
    "승차총승객수": "boardings",
    "on_num": "boardings",
    "하차총승객수": "alightings",
    "off_num": "alightings",
}
COLUMNS = ("day", "line_name", "station", "boardings", "alightings", "source_file", "source_row")
STATION_HEADERS = {
    "station_cd": "station_code",
    "name": "station_name",
    "station_nm_eng": "station_name_en",
    "line": "line_name",
    "lng": "lon",
    "lat": "lat",
}
STATION_COLUMNS = (*STATION_HEADERS.values(), "source_file", "source_row")
# Boardings are counted by the operators' lines, stations are listed by the lines on the map.
MAP_LINES = {
    "경부선": "1호선",
    "경인선": "1호선",
    "경원선": "1호선",
    "장항선": "1호선",
    "일산선": "3호선",
    "과천선": "4호선",
    "안산선": "4호선",
    "9호선2단계": "9호선",
    "9호선2~3단계": "9호선",
    "분당선": "수인분당선",
    "수인선": "수인분당선",
    "경의선": "경의중앙선",
    "중앙선": "경의중앙선",
    "공항철도 1호선": "공항철도",
}
# Names in the files of 2017 to 2023 that the list of 2025 writes otherwise.
LISTED_NAMES = {
    "서울역": "서울",
    "총신대입구": "이수",
    "뚝섬유원지": "자양",
    "4.19민주묘지": "4·19민주묘지",
    "지제": "평택지제",
    "화전": "한국항공대",
    "인천국제공항": "인천공항1터미널",
}


def boardings_daily(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of boardings and alightings per line, station and day.

    Args:
        fetched: Months in any of the three generations of headers, then lists of stations.
        catalog: Knows the outlines of the districts and the bounding box.

    Returns:
        `entry_number` tells apart the counts a file gives twice: Seoul Station, Gongdeok, Hongik
        University and Digital Media City have a second set of gates, shared with the airport
        railway, whose passengers some days are counted on the Gyeongui line under a number of
        its own (1291 beside 1251). Both are passengers, so both are kept. Coordinates are null
        outside the city's bounding box, since the trains run to Sinchang and Chuncheon.
    """
    parts, lists = fetched.rows_and_lists()
    frame = pl.concat([_month(part) for part in parts]).with_columns(
        boarding_date=iso_day(pl.col("day")),
        station_name=pl.col("station").str.replace(r"\s*\(.*$", ""),
        reject_reason=pl.lit(None, pl.String),
    )
    frame = frame.with_columns(
        entry_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(
            "source_file", "day", "line_name", "station_name"
        )
    )
    return _placed(frame.drop("day"), _station_lists(lists, catalog), catalog)


def stations(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the stations with both names and the district they lie in."""
    return _station_lists(fetched.parts, catalog).with_columns(
        reject_reason=pl.lit(None, pl.String)
    )


def _month(part: Path) -> pl.DataFrame:
    """Return one file as text; some headers claim a station code that no row has."""
    frame = read_delimited(part, HEADERS, optional=["station_code"])
    if "station_code" in frame.columns:
        has_codes = frame.get_column("station_code").str.contains(r"^\d+$").any()
        if frame.height and not has_codes:
            frame = _shifted(frame)
    return frame.select(COLUMNS)


def _shifted(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the values from `station_code` on under the name that follows theirs."""
    first = frame.columns.index("station_code")
    last = frame.columns.index("source_file")
    names, values = frame.columns[first + 1 : last], frame.columns[first : last - 1]
    return frame.select(
        *frame.columns[:first],
        *(pl.col(value).alias(name) for value, name in zip(values, names, strict=True)),
        "source_file",
    )


def _station_lists(parts: Sequence[Path], catalog: Catalog) -> pl.DataFrame:
    frame = pl.concat([read_delimited(p, STATION_HEADERS).select(STATION_COLUMNS) for p in parts])
    frame = frame.with_columns(pl.col("lon", "lat").cast(pl.Float64, strict=False))
    return frame.with_columns(district_code=area_of_points(frame, catalog))


def _placed(frame: pl.DataFrame, stations: pl.DataFrame, catalog: Catalog) -> pl.DataFrame:
    """Join places by line and name, else by name: Yangpyeong is two places 53 km apart."""
    places = stations.select(
        map_line="line_name",
        listed_name="station_name",
        place=pl.struct("lon", "lat", "district_code"),
    ).unique(["map_line", "listed_name"], keep="first", maintain_order=True)
    by_name = places.unique("listed_name", keep="first", maintain_order=True).drop("map_line")
    joined = (
        frame.with_columns(
            map_line=pl.col("line_name").replace(MAP_LINES),
            listed_name=pl.col("station_name").replace(LISTED_NAMES),
        )
        .join(places, on=["map_line", "listed_name"], how="left", maintain_order="left")
        .join(by_name, on="listed_name", how="left", maintain_order="left", suffix="_by_name")
        .with_columns(pl.coalesce("place", "place_by_name").alias("place"))
        .unnest("place")
        .drop("place_by_name", "map_line", "listed_name")
    )
    west, south, east, north = catalog.city.bounding_box
    near = pl.col("lon").is_between(west, east) & pl.col("lat").is_between(south, north)
    return joined.with_columns(pl.when(near).then(name).alias(name) for name in ("lon", "lat"))
