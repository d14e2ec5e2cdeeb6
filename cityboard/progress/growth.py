"""Progress of an indicator to its target, by a published method, with its working shown.

The method is that of Statistics Canada, as Open SDG has it since 2.4.0 (October 2025): the compound
annual growth rate (CAGR) since a base year is divided by the rate needed to reach the target by its
year; without a target it is compared with fixed rates, which are lowered near a natural limit. The
thresholds, what becomes of zero and of both signs, and that a value which should stay at a mark is
mirrored above it, are the method's own.

What is ours: the base year is the first complete year where the entry names none (the method takes
2015). A target whose date has passed is reached or missed, by the value of its year. A band is a
mark at its upper end, and a value inside it is there.

Source: open-sdg/open-sdg, docs/progress-methodology.md, "Progress Measurement Methodology for the
Sustainable Development Goals"; open-sdg/sdg-build, sdg/ProgressMeasure.py.
"""

import dataclasses
import datetime as dt
import itertools
import math
from collections.abc import Sequence
from typing import Literal

from cityboard.catalog import Indicator, Text
from cityboard.catalog.indicator import Target
from cityboard.observation import Observation
from cityboard.progress.years import annual

Category = Literal[
    "achieved", "on_track", "acceleration", "limited", "deteriorating", "missed", "unknown"
]
YearValue = tuple[int, float]

RATIOS = (0.95, 0.60)  # of the growth needed: on track, acceleration needed
RATES = (0.015, 0.005)  # a year, without a target: on track, acceleration needed
STEEPNESS = 4.44  # of the scaling near a natural limit
ALMOST_ZERO = 0.001  # stands in the place of a zero, from which and to which nothing grows
CATEGORIES: dict[Category, tuple[str, Text]] = {  # the best first; a shape, for no colour alone
    "achieved": ("✓", Text(ko="목표 달성", en="Target achieved")),
    "on_track": ("▲", Text(ko="순조로움", en="On track")),
    "acceleration": (
        "△",
        Text(ko="진전은 있으나 속도를 높여야 함", en="Progress made but acceleration needed"),
    ),
    "limited": ("◆", Text(ko="진전 미미", en="Limited progress")),
    "deteriorating": ("▼", Text(ko="악화", en="Deterioration")),
    "missed": ("✕", Text(ko="기한 안에 달성하지 못함", en="Missed by its date")),
    "unknown": ("?", Text(ko="판단할 수 없음", en="Unable to assess")),
}
NO_YEAR = Text(ko="한 해의 값이 모두 있는 연도가 아직 없습니다.", en="No year is complete so far.")
NO_DIRECTION = Text(
    ko="어느 쪽이 좋은지 정해져 있지 않은 지표입니다.", en="Neither direction is declared better."
)
FEW_YEARS = Text(
    ko="기준 연도부터 값이 있는 연도가 둘 이상이어야 합니다.",
    en="Growth needs two complete years from the base year on.",
)
BOTH_SIGNS = Text(
    ko="양수와 음수가 섞여 있어 연평균 증가율을 구할 수 없습니다.",
    en="Values of both signs have no rate of growth.",
)
ZERO = Text(
    ko="0에서는 증가율을 구할 수 없어 방법론대로 0.001로 바꿔 계산했습니다. 참고로만 보십시오.",
    en="A zero has no rate of growth; as the method says, it is counted as 0.001. Read with care.",
)


MADE = Text(ko="기준 연도부터의 연평균 증가율", en="Growth a year since the base year (CAGR)")
NEEDED = Text(ko="목표에 필요한 연평균 증가율", en="Growth a year that the target needs (CAGR)")
RATIO = Text(ko="필요한 증가율에 대한 비율", en="Growth made for the growth needed")
SCALE = Text(ko="한계값에 가까워 기준을 낮추는 비율", en="Scale of the thresholds near the limit")
VERDICT = Text(ko="판정", en="Verdict")


