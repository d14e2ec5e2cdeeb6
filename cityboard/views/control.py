"""An indicator's course: what is signal and what is noise, and what may come."""

import dataclasses
from pathlib import Path
from typing import Any

import param
from bokeh.models import ColumnDataSource
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.figures.control import (
    FanRow,
    SignalRow,
    control_data,
    control_figure,
    fan_data,
    signal_data,
)
from cityboard.observation import GRAINS, Observation, observe
from cityboard.progress import RULES, Control, Forecast, control, forecast
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.markup import foot_markup, simulated_markup, source_words
from cityboard.views.screen import Screen
from cityboard.views.view import CardView
from cityboard.words import exact_words, period_words, unit_words

MOST_TOLD = 256  # kept for every session: a forecast is fitted in 0.1 s


@dataclasses.dataclass(frozen=True)
class ControlResult:
    """An observation, its control chart and its forecast."""

    seen: Observation
    control: Control
    forecast: Forecast


_TOLD: dict[tuple[tuple[Path, ...], str], ControlResult] = {}


class ControlView(CardView):
    """The control chart of an indicator of the whole city, with a forecast where it can be had."""

    opener = ("신호와 방법", "Signals and method")

    indicator_id = param.String(constant=True, doc="The indicator drawn.")

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        indicator = screen.store.indicator(self.indicator_id)
        self._unit = unit_words(indicator.unit, screen.language)
        self._first = self._told()  # the figure is made with its limits
        self._sources = tuple(ColumnDataSource(data) for data in self._data(self._first))
        self.figure = control_figure(
            self._sources,
            _limits(self._first.control),
            unit=self._unit,
            style=screen.style,
            language=screen.language,
        )
        self._fill(self.figure)

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on."""
        indicator = self.screen.store.indicator(self.indicator_id)
        return self.screen.store.snapshot(indicator.dataset).files

    def ask(self, selection: Selection, cancel: Cancel) -> ControlResult:  # noqa: ARG002
        """Return the indicator's course, judged."""
        return self._first if self.shown is None else self._told()

    def draw(self, result: ControlResult, selection: Selection) -> None:  # noqa: ARG002
        """Draw it."""
        for source, data in zip(self._sources, self._data(result), strict=True):
            source.data = data
        say = self.screen.say
        words = [self._unit, say("신호와 잡음, 전망", "signal, noise and outlook")]
        if result.control.is_adjusted:
            words.append(say("계절을 뺀 값", "without its season"))
        self._head.write(
            Markup('<div class="title">{} <small>{} {}</small></div>').format(
                self.screen.words(result.seen.indicator.title),
                " · ".join(filter(None, words)),
                simulated_markup(self.screen, result.seen.answer),
            )
        )

    def describe(self, result: ControlResult, selection: Selection) -> None:  # noqa: ARG002
        """Write the source."""
        self._write_below(foot_markup(source_words(self.screen, result.seen.answer)))

    def behind(self, result: ControlResult) -> Markup:
        """Return the signals, how they were told, and how the outlook was made."""
        screen = self.screen
        parts = [
            Markup("<p>{}</p>").format(screen.words(text))
            for text in (result.control.reason, result.forecast.model, result.forecast.reason)
            if text is not None
        ]
        grain = GRAINS[result.seen.indicator.frequency]
        for signal in result.control.signals[::-1]:
            when = period_words(signal.day, grain, screen.language)
            rule = screen.words(RULES[signal.rule])
            parts.append(Markup("<p>{}: {}</p>").format(when, rule))
        decimals = max(1, result.seen.indicator.decimals)
        for point in result.forecast.points:
            when = period_words(point.day, grain, screen.language)
            low, middle, high = (
                exact_words(value, decimals=decimals)
                for value in (point.low95, point.value, point.high95)
            )
            parts.append(Markup("<p>{}: {} (95%: {} – {})</p>").format(when, middle, low, high))
        return Markup("").join(parts)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answer shown."""
        return (self.result.seen.answer,) if self.result else ()

    def _told(self) -> ControlResult:
        indicator = self.screen.store.indicator(self.indicator_id)
        seen = observe(self.screen.store, indicator)
        key = (seen.answer.snapshot.files, indicator.model_dump_json())
        if key not in _TOLD:
            while len(_TOLD) >= MOST_TOLD:
                _TOLD.pop(next(iter(_TOLD)), None)
            _TOLD[key] = ControlResult(seen, control(seen), forecast(seen))
        return _TOLD[key]

    def _data(self, result: ControlResult) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        screen, told = self.screen, result.control
        values = dict(zip(told.days, told.values, strict=True))
        rows: list[SignalRow] = [
            (s.day, values[s.day], s.judgement, screen.words(RULES[s.rule]))
            for s in told.signals
            if s.day in values
        ]
        published = dict(result.seen.series)
        observed = [published[day] for day in told.days] if told.is_adjusted else None
        fan: list[FanRow] = [
            (p.day, p.value, p.low80, p.high80, p.low95, p.high95) for p in result.forecast.points
        ]
        last = result.seen.series[-1] if result.seen.series else None
        return (
            dict(control_data(told.days, told.values, rows, screen.language, observed=observed)),
            dict(signal_data(rows, screen.style)),
            dict(fan_data(fan, last)),
        )


def _limits(told: Control) -> tuple[float, float, float] | None:
    if told.lower is None or told.center is None or told.upper is None:
        return None
    return told.lower, told.center, told.upper
