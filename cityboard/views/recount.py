"""Count what a screen shows again, from rows, and tell what agrees."""

import dataclasses
import logging
import time
from collections.abc import Iterable
from typing import Any

from cityboard.cancel import Cancel
from cityboard.errors import CancelledQuestionError, CityboardError
from cityboard.selection import Selection
from cityboard.store import counting_rows
from cityboard.views.view import View, at_the_edge

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Recount:
    """What came out.

    Attributes:
        rows: Rows of the versions that were counted.
        seconds: How long it took.
        agreed: Views whose numbers are those shown.
        differing: Views whose numbers are others.
        failed: Views that could not be counted again, and why.
    """

    rows: int
    seconds: float
    agreed: tuple[View, ...]
    differing: tuple[View, ...]
    failed: tuple[tuple[View, CityboardError], ...]


@dataclasses.dataclass(frozen=True)
class Shown:
    """What a view shows, and what it was asked for it."""

    view: View
    question: object
    result: Any
    selection: Selection


def shown_by(views: Iterable[View]) -> tuple[Shown, ...]:
    """Return what of views can be counted again: all that is shown but rows."""
    shown = [(v, v.asked, *v.shown) for v in views if v.shown is not None and v.asked is not None]
    return tuple(Shown(*each) for each in shown if each[0].frames(each[2]))


def recount(shown: Iterable[Shown], cancel: Cancel) -> Recount | None:
    """Return what comes out when rows are counted; runs in any thread.

    Args:
        shown: What is to be counted.
        cancel: Stops it.

    Returns:
        None where it was stopped, or where newer rows than those shown have been published.
    """
    began, rows = time.perf_counter(), dict[str, int]()
    agreed, differing, failed = list[View](), list[View](), list[tuple[View, CityboardError]]()
    for each in shown:
        found = at_the_edge(each.view, _is_counted_alike, each, cancel)
        if isinstance(found, CancelledQuestionError):
            return None
        if isinstance(found, CityboardError):
            failed.append((each.view, found))
        else:
            (agreed if found else differing).append(each.view)
        rows |= {a.snapshot.dataset: a.snapshot.rows for a in each.view.answers}
    if differing:
        log.error("counted again, %d views differ from the rows", len(differing))
    seconds = time.perf_counter() - began
    return Recount(sum(rows.values()), seconds, tuple(agreed), tuple(differing), tuple(failed))


def _is_counted_alike(shown: Shown, cancel: Cancel) -> bool:
    """Tell whether the rows say what a view shows.

    Raises:
        CancelledQuestionError: It shows something else by now, or soon will.
    """
    view, selection = shown.view, shown.selection
    if cancel.is_set or view.question(selection) != shown.question:
        raise CancelledQuestionError
    with counting_rows():
        counted = view.ask(selection, cancel)
    return view.agrees(shown.result, counted)
