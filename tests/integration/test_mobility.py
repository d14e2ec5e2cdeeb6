"""Bicycles, subway and buses from the published files of Seoul, counted to the row."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from cityboard.catalog import Catalog
from data_sources import bike, bike_stations, subway
from data_sources.draft import Cleaned, conform
from data_sources.fetched import fetch_files
from data_sources.plaza import Plaza
from tests.cleaning import clean_published, seoul
from tests.plaza_server import PlazaServer

pytestmark = pytest.mark.seoul

STATIONS_2018 = "bike/stations/*20181129.csv"
STATIONS_SUBWAY = "subway/static/subway_station.csv"


def _rejects(cleaned: Cleaned) -> dict[str, int]:
    return dict(cleaned.rejects.get_column("reason").value_counts().iter_rows())


def _trips(data: Path, *patterns: str) -> Cleaned:
    fetched = fetch_files(data, [*patterns, STATIONS_2018])
    return conform(bike.trips(fetched, seoul()), seoul().dataset("bike_trips"), seoul())


def _subway(data: Path, *patterns: str) -> pl.DataFrame:
    fetched = fetch_files(data, [*patterns, STATIONS_SUBWAY])
    dataset = seoul().dataset("subway_boardings_daily")
    return conform(subway.boardings_daily(fetched, seoul()), dataset, seoul()).frame


@pytest.fixture(scope="module")
def trips(seoul_data: Path) -> Cleaned:
    return clean_published("bike_trips", seoul_data)


@pytest.fixture(scope="module")
def boardings(seoul_data: Path) -> Cleaned:
    return clean_published("subway_boardings_daily", seoul_data)


@pytest.fixture(scope="module")
def bus(seoul_data: Path) -> Cleaned:
    return clean_published("bus_boardings", seoul_data)


def test_every_trip_is_published_but_two_that_end_before_they_begin(trips: Cleaned) -> None:
    assert (trips.rows_in, trips.frame.height) == (101_149, 101_147)
    assert _rejects(trips) == {"returned before it was rented": 2}


def test_trips_from_listed_stations_have_a_place(trips: Cleaned) -> None:
    places = trips.frame.select("lon", "lat", "district_code").null_count()
    assert places.row(0) == (1945, 1945, 1945)  # 98.1 % joined


def test_trips_fill_the_year_of_the_city_s_own_calendar(trips: Cleaned) -> None:
    local = trips.frame.get_column("rented_at").dt.convert_time_zone("Asia/Seoul").dt.date()
    assert (local.min(), local.max()) == (dt.date(2018, 1, 1), dt.date(2018, 12, 31))


def test_impossible_distances_are_empty(trips: Cleaned) -> None:
    assert trips.frame.get_column("distance_m").null_count() == 1346


@pytest.mark.parametrize("month", ["201801", "201806"])
def test_a_month_in_cp949_gives_identical_trips(month: str, seoul_data: Path) -> None:
    new = _trips(seoul_data, f"bike/trips_2018_1pct_utf8/*{month}_utf8.csv")
    old = _trips(seoul_data, f"bike/trips_2018_1pct_cp949/*{month}_cp949.csv")
    assert new.frame.equals(old.frame)


def test_the_trips_of_2017_under_korean_headers_load(seoul_data: Path) -> None:
    cleaned = _trips(seoul_data, "bike/trips_2017_sample/*.csv")
    assert (cleaned.rows_in, cleaned.frame.height) == (999, 999)
    assert cleaned.frame.get_column("sex").value_counts().sort("sex").rows() == [
        ("female", 221),
        ("male", 722),
        ("unknown", 56),
    ]


def test_every_station_is_published_and_three_have_no_place(seoul_data: Path) -> None:
    cleaned = clean_published("bike_stations", seoul_data)
    pages = seoul_data.glob("bike/stations_tbCycleStationInfo_json/*.json")
    rows = [r for p in pages for r in json.loads(p.read_text())["stationInfo"]["row"]]
    assert (cleaned.rows_in, cleaned.frame.height) == (len(rows), 3156)
    assert cleaned.frame.get_column("lon").null_count() == 3
    racks = sum(int(row.get("HOLD_NUM") or 0) for row in rows)
    assert cleaned.frame.get_column("racks").sum() == racks


@pytest.mark.parametrize(
    ("name", "rows", "placed"),
    [
        ("*20181129.csv", 1453, 1453),
        ("*21.01.31*.csv", 2157, 2042),
        ("bcycle_master_location.csv", 3385, 3371),
        ("*마스터 정보.csv", 3421, 3343),
    ],
)
def test_every_list_of_stations_loads(name: str, rows: int, placed: int, seoul_data: Path) -> None:
    draft = bike_stations.stations_csv(fetch_files(seoul_data, [f"bike/stations/{name}"]), seoul())
    cleaned = conform(draft, seoul().dataset("bike_stations"), seoul())
    assert (cleaned.rows_in, cleaned.frame.get_column("lon").count()) == (rows, placed)


def test_stations_answered_by_the_live_service_are_cleaned_alike(
    seoul_data: Path, client: Callable[..., Plaza]
) -> None:
    """The server repeats the 176 recorded stations until it has as many as were announced."""
    with PlazaServer(seoul_data / "api/fixtures", fill=True) as server:
        fetched = client(server).fetch("tbCycleStationInfo", ())
        draft = bike_stations.stations(fetched, seoul())
    cleaned = conform(draft, seoul().dataset("bike_stations"), seoul())
    assert (cleaned.rows_in, cleaned.frame.height) == (3156, 176)
    assert _rejects(cleaned) == {"duplicate key (station_id, station_number)": 2980}


def test_no_row_of_the_subway_is_lost(boardings: Cleaned) -> None:
    assert (boardings.rows_in, boardings.frame.height) == (1_188_646, 1_188_646)


def test_the_years_of_the_subway_add_up(boardings: Cleaned) -> None:
    years = boardings.frame.group_by(pl.col("boarding_date").dt.year()).agg(pl.sum("boardings"))
    totals = dict(years.iter_rows())
    assert totals[2019] == pytest.approx(2.717e9, abs=5e5)
    assert sum(totals.values()) == 13_386_844_951


def test_counts_given_twice_for_a_day_are_the_airport_railway_s_gates(boardings: Cleaned) -> None:
    again = boardings.frame.filter(pl.col("entry_number") > 1)
    assert again.height == 310
    assert again.get_column("line_name").unique().to_list() == ["경의선"]
    assert set(again.get_column("station_name")) == {
        "서울역",
        "공덕",
        "홍대입구",
        "디지털미디어시티",
    }


def test_every_station_of_the_subway_within_the_map_has_a_place(
    boardings: Cleaned, seoul_data: Path
) -> None:
    """Those without a place are stations the list puts beyond the map, not stations it lacks."""
    far = boardings.frame.filter(pl.col("lon").is_null())
    stations = clean_published("subway_stations", seoul_data)
    beyond = {json.loads(row)["station_name"] for row in stations.rejects.get_column("row")}
    former = {"지제", "인천국제공항"}  # the list has Pyeongtaek-Jije and Incheon Airport Terminal 1
    assert set(far.get_column("station_name")) - beyond == former


@pytest.mark.parametrize("month", ["202006", "202009"])
def test_a_month_whose_header_lies_gives_the_counts_of_the_honest_one(
    month: str, seoul_data: Path
) -> None:
    shifted = _subway(seoul_data, f"subway/quirk_header_shift/*{month}.csv")
    honest = _subway(seoul_data, f"subway/daily_2020_2021_renamed_cols/*{month}.csv")
    assert shifted.equals(honest)


def test_stations_of_the_subway_beyond_the_map_are_rejected(seoul_data: Path) -> None:
    cleaned = clean_published("subway_stations", seoul_data)
    assert (cleaned.rows_in, cleaned.frame.height) == (785, 483)
    assert _rejects(cleaned) == {"coordinates outside the city": 302}


def test_every_hour_of_every_bus_line_is_accounted_for(bus: Cleaned) -> None:
    assert bus.rows_in == 197_862 * 24
    assert _rejects(bus) == {
        "nobody boarded or alighted": 1_158_568,
        "stop has no coordinates": 378_182,
        "stop is virtual and stands nowhere": 16_722,
    }
    assert bus.frame.height == 3_195_216
    assert bus.frame.get_column("stop_id_ars").n_unique() == 10_407


def test_boardings_without_a_place_are_the_rest_of_the_total(bus: Cleaned) -> None:
    rows = bus.rejects.get_column("row").str.extract(r'"boardings":(\d+)').cast(pl.Int64)
    published = bus.frame.get_column("boardings").cast(pl.Int64).sum()
    assert published == 572_103_410
    assert published + rows.sum() == 606_537_351


def test_the_bus_rows_are_the_reference_and_the_lines_it_took_for_headers(
    bus: Cleaned, seoul_data: Path
) -> None:
    """January and February have no header; the reference lost the first line of each: 39 hours."""
    reference = pl.read_parquet(seoul_data / "bus/bus_stop_route_hour_2022_long.parquet")
    ours = bus.frame.select(
        pl.col("month").dt.strftime("%Y%m").cast(pl.Int32).alias("ym"),
        pl.col("route_id").alias("route"),
        pl.col("stop_id_ars").alias("ars"),
        pl.col("hour").cast(pl.Int8),
        pl.col("boardings").alias("boarding"),
        pl.col("alightings").alias("alighting"),
        pl.col("lon", "lat").cast(pl.Float32),
    )
    ours = ours.group_by(ours.columns).len()
    theirs = reference.select(ours.columns[:-1]).group_by(reference.columns).len()
    more = ours.join(theirs, on=ours.columns, how="anti")
    fewer = theirs.join(ours, on=ours.columns, how="anti")
    assert fewer.is_empty()
    assert more.get_column("len").sum() == 39
    lines = more.group_by("ym", "route", "ars").agg(pl.sum("len")).sort("ym")
    assert lines.rows() == [(202201, "741", "01001", 20), (202202, "470", "01001", 19)]


def test_stops_lie_in_the_district_of_their_number(bus: Cleaned) -> None:
    """ARS numbers begin with the number of the district; few stand across its border."""
    numbers = {code: f"{n:02}" for n, code in enumerate(_district_codes(seoul()), start=1)}
    stops = bus.frame.unique("stop_id_ars").drop_nulls("district_code")
    expected = stops.get_column("district_code").replace_strict(numbers)
    agree = (stops.get_column("stop_id_ars").str.slice(0, 2) == expected).mean()
    assert agree > 0.98
    assert stops.height > 10_300


def _district_codes(catalog: Catalog) -> list[str]:
    return sorted(area.code for area in catalog.areas("district"))
