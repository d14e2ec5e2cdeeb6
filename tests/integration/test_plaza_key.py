"""The key is on the wire and nowhere else: no log, error, traceback, file or name shows it."""

import json
import logging
import traceback
from urllib.parse import quote, quote_plus, unquote

import pytest
import stamina.instrumentation

from cityboard.errors import SourceError
from data_sources.plaza.key import Key
from tests import plaza_faults as faults
from tests.plaza_invented import enveloped
from tests.plaza_server import KEY

KEYS = {"hexadecimal": KEY, "to be encoded": "Zq/9+x y%41&한<\"'\\=", "short": "Xq7"}


def repeat_the_path(handler):
    """Answer with the path, and so with the key, in every place a server can."""
    path = unquote(handler.path)
    document = enveloped("echo", [{"PATH": handler.path, "DECODED": path}])
    body = json.dumps(document, ensure_ascii=False).encode()
    handler.reply(body, headers={"ETag": f'"{handler.path}"', "X-Path": handler.path})


def refuse_with_the_path(handler):
    key = unquote(handler.path.split("/")[1])
    body = {"RESULT": {"CODE": "ERROR-500", "MESSAGE": f"key {key} at {handler.path}"}}
    handler.reply(json.dumps(body, ensure_ascii=False).encode())


def bad_http_with_the_path(handler):
    handler.wfile.write(f"HTTP/1.1 {handler.path}\r\n\r\n".encode())


def page_with_the_path(handler):
    handler.reply(f"<html>{handler.path} {unquote(handler.path)}</html>".encode())


FAULTS = {
    "none": repeat_the_path,
    "a refusal": refuse_with_the_path,
    "a bad key": faults.code("INFO-100"),
    "a web page": page_with_the_path,
    "a redirect": faults.redirect("https://127.0.0.1:1{path}"),
    "a redirect to nowhere": faults.redirect("http://[{path}"),
    "no http": bad_http_with_the_path,
    "a reset": faults.reset,
    "a cut body": faults.cut(b"{", announced=99),
    "a drip": faults.drip(seconds=0.05),
    "a slow head": faults.drip(seconds=0.05, where="head"),
    "a bomb": faults.bomb(3),
    "damaged gzip": faults.body(b"x", {"Content-Encoding": "gzip"}),
    "http 503": faults.status(503),
}


def everything_said(error):
    """Return an error, all errors behind it and the local values of all their frames."""
    seen, waiting, texts = set(), [error], []
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += [one.__cause__, one.__context__]
        texts += [repr(one), str(one), repr(vars(one))]
        frames = traceback.walk_tb(one.__traceback__)
        texts += [
            f"{name}={value!r}"
            for frame, _ in frames
            if "/tests/" not in frame.f_code.co_filename and not in_pytest(frame)
            for name, value in frame.f_locals.items()
        ]
    return "\n".join(texts)


def in_pytest(frame):
    return "_pytest" in frame.f_code.co_filename


def spellings(key):
    forms = {key, quote(key, safe=""), quote(key), quote_plus(key), json.dumps(key)[1:-1]}
    forms |= {repr(key)[1:-1], repr(quote(key, safe="").encode())[2:-1]}
    return {form.lower() for form in forms}


def assert_hidden(key, text):
    low = text.lower()
    found = [low[max(0, low.find(form) - 60) :][:100] for form in spellings(key) if form in low]
    assert not found


@pytest.fixture
def _retries_are_logged():
    """Log each retry with the standard library, whichever others are installed."""
    stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


@pytest.fixture(params=KEYS)
def secret(request, server, plaza_key, monkeypatch):
    """Set a key that the server knows."""
    server.key = KEYS[request.param]
    monkeypatch.setenv("SEOUL_OPENAPI_KEY", server.key)
    return server.key


@pytest.fixture
def everything_written(tmp_path, caplog, capfd):
    """Return a function that gives all logs, output, file names and files of a test."""
    caplog.set_level(logging.DEBUG)

    def read():
        texts = [repr(vars(record)) + record.getMessage() for record in caplog.records]
        assert len(texts) > 5
        for path in (tmp_path / "kept").rglob("*"):
            texts += [str(path), path.read_bytes().decode() if path.is_file() else ""]
        return "\n".join([*texts, *capfd.readouterr()])

    return read


@pytest.mark.usefixtures("_retries_are_logged")
@pytest.mark.parametrize("fault", FAULTS)
def test_the_key_is_shown_nowhere(server, client, secret, everything_written, fault):
    server.fail_with(FAULTS[fault], times=2)
    plaza = client(server, request_seconds=0.2, tries=2, body_bytes=1_000_000)
    try:
        said = [repr(plaza.fetch("oneBridge")), repr(plaza.rows("oneBridge"))]
    except SourceError as error:
        said = [everything_said(error)]
    assert quote(secret, safe="") in server.paths[0]
    assert_hidden(secret, "\n".join([*said, repr(vars(plaza)), everything_written()]))


def test_the_key_is_shown_nowhere_when_no_server_is_there(
    server, client, secret, everything_written
):
    plaza = client(server)
    server.__exit__()
    with pytest.raises(SourceError) as caught:
        plaza.fetch("oneBridge")
    assert_hidden(secret, everything_said(caught.value) + everything_written())


def test_the_key_is_shown_nowhere_when_a_whole_fetch_takes_too_long(
    server, client, secret, everything_written
):
    server.fail_with(faults.drip(seconds=0.05))
    with pytest.raises(SourceError, match="not read whole") as caught:
        client(server, fetch_seconds=0.2).fetch("oneBridge")
    assert_hidden(secret, everything_said(caught.value) + everything_written())


def test_the_library_logs_as_it_likes_after_a_fetch(server, client):
    client(server).fetch("oneBridge")
    assert [logging.getLogger(name).filters for name in ("httpx2", "httpcore2.http11")] == [[], []]


def test_a_url_in_a_log_shows_where_the_key_belongs(server, client, caplog):
    caplog.set_level(logging.INFO)
    client(server).fetch("oneBridge")
    assert f"{server.url}/***/json/oneBridge/1/1000/" in caplog.text


def test_a_key_that_must_be_encoded_reaches_the_server_whole(server, client, monkeypatch):
    server.key = KEYS["to be encoded"]
    monkeypatch.setenv("SEOUL_OPENAPI_KEY", f"  {server.key}\n")
    assert len(client(server).rows("oneBridge")) == 1


def test_a_key_never_shows_itself():
    key = Key(KEY)
    shown = [repr(key), str(key), f"{key}", repr([key]), key.account, key.shown]
    assert_hidden(KEY, " ".join(shown))


def test_the_sample_key_is_no_secret(monkeypatch):
    monkeypatch.setenv("SEOUL_OPENAPI_KEY", "sample")
    key = Key.from_environment()
    assert key.shown == "sample"
    assert key.mask("a sample of samples") == "a sample of samples"


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_key_is_no_key(monkeypatch, text):
    monkeypatch.setenv("SEOUL_OPENAPI_KEY", text)
    with pytest.raises(SourceError, match="is not set"):
        Key.from_environment()
