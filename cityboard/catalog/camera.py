"""Where the pictures of a city's cameras come from."""

from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import Field

from cityboard.catalog.text import Entry

CAMERA_ID = "{camera_id}"
# It is written into the page's content-security policy: nothing may end a directive or a source.
HOST = r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?"
LETTER = r"""[^\s{}"'<>;,\\]"""
BEFORE = rf"(?:[^/\s{{}}\"'<>;,\\]{LETTER}*)?"  # what begins with `//` names a host
PATTERN = rf"^(?:{HOST})?/{BEFORE}\{{camera_id\}}{LETTER}*$"
StreamAddress = Annotated[str, Field(pattern=PATTERN)]


class CameraStreams(Entry):
    """Where the pictures of cameras come from, as HLS.

    Attributes:
        address: Of a camera's playlist, on another host or, beginning with `/`, on the page's own;
            `{camera_id}` stands for the camera's id.
        is_simulated: Whether the pictures are made up, for a test or a demonstration: they are
            marked so until the city says that they are real.
    """

    address: StreamAddress
    is_simulated: bool = True

    def of(self, camera_id: str) -> str:
        """Return the address of a camera's playlist."""
        return self.address.replace(CAMERA_ID, quote(camera_id, safe=""))

    @property
    def origin(self) -> str:
        """Return scheme, host and port that pages fetch pictures from; empty for their own."""
        parts = urlsplit(self.address.replace(CAMERA_ID, ""))
        return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else ""
