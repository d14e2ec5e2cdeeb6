"""The live city, and one incident of it: what is known at the time the screen's clock shows."""

from collections.abc import Callable, Mapping
from typing import ClassVar

import panel as pn

from cityboard.boards.viewer import BoardViewer
from cityboard.cancel import Cancel
from cityboard.catalog import Board
from cityboard.errors import CityboardError, UnknownNameError
from cityboard.incidents import Incident
from cityboard.views.alarms import AlarmsView
from cityboard.views.camera import CameraView
from cityboard.views.clock import BannerView, ClockView, clock_of, clock_parameters
from cityboard.views.incident import (
    BeforeView,
    ConditionsView,
    IncidentView,
    NearbyMapView,
    NearbyView,
    TimelineView,
)
from cityboard.views.live import (
    ComplaintsNowView,
    CountsView,
    FeedsView,
    IncidentMapView,
    OpenIncidentsView,
)
from cityboard.views.now import ScreenClock, known_incident, known_incidents, screen_clock
from cityboard.views.screen import Screen
from cityboard.views.view import View

Views = Mapping[str, View]


class ClockedBoard(BoardViewer):
    """A board whose views share a clock.

    A change of the clock is shown in the header at once, and every view is asked again.

    Args:
        screen: The session's.
        board: Its entry.
        make: Makes its views of the clock.
    """

    own_parameters: ClassVar[tuple[str, ...]] = ("at", "speed")

    def __init__(self, screen: Screen, board: Board, make: Callable[[ScreenClock], Views]) -> None:
        self.clock = screen_clock(screen.store)
        self._banner = BannerView(screen, clock=self.clock)
        self._buttons = ClockView(screen, clock=self.clock)
        shared = {"banner": self._banner, "clock": self._buttons}
        super().__init__(screen, board, {**shared, **make(self.clock)})
        self.clock.param.watch(lambda _: self._moved(), "clock")

    @property
    def fields(self) -> tuple[str, ...]:
        """Return nothing: the clock is all that is chosen."""
        return ()

    def layout(self) -> pn.Column:
        """Return the views below one another."""
        rows = [pn.Row(view, height=400) for view in self.views.values()]
        return pn.Column(*rows, sizing_mode="stretch_width")

    def restore(self, parameters: Mapping[str, str]) -> list[CityboardError]:
        """Set the clock as the address says, where it can be."""
        problems: list[CityboardError] = []
        for choose in (self._set_clock, self._choose):
            try:
                choose(parameters)
            except CityboardError as error:
                problems.append(error)
        return problems + super().restore(parameters)

    def parameters(self) -> dict[str, str]:
        """Return the clock."""
        return clock_parameters(self.clock) | super().parameters()

    def _set_clock(self, parameters: Mapping[str, str]) -> None:
        self.clock.clock = clock_of(self.clock, parameters)

    def _choose(self, parameters: Mapping[str, str]) -> None:
        """Choose what else the address names."""

    def _moved(self) -> None:
        selection = self.screen.selection.value
        for view in (self._banner, self._buttons):
            if view.shown is not None:
                view.show(view.ask(selection, Cancel()), selection)
        self.broker.ask()


class LiveBoard(ClockedBoard):
    """What happens in the city: incidents, alarms, complaints, feeds."""

    def __init__(self, screen: Screen, board: Board) -> None:
        super().__init__(screen, board, lambda clock: _live_views(screen, clock))


class IncidentBoard(ClockedBoard):
    """One incident, and what is around it."""

    own_parameters: ClassVar[tuple[str, ...]] = ("incident", *ClockedBoard.own_parameters)

    def __init__(self, screen: Screen, board: Board) -> None:
        self.incident_id = ""
        super().__init__(screen, board, lambda clock: _incident_views(screen, clock))

    def parameters(self) -> dict[str, str]:
        """Return the incident and the clock."""
        named = {"incident": self.incident_id} if self.incident_id else {}
        return named | super().parameters()

    def _choose(self, parameters: Mapping[str, str]) -> None:
        """Open the address's incident; where there is none, the open one called in last.

        Raises:
            UnknownNameError: Nothing was known of it at that time, or of any.
        """
        wanted, store, now = parameters.get("incident", ""), self.screen.store, self.clock.now
        try:
            self._open(known_incident(store, wanted, now) if wanted else self._last())
        except UnknownNameError:
            self._open(self._last())
            raise

    def _last(self) -> Incident | None:
        """Return the open incident called in last, else the last of all; None without any."""
        known = known_incidents(self.screen.store, self.clock.now)
        return next((each for each in known if each.is_open), known[0] if known else None)

    def _open(self, found: Incident | None) -> None:
        if found is None:
            return
        self.incident_id = found.id
        for view in self.views.values():
            if isinstance(view, IncidentView):
                view.incident_id = found.id
            elif isinstance(view, CameraView):
                view.place = found.place


def _live_views(screen: Screen, clock: ScreenClock) -> Views:
    return {
        "map": IncidentMapView(screen, clock=clock),
        "counts": CountsView(screen, clock=clock),
        "alarms": AlarmsView(screen, now=lambda: clock.now),
        "incidents": OpenIncidentsView(screen, clock=clock),
        "complaints": ComplaintsNowView(screen, clock=clock),
        "feeds": FeedsView(screen, clock=clock),
    }


def _incident_views(screen: Screen, clock: ScreenClock) -> Views:
    return {
        "timeline": TimelineView(screen, clock=clock),
        "map": NearbyMapView(screen, clock=clock),
        "conditions": ConditionsView(screen, clock=clock),
        "before": BeforeView(screen, clock=clock),
        "nearby": NearbyView(screen, clock=clock),
        "camera": CameraView(screen),
    }
