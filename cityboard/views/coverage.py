"""What the list covers: classes, sources and dates, missing breakdowns, goals, and the plan."""

import dataclasses
from collections import Counter
from typing import Any, ClassVar, Literal

from bokeh.models import ColumnDataSource
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.catalog import Indicator
from cityboard.figures.gap import GapRow, gap_data, gap_figure, show_gaps
from cityboard.gaps import (
    BreakdownShare,
    Coverage,
    Gap,
    GenderGap,
    coverage,
    gaps,
    gender_gaps,
    shares,
)
from cityboard.selection import Selection
from cityboard.views.markup import foot_markup
from cityboard.views.screen import Screen
from cityboard.views.told import ToldView
from cityboard.views.view import CardView
from cityboard.words import PROVENANCES, day_words, number_words, unit_words

BREAKDOWNS = {"area": ("지역", "Area"), "sex": ("성별", "Sex"), "age": ("나이", "Age")}
GOALS = (3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17)  # that the platform's operator names


@dataclasses.dataclass(frozen=True)
class CoverageResult:
    """Everything that is told of the list."""

    covered: tuple[Coverage, ...]
    gaps: tuple[Gap, ...]
    shares: tuple[BreakdownShare, ...]


class CoverageView(ToldView):
    """Which numbers are real, whose they are, how old, and what they should tell and do not."""

    template: ClassVar = "coverage"
    grows: ClassVar = True

    def ask(self, selection: Selection, cancel: Cancel) -> CoverageResult:  # noqa: ARG002
        """Return what the list covers."""
        store = self.screen.store
        covered = tuple(coverage(store, today=store.today))
        found = tuple(gaps(store))
        listed = sum(each.indicator.number is not None for each in covered)
        return CoverageResult(covered, found, tuple(shares(found, listed=listed)))

    def words(self, result: CoverageResult) -> dict[str, Any]:
        """Return what the template needs."""
        screen, language = self.screen, self.screen.language
        listed = [each for each in result.covered if each.indicator.number is not None]
        classes = Counter(each.provenance for each in listed if each.provenance)
        days = sorted(each.as_of for each in listed if each.as_of)
        by_gap: dict[tuple[str, str], Gap] = {
            (gap.indicator.id, gap.breakdown): gap for gap in result.gaps
        }
        plan = screen.catalog.plan
        kinds: tuple[Literal["vision", "area", "task"], ...] = ("vision", "area", "task")
        return {
            "count": len(listed),
            "classes": [(*PROVENANCES[kind], kind, n) for kind, n in classes.most_common()],
            "span": [day_words(day, language) for day in (days[0], days[-1])] if days else [],
            "is_mixed": len(set(days)) > 1,
            "rows": [
                (
                    each,
                    PROVENANCES[each.provenance] if each.provenance else ("–", None),
                    day_words(each.as_of, language) if each.as_of else "–",
                    screen.words(screen.catalog.organisation(each.indicator.owner).title),
                    [by_gap.get((each.indicator.id, name)) for name in BREAKDOWNS],
                )
                for each in result.covered
            ],
            "breakdowns": [screen.say(*pair) for pair in BREAKDOWNS.values()],
            "shares": [
                (screen.say(*BREAKDOWNS[each.breakdown]), each.there, each.expected, each.pct)
                for each in result.shares
            ],
            "goals": [(goal, _serving(result.covered, goal)) for goal in GOALS],
            "plan": plan,
            "totals": [len(plan.below(None, kind)) for kind in kinds] if plan else [],
        }


def _serving(covered: tuple[Coverage, ...], goal: int) -> list[Indicator]:
    return [each.indicator for each in covered if goal in each.indicator.goals]


class GenderGapView(CardView):
    """Women's and men's value beside each other, of every indicator that tells them apart."""

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self._source = ColumnDataSource(gap_data([]))
        self.figure = gap_figure(self._source, style=screen.style, language=screen.language)
        self._fill(self.figure)

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on."""
        store = self.screen.store
        told = {e.dataset for e in store.catalog.indicators.values() if e.sex}
        return tuple(store.snapshot(d.id).files for d in store.datasets() if d.id in told)

    def ask(self, selection: Selection, cancel: Cancel) -> tuple[GenderGap, ...]:  # noqa: ARG002
        """Return the gaps."""
        return tuple(gender_gaps(self.screen.store))

    def draw(self, result: tuple[GenderGap, ...], selection: Selection) -> None:  # noqa: ARG002
        """Draw those that have both values."""
        screen = self.screen
        rows: list[GapRow] = [
            (gap.indicator.id, self._name(gap), gap.women, gap.men, self._told(gap))
            for gap in result
            if gap.women is not None and gap.men is not None
        ]
        show_gaps(self.figure, self._source, gap_data(rows))
        title = screen.say("여성과 남성", "Women and men")
        self._head.write(Markup('<div class="title">{}</div>').format(title))

    def describe(self, result: tuple[GenderGap, ...], selection: Selection) -> None:  # noqa: ARG002
        """Write how many could not be compared."""
        missing = sum(gap.difference is None for gap in result)
        words = self.screen.say(
            f"지표 {len(result)}개가 성별을 나누며, 그 가운데 {missing}개는 비교할 값이 없습니다.",
            f"{len(result)} indicators tell sexes apart; {missing} have no two values to compare.",
        )
        self._write_below(foot_markup(words))

    def _name(self, gap: GenderGap) -> str:
        dataset = self.screen.store.snapshot(gap.indicator.dataset)
        mark = PROVENANCES[dataset.lineage.provenance][0]
        return f"{mark} {self.screen.words(gap.indicator.title)}"

    def _told(self, gap: GenderGap) -> str:
        unit = unit_words(gap.indicator.unit, self.screen.language)
        women, men = (
            number_words(value, self.screen.language, decimals=gap.indicator.decimals)
            for value in (gap.women, gap.men)
        )
        return self.screen.say(f"여 {women} · 남 {men} {unit}", f"f {women} · m {men} {unit}")
