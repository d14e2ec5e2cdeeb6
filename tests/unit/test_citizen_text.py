"""What citizens wrote: no tag survives, no personal number survives, words do."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.citizen_text import plain_text

TAG = re.compile(r"<[a-zA-Z/!?]")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>첫 문단</p><p>둘째</p>", "첫 문단\n둘째"),
        ("가<br>나<BR/>다", "가\n나\n다"),
        ("&#39;따릉이&#39;&nbsp;확대 &amp; 개선", "'따릉이' 확대 & 개선"),
        ("&amp;quot;광장&amp;quot;", '"광장"'),
        ("<!--[if gte mso 9]><xml>표</xml><![endif]-->본문", "본문"),
        ("<style>p {color: red}</style><script>alert(1)</script>본문", "본문"),
        ('<img src=x onerror="alert(1)">사진', "사진"),
        ("홍대-&gt;신림 &lt;신통방통(가제)&gt;", "홍대->신림 <신통방통(가제)>"),
        ("  가 \t\r\n\n  나  ", "가\n나"),
        ("왼쪽\u202e른오\ufeff\x00끝", "왼쪽른오끝"),
    ],
)
def test_markup_becomes_plain_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    "empty", [None, "", " \n", "<p>&nbsp;</p>", "<script>x</script>", "\ufeff"]
)
def test_nothing_to_read_is_null(empty: str | None) -> None:
    assert plain_text(empty) is None


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<<b>script>alert(1)",
        "<svg/onload=alert(1)>",
        "<ScRiPt",
        "<\x00script>",
        "<\u200bscript>",
        "&#60;img src=x onerror=alert(1)&#62;",
        "<!--><img src=x onerror=alert(1)>-->",
        "<math><mtext></p><style><img src=x></style>",
        "<?php echo 1 ?>",
    ],
)
def test_no_tag_survives(hostile: str) -> None:
    assert not TAG.search(plain_text(hostile) or "")


@given(st.text(alphabet="<>/!?&;#lgtamp60xscript \x00\u200b\"'=-", max_size=60))
def test_no_tag_survives_in_any_mixture(hostile: str) -> None:
    assert not TAG.search(plain_text(hostile) or "")


@pytest.mark.parametrize(
    "number",
    [
        "010-1234-5678",
        "010.1234.5678",
        "010. 1234. 5678",
        "010 1234 5678",
        "01012345678",
        "011-123-4567",
        "+82-10-1234-5678",
        "82 10 1234 5678",
        "(02)123-4567",
        "02-1234-5678",
        "031) 123-4567",
        "0505-502-2020",
        "070-1234-5678",
        "０１０－１２３４－５６７８",
        "010<b>-</b>1234<i></i>-5678",
        "&#48;10-1234-5678",
        "010&nbsp;1234&nbsp;5678",
        "010\u200b-1234-5678",
        "010–1234–5678",
    ],
)
def test_telephone_numbers_are_masked_in_every_disguise(number: str) -> None:
    assert plain_text(f"연락처: {number}로 주세요") == "연락처: [PHONE]로 주세요"


@pytest.mark.parametrize(
    "address",
    [
        "gildong.hong+news@seoul.go.kr",
        "HONG@NAVER.COM",
        "hong @ naver.com",
        "hong(at)naver.com",
        "hong[AT]naver.com",
        "hong＠naver．com",
        "hong&#64;naver.com",
        "hong<span>@</span>naver.com",
    ],
)
def test_mail_addresses_are_masked_in_every_disguise(address: str) -> None:
    assert plain_text(f"메일: {address} 입니다") == "메일: [EMAIL] 입니다"


@pytest.mark.parametrize(
    "number",
    [
        "900101-1234567",
        "9001011234567",
        "900101 - 1234567",
        "900101-1******",
        "９００１０１－２２３４５６７",
    ],
)
def test_resident_numbers_are_masked_in_every_disguise(number: str) -> None:
    assert plain_text(f"주민번호 {number}.") == "주민번호 [ID]."


@pytest.mark.parametrize(
    "harmless",
    [
        "2019-12-18 10:30",
        "1,234,567원",
        "서울시 120번",
        "전화 1588-1234",
        "기사 201901710099000번",
        "따릉이 12345대, 3.5%",
        "@서울시",
        "[PHONE] [EMAIL] [ID] [USER]",
    ],
)
def test_other_numbers_are_left_alone(harmless: str) -> None:
    assert plain_text(harmless) == harmless


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "0",
        "010-",
        "<b>",
        "&amp;",
        "a@",
        "<",
        " ",
        "a.",
        "&lt;",
        "글 &amp; ",
        "글 & ",
        "<div>글",
    ],
)
def test_a_very_long_text_takes_a_moment(unit: str) -> None:
    began = time.perf_counter()
    plain_text(unit * 200_000)
    assert time.perf_counter() - began < 10
