"""Rides by kind of passenger: three tables in a sheet, of which one tells passengers apart."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from cityboard.errors import SourceError
from data_sources.draft import Cleaned
from tests.cleaning import clean
from tests.workbooks import workbook_of

HEADER = ("구분별(1)", "구분별(2)", "구분별(3)", "소계", "버스", "지하철", "택시4)")
ROWS = (
    HEADER,
    ("서울시", "유형별1)", "일반", 60, 10, 20, 30),
    ("", "", "장애인", 12, 5, 7, "-"),
    ("", "지역대분류2)", "도심권", 100, 50, 40, 10),
    ("", "", "동북권", 100, 50, 40, 10),
    ("※ 모든 데이터는", "", "", "", "", "", ""),
)
UNITS = ("", "", "", "", "", "", "(단위 : 건)")


def _clean(tmp_path: Path, **sheets: tuple[tuple[object, ...], ...]) -> Cleaned:
    return clean("rides_by_passenger", {"rides.xlsx": workbook_of(sheets)}, tmp_path)


def test_every_sheet_is_a_year_whatever_stands_above_its_header(tmp_path: Path) -> None:
    sheets = {"2021년": (UNITS, *ROWS), "2022년": ROWS}
    frame = clean("rides_by_passenger", {"rides.xlsx": workbook_of(sheets)}, tmp_path).frame
    disabled = frame.filter(frame.get_column("passenger_type") == "disabled")
    assert disabled.drop("passenger_type").rows() == [
        (dt.date(2021, 1, 1), "bus", 5),
        (dt.date(2021, 1, 1), "subway", 7),
        (dt.date(2022, 1, 1), "bus", 5),
        (dt.date(2022, 1, 1), "subway", 7),
    ]


def test_what_tells_no_passengers_apart_is_kept_as_rejects(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, **{"2023년": ROWS})
    assert cleaned.frame.height == 4
    assert Counter(cleaned.rejects.get_column("reason")) == {
        "counted by place, not by passenger": 8,
        "a note, or an empty cell": 4,
        "total of other rows": 2,
        "taxis do not tell passengers apart": 2,
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [("시트1", "sheets called 2023년"), ("2023년", "the sheet 2023년 has")],
)
def test_another_workbook_is_refused_by_its_name(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(SourceError, match=rf"rides\.xlsx: {words}"):
        _clean(tmp_path, **{name: (("자치구", "버스"), ("중구", 1))})
