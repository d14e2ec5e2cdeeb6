"""The server is closed by default: what it sends, what it refuses, what it listens to."""

import contextlib
import http.client
import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import websocket

from cityboard.errors import CityboardError
from cityboard.server import MESSAGE_BYTES, make_server
from tests.cities import write_served_city
from tests.servers import Served, served

TOKEN = re.compile(r'"token":\s*"([^"]+)"')
NONCE = re.compile(r"'nonce-([^']+)'")
PULL = ('{"msgid":"1","msgtype":"PULL-DOC-REQ"}', "{}", "{}")
CLOSED = [
    "mayor/autoload.js?bokeh-autoload-element=1",
    "mayor/metadata",
    "components/os/path.py",
    "rest/session_info",
    "liveness?endpoint=/mayor",
    "admin",
    "login",
    "mayor.py",
    "apps/mayor.py",
    "nothing",
]
TRAVERSALS = [
    f"{root}/{step}{file}"
    for root in ("static", "static/extensions/panel", "assets")
    for step in ("../", "%2e%2e/", "..%2f", "%2e%2e%2f", "/", "..\\")
    for file in ("page.py", "../../../../etc/passwd", "../../../../../../../../etc/passwd")
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve Testburg."""
    folder = tmp_path_factory.mktemp("served")
    city = write_served_city(folder / "testburg")
    with served(folder / "home", folder / "log.txt", "--city", str(city)) as running:
        yield running


def get(server: Served, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Return status, headers and text of a page; the path is sent as it stands."""
    connection = http.client.HTTPConnection(server.host, timeout=60)
    connection.request("GET", f"/{path}", headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, dict(answer.getheaders()), text


def token(server: Served) -> str:
    """Return the token of a new session of the first screen."""
    found = TOKEN.search(get(server, "mayor")[2])
    assert found is not None
    return found[1]


@contextmanager
def opened(server: Served, token: str) -> Iterator[websocket.WebSocket]:
    """Give a websocket to the first screen, from a page of the server itself."""
    one = websocket.create_connection(
        f"ws://{server.host}/mayor/ws",
        subprotocols=["bokeh", token],
        origin=f"http://{server.host}",
        timeout=10,
    )
    try:
        with contextlib.suppress(OSError, websocket.WebSocketException):  # it may be refused
            for _ in range(3):  # the acknowledgement, in three parts
                one.recv()
        yield one
    finally:
        one.close()
        one.shutdown()


def pull(one: websocket.WebSocket) -> str:
    """Return the type of the answer to a request for the document; empty when closed."""
    try:
        for part in PULL:
            one.send(part)
        answer = one.recv()
    except (OSError, websocket.WebSocketException):
        return ""
    return str(json.loads(answer)["msgtype"]) if answer else ""


def test_every_page_has_a_policy_with_a_nonce_of_its_own(server: Served) -> None:
    nonces = []
    for _ in range(2):
        status, headers, text = get(server, "mayor")
        assert status == 200
        policy = headers["Content-Security-Policy"]
        (nonce,) = NONCE.findall(policy)
        nonces.append(nonce)
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        scripts = re.findall(r"<script[^>]*>", text)
        assert scripts
        assert all(f'nonce="{nonce}"' in tag or 'src="assets/' in tag for tag in scripts)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    assert nonces[0] != nonces[1]


def test_the_policy_names_no_other_host(server: Served) -> None:
    policy = get(server, "mayor")[1]["Content-Security-Policy"]
    sources = {word for part in policy.split(";") for word in part.split()[1:]}
    own = {"'self'", "'none'", "'unsafe-eval'", "'unsafe-inline'", "data:", "blob:"}
    assert {word for word in sources if not word.startswith("'nonce-")} <= own


@pytest.mark.parametrize("path", CLOSED)
def test_there_is_no_route_that_no_page_needs(server: Served, path: str) -> None:
    assert get(server, path)[0] == 404


def test_no_path_leads_out_of_the_served_folders(server: Served) -> None:
    for path in TRAVERSALS:
        status, _, text = get(server, path)
        assert status in {403, 404}, path
        assert "root:" not in text
        assert "import" not in text


def test_a_session_id_that_the_server_did_not_sign_is_refused(server: Served) -> None:
    for forged in ("abc", "a" * 44, "a" * 44 + ".b"):
        assert get(server, f"mayor?bokeh-session-id={forged}")[0] == 403


def test_a_token_that_the_server_did_not_sign_opens_no_session(server: Served) -> None:
    good = token(server)
    payload, signature = good.split(".")
    for forged in (f"{payload}.{signature[::-1]}", f"{payload[:-4]}AAAA.{signature}", "abc"):
        with opened(server, forged) as one:
            assert not pull(one)
    with opened(server, good) as one:
        assert pull(one) == "PULL-DOC-REPLY"


@pytest.mark.parametrize(
    "origin", [None, "", "null", "http://evil.example", "http://localhost.evil.example"]
)
def test_a_websocket_of_no_origin_or_another_is_refused(server: Served, origin: str | None) -> None:
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": f"bokeh, {token(server)}",
        **({} if origin is None else {"Origin": origin}),
    }
    assert get(server, "mayor/ws", **headers)[0] == 403


def test_a_message_too_large_closes_only_its_own_session(server: Served) -> None:
    with opened(server, token(server)) as one, opened(server, token(server)) as other:
        with contextlib.suppress(OSError):  # closed while it is still being sent
            one.send("x" * (MESSAGE_BYTES + 1))
        assert not pull(one)
        assert pull(other) == "PULL-DOC-REPLY"


def test_it_listens_to_this_machine_only(server: Served) -> None:
    port = int(server.host.partition(":")[2])
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):  # a server of every address would answer here too
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_folder_without_apps_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(CityboardError, match="name the folder with --apps"):
        make_server(tmp_path)


def test_a_browser_finds_an_icon_and_the_first_page(server: Served) -> None:
    assert get(server, "favicon.ico")[0] == 200
    status, headers, _ = get(server, "")
    assert (status, headers["Location"]) == (302, "mayor")
