"""From nothing to a screen: build, serve, first page, one brush.

`python -m benchmarks.startup --data ../shared/data/seoul --json results.json`

Every figure is a median of several runs of the real commands in fresh folders; the build is run
once. Without `--data` the build of the published files is left out; without Chromium the page.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IDLE = "() => window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle"
ADDRESS = re.compile(r"http://\S+")
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
GOALS = {  # seconds, but for the last
    "build of all published files": 240.0,
    "serve, from nothing to the first page": 15.0,
    "first page complete in the browser, warm": 3.0,
    "build, peak memory (GiB)": 2.0,
}


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Give the address of a server over a home folder; it is stopped afterwards."""
    server = subprocess.Popen(
        [shutil.which("cityboard") or "cityboard", "serve", "--port", "0"],
        env={**os.environ, "CITYBOARD_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        lines = iter(server.stdout or ())
        yield next(m.group() for m in map(ADDRESS.search, lines) if m)
    finally:
        server.terminate()
        server.wait()


def time_build(home: Path, data: Path) -> tuple[float, float]:
    """Return seconds and peak GiB of one build of every published file."""
    before = time.perf_counter()
    subprocess.run(
        ["cityboard", "build", "--data", str(data)],
        env={**os.environ, "CITYBOARD_HOME": str(home)},
        check=True,
        capture_output=True,
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return time.perf_counter() - before, peak


def time_serve(home: Path) -> float:
    """Return seconds from `cityboard serve` in an empty home to the first page's last byte."""
    before = time.perf_counter()
    with served(home) as address, urllib.request.urlopen(f"{address}mayor") as page:
        page.read()
        return time.perf_counter() - before


def time_page(page: Page, address: str) -> float:
    """Return seconds from the address to a page that has nothing left to draw."""
    before = time.perf_counter()
    page.goto(address)
    page.wait_for_function(IDLE)
    return time.perf_counter() - before


def run_pages(home: Path, runs: int) -> dict[str, float]:
    """Return the median times of the pages in Chromium, after one warm-up each."""
    with served(home) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM_OPTIONS)
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        times = {}
        for name, path in (
            ("first page complete in the browser, warm", "mayor"),
            ("explore, 572 million boardings, warm", "explore?dataset=bus_boardings"),
        ):
            time_page(page, address + path)
            times[name] = statistics.median(time_page(page, address + path) for _ in range(runs))
        browser.close()
        return times


def main() -> None:
    """Run every measurement and print figure, goal and whether it is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of published files")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", type=Path, dest="output")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if options.data:
            seconds, peak = time_build(home / "published", options.data)
            figures["build of all published files"] = seconds
            figures["build, peak memory (GiB)"] = peak
        starts = [time_serve(home / f"empty{run}") for run in range(min(3, options.runs))]
        figures["serve, from nothing to the first page"] = statistics.median(starts)
        if shutil.which("chromium"):
            warm = home / "published" if options.data else home / "empty0"
            figures |= run_pages(warm, options.runs)
    rows = [
        {"goal": name, "figure": round(value, 2), "target": GOALS.get(name)}
        for name, value in figures.items()
    ]
    for row in rows:
        row["pass"] = row["target"] is None or row["figure"] <= row["target"]
        target = f"goal {row['target']:g}" if row["target"] else ""
        sys.stdout.write(f"{row['figure']:9.2f}  {row['goal']:45} {target}\n")
    if options.output:
        options.output.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
