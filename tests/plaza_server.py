"""A Seoul Open Data Plaza on this machine: it answers from a folder of fixtures as the real one.

`fail_with` queues faults, which are in `tests/plaza_faults.py`.
"""

import hashlib
import http.server
import json
import re
import threading
import urllib.parse
import xml.sax.saxutils
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.plaza_fixtures import Fixture, load_fixtures

KEY = "5365c2e1f0a94b7d8e6a1f2b3c4d5e6f"  # of this server only
MESSAGES = {
    "INFO-100": "인증키가 유효하지 않습니다.\n인증키가 없는 경우, 홈페이지에서 신청하십시오.",
    "INFO-200": "해당하는 데이터가 없습니다.",
    "ERROR-300": "필수 값이 누락되어 있습니다.",
    "ERROR-301": "파일타입 값이 누락 혹은 유효하지 않습니다.",
    "ERROR-310": "해당하는 서비스를 찾을 수 없습니다.",
    "ERROR-331": "요청시작위치 값을 확인하십시오.",
    "ERROR-332": "요청종료위치 값을 확인하십시오.",
    "ERROR-333": "요청위치 값의 타입이 유효하지 않습니다.",
    "ERROR-334": "요청종료위치 보다 요청시작위치가 더 큽니다.",
    "ERROR-335": "샘플데이터(샘플키:sample) 는 한번에 최대 5건을 넘을 수 없습니다.",
    "ERROR-336": "데이터요청은 한번에 최대 1000건을 넘을 수 없습니다.",
    "ERROR-500": "서버 오류입니다.",
    "ERROR-600": "데이터베이스 연결 오류입니다.",
    "ERROR-601": "SQL 문장 오류 입니다.",
}
# Columns each positional argument filters, where any column of the value would be too generous.
COLUMNS = {"RealtimeCityAir": (("MSRRGN_NM", "SAREA_NM"), ("MSRSTE_NM", "MSRSTN_NM"))}
COUNTS_RETURNED = frozenset({"bikeList", "swingList"})


def _xml(document: Any, tag: str = "") -> str:
    if isinstance(document, dict):
        inner = "".join(_xml(value, name) for name, value in document.items())
    elif isinstance(document, list):
        return "".join(_xml(value, tag) for value in document)
    else:
        inner = xml.sax.saxutils.escape(str(document))
    return f"<{tag}>{inner}</{tag}>" if tag else inner


@dataclass
class Refused(Exception):
    """The request is answered with a result code."""

    code: str


@dataclass
class Asked:
    """One request, taken apart."""

    key: str
    type: str
    service: str
    start: int
    end: int
    arguments: list[str]
    is_subway: bool


class PlazaServer:
    """The server; use with `with`.

    Args:
        folder: Fixtures.
        fill: Repeat rows up to the announced count, so that trimmed recordings have all pages.
        tags: Headers answered with each body: of `ETag`, `Last-Modified`.
    """

    def __init__(self, folder: Path, *, fill: bool = False, tags: tuple[str, ...] = ()) -> None:
        self.fixtures = load_fixtures(folder)
        self.fill, self.tags, self.key = fill, tags, KEY
        self.paths: list[str] = []
        self.statuses: list[int] = []
        self.stopped = threading.Event()
        self._faults: deque[Callable[[Handler], None]] = deque()
        self._http = _Quiet(("127.0.0.1", 0), Handler)
        self._http.plaza = self

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def subway_url(self) -> str:
        return f"{self.url}/api/subway"

    def prefer(self, name: str) -> None:
        """Serve this file before the others of its service."""
        self.fixtures.sort(key=lambda fixture: fixture.name != name)

    def fail_with(self, fault: Callable[["Handler"], None], *, times: int = 1) -> None:
        """Answer the next requests with a fault."""
        self._faults.extend([fault] * times)

    def next_fault(self) -> Callable[["Handler"], None] | None:
        return self._faults.popleft() if self._faults else None

    def answer(self, asked: Asked) -> Any:
        """Return the document for a request.

        Raises:
            Refused: No such service, or no data.
        """
        fixtures = [
            fixture
            for fixture in self.fixtures
            if fixture.service == asked.service and fixture.is_subway == asked.is_subway
        ]
        if not fixtures:
            raise Refused("ERROR-310")
        fitting = [f for f in fixtures if self._matching(f, asked)] or [fixtures[0]]
        fixture, total = fitting[0], fitting[0].total
        rows = self._rows(fitting, asked)
        if self._matching(fixture, asked) != fixture.rows:
            rows = dict(enumerate(self._matching(fixture, asked), start=fixture.start))
            total = len(rows)
        window = [rows[n] for n in range(asked.start, asked.end + 1) if n in rows]
        if not window:
            raise Refused("INFO-200")
        if asked.service in COUNTS_RETURNED:
            total = len(window)
        return fixture.envelope(window, total)

    def _rows(self, fixtures: list[Fixture], asked: Asked) -> dict[int, dict[str, Any]]:
        """Return rows by position; a second file with the same first position is another time."""
        rows: dict[int, dict[str, Any]] = {}
        for fixture in fixtures:
            if fixture.start not in rows and fixture.is_xml == fixtures[0].is_xml:
                rows.update(enumerate(fixture.rows, start=fixture.start))
        first = fixtures[0]
        if self.fill:
            for n in range(1, first.total + 1):
                rows.setdefault(n, first.rows[n % len(first.rows)])
        return rows

    def _matching(self, fixture: Fixture, asked: Asked) -> list[dict[str, Any]]:
        if asked.key == "sample" and asked.service.startswith("citydata"):
            return fixture.rows
        columns = COLUMNS.get(asked.service, ())
        rows = fixture.rows
        for place, argument in enumerate(asked.arguments):
            if argument.strip():
                names = columns[place] if place < len(columns) else None
                rows = [row for row in rows if _holds(row, argument, names)]
        return rows


