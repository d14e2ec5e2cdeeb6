"""What a step of a brush sends to the page: the columns that changed, and nothing else."""

import numpy as np
from bokeh.document import Document
from bokeh.document.events import ColumnDataChangedEvent, DocumentChangedEvent, ModelChangedEvent
from bokeh.models import ColumnDataSource, Model

from cityboard.catalog import Catalog
from cityboard.figures.heatmap import heatmap_figure, name_rows
from cityboard.figures.source import source_of, update_source
from cityboard.figures.style import STYLES
from cityboard.lake import Lake
from cityboard.store import Store
from cityboard.views.area_map import AreaMap
from cityboard.views.screen import open_screen

DARK = STYLES["dark"]


def sent_from(model: Model) -> list[DocumentChangedEvent]:
    """Return a list that will hold all that a model's document sends."""
    document, events = Document(), list[DocumentChangedEvent]()
    document.add_root(model)
    document.on_change(events.append)
    return events


def columns(events: list[DocumentChangedEvent]) -> list[set[str]]:
    """Return the columns of each event; whole sources count as none."""
    return [set(e.cols or ()) for e in events if isinstance(e, ColumnDataChangedEvent)]


def test_only_columns_that_differ_are_sent_again() -> None:
    source = ColumnDataSource({"name": ["a", "b"], "value": [1.0, 2.0], "at": np.array([1, 2])})
    events = sent_from(source)
    update_source(source, {"name": ["a", "b"], "value": [1.0, 3.0], "at": np.array([1, 2])})
    assert columns(events) == [{"value"}]
    update_source(source, {"value": [1.0, 3.0], "at": np.array([1, 4])})
    assert columns(events) == [{"value"}, {"at"}]
    update_source(source, dict(source.data))
    assert len(events) == 2
    assert source.data["name"] == ["a", "b"]


def test_a_column_may_become_shorter_or_an_array() -> None:
    source = ColumnDataSource({"name": ["a", "b"], "value": [1, 2]})
    update_source(source, {"name": ["a"], "value": np.array([1])})
    assert source.data["name"] == ["a"]
    assert source.data["value"].tolist() == [1]


def test_a_map_sends_its_outlines_once(testburg: Catalog, testburg_lake: Lake) -> None:
    screen = open_screen(Store(testburg, testburg_lake), language="en")
    drawn = AreaMap(screen, is_boxable=False, layer=["#000000"] * 255)
    events = sent_from(drawn.figure)
    drawn.colour({"11001": 1.0, "11002": 2.0}, [], decimals=0)
    drawn.colour({"11001": 3.0, "11002": 2.0}, [], decimals=0)
    assert len(events) == 2
    for sent in columns(events):
        assert {"value", "words"} <= sent <= {"value", "words", "fill", "ink"}
    drawn.colour({"11001": 3.0, "11002": 2.0}, [], decimals=0)
    assert len(events) == 2


def test_a_map_frames_an_area_once(testburg: Catalog, testburg_lake: Lake) -> None:
    screen = open_screen(Store(testburg, testburg_lake), language="en")
    drawn = AreaMap(screen, is_boxable=False, layer=["#000000"] * 255)
    drawn.outline(["11002"])
    assert len(source_of(drawn.figure, "chosen").data["xs"][0]) > 0
    events = sent_from(drawn.figure)
    drawn.outline(["11002"])
    assert events == []
    drawn.outline([])
    assert source_of(drawn.figure, "chosen").data["xs"] == [[]]


def test_a_map_asks_for_its_points_soon_after_it_has_been_zoomed(
    testburg: Catalog, testburg_lake: Lake
) -> None:
    screen = open_screen(Store(testburg, testburg_lake), language="en")
    drawn = AreaMap(screen, is_boxable=True, layer=["#000000"] * 255)
    assert drawn.figure.lod_timeout <= 100


def test_rows_that_are_named_alike_are_not_named_again() -> None:
    source = ColumnDataSource({"hour": [], "row": [], "value": []})
    plot = heatmap_figure(source, style=DARK, language="en")
    name_rows(plot, ["Mon", "Tue"])
    events = sent_from(plot)
    name_rows(plot, ["Mon", "Tue"])
    assert events == []
    name_rows(plot, ["Jan", "Feb"])
    assert {e.attr for e in events if isinstance(e, ModelChangedEvent)} >= {
        "ticker",
        "major_label_overrides",
    }
