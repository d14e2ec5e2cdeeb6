"""Alarms on the recorded air of March 2019 and on the scenario's incidents, recounted apart."""

import datetime as dt
import itertools
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cityboard.alerts import Alarm, acknowledge, active, alarms, evaluate, log
from cityboard.alerts.alarm import acknowledgements
from cityboard.errors import DisclosureError
from cityboard.home import SHIPPED_CITIES
from cityboard.lake import Lake
from cityboard.records import Acknowledgement, Records, open_records
from cityboard.store import Store
from data_sources.publish import publish
from tests.cleaning import seoul

KST = dt.timezone(dt.timedelta(hours=9))
FIGURES = SHIPPED_CITIES / "seoul/figures"


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    """Return an instant of March 2019 on Seoul's clock."""
    return dt.datetime(2019, 3, day, hour, minute, second, tzinfo=KST)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    for name in ("air_quality_hourly", "incident_steps"):
        publish(seoul().dataset(name), catalog=seoul(), lake=lake, data=None)
    return Store(seoul(), lake, role="official")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")


def of_rule(found: tuple[Alarm, ...], rule: str) -> list[Alarm]:
    return [alarm for alarm in found if alarm.alert.id == rule]


def spans(found: tuple[Alarm, ...], rule: str) -> list[tuple[dt.datetime, dt.datetime | None]]:
    return [(a.spell.opened_at, a.spell.closed_at) for a in of_rule(found, rule)]


# 156 μg/m³ in the hours from 23:00 and 0:00, 74 in the hour from 3:00 two days later.
ALERT_OPENS, ALERT_CLOSES = at(5, 1), at(6, 4)


def test_the_alert_opens_after_two_hours_and_not_a_second_before(store: Store) -> None:
    before = alarms(store, ALERT_OPENS - dt.timedelta(seconds=1))
    assert spans(before, "pm25_alert") == []
    (alarm,) = of_rule(alarms(store, ALERT_OPENS), "pm25_alert")
    assert (alarm.spell.opened_at, alarm.spell.closed_at) == (ALERT_OPENS, None)
    assert (alarm.spell.first.value, alarm.alert.level, alarm.provenance) == (
        156,
        "alert",
        "figures",
    )


def test_the_alert_closes_below_75_and_the_warning_below_35(store: Store) -> None:
    still_open = alarms(store, ALERT_CLOSES - dt.timedelta(seconds=1))
    assert spans(still_open, "pm25_alert") == [(ALERT_OPENS, None)]
    closed = alarms(store, at(7, 12))
    assert spans(closed, "pm25_alert") == [(ALERT_OPENS, ALERT_CLOSES)]
    # 35 μg/m³ from 4:00 is not below 35; 20 from 5:00 is, and known at 6:00.
    assert spans(closed, "pm25_warning")[-1][1] == at(7, 6)


def test_every_spell_of_dust_is_the_one_a_plain_loop_finds(store: Store) -> None:
    found = alarms(store, at(31, 23, 59))
    rows = pl.read_parquet(FIGURES / "air_quality_hourly.parquet").sort("measured_at")
    window = (pl.col("measured_at") >= at(31, 0) - dt.timedelta(days=35)) & (
        pl.col("measured_at") < at(31, 23)
    )
    hours = rows.filter(window)
    for rule, column, opens, closes in (
        ("pm25_alert", "pm25_ug_m3", 150, 75),
        ("pm25_warning", "pm25_ug_m3", 75, 35),
        ("pm10_alert", "pm10_ug_m3", 300, 150),
        ("pm10_warning", "pm10_ug_m3", 150, 100),
    ):
        expected: list[Any] = []
        before = 0.0
        for start, value in hours.select("measured_at", column).iter_rows():
            end = start + dt.timedelta(hours=1)
            if expected and expected[-1][1] is None:
                if value < closes:
                    expected[-1] = (expected[-1][0], end)
            elif before >= opens and value >= opens:
                expected.append((end, None))
            before = value
        assert spans(found, rule) == expected, rule
    assert len(spans(found, "pm25_warning")) >= 1