def _holds(row: dict[str, Any], argument: str, names: tuple[str, ...] | None) -> bool:
    values = [str(value) for name, value in row.items() if names is None or name in names]
    return argument in values or argument in [value.replace("-", "") for value in values]


class _Quiet(http.server.ThreadingHTTPServer):
    """A server that stays silent when a client hangs up."""

    daemon_threads = True
    plaza: PlazaServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: _Quiet

    def log_message(self, *words: object) -> None:
        pass

    def do_GET(self) -> None:
        plaza = self.server.plaza
        plaza.paths.append(self.path)
        fault = plaza.next_fault()
        if fault:
            fault(self)
            self.close_connection = True
        else:
            self.answer()

    def answer(self) -> None:
        """Answer as the Plaza does."""
        plaza = self.server.plaza
        parts = self.path.removeprefix("/api/subway").split("/")[1:]
        is_subway = self.path.startswith("/api/subway/")
        try:
            asked = _asked(parts, key=plaza.key, is_subway=is_subway)
            document = plaza.answer(asked)
        except Refused as refused:
            self.refuse(refused.code, parts, is_subway=is_subway)
            return
        only_xml = all(f.is_xml for f in plaza.fixtures if f.service == asked.service)
        self.reply(_body(document, as_xml=only_xml or asked.type != "json"), tags=plaza.tags)

    def refuse(self, code: str, parts: list[str], *, is_subway: bool) -> None:
        """Answer with a result code; the status is 200, and a bad key is told in XML always."""
        message = MESSAGES.get(code, "")
        if is_subway:
            document = {"status": 500, "code": code, "message": message, "link": "", "total": 0}
        else:
            document = {"RESULT": {"CODE": code, "MESSAGE": message}}
        as_json = len(parts) > 1 and parts[1] == "json" and code != "INFO-100"
        self.reply(_body(document, as_xml=not as_json and not is_subway))

    def reply(
        self,
        body: bytes,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        tags: tuple[str, ...] = (),
    ) -> None:
        sent = dict(headers or {})
        if "ETag" in tags:
            sent["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if "Last-Modified" in tags:
            sent["Last-Modified"] = "Mon, 01 Jan 2024 00:00:00 GMT"
        known = (
            self.headers.get("If-None-Match") == sent.get("ETag", "")
            or self.headers.get("If-Modified-Since") == sent.get("Last-Modified", "")
        )  # fmt: skip
        if known:
            status, body = 304, b""
        self.server.plaza.statuses.append(status)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **sent}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _asked(parts: list[str], *, key: str, is_subway: bool) -> Asked:
    given, kind, service, start, end, *arguments = (*map(urllib.parse.unquote, parts), *[""] * 5)
    rows = [text for text in (start, end) if text]
    checks = [
        (given not in {key, "sample"}, "INFO-100"),
        (kind not in {"json", "xml", "xmlf", "xls"}, "ERROR-301"),
        (not service, "ERROR-300"),
        (not start, "ERROR-331"),
        (not end, "ERROR-332"),
        (not all(re.fullmatch(r"-?\d+", text) for text in rows), "ERROR-333"),
    ]
    for failed, code in checks:
        if failed:
            raise Refused(code)
    first, last = int(start), int(end)
    if last < first:
        raise Refused("ERROR-334")
    if given == "sample" and last > 5:
        raise Refused("ERROR-335")
    if last - first >= 1000:
        raise Refused("ERROR-336")
    return Asked(given, kind, service, first, last, list(arguments), is_subway)


def _body(document: Any, *, as_xml: bool) -> bytes:
    if as_xml:
        return f'<?xml version="1.0" encoding="UTF-8"?>{_xml(document)}'.encode()
    return json.dumps(document, ensure_ascii=False).encode()
