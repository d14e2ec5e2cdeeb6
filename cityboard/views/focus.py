"""The indicator that is looked at: on the map of the city, and over time."""

import dataclasses
import datetime as dt
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import panel as pn
import param
from bokeh.events import SelectionGeometry, Tap
from bokeh.models import ColumnDataSource
from markupsafe import Markup

from cityboard.catalog import Indicator
from cityboard.engines.duckdb import Cancel
from cityboard.figures.map import veil
from cityboard.figures.trend import brush_band, move_band, trend_data, trend_figure
from cityboard.observation import (
    GRAINS,
    Observation,
    observe,
    observe_areas,
    own_clauses,
)
from cityboard.period import first_day, period_end
from cityboard.query import Pixels
from cityboard.selection import Clause, Interval, Members, Selection
from cityboard.store import Answer
from cityboard.views.district_map import DistrictMap, shaded
from cityboard.views.markup import source_words, table_markup
from cityboard.views.screen import Screen
from cityboard.views.tile import change_words
from cityboard.views.trend import day_of
from cityboard.views.view import CardView
from cityboard.words import area_words, exact_words, number_words, period_words, unit_words


class FocusView(CardView):
    """Something about one indicator, which may be exchanged for another."""

    asks_again: ClassVar = ["indicator_id"]

    indicator_id = param.String(doc="The indicator looked at.")

    @property
    def indicator(self) -> Indicator:
        """Return the indicator looked at."""
        return self.screen.catalog.indicator(self.indicator_id)

    def where(self, selection: Selection) -> tuple[Clause, ...]:
        """Return the clauses asked with: those the indicator's dataset has a field for."""
        fields = self.screen.store.fields(self.indicator.dataset)
        return tuple(c for c in super().where(selection) if c.field in fields)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        version = self.screen.store.snapshot(self.indicator.dataset).version
        return (self.indicator_id, version, self.where(selection))


@dataclasses.dataclass(frozen=True)
class FocusMapResult:
    """An indicator per district, for what is chosen, and its points where it has any."""

    values: dict[str, float]
    city: Observation
    pixels: Pixels
    image: np.ndarray | None


