"""Cameras: where their pictures come from, which of them work, and the nearest of those to a place.

A camera is known by its number in the register. Whether it works is what was said last of its
picture by a page that tried to show it; one that nobody tried lately counts as working.
"""

import dataclasses
import datetime as dt
import functools
import os
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cityboard.catalog import CameraStreams, Text
from cityboard.errors import CatalogError, DisclosureError, QueryError, UnknownNameError
from cityboard.nearest import nearest
from cityboard.query import DISTANCE
from cityboard.records import CameraCheck, Records, open_records, records_url
from cityboard.store import Answer, Store

CAMERAS, NUMBER = "cctv_cameras", "record_number"
STREAMS_VARIABLE = "CITYBOARD_CAMERA_STREAMS"
# For longer, and one reader's own broken network would take a camera from everybody for as long.
COUNTS_FOR = dt.timedelta(hours=1)
REPEATED_AFTER = dt.timedelta(seconds=10)  # the same said of a camera sooner is not written again
MOST_SAID_A_MINUTE = 600  # of all readers: 20 screens of 4 pictures begin at once
Reason = Literal["seen", "still", "network", "decode"]
REASONS: dict[str, Text] = {
    "": Text(ko="화면 나옴", en="picture seen"),
    "still": Text(ko="화면 멈춤", en="picture stopped"),
    "network": Text(ko="연결되지 않음", en="no connection"),
    "decode": Text(ko="영상을 읽을 수 없음", en="picture unreadable"),
}


@dataclasses.dataclass(frozen=True)
class Camera:
    """A camera of the register near a place.

    Attributes:
        id: Its number in the register.
        purpose: Code of what it is for.
        count: How many cameras hang there.
        owner: Who runs it; None where the register does not say.
        distance_m: From the place (metres).
        check: What was said last of its picture; None where nothing counts.
    """

    id: str
    purpose: str
    count: int
    owner: str | None
    distance_m: float
    check: CameraCheck | None = None


@dataclasses.dataclass(frozen=True)
class NearCameras:
    """Cameras near a place, the nearest first.

    Attributes:
        working: Those whose picture did not fail.
        passed_over: Those whose picture did, among as many nearest of all.
        answer: Of the register.
    """

    working: tuple[Camera, ...]
    passed_over: tuple[Camera, ...]
    answer: Answer


class Said(BaseModel):
    """What a page says of a camera's picture: its number, and one of a few words."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    camera_id: Annotated[str, Field(pattern=r"^[0-9]{1,10}$")]
    reason: Reason


def camera_streams(store: Store) -> CameraStreams | None:
    """Return where pictures come from, for those who may see them; None where nowhere.

    What the environment names is for tests and demonstrations, and simulated; streams that are
    real stand in the city's entry.

    Raises:
        CatalogError: The environment names no address.
    """
    if store.role != "official":
        return None
    named = os.environ.get(STREAMS_VARIABLE, "")
    if not named:
        return store.catalog.city.camera_streams
    try:
        return CameraStreams(address=named)
    except ValidationError as error:
        msg = (
            f"{STREAMS_VARIABLE}={named!r} is no address of streams. Give one with the camera's "
            "number in it, such as http://127.0.0.1:8081/{camera_id}/index.m3u8."
        )
        raise CatalogError(msg) from error


def last_checks(store: Store, *, now: dt.datetime | None = None) -> dict[str, CameraCheck]:
    """Return camera → what was said of its picture last, as long as it counts.

    The public is not told which cameras fail.

    Args:
        store: Whose role and `as_of` hold.
        now: The instant (aware); None is the store's.

    Raises:
        RecordsError: The log cannot be read.
    """
    if store.role != "official":
        return {}
    until = now or store.as_of or dt.datetime.now(dt.UTC)
    return health_log(store).last_checks(since=until - COUNTS_FOR, until=until)


def near_cameras(store: Store, lon: float, lat: float, count: int) -> NearCameras:
    """Return the cameras nearest to a place that work, and which nearer ones were passed over.

    Args:
        store: Answers.
        lon: Longitude of the place (degrees, WGS 84).
        lat: Latitude of the place (degrees, WGS 84).
        count: How many that work.

    Raises:
        CityboardError: As of `nearest`, or the log cannot be read.
    """
    checks = last_checks(store)
    dead = {name for name, check in checks.items() if not check.is_working}
    working = nearest(store, CAMERAS, lon, lat, count, without=dead)
    every = nearest(store, CAMERAS, lon, lat, count) if dead else working
    return NearCameras(
        tuple(_camera(row, checks) for row in working.to_dict("records")),
        tuple(
            c for c in (_camera(row, checks) for row in every.to_dict("records")) if c.id in dead
        ),
        Answer(working, "rows", store.snapshot(CAMERAS)),
    )


def record_said(store: Store, words: bytes, *, now: dt.datetime | None = None) -> CameraCheck:
    """Write down what a page says of a camera's picture, unless it has just been said.

    Args:
        store: Of the role `official`.
        words: JSON of `Said`.
        now: The instant (aware); None is now.

    Returns:
        What is now known of the camera.

    Raises:
        DisclosureError: The role has nothing to say of cameras.
        QueryError: The words are not such.
        UnknownNameError: There is no such camera.
        RecordsError: It could not be written.
    """
    if store.role != "official":
        msg = "whether cameras work is said by officials' screens only"
        raise DisclosureError(msg)
    try:
        said = Said.model_validate_json(words)
    except ValidationError as error:
        msg = "what was said of a camera is not a number and a known reason"
        raise QueryError(msg) from error
    if said.camera_id not in _numbers(store, store.snapshot(CAMERAS).files):
        raise UnknownNameError("camera", said.camera_id, known=[], within=CAMERAS)
    at, log = now or dt.datetime.now(dt.UTC), health_log(store)
    is_working = said.reason == "seen"
    check = CameraCheck(said.camera_id, at, is_working, "" if is_working else said.reason)
    last = log.last_checks(since=at - REPEATED_AFTER, until=at).get(said.camera_id)
    if last is not None and last.reason == check.reason:
        return last
    log.record_check(check)
    return check


def health_log(store: Store) -> Records:
    """Return where it is written down whether cameras work: the records beside the city's lake."""
    return open_records(records_url(store.lake.root.parent.parent))


def _cameras(frame: pd.DataFrame, checks: dict[str, CameraCheck]) -> tuple[Camera, ...]:
    return tuple(_camera(row, checks) for row in frame.to_dict("records"))


def _camera(row: dict[Any, Any], checks: dict[str, CameraCheck]) -> Camera:
    name, owner = str(row[NUMBER]), row["owner_name"]
    return Camera(
        id=name,
        purpose=row["purpose"],
        count=int(row["cameras"]),
        owner=owner if isinstance(owner, str) else None,
        distance_m=float(row[DISTANCE]),
        check=checks.get(name),
    )


@functools.lru_cache(2)
def _numbers(store: Store, _version: tuple[Path, ...]) -> frozenset[str]:
    """Return the numbers of every camera of a version, read once."""
    return frozenset(str(number) for number in store.frame(CAMERAS)[NUMBER])
