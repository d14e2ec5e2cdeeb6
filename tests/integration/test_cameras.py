"""Cameras of the real register: which work, which are nearest, who may say so and who may watch."""

import datetime as dt
import http.client
import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cityboard.cameras import (
    CAMERAS,
    COUNTS_FOR,
    MOST_SAID_A_MINUTE,
    STREAMS_VARIABLE,
    Camera,
    camera_streams,
    health_log,
    last_checks,
    near_cameras,
    record_said,
)
from cityboard.catalog import CameraStreams, Catalog
from cityboard.errors import CatalogError, DisclosureError, QueryError, UnknownNameError
from cityboard.lake import Lake
from cityboard.records import RECORDS_VARIABLE
from cityboard.server import BODY_BYTES, Rate
from cityboard.store import Store
from cityboard.views.camera import CameraView
from cityboard.views.screen import open_screen
from data_sources.publish import publish
from tests.cleaning import SEOUL, seoul
from tests.servers import Served, served

CAMERA = "11943"
NOON = dt.datetime(2026, 3, 5, 3, 0, tzinfo=dt.UTC)
CITY_HALL = (126.978, 37.566)
STREAMS = "http://127.0.0.1:9/{camera_id}/index.m3u8"
EARTH_M = 6_371_008.8


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the register alone; for reading only."""
    home = tmp_path_factory.mktemp("register")
    lake = Lake(home / "lake/seoul")
    publish(seoul().dataset(CAMERAS), catalog=seoul(), lake=lake, data=None)
    return home


@pytest.fixture(autouse=True)
def own_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RECORDS_VARIABLE, f"sqlite:///{tmp_path / 'records.sqlite'}")
    monkeypatch.delenv(STREAMS_VARIABLE, raising=False)


@pytest.fixture
def official(register: Path) -> Store:
    return Store(seoul(), Lake(register / "lake/seoul"), role="official")


@pytest.fixture
def public(register: Path) -> Store:
    return Store(seoul(), Lake(register / "lake/seoul"))


def said(camera_id: str, reason: str) -> bytes:
    return json.dumps({"camera_id": camera_id, "reason": reason}).encode()


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the great-circle distance, by the cosine rule rather than the haversine."""
    a, b = math.radians(lat), math.radians(other_lat)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(
        math.radians(other_lon - lon)
    )
    return EARTH_M * math.acos(min(1.0, cosine))


def ids(cameras: tuple[Camera, ...]) -> list[str]:
    return [camera.id for camera in cameras]


def test_the_nearest_that_work_are_those_of_brute_force(official: Store) -> None:
    frame = official.frame(CAMERAS)
    columns = frame[["record_number", "lon", "lat"]].itertuples(index=False)
    rows = [(str(number), lon, lat) for number, lon, lat in columns]
    draw = random.Random(5)
    for _ in range(20):
        lon, lat = draw.uniform(126.80, 127.15), draw.uniform(37.45, 37.68)
        away = {name: metres(lon, lat, x, y) for name, x, y in rows}
        for dead in draw.sample(sorted(away, key=away.__getitem__)[:12], 5):
            record_said(official, said(dead, "still"))
        broken = {name for name, check in last_checks(official).items() if not check.is_working}
        expected = sorted((metres, name) for name, metres in away.items() if name not in broken)
        found = near_cameras(official, lon, lat, 8)
        assert [c.distance_m for c in found.working] == pytest.approx(
            [metres for metres, _ in expected[:8]], abs=0.05
        )
        assert not set(ids(found.working)) & broken
        nearest = sorted(away, key=away.__getitem__)[:8]
        assert set(ids(found.passed_over)) >= set(nearest[:7]) & broken
    assert len(broken) >= 90


def test_a_camera_is_passed_over_until_its_picture_comes_again(official: Store) -> None:
    first, second, *_ = ids(near_cameras(official, *CITY_HALL, 4).working)
    record_said(official, said(first, "network"))
    found = near_cameras(official, *CITY_HALL, 4)
    assert ids(found.working)[0] == second
    assert [(c.id, c.check.reason) for c in found.passed_over if c.check] == [(first, "network")]
    record_said(official, said(first, "seen"))
    found = near_cameras(official, *CITY_HALL, 4)
    assert (ids(found.working)[0], found.passed_over) == (first, ())


def test_what_was_said_counts_for_an_hour(official: Store) -> None:
    record_said(official, said(CAMERA, "still"), now=NOON)
    later = NOON + COUNTS_FOR
    assert set(last_checks(official, now=later)) == {CAMERA}
    assert last_checks(official, now=later + dt.timedelta(seconds=1)) == {}
    assert last_checks(official, now=NOON - dt.timedelta(seconds=1)) == {}


