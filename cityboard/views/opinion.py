"""What citizens propose: rising keywords, their course, their places, and the proposals."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

import pandas as pd
import param
from bokeh.events import SelectionGeometry, Tap
from bokeh.models import ColumnDataSource
from markupsafe import Markup

from cityboard.cancel import Cancel
from cityboard.figures.map import veil
from cityboard.figures.source import update_source
from cityboard.figures.spark import sparkline
from cityboard.figures.trend import brush_band, move_band, trend_data, trend_figure
from cityboard.opinion import (
    KEYWORDS,
    PROPOSALS,
    SPANS,
    Mentions,
    Rise,
    Rising,
    Voices,
    mentions,
    rising_terms,
    voices,
)
from cityboard.period import interval_of
from cityboard.selection import Interval, Members, Selection
from cityboard.store import Answer
from cityboard.views.area_map import AreaMap
from cityboard.views.markup import foot_markup, source_words, table_markup
from cityboard.views.screen import Screen
from cityboard.views.told import ToldView
from cityboard.views.trend import day_of
from cityboard.views.view import CardView
from cityboard.words import (
    exact_words,
    interval_words,
    number_words,
    period_words,
    unit_words,
)

RISES_SHOWN, FALLS_SHOWN, KEYWORDS_SHOWN, CHIPS_SHOWN, PROPOSALS_SHOWN = 8, 5, 80, 12, 12
METHOD = "https://doi.org/10.1093/pan/mpn018"
SPAN_WORDS = {
    "year": ("한 해", "a year"),
    "half": ("여섯 달", "6 months"),
    "quarter": ("석 달", "3 months"),
}


class OpinionView(CardView):
    """A card of the board of opinion, which follows the chosen keyword."""

    datasets: ClassVar[tuple[str, ...]] = ()
    asks_again: ClassVar = ["keyword", "span"]

    keyword = param.String(default="", doc="The keyword chosen; empty is none.")
    span = param.Selector(default="year", objects=list(SPANS), doc="Length of what is compared.")

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        versions = tuple(self.screen.store.snapshot(name).files for name in self.datasets)
        return (versions, self.keyword, self.span, selection)

    def address(self, **changes: str) -> str:
        """Return the address of the board with what is chosen and selected, and some changed."""
        selected = self.screen.selection.value.to_parameters()
        state = {"keyword": self.keyword, "span": self.span, **selected, **changes}
        if state["span"] == "year":
            state["span"] = ""
        return f"opinion?{urlencode({n: v for n, v in state.items() if v})}&{self.screen.keep}"

    def answers_of(self, result: Any) -> Sequence[Answer]:
        """Return the answers that a result was made from."""
        return [result.answer]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers shown."""
        return tuple(self.answers_of(self.result)) if self.result is not None else ()

    def describe(self, result: Any, selection: Selection) -> None:  # noqa: ARG002
        """Write the source of each answer."""
        told = [source_words(self.screen, each) for each in self.answers_of(result)]
        self._write_below(foot_markup(" / ".join(told)))


class OpinionToldView(OpinionView, ToldView):
    """A card of words of the board of opinion."""


class RisingView(OpinionToldView):
    """The keywords that rose most, each with its counts, its statistic and its course."""

    template: ClassVar = "rising"
    datasets: ClassVar = (KEYWORDS,)

    def ask(self, selection: Selection, cancel: Cancel) -> Rising:  # noqa: ARG002
        """Return every keyword of the two newest periods."""
        return rising_terms(self.screen.store, span=self.span, cancel=cancel)

    def words(self, result: Rising) -> dict[str, Any]:
        """Return what the template needs."""
        screen, language = self.screen, self.screen.language
        common = sorted(result.rises, key=lambda rise: (-rise.after, rise.keyword))
        return {
            "spans": [
                (self.address(span=span), screen.say(*words), span == self.span)
                for span, words in SPAN_WORDS.items()
            ],
            "periods": [
                interval_words(period.low, period.high, language)
                for period in (result.before, result.after)
            ],
            "told": result,
            "is_partial": self._is_partial(result),
            "rises": [self._row(rise, result) for rise in result.rises[:RISES_SHOWN]],
            "falls": [self._row(rise, result) for rise in result.rises[: -FALLS_SHOWN - 1 : -1]],
            "common": [
                (r.keyword, self._choose(r.keyword), r.after) for r in common[:KEYWORDS_SHOWN]
            ],
            "chosen": self.keyword,
            "compared": len(result.rises),
            "limit": f"{result.limit:.2f}",
            "method": METHOD,
        }

    def _choose(self, keyword: str) -> str:
        return self.address(keyword="" if keyword == self.keyword else keyword)

    def _row(self, rise: Rise, told: Rising) -> dict[str, Any]:
        shares = [n / n_all for n, n_all in zip(rise.months, told.in_all, strict=True)]
        line = sparkline(shares, words=rise.keyword, scale=(0, max(shares)))
        return {
            "rise": rise,
            "href": self._choose(rise.keyword),
            "line": line,
            "z": f"{rise.z:+.1f}",
            "is_certain": abs(rise.z) > told.limit,
            "before": (exact_words(rise.before), f"{rise.before_pct:.1f}%"),
            "after": (exact_words(rise.after), f"{rise.after_pct:.1f}%"),
        }

    def _is_partial(self, told: Rising) -> bool:
        """Tell whether some months of a period were not published."""
        return told.months_before != told.months_after


