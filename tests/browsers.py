"""Chromium as the tests drive it: watched for every fault, read through Bokeh's own models."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

Read = TypeVar("Read")
VARIABLE = "CITYBOARD_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MODELS = (Path(__file__).parent / "models.js").read_text("utf-8")
DESK, WALL, TABLET, PHONE = (1440, 900), (3840, 2160), (1024, 768), (390, 844)
IDLE = "() => window.Bokeh && Bokeh.documents.length && Bokeh.documents.every(d => d.is_idle)"
REST = 400  # ms; tables, sources and the address follow once the hand rests
DOUBLE_TAP = 350  # ms; a press sooner after another than 300 ms is a double tap to Bokeh
LEFT = "net::ERR_ABORTED"  # said also of what a page was loading when another was opened
SECONDS = 15.0  # until an answer must be seen; a shared machine of two cores is slow at times


def find_chromium() -> str:
    """Return the path of a Chromium, or skip and say how to get one."""
    for name in filter(None, (os.environ.get(VARIABLE), *NAMES)):
        if path := shutil.which(name):
            return path
    pytest.skip(
        f"no Chromium: `apt-get install chromium fonts-noto-cjk` as root (or your system's package "
        f"manager), or name the program in {VARIABLE}"
    )


@contextmanager
def launched() -> Iterator[Browser]:
    """Give a running Chromium; skip where there is none."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield browser
        browser.close()


class Watch:
    """Everything that went wrong on a page, or that it asked of another host.

    Args:
        page: Watched from now on.
        host: The only host it may ask (`127.0.0.1:5006`); empty for none.
    """

    def __init__(self, page: Page, host: str) -> None:
        self.host = host
        self.faults: list[str] = []
        self._loading: set[Request] = set()
        self._left: set[Request] = set()  # was loading when another page was asked for
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error.stack}"))
        page.on("request", self._asked)
        page.on("requestfailed", self._failed)
        page.on("requestfinished", self._loaded)
        page.on("response", self._answered)
        page.on("websocket", lambda socket: self._reached(socket.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if request.is_navigation_request():
            self._left |= self._loading
            self._loading.clear()
        self._loading.add(request)
        self._reached(request.url)

    def _loaded(self, request: Request) -> None:
        self._loading.discard(request)

    def _failed(self, request: Request) -> None:
        self._loading.discard(request)
        if request in self._left and request.failure == LEFT:
            return
        self.faults.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def _reached(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.host:
            self.faults.append(f"another host: {url}")


class BoardPage:
    """A page of the server as a reader sees and touches it; cells are named by CSS selectors.

    Args:
        page: Of the browser.
        address: Of the server, with its last slash.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        page.add_init_script(MODELS)

    def open(self, path: str, size: tuple[int, int] = DESK) -> Self:
        """Open a page of the server and wait until it is drawn."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.goto(self.address + path)
        self.settle()
        return self

    def reload(self) -> Self:
        """Load the page's address anew and wait until it is drawn."""
        self.page.reload()
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until nothing is left to draw and every font is there."""
        self.page.wait_for_function(IDLE)
        self.page.evaluate("document.fonts.ready.then(() => true)")

    def columns(self, cell: str, *names: str) -> dict[str, list[Any]]:
        """Return columns of the figure in a cell; NaN is None."""
        found: dict[str, list[Any]] = self.page.evaluate(
            "([cell, names]) => board.columns(cell, names)", [cell, names]
        )
        return found

    def pairs(self, cell: str, key: str, value: str = "value") -> dict[Any, Any]:
        """Return one column of a figure by another."""
        columns = self.columns(cell, key, value)
        return dict(zip(columns[key], columns[value], strict=True))

    def text(self, cell: str) -> str:
        """Return the words a reader sees in a cell, one blank between any two."""
        texts: list[str] = self.page.locator(cell).first.evaluate("one => board.texts(one)")
        return " ".join(" ".join(texts).split())

    def words(self) -> list[str]:
        """Return every word on the page, in texts, titles and figures."""
        found: list[str] = self.page.evaluate("() => board.words()")
        return found

    def parameters(self) -> dict[str, str]:
        """Return the parameters of the address, once the hand rests."""
        self.page.wait_for_timeout(REST)
        return dict(parse_qsl(urlsplit(self.page.url).query))
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def tap(self, cell: str, x: Any, y: Any) -> None:
        """Press a figure at a point of its data, apart enough from the next press to be its own."""
        self.page.mouse.click(*self.spot(cell, x, y))
        self.page.wait_for_timeout(DOUBLE_TAP)

    def drag(self, cell: str, start: tuple[Any, Any], end: tuple[Any, Any]) -> None:
        """Drag over a figure from one point of its data to another."""
        self.page.mouse.move(*self.spot(cell, *start))
        self.page.mouse.down()
        self.page.mouse.move(*self.spot(cell, *end), steps=6)
        self.page.mouse.up()

    def spot(self, cell: str, x: Any, y: Any) -> tuple[float, float]:
        """Return where in the window a point of a figure's data is; scrolled into view."""
        self.page.locator(f"{cell} canvas").first.scroll_into_view_if_needed()
        left, top = self.page.evaluate("([cell, x, y]) => board.spot(cell, x, y)", [cell, x, y])
        return left, top

    def shows(self, read: Callable[[], Any], expected: Any) -> None:
        """Wait until what is read of the page is what is expected, floats to six digits."""
        self.until(read, lambda seen: bool(seen == pytest.approx(expected)))

    def until(self, read: Callable[[], Read], is_met: Callable[[Read], bool]) -> Read:
        """Return what is read of the page once it is as wanted; fail with what it was instead."""
        step = 0.05
        for _ in range(round(SECONDS / step)):
            seen = read()
            if is_met(seen):
                return seen
            self.page.wait_for_timeout(1000 * step)
        pytest.fail(f"after {SECONDS:g} s the page still shows {seen!r:.2000}")
