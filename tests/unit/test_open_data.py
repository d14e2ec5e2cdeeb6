"""The list of the Plaza: numbers for fields, a district in a title, a service for an API."""

from pathlib import Path

from tests.cleaning import clean

LIST = (
    "INF_ID,title,group,service\n"
    "OA-1,서울시 강동구 명일2동 주민센터 새소식 정보,9,GdTnBbs\n"
    "OA-2,서울시 자치구 통계,8,\n"
    "OA-3,서울시 종로구 새 분야,13,\n"
)


def test_a_data_set_has_its_field_its_district_and_whether_it_has_an_api(tmp_path: Path) -> None:
    frame = clean("open_data_titles", {"titles.csv": LIST}, tmp_path).frame
    names = ("dataset_id_seoul", "field_code", "district_code", "apis", "service_name")
    assert sorted(frame.select(names).rows()) == [
        ("OA-1", "administration", "11740", 1, "GdTnBbs"),
        ("OA-2", "population", None, 0, None),
    ]


def test_a_field_without_a_name_is_rejected(tmp_path: Path) -> None:
    rejects = clean("open_data_titles", {"titles.csv": LIST}, tmp_path).rejects
    assert rejects.get_column("reason").to_list() == ["field_code is an unknown code"]
