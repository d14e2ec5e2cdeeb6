"""HoloViews' link_selections on pandas: five linked plots, drawn into Bokeh's sources."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datashader as ds
import holoviews as hv
import numpy as np
import pandas as pd
from bokeh.models import GlyphRenderer
from holoviews.operation import histogram
from holoviews.operation.datashader import rasterize
from holoviews.selection import link_selections
from holoviews.streams import SelectionXY

from benchmarks.peers.frames import X_RANGE, Y_RANGE, read_events
from benchmarks.peers.work import (
    CHARTS,
    FIRST_DAY,
    HEIGHT,
    MONTHS,
    SIZES,
    WIDTH,
    Clock,
    Peer,
    Step,
    months_of_days,
    number_of,
)

LINKED = ["day", *CHARTS]


class LinkSelections(Peer):
    """What its user's server does in a brush; the time of the browser is not in it.

    Kinds and districts are numbers, since a histogram takes no names. The brush is drawn over the
    histogram of months, whose dimension is the day: setting `selection_expr` instead clears the
    selection every second time.
    """

    name = "holoviews"
    title = "HoloViews link_selections, pandas"
    most_rows = 10_000_000
    why = "a step takes seconds, and each linked plot draws its own selection of the rows"

    def prepare(self, files: Sequence[Path], folder: Path) -> None:  # noqa: ARG002
        """Load the events."""
        hv.extension("bokeh")
        points = hv.Points(_numbered(read_events(files)), ["lon", "lat"], LINKED)
        bars = [_histogram(points, name) for name in CHARTS]
        map_ = rasterize(
            points,
            width=WIDTH,
            height=HEIGHT,
            x_range=X_RANGE,
            y_range=Y_RANGE,
            aggregator=ds.count(),
        )
        linked = link_selections.instance()(hv.Layout([*bars, map_]))
        plot = hv.renderer("bokeh").get_plot(linked)
        self._plots = dict(zip((*CHARTS, "pixels"), plot.subplots.values(), strict=True))
        self._brush = _brush_of(self._plots["month"])

    def step(self, low: dt.date, high: dt.date) -> Step:
        """Answer a period of days."""
        clock, ends = Clock(), (number_of(low) - 0.5, number_of(high) - 0.5)
        bounds = (ends[0], 0, ends[1], 1)
        self._brush.event(bounds=bounds, x_selection=ends, y_selection=(0, 1))
        taken = clock.lap()
        charts = {name: _drawn(self._plots[name], "top") for name in CHARTS}
        image = np.nan_to_num(_drawn(self._plots["pixels"], "image")[0])
        return Step(**charts, pixels=image, ms=taken)


def _numbered(events: pd.DataFrame) -> pd.DataFrame:
    """Return events with kinds and districts as numbers, and the number of the day."""
    names = {name: events[name].cat.codes for name in ("kind", "district")}
    days = (events["at"] - pd.Timestamp(FIRST_DAY)).dt.days.astype("int16")
    return events.drop(columns="at").assign(**names, day=days)


def _histogram(points: hv.Points, name: str) -> hv.Histogram:
    if name == "month":
        edges = np.searchsorted(months_of_days(), np.arange(MONTHS + 1)) - 0.5
        return histogram(points, dimension="day", bins=edges, dynamic=False)
    size = SIZES[name]
    ends = (-0.5, size - 0.5)
    return histogram(points, dimension=name, num_bins=size, bin_range=ends, dynamic=False)


def _brush_of(plot: Any) -> SelectionXY:
    """Return the stream that Bokeh's box selection on a plot would trigger."""
    (brush,) = {
        stream
        for part in plot.traverse(lambda part: part)
        for callback in getattr(part, "callbacks", ())
        for stream in callback.streams
        if isinstance(stream, SelectionXY)
    }
    return brush


def _drawn(plot: Any, column: str) -> np.ndarray:
    """Return a column of the selection's layer, which is drawn last."""
    renderers = plot.subplots["main"].state.renderers
    sources = [each.data_source.data for each in renderers if isinstance(each, GlyphRenderer)]
    return [data for data in sources if column in data][-1][column]
