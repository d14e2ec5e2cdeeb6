"""Alarms in words: how bad, how much, against which limit, and what happened."""

import datetime as dt
import math
from typing import Any
from zoneinfo import ZoneInfo

from cityboard.alerts.alarm import Alarm, EventKind
from cityboard.catalog import AlarmLevel, Alert, Language, Text
from cityboard.store import Store
from cityboard.words import number_words, unit_words

LEVEL_WORDS: dict[AlarmLevel, Text] = {
    "notice": Text(ko="알림", en="Notice"),
    "warning": Text(ko="주의", en="Warning"),
    "alert": Text(ko="경보", en="Alert"),
}
EVENT_WORDS: dict[EventKind, Text] = {
    "opened": Text(ko="발생", en="opened"),
    "acknowledged": Text(ko="확인", en="acknowledged"),
    "escalated": Text(ko="상위 보고", en="escalated"),
    "closed": Text(ko="해제", en="closed"),
}


def alarm_words(store: Store, alarm: Alarm, language: Language) -> dict[str, Any]:
    """Return an alarm for programs, in words and codes; instants with their zone."""
    zone = ZoneInfo(store.catalog.city.time_zone)
    return {
        "id": alarm.id,
        "rule": alarm.alert.id,
        "level": alarm.alert.level,
        "level_words": LEVEL_WORDS[alarm.alert.level].in_language(language),
        "title": alarm.title.in_language(language),
        "amount": amount_words(store, alarm, language),
        "limit": limit_words(store, alarm.alert, language),
        "opened_at": alarm.spell.opened_at.astimezone(zone).isoformat(timespec="seconds"),
        "provenance": alarm.provenance,
        "is_simulated": alarm.provenance == "simulated",
        "is_acknowledged": alarm.acknowledgement is not None,
        "is_escalated": alarm.escalated_at is not None,
        "stops_rotation": alarm.stops_rotation,
    }


def instant_words(store: Store, at: dt.datetime, until: dt.datetime) -> str:
    """Return a time on the city's clock, with its day unless that is the day looked from."""
    zone = ZoneInfo(store.catalog.city.time_zone)
    local, today = at.astimezone(zone), until.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%m-%d %H:%M}"


def amount_words(store: Store, alarm: Alarm, language: Language) -> str:
    """Return what is known last of an alarm: a value, a change, how unusual it is, a silence."""
    alert, last = alarm.alert, alarm.spell.last
    value = alarm.spell.worst.value if last.value is None else last.value
    amount = _amount(store, alert, value, language)
    if alert.kind == "absence":
        return f"{amount}째 소식 없음" if language == "ko" else f"no news for {amount}"
    if alert.watches == "minutes_to_scene":
        return _arrival_words(alert, value, amount, language)
    if alert.watches == "open_incidents":
        return f"{amount} 진행 중" if language == "ko" else f"{amount} open"
    if alert.kind == "rate":
        return f"{amount} ({_change_words(store, alarm, language)})"
    if alert.kind == "anomaly":
        return f"{amount} ({_deviation_words(alert, last.signal, language)})"
    return amount


def limit_words(store: Store, alert: Alert, language: Language) -> str:
    """Return when a rule opens an alarm and when it closes it."""
    if alert.kind == "absence" or alert.watches == "minutes_to_scene":
        minutes = _minutes(math.floor(alert.minutes or alert.opens or 0), language)
        return f"기준 {minutes}" if language == "ko" else f"limit {minutes}"
    opens, closes = (
        _limit(store, alert, limit or 0.0, language) for limit in (alert.opens, alert.closing_limit)
    )
    is_above = alert.side == "above"
    for_long = _periods_words(store, alert, language)
    if language == "ko":
        over, back = ("이상", "미만") if is_above else ("이하", "초과")
        return f"기준 {opens} {over}{for_long}, {closes} {back}이면 해제"
    over, back = ("or more", "below") if is_above else ("or less", "above")
    return f"limit {opens} {over}{for_long}, closes {back} {closes}"


def _amount(store: Store, alert: Alert, value: float | None, language: Language) -> str:
    """Return a number in the unit of what is watched."""
    if alert.kind == "absence" or alert.watches == "minutes_to_scene":
        return _minutes(value or 0.0, language)
    if alert.watches == "open_incidents":
        number = number_words(value, language)
        return f"{number}건" if language == "ko" else number
    measure = store.dataset(alert.dataset).measure(alert.measure or "rows")
    decimals = 0 if value is None or abs(value) >= 10 or value == int(value) else 2
    number = number_words(value, language, decimals=decimals)
    return f"{number} {unit_words(measure.unit, language)}".strip()


def _limit(store: Store, alert: Alert, limit: float, language: Language) -> str:
    if alert.kind != "anomaly":
        return _amount(store, alert, limit, language)
    return f"표준편차 {limit:g}배" if language == "ko" else f"{limit:g} deviations"


def _minutes(value: float, language: Language) -> str:
    number = number_words(value, language, decimals=0 if round(value, 1) == int(value) else 1)
    return f"{number}분" if language == "ko" else f"{number} min"


def _arrival_words(alert: Alert, value: float | None, amount: str, language: Language) -> str:
    """Return how long help took, or that nobody knows yet that it came."""
    if value == alert.opens:
        return f"{amount} 경과, 도착 미확인" if language == "ko" else f"{amount}, no arrival known"
    return f"{amount} 만에 도착" if language == "ko" else f"arrived after {amount}"


def _change_words(store: Store, alarm: Alarm, language: Language) -> str:
    signal, over = alarm.spell.worst.signal or 0.0, alarm.alert.over
    change = f"{'+' if signal > 0 else ''}{_amount(store, alarm.alert, signal, language)}"
    unit = _period_unit(store, alarm.alert, over, language)
    return f"최대 {change}/{unit}" if language == "ko" else f"at most {change} in {unit}"


def _deviation_words(alert: Alert, signal: float | None, language: Language) -> str:
    if signal is None:
        return "지난 주들과 비교할 값 없음" if language == "ko" else "past weeks not known"
    if language == "ko":
        return f"지난 {alert.weeks}주 같은 시각보다 표준편차 {signal:+.1f}배"
    return f"{signal:+.1f} deviations from the same hour of {alert.weeks} past weeks"


def _periods_words(store: Store, alert: Alert, language: Language) -> str:
    if alert.periods == 1:
        return ""
    unit = _period_unit(store, alert, alert.periods, language)
    return f" {unit} 지속" if language == "ko" else f" for {unit}"


def _period_unit(store: Store, alert: Alert, number: int, language: Language) -> str:
    is_hour = store.grain(alert.dataset) == "hour"
    if language == "ko":
        return f"{number}{'시간' if is_hour else '일'}"
    return f"{number} {'h' if is_hour else 'd'}"
