"""Sessions are freed, and one reader's slow question keeps no other waiting."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


def count(home: Path, *arguments: str) -> dict[str, dict[str, int]]:
    """Return what `tests.sessions` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sessions", *arguments],
        env={"PATH": "", "CITYBOARD_HOME": str(home)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, int]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("page", "sessions"), [("mayor", 15), ("explore", 15)])
def test_sessions_that_were_closed_are_freed_whole(
    figures_home: Path, page: str, sessions: int
) -> None:
    found = count(figures_home, page, str(sessions))
    assert found["during"].pop("answered") == sessions
    assert found["during"]["Broker"] == sessions
    assert found["during"]["Document"] == found["before"]["Document"] + sessions
    assert found["after"] == found["before"]


def test_a_view_held_by_the_process_is_noticed(figures_home: Path) -> None:
    found = count(figures_home, "explore", "3", "--hold")
    assert found["after"]["Document"] >= found["before"]["Document"] + 3
    assert found["after"]["View"] > found["before"]["View"]
