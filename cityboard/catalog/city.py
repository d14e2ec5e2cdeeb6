"""The city and its dated geography: areas, both code systems, outlines."""

import datetime as dt
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from cityboard.catalog.camera import CameraStreams
from cityboard.catalog.dataset import Level, Name, Zone
from cityboard.catalog.text import Entry, Language, Text, fault

AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,10}$")]
BoundingBox = tuple[float, float, float, float]


class City(Entry):
    """A city: names, languages, zone, CRS and box.

    Attributes:
        bounding_box: West, south, east, north (degrees, WGS 84); coordinates outside are rejected.
        crs: CRS of every outline and point in the catalogue.
        geography_on: The day whose neighbourhoods are shown unless another is asked for.
        camera_streams: Where the pictures of cameras come from; None where nowhere.
    """

    id: Name
    title: Text
    languages: tuple[Language, ...] = Field(min_length=1)
    time_zone: Zone
    crs: str = "EPSG:4326"
    bounding_box: BoundingBox
    geography_on: dt.date
    publisher: Text
    attribution: Text
    camera_streams: CameraStreams | None = None

    @model_validator(mode="after")
    def _the_box_has_an_inside(self) -> Self:
        west, south, east, north = self.bounding_box
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            words = f"{list(self.bounding_box)} is not west, south, east, north in degrees"
            raise fault(words, "bounding_box")
        return self


class Area(Entry):
    """One district or neighbourhood, with the days between which it existed.

    Attributes:
        code: MOIS code (2 digits city, 5 district, 8 neighbourhood).
        code_kostat: KOSTAT code (2, 5 or 7 digits); None where no cross-walk names it.
        parent: Code of the area it lies in; None for the city.
        valid_from: First day it is known to exist; None where older than the oldest vintage.
        valid_to: First day it no longer exists; None where it still does.
        area_km2: Area of the outline (km², computed in EPSG:5179).
        population: Registered persons, with `population_on` the day counted; None if not known.
    """

    code: AreaCode
    code_kostat: AreaCode | None
    level: Level
    parent: AreaCode | None
    name: Text
    valid_from: dt.date | None
    valid_to: dt.date | None
    area_km2: float | None
    population: int | None
    population_on: dt.date | None
    lon: float | None
    lat: float | None

    @model_validator(mode="after")
    def _it_began_before_it_ended(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            msg = f"valid_from {self.valid_from} is not before valid_to {self.valid_to}"
            raise ValueError(msg)
        return self

    def exists_on(self, day: dt.date) -> bool:
        """Tell whether the area existed on a day (`valid_to` not included)."""
        began = self.valid_from is None or self.valid_from <= day
        return began and (self.valid_to is None or day < self.valid_to)


class Outline(Entry):
    """The outline of one area.

    Attributes:
        polygons: For each polygon its rings, outer first; a ring is an (n, 2) float64 array of
            longitude and latitude (degrees, WGS 84), closed.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True, extra="forbid")

    code: AreaCode
    level: Literal["city", "district", "neighbourhood"]
    polygons: tuple[tuple[np.ndarray, ...], ...]
