"""News feeds in RSS 2.0 and Atom: titles as plain text, with their links, and nothing else of them.

A city names the addresses in the entry of its dataset; none is asked otherwise.
"""

import asyncio
import calendar
import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
import httpx2
import polars as pl

from cityboard.catalog import Catalog, Distribution
from cityboard.errors import PassingError, SourceError, SwitchedOffError
from data_sources.citizen_text import plain_text
from data_sources.fetched import Fetched, checksum
from data_sources.nouns import nouns

# Entities may name files, or grow beyond all bounds; no feed needs to declare one.
ENTITY = re.compile(rb"<!\s*(?:ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)
LONGEST_TITLE, LONGEST_LINK, MOST_ITEMS = 300, 2000, 500
DRAFT: dict[str, pl.DataType | type[pl.DataType]] = {
    "item_id": pl.String,
    "feed_url": pl.String,
    "feed_name": pl.String,
    "title": pl.String,
    "link": pl.String,
    "keywords": pl.String,
    "published_at": pl.Datetime("us", "UTC"),
    "known_at": pl.Datetime("us", "UTC"),
    "items": pl.Int32,
    "source_file": pl.String,
    "source_row": pl.Int64,
    "reject_reason": pl.String,
}


@dataclasses.dataclass(frozen=True)
class FeedLimits:
    """How much time and data one news feed may take.

    Attributes:
        seconds: From connecting to the last byte, redirects included.
        body_bytes: Of its document.
        redirects: Followed, to the same host only.
    """

    seconds: float = 15
    body_bytes: int = 5 * 1024 * 1024
    redirects: int = 3


def fetch(distribution: Distribution, folder: Path, limits: FeedLimits | None = None) -> Fetched:
    """Return the documents of every address, or what went wrong with it, as files.

    Args:
        distribution: Its arguments are the addresses.
        folder: The files are kept in it.
        limits: Of each document.

    Raises:
        SwitchedOffError: No address is named.
        PassingError: No address gave a document.
    """
    addresses = distribution.arguments
    if not addresses:
        msg = "no news feed is named: put addresses into `arguments` of its entry"
        raise SwitchedOffError(msg)
    documents = asyncio.run(_receive_all(addresses, limits or FeedLimits()))
    problems = [document["problem"] for document in documents if document["problem"]]
    if len(problems) == len(documents):
        raise PassingError("; ".join(problems))
    (folder / "rss").mkdir(parents=True, exist_ok=True)
    parts = []
    for document in documents:
        name = hashlib.sha256(document["address"].encode()).hexdigest()[:16]
        parts.append(folder / "rss" / f"{name}.json")
        parts[-1].write_text(json.dumps(document), "utf-8")
    return Fetched(tuple(parts), ", ".join(addresses), checksum(parts))


def items(fetched: Fetched, catalog: Catalog) -> pl.DataFrame:
    """Return a draft of the items of news feeds; a feed that gave nothing is one rejected row.

    Args:
        fetched: As of `fetch`.
        catalog: Its areas count as keywords.

    Returns:
        Title in plain text with personal numbers masked; its nouns, none of which is a person's
        name; a link only where it is http or https; when it was published, or, where the feed does
        not tell, when it was received.
    """
    rows = [row for part in fetched.parts for row in _rows(part)]
    areas = frozenset(area.name.ko for area in catalog.areas("district"))
    named = nouns([row["title"] or "" for row in rows], areas=areas)
    for row, words in zip(rows, named, strict=True):
        row["keywords"] = " ".join(sorted(words)) or None
    return pl.DataFrame(rows, schema=DRAFT)


async def _receive_all(addresses: tuple[str, ...], limits: FeedLimits) -> list[dict[str, Any]]:
    headers = {"Accept-Encoding": "identity", "User-Agent": "cityboard"}
    async with httpx2.AsyncClient(headers=headers, timeout=None) as client:
        return await asyncio.gather(*(_document(client, each, limits) for each in addresses))


async def _document(client: httpx2.AsyncClient, address: str, limits: FeedLimits) -> dict[str, Any]:
    """Return what an address gave: a document in Latin-1, byte for letter, or a problem."""
    received_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    document = {"address": address, "received_at": received_at, "problem": None, "body": ""}
    try:
        async with asyncio.timeout(limits.seconds):
            body = await _receive(client, address, limits)
        return document | {"body": body.decode("latin-1")}
    except TimeoutError:
        problem = f"not whole within {limits.seconds:g} s"
    except (httpx2.RequestError, httpx2.InvalidURL, SourceError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
    return document | {"problem": f"{address} gave no feed ({problem})"}


async def _receive(client: httpx2.AsyncClient, address: str, limits: FeedLimits) -> bytes:
    here = _checked(address)
    for _ in range(limits.redirects + 1):
        async with client.stream("GET", here) as response:
            if response.is_redirect:
                here = _redirected(here, response.headers.get("Location", ""))
                continue
            if response.status_code != httpx2.codes.OK:
                raise SourceError(f"HTTP {response.status_code} where 200 was expected")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise SourceError("it is compressed, which was not asked for")
            return await _body(response, limits.body_bytes)
    raise SourceError(f"more than {limits.redirects} redirects")


async def _body(response: httpx2.Response, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most:
            raise SourceError(f"more than {most:,} bytes")
    if ENTITY.search(body.replace(b"\0", b"")):  # of UTF-16 too
        raise SourceError("it declares entities")
    return bytes(body)


def _checked(address: str) -> str:
    """Return an address that is one of http or https with a host.

    Raises:
        SourceError: It is not.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise SourceError("not an address of http or https")
    return address


def _redirected(here: str, location: str) -> str:
    """Return where a redirect leads: to the same host, so that no feed points into our network."""
    there = _checked(urljoin(here, location))
    if _host(there) != _host(here):
        raise SourceError(f"a redirect to {urlsplit(there).hostname}: name that address instead")
    return there


def _host(address: str) -> tuple[str, int | None]:
    parts = urlsplit(address)
    return (parts.hostname or "").removeprefix("www."), parts.port


def _rows(part: Path) -> Iterator[dict[str, Any]]:
    document = json.loads(part.read_text("utf-8"))
    known_at = dt.datetime.fromisoformat(document["received_at"])
    row = dict.fromkeys(DRAFT) | {
        "feed_url": document["address"],
        "known_at": known_at,
        "items": 1,
        "source_file": part.name,
        "source_row": 1,
    }
    if document["problem"]:
        yield row | {"reject_reason": document["problem"]}
        return
    parsed = feedparser.parse(document["body"].encode("latin-1"))
    name = _title(parsed.feed.get("title")) or urlsplit(document["address"]).hostname
    if not parsed.entries:
        why = "it has no item" if parsed.get("version") else "it is neither RSS nor Atom"
        yield row | {"feed_name": name, "reject_reason": f"{document['address']}: {why}"}
    for number, entry in enumerate(parsed.entries[:MOST_ITEMS], start=1):
        yield row | {"feed_name": name, "source_row": number, **_item(entry, row)}


def _item(entry: Any, row: dict[str, Any]) -> dict[str, Any]:
    title, link = _title(entry.get("title")), _link(entry.get("link"))
    own = str(entry.get("id") or link or title or "")
    told = entry.get("published_parsed") or entry.get("updated_parsed")
    return {
        "item_id": hashlib.sha256(f"{row['feed_url']}\n{own}".encode()).hexdigest()[:32],
        "title": title,
        "link": link,
        "published_at": _instant(told) or row["known_at"],
        "reject_reason": None if title else "it has no title",
    }


def _title(markup: Any) -> str | None:
    text = plain_text(str(markup)) if markup else None
    return " ".join(text.split())[:LONGEST_TITLE] if text else None


def _link(link: Any) -> str | None:
    """Return a link of http or https; what else could be pressed is left out."""
    text = str(link or "").strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return text if is_web and len(text) <= LONGEST_LINK and text.isprintable() else None


def _instant(told: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(calendar.timegm(told), dt.UTC) if told else None
    except (OSError, OverflowError, TypeError, ValueError):
        return None
