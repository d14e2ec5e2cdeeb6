"""What every view of one session shares."""

import dataclasses
from urllib.parse import urlencode

from cityboard.catalog import Catalog, Language, Text
from cityboard.figures.style import STYLES, Style, Theme
from cityboard.selection import SelectionState
from cityboard.store import Store


@dataclasses.dataclass(frozen=True)
class Screen:
    """A store to ask, a selection to share, a language and colours to draw in.

    Attributes:
        store: Answers for the session's role.
        selection: What is selected; the only state the views share.
        language: Of every word.
        style: Colours.
        is_live: Whether figures answer to touch; a report's do not.
    """

    store: Store
    selection: SelectionState
    language: Language
    style: Style
    is_live: bool = True

    @property
    def catalog(self) -> Catalog:
        """Return the city's catalogue."""
        return self.store.catalog

    @property
    def keep(self) -> str:
        """Return what every link keeps of the address: language, colours and the instant."""
        as_of = self.store.as_of
        then = {} if as_of is None else {"as_of": as_of.isoformat(timespec="seconds")}
        return urlencode({"lang": self.language, "theme": self.style.theme, **then})

    def words(self, text: Text) -> str:
        """Return a text in the screen's language."""
        return text.in_language(self.language)

    def say(self, ko: str, en: str) -> str:
        """Return one of two words, by the screen's language."""
        return ko if self.language == "ko" else en


def open_screen(
    store: Store, *, language: Language = "ko", theme: Theme = "dark", is_live: bool = True
) -> Screen:
    """Return a screen with nothing selected."""
    return Screen(store, SelectionState(), language, STYLES[theme], is_live)
