"""Sessions are freed, and one reader's slow question keeps no other waiting."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY


def run(module: str, home: Path, *arguments: str) -> dict[str, Any]:
    """Return what a module of the tests prints, run over a home in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env={
            "CITYBOARD_HOME": str(home),
            "BOKEH_SIGN_SESSIONS": "yes",
            "BOKEH_SECRET_KEY": "of this test",
        },
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("page", "sessions"), [("mayor", 15), ("explore", 15)])
def test_sessions_that_were_closed_are_freed_whole(
    figures_home: Path, page: str, sessions: int
) -> None:
    found = run("tests.sessions", figures_home, page, str(sessions))
    assert found["during"].pop("answered") == sessions
    assert found["during"].pop("undelayed") == sessions
    assert found["during"]["Broker"] == sessions
    assert found["during"]["Document"] == found["before"]["Document"] + sessions
    assert found["after"] == found["before"]


def test_a_view_held_by_the_process_is_noticed(figures_home: Path) -> None:
    found = run("tests.sessions", figures_home, "explore", "3", "--hold")
    assert found["after"]["Document"] >= found["before"]["Document"] + 3
    assert found["after"]["View"] > found["before"]["View"]


def test_a_slow_question_of_one_reader_keeps_no_other_waiting(figures_home: Path) -> None:
    found = run("tests.slow_question", figures_home)
    assert found["seconds"] > 1.5
    assert found["longest"] < 0.5
    assert found["waits"] > 10


def test_a_question_on_the_servers_own_thread_is_noticed(figures_home: Path) -> None:
    found = run("tests.slow_question", figures_home, "--on-loop")
    assert found["longest"] > 1.0
