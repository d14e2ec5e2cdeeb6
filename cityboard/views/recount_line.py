"""The button that has what is shown counted again, and the line that says what came out."""

from collections.abc import Callable

import panel as pn
from markupsafe import Markup

from cityboard.errors import CityboardError, QueryTimeoutError
from cityboard.views.broker import Told
from cityboard.views.markup import button_sheets, text_pane
from cityboard.views.recount import Recount
from cityboard.views.screen import Screen
from cityboard.views.view import View
from cityboard.words import error_words, exact_words

AGREES, DIFFERS, FAILED, UNDER_WAY = "✓", "≠", "⚠", "…"  # shapes: no status by colour alone


class RecountLine(pn.viewable.Viewer):
    """Whether rows say what is shown, once asked.

    Args:
        screen: The session's.
        start: Begins a recount, given who hears of it.
    """

    def __init__(self, screen: Screen, start: Callable[[Told], None]) -> None:
        super().__init__()
        self.screen, self._start = screen, start
        self._words = text_pane(screen.style, styles={"align-self": "center"})
        self._button = pn.widgets.Button(
            label=screen.say("원자료로 다시 세기", "Recount from rows"),
            stylesheets=button_sheets(screen.style),
            margin=0,
        )
        self._button.on_click(lambda _: self.press())

    def parts(self) -> tuple[pn.viewable.Viewable, ...]:
        """Return the button and the line."""
        return self._button, self._words

    def press(self) -> None:
        """Have what is shown counted again."""
        words = self.screen.say("원자료에서 다시 세는 중", "Counting the rows again")
        self._start(self.tell)
        if not self._words.object:  # it may have been counted already
            self._words.object = str(_status(UNDER_WAY, words, "muted"))

    def tell(self, found: Recount | None) -> None:
        """Say what came out; nothing where nothing was counted."""
        if found is None:
            self._words.object = ""
            return
        mark, colour = AGREES, "good"
        if found.differing or not found.agreed:
            mark, colour = DIFFERS, "bad"
        if found.failed:
            mark, colour = FAILED, "bad"
        self._words.object = str(_status(mark, self.words(found), colour))

    def words(self, found: Recount) -> str:
        """Return what came out, in words."""
        rows, seconds, say = exact_words(found.rows), f"{found.seconds:.1f}", self.screen.say
        counted = say(
            f"원자료 {rows}행을 {seconds}초 동안 다시 셈",
            f"Counted again from {rows} rows in {seconds} s",
        )
        results = [self._agreement(found)] if found.agreed else []
        if found.differing:
            names = _names(found.differing)
            results.append(say(f"다름: {names}", f"differs: {names}"))
        results += [self._failure(view, error) for view, error in found.failed]
        if not results:
            results = [say("셀 수치가 없음", "there is nothing to count")]
        return f"{counted}: {' · '.join(results)}"

    def _agreement(self, found: Recount) -> str:
        count, say = len(found.agreed), self.screen.say
        if found.differing or found.failed:
            return say(f"수치 {count}개는 같음", f"{count} agree")
        if count == 1:
            return say("수치가 같음", "the figure agrees")
        return say(f"수치 {count}개가 모두 같음", f"all {count} figures agree")

    def _failure(self, view: View, error: CityboardError) -> str:
        say, seconds = self.screen.say, f"{self.screen.store.seconds:g}"
        why = error_words(error, self.screen.language)
        if isinstance(error, QueryTimeoutError):
            why = say(f"{seconds}초를 넘김", f"took more than {seconds} s")
        return say(
            f"{view.about}: 다시 세지 못함({why})", f"{view.about} could not be recounted: {why}"
        )


def _names(views: tuple[View, ...]) -> str:
    return ", ".join(view.about for view in views)


def _status(mark: str, words: str, colour: str) -> Markup:
    """Return a shape and words, told to those who cannot see them too."""
    form = '<div role="status"><b style="color:var(--{})" aria-hidden="true">{}</b> {}</div>'
    return Markup(form).format(colour, mark, words)  # noqa: S704 - the form is made here
