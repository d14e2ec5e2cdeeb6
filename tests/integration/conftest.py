"""A Plaza on this machine, a client of it whose limits are short, and the published files."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cityboard.lake import Lake
from data_sources.plaza import Plaza
from data_sources.plaza.request import Limits
from data_sources.publish import publish
from tests.cleaning import seoul
from tests.plaza_invented import write_fixtures
from tests.plaza_server import KEY, PlazaServer

NOON = dt.datetime(2026, 3, 9, 3, 0, tzinfo=dt.UTC)  # 12:00 in Seoul


class Clock:
    """A present instant that tests move."""

    def __init__(self) -> None:
        self.instant = NOON

    def __call__(self) -> dt.datetime:
        return self.instant

    def forward(self, **duration: float) -> None:
        self.instant += dt.timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def plaza_key(monkeypatch: pytest.MonkeyPatch) -> str:
    """Set the key the server knows, and keep proxies of this machine out."""
    monkeypatch.setenv("SEOUL_OPENAPI_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "*")
    return KEY


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of the invented answers."""
    return write_fixtures(tmp_path_factory.mktemp("invented"))


@pytest.fixture
def server(invented: Path) -> Iterator[PlazaServer]:
    """Serve the invented answers."""
    with PlazaServer(invented) as running:
        yield running


@pytest.fixture(scope="session")
def published_home(seoul_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the datasets of every indicator, from the published files."""
    home = tmp_path_factory.mktemp("published")
    catalog = seoul()
    for name in sorted({indicator.dataset for indicator in catalog.indicators.values()}):
        lake = Lake(home / "lake/seoul")
        publish(catalog.dataset(name), catalog=catalog, lake=lake, data=seoul_data)
    return home


@pytest.fixture
def client(tmp_path: Path, plaza_key: str, clock: Clock) -> Callable[..., Plaza]:
    """Return a function that makes a client of a server, with any limits changed."""

    def make(server: PlazaServer, **changed: float) -> Plaza:
        limits = {"request_seconds": 2, "fetch_seconds": 10, "wait_seconds": 0.01, "tries": 3}
        return Plaza(
            tmp_path / "kept",
            url=server.url,
            subway_url=server.subway_url,
            limits=Limits(**{**limits, **changed}),
            now=clock,
        )

    return make
