"""A hundred million rows under the finger: every goal, its figure, and whether it was met.

`python -m benchmarks.crossfilter --rows 100e6 --json results.json --table docs/benchmark.md`

All figures are of one run on one machine: the engine, its peers on the same work, a server under
load, and a browser. Every answer that is timed is compared with another tool's in the same run.
"""

import argparse
import dataclasses
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import engine
from benchmarks.load import LeakResult, LoadResult, measure_leak, measure_load
from benchmarks.peers.compare import PeerResult, compare
from benchmarks.screen import ScreenResult, measure_screen

SMALL = 1_000_000  # rows with which the engine's step is compared
PARTS = ("build", "first", "step", "drag", "redraw", "box", "server", "append")
AT_TEN_MILLION = ("duckdb-parquet", "pandas", "holoviews", "mosaic", "numba", "cityboard")
LOADS = (80, 160)
SECONDS = 60.0
LEAK = 200
BRUSHES = 30


@dataclasses.dataclass(frozen=True)
class Goal:
    """One goal and what was measured.

    Attributes:
        goal: Number in the issue, and what is measured.
        figure: What was measured; None where it could not be.
        target: What it shall be.
        unit: Of both.
        is_ceiling: Whether the figure shall be at most the target, else at least.
    """

    goal: str
    figure: float | None
    target: float
    unit: str
    is_ceiling: bool = True

    @property
    def passed(self) -> bool:
        """Tell whether it was met; what could not be measured was not."""
        if self.figure is None:
            return False
        return self.figure <= self.target if self.is_ceiling else self.figure >= self.target

    def told(self) -> dict[str, Any]:
        """Return it as a row of the results."""
        figure = None if self.figure is None else round(self.figure, 3)
        sign = "≤" if self.is_ceiling else "≥"
        return {
            "goal": self.goal,
            "figure": figure,
            "target": f"{sign} {self.target:g} {self.unit}",
            "pass": self.passed,
        }


@dataclasses.dataclass(frozen=True)
class Run:
    """Everything that one run measured.

    Attributes:
        rows: Events.
        parts: Part of `benchmarks.engine` → what it measured.
        small_ms: Step of the engine with a million rows.
        peers: At this number of rows.
        ten: At ten million, for those that go no further.
        loads: By number of sessions.
        leak: None where it was left out.
        screen: None where there is no browser.
    """

    rows: int
    parts: dict[str, dict[str, Any]]
    small_ms: float
    peers: list[PeerResult]
    ten: list[PeerResult]
    loads: list[LoadResult]
    leak: LeakResult | None
    screen: ScreenResult | None


def run(rows: int, folder: Path, *, given: argparse.Namespace) -> Run:
    """Measure everything, one thing after the other."""
    home, small = folder / f"events-{rows}", folder / f"events-{SMALL}"
    city = engine.make_home(home, rows)
    parts = {}
    for part in PARTS:
        _say(part)
        parts[part] = engine.measure(part, home)
    engine.make_home(small, min(SMALL, rows))
    engine.measure("build", small)
    small_ms = engine.measure("step", small)["ms"]
    files = list(city.snapshot.files)
    peers = compare(files, folder, rows, given.peers)
    ten: list[PeerResult] = []
    if rows > 10_000_000 and given.peers is None:
        other = engine.make_home(folder / "events-ten", 10_000_000)
        ten = compare(list(other.snapshot.files), folder, 10_000_000, AT_TEN_MILLION)
    loads = []
    for sessions in given.sessions:
        _say(f"{sessions} sessions")
        loads.append(measure_load(home, home / "city" / "seoul", sessions, given.seconds))
    _say("leak")
    leak = measure_leak(home, home / "city" / "seoul", given.leak) if given.leak else None
    _say("screen")
    screen = _screen(home, given.brushes) if given.brushes else None
    return Run(rows, parts, small_ms, peers, ten, loads, leak, screen)


