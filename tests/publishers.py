"""Publishers that run as processes of their own: `python -m tests.publishers JOB ROOT ARGUMENT`.

Each says `ready`, waits for a line, and prints what it has published as soon as that is
acknowledged. A test kills them, races them, or takes their disk away.
"""

import itertools
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl

from cityboard.errors import LakeError
from cityboard.lake import Lake
from tests.lakes import numbers, publish

REPOSITORY = Path(__file__).parents[1]
ROWS = 20_000


def version_frame(number: int) -> pl.DataFrame:
    """Return a frame that tells by itself whether it is whole and of one version."""
    return pl.DataFrame({"id": range(ROWS), "number": [number] * ROWS})


def start(job: str, root: Path, argument: object = "") -> subprocess.Popen[str]:
    """Return a publisher that is ready and waits for a line."""
    process = launch(job, root, argument)
    wait_until_ready(process)
    return process


def launch(job: str, root: Path, argument: object = "") -> subprocess.Popen[str]:
    """Return a publisher that is starting."""
    command = [sys.executable, "-m", "tests.publishers", job, str(root), str(argument)]
    return subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    """Return when a publisher waits for its line."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def go(process: subprocess.Popen[str], line: object = "") -> None:
    """Let a publisher that waits go on."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def finish(process: subprocess.Popen[str]) -> list[str]:
    """Return the lines a publisher printed before it ended."""
    output, _ = process.communicate()
    return output.splitlines()


def _forever(lake: Lake, _: str, line: str) -> None:
    for number in itertools.count(int(line)):
        publish(lake, version_frame(number), source=number)
        print(number, flush=True)


def _killed_at_flush(lake: Lake, which: str, line: str) -> None:
    """Publish once, and die by SIGKILL as the n-th flush to the disk begins."""
    left = itertools.count(int(which), -1)
    flush = os.fsync

    def last_flush(descriptor: int) -> None:
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        flush(descriptor)

    os.fsync = last_flush  # type: ignore[assignment]
    publish(lake, version_frame(int(line)), source=line)
    print(line, flush=True)


def _replace(lake: Lake, name: str, _: str) -> None:
    for n in range(10):
        snapshot = publish(lake, pl.DataFrame({"name": [name], "n": [n]}), source=f"{name}{n}")
        print(snapshot.version, flush=True)


def _upsert(lake: Lake, name: str, _: str) -> None:
    """Add ten rows of its own, and put row 0, which everyone writes, in place each time."""
    for n in range(10):
        own = 1 + n + 1000 * int(name)
        snapshot = publish(lake, numbers(0, own), source=f"{name}{n}", mode="upsert", key=("id",))
        print(snapshot.version, flush=True)


def _limited(lake: Lake, largest: str, _: str) -> None:
    """Publish under a limit on file sizes, which fails as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), resource.RLIM_INFINITY))
    try:
        publish(lake, version_frame(1), source="limited")
    except LakeError as error:
        print(error, flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(publish(lake, version_frame(2), source="unlimited").version, flush=True)


JOBS = {
    "forever": _forever,
    "killed_at_flush": _killed_at_flush,
    "replace": _replace,
    "upsert": _upsert,
    "limited": _limited,
}

if __name__ == "__main__":
    job, root, argument = sys.argv[1:]
    print("ready", flush=True)
    JOBS[job](Lake(Path(root)), argument, sys.stdin.readline().strip())
