"""Safety, opinion and housing from the published files of Seoul, counted to the row."""

import re
from pathlib import Path

import polars as pl
import pyproj
import pytest

from data_sources.draft import Cleaned
from data_sources.places import area_of_points, district_code
from tests.cleaning import clean_published, seoul

pytestmark = pytest.mark.seoul

PERSONAL = (  # written anew here, wider than the masks
    re.compile(r"(?<!\d)01[016-9][ .\-]{0,2}\d{3,4}[ .\-]{1,2}\d{4}(?!\d)"),
    re.compile(r"\w@\w+\.\w"),
    re.compile(r"(?<!\d)\d{6}-[1-4]\d{6}"),
)


def _rejects(cleaned: Cleaned) -> dict[str, int]:
    return dict(cleaned.rejects.get_column("reason").value_counts().iter_rows())


def _metres(frame: pl.DataFrame) -> pl.Series:
    """Return the distance (m) between (`lon`, `lat`) and (`lng`, `lat_right`)."""
    points = frame.select("lon", "lat", "lng", "lat_right").cast(pl.Float64).to_numpy().T
    return pl.Series(pyproj.Geod(ellps="WGS84").inv(*points)[2])


def test_crimes_of_the_districts_add_up_to_the_printed_totals(seoul_data: Path) -> None:
    cleaned = clean_published("crime", seoul_data)
    assert (cleaned.frame.height, _rejects(cleaned)) == (625, {"total of other rows": 155})
    years = cleaned.frame.group_by(pl.col("year_start_date").dt.year())
    totals = years.agg(pl.col("reported", "cleared").sum()).sort("year_start_date")
    assert totals.rows() == [
        (2019, 103_668, 74_805),
        (2020, 92_679, 66_548),
        (2021, 80_445, 58_012),
        (2022, 90_399, 65_097),
        (2023, 86_213, 64_823),
    ]


def test_police_boxes_are_those_whose_own_name_says_so(seoul_data: Path) -> None:
    cleaned = clean_published("police_boxes", seoul_data)
    assert (cleaned.rows_in, cleaned.frame.height) == (411, 255)
    assert _rejects(cleaned) == {"no police box, but a place named after one": 156}
    assert cleaned.frame["district_code"].n_unique() == 25


def test_every_camera_site_with_a_usable_place_is_published(seoul_data: Path) -> None:
    cleaned = clean_published("cctv_cameras", seoul_data)
    assert (cleaned.rows_in, cleaned.frame.height) == (21_121, 20_434)
    assert _rejects(cleaned) == {"coordinates outside the city": 687}
    assert cleaned.frame.get_column("cameras").sum() == 38_166
    assert cleaned.frame.get_column("district_code").null_count() == 0


def test_a_month_of_installation_is_known_wherever_one_is_written(seoul_data: Path) -> None:
    frame = clean_published("cctv_cameras", seoul_data).frame
    assert frame.get_column("installed_month").null_count() == 1137
    assert frame.select(pl.col("installed_year").min(), last=pl.max("installed_year")).rows() == [
        (1999, 2017)
    ]


def test_bells_are_where_their_points_are_though_44_are_spelled_elsewhere(
    seoul_data: Path,
) -> None:
    frame = clean_published("emergency_bells", seoul_data).frame
    assert frame.height == 22_779
    assert frame.get_column("district_code").n_unique() == 25
    path = next(seoul_data.glob("safety/bells_police/비상벨*.csv"))
    raw = pl.read_csv(path, infer_schema=False).with_row_index("record_number", offset=2)
    assert raw.get_column("구").n_unique() == 415
    spelled = raw.select(
        pl.col("record_number").cast(pl.Int32), spelled=district_code("구", seoul())
    )
    both = frame.join(spelled.drop_nulls(), on="record_number")
    assert both.height == 21_899
    assert both.filter(pl.col("spelled") != pl.col("district_code")).height == 44


def test_lights_at_the_sentinel_are_the_only_ones_lost(seoul_data: Path) -> None:
    cleaned = clean_published("street_lights", seoul_data)
    assert cleaned.frame.height == 19_291
    assert _rejects(cleaned) == {"coordinates outside the city": 25}


def test_fire_stations_are_where_somebody_else_put_them(seoul_data: Path) -> None:
    frame = clean_published("fire_stations", seoul_data).frame
    assert frame.height == 177
    other = pl.read_csv(seoul_data / "safety/fire_shelter_hospital/fire_station.csv")
    both = frame.join(other, left_on="station_name", right_on="서ㆍ센터명")
    assert both.height == 24
    assert _metres(both).max() < 0.01
    named = both.select("district_code", named=district_code("구", seoul())).drop_nulls()
    assert named.height == 23  # the other file writes 중부구 for 중구
    assert named.get_column("district_code").equals(named.get_column("named"))


def test_hospitals_lie_in_the_districts_that_licensed_them(seoul_data: Path) -> None:
    frame = clean_published("hospitals", seoul_data).frame
    assert (frame.height, frame.get_column("open_hospitals").sum()) == (848, 547)
    placed = frame.drop_nulls("lon")
    assert placed.height == 735
    codes = area_of_points(placed, seoul())
    assert codes.equals(placed.get_column("district_code"))


def test_hospitals_stand_within_a_block_of_where_somebody_else_put_them(seoul_data: Path) -> None:
    frame = clean_published("hospitals", seoul_data).frame.drop_nulls("lon")
    other = pl.read_csv(seoul_data / "safety/fire_shelter_hospital/hospital.csv")
    once = frame.unique("hospital_name", keep="none")
    both = once.join(other, left_on="hospital_name", right_on="사업장명")
    assert both.height > 50
    assert _metres(both).median() < 100  # some of the others were placed by name alone


def test_every_proposal_is_published_even_the_empty_ones(seoul_data: Path) -> None:
    cleaned = clean_published("citizen_proposals", seoul_data)
    assert (cleaned.rows_in, cleaned.frame.height) == (4892, 4892)
    assert cleaned.frame.get_column("body_text").null_count() == 101
    assert cleaned.frame.get_column("title").null_count() == 0
    assert cleaned.frame.get_column("district_code").count() == 445


def test_no_proposal_holds_markup_or_a_personal_number(seoul_data: Path) -> None:
    frame = clean_published("citizen_proposals", seoul_data).frame
    texts = [*frame.get_column("title"), *frame.get_column("body_text").drop_nulls()]
    assert not [text for text in texts if re.search(r"<[a-zA-Z/!?]|&[a-z]+;|&#\d+;", text)]
    assert not [text for text in texts if any(pattern.search(text) for pattern in PERSONAL)]


def test_sales_name_all_25_districts_in_every_year(seoul_data: Path) -> None:
    frame = clean_published("apartment_sales", seoul_data).frame
    assert frame.height == 99_995
    years = frame.group_by(pl.col("sold_month").dt.year()).agg(pl.col("district_code").n_unique())
    assert years.select("district_code").unique().rows() == [(25,)]
    assert frame.get_column("price_krw").sum() == 5_804_650_834 * 10_000
