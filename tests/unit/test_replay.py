"""The clock of a screen: pause, step, speed, the end of its day, the present."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from cityboard.errors import QueryError
from cityboard.replay import SPEEDS, Clock

SEOUL = ZoneInfo("Asia/Seoul")
REAL = dt.datetime(2026, 11, 26, 5, 5, tzinfo=dt.UTC)  # 14:05 in Seoul
DAY = dt.date(2019, 3, 5)


def city(text: str, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(text), SEOUL)


def after(seconds: float) -> dt.datetime:
    return REAL + dt.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock.replay(REAL, DAY, SEOUL)


def test_a_replay_begins_at_the_time_of_day_it_is_now_in_the_city(clock: Clock) -> None:
    assert clock.now(REAL) == city("14:05")
    assert clock.now(after(90)) == city("14:06:30")


def test_a_live_clock_shows_the_present() -> None:
    assert Clock.live(REAL, SEOUL).now(after(7)) == after(7)


@pytest.mark.parametrize("speed", SPEEDS)
def test_speed_is_of_what_comes_not_of_what_was(clock: Clock, speed: int) -> None:
    fast = clock.at_speed(after(60), speed)
    assert fast.now(after(60)) == city("14:06")
    assert fast.now(after(70)) == city("14:06") + dt.timedelta(seconds=10 * speed)


def test_a_pause_holds_at_once_and_ends_where_it_began(clock: Clock) -> None:
    held = clock.paused(after(10))
    assert held.now(after(10)) == held.now(after(5000)) == city("14:05:10")
    assert held.resumed(after(5000)).now(after(5001)) == city("14:05:11")


def test_a_step_moves_the_clock_and_stops_it(clock: Clock) -> None:
    on = clock.stepped(after(10), dt.timedelta(minutes=1))
    assert on.is_paused
    assert on.now(after(99)) == city("14:06:10")
    assert on.stepped(after(99), dt.timedelta(minutes=-2)).now(after(99)) == city("14:04:10")


def test_a_step_never_leaves_the_day(clock: Clock) -> None:
    day = dt.timedelta(days=1)
    assert clock.stepped(REAL, day).now(REAL) == city("23:59:59")
    assert clock.stepped(REAL, -day).now(REAL) == city("00:00")


def test_at_its_end_the_day_begins_again_and_that_is_told(clock: Clock) -> None:
    late = clock.at(REAL, city("23:59:50")).resumed(REAL)
    assert late.now(after(9.5)) == city("23:59:59.5")
    assert late.wraps(after(9.5)) == 0
    assert late.now(after(12)) == city("00:00:02")
    assert late.wraps(after(12)) == 1
    assert late.at_speed(REAL, 60).wraps(after(2 * 24 * 60)) == 2


def test_a_day_of_a_replay_is_never_left_however_long_it_runs(clock: Clock) -> None:
    fast = clock.at_speed(REAL, 60)
    for seconds in range(0, 10_000, 37):
        assert city("00:00") <= fast.now(after(seconds)) < city("00:00") + dt.timedelta(days=1)


def test_a_replay_of_today_is_never_beyond_the_present() -> None:
    live = Clock.live(REAL, SEOUL)
    back = live.stepped(REAL, dt.timedelta(minutes=-5))
    assert back.mode == "replay"
    assert back.at_speed(REAL, 60).now(after(1)) == after(1) - dt.timedelta(seconds=241)
    assert back.at_speed(REAL, 60).now(after(30)) == after(30)
    assert live.stepped(REAL, dt.timedelta(minutes=5)).now(after(9)) == REAL


def test_a_live_clock_that_was_paused_is_live_again() -> None:
    held = Clock.live(REAL, SEOUL).paused(REAL)
    assert held.now(after(60)) == REAL
    assert held.resumed(after(60)).now(after(61)) == after(61)


def test_a_live_clock_stepped_after_midnight_stays_on_the_new_day() -> None:
    live = Clock.live(REAL, SEOUL)
    next_day = REAL + dt.timedelta(hours=12)
    assert live.stepped(next_day, dt.timedelta(minutes=-1)).now(
        next_day
    ) == next_day - dt.timedelta(minutes=1)


@pytest.mark.parametrize("speed", [0, -1, 61])
def test_a_speed_that_is_none_is_refused(clock: Clock, speed: int) -> None:
    with pytest.raises(QueryError, match="give 1 to 60"):
        clock.at_speed(REAL, speed)


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(QueryError, match="aware"):
        Clock("replay", dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1), SEOUL)  # noqa: DTZ001
