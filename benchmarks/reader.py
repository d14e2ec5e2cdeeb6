"""A reader of *Explore* without a browser: speaks the Bokeh protocol, brushes, reads the answer.

What a browser sends of itself is sent too: that the document is ready.
"""

import asyncio
import dataclasses
import datetime as dt
import json
import random
import re
import time
from collections.abc import Iterator
from typing import Any, ClassVar, Self

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

PAGE = "explore"
TOKEN = re.compile(r'"token":\s*"([^"]+)"')
DAY = dt.timedelta(days=1)
APART = 40  # days: a brush that begins nearer to the last one may select the same periods
GLYPHS = {"Image", "HBar", "Rect"}  # of the map's layer, of bars, of the heat map
VALUES = {"image", "value"}  # columns that change with the period


@dataclasses.dataclass(frozen=True)
class Step:
    """One brush and its answer.

    Attributes:
        ms: From the brush's message until the last byte of the message after which the map's
            layer, every bar chart and the heat map have their new data.
        size: Bytes of all messages that came until then.
        messages: How many those were.
    """

    ms: float
    size: int
    messages: int


class Document:
    """The models of a pulled document that a brush concerns, by their ids.

    Attributes:
        trend: The figure that is brushed.
        answering: Sources that change with the brushed period.
    """

    def __init__(self, content: str) -> None:
        models = {one["id"]: one for one in _objects(json.loads(content))}

        def of(name: str) -> list[dict[str, Any]]:
            return [one["attributes"] for one in models.values() if one["name"] == name]

        def kind(reference: dict[str, str]) -> str:
            return str(models[reference["id"]]["name"])

        self.answering = frozenset(
            source["id"]
            for one in of("GlyphRenderer")
            if kind(one["glyph"]) in GLYPHS
            for source in (models[one["data_source"]["id"]],)
            if VALUES & {name for name, _ in source["attributes"]["data"]["entries"]}
        )
        self.trend = next(
            one["id"]
            for one in models.values()
            if one["name"] == "Figure"
            and any(kind(axis) == "DatetimeAxis" for axis in one["attributes"].get("below", ()))
        )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every model of a document, wherever it was first named."""
    if isinstance(value, dict):
        if value.get("type") == "object" and "id" in value:
            yield value
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from _objects(part)


class Reader:
    """One session, opened with `open`.

    Args:
        socket: Of the session, just opened.
        days: First and last day that may be brushed.

    Attributes:
        steps: Brushes that were answered.
        errors: Whatever went wrong, in words.
        page: Name of the page it opens.
    """

    page: ClassVar[str] = PAGE

    def __init__(self, socket: WebSocketClientConnection, *, days: tuple[dt.date, dt.date]) -> None:
        self.steps: list[Step] = []
        self.errors: list[str] = []
        self._socket, self._days = socket, days
        self._awaited: set[str] = set()
        self._answered = asyncio.Event()
        self._size = self._messages = self._sent = 0
        self._arrived, self._low = 0.0, days[0]
        self._is_leaving = False

    @classmethod
    async def open(
        cls, host: str, *, days: tuple[dt.date, dt.date], parameters: str = "lang=en"
    ) -> Self:
        """Load the page, open its websocket, pull the document, say that it is drawn."""
        address = f"{host}/{cls.page}"
        client = AsyncHTTPClient()
        page = await client.fetch(f"http://{address}?{parameters}", request_timeout=60)
        token = TOKEN.search(page.body.decode())
        if token is None:
            msg = f"{address} gave no session"
            raise RuntimeError(msg)
        request = HTTPRequest(f"ws://{address}/ws", headers={"Origin": f"http://{host}"})
        socket = await websocket_connect(request, subprotocols=["bokeh", token[1]])
        socket.protocol.set_nodelay(True)  # as browsers do
        one = cls(socket, days=days)
        await one._pull()
        return one

    async def _pull(self) -> None:
        await self._read()
        await self._send("PULL-DOC-REQ", {})
        _, content = await self._read()
        self._pulled(content)
        self._reading = asyncio.create_task(self._listen())
        await self._patch(_event("document_ready"))

    def _pulled(self, content: str) -> None:
        self.document = Document(content)

    async def brush(self, *, seconds: float = 10.0) -> None:
        """Brush a random period of whole days, and wait until every other view has answered."""
        geometry = {"type": "rect", "greedy": False, "y0": 0, "y1": 1}
        low, high = self._choose()
        for side, day in (("x0", low), ("x1", high)):
            noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
            geometry[side] = 1000 * noon.timestamp()
        self._awaited, self._size, self._messages = set(self.document.answering), 0, 0
        self._answered.clear()
        began = time.perf_counter()
        trend = {"id": self.document.trend}
        values = [["model", trend], ["geometry", _map(geometry.items())], ["final", True]]
        await self._patch(_event("selectiongeometry", values))
        try:
            await asyncio.wait_for(self._answered.wait(), seconds)
        except TimeoutError:
            self.errors.append(f"no answer after {seconds:g} s; still missing {self._awaited}")
            return
        ms = 1000 * (self._arrived - began)
        self.steps.append(Step(ms, self._size, self._messages))

    async def brush_often(self, *, every: float, begin: float, end: float) -> int:
        """Brush at every multiple of some seconds after `begin`; return how many were left out.

        Args:
            every: Seconds; a multiple that passes while an answer is awaited is left out.
            begin: On the clock of the event loop.
            end: Until when.
        """
        clock, left_out, due = asyncio.get_running_loop().time, 0, begin
        while due < end and not self._is_leaving:
            await asyncio.sleep(max(0.0, due - clock()))
            await self.brush()
            due += every
            while due < clock():
                due, left_out = due + every, left_out + 1
        return left_out

    async def close(self) -> None:
        """Leave the page."""
        self._is_leaving = True
        self._socket.close()
        await self._reading

    def _choose(self) -> tuple[dt.date, dt.date]:
        """Return two days, the first one far from that of the last brush."""
        span = (self._days[1] - self._days[0]).days
        low = self._low
        while abs((low - self._low).days) < APART:
            low = self._days[0] + random.randrange(span) * DAY
        self._low = low
        return low, low + random.randrange((self._days[1] - low).days + 1) * DAY

    async def _listen(self) -> None:
        """Take every message until the socket is closed."""
        while True:
            try:
                header, content = await self._read()
            except ConnectionError:
                self._lost()
                return
            if header["msgtype"] == "ERROR":
                self.errors.append(content)
            elif header["msgtype"] == "PATCH-DOC":
                self._heard(json.loads(content)["events"])

    def _lost(self) -> None:
        if not self._is_leaving:
            self.errors.append("the server closed the websocket")
            self._is_leaving = True

    def _heard(self, events: list[dict[str, Any]]) -> None:
        self._awaited -= {event.get("model", {}).get("id") for event in events}
        if not self._awaited and not self._answered.is_set():
            self._answered.set()

    async def _read(self) -> tuple[dict[str, Any], str]:
        """Return header and content of a message, once its last buffer is here."""
        header = json.loads(await self._fragment())
        await self._fragment()
        content = await self._fragment()
        for _ in range(2 * header.get("num_buffers", 0)):
            await self._fragment()
        self._arrived = time.perf_counter()
        self._messages += 1
        return header, content

    async def _fragment(self) -> Any:
        part = await self._socket.read_message()
        if part is None:
            raise ConnectionResetError
        self._size += len(part)
        return part

    async def _patch(self, event: dict[str, Any]) -> None:
        await self._send("PATCH-DOC", {"events": [event]})

    async def _send(self, kind: str, content: dict[str, Any]) -> None:
        self._sent += 1
        header = {"msgid": str(self._sent), "msgtype": kind}
        parts = [json.dumps(part) for part in (header, {}, content)]
        try:  # all three at once, so that no other message comes between them
            await asyncio.gather(*map(self._socket.write_message, parts))
        except WebSocketClosedError:
            self._lost()


def _map(entries: Any) -> dict[str, Any]:
    return {"type": "map", "entries": [list(entry) for entry in entries]}


def _event(name: str, values: Any = ()) -> dict[str, Any]:
    event = {"type": "event", "name": name, "values": _map(values)}
    return {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}
