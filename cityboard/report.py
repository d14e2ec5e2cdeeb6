"""A board as one self-contained HTML file: frozen, offline, every number with its source."""

import base64
import dataclasses
import datetime as dt
import io
import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from bokeh.embed import components
from bokeh.resources import Resources
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from markupsafe import Markup

from cityboard.boards import BoardViewer, make_board
from cityboard.catalog import Language
from cityboard.errors import CityboardError
from cityboard.figures.style import Theme
from cityboard.home import store_at
from cityboard.period import instant_of
from cityboard.store import Store
from cityboard.views.markup import (
    TEMPLATES,
    TEXT_CSS,
    note_markup,
    past_words,
    role_words,
    table_markup,
)
from cityboard.views.screen import Screen, open_screen
from cityboard.views.tile import TILE_CSS, TileView
from cityboard.views.view import View
from cityboard.words import PROVENANCES, clause_words, day_words

WIDE = ("map", "strip", "table")
STATIC = resources.files("cityboard").joinpath("static")


@dataclasses.dataclass(frozen=True)
class ReportPart:
    """One view as it stands in a report: markup made by the view, and its figure's place."""

    place: str
    head: Markup
    figure: Markup
    text: Markup
    foot: Markup
    is_wide: bool
    is_tile: bool


def write_report(
    store: Store,
    board_id: str,
    path: Path,
    *,
    language: Language = "ko",
    theme: Theme = "light",
    address: Mapping[str, str] | None = None,
) -> BoardViewer:
    """Write a board into one HTML file that needs no network; the file appears whole or not at all.

    Args:
        store: For the role the report is for.
        board_id: Board of the catalogue.
        path: File to write; replaced if it exists.
        language: Of every word.
        theme: Colours; light prints better.
        address: The board's state as its URL would hold it (`dataset`, `time`, `area`, …, and
            `as_of`, when the city is to be shown as it was known then).

    Returns:
        The board as drawn.

    Raises:
        UnknownNameError: The address names what the board or the city has not.
        CityboardError: The board cannot be drawn, or the file cannot be written.
    """
    address = dict(address or {})
    if as_of := address.pop("as_of", None):
        store = store_at(store, instant_of(as_of, ZoneInfo(store.catalog.city.time_zone)))
    screen = open_screen(store, language=language, theme=theme, is_live=False)
    board = make_board(
        screen, board_id, dataset=address.get("dataset"), indicator=address.get("indicator")
    )
    problems = board.restore(address)
    if problems:
        raise problems[0]
    html = _html(screen, board)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(html, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        msg = f"cannot write {path}: {error.strerror}. Name another file."
        raise CityboardError(msg) from error
    return board


def _html(screen: Screen, board: BoardViewer) -> str:
    parts, script = _parts(board)
    title = f"{screen.words(board.board.title)} · {screen.words(screen.catalog.city.title)}"
    words = {
        "title": title,
        "description": screen.words(board.board.description),
        "facts": _facts(screen, board),
        "parts": parts,
        "sources": _sources(screen, board),
        "attribution": screen.words(screen.catalog.city.attribution),
    }
    text = "".join(f"{value}" for value in words.values()) + _tick_glyphs()
    return TEMPLATES.get_template("report.html").render(
        **words,
        language=screen.language,
        style=screen.style,
        say=screen.say,
        css=Markup(_css()),  # noqa: S704 - files of this package
        fonts={"regular": _font("Regular", text), "bold": _font("SemiBold", text)},
        bokeh_js=_bokeh_scripts(),
        script=Markup(script),  # noqa: S704 - made by Bokeh, which escapes it
    )


def _bokeh_scripts() -> Markup:
    """Return Bokeh's own scripts, inline.

    Its `render_js` would add a file that Panel asks of its server for models no report holds.
    """
    texts = Resources(mode="inline", components=["bokeh"], log_level="warn").js_raw
    return Markup("").join(
        Markup("<script>{}</script>").format(Markup(text))  # noqa: S704 - Bokeh's own
        for text in texts
    )


def _parts(board: BoardViewer) -> tuple[list[ReportPart], str]:
    drawn = {p: view for p, view in board.views.items() if view.figure is not None and view.shown}
    for view in drawn.values():
        view.figure.tools = [t for t in view.figure.tools if type(t).__name__ == "HoverTool"]
    figures = {place: view.figure for place, view in drawn.items()}
    script, places = components(figures, wrap_script=True) if figures else ("", {})
    return [
        _part(place, view, Markup(places.get(place, "")))  # noqa: S704 - made by Bokeh
        for place, view in board.views.items()
        if place != "crumbs"
    ], script


def _part(place: str, view: View, figure: Markup) -> ReportPart:
    """Return a view's part; one that could not be drawn says why in its place."""
    head, text, foot = view.markup()
    return ReportPart(
        place=place,
        head=head,
        figure=figure,
        text=text if view.shown or isinstance(view, TileView) else note_markup(view.problem),
        foot=foot if view.shown else Markup(""),
        is_wide=place in WIDE,
        is_tile=isinstance(view, TileView),
    )


def _facts(screen: Screen, board: BoardViewer) -> list[tuple[str, str]]:
    """Return what the reader must know first: selection, day written, what is frozen."""
    say, language = screen.say, screen.language
    clauses = screen.selection.value.clauses
    dataset = board.dataset
    chosen = " · ".join(clause_words(c, screen.catalog, dataset, language) for c in clauses)
    now = dt.datetime.now(ZoneInfo(screen.catalog.city.time_zone))
    facts = [
        (say("선택", "Selection"), chosen or say("전체", "everything")),
        (say("작성", "Written"), f"{day_words(now.date(), language)} {now:%H:%M}"),
        (say("볼 수 있는 사람", "For"), role_words(screen)),
        (
            say("고정됨", "Frozen"),
            say(
                "기간 선택, 지역 선택, 지도 상자, 측정값 변경은 이 파일에서 움직이지 않습니다",
                "brushing, choosing areas, map boxes and measures do not move in this file",
            ),
        ),
    ]
    if screen.store.as_of is not None:
        facts.insert(0, (say("과거 시점", "The past"), past_words(screen)))
    if dataset is not None:
        facts.insert(0, (say("데이터셋", "Dataset"), screen.words(dataset.title)))
    return facts


def _sources(screen: Screen, board: BoardViewer) -> Markup:
    say = screen.say
    header = [
        say("데이터셋", "Dataset"),
        say("제공", "Publisher"),
        say("이용 조건", "Licence"),
        say("구분", "Class"),
        say("판", "Version"),
        say("수집", "Learnt"),
        say("원자료", "Source"),
        "SHA-256",
    ]
    answers = {a.snapshot.dataset: a for view in board.views.values() for a in view.answers}
    rows = []
    for name, answer in sorted(answers.items()):
        entry, snapshot = screen.catalog.dataset(name), answer.snapshot
        mark, words = PROVENANCES[answer.provenance]
        rows.append(
            [
                screen.words(entry.title),
                screen.words(entry.publisher),
                entry.licence,
                f"{mark} {screen.words(words)}",
                f"v{snapshot.version}",
                f"{snapshot.published_at:%Y-%m-%d %H:%M} UTC",
                snapshot.lineage.request,
                snapshot.lineage.input_sha256[:16],
            ]
        )
    return table_markup(header, rows)


def _css() -> str:
    report = STATIC.joinpath("report.css").read_text("utf-8")
    return report + "\n".join(sheet.replace(":host", ".text") for sheet in (TEXT_CSS, TILE_CSS))


def _tick_glyphs() -> str:
    """Return every character a figure may write that the page's text does not hold."""
    return "".join(map(chr, range(32, 127))) + "조억만년월일시→←↑↓–—·×…%°²³μ●■□"


def _font(weight: str, text: str) -> str:
    """Return the font with only the characters of a text, base64."""
    source = STATIC.joinpath(f"fonts/Pretendard-{weight}.subset.woff2").read_bytes()
    font = TTFont(io.BytesIO(source))
    options = Options()
    options.flavor = "woff2"
    options.layout_features = ["kern", "tnum"]
    subsetter = Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    small = io.BytesIO()
    font.flavor = "woff2"
    font.save(small)
    return base64.b64encode(small.getvalue()).decode()
