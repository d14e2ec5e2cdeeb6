"""One request to the Seoul Open Data Plaza, within limits of time and size, the key masked."""

import asyncio
import dataclasses
import datetime as dt
import functools
import os
import ssl
from collections.abc import Callable
from typing import Self

import httpx2

from cityboard.errors import PassingError, SourceError
from data_sources.plaza.files import Page
from data_sources.plaza.key import Key
from data_sources.plaza.quota import Quota

CALLS_VARIABLE = "SEOUL_OPENAPI_CALLS_PER_DAY"
ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})  # a chunk of brotli may be a bomb


def calls_per_day() -> int:
    """Return the daily quota the environment gives, else what the Plaza's users report.

    Raises:
        SourceError: It is not a whole number.
    """
    text = os.environ.get(CALLS_VARIABLE, "1000")
    if not text.isdecimal():
        msg = (
            f"{CALLS_VARIABLE} is {text!r}: set it to the calls a day your key allows, or unset it."
        )
        raise SourceError(msg)
    return int(text)


@dataclasses.dataclass(frozen=True)
class Limits:
    """How much time, data and calls a fetch may take.

    Attributes:
        request_seconds: For one request, from connecting to the last byte.
        fetch_seconds: For all pages of a fetch, waits between tries included.
        body_bytes: For one answer, after decompression.
        tries: For one page, the first included.
        wait_seconds: Before the second try; doubles with each further one.
        fresh_seconds: How long kept pages are used without asking again.
        calls_per_day: For one key.
    """

    request_seconds: float = 30
    fetch_seconds: float = 300
    body_bytes: int = 32 * 1024 * 1024
    tries: int = 4
    wait_seconds: float = 1
    fresh_seconds: float = 300
    calls_per_day: int = dataclasses.field(default_factory=calls_per_day)


@dataclasses.dataclass(frozen=True)
class Reply:
    """What came back.

    Attributes:
        body: The decoded body, the key masked; None where the kept page still holds.
        tags: Its `ETag` and `Last-Modified`; None where not given.
    """

    body: bytes | None
    tags: tuple[str | None, str | None]


class Connection:
    """Asks for one URL after another; use with `async with`.

    Args:
        key: Fills the place of its mask in each URL on the wire, and nowhere else.
        quota: Counts each request before it is made.
        limits: Of time and size.
        now: Gives the present instant, for the quota.
    """

    def __init__(
        self, key: Key, quota: Quota, *, limits: Limits, now: Callable[[], dt.datetime]
    ) -> None:
        self._key, self._quota, self._limits, self._now = key, quota, limits, now
        self._client = httpx2.AsyncClient(
            verify=_certificates(),
            timeout=None,  # it never fires on a dripping server; `ask` limits the whole
            headers={"Accept-Encoding": "gzip, deflate"},
            event_hooks={"request": [self._put_key]},
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *fault: object) -> None:
        await self._client.aclose()

    async def _put_key(self, request: httpx2.Request) -> None:
        request.extensions["target"] = self._key.fill(request.url.raw_path)

    async def ask(self, url: str, kept: Page | None = None) -> Reply:
        """Return the answer to one request; a kept page makes it conditional.

        Args:
            url: With the mask where the key belongs.
            kept: The page of an earlier fetch.

        Raises:
            QuotaError: The day's calls are used up; nothing was asked.
            PassingError: The network or the server failed; another try may help.
            SourceError: The answer is too large, a redirect, or refused.
        """
        self._quota.take(self._key.account, self._now())
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                return await self._receive(url, _conditions(kept))
        except TimeoutError:
            fault = f"not whole within {self._limits.request_seconds:g} s"
        except httpx2.RequestError as error:
            fault = self._key.mask(f"{type(error).__name__}: {error}")
        # Raised out here because the library's frames behind a chained error may hold the key.
        msg = f"{url} gave no answer ({fault}). Check the network; try again later."
        raise PassingError(msg)

    async def _receive(self, url: str, headers: dict[str, str]) -> Reply:
        async with self._client.stream("GET", url, headers=headers) as response:
            _check_status(url, response, is_conditional=bool(headers))
            tags = self._tag(response, "ETag"), self._tag(response, "Last-Modified")
            if response.status_code == httpx2.codes.NOT_MODIFIED:
                return Reply(None, tags)
            body = await self._body(url, response)
        return Reply(self._key.mask_bytes(body), tags)

    def _tag(self, response: httpx2.Response, name: str) -> str | None:
        tag = response.headers.get(name)
        return self._key.mask(tag) if tag else None

    async def _body(self, url: str, response: httpx2.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._limits.body_bytes:
                msg = (
                    f"{url} answered more than {self._limits.body_bytes:,} bytes. "
                    "No page is that large: the service has changed, or another answers for it."
                )
                raise SourceError(msg)
        return bytes(body)


@functools.cache
def _certificates() -> ssl.SSLContext:
    return httpx2.create_ssl_context()  # takes 18 ms


def _conditions(kept: Page | None) -> dict[str, str]:
    if kept is None:
        return {}
    tags = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified}
    return {name: tag for name, tag in tags.items() if tag}


def _check_status(url: str, response: httpx2.Response, *, is_conditional: bool) -> None:
    status = response.status_code
    if response.is_server_error:
        msg = f"{url} answered HTTP {status}: its server failed. Try again later."
        raise PassingError(msg)
    if status == httpx2.codes.NOT_MODIFIED and is_conditional:
        return
    if response.is_redirect or status != httpx2.codes.OK:
        msg = (
            f"{url} answered HTTP {status} where 200 was expected; a redirect is not followed, "
            "so that the key goes nowhere else. Check the address of the Plaza."
        )
        raise SourceError(msg)
    if response.headers.get("Content-Encoding", "").strip().lower() not in ENCODINGS:
        msg = f"{url} answered in an encoding other than gzip and deflate, which were asked for."
        raise SourceError(msg)
