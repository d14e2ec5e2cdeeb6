"""Every envelope of the Plaza is read, and nothing else is."""

import json

import pytest

from cityboard.errors import PassingError, SourceError
from data_sources.plaza.codes import REMEDIES, refusal
from data_sources.plaza.envelope import parse, section
from tests.plaza_hostile import HOSTILE
from tests.plaza_invented import FIXTURES, PLACE, ROWS, enveloped, write_fixtures

RECORDED_ROWS = {
    "CardSubwayStatsNew.2024-08-30.json": 5,
    "RealtimeCityAir.2021-05-11.json": 25,
    "RealtimeCityAir.2025-02-04.trimmed.json": 2,
    "tbCycleRentUseTimeInfo.rows.json": 5,
    "tbCycleStationInfo.1-1000.trimmed20.json": 20,
    "tbCycleStationInfo.3001-3156.json": 156,
}


def document(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", FIXTURES)
def test_every_invented_answer_gives_its_rows(name, tmp_path):
    answer = parse((write_fixtures(tmp_path) / name).read_bytes())
    assert len(answer.rows) == ROWS[name]


def test_every_answer_kept_from_seoul_gives_its_rows(seoul_data):
    folder = seoul_data / "api/fixtures"
    names = sorted(path.name for path in folder.iterdir() if path.name != "INDEX.json")
    counts = {name: len(parse((folder / name).read_bytes()).rows) for name in names}
    expected = {name: 0 if name.startswith("error.") else 1 for name in names} | RECORDED_ROWS
    assert counts == expected


def test_every_refusal_kept_from_seoul_gives_the_code_in_its_name(seoul_data):
    for path in (seoul_data / "api/fixtures").glob("error.*"):
        answer = parse(path.read_bytes())
        assert answer.code in path.name
        assert answer.message


def test_the_envelope_of_a_service_never_seen_is_understood():
    body = document({"bakeryOven": {"list_total_count": 2, "row": [{"A": 1}, {"A": "2"}]}})
    assert parse(body).rows == ({"A": 1}, {"A": "2"})


def test_rows_are_found_under_any_root_and_at_any_depth():
    body = document({"outer": {"inner": {"items": [{"A": 1}], "pageNo": 1, "totalCount": 7}}})
    answer = parse(body)
    assert answer.rows == ({"A": 1},)
    assert answer.total == 7


def test_a_list_of_rows_comes_before_an_object_beside_it():
    body = document({"DESCRIPTION": {"TITLE": "도서관"}, "DATA": [{"name": "가"}]})
    assert parse(body).rows == ({"name": "가"},)


def test_one_object_with_values_of_its_own_is_one_row_and_its_parts_are_not_rows():
    answer = parse(document(FIXTURES["placeNow.json"][1]))
    assert answer.rows == (PLACE,)


def test_a_single_object_under_row_is_one_row():
    body = document(enveloped("anything", {"A": "1"}, total=1))
    assert parse(body).rows == ({"A": "1"},)


@pytest.mark.parametrize("empty", [[], "", None])
def test_an_empty_row_is_no_row_when_the_service_counts_none(empty):
    answer = parse(document(enveloped("anything", empty, total=0)))
    assert (answer.rows, answer.total) == ((), 0)


def test_the_status_inside_a_row_is_read_and_not_left_in_the_row():
    answer = parse(document(FIXTURES["crowdNow.PLC002.json"][1]))
    assert answer.code == "INFO-000"
    assert "RESULT" not in answer.rows[0]


def test_a_refusal_inside_a_row_counts_more_than_a_success_outside():
    row = {"AREA_NM": "가", "RESULT": {"RESULT.CODE": "ERROR-500", "RESULT.MESSAGE": "오류"}}
    answer = parse(document({"RESULT": {"CODE": "INFO-000"}, "Live.x": [row]}))
    assert (answer.code, answer.message, answer.rows) == ("ERROR-500", "오류", ())


@pytest.mark.parametrize("is_list", [True, False])
def test_a_column_called_code_is_not_a_result_code(is_list):
    row = {"CODE": "ERROR-500", "code": "ERROR-500"}
    assert parse(document(enveloped("x", [row] if is_list else row, total=1))).rows == (row,)


def test_a_column_called_result_stays_in_its_row():
    rows = ({"RESULT": "적합"}, {"RESULT": None, "A": "1"})
    assert parse(document(enveloped("x", list(rows)))).rows == rows


def test_a_refusal_in_a_row_that_is_one_object_counts():
    row = {"A": "1", "RESULT": {"RESULT.CODE": "ERROR-600"}}
    assert parse(document({"x": {"row": row}})).code == "ERROR-600"


@pytest.mark.parametrize(("count", "total"), [("3156", 3156), (25.0, 25), ("7.0", 7), ("", None)])
def test_the_count_may_be_text_or_a_number(count, total):
    assert parse(document(enveloped("x", [{"A": 1}], total=count))).total == total


def test_the_count_of_the_subway_host_stands_in_its_error_message():
    answer = parse(document(FIXTURES["swopen.realtimeStationArrival.json"][1]))
    assert answer.total == 2


def test_xml_gives_the_rows_that_json_would():
    answer = parse(FIXTURES["riverLevel.xml"][1].encode())
    assert answer.rows == ({"gauge": "가교", "level_m": "1.2"}, {"gauge": "나교", "level_m": "0.9"})
    assert answer.total == 2


def test_one_row_of_xml_is_one_row():
    body = f"<x>{'<row><A>1</A></row>'}<list_total_count>1</list_total_count></x>".encode()
    assert parse(body).rows == ({"A": "1"},)


def test_a_bad_key_told_in_xml_is_read_whatever_was_asked():
    body = "<RESULT><CODE>INFO-100</CODE><MESSAGE><![CDATA[인증키가\n틀림]]></MESSAGE></RESULT>"
    assert parse(body.encode()).code == "INFO-100"


def test_a_byte_order_mark_is_no_part_of_the_answer():
    assert parse(b"\xef\xbb\xbf" + document([{"A": 1}])).rows == ({"A": 1},)


def test_a_nested_part_is_rows_whether_list_object_or_empty():
    assert section(PLACE, "CROWD") == [{"LEVEL": "여유", "MIN": "100"}]
    assert section(PLACE, "ROADS") == [{"SPEED": "31"}]
    assert section(PLACE, "BUSES") == section(PLACE, "TRAINS") == section(PLACE, "NONE") == []


@pytest.mark.parametrize("code", REMEDIES)
def test_every_refusal_says_its_code_and_words_in_both_languages(code):
    text = str(refusal(code, "", asked="http://x/***/json/y/1/5/"))
    korean, english = REMEDIES[code]
    assert code in text
    assert korean in text
    assert english in text


@pytest.mark.parametrize("code", [*REMEDIES, "ERROR-999"])
def test_only_a_failed_server_or_database_is_worth_another_try(code):
    passing = isinstance(refusal(code, "", asked="x"), PassingError)
    assert passing == (code in {"ERROR-500", "ERROR-600"})


@pytest.mark.parametrize("name", HOSTILE)
def test_an_answer_that_is_no_answer_is_refused(name):
    with pytest.raises(SourceError, match=r"The answer cannot be read: .+ Try again later"):
        parse(HOSTILE[name])


def test_every_way_of_cutting_an_answer_is_refused():
    body = document(enveloped("x", [{"A": "가", "B": 1.5}, {"A": "나", "B": 2}]))
    for length in range(len(body)):
        with pytest.raises(SourceError):
            parse(body[:length])
