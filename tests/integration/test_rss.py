"""News feeds from a server on this machine: good ones, and those that mean harm."""

import contextlib
import dataclasses
import datetime as dt
import gzip
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from cityboard.catalog import Distribution
from cityboard.errors import PassingError, SwitchedOffError
from cityboard.lake import Lake
from cityboard.store import Store
from cityboard.views.media import MEDIA, MediaView
from cityboard.views.screen import open_screen
from data_sources.feeds.poll import poll
from data_sources.feeds.stream import Stream
from data_sources.rss import FeedLimits, fetch, items
from tests.cleaning import seoul

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
STAMP = NOW.strftime("%a, %d %b %Y %H:%M:%S GMT")
QUICK = FeedLimits(seconds=1.5, body_bytes=100_000, redirects=2)
Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def rss(*entries: str, title: str = "동네 신문") -> bytes:
    channel = f"<title>{title}</title>{''.join(f'<item>{each}</item>' for each in entries)}"
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}<rss version="2.0"><channel>{channel}</channel></rss>'.encode()


def entry(title: str, link: str = "https://example.org/1", guid: str = "1") -> str:
    return f"<title>{title}</title><link>{link}</link><guid>{guid}</guid><pubDate>{STAMP}</pubDate>"


ATOM = f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Atom</title>
<entry><id>tag:a,1</id><title type="html">버스 &lt;b&gt;노선&lt;/b&gt;</title>
<link href="https://example.org/atom"/><updated>{NOW.isoformat()}</updated></entry></feed>""".encode()
BOMB = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<rss version="2.0"><channel><item><title>&b;</title></item></channel></rss>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE rss [ <!ENTITY x SYSTEM "file:///etc/passwd"> ]>
<rss version="2.0"><channel><item><title>&x;</title></item></channel></rss>"""


def sent(body: bytes, *, status: int = 200, **headers: str) -> Answer:
    """Answer with a body."""

    def answer(asked: http.server.BaseHTTPRequestHandler) -> None:
        asked.send_response(status)
        for name, value in headers.items():
            asked.send_header(name.replace("_", "-"), value)
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        asked.wfile.write(body)

    return answer


def dripped(asked: http.server.BaseHTTPRequestHandler) -> None:
    """Answer with a byte now and then, without an end."""
    asked.send_response(200)
    asked.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(200):
            asked.wfile.write(b" ")
            time.sleep(0.05)


def cut(asked: http.server.BaseHTTPRequestHandler) -> None:
    """Announce more than is sent."""
    asked.send_response(200)
    asked.send_header("Content-Length", "5000")
    asked.end_headers()
    asked.wfile.write(b"<rss>")
    asked.close_connection = True


@dataclasses.dataclass
class FeedServer:
    """A server of news feeds; `answers` may be changed while it runs."""

    address: str
    answers: dict[str, Answer]

    def at(self, path: str) -> str:
        return f"{self.address}{path}"


@pytest.fixture
def feeds() -> Iterator[FeedServer]:
    answers: dict[str, Answer] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.get(self.path, sent(b"", status=404))(self)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield FeedServer(f"http://127.0.0.1:{server.server_port}", answers)
        server.shutdown()


def asking(*addresses: str) -> Distribution:
    """Return the distribution of the entry with these addresses."""
    (own,) = seoul().dataset(MEDIA).distributions
    return own.model_copy(update={"arguments": addresses})


def received(folder: Path, *addresses: str) -> pl.DataFrame:
    """Return the draft of what these addresses give."""
    return items(fetch(asking(*addresses), folder, QUICK), seoul())


def test_rss_and_atom_become_items(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.answers["/rss"] = sent(rss(entry("지하철 요금 &amp; 버스"), entry("공원", guid="2")))
    feeds.answers["/atom"] = sent(ATOM)
    frame = received(tmp_path, feeds.at("/rss"), feeds.at("/atom"))
    told = frame.select("feed_name", "title", "link", "published_at", "reject_reason").rows()
    assert told == [
        ("동네 신문", "지하철 요금 & 버스", "https://example.org/1", NOW, None),
        ("동네 신문", "공원", "https://example.org/1", NOW, None),
        ("Atom", "버스 노선", "https://example.org/atom", NOW, None),
    ]
    assert frame.get_column("item_id").n_unique() == 3
    assert frame.item(0, "keywords") == "버스 요금 지하철"


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("<![CDATA[<script>alert(1)</script>버스]]>", "버스"),
        ("&lt;img src=x onerror=alert(1)&gt;버스", "버스"),
        (
            "&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;버스",
            "‹script>alert(1)‹/script>버스",
        ),
        ("버스 문의 010-1234-5678", "버스 문의 [PHONE]"),
        ("버" * 5000, "버" * 300),
        ("버스\u202e\u200b 노선", "버스 노선"),
    ],
)
def test_a_title_is_plain_text(feeds: FeedServer, tmp_path: Path, title: str, told: str) -> None:
    feeds.answers["/rss"] = sent(rss(entry(title)))
    assert received(tmp_path, feeds.at("/rss")).get_column("title").to_list() == [told]


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,&lt;script&gt;alert(1)&lt;/script&gt;",
        "file:///etc/passwd",
        "vbscript:x",
        "https://",
        "//example.org/x",
        "http://[::1",
        "https://example.org/" + "a" * 3000,
    ],
)
def test_a_link_that_is_not_of_the_web_is_left_out(
    feeds: FeedServer, tmp_path: Path, link: str
) -> None:
    feeds.answers["/rss"] = sent(rss(entry("버스", link=link)))
    frame = received(tmp_path, feeds.at("/rss"))
    assert frame.select("title", "link").rows() == [("버스", None)]


