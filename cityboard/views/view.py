"""A view: asks in any thread, shows on the session's own."""

import abc
import logging
from collections.abc import Callable
from itertools import starmap
from typing import Any, ClassVar

import pandas as pd
import panel as pn
import param
from bokeh.events import Event
from bokeh.models import Button, Column, LayoutDOM, Plot
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.errors import CancelledQuestionError, CityboardError
from cityboard.selection import Clause, Selection
from cityboard.store import Answer, Answered
from cityboard.views.compare import agree
from cityboard.views.markup import (
    TextBlock,
    card_sheets,
    note_markup,
    opener_sheets,
    plain_button,
)
from cityboard.views.screen import Screen
from cityboard.words import error_words

log = logging.getLogger(__name__)


class View(pn.viewable.Viewer):
    """One question and one figure.

    Subclasses ask with every clause but those of the fields they publish, and update their
    figure in place. A change of a parameter named in `asks_again` asks anew.

    Attributes:
        figure: What is drawn; None where it is text only.
        asked: The question whose result is shown; None after a fault, so that it is asked again.
        shown: The result shown and the selection it was asked with; None before the first.
        is_fresh: Whether the result that is being drawn is another than the one drawn before.
        waits: Whether it is asked only once the hand rests: its answer is read, not watched.
    """

    asks_again: ClassVar[list[str]] = []
    waits: ClassVar[bool] = False
    figure: Any = None

    screen = param.ClassSelector(class_=Screen, constant=True, doc="Shared by the session's views.")
    problem = param.String(default="", doc="Why the view could not be drawn; empty when it was.")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen=screen, **params)
        self.asked: object = None
        self.shown: tuple[Any, Selection] | None = None
        self.is_fresh, self._drawn = True, None
        self._described: tuple[Any, Selection] | None = None

    @property
    def publishes(self) -> tuple[str, ...]:
        """Return the fields whose clauses the view makes."""
        return ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that what it asks of has."""
        return ()

    @property
    def result(self) -> Any:
        """Return what is shown; None before the first."""
        return self.shown[0] if self.shown else None

    @property
    def answers(self) -> tuple[Answered, ...]:
        """Return the answers shown, for provenance and tests."""
        return (self.result,) if isinstance(self.result, Answer) else ()

    @property
    def about(self) -> str:
        """Return what is shown, in words."""
        return ""

    def frames(self, result: Any) -> tuple[pd.DataFrame, ...]:
        """Return the numbers of a result that rows can be counted for again; none of rows."""
        return (result.frame,) if isinstance(result, Answer) else ()

    def agrees(self, result: Any, counted: Any) -> bool:
        """Tell whether a result and what was counted again say the same."""
        return all(starmap(agree, zip(self.frames(result), self.frames(counted), strict=True)))

    def where(self, selection: Selection) -> tuple[Clause, ...]:
        """Return the clauses the view asks with."""
        return selection.without(*self.publishes).within(self.fields).clauses

    @abc.abstractmethod
    def question(self, selection: Selection) -> object:
        """Return what the result depends on: two equal questions need not be asked twice."""

    @abc.abstractmethod
    def ask(self, selection: Selection, cancel: Cancel) -> Any:
        """Return what is to be shown; runs in any thread and touches no figure."""

    @abc.abstractmethod
    def draw(self, result: Any, selection: Selection) -> None:
        """Draw a result and which part of it is selected; runs on the session's own thread.

        Where the result is not fresh, only what is selected may have changed.
        """

    def describe(self, result: Any, selection: Selection) -> None:
        """Write what is read rather than watched: the table behind the figure, its source.

        It is called once the hand rests, with what was drawn last.
        """

    def rest(self) -> None:
        """Describe what is shown, unless that was done."""
        if self.shown is not None and self.shown is not self._described:
            self.describe(*self.shown)
            self._described = self.shown

    def show(self, result: Any, selection: Selection) -> None:
        """Draw a result of this selection, and remember both."""
        self.shown, self.problem = (result, selection), ""
        self.is_fresh, self._drawn = self._drawn is not result, None  # as long as drawing may fail
        self.draw(result, selection)
        self._drawn = result

    def refuse(self, error: CityboardError) -> None:
        """Say why the view could not be drawn; what it showed before stays, dimmed."""
        self.asked, self.problem = None, error_words(error, self.screen.language)

    def busy(self, *, is_busy: bool) -> None:
        """Dim the view while a question is under way."""

    def listen(self, figure: Plot, event: type[Event], heard: Callable[[Any], None]) -> None:
        """Have `heard` called on an event of a figure, where figures answer."""
        if self.screen.is_live:
            figure.on_event(event, heard)

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return what a report writes above, in place of, and below the figure."""
        return Markup(""), Markup(""), Markup("")


