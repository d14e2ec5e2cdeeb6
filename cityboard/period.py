"""Periods of the city's calendar: days, weeks from Monday, months, quarters, years."""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

from cityboard.catalog import Grain
from cityboard.errors import QueryError
from cityboard.selection import Interval


def first_day(day: dt.date, grain: Grain) -> dt.date:
    """Return the first day of the period a day lies in; of an hour, its day."""
    if grain == "week":
        return day - dt.timedelta(days=day.weekday())
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return day.replace(month=day.month - (day.month - 1) % 3, day=1)
    return day.replace(month=1, day=1) if grain == "year" else day


def period_end(day: dt.date, grain: Grain) -> dt.date:
    """Return the last day of the period a day lies in."""
    first = first_day(day, grain)
    if grain == "week":
        return first + dt.timedelta(days=6)
    if grain == "month":
        return _month_end(first)
    if grain == "quarter":
        return _month_end(first.replace(month=first.month + 2))
    return first.replace(month=12, day=31) if grain == "year" else first


def _month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def period_before(day: dt.date, grain: Grain) -> dt.date:
    """Return the first day of the period before the one a day lies in."""
    return first_day(first_day(day, grain) - dt.timedelta(days=1), grain)


def interval_of(one: dt.date, other: dt.date, grain: Grain) -> Interval:
    """Return the whole periods that two days and what lies between them touch, at least one."""
    last = period_end(max(one, other), grain)
    return Interval(first_day(min(one, other), grain), last + dt.timedelta(days=1))


def instant_of(words: str, zone: ZoneInfo) -> dt.datetime:
    """Return the instant that words such as `2026-11-24` or `2026-11-24T14:05+09:00` name.

    Args:
        words: A day, which is meant to its end, or an instant; one without zone is the city's.
        zone: The city's.

    Raises:
        QueryError: They name neither, or what is yet to come.
    """
    try:
        if len(words) == len("2026-11-24"):
            day = dt.date.fromisoformat(words) + dt.timedelta(days=1)
            midnight = dt.datetime.combine(day, dt.time(), zone)
            instant = midnight - dt.timedelta(microseconds=1)
        else:
            told = dt.datetime.fromisoformat(words.replace(" ", "+"))
            instant = told if told.tzinfo else told.replace(tzinfo=zone)
    except (ValueError, OverflowError) as error:
        msg = f"as_of={words!r} names no instant: give 2026-11-24 or 2026-11-24T14:05+09:00"
        raise QueryError(msg) from error
    now = dt.datetime.now(zone)
    if instant.astimezone(zone).date() > now.date():
        msg = f"as_of={words!r} is yet to come: today is {now:%Y-%m-%d} in {zone.key}"
        raise QueryError(msg)
    return instant
