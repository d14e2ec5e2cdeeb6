"""The server: one Bokeh process, closed by default.

It listens on loopback, signs sessions, sends a content-security policy with a nonce, offers no
route that a page does not need, and answers only under names it was told: `localhost`, the address
it listens on, and those of BOKEH_ALLOW_WS_ORIGIN. A page of another site that has its own name
point at this machine (DNS rebinding) gets nothing.
"""

import asyncio
import datetime as dt
import logging
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bokeh.server import urls
from bokeh.server.util import bind_sockets, check_allowlist
from bokeh.settings import settings
from bokeh.util.token import get_session_id
from panel.config import config
from panel.io.application import build_applications
from panel.io.server import DIST_DIR, AuthenticatedStaticFileHandler, DocHandler, Server, WSHandler
from panel.io.state import state
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.web import RedirectHandler, RequestHandler

from cityboard.alerts import acknowledgements, active, city_records, evaluate
from cityboard.alerts.words import alarm_words
from cityboard.cameras import MOST_SAID_A_MINUTE, camera_streams, record_said
from cityboard.catalog import Language
from cityboard.errors import CityboardError, DisclosureError, RecordsError
from cityboard.figures import shade
from cityboard.home import city_store, store_at
from cityboard.period import instant_of
from cityboard.promises import PLEDGES, PROJECTS
from cityboard.rollup import kernels
from cityboard.search import Found, SearchIndex, index, kind_words
from cityboard.store import Store
from cityboard.views.now import screen_clock
from cityboard.words import PROVENANCES

log = logging.getLogger(__name__)

EVERY_ADDRESS = (None, "", "0.0.0.0", "::")  # noqa: S104 - not where to listen, but where to ask
OPEN_SECONDS = 120.0
TOKEN = re.compile(r'"token":\s*"([^"]+)"')  # in a page, of its session
STATIC = Path(__file__).parent / "static"
MOST_INDEXES = 8  # of search: now, and some instants of the past
FIRST_PAGE = "mayor"
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'{streams}; media-src 'self' blob:{streams}; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
BODY_BYTES = 64 * 1024  # of what a page may post; Tornado's own limit is 100 MiB
MESSAGE_BYTES = 1024 * 1024  # a page sends a few hundred bytes at a time; the default is 20 MiB


class PageHandler(DocHandler):
    """Gives a page, and a policy under which only its own scripts run."""

    async def prepare(self) -> None:
        """Refuse a request under a name that is not this server's."""
        await super().prepare()
        if not _is_ours(self, self.request.host):
            self.send_error(421)

    async def get_session(self) -> Any:
        """Return the session, its document knowing the nonce of this response."""
        session = await super().get_session()
        nonce = secrets.token_urlsafe(16)
        session.document.template_variables["nonce"] = nonce
        policy = POLICY.format(nonce=nonce, streams=_stream_source())
        self.set_header("Content-Security-Policy", policy)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        return session


class SearchHandler(RequestHandler):
    """Tells what words typed into the header may mean, as JSON; what the role may not see is not.

    Of `q` the words, `lang` the language of titles, `as_of` the instant the city is seen at.
    """

    def prepare(self) -> None:
        """Refuse a request under a name that is not this server's."""
        if not _is_ours(self, self.request.host):
            self.send_error(421)

    def get(self) -> None:
        """Answer with kind, title, address and parameter of each thing found."""
        language: Language = "en" if self.get_argument("lang", "ko") == "en" else "ko"
        store, as_of = city_store(), self.get_argument("as_of", "")
        try:
            zone = ZoneInfo(store.catalog.city.time_zone)
            store = store_at(store, instant_of(as_of, zone)) if as_of else store
            found = index_of(store)
        except CityboardError as error:
            self.set_status(400)
            self.write({"problem": str(error)})
            return
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.write(
            {
                "found": [
                    {
                        "kind": f"{_simulated(store, each, language)}"
                        f"{kind_words(each.kind, language)}",
                        "title": each.title.in_language(language),
                        "address": each.address,
                        "parameter": each.parameter,
                    }
                    for each in found.find(self.get_argument("q", ""))
                ]
            }
        )


class AlarmsHandler(RequestHandler):
    """Tells the open alarms as JSON: what a screen that rotates stops for.

    Of `at` the instant of the screen's clock (without it, that of a live board opened now), `as_of`
    the instant the city is seen at, `lang` the language of titles.
    """

    def prepare(self) -> None:
        """Refuse a request under a name that is not this server's."""
        if not _is_ours(self, self.request.host):
            self.send_error(421)

    async def get(self) -> None:
        """Answer with the open alarms, those nobody has seen first."""
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        language: Language = "en" if self.get_argument("lang", "ko") == "en" else "ko"
        at, as_of = self.get_argument("at", ""), self.get_argument("as_of", "")
        try:
            told = await asyncio.to_thread(open_alarms, city_store(), language, at=at, as_of=as_of)
        except CityboardError as error:
            self.set_status(_status_of(error))
            self.write({"problem": str(error)})
            return
        self.write(told)


