"""What a page forgets once it is written: defaults, and nothing else."""

from bokeh.document import Document
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from cityboard.page import _forget_defaults


def page() -> Document:
    """Return a document with a figure, written once."""
    plot = figure(tools="tap")
    plot.line("x", "y", source=ColumnDataSource({"x": [1], "y": [2]}), name="line")
    plot.tags = ["kept"]
    plot.xaxis.axis_label = "kept too"
    document = Document()
    document.add_root(plot)
    document.to_json()
    return document


def test_a_page_without_its_defaults_is_written_as_before() -> None:
    document = page()
    before = document.to_json()
    held = sum(len(model._unstable_default_values) for model in document.models)
    _forget_defaults(document)
    assert sum(len(model._unstable_default_values) for model in document.models) < held / 2
    assert document.to_json() == before


def test_a_default_that_was_changed_in_place_is_not_forgotten() -> None:
    document = page()
    plot = document.roots[0]
    line = plot.select_one({"name": "line"})
    plot.styles["color"] = "red"
    line.tags.append("changed")
    _forget_defaults(document)
    assert (plot.styles, line.tags) == ({"color": "red"}, ["changed"])
