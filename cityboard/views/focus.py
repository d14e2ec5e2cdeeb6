"""The indicator that is looked at: on the map of the city, and over time."""

import dataclasses
import datetime as dt
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import param
from bokeh.events import SelectionGeometry, Tap
from bokeh.models import ColumnDataSource
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.catalog import Indicator
from cityboard.figures.map import veil
from cityboard.figures.shade import shade
from cityboard.figures.source import update_source
from cityboard.figures.trend import brush_band, move_band, trend_data, trend_figure
from cityboard.observation import (
    GRAINS,
    Observation,
    observe,
    observe_areas,
    own_clauses,
)
from cityboard.period import interval_of
from cityboard.query import Pixels, Query, pixels_of
from cityboard.selection import Interval, Members, Selection
from cityboard.store import Answer
from cityboard.views.area_map import AreaMap
from cityboard.views.markup import foot_markup, simulated_markup, source_words, table_markup
from cityboard.views.screen import Screen
from cityboard.views.tile import change_words
from cityboard.views.trend import day_of
from cityboard.views.view import CardView
from cityboard.words import area_words, exact_words, number_words, period_words, unit_words

LEVEL = 11  # pixels of 2^-11 degrees: Seoul is 900 wide


class FocusView(CardView):
    """Something about one indicator, which may be exchanged for another."""

    indicator_id = param.String(doc="The indicator looked at.")

    @property
    def indicator(self) -> Indicator:
        """Return the indicator looked at."""
        return self.screen.store.indicator(self.indicator_id)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields of the indicator's dataset."""
        return self.screen.store.fields(self.indicator.dataset)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        files = self.screen.store.snapshot(self.indicator.dataset).files
        return (self.indicator_id, files, self.where(selection))


@dataclasses.dataclass(frozen=True)
class FocusMapResult:
    """An indicator per district, for what is chosen, and its points where it has any."""

    values: dict[str, float]
    chosen: Observation
    pixels: Pixels
    image: np.ndarray | None