def test_the_rise_of_the_evening_before_is_told(store: Store) -> None:
    (rise,) = [a for a in of_rule(alarms(store, at(5, 12)), "pm25_rising") if a.spell.closed_at]
    assert (rise.spell.opened_at, rise.spell.closed_at) == (at(4, 19), at(4, 21))
    assert rise.spell.worst.signal == 108 - 69


def test_the_fifth_of_march_is_unlike_past_weeks_by_the_stated_statistic(store: Store) -> None:
    (unusual,) = [a for a in of_rule(alarms(store, at(5, 14)), "pm25_unusual") if a.is_open]
    rows = pl.read_parquet(FIGURES / "air_quality_hourly.parquet")
    by_hour = dict(rows.select("measured_at", "pm25_ug_m3").iter_rows())
    now = at(5, 13)
    past = pl.Series([by_hour[now - dt.timedelta(weeks=n)] for n in range(1, 9)])
    usual = float(past.median())  # type: ignore[arg-type]
    mad = float((past - usual).abs().median())  # type: ignore[arg-type]
    score = (by_hour[now] - usual) / max(1.4826 * mad, 5)
    assert unusual.spell.last.value == by_hour[now]
    assert unusual.spell.last.signal == pytest.approx(score)
    assert score > 3.5


def test_what_replaces_another_rule_stands_alone(store: Store) -> None:
    shown = [alarm.alert.id for alarm in active(alarms(store, at(5, 12)))]
    assert "pm25_alert" in shown
    assert "pm25_warning" not in shown
    after = [alarm.alert.id for alarm in active(alarms(store, at(6, 12)))]
    assert "pm25_warning" in after
    assert "pm25_alert" not in after


def test_no_measurements_is_an_alarm_of_its_own(store: Store) -> None:
    # The air of 2018 to 2022 has two days that were never published.
    rows = pl.read_parquet(FIGURES / "air_quality_hourly.parquet").sort("measured_at")
    gaps = rows.with_columns(next=pl.col("measured_at").shift(-1)).filter(
        pl.col("next") - pl.col("measured_at") > dt.timedelta(hours=1)
    )
    assert gaps.height == 2
    for last, following in gaps.select("measured_at", "next").iter_rows():
        known, heard = last + dt.timedelta(hours=1), following + dt.timedelta(hours=1)
        opened = known + dt.timedelta(minutes=180)
        assert spans(alarms(store, opened - dt.timedelta(seconds=1)), "air_missing") == []
        assert spans(alarms(store, opened), "air_missing") == [(opened, None)]
        assert spans(alarms(store, heard), "air_missing") == [(opened, heard)]


def test_data_that_ended_years_ago_are_missing_since_then(store: Store) -> None:
    now = dt.datetime(2026, 11, 26, 12, tzinfo=KST)
    (missing,) = of_rule(alarms(store, now), "air_missing")
    assert missing.spell.opened_at == dt.datetime(2023, 1, 1, 2, tzinfo=KST)


def steps() -> pl.DataFrame:
    """Return the scenario's steps in the order they became known."""
    return pl.read_parquet(FIGURES / "incident_steps.parquet").sort("known_at")


