"""What a reader waits for in Chromium: the first paint, a usable page, the answer to a brush.

`python -m benchmarks.screen --rows 1e6 --json results.json`

A brush is made with the mouse on the trend of *Explore* at 1440 × 900. Its time is from the event
of the mouse's release to the end of the last frame in which anything changed, on a canvas, in the
page's texts or by an animation, before 400 ms without a change; the map's layer must be another.
The page is usable when Bokeh has nothing left to draw and the map has its layer.
"""

import argparse
import asyncio
import dataclasses
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from playwright.async_api import Page, TimeoutError, async_playwright  # noqa: A004 - not Python's

from benchmarks.served import make_home, served

SIZE = {"width": 1440, "height": 900}
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
SCRIPT = Path(__file__).with_name("screen.js").read_text("utf-8")
QUIET_MS = 400
PAUSE_MS = 300
APART = 12  # pixels between the sides that a brush may have: more than a week
TIMEOUT_MS = 20_000
Times = dict[str, float]


@dataclasses.dataclass(frozen=True)
class ScreenResult:
    """What a reader waited for.

    Attributes:
        painted_ms: Statistic → from the address to the first paint, all scripts being cached.
        usable_ms: Statistic → from the address to every view drawn.
        brush_ms: Statistic → from the release of the mouse to the last changed frame.
        brushes: How many were made.
        errors: What the page said that it should not, and brushes without an answer.
    """

    painted_ms: Times
    usable_ms: Times
    brush_ms: Times
    brushes: int
    errors: tuple[str, ...]


def measure_screen(home: Path, city: Path, brushes: int = 20, loads: int = 5) -> ScreenResult:
    """Return what one reader waits for in Chromium.

    Args:
        home: Of the events.
        city: Folder of their catalogue.
        brushes: How many are made.
        loads: How often the page is loaded, after once to fill the browser's cache.
    """
    return asyncio.run(_measure(home, city, brushes, loads))


async def _measure(home: Path, city: Path, brushes: int, loads: int) -> ScreenResult:
    async with served(home, city) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(OPTIONS)
        )
        page = await browser.new_page(viewport=SIZE)
        errors = _watched(page)
        await page.add_init_script(SCRIPT)
        address = f"http://{server.host}/explore?lang=en"
        times = [await _load(page, address) for _ in range(loads + 1)][1:]
        answered = [await _brush(page, errors) for _ in range(brushes + 1)][1:]
        await browser.close()
        errors += server.faults()
    return ScreenResult(
        painted_ms=_statistics([one["painted"] for one in times]),
        usable_ms=_statistics([one["usable"] for one in times]),
        brush_ms=_statistics([one for one in answered if one is not None]),
        brushes=brushes,
        errors=tuple(errors),
    )


def _watched(page: Page) -> list[str]:
    """Return a list to which is added whatever goes wrong on a page."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda said: errors.append(said.text) if said.type in {"error", "warning"} else None,
    )
    page.on("requestfailed", lambda request: errors.append(f"failed: {request.url}"))
    return errors


async def _load(page: Page, address: str) -> Times:
    await page.goto("about:blank")
    await page.goto(address)
    found = await page.wait_for_function("() => screenTimes.loaded()", timeout=TIMEOUT_MS)
    times: Times = await found.json_value()
    await page.wait_for_timeout(PAUSE_MS)
    return times


async def _brush(page: Page, errors: list[str]) -> float | None:
    """Return milliseconds to the answer to a random period, or None where there was none."""
    first, last, y = await page.evaluate("screenTimes.trend()")
    one, other = sorted(random.sample(range(round(first), round(last), APART), 2))
    before = await page.evaluate_handle("screenTimes.image()")
    await page.mouse.move(one, y)
    await page.mouse.down()
    await page.mouse.move(other, y, steps=6)
    await page.mouse.up()
    question = f"(before) => screenTimes.answered(before, {QUIET_MS})"
    try:
        found = await page.wait_for_function(question, arg=before, timeout=TIMEOUT_MS, polling=50)
    except TimeoutError:
        errors.append(f"a brush from {one} to {other} was not answered")
        return None
    await page.wait_for_timeout(PAUSE_MS)
    ms: float = await found.json_value()
    return ms


def _statistics(ms: Sequence[float]) -> Times:
    known = ms or [float("nan")]
    return {f"p{share}": float(np.percentile(known, share)) for share in (50, 95, 100)}


def main() -> None:
    """Measure, print and, if asked, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--brushes", type=int, default=20)
    parser.add_argument("--home", type=Path, help="of events published before, or to be kept")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        result = measure_screen(home, make_home(home, int(given.rows)), given.brushes)
    told = {"rows": int(given.rows), **dataclasses.asdict(result)}
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    if given.json:
        given.json.write_text(json.dumps(told, indent=2), "utf-8")


if __name__ == "__main__":
    main()
