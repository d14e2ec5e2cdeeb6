"""One incident: its course against the target, and what is around it."""

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import pandas as pd
import param
from markupsafe import Markup

from cityboard.cameras import CAMERAS, near_cameras
from cityboard.cancel import Cancel
from cityboard.errors import CityboardError
from cityboard.figures.pins import (
    NOWHERE,
    Pin,
    add_frame,
    add_pins,
    frame_data,
    pin_data,
    update_pins,
)
from cityboard.incidents import (
    AT_SCENE,
    INCIDENTS,
    NEARBY_M,
    TARGET_MINUTES,
    Incident,
    contradiction_words,
    incidents_near,
)
from cityboard.nearest import nearest
from cityboard.query import DISTANCE
from cityboard.selection import Selection
from cityboard.store import Store
from cityboard.surroundings import (
    AIR,
    AIR_NOW,
    BEDS,
    HOSPITALS,
    PERSONS,
    UNITS,
    Air,
    Presence,
    air_near,
    hospitals_near,
    people_near,
    police_units_near,
)
from cityboard.views.area_map import AreaMap
from cityboard.views.live import SHAPES, SIGNS, reach_words
from cityboard.views.now import ClockedView, NowView, Version, known_incident, mark_of, version_of
from cityboard.views.screen import Screen
from cityboard.words import PROVENANCES, area_words, exact_words, number_words, unit_words

COUNT = 5  # of each register
BOXES, STATIONS, SHELTERS = "police_boxes", "fire_stations", "earthquake_shelters"
NAMES = {BOXES: "box_name", STATIONS: "station_name", SHELTERS: "shelter_name"}
NAMED = {**NAMES, HOSPITALS: "hospital_name"}  # whose nearest is named on the map
KINDS = {BOXES: "box_kind", STATIONS: "station_kind", SHELTERS: "shelter_kind"}
MARKS = {  # dataset → marker on the map, sign in words
    CAMERAS: ("circle_dot", "⊙"),
    STATIONS: ("inverted_triangle", "▽"),
    BOXES: ("star", "★"),
    HOSPITALS: ("plus", "✚"),
    SHELTERS: ("hex", "⬡"),
}
STALE_BEDS = dt.timedelta(hours=1)
Frames = Mapping[str, pd.DataFrame]


class IncidentView(NowView):
    """Something told of one incident."""

    incident_id = param.String(doc="Of the incident.")
    asks_again: ClassVar = ["incident_id"]

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (self.incident_id, super().question(selection))

    def known(self) -> Incident:
        """Return the incident as it is known at the clock's time."""
        return known_incident(self.screen.store, self.incident_id, self.clock.now)


class TimelineView(IncidentView):
    """The steps of an incident, when each was taken and learnt, and what nobody knows."""

    template: ClassVar = "timeline"

    def ask(self, selection: Selection, cancel: Cancel) -> Incident:  # noqa: ARG002
        """Return the incident."""
        return self.known()

    def words(self, result: Incident) -> dict[str, Any]:
        """Return what the template needs."""
        screen, say = self.screen, self.screen.say
        place = result.neighbourhood or result.district
        return {
            "incident": result,
            "sign": SIGNS[result.kind],
            "kind": self.label(INCIDENTS, "kind_code", result.kind),
            "place": area_words(screen.catalog, (place,), screen.language)
            if place
            else say("위치 미상", "place unknown"),
            "state": say("진행 중", "open") if result.is_open else say("종료", "closed"),
            "reach": reach_words(screen, result, self.clock.now),
            "in_charge": screen.words(result.in_charge) if result.in_charge else "",
            "steps": [self._step(result, step) for step in result.steps],
            "target": f"{TARGET_MINUTES:g}",
            "contradictions": [
                screen.words(contradiction_words(screen.store, each))
                for each in result.contradictions
            ],
            "simulated": mark_of(screen, INCIDENTS),
            "back": f"live?{self.keep_of(self.clock.now.replace(second=0))}",
        }

    def _step(self, result: Incident, step: str) -> dict[str, Any]:
        at, state = result.steps[step], result.state_of(step)
        late = result.late_steps.get(step)
        return {
            "id": step,
            "title": self.label(INCIDENTS, "step_code", step),
            "state": state,
            "at": self.time_words(at, seconds=True) if at else "",
            "after": self._after(result, at),
            "late": self.time_words(late, seconds=True) if late else "",
            "is_goal": step == AT_SCENE[result.kind],
            "is_fresh": at is not None and self.is_fresh_news(late or at),
        }

    def _after(self, result: Incident, at: dt.datetime | None) -> str:
        """Return the time since the call, as minutes and seconds."""
        if at is None or result.received_at is None:
            return ""
        seconds = int((at - result.received_at).total_seconds())
        sign = "+" if seconds >= 0 else "−"
        return f"{sign}{abs(seconds) // 60}:{abs(seconds) % 60:02}"