def open_alarms(store: Store, language: Language, *, at: str, as_of: str) -> dict[str, Any]:
    """Return the open alarms in words, for programs.

    Args:
        store: Answers.
        language: Of titles.
        at: Instant of the screen's clock, as in the address; empty is that of a live board.
        as_of: Instant the city is seen at; empty is now.

    Raises:
        CityboardError: An instant is none, or nobody can tell who has seen the alarms.
    """
    zone = ZoneInfo(store.catalog.city.time_zone)
    store = store_at(store, instant_of(as_of, zone)) if as_of else store
    now = dt.datetime.now(dt.UTC)
    until = instant_of(at, zone) if at else screen_clock(store).now
    made = acknowledgements(city_records(store), until, now=now)
    found = evaluate(store, until, acknowledgements=made)
    alarms = [alarm_words(store, alarm, language) for alarm in active(found.alarms)]
    unwatched = [rule.title.in_language(language) for rule, _ in found.unwatched]
    return {"at": until.isoformat(timespec="seconds"), "alarms": alarms, "unwatched": unwatched}


def _simulated(store: Store, found: Found, language: Language) -> str:
    """Return the mark and word of what is simulated; nothing for anything else."""
    if found.dataset is None:
        return ""
    provenance = store.snapshot(found.dataset).lineage.provenance
    mark, words = PROVENANCES[provenance]
    return f"{mark} {words.in_language(language)} · " if provenance == "simulated" else ""


_INDEXES: dict[tuple[object, ...], SearchIndex] = {}


def index_of(store: Store) -> SearchIndex:
    """Return the index of what is published now, or was at the store's `as_of`; made once."""
    ids = tuple(dataset.id for dataset in store.datasets())
    named = [store.snapshot(name).files for name in (PLEDGES, PROJECTS) if name in ids]
    key = (store.role, store.catalog.folder, ids, *named)
    if key not in _INDEXES:
        while len(_INDEXES) >= MOST_INDEXES:
            _INDEXES.pop(next(iter(_INDEXES)))
        _INDEXES[key] = index(store)
    return _INDEXES[key]


class Rate:
    """How much is let through in a minute, of all readers together.

    Args:
        most: Times a minute.
        clock: Seconds.
    """

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._minute, self._count = 0, 0

    def lets_through(self) -> bool:
        """Count one more, and tell whether it is still few enough."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute, self._count = minute, 0
        self._count += 1
        return self._count <= self._most


class PostHandler(RequestHandler):
    """Takes what a page of ours sends; what another site has a browser send is refused."""

    def initialize(self, rate: Rate) -> None:
        """Keep how much is let through."""
        self._rate = rate

    def prepare(self) -> None:
        """Refuse another name, another origin or none, and too much."""
        origin = self.request.headers.get("Origin", "")
        if not _is_ours(self, self.request.host):
            self.send_error(421)
        elif not origin or not _is_ours(self, urlsplit(origin).netloc):
            self.send_error(403)
        elif not self._rate.lets_through():
            self.set_header("Retry-After", "60")
            self.send_error(429)


class CameraCheckHandler(PostHandler):
    """Hears from officials' pages whether a camera's picture is seen, and writes it down."""

    async def post(self) -> None:
        """Answer with what is now known of the camera."""
        self.set_header("X-Content-Type-Options", "nosniff")
        try:
            check = await asyncio.to_thread(record_said, city_store(), self.request.body)
        except CityboardError as error:
            self.set_status(_status_of(error))
            self.write({"problem": str(error)})
            return
        self.write({"camera_id": check.camera_id, "is_working": check.is_working})


def _status_of(error: CityboardError) -> int:
    """Return the status of HTTP that tells of an error."""
    if isinstance(error, RecordsError):
        log.error("%s", error)
        return 503
    return 403 if isinstance(error, DisclosureError) else 400


def _stream_source() -> str:
    """Return the host of the cameras' pictures as the policy names it; empty for none or ours."""
    try:
        streams = camera_streams(city_store())
    except CityboardError:
        return ""  # the card of the cameras says why
    return f" {streams.origin}" if streams and streams.origin else ""