def test_three_open_fires_are_an_alarm_from_the_third_to_the_last_but_one(store: Store) -> None:
    fires = steps().filter(pl.col("kind_code") == "fire")
    turns = sorted(
        [
            (known, 1)
            for known in fires.group_by("incident_id").agg(pl.col("known_at").min())["known_at"]
        ]
        + [(known, -1) for known in fires.filter(pl.col("step_code") == "closed")["known_at"]]
    )
    expected: list[Any] = []
    count = 0
    for known, turn in turns:
        count += turn
        if count >= 3 and not (expected and expected[-1][1] is None):
            expected.append((known, None))
        elif count < 2 and expected and expected[-1][1] is None:
            expected[-1] = (expected[-1][0], known)
    assert len(expected) == 1
    assert spans(alarms(store, at(6, 6)), "fires_open") == expected
    (opened, closed) = expected[0]
    assert spans(alarms(store, opened - dt.timedelta(seconds=1)), "fires_open") == []
    assert spans(alarms(store, closed - dt.timedelta(seconds=1)), "fires_open") == [(opened, None)]
    (alarm,) = of_rule(alarms(store, opened), "fires_open")
    assert alarm.provenance == "simulated"


def test_help_that_comes_late_is_an_alarm_of_each_incident(store: Store) -> None:
    rows = steps().filter(pl.col("kind_code").is_in(["fire", "rescue", "disaster"]))
    until = at(6, 6)
    late = {alarm.about for alarm in of_rule(alarms(store, until), "late_arrival")}
    limit = dt.timedelta(minutes=5)
    expected = set()
    for (incident,), told in rows.group_by("incident_id"):
        taken = {
            step: (when, known)
            for step, when, known in told.select("step_code", "at", "known_at").iter_rows()
        }
        received = taken["received"]
        known_in_time = "arrived" in taken and taken["arrived"][1] <= max(
            received[0] + limit, received[1]
        )
        if ("arrived" in taken and taken["arrived"][0] - received[0] > limit) or not known_in_time:
            expected.add(incident)
    assert late == expected
    assert len(late) > 10


def test_an_arrival_learnt_late_closes_the_alarm_it_should_never_have_had(store: Store) -> None:
    found = of_rule(alarms(store, at(6, 6)), "late_arrival")
    in_time = [a for a in found if a.spell.last.value is not None and a.spell.last.value <= 5]
    assert in_time
    for alarm in in_time:
        told = steps().filter(
            (pl.col("incident_id") == alarm.about) & (pl.col("step_code") == "arrived")
        )
        assert alarm.spell.closed_at == told["known_at"][0]


def test_half_an_hour_without_news_of_incidents_is_an_alarm(store: Store) -> None:
    until = at(5, 23, 59)
    known = [each for each in steps()["known_at"] if each <= until]
    expected: list[Any] = [
        (one + dt.timedelta(minutes=30), other)
        for one, other in itertools.pairwise(known)
        if other - one >= dt.timedelta(minutes=30)
    ]
    if until - known[-1] >= dt.timedelta(minutes=30):
        expected.append((known[-1] + dt.timedelta(minutes=30), None))
    assert len(expected) > 1
    assert spans(alarms(store, until), "calls_silent") == expected


def test_an_alarm_that_nobody_acknowledges_goes_up_after_its_minutes(store: Store) -> None:
    due = ALERT_OPENS + dt.timedelta(minutes=30)
    (before,) = of_rule(alarms(store, due - dt.timedelta(seconds=1)), "pm25_alert")
    (then,) = of_rule(alarms(store, due), "pm25_alert")
    assert (before.escalated_at, then.escalated_at) == (None, due)


def test_an_alarm_acknowledged_in_time_does_not_go_up(store: Store, records: Records) -> None:
    (alarm,) = of_rule(alarms(store, at(5, 1, 10)), "pm25_alert")
    acknowledge(records, alarm.id, "official", at=at(5, 1, 20), recorded_at=at(5, 1, 20))
    made = records.acknowledgements(until=at(5, 12))
    (seen,) = of_rule(alarms(store, at(5, 12), acknowledgements=made), "pm25_alert")
    assert seen.escalated_at is None
    assert seen.acknowledgement is not None
    assert (seen.is_open, seen.is_waiting, seen.acknowledgement.by_role) == (
        True,
        False,
        "official",
    )


