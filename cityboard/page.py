"""The page of a board: header, places of the views, and the address that holds its state."""

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import jinja2
import panel as pn
from markupsafe import Markup

from cityboard.boards import BoardViewer, LinkedBoard, OverviewBoard, make_board
from cityboard.catalog import Language
from cityboard.errors import CityboardError
from cityboard.figures.style import Theme
from cityboard.selection import parameters_of
from cityboard.store import Store
from cityboard.views.screen import Screen, open_screen
from cityboard.words import day_words, error_words

KEPT = ("lang", "theme")  # parameters that no selection changes


def _with_nonce(html: str, nonce: str) -> Markup:
    """Let the scripts made here run under the content-security policy."""
    return Markup(str(html).replace("<script", f'<script nonce="{nonce}"'))  # noqa: S704 - Bokeh's own


@functools.cache
def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(loader=jinja2.PackageLoader("cityboard"), autoescape=True)
    templates.filters["with_nonce"] = _with_nonce
    return templates


def serve_board(store: Store, board_id: str) -> BoardViewer:
    """Put a board on the page of the session that is being opened, every view drawn.

    Args:
        store: For the session's role.
        board_id: Board of the catalogue.
    """
    parameters = parameters_of(_search())
    screen = open_screen(store, language=_language(parameters), theme=_theme(parameters))
    board, problem = _open_board(screen, board_id, parameters)
    template = _templates().get_template(f"{board.board.layout}.html")
    page = pn.Template(template=template, location=True)
    for place, view in board.views.items():
        page.add_panel(place, view)
    if isinstance(board, LinkedBoard):
        page.add_panel("picker", board.picker)
    for name, value in _variables(screen, board, problem or board.problem).items():
        page.add_variable(name, value)
    _keep_address(board, {name: parameters[name] for name in KEPT if name in parameters})
    page.servable(
        title=f"{screen.words(board.board.title)} · {screen.words(store.catalog.city.title)}"
    )
    return board


def _search() -> str:
    location = pn.state.location
    return location.search if location else ""


def _open_board(
    screen: Screen, board_id: str, parameters: Mapping[str, str]
) -> tuple[BoardViewer, str]:
    """Return the board the address names, or the board's own with what was wrong."""
    problem = ""
    try:
        board = make_board(screen, board_id, dataset=parameters.get("dataset"))
    except CityboardError as error:
        problem = error_words(error, screen.language)
        board = make_board(screen, board_id)
    board.restore(parameters)
    return board, problem


def _language(parameters: Mapping[str, str]) -> Language:
    wanted = parameters.get("lang")
    if wanted in get_args(Language):
        return "ko" if wanted == "ko" else "en"
    accepted = pn.state.headers.get("Accept-Language", "ko")
    return "en" if accepted.lower().startswith("en") else "ko"


def _theme(parameters: Mapping[str, str]) -> Theme:
    return "light" if parameters.get("theme") == "light" else "dark"


def _keep_address(board: BoardViewer, kept: Mapping[str, str]) -> None:
    """Write the board's state into the address whenever it changes."""
    location = pn.state.location
    if location is None:
        return

    def write(_event: object) -> None:
        location.search = f"?{urlencode({**kept, **board.parameters()})}"

    board.screen.selection.param.watch(write, "value")
    if isinstance(board, OverviewBoard):
        board.param.watch(write, "indicator_id")
    if isinstance(board, LinkedBoard):
        board.param.watch(write, "measure_id")


def _variables(screen: Screen, board: BoardViewer, problem: str) -> dict[str, Any]:
    say, words = screen.say, screen.words
    kept = urlencode({"lang": screen.language, "theme": screen.style.theme})
    variables: dict[str, Any] = {
        "language": screen.language,
        "style": screen.style,
        "layout": board.board.layout,
        "city": words(screen.catalog.city.title),
        "say": say,
        "keep": kept,
        "problem": problem,
        "links": [
            {"href": f"{b.id}?{kept}", "words": words(b.title), "current": b.id == board.board.id}
            for b in sorted(screen.catalog.boards.values(), key=lambda b: b.layout != "overview")
        ],
        "role": {"public": say("시민", "public"), "official": say("공무원", "official")}[
            screen.store.role
        ],
        "age": _age(screen, board),
        "other_language": "en" if screen.language == "ko" else "ko",
        "other_language_words": "English" if screen.language == "ko" else "한국어",
        "other_theme": "light" if screen.style.theme == "dark" else "dark",
        "other_theme_words": say("밝게", "Light")
        if screen.style.theme == "dark"
        else say("어둡게", "Dark"),
        "places": [name for name in board.views if name != "crumbs"],
        "datasets": [],
        "groups": [],
    }
    if isinstance(board, LinkedBoard):
        variables["datasets"] = [
            {"id": d.id, "words": words(d.title), "current": d.id == board.dataset.id}
            for d in screen.store.datasets()
        ]
    if isinstance(board, OverviewBoard):
        variables["groups"] = [
            {"id": group.id, "words": words(group.title), "tiles": board.groups[group.id]}
            for group in board.board.groups
        ]
    return variables


def _age(screen: Screen, board: BoardViewer) -> dict[str, str]:
    """Return how old the oldest figure on the screen is, in words."""
    ids = {a.snapshot.dataset for view in board.views.values() for a in view.answers}
    days = [f.last for f in (screen.store.freshness(i) for i in ids) if f.last]
    today = dt.datetime.now(ZoneInfo(screen.catalog.city.time_zone)).date()
    if not days:
        return {"short": "", "long": ""}
    oldest, newest = day_words(min(days), screen.language), day_words(max(days), screen.language)
    return {
        "short": screen.say(
            f"오늘 {day_words(today, 'ko')} · 가장 오래된 수치 {oldest}",
            f"Today {day_words(today, 'en')} · oldest figure {oldest}",
        ),
        "long": screen.say(
            f"이 화면의 수치는 {oldest}부터 {newest}까지의 것입니다",
            f"The figures on this screen are of {oldest} to {newest}",
        ),
    }
