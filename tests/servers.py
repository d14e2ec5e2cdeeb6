"""The server as the tests run it: a process of its own, as a reader starts it."""

import dataclasses
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

COMMAND = str(Path(sys.executable).with_name("cityboard"))
ADDRESS = re.compile(r"http://\S+")
FAULT = re.compile(r"ERROR|Traceback|Error:|Warning:")
LEFT = re.compile(  # Panel asks nothing of what it could not send to a reader who has gone
    r"^Task exception was never retrieved\n.*WebSocketClosedError\(\)>\n"
    r"(?s:.*?)^tornado\.websocket\.WebSocketClosedError\n",
    re.MULTILINE,
)
SECONDS = 180  # until a server tells its address: a fresh machine compiles the loops first


@dataclasses.dataclass(frozen=True)
class Served:
    """A running server.

    Attributes:
        address: As it printed it, with its last slash.
        log: File of all it says.
    """

    address: str
    log: Path

    @property
    def host(self) -> str:
        """Return host and port."""
        return urlsplit(self.address).netloc

    @property
    def faults(self) -> list[str]:
        """Return the lines of its log that tell of something wrong."""
        said = LEFT.sub("", self.log.read_text("utf-8"))
        return [line for line in said.splitlines() if FAULT.search(line)]


@contextmanager
def served(home: Path, log: Path, *options: str) -> Iterator[Served]:
    """Give `cityboard serve` over a home, on a free port; it is stopped afterwards.

    Args:
        home: Of the snapshots.
        log: File for all it says.
        *options: Further options of the command.
    """
    command = [COMMAND, "serve", "--port", "0", "--home", str(home), *options]
    with started(command, log, environment={**os.environ, "PYTHONUNBUFFERED": "1"}) as address:
        yield Served(address, log)


@contextmanager
def started(command: list[str], log: Path, *, environment: dict[str, str]) -> Iterator[str]:
    """Give the address that a server prints; it is stopped afterwards.

    Args:
        command: Starts it.
        log: File for all it says.
        environment: Of its process.
    """
    with log.open("w") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
    with process:
        try:
            yield _address(process, log)
        finally:
            process.terminate()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(SECONDS * 20):
        if found := ADDRESS.search(log.read_text("utf-8")):
            return found.group()
        if process.poll() is not None:
            break
        time.sleep(0.05)
    msg = f"the server gave no address:\n{log.read_text('utf-8')}"
    raise RuntimeError(msg)