def goals(done: Run) -> list[Goal]:
    """Return every goal with its figure."""
    parts, step = done.parts, done.parts["step"]["ms"]
    return [
        Goal("1 brush step, map and four charts, in the engine", parts["drag"]["ms"], 3, "ms"),
        Goal("1 the same, of any period after any other", step, 3, "ms"),
        Goal("1 the same, to that with a million rows", step / done.small_ms, 1.5, "×"),
        Goal("1 whole server step: answers, shading, message", parts["server"]["ms"], 6, "ms"),
        *_peer_goals(done),
        Goal(
            "3 map of any zoom, period, kind or district, p95", parts["redraw"]["p95_ms"], 15, "ms"
        ),
        Goal("3 the first one of a process", parts["redraw"]["first_ms"], 60, "ms"),
        Goal("3 activation: the first map of a new view, p95", parts["redraw"]["p95_ms"], 60, "ms"),
        Goal("4 rollup built from the snapshot", parts["build"]["seconds"], 45, "s"),
        Goal("4 most memory while building", parts["build"]["peak_mib"] / 1024, 4, "GiB"),
        Goal("4 a million rows appended", parts["append"]["seconds"], 2, "s"),
        Goal("4 size of the rollup", parts["build"]["mb"], 400, "MB"),
        Goal("4 first question of a fresh process", parts["first"]["first_step_ms"], 100, "ms"),
        *_served_goals(done),
        *_screen_goals(done),
    ]


def _peer_goals(done: Run) -> list[Goal]:
    at = {peer.name: peer for peer in done.peers}
    ten = {peer.name: peer for peer in done.ten or done.peers}
    ours, ours_of_ten = at.get("cityboard"), ten.get("cityboard")
    rows = f"{done.rows / 1e6:g} million"
    return [
        _faster(
            f"2 than four DuckDB queries on parquet at {rows}", at, "duckdb-parquet", ours, 100
        ),
        _faster(f"2 than Mosaic with the same map at {rows}", at, "mosaic", ours, 100),
        _faster(
            "2 than link_selections on pandas at 10 million", ten, "holoviews", ours_of_ten, 200
        ),
        _faster(f"2 than a numba pass over all rows at {rows}", at, "numba", ours, 30),
        Goal(
            "2 peers whose every array equals the first peer's, of those run",
            _equal_share(done),
            100,
            "%",
            is_ceiling=False,
        ),
    ]


def _faster(
    words: str, at: dict[str, PeerResult], name: str, ours: PeerResult | None, times: float
) -> Goal:
    peer = at.get(name)
    ratio = peer.step_ms / ours.step_ms if peer and ours and peer.step_ms and ours.step_ms else None
    return Goal(words, ratio, times, "×", is_ceiling=False)


def _equal_share(done: Run) -> float | None:
    ran = [peer for peer in (*done.peers, *done.ten) if peer.digest]
    return 100 * sum(peer.equal for peer in ran) / len(ran) if ran else None


def _served_goals(done: Run) -> list[Goal]:
    found = []
    for load in done.loads:
        name = f"5 {load.sessions} sessions"
        most = 100 if load.sessions <= 80 else 500
        found.append(Goal(f"{name}, brush to answer, p95", load.ms["p95"], most, "ms"))
        found.append(Goal(f"{name}, errors", len(load.errors), 0, ""))
        if load.sessions <= 80:
            found.append(Goal(f"{name}, memory of one", load.session_mb, 2.5, "MB"))
            found.append(
                Goal(f"{name}, lateness of the event loop, p99", load.lag_ms["p99"], 50, "ms")
            )
            found.append(Goal("7 own memory of the process under load", load.own_mb, 400, "MB"))
    if done.leak:
        words = f"5 {done.leak.sessions} sessions opened and closed"
        found.append(Goal(f"{words}, documents left", done.leak.documents, 0, ""))
        found.append(
            Goal(f"{words}, memory grown from quarter to end", done.leak.grown_mb, 10, "MB")
        )
    return found


def _screen_goals(done: Run) -> list[Goal]:
    screen = done.screen
    brush, painted, usable = (
        (screen.brush_ms["p95"], screen.painted_ms["p50"] / 1000, screen.usable_ms["p50"] / 1000)
        if screen
        else (None, None, None)
    )
    return [
        Goal("6 brush to last changed pixel, p95", brush, 130, "ms"),
        Goal("6 first paint, warm", painted, 1.0, "s"),
        Goal("6 usable, warm", usable, 2.0, "s"),
        Goal("6 errors of the page", len(screen.errors) if screen else None, 0, ""),
    ]