def test_an_alarm_acknowledged_too_late_has_gone_up(store: Store, records: Records) -> None:
    (alarm,) = of_rule(alarms(store, at(5, 1, 10)), "pm25_alert")
    acknowledge(records, alarm.id, "official", at=at(5, 1, 40), recorded_at=at(5, 1, 40))
    made = records.acknowledgements(until=at(5, 12))
    (seen,) = of_rule(alarms(store, at(5, 12), acknowledgements=made), "pm25_alert")
    assert seen.escalated_at == at(5, 1, 30)


def test_the_public_cannot_acknowledge(store: Store, records: Records) -> None:
    with pytest.raises(DisclosureError, match="only an official may"):
        acknowledge(records, "pm25_alert", "public", at=at(5, 2), recorded_at=at(5, 2))
    assert records.acknowledgements(until=at(5, 3)) == ()


def test_the_first_to_acknowledge_counts(store: Store) -> None:
    (alarm,) = of_rule(alarms(store, at(5, 1, 10)), "pm25_alert")
    made = [Acknowledgement(alarm.id, "official", at(5, 1, n), at(5, 1, n)) for n in (5, 9)]
    (seen,) = of_rule(alarms(store, at(5, 2), acknowledgements=made), "pm25_alert")
    assert seen.acknowledgement == made[0]


def test_what_was_acknowledged_in_a_replay_is_unseen_at_the_next_one(records: Records) -> None:
    today = dt.datetime(2026, 11, 26, 10, tzinfo=KST)
    acknowledge(records, "replayed", "official", at=at(5, 2), recorded_at=today)
    acknowledge(records, "lived", "official", at=at(5, 2), recorded_at=at(5, 2, 0, 1))
    soon, tomorrow = today + dt.timedelta(hours=1), today + dt.timedelta(hours=24)
    named = [
        [made.alarm_id for made in acknowledgements(records, at(5, 3), now=now)]
        for now in (soon, tomorrow)
    ]
    assert named == [["replayed", "lived"], ["lived"]]


def test_the_log_tells_what_happened_newest_first(store: Store) -> None:
    (alarm,) = of_rule(alarms(store, at(5, 1, 10)), "pm25_alert")
    made = [Acknowledgement(alarm.id, "official", at(5, 2), at(5, 2))]
    found = alarms(store, at(7, 12), acknowledgements=made)
    lines = [(line.event, line.at) for line in log(found) if line.alarm.alert.id == "pm25_alert"]
    assert lines == [
        ("closed", ALERT_CLOSES),
        ("acknowledged", at(5, 2)),
        ("escalated", at(5, 1, 30)),
        ("opened", ALERT_OPENS),
    ]


def test_an_alarm_keeps_its_id_while_the_clock_runs(store: Store) -> None:
    ids = {
        alarm.id
        for hour in range(1, 24)
        for alarm in of_rule(alarms(store, at(5, hour)), "pm25_alert")
    }
    assert ids == {"pm25_alert.city.20190304T160000Z"}


def test_what_is_not_published_has_no_alarm_and_hides_none(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    publish(seoul().dataset("air_quality_hourly"), catalog=seoul(), lake=lake, data=None)
    found = evaluate(Store(seoul(), lake), at(5, 12))
    assert {alarm.alert.dataset for alarm in found.alarms} == {"air_quality_hourly"}
    assert found.unwatched == ()


def test_a_rule_that_cannot_be_computed_is_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for name in ("air_quality_hourly", "incident_steps"):
        publish(seoul().dataset(name), catalog=seoul(), lake=lake, data=None)
    for part in (tmp_path / "incident_steps").glob("*.parquet"):
        part.write_bytes(part.read_bytes()[:100])
    found = evaluate(Store(seoul(), lake), at(5, 12))
    assert {alert.id for alert, _ in found.unwatched} == {
        alert.id for alert in seoul().alerts if alert.dataset == "incident_steps"
    }
    assert "pm25_alert" in {alarm.alert.id for alarm in found.alarms}
