"""The alarms as they stand on a screen: what is told, who may acknowledge, what cannot be read."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from bokeh.events import ButtonClick
from bokeh.models import Button

from cityboard.alerts import city_records
from cityboard.cancel import Cancel
from cityboard.catalog import Language, Text
from cityboard.lake import Lake
from cityboard.records import RECORDS_VARIABLE
from cityboard.selection import Selection
from cityboard.store import Role, Store
from cityboard.views.alarms import AlarmsView
from cityboard.views.screen import open_screen
from data_sources.publish import publish
from tests.cleaning import seoul

KST = dt.timezone(dt.timedelta(hours=9))
CHARGED = "<img src=x onerror=alert(1)>"


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """Return an instant of March 2019 on Seoul's clock."""
    return dt.datetime(2019, 3, day, hour, minute, tzinfo=KST)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("home") / "lake/seoul")
    for name in ("air_quality_hourly", "incident_steps"):
        publish(seoul().dataset(name), catalog=seoul(), lake=lake, data=None)
    return lake


@pytest.fixture(autouse=True)
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep what is recorded apart from other tests."""
    monkeypatch.setenv(RECORDS_VARIABLE, f"sqlite:///{tmp_path / 'records.sqlite'}")
    return


class Clock:
    """An instant that a test moves."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


def opened(
    lake: Lake, clock: Clock, *, role: Role = "official", language: Language = "en"
) -> AlarmsView:
    """Return the view as it is first shown."""
    screen = open_screen(Store(seoul(), lake, role=role), language=language)
    view = AlarmsView(screen, now=clock)
    look(view)
    return view


def look(view: AlarmsView) -> None:
    """Have the view look again, as the broker does."""
    view.show(view.ask(Selection(), Cancel()), Selection())
    view.rest()


def told(view: AlarmsView) -> str:
    return str("".join(map(str, view.markup())))


def buttons(view: AlarmsView) -> dict[str, Button]:
    """Return alarm → its button, of those that show one."""
    rows = {name: row.children[-1] for name, (row, _) in view._rows.items()}
    return {name: b for name, b in rows.items() if isinstance(b, Button) and b.visible}


def press(view: AlarmsView, button: Button) -> None:
    button._trigger_event(ButtonClick(button))
    look(view)


def test_the_worst_comes_first_with_value_limit_time_source_and_class(lake: Lake) -> None:
    view = opened(lake, Clock(at(5, 15, 40)))
    names = [name.split(".")[0] for name in view._rows]
    assert names[:3] == ["fires_open", "pm25_alert", "pm10_warning"]
    words = " ".join(told(view).split())
    for said in (
        "Fires at the same time",
        "3 open",
        "SIMULATED · cityboard (simulated scenario)",
        "122 μg/m³",
        "limit 150 μg/m³ or more for 2 h, closes below 75 μg/m³",
        "since 01:00",
        "escalated 01:30 to Seoul Metropolitan Government",
        "since 03-04 20:00",
        "Alert</span>",
        "not acknowledged",
    ):
        assert said in words, said


def test_it_says_the_same_in_korean(lake: Lake) -> None:
    words = " ".join(told(opened(lake, Clock(at(5, 15, 40)), language="ko")).split())
    for said in ("동시에 진행 중인 화재", "3건 진행 중", "▨ 모의 자료", "01:00부터", "미확인",
                 "01:30 서울특별시에 상위 보고", "기준 150 μg/m³ 이상 2시간 지속"):  # fmt: skip
        assert said in words, said


def test_a_press_acknowledges_that_alarm_with_role_and_time(lake: Lake) -> None:
    clock = Clock(at(5, 15, 40))
    view = opened(lake, clock)
    waiting = buttons(view)
    pressed = next(name for name in waiting if name.startswith("pm25_alert"))
    press(view, waiting[pressed])
    (made,) = city_records(view.screen.store).acknowledgements(until=clock.now)
    assert (made.alarm_id, made.by_role, made.at) == (pressed, "official", clock.now)
    assert set(buttons(view)) == set(waiting) - {pressed}
    assert list(view._rows)[-1] == pressed or "acknowledged 15:40 by an official" in told(view)


def test_every_screen_sees_who_acknowledged(lake: Lake) -> None:
    clock = Clock(at(5, 15, 40))
    one, other = opened(lake, clock), opened(lake, clock, role="public")
    name = next(name for name in buttons(one) if name.startswith("fires_open"))
    press(one, buttons(one)[name])
    before = other.result
    assert other.question(Selection()) != before
    look(other)
    assert "acknowledged 15:40 by an official" in told(other)


def test_the_public_has_no_button_and_is_told_why(lake: Lake) -> None:
    view = opened(lake, Clock(at(5, 15, 40)), role="public")
    assert told(view).count("data-alarm=") > 3
    assert buttons(view) == {}
    assert "Only officials acknowledge alarms." in told(view)


def test_a_press_that_comes_from_the_public_is_refused(lake: Lake) -> None:
    view = opened(lake, Clock(at(5, 15, 40)), role="public")
    view._acknowledge(view.result.alarms[0].id)
    assert view.problem
    assert city_records(view.screen.store).acknowledgements(until=at(6, 0)) == ()


def test_a_row_stays_the_alarms_own_while_the_list_changes(lake: Lake) -> None:
    clock = Clock(at(5, 15, 20))
    view = opened(lake, clock)
    rows = {name: row for name, (row, _) in view._rows.items()}
    clock.now = at(5, 15, 40)
    look(view)
    assert next(iter(view._rows)).startswith("fires_open")
    for name, (row, _) in view._rows.items():
        assert row is rows.get(name, row)
    assert [row for row, _ in view._rows.values()] == view._list.children[:-1]


def test_nothing_is_asked_or_drawn_anew_while_nothing_changes(lake: Lake) -> None:
    clock = Clock(at(5, 15, 40))
    view = opened(lake, clock)
    before = view.question(Selection())
    clock.now += dt.timedelta(seconds=20)
    assert view.question(Selection()) == before


def test_no_alarm_is_said_in_words(tmp_path: Path) -> None:
    view = opened(Lake(tmp_path / "lake/seoul"), Clock(at(5, 12)))
    assert "No alarm is open now." in told(view)


def test_the_log_opens_behind_the_list(lake: Lake) -> None:
    view = opened(lake, Clock(at(6, 6)))
    log = str(view.behind(view.result))
    for said in ("03-06 04:00:00", "closed", "PM2.5 at the level of an alert", "▨ SIMULATED"):
        assert said in log, said


def test_records_that_cannot_be_read_hide_no_alarm(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RECORDS_VARIABLE, f"sqlite:///{tmp_path / 'gone/records.sqlite'}")
    view = opened(lake, Clock(at(5, 15, 40)))
    assert len(view._rows) > 3
    assert "unable to open database file" in told(view)
    view._acknowledge(view.result.alarms[0].id)
    assert "unable to open database file" in view.problem


def test_words_of_an_incident_run_nothing(lake: Lake) -> None:
    view = opened(lake, Clock(at(5, 15, 40)))
    alarm = view.result.alarms[-1]
    charged = Text(ko=CHARGED, en=CHARGED)
    _, text = view._row(dataclasses.replace(alarm, title=charged, id=CHARGED + '"'))
    assert CHARGED not in text.markup
    assert "&lt;img src=x onerror=alert(1)&gt;" in text.markup