class SocketHandler(WSHandler):
    """Opens a page's websocket for browsers of an allowed origin only."""

    async def prepare(self) -> None:
        """Refuse a connection from another origin, or from none, as no browser sends.

        Tornado 6.6 asks `check_origin` only where Origin and Host differ; a hostile name has both.
        """
        await super().prepare()
        origin = self.request.headers.get("Origin", "")
        if not origin or not _is_ours(self, urlsplit(origin).netloc):
            self.set_status(403)
            self.finish()

    def open(self) -> None:
        """Open the connection, and have each message sent at once.

        Small messages would wait until the last is acknowledged, which browsers put off: with 80
        readers at a brush the 95th percentile of a step was 176 ms, and 75 without the wait.
        """
        super().open()
        self.set_nodelay(True)


def make_server(
    apps: Path, *, address: str = "127.0.0.1", port: int = 5006, unused_seconds: float = 15.0
) -> Server:
    """Return a server of every page in a folder, listening but not yet started.

    Args:
        apps: Folder of app scripts; `mayor.py` is served as `/mayor`.
        address: Address to listen on; loopback unless asked otherwise.
        port: Port; 0 takes a free one.
        unused_seconds: How long a session without a websocket is kept.

    Raises:
        CityboardError: There is no app, or the port is taken.
    """
    scripts = sorted(apps.glob("*.py"))
    if not scripts:
        msg = f"{apps} holds no app. Run from a checkout, or name the folder with --apps."
        raise CityboardError(msg)
    _close_routes()
    config.reconnect = True
    try:
        port = port or _free_port(address)
        server = Server(
            build_applications({script.stem: str(script) for script in scripts}),
            address=address,
            port=port,
            allow_websocket_origin=[f"localhost:{port}", f"{address}:{port}"],
            extra_patterns=[
                (r"/", RedirectHandler, {"url": FIRST_PAGE, "permanent": False}),
                (r"/search", SearchHandler),
                (r"/alarms", AlarmsHandler),
                (r"/camera-check", CameraCheckHandler, {"rate": Rate(MOST_SAID_A_MINUTE)}),
                (r"/assets/(.*)", AuthenticatedStaticFileHandler, {"path": str(STATIC)}),
            ],
            use_index=False,
            include_headers=["Accept-Language"],
            include_cookies=[],
            ico_path=DIST_DIR / "images" / "favicon.ico",
            websocket_max_message_size=MESSAGE_BYTES,
            http_server_kwargs={"max_body_size": BODY_BYTES},
            unused_session_lifetime_milliseconds=round(1000 * unused_seconds),
            check_unused_sessions_milliseconds=round(1000 * unused_seconds),
            secret_key=settings.secret_key_bytes(),
            sign_sessions=True,
        )
    except OSError as error:
        msg = f"cannot listen on {address}:{port}: {error.strerror}. Choose another with --port."
        raise CityboardError(msg) from error
    # Panel would start this timer in the first session, and keep that session for good.
    server.io_loop.add_callback(state._schedule_busy_cleanup)  # noqa: SLF001
    return server


async def open_pages(server: Server) -> None:
    """Load the compiled loops and open every page once: no reader shall wait for either.

    A page that cannot be opened is told in the log, and served all the same.

    Args:
        server: Listening; its event loop runs this.
    """
    shade.warm()
    kernels.warm()
    index_of(city_store())
    address = "127.0.0.1" if server.address in EVERY_ADDRESS else server.address
    names = settings.allowed_ws_origin() or [f"localhost:{server.port}"]
    options = {"headers": {"Host": names[0].replace("*", "any")}, "request_timeout": OPEN_SECONDS}
    tornado, opened = server._tornado, set()  # noqa: SLF001 - Bokeh's server knows its pages
    for path in sorted(tornado.app_paths):
        url = f"http://{f'[{address}]' if ':' in address else address}:{server.port}{path}"
        try:
            page = await AsyncHTTPClient().fetch(url, **options)
        except (OSError, HTTPClientError) as error:
            log.warning("%s could not be opened beforehand: %s", path, error)
        else:
            opened |= {get_session_id(token) for token in TOKEN.findall(page.body.decode())}
    for session in (each for path in tornado.app_paths for each in server.get_sessions(path)):
        if session.id in opened:
            session.request_expiration()
    await tornado._cleanup_sessions()  # noqa: SLF001 - nobody will come for them


def _is_ours(handler: RequestHandler, host: str) -> bool:
    names = settings.allowed_ws_origin() or handler.application.websocket_origins
    return bool(check_allowlist(host.lower(), names))


def _free_port(address: str) -> int:
    sockets, port = bind_sockets(address, 0)
    for socket in sockets:
        socket.close()
    return int(port)


def _close_routes() -> None:
    """Leave a page its document and its websocket: no autoload script, no metadata."""
    urls.per_app_patterns[:] = [(r"/?", PageHandler), (r"/ws", SocketHandler)]