def test_the_same_is_not_written_again_at_once(official: Store) -> None:
    for second, reason in ((0, "still"), (3, "still"), (4, "seen"), (5, "seen"), (20, "seen")):
        record_said(official, said(CAMERA, reason), now=NOON + dt.timedelta(seconds=second))
    log = health_log(official).camera_checks(CAMERA, until=NOON + COUNTS_FOR)
    assert [(c.at - NOON).seconds for c in log] == [0, 4, 20]
    assert [(c.is_working, c.reason) for c in log] == [(False, "still"), (True, ""), (True, "")]


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"camera_id": 1, "reason": "seen"}',
        b'{"camera_id": "1"}',
        b'{"camera_id": "11943", "reason": "<script>"}',
        b'{"camera_id": "11943", "reason": "seen", "at": "2030-01-01"}',
        b'{"camera_id": "../1", "reason": "seen"}',
        b'{"camera_id": "' + b"1" * 60_000 + b'", "reason": "seen"}',
    ],
)
def test_other_words_are_not_written(official: Store, words: bytes) -> None:
    with pytest.raises(QueryError):
        record_said(official, words)
    assert last_checks(official) == {}


def test_a_camera_that_is_not_registered_cannot_be_told_of(official: Store) -> None:
    with pytest.raises(UnknownNameError):
        record_said(official, said("99999999", "seen"))


def test_the_public_sees_the_register_and_neither_health_nor_streams(
    official: Store, public: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STREAMS_VARIABLE, STREAMS)
    before = ids(near_cameras(public, *CITY_HALL, 4).working)
    record_said(official, said(before[0], "still"))
    found = near_cameras(public, *CITY_HALL, 4)
    assert (ids(found.working), found.passed_over) == (before, ())
    assert all(camera.check is None for camera in found.working)
    assert camera_streams(public) is None
    with pytest.raises(DisclosureError):
        record_said(public, said(before[0], "seen"))