class MonthsView(OpinionView):
    """Proposals per month, or those that name the chosen keyword; a drag selects a period."""

    datasets: ClassVar = (KEYWORDS,)
    opener: ClassVar[tuple[str, str] | None] = ("표로 보기", "As a table")
    waits: ClassVar = False

    def __init__(self, screen: Screen, **params: Any) -> None:
        super().__init__(screen, **params)
        self._source = ColumnDataSource({"period": [], "value": []})
        self.figure = trend_figure(
            self._source,
            unit=unit_words("proposals", screen.language),
            style=screen.style,
            language=screen.language,
            is_brushable=True,
        )
        self._band = brush_band(self.figure, screen.style)
        self.listen(self.figure, SelectionGeometry, self._brushed)
        self._fill(self.figure)

    @property
    def publishes(self) -> tuple[str, ...]:
        """Return the fields whose clauses the view makes."""
        return ("time",)

    def question(self, selection: Selection) -> object:  # noqa: ARG002
        """Return what the result depends on: every month is drawn, whatever is selected."""
        return (self.screen.store.snapshot(KEYWORDS).files, self.keyword)

    def ask(self, selection: Selection, cancel: Cancel) -> Mentions:  # noqa: ARG002
        """Return the months."""
        return mentions(self.screen.store, self.keyword, cancel=cancel)

    def draw(self, result: Mentions, selection: Selection) -> None:
        """Draw the months, those without a publication as a gap, and the brushed period."""
        counts = result.proposals if self.keyword else result.in_all
        values = [
            float(n) if n_all else None for n, n_all in zip(counts, result.in_all, strict=True)
        ]
        frame = pd.DataFrame({"period": result.months, "value": pd.Series(values, dtype="Float64")})
        update_source(self._source, trend_data(frame, "value"))
        say = self.screen.say
        title = say("달마다 낸 제안", "Proposals per month")
        if self.keyword:
            title = say(
                f"‘{self.keyword}’ 제안, 달마다", f"Proposals naming {self.keyword}, per month"
            )
        how = say("끌어서 기간 선택", "drag to select a period") if self.screen.is_live else ""
        gap = say("끊긴 곳은 공표되지 않은 달", "gaps: months not published")
        notes = [how, gap if 0 in result.in_all else ""]
        self._head.write(
            Markup('<div class="title">{} <small>{}</small></div>').format(
                title, " · ".join(filter(None, notes))
            )
        )
        clause = selection.get("time")
        low, high = (clause.low, clause.high) if isinstance(clause, Interval) else (None, None)
        move_band(self._band, low, high)

    def behind(self, result: Mentions) -> Markup:
        """Return the months as a table, the newest first."""
        say, language = self.screen.say, self.screen.language
        header = [say("달", "Month"), say("모든 제안", "All proposals")]
        if self.keyword:
            header.append(self.keyword)
        rows = [
            [
                period_words(month, "month", language),
                exact_words(in_all) if in_all else "–",
                *([exact_words(count) if in_all else "–"] if self.keyword else []),
            ]
            for month, count, in_all in zip(
                result.months, result.proposals, result.in_all, strict=True
            )
        ]
        return table_markup(header, rows[::-1])

    def brush(self, one: dt.date, other: dt.date) -> None:
        """Select the months that two days and what lies between them touch."""
        self.screen.selection.publish(interval_of(one, other, "month"))

    def _brushed(self, event: SelectionGeometry) -> None:
        if event.final:
            self.brush(*(day_of(event.geometry[side]) for side in ("x0", "x1")))


