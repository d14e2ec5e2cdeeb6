"""Publishers that are killed, that race, and what their readers see meanwhile."""

import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cityboard.lake import Lake, Snapshot
from tests.lakes import data_files, named_files, numbers, publish, rows
from tests.publishers import (
    REPOSITORY,
    ROWS,
    finish,
    go,
    launch,
    start,
    version_frame,
    wait_until_ready,
)

KILLS = int(os.environ.get("CITYBOARD_KILLS", "60"))
FLUSHES = 8  # of one publish: two files, their folders, the log entry, the folders above


def number_of(snapshot: Snapshot) -> int:
    """Return the one number of a whole version; a mixed or cut frame fails."""
    assert snapshot.problem is None
    frame = rows(snapshot)
    assert frame.height == ROWS
    assert int(frame.get_column("id").sum()) == sum(range(ROWS))
    (number,) = frame.get_column("number").unique()
    return int(number)


class Reader(threading.Thread):
    """Opens and reads the newest version again and again, and keeps what went wrong."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root, self.acknowledged, self.reads = root, 0, 0
        self.faults: list[BaseException] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            at_least = self.acknowledged
            try:
                assert number_of(Lake(self.root).snapshot("toy")) >= at_least
            except Exception as error:  # noqa: BLE001 - any fault at all fails the test
                self.faults.append(error)
            self.reads += 1


@pytest.mark.timeout(60 + 5 * KILLS)
def test_killed_publishers_lose_nothing_and_no_reader_notices(tmp_path: Path) -> None:
    lake, instants = Lake(tmp_path / "lake"), random.Random(2026)
    publish(lake, version_frame(0))
    reader = Reader(lake.root)
    reader.start()
    following = launch("forever", lake.root)
    try:
        for _ in range(KILLS):
            publisher, following = following, launch("forever", lake.root)
            wait_until_ready(publisher)
            go(publisher, number_of(lake.snapshot("toy")) + 1)
            time.sleep(instants.uniform(0, 0.15))
            publisher.kill()
            acknowledged = finish(publisher)
            if acknowledged:
                reader.acknowledged = int(acknowledged[-1])
            assert number_of(Lake(lake.root).snapshot("toy")) >= reader.acknowledged
    finally:
        following.kill()
        finish(following)
        reader.stopped.set()
        reader.join()

    assert reader.faults == []
    assert reader.reads > KILLS
    every = [int(s.lineage.input_sha256) for s in lake.versions("toy")]
    assert every == list(range(len(every) - 1, -1, -1))
    publish(lake, version_frame(-1), source="last")
    assert data_files(lake.root / "toy") == named_files(lake)
    assert list((lake.root / "toy/_delta_log").glob("*#*")) == []


@pytest.mark.parametrize("flush", range(1, FLUSHES + 2))
def test_a_publisher_killed_at_any_flush_leaves_all_or_nothing(tmp_path: Path, flush: int) -> None:
    lake = Lake(tmp_path / "lake")
    publish(lake, version_frame(1), source=1)
    publisher = start("killed_at_flush", lake.root, flush)
    go(publisher, 2)

    acknowledged = finish(publisher) == ["2"]

    assert acknowledged == (flush > FLUSHES)
    assert number_of(lake.snapshot("toy")) == (2 if flush > 4 else 1)
    assert number_of(publish(lake, version_frame(3), source=3)) == 3
    assert data_files(lake.root / "toy") == named_files(lake)


@pytest.mark.parametrize("job", ["replace", "upsert"])
def test_every_publish_of_two_at_once_is_a_version_of_its_own(tmp_path: Path, job: str) -> None:
    publishers = [start(job, tmp_path / "lake", name) for name in (1, 2)]
    for publisher in publishers:
        go(publisher)
    acknowledged = [int(line) for publisher in publishers for line in finish(publisher)]

    assert sorted(acknowledged) == list(range(20))
    versions = Lake(tmp_path / "lake").versions("toy")
    assert {s.lineage.input_sha256 for s in versions} == {
        f"{p}{n}" for p in (1, 2) for n in range(10)
    }


def test_two_replacing_publishers_keep_their_own_rows_in_every_version(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    publishers = [start("replace", lake.root, name) for name in ("a", "b")]
    for publisher in publishers:
        go(publisher)
    for publisher in publishers:
        finish(publisher)

    for snapshot in lake.versions("toy"):
        name, n = rows(snapshot).row(0)
        assert snapshot.lineage.input_sha256 == f"{name}{n}"
        assert lake.snapshot("toy", version=snapshot.version).problem is None


def test_two_upserting_publishers_lose_and_double_no_row(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    publishers = [start("upsert", lake.root, name) for name in (1, 2)]
    for publisher in publishers:
        go(publisher)
    for publisher in publishers:
        finish(publisher)

    own = [1 + n + 1000 * name for name in (1, 2) for n in range(10)]
    assert rows(lake.snapshot("toy")).equals(numbers(0, *own))


def test_a_version_is_on_the_disk_before_it_is_seen_and_before_it_is_acknowledged(
    tmp_path: Path,
) -> None:
    calls = _system_calls(tmp_path)
    linked = next(n for n, call in enumerate(calls) if "linkat" in call)
    before, after = calls[:linked], calls[linked:]

    for name in (r"[0-9a-f]{32}\.parquet", "/toy", r"_rejects/[0-9a-f]{32}\.parquet", "_rejects"):
        assert any(re.search(rf"fsync\(\d+<[^>]*{name}>", call) for call in before), name
    acknowledged = next(n for n, call in enumerate(after) if "acknowledged" in call)
    for name in (r"0{20}\.json", "_delta_log", "/toy", "/lake"):
        flushed = [
            n for n, call in enumerate(after) if re.search(rf"fsync\(\d+<[^>]*{name}>", call)
        ]
        assert min(flushed) < acknowledged, name


def _first_flush(calls: list[str], name: str) -> int | None:
    flushes = re.compile(rf"fsync\(\d+<[^>]*{name}>")
    return next((n for n, call in enumerate(calls) if flushes.search(call)), None)


def _system_calls(tmp_path: Path) -> list[str]:
    if shutil.which("strace") is None:
        pytest.skip("the order of system calls needs strace")
    script = (
        "import sys; from pathlib import Path; from tests.lakes import *;"
        "publish(Lake(Path(sys.argv[1])), numbers(1)); print('acknowledged', flush=True)"
    )
    trace = ["strace", "-f", "-y", "-e", "trace=fsync,linkat,write", "-o", str(tmp_path / "calls")]
    command = [*trace, sys.executable, "-c", script, str(tmp_path / "lake")]
    traced = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if "ptrace" in traced.stderr:
        pytest.skip("strace may not trace here")
    assert traced.returncode == 0, traced.stderr
    return (tmp_path / "calls").read_text().splitlines()