class FocusMapView(FocusView):
    """The indicator on the map, its value for the city written large above it."""

    opener: ClassVar[tuple[str, str] | None] = ("표와 정의", "Table and definition")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self.map = AreaMap(screen, is_boxable=False, layer=veil(screen.style))
        self.figure = self.map.figure
        self.listen(self.figure, Tap, self._tapped)
        self._fill(self.figure)

    @property
    def publishes(self) -> tuple[str, ...]:
        """Return the fields whose clauses the view makes."""
        return ("area",)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on; the value written large is of the chosen area."""
        return (super().question(selection), selection.get("area"))

    def ask(self, selection: Selection, cancel: Cancel) -> FocusMapResult:
        """Return the indicator per district and for the chosen area, else the city."""
        where, indicator, store = self.where(selection), self.indicator, self.screen.store
        values: dict[str, float] = {}
        if "area" in self.fields:
            values, _ = observe_areas(store, indicator, where=where, cancel=cancel)
        within = selection.within(self.fields).clauses
        chosen = observe(store, indicator, where=within, cancel=cancel)
        pixels, image = pixels_of(self.map.window(), LEVEL), None
        if "place" in self.fields:
            rows = [*own_clauses(indicator), *(c for c in where if c.field != "time")]
            rows += _period_of(chosen)
            query = Query(indicator.dataset, (indicator.measure,), (pixels,), tuple(rows))
            image = shade(store.raster(query, cancel=cancel).grid).image
        return FocusMapResult(values, chosen, pixels, image)

    def draw(self, result: FocusMapResult, selection: Selection) -> None:
        """Write the value and colour the map."""
        clause = selection.get("area")
        chosen = [str(code) for code in clause.values] if isinstance(clause, Members) else []
        indicator = result.chosen.indicator
        self.map.colour(result.values, chosen, decimals=indicator.decimals)
        self.map.draw_points(result.image, result.pixels)
        unit = unit_words(indicator.unit, self.screen.language)
        legend = self.map.legend(result.values, unit, decimals=indicator.decimals)
        place = area_words(self.screen.catalog, chosen, self.screen.language) if chosen else ""
        self._head.write(self._headline(result.chosen, place) + legend)

    def describe(self, result: FocusMapResult, selection: Selection) -> None:  # noqa: ARG002
        """Write what is opened and the source."""
        chosen = result.chosen
        source = source_words(self.screen, chosen.answer, _period_of(chosen))
        self._write_below(foot_markup(source))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.chosen.answer,) if self.result else ()

    def _headline(self, seen: Observation, place: str) -> Markup:
        screen, indicator = self.screen, seen.indicator
        number = number_words(seen.value, screen.language, decimals=indicator.decimals)
        when = (
            period_words(seen.period, GRAINS[indicator.frequency], screen.language)
            if seen.period
            else ""
        )
        return Markup(
            '<div style="display:flex;gap:.25rem 1rem;align-items:baseline;flex-wrap:wrap">'
            '<span style="font-size:1rem;font-weight:600">{}</span>'
            '<span style="font-size:3rem;line-height:1;font-weight:600">{}</span>'
            '<span style="font-size:1.25rem;color:var(--muted)">{}</span>{}'
            '<span style="color:var(--muted)">{} · {}</span></div>'
        ).format(
            screen.words(indicator.title),
            number,
            unit_words(indicator.unit, screen.language),
            simulated_markup(screen, seen.answer),
            " · ".join(filter(None, (place, when or screen.say("등록 대장", "register")))),
            change_words(seen, screen) or screen.words(indicator.definition),
        )

    def behind(self, result: FocusMapResult) -> Markup:
        """Return the definition, who answers for it, and the table."""
        screen, indicator = self.screen, result.chosen.indicator
        rows = sorted(result.values.items(), key=lambda item: -item[1])
        table = table_markup(
            [screen.say("자치구", "District"), screen.words(indicator.title)],
            [
                [
                    screen.words(screen.catalog.area(code).name),
                    exact_words(value, decimals=max(1, indicator.decimals)),
                ]
                for code, value in rows
            ],
        )
        return Markup("<p>{}</p><p>{}: {}</p>{}").format(
            screen.words(indicator.definition),
            screen.say("담당", "Answers for it"),
            screen.words(screen.catalog.organisation(indicator.owner).title),
            table,
        )

    def _tapped(self, event: Tap) -> None:
        code = self.map.area_at(event.x, event.y)
        if code is None:
            self.screen.selection.clear("area")
        else:
            self.screen.selection.toggle(Members("area", (code,)))


class FocusTrendView(FocusView):
    """The indicator over time; a drag selects a period for every tile."""

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self._source = ColumnDataSource({"period": [], "value": []})
        self.figure = trend_figure(
            self._source, unit="", style=screen.style, language=screen.language, is_brushable=True
        )
        self._band = brush_band(self.figure, screen.style)
        self.listen(self.figure, SelectionGeometry, self._brushed)
        self._fill(self.figure)

    @property
    def publishes(self) -> tuple[str, ...]:
        """Return the fields whose clauses the view makes."""
        return ("time",)

    def ask(self, selection: Selection, cancel: Cancel) -> Observation:
        """Return the indicator's observation with its series."""
        where = self.where(selection)
        return observe(self.screen.store, self.indicator, where=where, cancel=cancel)

    def draw(self, result: Observation, selection: Selection) -> None:
        """Draw the series and the brushed period."""
        days, values = zip(*result.series, strict=True) if result.series else ((), ())
        frame = pd.DataFrame({"period": days, "value": values})
        update_source(self._source, trend_data(frame, "value"))
        screen = self.screen
        unit = unit_words(self.indicator.unit, screen.language)
        how = screen.say("끌어서 기간 선택", "drag to select a period") if screen.is_live else ""
        self._head.write(
            Markup('<div class="title">{} <small>{}</small></div>').format(
                screen.words(self.indicator.title), " · ".join(filter(None, (unit, how)))
            )
        )
        clause = selection.get("time")
        low, high = (clause.low, clause.high) if isinstance(clause, Interval) else (None, None)
        move_band(self._band, low, high)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.answer,) if self.result else ()

    def brush(self, one: dt.date, other: dt.date) -> None:
        """Select the periods that two days and what lies between them touch."""
        grain = GRAINS[self.indicator.frequency]
        self.screen.selection.publish(interval_of(one, other, grain))

    def _brushed(self, event: SelectionGeometry) -> None:
        if event.final:
            self.brush(day_of(event.geometry["x0"]), day_of(event.geometry["x1"]))


def _period_of(seen: Observation) -> list[Interval]:
    """Return the period that an observation is about; none of a register."""
    if seen.period is None or seen.until is None:
        return []
    return [Interval(seen.period, seen.until + dt.timedelta(days=1))]
