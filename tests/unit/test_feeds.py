"""The state of a feed from what its watcher last said of it."""

import datetime as dt
from pathlib import Path

import pytest

from cityboard.catalog import LANGUAGES, Feed
from cityboard.feeds import CONDITIONS, OFF_AFTER, condition_of, feed_states
from cityboard.lake import Lake
from cityboard.lake.pulse import Pulse, feeds_folder, read_pulse, write_pulse
from cityboard.store import Store
from tests.streams import ENTRY, stream_city

NOW = dt.datetime(2026, 3, 9, 3, 0, tzinfo=dt.UTC)
FEED = Feed(late_after_seconds=60, stale_after_seconds=300)


def ago(seconds: float) -> dt.datetime:
    return NOW - dt.timedelta(seconds=seconds)


ALIVE = Pulse(heartbeat_at=ago(1), last_good_at=ago(10), last_event_at=ago(20))
STATES = {
    "never watched": (Pulse(), "off"),
    "its watcher is gone": ({"heartbeat_at": NOW - OFF_AFTER - dt.timedelta(seconds=1)}, "off"),
    "without a key": ({"is_switched_off": True, "problem": "no key"}, "off"),
    "nothing yet": ({"last_good_at": None}, "stale"),
    "silent": ({"last_good_at": ago(301)}, "stale"),
    "silent and failing": ({"last_good_at": ago(301), "failures": 3}, "failing"),
    "failing once": ({"failures": 1, "problem": "down"}, "failing"),
    "what comes is old": ({"last_event_at": ago(71)}, "late"),
    "quiet, but not late": ({"last_good_at": ago(200), "last_event_at": ago(210)}, "ok"),
    "no event yet": ({"last_event_at": None}, "ok"),
    "well": ({}, "ok"),
}


@pytest.mark.parametrize("case", STATES)
def test_a_feed_is_in_the_first_state_that_holds(case: str) -> None:
    changes, expected = STATES[case]
    pulse = changes if isinstance(changes, Pulse) else Pulse(**{**vars(ALIVE), **changes})
    assert condition_of(pulse, FEED, NOW) == expected


def test_every_state_has_words_in_both_languages() -> None:
    for words in CONDITIONS.values():
        assert all(words.in_language(language) for language in LANGUAGES)


def test_a_pulse_is_read_as_it_was_written(tmp_path: Path) -> None:
    pulse = Pulse(heartbeat_at=NOW, last_good_at=NOW, received=5, published=3, problem="꺼짐")
    write_pulse(tmp_path, "calls", pulse)
    assert read_pulse(tmp_path, "calls") == pulse
    assert [path.name for path in tmp_path.iterdir()] == ["calls.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"unknown": 1}', '{"heartbeat_at": "x"}'])
def test_a_damaged_pulse_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "calls.json").write_text(text, "utf-8")
    assert read_pulse(tmp_path, "calls") is None


def test_every_feed_the_role_may_see_has_a_state(tmp_path: Path) -> None:
    hidden = "disclosure: {level: internal, reason: {ko: 비공개, en: not public}}\ndcat:"
    for role, entry, seen in (
        ("public", ENTRY, ["calls"]),
        ("public", ENTRY.replace("dcat:", hidden), []),
        ("official", ENTRY.replace("dcat:", hidden), ["calls"]),
    ):
        lake = Lake(tmp_path / "home/lake/testburg")
        store = Store(stream_city(tmp_path / "city", entry), lake, role=role)  # type: ignore[arg-type]
        states = feed_states(store, feeds_folder(lake), NOW)
        assert [(s.dataset, s.state, s.is_pushed) for s in states] == [
            (name, "off", True) for name in seen
        ]


def test_what_watchers_say_lies_in_the_home_beside_the_lake(tmp_path: Path) -> None:
    assert feeds_folder(Lake(tmp_path / "lake/seoul")) == tmp_path / "feeds/seoul"
