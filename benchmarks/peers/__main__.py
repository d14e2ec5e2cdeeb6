"""Compare peers on simulated events: `python -m benchmarks.peers --rows 1e6`."""

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.events import make_city, publish_events
from benchmarks.peers.compare import REPEATS, PeerResult, compare
from benchmarks.peers.registry import PEERS
from cityboard.catalog import Catalog
from cityboard.lake import Lake

WIDTHS = {"prepare": 9, "activate": 10, "step": 10, "p95": 10, "charts": 10, "peak": 9}
HEAD = " ".join([" " * 52, *(f"{name:>{width}}" for name, width in WIDTHS.items())])


def main() -> None:
    """Measure, print and, if asked, write the figures; fail where two peers differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--peers", nargs="*", choices=PEERS, help="all by default")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--home", type=Path, help="keep the events here")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = int(given.rows)
    with tempfile.TemporaryDirectory() as scratch:
        files = events(given.home or Path(scratch) / "home", rows)
        results = compare(files, Path(scratch), rows, given.peers, repeats=given.repeats)
    sys.stdout.write(f"{rows:,} rows\n{HEAD}\n" + "".join(map(line, results)))
    if given.json:
        rows_told = [dataclasses.asdict(result) for result in results]
        given.json.write_text(json.dumps(rows_told, indent=2), "utf-8")
    differing = [result.name for result in results if result.digest and not result.equal]
    if differing:
        sys.exit(f"these answer otherwise than the first: {', '.join(differing)}")


def events(home: Path, rows: int) -> list[Path]:
    """Publish events in a home, unless they are there, and return their files."""
    catalog = Catalog(make_city(home / "city"))
    return list(publish_events(Lake(home / "lake" / "seoul"), catalog, rows).files)


def line(result: PeerResult) -> str:
    """Return a result as a line of the table."""
    if result.step_ms is None:
        return f"{result.title:52} {result.note}\n"
    values = {
        "prepare": (result.prepare_s, "s"),
        "activate": (result.activation_ms, "ms"),
        "step": (result.step_ms, "ms"),
        "p95": (result.p95_ms, "ms"),
        "charts": (result.charts_ms, "ms"),
        "peak": (result.peak_mb, "MiB"),
    }
    cells = [_told(*values[name], width) for name, width in WIDTHS.items()]
    equal = "" if result.equal else "  DIFFERS"
    note = f"  {result.note}" if result.note else ""
    return f"{result.title:52} {' '.join(cells)}{equal}{note}\n"


def _told(value: float | None, unit: str, width: int) -> str:
    text = "–" if value is None else f"{value:,.{0 if value >= 100 else 1}f} {unit}"
    return f"{text:>{width}}"


if __name__ == "__main__":
    main()
