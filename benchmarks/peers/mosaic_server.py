"""A DuckDB server for Mosaic on loopback, as its own `duckdb-server` is: one question at a time.

The protocol is that of uwdata/mosaic, packages/server: a message `{type, sql}`, `type` one of
`exec`, `arrow` and `json`; the answer is a text `{}`, an Arrow stream or a text of rows.
"""

import asyncio
import json
import threading
from concurrent.futures import Future

import duckdb
import pyarrow as pa
import tornado.httpserver
import tornado.netutil
import tornado.web
import tornado.websocket

MOST_MESSAGE_BYTES = 2**30


class MosaicServer:
    """Serves from a thread of its own until it is closed.

    Args:
        connection: What to ask; no other thread may use it meanwhile.

    Attributes:
        uri: Where clients find it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        bound: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(bound)), daemon=True)
        self._thread.start()
        self.uri = f"ws://127.0.0.1:{bound.result(30)}/"

    async def _serve(self, bound: "Future[int]") -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        application = tornado.web.Application(
            [("/", _Socket, {"connection": self._connection})],
            websocket_max_message_size=MOST_MESSAGE_BYTES,
        )
        server = tornado.httpserver.HTTPServer(application)
        (socket,) = tornado.netutil.bind_sockets(0, "127.0.0.1")
        server.add_socket(socket)
        bound.set_result(socket.getsockname()[1])
        await self._closing.wait()
        server.stop()
        await server.close_all_connections()

    def close(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(30)


class _Socket(tornado.websocket.WebSocketHandler):
    """One client."""

    def initialize(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def open(self) -> None:
        self.set_nodelay(True)

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002
        return True

    def on_message(self, message: str | bytes) -> None:
        query = json.loads(message)
        try:
            self._answer(query["type"], query["sql"])
        except duckdb.Error as error:
            self.write_message(json.dumps({"error": str(error)}))

    def _answer(self, kind: str, sql: str) -> None:
        if kind == "exec":
            self._connection.execute(sql)
            self.write_message("{}")
        elif kind == "arrow":
            table = self._connection.sql(sql).to_arrow_table()
            self.write_message(_stream(table), binary=True)
        else:
            rows = self._connection.sql(sql).to_arrow_table().to_pylist()
            self.write_message(json.dumps(rows, default=str))


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()
