"""A card of words: what is known of something, written by a template."""

import abc
from importlib import resources
from typing import Any, ClassVar

import panel as pn
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.selection import Selection
from cityboard.views.markup import TEMPLATES, TextBlock
from cityboard.views.screen import Screen
from cityboard.views.tile import TILE_CSS
from cityboard.views.view import CardView

TOLD_CSS = resources.files("cityboard").joinpath("templates/told/told.css").read_text("utf-8")


class ToldView(CardView):
    """Something told in words and tables, scrolled where there is more than fits.

    Attributes:
        template: Name of the template below `templates/told`.
        grows: Whether it is as long as its words, and the page scrolls; else it scrolls itself.
    """

    template: ClassVar[str]
    grows: ClassVar[bool] = False

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self._body = TextBlock(
            screen.style,
            sizing_mode=self._sizing,
            styles={} if self.grows else {"overflow": "auto"},
            stylesheets=[TILE_CSS, TOLD_CSS],
        )
        self._card.sizing_mode = self._sizing
        self._fill(self._body.model)

    def __panel__(self) -> pn.pane.Bokeh:
        """Return the card."""
        return pn.pane.Bokeh(self._card, sizing_mode=self._sizing, margin=0)

    @property
    def _sizing(self) -> str:
        return "stretch_width" if self.grows else "stretch_both"

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on: which versions are published."""
        return tuple(self.screen.store.snapshot(d.id).files for d in self.screen.store.datasets())

    @abc.abstractmethod
    def ask(self, selection: Selection, cancel: Cancel) -> Any:
        """Return what is told."""

    @abc.abstractmethod
    def words(self, result: Any) -> dict[str, Any]:
        """Return what the template needs, besides `say`, `words` and `keep`."""

    def draw(self, result: Any, selection: Selection) -> None:  # noqa: ARG002
        """Write it."""
        self._body.write(self.told(result))

    def told(self, result: Any) -> Markup:
        """Return it as markup; the template escapes every value."""
        screen = self.screen
        text = TEMPLATES.get_template(f"told/{self.template}.html").render(
            say=screen.say,
            words=screen.words,
            language=screen.language,
            keep=screen.keep,
            **self.words(result),
        )
        return Markup(text)  # noqa: S704 - made by a template that escapes

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return the head, what is told, and the foot."""
        head, _, foot = super().markup()
        return head, self._body.markup, foot