class FocusMapView(FocusView):
    """The indicator on the map, its value for the city written large above it."""

    publishes: ClassVar = ("area",)

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self.map = DistrictMap(screen, is_boxable=False, layer=veil(screen.style))
        self.figure = self.map.figure
        self.listen(self.figure, Tap, self._tapped)
        pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_both", margin=0)
        self._fill(pane)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on; the value written large is of the chosen area."""
        return (super().question(selection), selection.get("area"))

    def ask(self, selection: Selection, cancel: Cancel) -> FocusMapResult:  # noqa: ARG002
        """Return the indicator per district and for the chosen area, else the city."""
        where, indicator, store = self.where(selection), self.indicator, self.screen.store
        fields = store.fields(indicator.dataset)
        values = observe_areas(store, indicator, where=where)[0] if "area" in fields else {}
        within = tuple(c for c in selection.clauses if c.field in fields)
        city = observe(store, indicator, where=within)
        pixels, image = self.map.pixels(), None
        if "place" in fields:
            rows = [*own_clauses(indicator), *(c for c in where if c.field != "time")]
            if city.period and city.until:
                rows.append(Interval(city.period, city.until + dt.timedelta(days=1)))
            _, image = shaded(self.screen, indicator.dataset, indicator.measure, rows, pixels)
        return FocusMapResult(values, city, pixels, image)

    def show(self, result: FocusMapResult, selection: Selection) -> None:
        """Write the value and colour the map."""
        clause = selection.get("area")
        chosen = [str(code) for code in clause.values] if isinstance(clause, Members) else []
        indicator = self.indicator
        self.map.colour(result.values, chosen, decimals=indicator.decimals)
        self.map.draw_points(result.image, result.pixels)
        unit = unit_words(indicator.unit, self.screen.language)
        legend = self.map.legend(result.values, unit, decimals=indicator.decimals)
        self._head.object = str(self._headline(result.city) + legend)
        self._foot.object = str(self._below(result))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.city.answer,) if self.result else ()

    def _headline(self, city: Observation) -> Markup:
        screen, indicator = self.screen, self.indicator
        number = number_words(city.value, screen.language, decimals=indicator.decimals)
        when = (
            period_words(city.period, GRAINS[indicator.frequency], screen.language)
            if city.period
            else ""
        )
        return Markup(
            '<div style="display:flex;gap:.25rem 1rem;align-items:baseline;flex-wrap:wrap">'
            '<span style="font-size:1rem;font-weight:600">{}</span>'
            '<span style="font-size:3rem;line-height:1;font-weight:600">{}</span>'
            '<span style="font-size:1.25rem;color:var(--muted)">{}</span>'
            '<span style="color:var(--muted)">{} · {}</span></div>'
        ).format(
            screen.words(indicator.title),
            number,
            unit_words(indicator.unit, screen.language),
            " · ".join(filter(None, (self._place(), when or screen.say("등록 대장", "register")))),
            change_words(city, screen) or screen.words(indicator.definition),
        )

    def _place(self) -> str:
        clause = self.screen.selection.value.get("area")
        if isinstance(clause, Members):
            return area_words(
                self.screen.catalog, [str(code) for code in clause.values], self.screen.language
            )
        return ""

    def _below(self, result: FocusMapResult) -> Markup:
        screen, indicator = self.screen, self.indicator
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
        return Markup(
            '<details><summary>{} · {}</summary><div class="scroll"><p>{}</p>{}</div></details>'
        ).format(
            screen.say("표와 정의", "Table and definition"),
            source_words(screen, result.city.answer),
            screen.words(indicator.definition),
            table,
        )

    def _tapped(self, event: Tap) -> None:
        code = self.map.area_at(event.x, event.y)
        clause = self.screen.selection.value.get("area")
        if code is None or (isinstance(clause, Members) and clause.values == (code,)):
            self.screen.selection.clear("area")
        else:
            self.screen.selection.publish(Members("area", (code,)))


class FocusTrendView(FocusView):
    """The indicator over time; a drag selects a period for every tile."""

    publishes: ClassVar = ("time",)

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self._source = ColumnDataSource({"period": [], "value": []})
        self.figure = trend_figure(
            self._source, unit="", style=screen.style, language=screen.language, is_brushable=True
        )
        self._band = brush_band(self.figure, screen.style)
        self.listen(self.figure, SelectionGeometry, self._brushed)
        pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_both", margin=0)
        self._fill(pane)

    def ask(self, selection: Selection, cancel: Cancel) -> Observation:  # noqa: ARG002
        """Return the indicator's observation with its series."""
        return observe(self.screen.store, self.indicator, where=self.where(selection))

    def show(self, result: Observation, selection: Selection) -> None:
        """Draw the series and the brushed period."""
        days, values = zip(*result.series, strict=True) if result.series else ((), ())
        self._source.data = trend_data(pd.DataFrame({"period": days, "value": values}), "value")
        screen = self.screen
        self._head.object = str(
            Markup('<div class="title">{} <small>{} · {}</small></div>').format(
                screen.words(self.indicator.title),
                unit_words(self.indicator.unit, screen.language),
                screen.say("끌어서 기간 선택", "drag to select a period"),
            )
        )
        clause = selection.get("time")
        low, high = (clause.low, clause.high) if isinstance(clause, Interval) else (None, None)
        move_band(self._band, low, high)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.answer,) if self.result else ()

    def brush(self, first: dt.date, last: dt.date) -> None:
        """Select the periods between two days, both included, at least one."""
        grain = GRAINS[self.indicator.frequency]
        low = first_day(min(first, last), grain)
        high = period_end(first_day(max(first, last), grain), grain) + dt.timedelta(days=1)
        self.screen.selection.publish(Interval(low, high))

    def _brushed(self, event: SelectionGeometry) -> None:
        if event.final:
            self.brush(day_of(event.geometry["x0"]), day_of(event.geometry["x1"]))
