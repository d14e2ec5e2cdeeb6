"""The cameras nearest to a place: a list of those that work, and the pictures of the first four."""

import dataclasses
from importlib import resources
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import param
from markupsafe import Markup

from cityboard.cameras import (
    CAMERAS,
    REASONS,
    Camera,
    NearCameras,
    camera_streams,
    last_checks,
    near_cameras,
)
from cityboard.cancel import Cancel
from cityboard.catalog import CameraStreams
from cityboard.errors import CityboardError
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.markup import TEMPLATES, TextBlock, foot_markup, source_words
from cityboard.views.screen import Screen
from cityboard.views.told import TOLD_CSS, ToldView
from cityboard.words import value_words

LISTED, PICTURES = 8, 4
OF_A_REPORT = "보고서에는 영상이 없습니다.", "A report has no pictures."
CAMERA_CSS = resources.files("cityboard").joinpath("templates/camera.css").read_text("utf-8")


@dataclasses.dataclass(frozen=True)
class CameraResult:
    """What is told of the cameras near a place.

    Attributes:
        place: Longitude and latitude (degrees); None where the place is not known.
        near: The cameras; None where the place is not known.
        streams: Where pictures come from; None where nowhere, or not for the role.
    """

    place: tuple[float, float] | None
    near: NearCameras | None
    streams: CameraStreams | None


class CameraView(ToldView):
    """The nearest cameras that work, and what four of them see.

    The cameras whose pictures are shown stay as long as the place does: one that dies is shown
    dead, and the list passes it over.
    """

    template: ClassVar = "cameras"
    grows: ClassVar = True
    asks_again: ClassVar = ["place"]

    place = param.Parameter(default=None, doc="Longitude and latitude (degrees); None is unknown.")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        sheets = [TOLD_CSS, CAMERA_CSS]
        self._pictures = TextBlock(screen.style, sizing_mode="stretch_width", stylesheets=sheets)
        self._body.model.stylesheets = [*self._body.model.stylesheets, CAMERA_CSS]
        self._shown_at: tuple[float, float] | None = None
        self._fill(self._pictures.model, self._body.model)

    @property
    def plays(self) -> bool:
        """Tell whether pictures may be shown, so that the page needs the player."""
        try:
            return self.screen.is_live and camera_streams(self.screen.store) is not None
        except CityboardError:
            return False  # the card says why

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the register's answer."""
        near = self.result.near if self.result else None
        return (near.answer,) if near else ()

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on: the place, the register, what is said of pictures."""
        store = self.screen.store
        return (self.place, store.snapshot(CAMERAS).files, tuple(last_checks(store).values()))

    def ask(self, selection: Selection, cancel: Cancel) -> CameraResult:  # noqa: ARG002
        """Return the cameras near the place."""
        store, place = self.screen.store, self.place
        near = near_cameras(store, place[0], place[1], LISTED) if place else None
        return CameraResult(place, near, camera_streams(store))

    def draw(self, result: CameraResult, selection: Selection) -> None:
        """Write the list, and the pictures where the place is another."""
        title = self.screen.say("가까운 CCTV", "Nearest cameras")
        self._head.write(Markup('<div class="title">{}</div>').format(title))
        if result.place != self._shown_at:
            self._pictures.write(self._pictures_of(result))
            self._shown_at = result.place
        super().draw(result, selection)
        answer = result.near.answer if result.near else None
        self._write_below(foot_markup(source_words(self.screen, answer) if answer else ""))

    def words(self, result: CameraResult) -> dict[str, Any]:
        """Return what the template needs."""
        near = result.near
        return {
            "is_known": result.place is not None,
            "is_official": self._is_official,
            "told": self._why_no_picture(result.streams),
            "rows": [self._row(each) for each in near.working] if near else [],
            "has_owners": any(each.owner for each in near.working) if near else False,
            "passed_over": [self._row(each) for each in near.passed_over] if near else [],
        }

    @property
    def _is_official(self) -> bool:
        return self.screen.store.role == "official"

    def _why_no_picture(self, streams: CameraStreams | None) -> str:
        """Return in words why no picture is shown; nothing where pictures are."""
        say = self.screen.say
        if not self._is_official:
            return say(
                "CCTV 영상은 공개하지 않습니다. 여기에는 등록부의 위치와 대수만 보입니다.",
                "Pictures of cameras are not public; here are their places and numbers.",
            )
        if streams is None:
            return say(
                "연결된 영상이 없습니다. 이 설치에는 카메라 영상의 주소가 정해져 있지 않습니다.",
                "No stream is connected: this installation names no address of camera pictures.",
            )
        return (
            ""
            if self.screen.is_live
            else say("보고서에는 영상이 없습니다.", "A report has no pictures.")
        )

    def _pictures_of(self, result: CameraResult) -> Markup:
        """Return the players of the nearest cameras; nothing where no picture may be shown."""
        streams, near = result.streams, result.near
        if streams is None or near is None or not self.screen.is_live:
            return Markup("")
        text = TEMPLATES.get_template("told/pictures.html").render(
            say=self.screen.say,
            zone=self.screen.catalog.city.time_zone,
            is_simulated=streams.is_simulated,
            pictures=[
                (each, self._purpose(each), streams.of(each.id)) for each in near.working[:PICTURES]
            ],
        )
        return Markup(text)  # noqa: S704 - made by a template that escapes

    def _row(self, camera: Camera) -> tuple[Camera, str, str]:
        return camera, self._purpose(camera), self._state(camera)

    def _purpose(self, camera: Camera) -> str:
        dataset = self.screen.store.dataset(CAMERAS)
        return value_words(camera.purpose, "purpose", dataset, self.screen.language)

    def _state(self, camera: Camera) -> str:
        """Return what was said last of a camera's picture, and when."""
        if camera.check is None:
            return self.screen.say("최근에 본 적 없음", "not tried lately")
        zone = ZoneInfo(self.screen.catalog.city.time_zone)
        words = self.screen.words(REASONS[camera.check.reason])
        return f"{words} · {camera.check.at.astimezone(zone):%H:%M:%S}"
