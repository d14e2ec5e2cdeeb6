"""The server as the benchmarks run it: a process of its own, with a probe in it."""

import asyncio
import contextlib
import dataclasses
import json
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks.events import make_city, publish_events
from cityboard.catalog import Catalog
from cityboard.lake import Lake
from cityboard.rollup import write_rollup

ADDRESS = re.compile(r"http://(\S+?)/")
LEFT = re.compile(  # Panel asks nothing of what it could not send to a reader who has gone
    r"^Task exception was never retrieved\n.*WebSocketClosedError\(\)>\n"
    r"(?s:.*?)^tornado\.websocket\.WebSocketClosedError\n",
    re.MULTILINE,
)
MIB = 2**20


@dataclasses.dataclass(frozen=True)
class Memory:
    """Memory of a process (MiB).

    Attributes:
        own: Of its own: not of a file that is mapped (`RssAnon`).
        resident: With the parts of mapped files that it has touched (`VmRSS`).
    """

    own: float
    resident: float


class ServedCity:
    """A running server.

    Attributes:
        host: Name and port.
    """

    def __init__(self, process: asyncio.subprocess.Process, host: str, log: Path) -> None:
        self.host, self._process, self._log = host, process, log

    async def ask(self, word: str) -> dict[str, float]:
        """Return what the probe answers to `reset`, `report` or `collect`."""
        self._process.stdin.write(f"{word}\n".encode())  # type: ignore[union-attr]
        line = await self._process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            msg = (
                f"the server ended ({await self._process.wait()}):\n{self._log.read_text('utf-8')}"
            )
            raise RuntimeError(msg)
        answer: dict[str, float] = json.loads(line)
        return answer

    async def left(self, seconds: float) -> dict[str, float]:
        """Return the probe's report once no document lives, or when the time is over."""
        for _ in range(round(seconds / 2)):
            await asyncio.sleep(2)
            report = await self.ask("collect")
            if not report["documents"]:
                break
        return report

    def memory(self) -> Memory:
        """Return the memory that the process holds."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text("utf-8").splitlines()
        sizes = dict(line.split(":", 1) for line in lines)
        own, resident = (int(sizes[name].split()[0]) / 1024 for name in ("RssAnon", "VmRSS"))
        return Memory(own, resident)

    def cpu_seconds(self) -> float:
        """Return the processor time of all its threads until now."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8").rsplit(")", 1)[1]
        return sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")

    def faults(self) -> list[str]:
        """Return every line that it wrote to its log: a healthy server writes none."""
        return LEFT.sub("", self._log.read_text("utf-8")).splitlines()


@contextlib.asynccontextmanager
async def served(home: Path, city: Path, *options: str) -> AsyncIterator[ServedCity]:
    """Give a running server of a home; it is stopped afterwards.

    Args:
        home: Of the snapshots.
        city: Folder of the catalogue.
        *options: Further options of `cityboard serve`.
    """
    command = ["-m", "benchmarks.probe", "serve", "--port", "0", "--home", str(home)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        with log.open("w") as said:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                *("--city", str(city)),
                *options,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        try:
            yield ServedCity(process, await _host(process, log), log)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.communicate()


async def _host(process: asyncio.subprocess.Process, log: Path) -> str:
    """Return host and port of the address that a server prints."""
    async for line in process.stdout:  # type: ignore[union-attr]
        if found := ADDRESS.search(line.decode()):
            return found[1]
    msg = f"the server gave no address:\n{log.read_text('utf-8')}"
    raise RuntimeError(msg)


def make_home(home: Path, rows: int) -> Path:
    """Publish events with their rollup, unless they are there, and return the city's folder."""
    city = make_city(home / "city")
    catalog = Catalog(city)
    snapshot = publish_events(Lake(home / "lake" / catalog.id), catalog, rows)
    write_rollup(catalog.dataset("events"), snapshot)
    return city
