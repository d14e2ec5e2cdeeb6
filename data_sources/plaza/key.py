"""The key of the Seoul Open Data Plaza: read from the environment, masked wherever text leaves."""

import contextlib
import hashlib
import html
import json
import logging
import os
import re
from collections.abc import Iterator
from typing import Self
from urllib.parse import quote, quote_plus

from cityboard.errors import NoKeyError

VARIABLE = "SEOUL_OPENAPI_KEY"
MASK = "***"
SAMPLE = "sample"  # the Plaza's public key: five rows of a service, no secret
LOGGERS = ("httpx2", "httpcore2.connection", "httpcore2.http11", "httpcore2.proxy")


class Key:
    """The caller's key; neither its text nor its representation ever shows it.

    Args:
        text: The key as issued.
    """

    __slots__ = ("_in_bytes", "_in_text", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        forms = sorted(_forms(text), key=len, reverse=True)
        pattern = "|".join(map(re.escape, forms))
        self._in_text = re.compile(pattern, re.IGNORECASE)
        self._in_bytes = re.compile(pattern.encode(), re.IGNORECASE)

    @classmethod
    def from_environment(cls) -> Self:
        """Return the key the environment holds.

        Raises:
            NoKeyError: There is none.
        """
        text = os.environ.get(VARIABLE, "").strip()
        if not text:
            msg = (
                f"{VARIABLE} is not set: apply for a key at https://data.seoul.go.kr and set it, "
                f"or set it to {SAMPLE!r} to see five rows. "
                f"({VARIABLE} 환경 변수에 열린 데이터 광장 인증키를 넣어 주세요.)"
            )
            raise NoKeyError(msg)
        return cls(text)

    def __repr__(self) -> str:
        return f"Key({self.shown})"

    @property
    def is_sample(self) -> bool:
        """Tell whether this is the Plaza's public sample key."""
        return self._text == SAMPLE

    @property
    def shown(self) -> str:
        """Return what stands for the key in text and URLs."""
        return SAMPLE if self.is_sample else MASK

    @property
    def account(self) -> str:
        """Return a name for the key's account from which the key cannot be read."""
        return hashlib.sha256(f"plaza {self._text}".encode()).hexdigest()[:16]

    def fill(self, target: bytes) -> bytes:
        """Return a request target with the key where its mask stands."""
        return target.replace(self.shown.encode(), quote(self._text, safe="").encode(), 1)

    def mask(self, text: str) -> str:
        """Return text without the key, however it is written there."""
        return text if self.is_sample else self._in_text.sub(MASK, text)

    def mask_bytes(self, content: bytes) -> bytes:
        """Return content without the key, however it is written there."""
        return content if self.is_sample else self._in_bytes.sub(MASK.encode(), content)

    @contextlib.contextmanager
    def masked_logs(self) -> Iterator[None]:
        """Mask the key in what the HTTP library logs: a redirect's `Location` repeats it."""
        loggers = [logging.getLogger(name) for name in LOGGERS]
        for logger in loggers:
            logger.addFilter(self._mask_record)
        try:
            yield
        finally:
            for logger in loggers:
                logger.removeFilter(self._mask_record)

    def _mask_record(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.mask(record.getMessage()), ()
        return True


def _forms(text: str) -> set[str]:
    """Return every way a key is written in URLs, JSON, XML and representations."""
    plain = {text, html.escape(text), html.escape(text, quote=False), repr(text)[1:-1]}
    in_json = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return plain | in_json | {quote(text, safe=""), quote(text), quote_plus(text)}
