"""The changing columns of a figure: only what differs is sent to the page again."""

from collections.abc import Mapping, Sequence

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure


def update_source(
    source: ColumnDataSource, data: Mapping[str, Sequence[object]] | Mapping[str, np.ndarray]
) -> None:
    """Give a source new columns; those it holds already, and those not named, are not sent."""
    changed = {name: new for name, new in data.items() if not _is_same(source.data.get(name), new)}
    if changed:
        source.data.update(changed)


def source_of(plot: figure, name: str) -> ColumnDataSource:
    """Return the source of what a figure draws under a name.

    Bokeh's `select_one` walks through every model of the figure, for a millisecond.
    """
    return next(drawn.data_source for drawn in plot.renderers if drawn.name == name)


def _is_same(held: object, new: object) -> bool:
    if isinstance(held, np.ndarray) and isinstance(new, np.ndarray):
        return np.array_equal(held, new)
    return type(held) is type(new) and held == new
