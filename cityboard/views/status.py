"""The list of indicators, vision by vision, each a tile that opens its page."""

import dataclasses
from collections import Counter
from typing import Any, ClassVar

import param
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.catalog import Indicator, Provenance
from cityboard.errors import CityboardError
from cityboard.observation import Observation, observe
from cityboard.selection import Selection
from cityboard.store import Answer, Store
from cityboard.views.screen import Screen
from cityboard.views.tile import tile_markup
from cityboard.views.told import ToldView
from cityboard.words import PROVENANCES


@dataclasses.dataclass(frozen=True)
class ListedIndicator:
    """An indicator with what is seen of it, or why it is not."""

    indicator: Indicator
    seen: Observation | None
    fault: CityboardError | None = None


@dataclasses.dataclass(frozen=True)
class StatusResult:
    """Visions (id, title) with their indicators, by number."""

    visions: tuple[tuple[str, str, tuple[ListedIndicator, ...]], ...]

    @property
    def listed(self) -> tuple[ListedIndicator, ...]:
        """Return every indicator told."""
        return tuple(each for _, _, rows in self.visions for each in rows)


class StatusView(ToldView):
    """Every indicator of the city's list."""

    template: ClassVar = "status"
    grows: ClassVar = True
    asks_again: ClassVar = ["vision"]

    vision = param.String(default="", doc="Only this vision; empty is all.")

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (super().question(selection), self.vision)

    def ask(self, selection: Selection, cancel: Cancel) -> StatusResult:  # noqa: ARG002
        """Return what is seen of every indicator."""
        store, plan = self.screen.store, self.screen.catalog.plan
        by_vision: dict[str, list[ListedIndicator]] = {}
        for indicator in in_order(self.screen):
            vision = vision_of(self.screen, indicator)
            if self.vision in {"", vision}:
                by_vision.setdefault(vision, []).append(_listed(store, indicator, cancel))
        nodes = [node for node in (plan.nodes if plan else ()) if node.kind == "vision"]
        titles = {node.id: self.screen.words(node.title) for node in nodes}
        titles[""] = self.screen.say("그 밖의 지표", "Other indicators")
        return StatusResult(
            tuple((v, title, tuple(by_vision[v])) for v, title in titles.items() if v in by_vision)
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
            "count": len(result.listed),
        }

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers shown."""
        listed = self.result.listed if self.result else ()
        return tuple(each.seen.answer for each in listed if each.seen)

    def _tile(self, each: ListedIndicator) -> Markup:
        return tile_markup(self.screen, each.indicator, each.seen, each.fault)


def in_order(screen: Screen) -> list[Indicator]:
    """Return the indicators of the list by number, then the others."""
    entries = screen.catalog.indicators.values()
    return sorted(entries, key=lambda each: (each.number is None, each.number or 0, each.id))


def vision_of(screen: Screen, indicator: Indicator) -> str:
    """Return the id of the vision that an indicator's task lies in; empty where it has none."""
    plan = screen.catalog.plan
    if plan is None or indicator.task is None:
        return ""
    return plan.path(screen.catalog.task(indicator.task))[0]


def _listed(store: Store, indicator: Indicator, cancel: Cancel) -> ListedIndicator:
    try:
        seen = observe(store, store.indicator(indicator.id), cancel=cancel)
    except CityboardError as error:
        return ListedIndicator(indicator, None, error)
    return ListedIndicator(indicator, seen)


def _class_of(each: ListedIndicator) -> Provenance | None:
    return each.seen.answer.provenance if each.seen else None