def _screen(home: Path, brushes: int) -> ScreenResult | None:
    try:
        return measure_screen(home, home / "city" / "seoul", brushes)
    except FileNotFoundError as error:
        _say(f"no browser: {error}")
        return None


def table(done: Run) -> str:
    """Return the page of the documentation."""
    lines = [
        "# Benchmark",
        "",
        f"Written by `python -m benchmarks.crossfilter --rows {done.rows:g} --table FILE`: "
        f"{done.rows:,} simulated events, {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}. Every ratio is of this one run.",
        "",
        "## Goals",
        "",
        "| goal | figure | target | met |",
        "|---|---|---|---|",
    ]
    for goal in goals(done):
        told = goal.told()
        figure = "not measured" if told["figure"] is None else f"{told['figure']:,}"
        met = "yes" if told["pass"] else "**no**"
        lines.append(f"| {told['goal']} | {figure} | {told['target']} | {met} |")
    lines += ["", "## Peers on the same work", "", *_peer_table(done.peers)]
    if done.ten:
        lines += ["", "At ten million rows:", "", *_peer_table(done.ten)]
    lines += ["", "## Maps by zoom and filter, p95 in ms", "", "| map | ms |", "|---|---|"]
    lines += [f"| {name} | {ms} |" for name, ms in done.parts["redraw"]["p95_by"].items()]
    box = done.parts["box"]
    lines += [
        "",
        f"Four charts of a box on the map: {box['ms']:.1f} ms, p95 {box['p95_ms']:.1f}.",
        "",
    ]
    return "\n".join(lines)


def _peer_table(peers: Sequence[PeerResult]) -> list[str]:
    heads = ("peer", "step ms", "p95", "charts", "map", "activation ms", "prepared in s")
    heads += ("memory MiB", "equal", "note")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for peer in peers:
        numbers = (
            peer.step_ms,
            peer.p95_ms,
            peer.charts_ms,
            peer.map_ms,
            peer.activation_ms,
            peer.prepare_s,
            peer.peak_mb,
        )
        cells = " | ".join("–" if n is None else f"{n:,.1f}" for n in numbers)
        equal = ("yes" if peer.equal else "**no**") if peer.digest else "–"
        lines.append(f"| {peer.title} | {cells} | {equal} | {peer.note.replace('|', '/')} |")
    return lines


def _say(words: str) -> None:
    sys.stderr.write(f"{words} …\n")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--json", type=Path, help="the goals: goal, figure, target, pass")
    parser.add_argument("--table", type=Path, help="the page of the documentation")
    parser.add_argument("--home", type=Path, help="folder of events published before")
    parser.add_argument("--peers", nargs="*", help="only these")
    parser.add_argument("--sessions", type=int, nargs="*", default=LOADS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--leak", type=int, default=LEAK)
    parser.add_argument(
        "--brushes", type=int, default=BRUSHES, help="in a browser; 0 leaves it out"
    )
    given = parser.parse_args()
    folder = given.home or Path(tempfile.mkdtemp(prefix="crossfilter-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        done = run(int(given.rows), folder, given=given)
    finally:
        if given.home is None:
            shutil.rmtree(folder, ignore_errors=True)
    told = [goal.told() for goal in goals(done)]
    for goal in told:
        met, figure = ("met" if goal["pass"] else "NOT"), str(goal["figure"])
        sys.stdout.write(f"{met} {figure:>12} {goal['target']:>12}  {goal['goal']}\n")
    if given.json:
        given.json.write_text(json.dumps(told, ensure_ascii=False, indent=2), "utf-8")
    if given.table:
        given.table.write_text(table(done), "utf-8")
    sys.exit(0 if all(peer.equal for peer in (*done.peers, *done.ten) if peer.digest) else 1)


if __name__ == "__main__":
    main()
