"""What every test may ask for: the toy city, the published files of Seoul, and no network."""

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cityboard.catalog import Catalog
from cityboard.lake import Lake
from cityboard.query import Query
from cityboard.store import Answer, Store
from tests.cities import publish_city, write_city
from tests.cleaning import seoul

REPOSITORY = Path(__file__).parents[1]
LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _loopback_only(getattr(socket.socket, name)))
        yield


@pytest.fixture(autouse=True)
def no_document_left() -> Iterator[None]:
    """Forget the document that Bokeh leaves as the current one where a test's page failed."""
    yield
    if "bokeh.io.doc" in sys.modules:
        sys.modules["bokeh.io.doc"]._PATCHED_CURDOCS.clear()  # type: ignore[attr-defined]


def _loopback_only(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            msg = f"A test reached for {address}; tests may only use this machine."
            raise PermissionError(msg)
        return connect(self, address)

    return guarded


@pytest.fixture(scope="session")
def seoul_data() -> Path:
    """Return the folder of Seoul's published files, or skip."""
    default = REPOSITORY.parent / "shared/data/seoul"
    folder = Path(os.environ.get("CITYBOARD_SEOUL_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no published files of Seoul in {folder}: set CITYBOARD_SEOUL_DATA")
    return folder


@pytest.fixture(scope="session")
def figures_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with every dataset of Seoul, from the embedded figures; for reading only."""
    home = tmp_path_factory.mktemp("figures")
    publish_city(seoul(), home / "lake/seoul")
    return home


@pytest.fixture
def testburg(tmp_path: Path) -> Catalog:
    """Return the catalogue of the toy city."""
    return Catalog(write_city(tmp_path / "testburg"))


@pytest.fixture(scope="session")
def published_testburg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the toy city's lake, published once: the disk takes its time; for copying only."""
    city = Catalog(write_city(tmp_path_factory.mktemp("testburg")))
    return publish_city(city, tmp_path_factory.mktemp("lake")).root


@pytest.fixture
def testburg_lake(published_testburg: Path, tmp_path: Path) -> Lake:
    """Return a lake with every dataset of the toy city published."""
    return Lake(shutil.copytree(published_testburg, tmp_path / "lake"))


@pytest.fixture(scope="session")
def answer(published_testburg: Path, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """Return an answer of the toy city, for observations whose values a test chooses."""
    city = Catalog(write_city(tmp_path_factory.mktemp("testburg")))
    return Store(city, Lake(published_testburg)).answer(Query("visits", ("persons",)))
