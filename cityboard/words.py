"""Numbers, dates and clauses in the words of the screen's language."""

import datetime as dt
import math
import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pandas as pd

from cityboard.catalog import UNITS, Area, Catalog, Dataset, Grain, Language, Provenance, Text
from cityboard.errors import (
    CatalogError,
    CityboardError,
    CorruptSnapshotError,
    DisclosureError,
    NoSnapshotError,
    QueryError,
    QueryTimeoutError,
    UnknownNameError,
)
from cityboard.query import Near
from cityboard.selection import Box, Clause, Instants, Interval, Members

WEEKDAYS = Text(ko="월화수목금토일", en="Mon Tue Wed Thu Fri Sat Sun")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# What a number is divided by, its suffix, and from where on the next step is taken.
STEPS = {
    "ko": ((1, "", 1e4), (1e4, "만", 1e4), (1e8, "억", 1e4), (1e12, "조", math.inf)),
    "en": ((1, "", 1e4), (1e3, "K", 1e3), (1e6, "M", 1e3), (1e9, "B", 1e3), (1e12, "T", math.inf)),
}
KINDS = {
    "area": Text(ko="지역", en="area"),
    "board": Text(ko="화면", en="board"),
    "code": Text(ko="값", en="value"),
    "column": Text(ko="열", en="column"),
    "dataset": Text(ko="데이터셋", en="dataset"),
    "indicator": Text(ko="지표", en="indicator"),
    "organisation": Text(ko="기관", en="organisation"),
    "task": Text(ko="과제", en="task"),
    "measure": Text(ko="측정값", en="measure"),
    "parameter": Text(ko="주소 항목", en="parameter"),
    "vision": Text(ko="비전", en="vision"),
    "pledge": Text(ko="공약", en="pledge"),
    "bureau": Text(ko="조직", en="bureau"),
    "keyword": Text(ko="핵심어", en="keyword"),
    "span": Text(ko="기간 길이", en="span"),
    "by": Text(ko="집계 기준", en="grouping"),
    "field": Text(ko="분야", en="field"),
    "only": Text(ko="거르기", en="filter"),
}
ERRORS: dict[type[CityboardError], Text] = {  # the more particular first
    QueryTimeoutError: Text(
        ko="답하는 데 너무 오래 걸려 멈췄습니다. 기간이나 지역을 줄여 보세요.",
        en="It took too long and was stopped. Ask for a shorter period or a smaller area.",
    ),
    QueryError: Text(
        ko="이 선택에는 답할 수 없습니다. 선택을 지우고 다시 골라 보세요.",
        en="This selection cannot be answered. Clear it and choose again.",
    ),
    DisclosureError: Text(ko="이 자료를 볼 권한이 없습니다.", en="You may not see these data."),
    NoSnapshotError: Text(ko="아직 공표된 자료가 없습니다.", en="Nothing has been published yet."),
    CorruptSnapshotError: Text(
        ko="자료 파일이 손상되어 읽을 수 없습니다. 담당자에게 알려 주세요.",
        en="A data file is damaged and cannot be read. Tell the person in charge.",
    ),
    CatalogError: Text(
        ko="화면의 정의에 잘못이 있습니다. 담당자에게 알려 주세요.",
        en="The definition of this screen is wrong. Tell the person in charge.",
    ),
    CityboardError: Text(
        ko="이 부분을 그릴 수 없습니다. 계속되면 담당자에게 알려 주세요.",
        en="This part cannot be drawn. If that goes on, tell the person in charge.",
    ),
}
# As data_sources/draft.py names its checks.
CHECKS = (
    (re.compile(r"(\w+) is a date"), "{0}: 날짜임"),
    (re.compile(r"(\w+) is a timestamp"), "{0}: 시각임"),
    (re.compile(r"(\w+) is a number"), "{0}: 수임"),
    (re.compile(r"(\w+) is a whole number"), "{0}: 정수임"),
    (re.compile(r"coordinates inside the city"), "좌표: 도시 안에 있음"),
    (re.compile(r"(\w+) is a bool"), "{0}: 참 또는 거짓임"),
    (re.compile(r"(\w+) is given"), "{0}: 빠짐없음"),
    (re.compile(r"not: (\w+) is an unknown code"), "{0}: 정해진 값 가운데 하나임"),
    (re.compile(r"not: (\w+) below (\S+)"), "{0}: {1} 이상"),
    (re.compile(r"not: (\w+) above (\S+)"), "{0}: {1} 이하"),
    (re.compile(r"(\w+) is an area of the catalogue"), "{0}: 목록에 있는 지역임"),
    (re.compile(r"key \((.+)\) is unique"), "열쇠({0}): 겹치지 않음"),
)
PROVENANCES: dict[Provenance, tuple[str, Text]] = {
    "live": ("●", Text(ko="실시간", en="live")),
    "published": ("■", Text(ko="공표", en="published")),
    "figures": ("□", Text(ko="요약 통계", en="figures")),
    "simulated": ("▨", Text(ko="모의 자료", en="SIMULATED")),
}


