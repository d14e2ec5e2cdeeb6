"""What the rows of a version add up to: a cube for charts, and points in order for maps."""

import dataclasses
from typing import Any

from cityboard.rollup.cube import Cube
from cityboard.rollup.pyramid import Segment


@dataclasses.dataclass(frozen=True)
class Condensed:
    """The rollup of a version.

    Attributes:
        cube: Of all rows.
        segments: Points of all rows, some files each; none where no raster is declared or fits.
        problem: Why there is no segment though a raster is declared; empty otherwise.
        boxes: Remembered answers of boxes on the map, by whoever asks; a few.
    """

    cube: Cube
    segments: tuple[Segment, ...]
    problem: str = ""
    boxes: dict[Any, tuple[Cube, Cube]] = dataclasses.field(
        default_factory=dict, repr=False, compare=False
    )
