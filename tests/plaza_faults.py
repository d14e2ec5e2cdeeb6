"""What goes wrong between a city and its Plaza: queue these with `PlazaServer.fail_with`."""

import gzip
import socket
import struct
import zlib
from collections.abc import Callable, Mapping

from tests.plaza_server import Handler


def code(name: str) -> Callable[[Handler], None]:
    """Answer with a result code of the general host."""
    return lambda handler: handler.refuse(name, ["", "json"], is_subway=False)


def status(number: int, headers: Mapping[str, str] | None = None) -> Callable[[Handler], None]:
    """Answer with an HTTP status."""
    return lambda handler: handler.reply(b"", status=number, headers=headers)


def body(content: bytes, headers: Mapping[str, str] | None = None) -> Callable[[Handler], None]:
    """Answer with any bytes."""
    return lambda handler: handler.reply(content, headers=headers)


def cut(content: bytes, *, announced: int) -> Callable[[Handler], None]:
    """Announce more bytes than are sent, or none (0), and hang up."""
    length = f"Content-Length: {announced}\r\n" if announced else ""
    head = f"HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n"
    return lambda handler: handler.wfile.write(head.encode() + content)


def raw(content: bytes) -> Callable[[Handler], None]:
    """Send these bytes instead of HTTP and hang up."""
    return lambda handler: handler.wfile.write(content)


def drip(*, seconds: float, where: str = "body") -> Callable[[Handler], None]:
    """Send one byte at a time, for ever: a read limit between bytes never fires."""

    def fault(handler: Handler) -> None:
        if where == "body":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not handler.server.plaza.stopped.wait(seconds):
            handler.wfile.write(b"a")

    return fault


def bomb(megabytes: int) -> Callable[[Handler], None]:
    """Send a small gzip body that unpacks to many megabytes."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(megabytes)) + packer.flush()
    return body(packed, {"Content-Encoding": "gzip"})


def packed(content: bytes) -> Callable[[Handler], None]:
    """Answer with gzip."""
    return body(gzip.compress(content), {"Content-Encoding": "gzip"})


def redirect(to: str, *, status: int = 302) -> Callable[[Handler], None]:
    """Send the client elsewhere; `{path}` is the path it asked for."""
    return lambda handler: handler.reply(
        b"", status=status, headers={"Location": to.format(path=handler.path)}
    )


def pass_on(handler: Handler) -> None:
    """Answer this one as usual."""
    handler.answer()


def late(seconds: float) -> Callable[[Handler], None]:
    """Answer as usual, but late."""

    def fault(handler: Handler) -> None:
        handler.server.plaza.stopped.wait(seconds)
        handler.answer()

    return fault


def reset(handler: Handler) -> None:
    """Reset the connection without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
