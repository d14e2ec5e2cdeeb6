"""The list of indicators, vision by vision, each a tile that opens its page."""

import dataclasses
import datetime as dt
from collections import Counter
from typing import Any, ClassVar

import param
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.catalog import Indicator, Provenance
from cityboard.errors import CityboardError
from cityboard.observation import Observation, observe
from cityboard.progress import (
    CATEGORIES,
    Progress,
    annual,
    exceeding,
    follow_up,
    progress_of_all,
)
from cityboard.selection import Selection
from cityboard.store import Answer
from cityboard.views.screen import Screen
from cityboard.views.tile import tile_markup
from cityboard.views.told import ToldView
from cityboard.words import PROVENANCES

LISTS = {("순조로운 지표", "Exceeding"): exceeding, ("챙겨야 할 지표", "Follow up"): follow_up}


@dataclasses.dataclass(frozen=True)
class ListedIndicator:
    """An indicator with what is seen of it, or why it is not."""

    indicator: Indicator
    seen: Observation | None
    fault: CityboardError | None = None


@dataclasses.dataclass(frozen=True)
class StatusResult:
    """Visions (id, title) with their indicators, by number; and how far each has come."""

    visions: tuple[tuple[str, str, tuple[ListedIndicator, ...]], ...]
    progress: tuple[Progress, ...]

    @property
    def listed(self) -> tuple[ListedIndicator, ...]:
        """Return every indicator told."""
        return tuple(each for _, _, rows in self.visions for each in rows)


class StatusView(ToldView):
    """Every indicator of the city's list."""

    template: ClassVar = "status"
    grows: ClassVar = True
    asks_again: ClassVar = ["vision", "by"]

    vision = param.String(default="", doc="Only this vision; empty is all.")
    by = param.Selector(default="", objects=["", "year"], doc="Values of years; empty is periods.")

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (super().question(selection), self.vision, self.by)

    def ask(self, selection: Selection, cancel: Cancel) -> StatusResult:  # noqa: ARG002
        """Return what is seen of every indicator."""
        plan = self.screen.catalog.plan
        by_vision: dict[str, list[ListedIndicator]] = {}
        for indicator in in_order(self.screen):
            vision = vision_of(self.screen, indicator)
            if self.vision in {"", vision}:
                by_vision.setdefault(vision, []).append(self._listed(indicator, cancel))
        nodes = [node for node in (plan.nodes if plan else ()) if node.kind == "vision"]
        titles = {node.id: self.screen.words(node.title) for node in nodes}
        titles[""] = self.screen.say("그 밖의 지표", "Other indicators")
        shown = {each.indicator.id for rows in by_vision.values() for each in rows}
        told = progress_of_all(self.screen.store, today=self.screen.store.today)
        return StatusResult(
            tuple((v, title, tuple(by_vision[v])) for v, title in titles.items() if v in by_vision),
            tuple(each for each in told if each.indicator.id in shown),
        )

    def words(self, result: StatusResult) -> dict[str, Any]:
        """Return what the template needs."""
        screen = self.screen
        classes = Counter(_class_of(each) for each in result.listed)
        told = [
            (PROVENANCES[kind][0], screen.words(PROVENANCES[kind][1]), kind, count)
            for kind, count in classes.most_common()
            if kind is not None
        ]
        return {
            "visions": [
                (vision, title, [(each, self._tile(each)) for each in rows])
                for vision, title, rows in result.visions
            ],
            "classes": told,
            "lists": [
                (
                    screen.say("순조로운 지표", "Exceeding"),
                    self._progress(exceeding(result.progress)),
                ),
                (
                    screen.say("챙겨야 할 지표", "Follow up"),
                    self._progress(follow_up(result.progress)),
                ),
            ],
            "filters": self._filters(),
            "frequencies": self._frequencies(),
            "count": sum(each.indicator.number is not None for each in result.listed),
            "others": sum(each.indicator.number is None for each in result.listed),
        }

    def _filters(self) -> list[tuple[str, str, bool]]:
        """Return address, title and whether it is shown, of all and of each vision."""
        screen, plan = self.screen, self.screen.catalog.plan
        nodes = [node for node in (plan.nodes if plan else ()) if node.kind == "vision"]
        shown = [("", screen.say("전체", "All"))] + [(n.id, screen.words(n.title)) for n in nodes]
        return [
            (self._address(vision, self.by), title, vision == self.vision)
            for vision, title in shown
        ]

    def _frequencies(self) -> list[tuple[str, str, bool]]:
        """Return the same of the two frequencies: own periods, and years."""
        say = self.screen.say
        words = (("", say("월·분기", "Monthly")), ("year", say("연간", "Annual")))
        return [(self._address(self.vision, by), title, by == self.by) for by, title in words]

    def _address(self, vision: str, by: str) -> str:
        parts = [f"vision={vision}"] if vision else []
        parts += [f"by={by}"] if by else []
        return "status?" + "&".join([*parts, self.screen.keep])

    def _progress(self, told: tuple[Progress, ...]) -> list[tuple[Indicator, str, str]]:
        """Return the indicators of a list, each with the mark and the words of its verdict."""
        marks = [(each.indicator, *CATEGORIES[each.category]) for each in told]
        return [(indicator, mark, self.screen.words(words)) for indicator, mark, words in marks]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers shown."""
        listed = self.result.listed if self.result else ()
        return tuple(each.seen.answer for each in listed if each.seen)

    def _listed(self, indicator: Indicator, cancel: Cancel) -> ListedIndicator:
        store = self.screen.store
        try:
            seen = observe(store, store.indicator(indicator.id), cancel=cancel)
        except CityboardError as error:
            return ListedIndicator(indicator, None, error)
        return ListedIndicator(indicator, of_years(seen) if self.by == "year" else seen)

    def _tile(self, each: ListedIndicator) -> Markup:
        return tile_markup(self.screen, each.indicator, each.seen, each.fault)


def in_order(screen: Screen) -> list[Indicator]:
    """Return the indicators of the list by number, then the others."""
    entries = screen.catalog.indicators.values()
    return sorted(entries, key=lambda each: (each.number is None, each.number or 0, each.id))


def of_years(seen: Observation) -> Observation:
    """Return an observation year by year; as it is where it is of no period."""
    if seen.period is None:
        return seen
    series = tuple((dt.date(year, 1, 1), value) for year, value in annual(seen))
    indicator = seen.indicator.model_copy(update={"frequency": "A"})
    values = {day.year: value for day, value in series}
    period, value = series[-1] if series else (None, None)
    return dataclasses.replace(
        seen,
        indicator=indicator,
        value=value,
        period=period,
        until=dt.date(period.year, 12, 31) if period else None,
        previous=values.get(period.year - 1) if period else None,
        series=series,
    )


def vision_of(screen: Screen, indicator: Indicator) -> str:
    """Return the id of the vision of an indicator of the list, by its task; empty of any other."""
    plan = screen.catalog.plan
    if plan is None or indicator.task is None or indicator.number is None:
        return ""
    return plan.path(screen.catalog.task(indicator.task))[0]


def _class_of(each: ListedIndicator) -> Provenance | None:
    return each.seen.answer.provenance if each.seen else None