def test_streams_of_the_environment_are_simulated(
    official: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert camera_streams(official) is None
    monkeypatch.setenv(STREAMS_VARIABLE, STREAMS)
    streams = camera_streams(official)
    assert streams is not None
    assert (streams.is_simulated, streams.origin) == (True, "http://127.0.0.1:9")
    assert streams.of("12/?#") == "http://127.0.0.1:9/12%2F%3F%23/index.m3u8"


def test_streams_are_simulated_until_the_city_says_otherwise(
    register: Path, tmp_path: Path
) -> None:
    for told, is_simulated in (("", True), (", is_simulated: no", False)):
        city = write_seoul(tmp_path / f"city{is_simulated}", f'{{address: "{STREAMS}"{told}}}')
        store = Store(Catalog(city), Lake(register / "lake/seoul"), role="official")
        streams = camera_streams(store)
        assert streams is not None
        assert streams.is_simulated is is_simulated


def write_seoul(folder: Path, streams: str) -> Path:
    """Return a folder that is Seoul's, but for its streams."""
    folder.mkdir()
    for path in SEOUL.iterdir():
        (folder / path.name).symlink_to(path)
    text = (SEOUL / "city.yaml").read_text("utf-8")
    (folder / "city.yaml").unlink()
    (folder / "city.yaml").write_text(f"{text}camera_streams: {streams}\n", "utf-8")
    return folder


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://pictures.example/index.m3u8",
        "http://{camera_id}.example/index.m3u8",
        "ftp://pictures.example/{camera_id}",
        "javascript:alert(1)//{camera_id}",
        "http://pictures.example; script-src *;/{camera_id}",
        "http://pictures.example/{camera_id}, *",
        "http://user:secret@pictures.example/{camera_id}",
        "http://pictures.example/{camera_id}/{camera_id}",
        'http://pictures.example/{camera_id}"onload=x',
        "http://*.example/{camera_id}",
        "//pictures.example/{camera_id}",
    ],
)
def test_an_address_that_could_widen_the_policy_is_refused(
    official: Store, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    with pytest.raises(ValidationError):
        CameraStreams(address=address)
    monkeypatch.setenv(STREAMS_VARIABLE, address)
    if address:
        with pytest.raises(CatalogError, match=STREAMS_VARIABLE):
            camera_streams(official)


def test_streams_of_the_page_s_own_host_widen_nothing() -> None:
    assert CameraStreams(address="/pictures/{camera_id}/index.m3u8").origin == ""


@pytest.mark.parametrize(
    ("role", "streams", "words"),
    [
        ("public", STREAMS, "not public"),
        ("official", "", "No stream is connected"),
        ("official", STREAMS, "Picture"),
    ],
)
def test_the_card_says_why_there_is_no_picture(
    register: Path, monkeypatch: pytest.MonkeyPatch, role: Any, streams: str, words: str
) -> None:
    monkeypatch.setenv(STREAMS_VARIABLE, streams)
    store = Store(seoul(), Lake(register / "lake/seoul"), role=role)
    view = CameraView(open_screen(store, language="en"), place=CITY_HALL)
    selection = view.screen.selection.value
    view.show(view.ask(selection, None), selection)  # type: ignore[arg-type]
    text = str(view.markup()[1])
    assert words in text
    assert text.count("<tr data-camera") == 8
    shown = view._pictures.markup.count("<camera-player")
    assert shown == (4 if (role, bool(streams)) == ("official", True) else 0)
    assert view._pictures.markup.count("SIMULATED") == shown
    assert view.plays is (shown > 0)


def test_a_place_that_is_not_known_is_told(official: Store) -> None:
    view = CameraView(open_screen(official, language="en"))
    selection = view.screen.selection.value
    view.show(view.ask(selection, None), selection)  # type: ignore[arg-type]
    assert "The place is not known" in str(view.markup()[1])


def test_so_many_a_minute_are_let_through() -> None:
    now = [0.0]
    rate = Rate(3, clock=lambda: now[0])
    assert [rate.lets_through() for _ in range(5)] == [True, True, True, False, False]
    now[0] = 61.0
    assert rate.lets_through()


@pytest.fixture(scope="module")
def server(figures_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve Seoul to officials, with a host of streams."""
    folder = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CITYBOARD_ROLE", "official")
        patch.setenv(STREAMS_VARIABLE, STREAMS)
        patch.setenv(RECORDS_VARIABLE, f"sqlite:///{folder / 'records.sqlite'}")
        with served(figures_home, folder / "log.txt", "--no-warm") as running:
            yield running


def post(server: Served, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    """Return status and answer of what a page says of a camera."""
    connection = http.client.HTTPConnection(server.host, timeout=60)
    connection.request("POST", "/camera-check", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    is_json = answer.headers.get_content_type() == "application/json"
    return answer.status, json.loads(text) if is_json else {}


def test_a_page_of_ours_writes_into_the_health_log(server: Served) -> None:
    ours = f"http://{server.host}"
    assert post(server, said(CAMERA, "still"), Origin=ours) == (
        200,
        {"camera_id": "11943", "is_working": False},
    )
    assert post(server, said(CAMERA, "seen"), Origin=ours)[1]["is_working"] is True


def test_other_pages_and_other_words_do_not(server: Served) -> None:
    ours = f"http://{server.host}"
    body = said(CAMERA, "still")
    assert post(server, body)[0] == 403
    assert post(server, body, Origin="null")[0] == 403
    assert post(server, body, Origin="http://evil.example")[0] == 403
    assert post(server, body, Origin=ours, Host="evil.example")[0] == 421
    assert post(server, b"<script>", Origin=ours)[0] == 400
    assert post(server, said("99999999", "seen"), Origin=ours)[0] == 400


def test_a_body_is_short(server: Served) -> None:
    try:
        status = post(server, b" " * (BODY_BYTES + 1), Origin=f"http://{server.host}")[0]
    except (http.client.HTTPException, ConnectionError):
        return  # it hung up instead
    assert status in {400, 413}


def test_the_policy_names_the_host_of_the_pictures(server: Served) -> None:
    connection = http.client.HTTPConnection(server.host, timeout=60)
    connection.request("GET", "/status")
    policy = connection.getresponse().headers["Content-Security-Policy"]
    connection.close()
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["connect-src"] == "'self' http://127.0.0.1:9"
    assert parts["media-src"] == "'self' blob: http://127.0.0.1:9"
    assert "127.0.0.1:9" not in policy.replace(parts["connect-src"], "").replace(
        parts["media-src"], ""
    )


def test_too_many_words_are_refused_for_a_while(server: Served) -> None:
    ours = f"http://{server.host}"
    statuses = [post(server, b"{}", Origin=ours)[0] for _ in range(MOST_SAID_A_MINUTE + 50)]
    assert 429 in statuses or len(set(statuses)) == 1  # the minute may have turned in between
