"""Bus boardings: zipped lines whose names hold commas, with a quoted header or none."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest

from cityboard.errors import ContractError, SourceError
from data_sources.draft import Cleaned
from tests.cleaning import clean
from tests.workbooks import workbook

HEADER = '"사용년월,노선번호,노선명,버스정류장ARS번호,역명,00시승차총승객수,00시하차총승객수'
STOPS = workbook(
    ("NODE_ID", "ARS_ID", "정류소명", "X좌표", "Y좌표", "정류소타입"),
    (100000001, "01001", "종로2가사거리", 126.9877522923, 37.5698055407, "중앙차로"),
    (100000002, "01133", "세검초등학교", 126.9522, 37.6018, "일반차로"),
)


def _line(start: str, *, hour: int = 8, boardings: int = 5, alightings: int = 7) -> str:
    """Return a line with passengers in one hour only."""
    counts = ["0"] * 48
    counts[2 * hour], counts[2 * hour + 1] = str(boardings), str(alightings)
    return ",".join([start, *counts])


def _zip(*lines: str, encoding: str = "utf-8", name: str = "2022_01.txt") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, ("\n".join(lines) + "\n").encode(encoding))
    return content.getvalue()


def _clean(folder: Path, *lines: str, **options: str) -> Cleaned:
    files: dict[str, str | bytes] = {"2022_01.txt.zip": _zip(*lines, **options)}
    return clean("bus_boardings", files | {"stops.xlsx": STOPS}, folder)


PLAIN = _line("202201,741,741번(진관차고지~헌인릉입구),01001,종로2가사거리")


def test_an_hour_with_passengers_is_a_row(tmp_path: Path) -> None:
    assert _clean(tmp_path, PLAIN).frame.row(0, named=True) == {
        "month": dt.date(2022, 1, 1),
        "stop_id_ars": "01001",
        "stop_name": "종로2가사거리",
        "route_id": "741",
        "entry_number": 1,
        "hour": 8,
        "district_code": "11110",
        "lon": 126.9877522923,
        "lat": 37.5698055407,
        "boardings": 5,
        "alightings": 7,
    }


def test_every_hour_is_published_or_rejected(tmp_path: Path) -> None:
    cleaned = _clean(tmp_path, PLAIN)
    assert (cleaned.rows_in, cleaned.frame.height) == (24, 1)
    assert cleaned.rejects.get_column("reason").to_list() == ["nobody boarded or alighted"] * 23


@pytest.mark.parametrize("count", ["boardings", "alightings"])
def test_an_hour_in_which_passengers_only_boarded_or_only_alighted_counts(
    count: str, tmp_path: Path
) -> None:
    start = "202201,741,741번,01001,종로2가사거리"
    counts = {"boardings": 0, "alightings": 0} | {count: 1}
    assert _clean(tmp_path, _line(start, **counts)).frame.height == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_month_may_have_a_header_in_one_quote_or_none(encoding: str, tmp_path: Path) -> None:
    with_header = _clean(tmp_path / "with", HEADER, PLAIN, encoding=encoding)
    assert with_header.rows_in == 24
    assert with_header.frame.equals(_clean(tmp_path / "without", PLAIN).frame)


def test_the_first_line_of_a_month_without_a_header_is_not_lost(tmp_path: Path) -> None:
    second = PLAIN.replace("741", "470")
    assert _clean(tmp_path, PLAIN, second).frame.get_column("route_id").n_unique() == 2


def test_commas_in_the_name_of_a_route_move_nothing(tmp_path: Path) -> None:
    line = _line("202201,110B,110번(B,국민대방향,정릉~정릉),01133,세검초등학교")
    row = _clean(tmp_path, line).frame.row(0, named=True)
    assert (row["route_id"], row["stop_id_ars"], row["boardings"]) == ("110B", "01133", 5)


def test_a_comma_in_the_name_of_a_stop_moves_nothing(tmp_path: Path) -> None:
    line = _line("202201,1155,1155번(청학리~석계역),01001,유승한내들2차,묘원입구")
    row = _clean(tmp_path, line).frame.row(0, named=True)
    assert (row["stop_name"], row["boardings"]) == ("유승한내들2차,묘원입구", 5)


def test_a_virtual_stop_and_one_nobody_lists_are_rejected(tmp_path: Path) -> None:
    virtual = _line("202201,272,272번(면목동~남가좌동),~,중곡초등학교(가상)")
    unlisted = _line("202201,1155,1155번(청학리~석계역),49497,유승한내들")
    reasons = _clean(tmp_path, virtual, unlisted).rejects.get_column("reason")
    assert sorted(set(reasons)) == [
        "nobody boarded or alighted",
        "stop has no coordinates",
        "stop is virtual and stands nowhere",
    ]


def test_a_route_that_calls_twice_at_a_stop_keeps_both(tmp_path: Path) -> None:
    again = PLAIN.replace("진관차고지~헌인릉입구", "헌인릉입구~진관차고지")
    assert _clean(tmp_path, PLAIN, again).frame.get_column("entry_number").to_list() == [1, 2]


def test_a_month_that_comes_twice_is_counted_once(tmp_path: Path) -> None:
    files = {"1.zip": _zip(PLAIN), "2.zip": _zip(PLAIN), "stops.xlsx": STOPS}
    cleaned = clean("bus_boardings", dict(files), tmp_path)
    assert (cleaned.rows_in, cleaned.frame.height) == (48, 1)


@pytest.mark.parametrize(
    "line",
    ["202201,741,741번,01001,종로2가사거리,1,2", PLAIN.replace(",5,", ",x,"), f"{PLAIN}x", ""],
)
def test_a_line_that_cannot_be_read_is_one_reject_at_its_place(line: str, tmp_path: Path) -> None:
    rejects = _clean(tmp_path, PLAIN, line).rejects
    unread = rejects.filter(rejects.get_column("reason") == "line is not five fields and 48 counts")
    assert unread.get_column("source_row").to_list() == [2]


def test_a_zip_without_a_month_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"2022_01\.txt\.zip: one readable \.txt"):
        _clean(tmp_path, PLAIN, name="readme.md")


def test_a_register_without_positions_names_what_it_has(tmp_path: Path) -> None:
    stops = workbook(("ARS_ID", "X", "Y"), ("01001", 126.98, 37.57))
    with pytest.raises(ContractError, match=r"stops\.xlsx: no column for lon, lat"):
        clean("bus_boardings", {"m.zip": _zip(PLAIN), "stops.xlsx": stops}, tmp_path)