class PlacesView(OpinionView):
    """The districts that proposals name, with the share that names any; a tap selects one."""

    datasets: ClassVar = (PROPOSALS,)

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

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields of proposals."""
        return self.screen.store.fields(PROPOSALS)

    def question(self, selection: Selection) -> object:
        """Return what the result depends on."""
        return (self.screen.store.snapshot(PROPOSALS).files, self.keyword, self.where(selection))

    def ask(self, selection: Selection, cancel: Cancel) -> Voices:
        """Return the proposals by the district they name."""
        where = self.where(selection)
        return voices(self.screen.store, self.keyword, where=where, shown=0, cancel=cancel)

    def draw(self, result: Voices, selection: Selection) -> None:
        """Colour the districts and say how many proposals name one."""
        clause, screen = selection.get("area"), self.screen
        chosen = [str(code) for code in clause.values] if isinstance(clause, Members) else []
        if result.proposals is None:
            self.map.outline(chosen)
        else:
            self.map.colour(result.by_district, chosen, decimals=0)
        unit = unit_words("proposals", screen.language)
        legend = self.map.legend(result.by_district, unit, decimals=0)
        title = screen.say("글에 나온 자치구", "Districts that proposals name")
        self._head.write(
            Markup('<div class="title">{}</div><p>{}</p>').format(
                title, coverage_words(screen, result)
            )
            + legend
        )

    def _tapped(self, event: Tap) -> None:
        code = self.map.area_at(event.x, event.y)
        if code is None:
            self.screen.selection.clear("area")
        else:
            self.screen.selection.toggle(Members("area", (code,)))


class VoicesView(OpinionToldView):
    """The proposals that meet what is chosen, the most voted first, with a link to the source."""

    template: ClassVar = "voices"
    datasets: ClassVar = (PROPOSALS, KEYWORDS)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields of proposals."""
        return self.screen.store.fields(PROPOSALS)

    def ask(self, selection: Selection, cancel: Cancel) -> Voices:
        """Return the proposals."""
        return voices(
            self.screen.store,
            self.keyword,
            where=self.where(selection),
            shown=PROPOSALS_SHOWN,
            cancel=cancel,
        )

    def words(self, result: Voices) -> dict[str, Any]:
        """Return what the template needs."""
        screen, language = self.screen, self.screen.language
        dataset = screen.catalog.dataset(PROPOSALS)
        return {
            "keyword": self.keyword,
            "clear": self.address(keyword=""),
            "proposals": None if result.proposals is None else exact_words(result.proposals),
            "votes": None if result.votes is None else number_words(result.votes, language),
            "named": exact_words(sum(self._named().proposals)) if self.keyword else "",
            "coverage": coverage_words(screen, result),
            "rows": [self._row(row) for row in result.most_voted.to_dict("records")],
            "has_texts": result.has_texts,
            "common": [] if result.has_texts else self._common(),
            "source": dataset.dcat.landing_page,
        }

    def _common(self) -> list[tuple[str, str, int]]:
        """Return the most named keywords of the newest period, with what chooses each."""
        rises = rising_terms(self.screen.store, span=self.span).rises
        most = sorted(rises, key=lambda rise: (-rise.after, rise.keyword))[:CHIPS_SHOWN]
        return [(r.keyword, self.address(keyword=r.keyword), r.after) for r in most]

    def _named(self) -> Mentions:
        return mentions(self.screen.store, self.keyword)

    def _row(self, row: dict[Any, Any]) -> dict[str, str]:
        screen = self.screen
        district, day = row["district"], pd.Timestamp(row["proposed_date"]).date()
        url = "" if pd.isna(row["source_url"]) else str(row["source_url"])
        return {
            "votes": exact_words(row["votes"]),
            "title": screen.say("(제목 없음)", "(no title)")
            if pd.isna(row["title"])
            else row["title"],
            "url": url if url.startswith(("https://", "http://")) else "",
            "day": day.isoformat(),
            "district": ""
            if pd.isna(district)
            else screen.words(screen.catalog.area(district).name),
        }


def coverage_words(screen: Screen, told: Voices) -> str:
    """Return how many proposals name exactly one district, and how many of all that is."""
    if told.proposals is None:
        return screen.say(
            "어느 제안에 핵심어가 나오는지는 글이 있어야 알 수 있어 지도에 나누지 못합니다.",
            "Which proposals name the keyword is told by texts alone, so it has no map here.",
        )
    pct = 100 * told.located / told.proposals if told.proposals else 0.0
    located, proposals = exact_words(told.located), exact_words(told.proposals)
    return screen.say(
        f"제안 {proposals}건 가운데 한 자치구를 짚은 것은 {located}건({pct:.1f}%)뿐입니다.",
        f"Only {located} of {proposals} proposals ({pct:.1f}%) name one district.",
    )