@dataclasses.dataclass(frozen=True)
class Around:
    """What is near an incident.

    Attributes:
        frames: Dataset → its nearest rows, with `distance_m`; missing where it could not be read.
        units: The nearest police cars.
        faults: Dataset → why it could not be read.
    """

    place: tuple[float, float] | None
    frames: Frames
    faults: Mapping[str, CityboardError]


class NearbyMapView(IncidentView, ClockedView):
    """The incident and what is nearest to it, on the outlines of the districts."""

    template: ClassVar = "nearby"

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self.map = AreaMap(screen, is_boxable=False, layer=screen.style.light)
        self.map.outline(())
        self.figure = self.map.figure
        self._places, self._framed = add_pins(self.figure, screen.style), ""
        self._frame = add_frame(self.figure)
        self._body.model.sizing_mode = "stretch_width"
        self._fill(self.figure, self._body.model)

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on: the place, and beds by the minute."""
        minute = self.clock.now.replace(second=0)
        return (self.incident_id, minute, version_of(self.screen.store, INCIDENTS))

    def ask(self, selection: Selection, cancel: Cancel) -> Around:  # noqa: ARG002
        """Return what is nearest."""
        return around(self.screen.store, self.known().place, self.clock.now)

    def draw(self, result: Around, selection: Selection) -> None:
        """Put it on the map, and its legend below."""
        found = self.known()
        places = self._places_of(found, result)
        update_pins(self._places, pin_data([NOWHERE, *places], self.map.plane, self.screen.style))
        if places and self._framed != found.id:
            self._frame.data = frame_data(places, self.map.plane)
            self._framed = found.id
        self._head.write(
            Markup('<div class="title">{}</div>').format(self.screen.say("주변 지도", "Around"))
        )
        super().draw(result, selection)

    def words(self, result: Around) -> dict[str, Any]:
        """Return what the template needs."""
        return {
            "signs": [(MARKS[name][1], self._title(name)) for name in MARKS],
            "is_known": result.place is not None,
        }

    def _places_of(self, found: Incident, result: Around) -> list[Pin]:
        if found.place is None:
            return []
        near = [
            Pin(
                f"{name}:{n}",
                row["lon"],
                row["lat"],
                MARKS[name][0],
                words=str(row[NAMED[name]]) if n == 0 and name in NAMED else "",
                is_strong=False,
            )
            for name, frame in result.frames.items()
            if name in MARKS
            for n, row in enumerate(_records(frame))
        ]
        title = self.screen.words(found.title)
        return [*near, Pin(found.id, *found.place, SHAPES[found.kind], title)]

    def _title(self, name: str) -> str:
        return self.screen.words(self.screen.catalog.dataset(name).title)


class NearbyView(IncidentView):
    """The nearest fire stations, police boxes and cars, hospitals with free beds, shelters."""

    template: ClassVar = "nearby_list"
    reads: ClassVar = (INCIDENTS, BEDS, UNITS)

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on: ten seconds of the clock, and the versions."""
        versions = [version_of(self.screen.store, name) for name in self.reads]
        return (self.incident_id, self._beat, *versions)

    @property
    def _beat(self) -> dt.datetime:
        """Return the instant whose beds and cars are told: six a minute, exact where it stands."""
        now = self.clock.now
        is_still = self.clock.clock.is_paused
        return now if is_still else now.replace(second=now.second // 10 * 10)

    def ask(self, selection: Selection, cancel: Cancel) -> Around:  # noqa: ARG002
        """Return what is nearest."""
        return around(self.screen.store, self.known().place, self._beat)

    def words(self, result: Around) -> dict[str, Any]:
        """Return what the template needs."""
        frames = result.frames
        return {
            "is_known": result.place is not None,
            "registers": [
                (name, self._title(name), self._mark(name), self._rows(name, frames[name]))
                for name in (STATIONS, BOXES, SHELTERS)
                if name in frames
            ],
            "hospitals": [self._hospital(row) for row in _records(frames.get(HOSPITALS))],
            "hospitals_mark": self._mark(HOSPITALS),
            "beds_mark": mark_of(self.screen, BEDS),
            "units": [self._unit(row) for row in _records(frames.get(UNITS))],
            "units_mark": mark_of(self.screen, UNITS),
            "faults": [self._title(name) for name in result.faults],
        }

    def _rows(self, name: str, frame: pd.DataFrame) -> list[tuple[str, str, str]]:
        return [
            (
                exact_words(row[DISTANCE]),
                str(row[NAMES[name]]),
                self.label(name, KINDS[name], str(row[KINDS[name]])),
            )
            for row in _records(frame)
        ]

    def _hospital(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a hospital with its free beds, and since when they are known."""
        beds, at = row["free_beds"], row["beds_at"]
        is_told = not pd.isna(beds)
        counted = _aware(at) if is_told else None
        return {
            "id": row["hospital_id_mois"],
            "distance": exact_words(row[DISTANCE]),
            "name": row["hospital_name"],
            "beds": str(int(beds)) if is_told else self.screen.say("미상", "unknown"),
            "at": self.time_words(counted) if counted else "–",
            "is_stale": counted is not None and self.clock.now - counted > STALE_BEDS,
        }

    def _unit(self, row: dict[str, Any]) -> dict[str, str]:
        return {
            "id": str(row["unit_id"]),
            "distance": exact_words(row[DISTANCE]),
            "state": self.label(UNITS, "state_code", str(row["state_code"])),
            "at": self.time_words(_aware(row["at"])),
        }

    def _title(self, name: str) -> str:
        return self.screen.words(self.screen.catalog.dataset(name).title)

    def _mark(self, name: str) -> str:
        """Return the provenance of a register, by sign and word."""
        provenance = self.screen.store.snapshot(name).lineage.provenance
        sign, words = PROVENANCES[provenance]
        return f"{sign} {self.screen.words(words)}"


@dataclasses.dataclass(frozen=True)
class Conditions:
    """Air and people at an hour."""

    air: Air | None
    people: Presence | None
    neighbourhood: str | None


class ConditionsView(IncidentView):
    """The air now, and how many people are around at this hour."""

    template: ClassVar = "conditions"
    reads: ClassVar = (INCIDENTS, AIR, AIR_NOW, PERSONS)

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on: the hour."""
        hour = self.clock.now.replace(minute=0, second=0)
        versions = [version_of(self.screen.store, name) for name in self.reads]
        return (self.incident_id, hour, *versions)

    def ask(self, selection: Selection, cancel: Cancel) -> Conditions:  # noqa: ARG002
        """Return both; what is not known is missing."""
        store, now = self.screen.store, self.clock.now
        found = self.known()
        neighbourhood = found.neighbourhood
        people = _or_none(lambda: people_near(store, neighbourhood, now)) if neighbourhood else None
        air = _or_none(lambda: air_near(store, found.district, until=now))
        return Conditions(air, people, neighbourhood)

    def words(self, result: Conditions) -> dict[str, Any]:
        """Return what the template needs."""
        screen = self.screen
        source = result.air.dataset if result.air else AIR
        entry = screen.catalog.dataset(source)
        district = result.air.district if result.air else None
        air = [
            (
                screen.words(entry.measure(name).title),
                number_words(value, screen.language, decimals=_decimals(value)),
                unit_words(entry.measure(name).unit, screen.language),
            )
            for name, value in (result.air.values.items() if result.air else ())
        ]
        where = result.neighbourhood
        return {
            "air": air,
            "hour": f"{self.clock.local:%H}",
            "people": exact_words(result.people.persons) if result.people else "",
            "is_that_hour": result.people.is_that_hour if result.people else False,
            "place": area_words(screen.catalog, (where,), screen.language) if where else "",
            "air_mark": self._mark(source),
            "air_place": area_words(screen.catalog, (district,), screen.language)
            if district
            else screen.say("시 전체 평균", "mean of the city"),
            "air_at": self.time_words(result.air.at) if result.air else "",
            "people_mark": self._mark(PERSONS),
        }

    def _mark(self, name: str) -> str:
        provenance = self.screen.store.snapshot(name).lineage.provenance
        sign, words = PROVENANCES[provenance]
        return f"{sign} {self.screen.words(words)}"


class BeforeView(IncidentView):
    """Earlier incidents within two kilometres."""

    template: ClassVar = "before"

    def ask(self, selection: Selection, cancel: Cancel) -> tuple[Incident, ...]:  # noqa: ARG002
        """Return them, the last called in first."""
        found, until = self.known(), self.clock.now
        if found.place is None:
            return ()
        near = incidents_near(self.screen.store, found.place, until=until, without=(found.id,))
        called = found.received_at or found.first_known_at
        return tuple(each for each in near if (each.received_at or each.first_known_at) < called)

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on: the minute is enough for what was."""
        minute = self.clock.now.replace(second=0)
        return (self.incident_id, minute, version_of(self.screen.store, INCIDENTS))

    def words(self, result: tuple[Incident, ...]) -> dict[str, Any]:
        """Return what the template needs."""
        rows = [
            (
                each,
                SIGNS[each.kind],
                self.time_words(each.received_at) if each.received_at else "–",
                reach_words(self.screen, each, self.clock.now),
                self.incident_href(each),
            )
            for each in result
        ]
        return {"rows": rows, "reach": f"{NEARBY_M / 1000:g}"}


def around(store: Store, place: tuple[float, float] | None, until: dt.datetime) -> Around:
    """Return what is nearest to a place; what cannot be read is told, and the rest is there."""
    if place is None:
        return Around(None, {}, {})
    frames: dict[str, pd.DataFrame] = {}
    faults: dict[str, CityboardError] = {}
    asked: dict[str, Callable[[], pd.DataFrame]] = {
        **{name: functools.partial(_registered, store, name, place) for name in NAMES},
        CAMERAS: lambda: near_cameras(store, *place, COUNT).answer.frame,
        HOSPITALS: lambda: hospitals_near(store, place, COUNT, until=until),
        UNITS: lambda: police_units_near(store, place, COUNT, until=until),
    }
    for name, ask in asked.items():
        try:
            frames[name] = ask()
        except CityboardError as error:
            faults[name] = error
    return Around(place, frames, faults)


def _registered(store: Store, name: str, place: tuple[float, float]) -> pd.DataFrame:
    return _nearest(store, version_of(store, name), name, place)


@functools.lru_cache(256)
def _nearest(
    store: Store, _version: Version, name: str, place: tuple[float, float]
) -> pd.DataFrame:
    return nearest(store, name, *place, COUNT)


def _records(frame: pd.DataFrame | None) -> Sequence[dict[str, Any]]:
    if frame is None:
        return []
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _aware(value: Any) -> dt.datetime:
    stamp = pd.Timestamp(value)
    return (stamp.tz_localize("UTC") if stamp.tz is None else stamp).to_pydatetime()


def _or_none(ask: Any) -> Any:
    try:
        return ask()
    except CityboardError:
        return None


def _decimals(value: float) -> int:
    return 0 if value >= 10 else 3
