"""Major crimes per district: a header of four lines, totals among the rows, a dash for none."""

import datetime as dt
from pathlib import Path

import pytest

from cityboard.errors import SourceError
from data_sources.draft import Cleaned
from tests.cleaning import clean

HEADER = (
    '\ufeff"자치구별(1)",자치구별(2),{year},{year},{year},{year},{year},{year}\n'
    '"자치구별(1)",자치구별(2),합계,합계,합계,합계,합계,합계\n'
    '"자치구별(1)",자치구별(2),소계,소계,살인,살인,강간·강제추행,강간·강제추행\n'
    '"자치구별(1)",자치구별(2),발생,검거,발생,검거,발생,검거\n'
)


def _clean(tmp_path: Path, *rows: str, year: int = 2022, header: str = HEADER) -> Cleaned:
    text = header.format(year=year) + "\n".join(rows) + "\n"
    return clean("crime", {f"{year}.csv": text}, tmp_path)


def test_each_crime_of_a_district_is_a_row_with_both_counts(tmp_path: Path) -> None:
    frame = _clean(tmp_path, "합계,강남구,571,434,5,3,566,431").frame
    assert frame.rows() == [
        (dt.date(2022, 1, 1), "11680", "murder", 5, 3),
        (dt.date(2022, 1, 1), "11680", "sexual_violence", 566, 431),
    ]


def test_totals_of_districts_and_crimes_are_kept_as_rejects(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, "합계,소계,571,434,5,3,566,431", "합계,강남구,571,434,5,3,566,431")
    assert cleaned.rows_in == 6
    assert cleaned.rejects.get_column("reason").to_list() == ["total of other rows"] * 4


def test_a_dash_is_none_and_clearances_may_exceed_reports(tmp_path: Path) -> None:
    frame = _clean(tmp_path, "합계,서대문구,2,4,-,2,2,2").frame
    murder = frame.filter(frame.get_column("crime_type") == "murder")
    assert murder.select("reported", "cleared").row(0) == (0, 2)


def test_a_reject_points_at_its_line(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, "합계,강남구,5,3,5,3,x,0")
    reject = cleaned.rejects.filter(cleaned.rejects.get_column("reason").str.contains("whole"))
    assert reject.select("reason", "source_row").rows() == [("reported is not a whole number", 5)]


def test_a_count_below_none_is_rejected_and_kept(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, "합계,강남구,2,2,-3,1,5,1")
    negative = cleaned.rejects.filter(cleaned.rejects.get_column("reason") == "reported below 0")
    assert negative.height == 1
    assert '"reported":"-3"' in negative.item(0, "row")
    assert cleaned.frame.get_column("crime_type").to_list() == ["sexual_violence"]


def test_an_unknown_crime_and_an_unknown_district_are_rejected(tmp_path: Path) -> None:
    header = HEADER.replace("살인", "방화")
    cleaned = _clean(tmp_path, "합계,강남군,0,0,1,1,2,2", "합계,중구,0,0,1,1,2,2", header=header)
    reasons = cleaned.rejects.get_column("reason").to_list()
    assert reasons.count("crime_type is an unknown code") == 1
    assert reasons.count("district_code is missing") == 2


@pytest.mark.parametrize(
    "header",
    [
        HEADER.replace("발생,검거,발생,검거,발생,검거", "발생,발생,검거,발생,검거,발생"),
        HEADER.partition("\n")[2],
        "구,발생\n",
        "a\n",
    ],
)
def test_another_header_is_refused_by_the_name_of_its_file(tmp_path: Path, header: str) -> None:
    with pytest.raises(SourceError, match=r"2022\.csv: the first 4 lines are not the header"):
        _clean(tmp_path, header=header)