HOSTILE: dict[str, tuple[Answer, str]] = {
    "bomb": (sent(BOMB), "declares entities"),
    "bomb in UTF-16": (sent(BOMB.decode().encode("utf-16")), "declares entities"),
    "file of this machine": (sent(OUTSIDE), "declares entities"),
    "too large": (sent(b"<rss>" + b" " * 200_000), "more than 100,000 bytes"),
    "compressed": (sent(gzip.compress(rss()), Content_Encoding="gzip"), "compressed"),
    "dripping": (dripped, "not whole within"),
    "cut": (cut, "gave no feed"),
    "server error": (sent(b"", status=500), "HTTP 500"),
    "redirect in a circle": (sent(b"", status=302, Location="/hostile"), "more than 2 redirects"),
    "redirect inwards": (sent(b"", status=302, Location="http://169.254.1.1/"), "a redirect to"),
    "redirect to a file": (sent(b"", status=302, Location="file:///etc/passwd"), "http or https"),
    "another port": (sent(b"", status=301, Location="http://127.0.0.1:1/"), "a redirect to"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_feed_is_refused_and_the_others_are_read(
    feeds: FeedServer, tmp_path: Path, name: str
) -> None:
    feeds.answers["/hostile"], words = HOSTILE[name]
    feeds.answers["/good"] = sent(rss(entry("버스")))
    began = time.monotonic()
    frame = received(tmp_path, feeds.at("/hostile"), feeds.at("/good"))
    assert time.monotonic() - began < 10
    assert frame.get_column("title").to_list() == [None, "버스"]
    assert words in frame.item(0, "reject_reason")
    assert frame.item(1, "reject_reason") is None


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>Not found</body></html>", b"\x00\xff\xfe\x00", b"<rss", b"{}", rss()],
)
def test_what_is_no_feed_is_one_rejected_row(
    feeds: FeedServer, tmp_path: Path, body: bytes
) -> None:
    feeds.answers["/rss"] = sent(body)
    frame = received(tmp_path, feeds.at("/rss"))
    assert frame.height == 1
    assert frame.item(0, "reject_reason")


def test_a_broken_feed_gives_what_can_be_read(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.answers["/rss"] = sent(rss(entry("버스"), entry("공원", guid="2"))[:-60])
    assert received(tmp_path, feeds.at("/rss")).item(0, "title") == "버스"


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://", "x"])
def test_an_address_that_is_not_of_the_web_is_not_asked(address: str, tmp_path: Path) -> None:
    with pytest.raises(PassingError, match="http or https"):
        fetch(asking(address), tmp_path, QUICK)


def test_an_item_without_a_day_is_dated_when_it_came(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.answers["/rss"] = sent(rss("<title>버스</title>"))
    row = received(tmp_path, feeds.at("/rss")).row(0, named=True)
    assert row["published_at"] == row["known_at"] >= NOW


def test_without_an_address_it_is_off(tmp_path: Path) -> None:
    with pytest.raises(SwitchedOffError, match="no news feed is named"):
        fetch(asking(), tmp_path)
    stream = Stream(seoul().dataset(MEDIA), seoul(), Lake(tmp_path / "lake/seoul"))
    assert poll(stream) is None
    assert stream.pulse.is_switched_off
    assert stream.pulse.failures == 0


def test_an_item_that_comes_twice_is_published_once_and_shown(
    feeds: FeedServer, tmp_path: Path
) -> None:
    feeds.answers["/rss"] = sent(rss(entry("<b>버스</b> 노선"), entry("버스 요금", guid="2")))
    dataset = seoul().dataset(MEDIA)
    named = dataset.model_copy(update={"distributions": (asking(feeds.at("/rss")),)})
    lake = Lake(tmp_path / "lake/seoul")
    stream = Stream(named, seoul(), lake)
    first, again = poll(stream), poll(stream)
    assert first is not None
    assert again is not None
    assert (first.published, again.published, again.duplicates) == (2, 0, 2)
    view = MediaView(open_screen(Store(seoul(), lake), language="en"))
    told = view.ask(view.screen.selection.value, None)  # type: ignore[arg-type]
    words = view.words(told)
    assert words["keywords"][0] == ("버스", 2, 0)
    markup = str(view.told(told))
    assert "버스 노선" in markup
    assert 'href="https://example.org/1"' in markup
