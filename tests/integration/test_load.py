"""The readers of the load benchmark: answered at every brush, and nothing is left of them."""

import asyncio
from pathlib import Path

import pytest

from benchmarks import load
from benchmarks.load import LoadResult, measure_leak, measure_load
from benchmarks.reader import Reader
from benchmarks.served import make_home, served

ROWS = 20_000


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a home of a few events, and the folder of their catalogue."""
    home = tmp_path_factory.mktemp("events")
    return home, make_home(home, ROWS)


def test_every_brush_of_every_reader_is_answered(
    events: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "WARM_BRUSHES", 2)
    monkeypatch.setattr(load, "LONGEST_WAIT", 2.0)  # memory is not what is tested here
    result = measure_load(*events, sessions=3, seconds=6.0)
    assert isinstance(result, LoadResult)
    assert result.errors == ()
    assert result.steps + result.left_out == 6
    assert 0 < result.ms["p50"] <= result.ms["p95"] <= result.ms["p99"]
    assert result.step_kb > 100  # the layer of the map at least
    assert result.lag_ms["p50"] < result.lag_ms["max"]
    assert result.server_cores > 0
    assert 0 < result.own_mb < result.resident_mb


def test_nothing_is_left_of_readers_who_went(events: tuple[Path, Path]) -> None:
    result = measure_leak(*events, sessions=3)
    assert (result.documents, result.views, result.errors) == (0, 0, ())


def test_no_session_is_left_of_the_pages_that_were_opened_beforehand(
    events: tuple[Path, Path],
) -> None:
    async def sessions() -> float:
        async with served(*events) as server:
            return (await server.ask("report"))["sessions"]

    assert asyncio.run(sessions()) == 0


def test_a_reader_tells_a_brush_that_is_not_answered(events: tuple[Path, Path]) -> None:
    async def brush_nothing() -> list[str]:
        async with served(*events) as server:
            reader = await Reader.open(server.host, days=load.SPAN)
            reader.document.trend = "p1"
            await reader.brush(seconds=0.5)
            await reader.close()
            return [*reader.errors, *server.faults()]

    errors = asyncio.run(brush_nothing())
    assert any("no answer after 0.5 s" in error for error in errors)