class CardView(View):
    """A view in a card: a head, a body, what opens behind it, what went wrong, a foot.

    What is behind the body is written once somebody opens it: most never is, and writing it takes
    as long as a step of a brush.

    Attributes:
        opener: What the button says that opens it, in Korean and English; None where nothing does.
    """

    opener: ClassVar[tuple[str, str] | None] = None

    is_opened = param.Boolean(default=False, doc="Whether what is behind the body is shown.")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self._head, self._below = (
            TextBlock(screen.style, sizing_mode="stretch_width") for _ in range(2)
        )
        self._foot, self._is_dim = Markup(""), False
        self._opener = self._new_opener()
        self._card = Column(
            sizing_mode="stretch_both",
            margin=0,
            css_classes=["card"],
            stylesheets=card_sheets(screen.style),
        )
        self.param.watch(self._tell_problem, "problem")
        self.param.watch(self._opened, "is_opened")

    def __panel__(self) -> pn.pane.Bokeh:
        """Return the card."""
        return pn.pane.Bokeh(self._card, sizing_mode="stretch_both", margin=0)

    def busy(self, *, is_busy: bool) -> None:
        """Dim the card while a question is under way, or where the last one failed."""
        is_dim = is_busy or self.asked is None
        if is_dim != self._is_dim:
            self._is_dim = is_dim
            self._card.css_classes = ["card", "busy"] if is_dim else ["card"]

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return the head, what is behind the body, and the foot with what went wrong."""
        behind = Markup("")
        if self.opener is not None and self.shown is not None:
            behind = Markup(
                '<details><summary>{}</summary><div class="scroll">{}</div></details>'
            ).format(self.screen.say(*self.opener), self.behind(self.result))
        return self._head.markup, behind, self._note + self._foot

    def behind(self, result: Any) -> Markup:  # noqa: ARG002
        """Return what opens behind the body."""
        return Markup("")

    def _opened(self, _event: object) -> None:
        """Show what is behind the body, or close it."""
        if self._opener is not None:
            self._opener.label = self._opener_words()
        self._write_below()
        if self.figure is not None:  # Bokeh measures its place anew only when its own size is set
            self.figure.min_height += 1 if self.is_opened else -1

    def _new_opener(self) -> Button | None:
        """Return the button that opens what is behind, where there is that and figures answer."""
        if self.opener is None or not self.screen.is_live:
            return None
        sheets = opener_sheets(self.screen.style)
        button = plain_button(self.screen.style, self._opener_words(), stylesheets=sheets)
        button.on_click(lambda _: self.param.update(is_opened=not self.is_opened))
        return button

    def _opener_words(self) -> str:
        mark = "▾" if self.is_opened else "▸"
        return f"{mark} {self.screen.say(*self.opener)}" if self.opener else ""

    def _fill(self, *body: LayoutDOM) -> None:
        """Put the body between the head and what is below."""
        opener = [] if self._opener is None else [self._opener]
        self._card.children = [self._head.model, *body, *opener, self._below.model]

    def _write_below(self, foot: Markup | None = None) -> None:
        """Write what is below the body; a foot that is not given stays."""
        self._foot = self._foot if foot is None else foot
        behind = Markup("")
        if self.is_opened and self.shown is not None:
            behind = Markup('<div class="scroll">{}</div>').format(self.behind(self.result))
        self._below.write(behind + self._note + self._foot)

    @property
    def _note(self) -> Markup:
        return note_markup(self.problem) if self.problem else Markup("")

    def _tell_problem(self, _event: object) -> None:
        self._write_below()


def at_the_edge(view: View, do: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a view does, or its fault: one broken view must not blank the screen."""
    try:
        return do(*arguments)
    except CancelledQuestionError as error:
        return error
    except CityboardError as error:
        log.warning("%s: %s", type(view).__name__, error)
        return error
    except Exception as error:
        log.exception("%s could not be drawn", type(view).__name__)
        return CityboardError(f"this tile could not be drawn: {error}")
