"""A tile: one indicator's value, its change, its course, its source; a press chooses it."""

from collections.abc import Callable
from importlib import resources
from typing import Any

import panel as pn
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.catalog import Indicator
from cityboard.errors import CityboardError
from cityboard.figures.spark import sparkline
from cityboard.observation import GRAINS, Observation, observe
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.markup import TEMPLATES, TextPane
from cityboard.views.screen import Screen
from cityboard.views.view import View
from cityboard.words import (
    PROVENANCES,
    age_words,
    clause_words,
    day_words,
    error_words,
    number_words,
    period_words,
    unit_words,
)

TILE_CSS = resources.files("cityboard").joinpath("templates/tile.css").read_text("utf-8")
SPARK_POINTS = 36


class TileView(View):
    """One indicator."""

    def __init__(self, screen: Screen, indicator: Indicator, **params: Any) -> None:
        super().__init__(screen, **params)
        self.indicator = indicator
        self.dataset = screen.store.dataset(indicator.dataset)
        self._is_chosen = False
        sheets = [f":host {{ {screen.style.css_variables} }}", TILE_CSS]
        self._text = TextPane("", stylesheets=sheets, sizing_mode="stretch_both", margin=0)
        title = screen.words(indicator.title)
        self._press = pn.widgets.Button(
            label=title, stylesheets=[PRESS_CSS], sizing_mode="stretch_both", margin=0
        )
        self._box = pn.Column(
            self._text,
            self._press,
            sizing_mode="stretch_both",
            margin=0,
            stylesheets=[":host { position: relative; min-height: 0; }"],
        )

    def __panel__(self) -> pn.Column:
        """Return the tile."""
        return self._box

    def on_press(self, pressed: Callable[[], None]) -> None:
        """Have `pressed` called when the tile is pressed."""
        self._press.on_click(lambda _: pressed())

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields of the indicator's dataset."""
        return self.screen.store.fields(self.dataset.id)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (self.where(selection), self.screen.store.snapshot(self.dataset.id).files)

    def ask(self, selection: Selection, cancel: Cancel) -> Observation:
        """Return the indicator's observation."""
        where = self.where(selection)
        return observe(self.screen.store, self.indicator, where=where, cancel=cancel)

    def draw(self, result: Observation, selection: Selection) -> None:
        """Write the tile."""
        self._text.object = self._markup(result, selection)

    def refuse(self, error: CityboardError) -> None:
        """Say in the tile why its number could not be had; no old number stays under a new name."""
        super().refuse(error)
        self.shown = None
        self._text.object = str(
            tile_markup(self.screen, self.indicator, None, error, is_chosen=self._is_chosen)
        )

    def mark_chosen(self, *, is_chosen: bool) -> None:
        """Frame the tile that the map and the time strip show."""
        self._is_chosen = is_chosen
        if self.shown is not None:
            self.draw(*self.shown)

    def markup(self) -> tuple[Markup, Markup, Markup]:
        """Return nothing above, the tile, nothing below."""
        return Markup(""), Markup(self._text.object), Markup("")  # noqa: S704 - made by a template

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.answer,) if self.result else ()

    def _markup(self, seen: Observation, selection: Selection) -> str:
        area = selection.get("area")
        place = ""
        if area and area in self.where(selection):
            place = clause_words(area, self.screen.catalog, None, self.screen.language)
        chosen = self._is_chosen
        return str(tile_markup(self.screen, self.indicator, seen, place=place, is_chosen=chosen))


PRESS_CSS = """
:host { position: absolute; inset: 0; }
.bk-btn { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
.bk-btn:focus-visible { opacity: 1; background: none; color: transparent; border: 3px solid white; }
"""


def change_words(seen: Observation, screen: Screen) -> str:
    """Return the change against the period before, with an arrow and a word."""
    if seen.change_pct is None:
        return ""
    arrow = {"up": "↑", "down": "↓", "level": "→"}[seen.trend]
    against = {
        "D": ("전일", "day"),
        "M": ("전월", "month"),
        "Q": ("전분기", "quarter"),
        "A": ("전년", "year"),
    }
    ko, en = against[seen.indicator.frequency]
    judged = {
        "better": screen.say("나아짐", "better"),
        "worse": screen.say("나빠짐", "worse"),
        "neither": {"up": screen.say("늘어남", "up"), "down": screen.say("줄어듦", "down")}.get(
            seen.trend, screen.say("비슷", "level")
        ),
    }[seen.judgement]
    return screen.say(
        f"{arrow} {abs(seen.change_pct):.1f}% {judged} ({ko} 대비)",
        f"{arrow} {abs(seen.change_pct):.1f}% {judged} on the {en} before",
    )


def tile_markup(
    screen: Screen,
    indicator: Indicator,
    seen: Observation | None,
    fault: CityboardError | None = None,
    *,
    place: str = "",
    is_chosen: bool = False,
) -> Markup:
    """Return a tile.

    Args:
        screen: Whose language.
        indicator: Of which.
        seen: What it says; None where it cannot be had.
        fault: Why it cannot.
        place: The area it is about, where that is not the city.
        is_chosen: Whether it is framed.
    """
    template, name = TEMPLATES.get_template("tile.html"), screen.words(indicator.title)
    frame = {"id": indicator.id, "name": name, "is_chosen": is_chosen}
    if seen is None:
        why = error_words(fault, screen.language) if fault else ""
        text = template.render(**frame, value=None, empty_words=why, provenance="none")
        return Markup(text)  # noqa: S704 - made by a template that escapes
    mark, provenance = PROVENANCES[seen.answer.provenance]
    values = [value for _, value in seen.series[-SPARK_POINTS:]]
    fresh = screen.store.freshness(indicator.dataset)
    text = template.render(
        **frame,
        value=None
        if seen.value is None
        else number_words(seen.value, screen.language, decimals=indicator.decimals),
        unit=unit_words(indicator.unit, screen.language),
        change=change_words(seen, screen),
        judgement=seen.judgement,
        spark=sparkline(values, words=name),
        mark=mark,
        provenance=seen.answer.provenance,
        provenance_words=screen.words(provenance),
        period=" · ".join(filter(None, (when_words(seen, screen), place))),
        age=age_words(fresh.age_days, screen.language) if fresh.is_stale else "",
        source=screen.words(screen.store.dataset(indicator.dataset).publisher),
        is_stale=fresh.is_stale,
        damage=screen.say("손상되어 이전 판", "older version: damaged")
        if seen.answer.snapshot.problem
        else "",
        empty_words=screen.say("고른 기간·지역의 자료 없음", "No data for this selection"),
    )
    return Markup(text)  # noqa: S704 - made by a template that escapes


def when_words(seen: Observation, screen: Screen) -> str:
    """Return the period an observation is about; of a register, its day."""
    if seen.period:
        return period_words(seen.period, GRAINS[seen.indicator.frequency], screen.language)
    last = screen.store.freshness(seen.indicator.dataset).last
    return day_words(last, screen.language) if last else "–"