def number_words(value: float | None, language: Language, *, decimals: int = 0) -> str:
    """Return a number as read on a screen: grouped, shortened by 만/억 or K/M from 10,000 on.

    Shortened numbers keep three digits, and all before the sign.

    Args:
        value: None and NaN give a dash.
        language: Of the screen.
        decimals: Digits after the sign for numbers that are not shortened.
    """
    if value is None or not math.isfinite(value):
        return "–"
    for step, suffix, limit in STEPS[language]:
        short, digits = value / step, decimals
        if suffix:
            digits = max(0, 2 - int(math.log10(float(f"{abs(short):.3g}"))))
        if abs(round(short, digits)) < limit:
            break
    return f"{short:z,.{digits}f}{suffix}"


def exact_words(value: float | None, *, decimals: int = 0) -> str:
    """Return a number in full, grouped by thousands; None and NaN give a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:z,.{decimals}f}"


def unit_words(unit: str, language: Language) -> str:
    """Return the symbol of a unit; a plain count has none."""
    return "" if unit == "1" else UNITS[unit].in_language(language)


def period_words(day: dt.date, grain: Grain, language: Language) -> str:
    """Return the name of the period that begins on a day."""
    if grain == "year":
        return f"{day.year}년" if language == "ko" else f"{day.year}"
    if grain == "quarter":
        quarter = (day.month + 2) // 3
        return f"{day.year}년 {quarter}분기" if language == "ko" else f"Q{quarter} {day.year}"
    if grain == "month":
        return (
            f"{day.year}년 {day.month}월"
            if language == "ko"
            else f"{MONTHS[day.month - 1]} {day.year}"
        )
    return day_words(day, language)


def day_words(day: dt.date, language: Language) -> str:
    """Return a day in words."""
    if language == "ko":
        return f"{day.year}년 {day.month}월 {day.day}일"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def age_words(days: int, language: Language) -> str:
    """Return how long ago something was, in years, months or days; two of a unit at least."""
    for length, ko, en in ((365, "년", "years"), (30, "개월", "months")):
        if days >= 2 * length:
            return f"{days // length}{ko} 전" if language == "ko" else f"{days // length} {en} ago"
    if days < 1:
        return "오늘" if language == "ko" else "today"
    if language == "ko":
        return f"{days}일 전"
    return "1 day ago" if days == 1 else f"{days} days ago"


def interval_words(low: dt.date, high: dt.date, language: Language) -> str:
    """Return a period in words; `high` is not included; whole months and years are named so."""
    last = high - dt.timedelta(days=1)
    for grain, starts in (("year", (1, 1)), ("month", (None, 1))):
        if _begins(low, starts) and _begins(high, starts):
            first, final = period_words(low, grain, language), period_words(last, grain, language)  # type: ignore[arg-type]
            return first if first == final else f"{first} – {final}"
    if low == last:
        return day_words(low, language)
    return f"{day_words(low, language)} – {day_words(last, language)}"


def _begins(day: dt.date, start: tuple[int | None, int]) -> bool:
    month, first = start
    return day.day == first and month in {None, day.month}


def clause_words(
    clause: Clause, catalog: Catalog, dataset: Dataset | None, language: Language
) -> str:
    """Return what a clause selects, in words."""
    if isinstance(clause, Interval):
        return interval_words(clause.low, clause.high, language)
    if isinstance(clause, Box):
        return "지도에서 고른 곳" if language == "ko" else "box on the map"
    if isinstance(clause, Instants):
        until = clause.until.astimezone(ZoneInfo(catalog.city.time_zone))
        words = f"{until:%Y-%m-%d %H:%M}"
        return f"{words}까지" if language == "ko" else f"until {words}"
    return _members_words(clause, catalog, dataset, language)


def _members_words(
    clause: Members, catalog: Catalog, dataset: Dataset | None, language: Language
) -> str:
    if clause.field == "area":
        return area_words(catalog, [str(code) for code in clause.values], language)
    if clause.field == "hour":
        return _runs(sorted(int(hour) for hour in clause.values), "hour", language)
    if clause.field == "weekday":
        return _runs(sorted(int(day) for day in clause.values), "weekday", language)
    return ", ".join(value_words(value, clause.field, dataset, language) for value in clause.values)


def near_words(near: Near, language: Language) -> str:
    """Return where a circle on the map is: as far from which point."""
    lat = f"{abs(near.lat):.4f} {'NS'[near.lat < 0]}"
    lon = f"{abs(near.lon):.4f} {'EW'[near.lon < 0]}"
    if language == "ko":
        return f"{lat}, {lon}에서 {near.reach_m:,.0f} m 안"
    return f"within {near.reach_m:,.0f} m of {lat}, {lon}"


def area_words(catalog: Catalog, codes: Sequence[str], language: Language) -> str:
    """Return the names of areas; more than three are counted."""
    if len(codes) > 3:
        return f"{len(codes)}개 지역" if language == "ko" else f"{len(codes)} areas"
    areas: list[Area] = [catalog.area(code) for code in codes]
    return ", ".join(area.name.in_language(language) for area in areas)


def value_words(value: object, field: str, dataset: Dataset | None, language: Language) -> str:
    """Return a value of a column in words: its label where the catalogue has one."""
    if pd.isna(value):  # type: ignore[call-overload]
        return "미상" if language == "ko" else "unknown"
    if isinstance(value, bool) or str(value) in {"True", "False", "true", "false"}:
        yes = str(value).lower() == "true"
        return ("예" if yes else "아니오") if language == "ko" else ("yes" if yes else "no")
    labels = next((c.labels for c in dataset.columns if c.name == field), None) if dataset else None
    if labels and str(value) in labels:
        return labels[str(value)].in_language(language)
    return str(value)


def weekday_words(day: int, language: Language) -> str:
    """Return the short name of a weekday; 1 is Monday."""
    return WEEKDAYS.ko[day - 1] if language == "ko" else WEEKDAYS.en.split()[day - 1]


def _runs(values: list[int], field: str, language: Language) -> str:
    """Return consecutive values as ranges: 7, 8, 9 as 07–10 h, Monday to Friday as Mon–Fri."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ", ".join(_run(run[0], run[-1], field, language) for run in runs)


