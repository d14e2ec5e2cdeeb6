"""Alarms of the toy city, whose every number is known."""

import datetime as dt
from pathlib import Path

from cityboard.alerts import Alarm, alarms, evaluate
from cityboard.catalog import Catalog
from cityboard.lake import Lake
from cityboard.store import Store
from tests.cities import ENTRIES, write_city

BERLIN = dt.timezone(dt.timedelta(hours=1))
HEAD = """alerts:
  - id: crowded
    title: {ko: 혼잡, en: Crowded}
    level: warning
    dataset: visits
    owner: culture
    source: {ko: 시험, en: Test}
"""
CHILDREN = """    kind: threshold
    measure: persons
    where: {group_code: [child]}
    by: district
    opens: 30
"""


def at(day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    """Return an instant of January 2026 on Testburg's clock."""
    return dt.datetime(2026, 1, day, hour, minute, tzinfo=BERLIN)


def store(folder: Path, lake: Lake, rule: str) -> Store:
    return Store(Catalog(write_city(folder / "city", {"alerts.yaml": HEAD + rule})), lake)


def spans(found: tuple[Alarm, ...]) -> list[tuple[str, dt.datetime, dt.datetime | None]]:
    return [(a.about, a.spell.opened_at, a.spell.closed_at) for a in found]


def test_each_district_has_its_own_alarm(tmp_path: Path, testburg_lake: Lake) -> None:
    # Of children in the hour from 23:00: 7 in the West on the 5th, 10 more in each next district,
    # one more each day; 27 in the East on the 5th. The hours without visits are hours with 0.
    found = alarms(store(tmp_path, testburg_lake, CHILDREN), at(9, 12))
    assert spans(found) == [("11003", at(9), at(9, 1))]
    (alarm,) = found
    assert alarm.title.en == "Crowded: East"
    assert alarm.spell.first.value == 30


def test_what_is_watched_only_ends_with_the_period(tmp_path: Path, testburg_lake: Lake) -> None:
    city = store(tmp_path, testburg_lake, CHILDREN)
    assert alarms(city, at(8, 23, 59)) == ()
    (alarm,) = alarms(city, at(9))
    assert alarm.is_open


def test_a_rule_on_what_the_role_may_not_see_is_not_there(
    tmp_path: Path, testburg_lake: Lake
) -> None:
    entry = (ENTRIES / "datasets/visits.yaml").read_text("utf-8")
    closed = "stale_after_days: 40\ndisclosure: {level: internal, reason: {ko: 내부, en: Internal}}"
    changes = {
        "alerts.yaml": HEAD + CHILDREN,
        "datasets/visits.yaml": entry.replace("stale_after_days: 40", closed),
    }
    city = Catalog(write_city(tmp_path / "city", changes))
    found = evaluate(Store(city, testburg_lake), at(9, 12))
    assert (found.alarms, found.unwatched) == ((), ())
    assert len(alarms(Store(city, testburg_lake, role="official"), at(9, 12))) == 1