@dataclasses.dataclass(frozen=True)
class Step:
    """A line of the working.

    Attributes:
        title: What is computed.
        formula: With the numbers filled in; reads the same in every language.
    """

    title: Text
    formula: str


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far an indicator has come, and how that was told.

    Attributes:
        indicator: What it is the progress of.
        category: As of `CATEGORIES`.
        reason: Why it is `unknown`; None where it is not.
        base: Year and value that growth is counted from; None where there is none.
        current: Year and value of the newest complete year; None where there is none.
        target: Where it should be; None where nobody has said.
        growth: Share by which it grew in a year since the base (0.01 is 1 %).
        needed: Share by which it must grow in a year, from the base, to reach the target.
        ratio: What was made of what is needed, in the direction wanted (1 is just enough).
        steps: The working, in order.
        notes: What to know before it is read: a value replaced, a date passed, a year missing.
    """

    indicator: Indicator
    category: Category
    reason: Text | None = None
    base: YearValue | None = None
    current: YearValue | None = None
    target: Target | None = None
    growth: float | None = None
    needed: float | None = None
    ratio: float | None = None
    steps: tuple[Step, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def speed(self) -> float:
        """Return what orders it among its category, the greater the better."""
        sense = 1 if self.indicator.direction == "up" else -1
        return self.ratio if self.ratio is not None else sense * (self.growth or 0.0)


def progress(observed: Observation, *, today: dt.date | None = None) -> Progress:
    """Return the progress of an indicator, with its working.

    Args:
        observed: Of the whole city and every period; else the progress is of that selection.
        today: The city's calendar day, which tells whether a target's date has passed; None is
            today in UTC.
    """
    indicator, years = observed.indicator, annual(observed)
    told = Progress(indicator, "unknown", target=indicator.target)
    if not years:
        return dataclasses.replace(told, reason=NO_YEAR)
    told = dataclasses.replace(told, current=years[-1])
    if indicator.direction == "neither":
        return dataclasses.replace(told, reason=NO_DIRECTION)
    told = _with_base(told, years)
    target, newest = indicator.target, years[-1]
    if target and target.by.year <= newest[0]:
        return _due(told, target, dict(years))
    if target and target.by < (today or dt.datetime.now(dt.UTC).date()):
        told = _noted(told, _not_yet_told(target.by.year, newest[0]))
    if _is_reached(indicator, newest[1]):
        return _judged(told, "achieved", _comparison(indicator, newest[1]))
    if told.base is None or told.base[0] >= newest[0]:
        return dataclasses.replace(told, reason=FEW_YEARS)
    return _measured(told, told.base, newest)


def _with_base(told: Progress, years: Sequence[YearValue]) -> Progress:
    """Return it with its base, and a note where that is a later year than the one declared."""
    wanted = told.indicator.base_year
    base = next((point for point in years if wanted is None or point[0] >= wanted), None)
    told = dataclasses.replace(told, base=base)
    if base is None or wanted in {None, base[0]}:
        return told
    note = Text(
        ko=f"기준 연도 {wanted}년의 값이 없어, 값이 있는 {base[0]}년부터 셉니다.",
        en=f"Nothing is known of the base year {wanted}; it is counted from {base[0]} on.",
    )
    return _noted(told, note)


def _due(told: Progress, target: Target, values: dict[int, float]) -> Progress:
    """Return whether a target was reached in its year, which has passed."""
    indicator, due = told.indicator, target.by.year
    year = due if due in values else max(values)
    is_reached = _is_reached(indicator, values[year])
    ko, en = ("달성했습니다", "reached") if is_reached else ("달성하지 못했습니다", "missed")
    told = _noted(
        told,
        Text(
            ko=f"목표 기한({due}년)이 지났습니다. {year}년 값으로 {ko}.",
            en=f"The target's date ({due}) has passed: {en}, by the value of {year}.",
        ),
    )
    category: Category = "achieved" if is_reached else "missed"
    return _judged(told, category, _comparison(indicator, values[year]))


def _not_yet_told(due: int, newest: int) -> Text:
    return Text(
        ko=f"목표 기한({due}년)은 지났으나 그해의 값이 아직 없어 {newest}년 값으로 봅니다.",
        en=f"The target's date ({due}) has passed, but its value is not there; {newest} is newest.",
    )


def _is_reached(indicator: Indicator, value: float) -> bool:
    """Tell whether a value is where it should be: in its band, else at or past its target."""
    if indicator.band:
        return indicator.band[0] <= value <= indicator.band[1]
    if indicator.target is None:
        return False
    goal = indicator.target.value
    return value >= goal if indicator.direction == "up" else value <= goal


def _comparison(indicator: Indicator, value: float) -> str:
    if indicator.band:
        low, high = (_number(end) for end in indicator.band)
        signs = (
            "≤" if indicator.band[0] <= value else ">",
            "≤" if value <= indicator.band[1] else ">",
        )
        return f"{low} {signs[0]} {_number(value)} {signs[1]} {high}"
    goal = indicator.target.value if indicator.target else math.nan
    sign = "=" if value == goal else ">" if value > goal else "<"
    return f"{_number(value)} {sign} {_number(goal)}"


def _measured(told: Progress, base: YearValue, current: YearValue) -> Progress:
    """Return it with growth made, growth needed, and the category they give."""
    indicator, target = told.indicator, told.target
    if indicator.band:
        told = _noted(told, _mirroring(indicator.band))
    goal = indicator.band[1] if indicator.band else target.value if target else None
    start, now = (_counted(indicator, value) for value in (base[1], current[1]))
    values = [value for value in (start, now, goal if target else None) if value is not None]
    if min(values) < 0 < max(values):
        return dataclasses.replace(told, reason=BOTH_SIGNS)
    if start == 0 or (target and goal == 0):
        told = _noted(told, ZERO)
        almost = math.copysign(ALMOST_ZERO, sum(values))
        now = now or (almost if start == 0 else 0.0)
        start, goal = start or almost, goal or almost
    sense = (1 if indicator.direction == "up" else -1) * (-1 if start < 0 else 1)
    growth, step = _growth(MADE, (base[0], start), (current[0], now))
    told = dataclasses.replace(told, growth=growth, steps=(step,))
    if target is None or goal is None:
        return _by_rate(told, sense * growth, start)
    needed, step = _growth(NEEDED, (base[0], start), (target.by.year, goal))
    told = dataclasses.replace(told, needed=needed, steps=(*told.steps, step))
    return _by_ratio(told, sense, growth, needed)


def _by_ratio(told: Progress, sense: int, growth: float, needed: float) -> Progress:
    """Return it judged by the share of the growth needed that was made."""
    if needed == 0:  # it stood at its target and left it
        return _judged(told, "deteriorating", _inequality(sense * growth, (0.0,)))
    ratio = sense * growth / abs(needed)
    formula = f"{_number(sense)} × {_percent(growth)} ÷ |{_percent(needed)}| = {_percent(ratio)}"
    steps = (*told.steps, Step(RATIO, formula))
    told = dataclasses.replace(told, ratio=ratio, steps=steps)
    return _judged(told, _graded(ratio, RATIOS), _inequality(ratio, RATIOS))


def _by_rate(told: Progress, rate: float, start: float) -> Progress:
    """Return it judged by the rate at which it went in the direction wanted."""
    limit = _limit(told.indicator)
    if limit is None:
        return _judged(told, _graded(rate, RATES), _inequality(rate, RATES))
    scale, formula = _scale(abs(start), abs(limit))
    told = dataclasses.replace(told, steps=(*told.steps, Step(SCALE, formula)))
    scaled = (RATES[0] * scale, RATES[1] * scale)
    return _judged(told, _graded(rate, scaled), _inequality(rate, scaled))


def _graded(value: float, thresholds: tuple[float, float]) -> Category:
    if value >= thresholds[0]:
        return "on_track"
    if value >= thresholds[1]:
        return "acceleration"
    return "limited" if value >= 0 else "deteriorating"


def _growth(title: Text, start: YearValue, end: YearValue) -> tuple[float, Step]:
    """Return the compound annual growth rate between two years, and its line of the working."""
    rate = (end[1] / start[1]) ** (1 / (end[0] - start[0])) - 1
    values = f"({_number(end[1])} ÷ {_number(start[1])})"
    return rate, Step(title, f"{values}^(1 ÷ ({end[0]} − {start[0]})) − 1 = {_percent(rate)}")


def _scale(start: float, limit: float) -> tuple[float, str]:
    """Return by what thresholds are lowered near a natural limit, and how that was told."""
    if start >= 2 * limit:
        return 1.0, "1"
    room = start if start <= limit else 2 * limit - start
    scale = 1 - (room / limit) ** STEEPNESS
    return scale, f"1 − ({_number(room)} ÷ {_number(limit)})^{STEEPNESS} = {_number(scale)}"


def _limit(indicator: Indicator) -> float | None:
    """Return the natural limit in the direction wanted."""
    if indicator.band:
        return indicator.band[1]
    return indicator.limits[1 if indicator.direction == "up" else 0]


def _counted(indicator: Indicator, value: float) -> float:
    """Return a value as it is counted: above its band as far as it is outside, else as it is."""
    if indicator.band is None:
        return value
    low, high = indicator.band
    return high + max(low - value, value - high, 0.0)


def _mirroring(band: tuple[float, float]) -> Text:
    low, high = (_number(end) for end in band)
    return Text(
        ko=f"적정 범위({low}~{high})에서 벗어난 만큼을 {high}에 더한 값으로 계산합니다.",
        en=f"Counted as {high} and as far above it as the value lies outside {low} to {high}.",
    )


def _noted(told: Progress, note: Text) -> Progress:
    return dataclasses.replace(told, notes=(*told.notes, note))


def _judged(told: Progress, category: Category, formula: str) -> Progress:
    steps = (*told.steps, Step(VERDICT, formula))
    return dataclasses.replace(told, category=category, steps=steps)


def _inequality(value: float, thresholds: Sequence[float]) -> str:
    """Return between which thresholds, and 0, a value lies."""
    if value >= thresholds[0]:
        return f"{_percent(value)} ≥ {_percent(thresholds[0])}"
    ends = (*thresholds, 0.0)
    for upper, lower in itertools.pairwise(ends):
        if value >= lower:
            return f"{_percent(lower)} ≤ {_percent(value)} < {_percent(upper)}"
    return f"{_percent(value)} < 0%"


def _number(value: float) -> str:
    """Return a number as a formula shows it: seven digits, grouped."""
    return f"{float(f'{value:.7g}'):,}".removesuffix(".0").replace("-", "−")


def _percent(share: float) -> str:
    return f"{100 * share:,.2f}%".replace("-", "−")