def _run(first: int, last: int, field: str, language: Language) -> str:
    if field == "hour":
        return f"{first}–{last + 1}시" if language == "ko" else f"{first:02}–{last + 1:02} h"
    if first == last:
        return weekday_words(first, language)
    return f"{weekday_words(first, language)}–{weekday_words(last, language)}"


def check_words(check: str, language: Language) -> str:
    """Return a check that rows passed, as its lineage names it, in words."""
    if language == "en":
        return check
    for form, ko in CHECKS:
        if found := form.fullmatch(check):
            return ko.format(*found.groups())
    return check


def error_words(error: CityboardError, language: Language) -> str:
    """Return what went wrong and what to do, for the person at the screen.

    The error's own message, which is English, follows in English only.
    """
    if isinstance(error, UnknownNameError):
        text = KINDS.get(error.kind, Text(ko=error.kind, en=error.kind))
        lead = Text(
            ko=f"{text.ko} ‘{error.name}’ 항목이 없습니다. 주소에서 지우거나 다른 것을 고르세요.",
            en=f"There is no {text.en} {error.name!r}. Drop it from the address or choose another.",
        )
    else:
        lead = next(text for kind, text in ERRORS.items() if isinstance(error, kind))
    words = lead.in_language(language)
    return words if language == "ko" else f"{words} ({error})"
