"""Questions as values: what is asked, never how it is answered."""

import dataclasses
import datetime as dt
import math
from typing import Literal

from cityboard.catalog import Grain
from cityboard.errors import QueryError
from cityboard.selection import Clause

METRES_PER_DEGREE = 111_195.0  # of a great circle, on a sphere of 6,371.009 km
DISTANCE = "distance_m"  # column of a listing of what is near


@dataclasses.dataclass(frozen=True)
class Field:
    """Group by a field: `area`, `district`, `hour`, `weekday` or a column.

    `district` is the area code cut to its first five digits, so that neighbourhoods sum up.
    """

    name: str


@dataclasses.dataclass(frozen=True)
class Period:
    """Group by a period of the city's calendar; the answer's column `period` holds its first day.

    A period of an `hour` is the hour's beginning on the city's clock (naive timestamp).
    """

    grain: Grain


@dataclasses.dataclass(frozen=True)
class Pixels:
    """Group points by the pixels of a map; the answer's columns are `x` and `y` (int, from 0).

    A pixel holds its west and south side. A point within a rounding error of a side may fall to
    its other pixel, as it does in datashader; where sides are whole multiples of 2^-n degrees, as
    those of `pixels_of` are, there is no such error.

    Attributes:
        west, south, east, north: Edges of the map (degrees, WGS 84), the last two excluded; points
            outside do not count.
        width, height: Pixels along each side; `y` grows northwards.

    Raises:
        QueryError: The map has no area or no pixel.
    """

    west: float
    south: float
    east: float
    north: float
    width: int
    height: int

    def __post_init__(self) -> None:
        has_area = self.west < self.east and self.south < self.north
        if not has_area or min(self.width, self.height) < 1:
            msg = f"the map {self} has no area or no pixel; give west, south, east, north"
            raise QueryError(msg)


def pixels_of(window: tuple[float, float, float, float], level: int) -> Pixels:
    """Return the pixels of 2^-level degrees that cover a window (west, south, east, north).

    Their sides are whole multiples of such a pixel, so that coarser ones are made of finer ones and
    a rollup may answer to the bit.
    """
    scale = 2.0**level
    west, south = (math.floor(side * scale) for side in window[:2])
    east, north = (math.ceil(side * scale) for side in window[2:])
    sides = (west / scale, south / scale, east / scale, north / scale)
    return Pixels(*sides, width=east - west, height=north - south)


By = Field | Period | Pixels


@dataclasses.dataclass(frozen=True)
class Query:
    """Measures of a dataset, grouped and filtered.

    The answer has one row per group that has rows, ordered by the groups, nulls last: a column
    per `by` (named after the field, `period`, or `x` and `y`), then one per measure. Without `by`
    it is one row, also when no row matches (counts 0, everything else null). No two columns may
    have one name. Null is NaN in a measure that is a number.

    Of a stock (what is there on a day, such as residents) only the newest count counts: of each
    period where the answer is by period, of all that `where` leaves otherwise.

    Attributes:
        dataset: Dataset id.
        measures: Measure ids; `rows` counts rows in every dataset.
        by: What to group by, in order.
        where: Clauses that every row must meet; they apply to rows, before grouping.
        as_of: The snapshot known at this instant (aware); None is the newest.
    """

    dataset: str
    measures: tuple[str, ...]
    by: tuple[By, ...] = ()
    where: tuple[Clause, ...] = ()
    as_of: dt.datetime | None = None


@dataclasses.dataclass(frozen=True)
class Near:
    """A circle on the map, whose rows are listed from its centre outwards.

    Distances are those of the plane that touches the earth's sphere (of 6,371.009 km) at the
    centre's latitude: equirectangular projection, Snyder 1987, section 12. Over ten kilometres in a
    city they are off by less than a tenth of a per cent. The circle ends at the 180th meridian.

    Attributes:
        lon, lat: Its centre (degrees, WGS 84).
        reach_m: Its radius (metres), included.

    Raises:
        QueryError: The centre is not on the earth, or the circle is empty.
    """

    lon: float
    lat: float
    reach_m: float

    def __post_init__(self) -> None:
        is_on_earth = -180 <= self.lon <= 180 and -90 <= self.lat <= 90
        if not (is_on_earth and 0 < self.reach_m < math.inf):
            msg = f"rows near {self} were asked; give a place on the earth and a reach in metres"
            raise QueryError(msg)

    @property
    def metres(self) -> tuple[float, float]:
        """Return the metres of a degree eastwards and northwards."""
        return METRES_PER_DEGREE * math.cos(math.radians(self.lat)), METRES_PER_DEGREE


@dataclasses.dataclass(frozen=True)
class Listing:
    """Rows of a dataset themselves, filtered, ordered and paged.

    Attributes:
        columns: Columns to list; empty lists every column the role may see.
        order: Column to order by first; the dataset's key orders the rest.
        limit: Rows of a page, at most 1,000.
        near: Lists only the rows in a circle, the nearest first, before any other order; a last
            column `distance_m` tells how far from its centre each is.
    """

    dataset: str
    columns: tuple[str, ...] = ()
    where: tuple[Clause, ...] = ()
    order: str | None = None
    direction: Literal["ascending", "descending"] = "ascending"
    limit: int = 50
    offset: int = 0
    as_of: dt.datetime | None = None
    near: Near | None = None
