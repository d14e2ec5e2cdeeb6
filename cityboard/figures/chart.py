"""An analyst's quick chart: any frame as an hvPlot element, labelled from the catalogue."""

from typing import Any

import holoviews as hv
import pandas as pd
from hvplot import hvPlot

from cityboard.catalog import Dataset, Language
from cityboard.words import unit_words

hv.extension("bokeh", logo=False, inline=True)  # else a notebook asks a CDN for its scripts


def chart(
    frame: pd.DataFrame, measure: str, dataset: Dataset, *, language: Language, **options: Any
) -> hv.Element | hv.Overlay:
    """Return a line over time, bars of a category, or one line a category.

    Args:
        frame: (n rows) an answer: grouping columns, then the measure.
        measure: Column drawn.
        dataset: Names the measure and its unit.
        language: Of the labels.
        **options: Passed to hvPlot.
    """
    groups = [name for name in frame.columns if name != measure]
    entry = dataset.measure(measure)
    unit = unit_words(entry.unit, language)
    title = entry.title.in_language(language)
    labels = {"ylabel": f"{title} ({unit})" if unit else title, "responsive": True, "height": 320}
    options = {**labels, **options}
    if "period" in groups:
        rest = [name for name in groups if name != "period"]
        return hvPlot(frame).line(x="period", y=measure, by=rest or None, xlabel="", **options)
    if groups:
        whole = frame.select_dtypes("integer").columns
        frame = frame.astype(dict.fromkeys(whole, "int64"))  # HoloViews' bars fail on int32
        return hvPlot(frame).bar(x=groups[0], y=measure, by=groups[1:2] or None, **options)
    return hvPlot(frame).table(columns=[measure])
