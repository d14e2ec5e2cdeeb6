"""Questions as values: what is asked, never how it is answered."""

import dataclasses
import datetime as dt
import math
from typing import Literal

from cityboard.catalog import Grain
from cityboard.errors import QueryError
from cityboard.selection import Clause


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
class Listing:
    """Rows of a dataset themselves, filtered, ordered and paged.

    Attributes:
        columns: Columns to list; empty lists every column the role may see.
        order: Column to order by first; the dataset's key orders the rest.
        limit: Rows of a page, at most 1,000.
    """

    dataset: str
    columns: tuple[str, ...] = ()
    where: tuple[Clause, ...] = ()
    order: str | None = None
    direction: Literal["ascending", "descending"] = "ascending"
    limit: int = 50
    offset: int = 0
    as_of: dt.datetime | None = None
