"""Nouns of Korean text by the morphology of Kiwi, without names of persons and empty words.

Kiwi's analysis depends on its version: the requirements pin it, and a recount needs the same.
"""

import functools
import re
from collections.abc import Iterable

from kiwipiepy import Kiwi

# Compounds that people mean as one word; Kiwi's own dictionary takes them apart.
COMPOUNDS = """
공공자전거 길고양이 녹색교통 미세먼지 생활임금 쓰레기통 전동킥보드 제로페이 흡연부스 횡단보도
"""
# A proper noun may be the name of a person, so only these and the city's own areas are kept.
PROPER_NOUNS = """
강남역 경복궁 경의선 광화문 교대역 남산 네이버 노들섬 대한민국 동대문 따릉이 명동 미국 반포 북한
북한산 불광천 서울로 서울숲 서울역 서울시청 세운상가 신분당선 신촌 안양천 양재천 여의도
올림픽대로 용산 유튜브 은평뉴타운 이태원 인천 일본 잠실 저상버스 종로 중국 중랑천 지하철역
청계천 탄천 한강 한강공원 헬리오시티 홍대 홍제천
"""
# What stands in a proposal because it is one: greetings, thanks, and words of no subject.
EMPTY_WORDS = """
가능 각종 감사 개선 건의 검토 결과 경우 고려 고민 관련 관심 근처 기대 기본 기존 나라 내용 노력
다수 다양 다음 답변 대부분 대상 도움 동안 마련 마음 말씀 모두 모습 문제 문제점 방법 방식 방안
방향 부분 부탁 불편 사람 사실 사용 사이 사항 상태 상황 생각 서울 서울시 서울시민 서울특별시 설치
수고 시민 시작 실정 아래 안녕 얼마 여러분 예상 요즘 우선 이번 이상 이야기 이용 이유 이후 인근
일반 일부 일정 입장 자신 자체 적극 전체 정도 제안 제안서 제안자 조금 존재 주변 중심 중요 지금
진행 차원 처음 첨부 최근 추가 취지 편의 포함 필요 하루 해결 해당 현실 현재 현황 활용 효과
"""
MASKS = frozenset({"EMAIL", "ID", "PHONE", "USER"})  # as `citizen_text` writes them
MOST_LETTERS = 50_000  # of a text that are read; the longest proposal of Seoul has 20,314
LATIN = re.compile(r"[A-Z]{2,6}")
_EMPTY = frozenset(EMPTY_WORDS.split())


def nouns(texts: Iterable[str], *, areas: frozenset[str] = frozenset()) -> list[frozenset[str]]:
    """Return the nouns of each text.

    Common nouns of two letters or more, Latin abbreviations in capitals, and of the proper nouns
    those that are known to be no person's name.

    Args:
        texts: Plain text, personal numbers masked; of a very long one the first 50,000 letters.
        areas: Further proper nouns to keep: the names of the city's areas.

    Source: Kiwi, Min-chul Lee 2024, Kiwi: Developing a Korean Morphological Analyzer Based on
        Statistical Language Models and Skip-Bigram, https://doi.org/10.23287/KJDH.2024.1.1.6
    """
    proper = areas.union(PROPER_NOUNS.split()).difference(_EMPTY)
    found = _kiwi().tokenize(text[:MOST_LETTERS] for text in texts)
    return [
        frozenset(t.form for t in tokens if _is_kept(t.form, t.tag, proper)) for tokens in found
    ]


@functools.cache
def _kiwi() -> Kiwi:
    """Return the analyser, read once: its model takes seconds and 0.5 GB."""
    kiwi = Kiwi()
    for word in COMPOUNDS.split():
        kiwi.add_user_word(word, "NNG")
    return kiwi


def _is_kept(form: str, tag: str, proper: frozenset[str]) -> bool:
    if tag == "NNG":
        return len(form) > 1 and form not in _EMPTY
    if tag == "NNP":
        return form in proper
    return tag == "SL" and form not in MASKS and LATIN.fullmatch(form) is not None
