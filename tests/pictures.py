"""Cameras for tests: pictures made by ffmpeg, cut into HLS, served on this machine."""

import functools
import http.server
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import imageio_ffmpeg

SECONDS = 30.0  # until the first part must be there
PICTURES = ("-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p")
PARTS = ("-g", "10", "-f", "hls", "-hls_time", "1", "-hls_list_size", "5")
FLAGS = ("-hls_flags", "delete_segments+omit_endlist+temp_file")


class CameraStream:
    """The stream of one camera, as long as its encoder lives.

    Args:
        folder: Served by `StreamServer`; the stream is written below it.
        camera_id: Of the camera.
    """

    def __init__(self, folder: Path, camera_id: str) -> None:
        self.folder, self._process = folder / camera_id, None

    def start(self) -> Self:
        """Have pictures made, until the first part of them is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        program, playlist = imageio_ffmpeg.get_ffmpeg_exe(), self.folder / "index.m3u8"
        command = [program, "-loglevel", "error", "-threads", "1", *PICTURES, *H264, *PARTS, *FLAGS]
        self._process = subprocess.Popen([*command, str(playlist)])
        for _ in range(round(SECONDS / 0.1)):
            if playlist.exists():
                return self
            time.sleep(0.1)
        self.kill()
        raise AssertionError("ffmpeg wrote no playlist")

    def kill(self) -> None:
        """End it as a power cut would: the last playlist stays where it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t"}  # noqa: RUF012

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_words: Any) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a player that stops hangs up in the middle of a part."""


@contextmanager
def stream_server(folder: Path) -> Iterator[str]:
    """Give the template of the addresses under which the streams of a folder are served."""
    handler = functools.partial(_Handler, directory=str(folder))
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{{camera_id}}/index.m3u8"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def camera_streams(folder: Path, *camera_ids: str) -> Iterator[tuple[str, dict[str, CameraStream]]]:
    """Give the template of the addresses and the running streams of some cameras."""
    with stream_server(folder) as template:
        streams = {name: CameraStream(folder, name) for name in camera_ids}
        try:
            for stream in streams.values():
                stream.start()
            yield template, streams
        finally:
            for stream in streams.values():
                stream.kill()
            shutil.rmtree(folder, ignore_errors=True)
