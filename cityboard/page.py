"""The page of a board: header, places of the views, and the address that holds its state."""

import contextlib
import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import panel as pn
from bokeh.core.property.wrappers import PropertyValueContainer as Container
from bokeh.document import Document
from bokeh.document.events import MessageSentEvent
from markupsafe import Markup

from cityboard.boards import BoardViewer, LinkedBoard, OverviewBoard, make_board
from cityboard.catalog import Board, Language, Menu, Text
from cityboard.errors import CityboardError
from cityboard.figures.style import Theme
from cityboard.home import APPS, store_at
from cityboard.period import instant_of
from cityboard.selection import parameters_of
from cityboard.store import Store
from cityboard.views.camera import CameraView
from cityboard.views.markup import TEMPLATES, past_words, role_words, text_pane
from cityboard.views.screen import Screen, open_screen
from cityboard.words import day_words, error_words

KEPT = ("lang", "theme", "as_of")  # parameters that no selection changes
ROTATION = ("rotate", "pages", "stopped")  # of a wall; the page's own script keeps them
IGNORED = (*KEPT, *ROTATION, "bokeh-session-id")
CLOCK = ("at", "speed")  # of a live screen; a wall takes them along to its other pages
CLOCKED = ("live", "incident")
MENUS: dict[Menu, tuple[str, str]] = {
    "live": ("실시간 도시", "Live city"),
    "opinion": ("시민 의견", "Citizens"),
    "administration": ("행정 현황", "Administration"),
    "data": ("자료", "Data"),
}
LOOK_AGAIN_MS = 10_000
LOOK_OFTEN_MS = 1_000  # where a feed is shown: what is new is to be seen within 2 s
LIVE_LAYOUTS = ("live", "incident")


class _Page(pn.Template):  # type: ignore[misc]  # Panel has no types
    """A page that does not describe all it holds each time something is added to it.

    Panel writes the description for notebooks, of every part anew with each part: a sixth of the
    time in which a page was made.
    """

    def __repr__(self) -> str:
        return type(self).__name__


def _with_nonce(html: str, nonce: str) -> Markup:
    """Let the scripts made here run under the content-security policy."""
    return Markup(str(html).replace("<script", f'<script nonce="{nonce}"'))  # noqa: S704 - Bokeh's own


def serve_board(store: Store, board_id: str) -> None:
    """Put a board on the page of the session that is being opened.

    Args:
        store: For the session's role.
        board_id: Board of the catalogue.
    """
    parameters = parameters_of(_search())
    problems: list[CityboardError] = []
    if words := parameters.get("as_of"):
        try:
            zone = ZoneInfo(store.catalog.city.time_zone)
            store = store_at(store, instant_of(words, zone))
        except CityboardError as error:
            problems.append(error)
            parameters.pop("as_of")
    screen = open_screen(store, language=_language(parameters), theme=_theme(parameters))
    try:
        board, wrong = _open_board(screen, board_id, parameters)
    except CityboardError as error:
        _serve_problem(screen, error)
        return
    template = TEMPLATES.get_template(f"{board.board.layout}.html")
    page = _Page(template=template, location=True)
    for place, view in board.views.items():
        page.add_panel(place, view)
    if isinstance(board, LinkedBoard):
        page.add_panel("picker", board.picker)
    page.add_panel("age", _age_pane(screen, board))
    for name, value in _variables(screen, board, [*problems, *wrong]).items():
        page.add_variable(name, value)
    _keep_address(board, {name: parameters[name] for name in KEPT if name in parameters})
    _keep_current(board)
    with _models_gathered_once():
        page.servable(title=_title(screen, board.board.title))
    pn.state.onload(functools.partial(_forget_defaults, pn.state.curdoc))


def _models_gathered_once() -> contextlib.AbstractContextManager[None]:
    """Have Bokeh gather a document's models at the end, not with each root: 0.2 s of a page."""
    document = pn.state.curdoc
    gathered: contextlib.AbstractContextManager[None] = (
        contextlib.nullcontext() if document is None else document.models.freeze()
    )
    return gathered


def _serve_problem(screen: Screen, error: CityboardError) -> None:
    """Put what went wrong on the page, where no board can be drawn at all."""
    page = _Page(template=TEMPLATES.get_template("problem.html"), location=True)
    page.add_variable("problem", error_words(error, screen.language))
    for name, value in _frame_variables(screen, "").items():
        page.add_variable(name, value)
    page.servable(title=screen.words(screen.catalog.city.title))


def _search() -> str:
    location = pn.state.location
    return location.search if location else ""


def _open_board(
    screen: Screen, board_id: str, parameters: Mapping[str, str]
) -> tuple[BoardViewer, list[CityboardError]]:
    """Return the board the address names, or the board's own with what was wrong."""
    is_clocked = screen.catalog.board(board_id).layout in CLOCKED
    ignored = IGNORED if is_clocked else (*IGNORED, *CLOCK)
    asked = {name: value for name, value in parameters.items() if name not in ignored}
    problems = []
    try:
        board = make_board(
            screen, board_id, dataset=asked.get("dataset"), indicator=asked.get("indicator")
        )
    except CityboardError as error:
        problems.append(error)
        board = make_board(screen, board_id)
    return board, problems + board.restore(asked)


def _keep_current(board: BoardViewer) -> None:
    """Look for newer versions now and then, and stop when the session ends."""
    is_fed = isinstance(board, LinkedBoard) and board.dataset.feed is not None
    is_live = is_fed or board.board.layout in LIVE_LAYOUTS
    period = LOOK_OFTEN_MS if is_live else LOOK_AGAIN_MS
    pn.state.add_periodic_callback(board.broker.look_again, period=period)
    pn.state.on_session_destroyed(lambda _context: board.broker.close())


def _forget_defaults(document: Document) -> None:
    """Drop the empty lists, dicts and sets that Bokeh made of defaults it looked at.

    It looks at all when it gathers a document's models and when it writes them for the page: 1,800
    of a session, a third of its memory. They are made again when they are looked at again; models
    made as defaults stay, for the page knows them by their ids.
    """
    for model in document.models:
        defaults = model._unstable_default_values  # noqa: SLF001
        empty = [
            name for name, held in defaults.items() if isinstance(held, Container) and not held
        ]
        for name in empty:
            del defaults[name]


def _age_pane(screen: Screen, board: BoardViewer) -> pn.pane.HTML:
    """Return the line that says how old the oldest figure is; it follows what is shown."""
    pane = text_pane(screen.style)

    def write(_event: object = None) -> None:
        pane.object = str(_age_markup(screen, board))

    board.broker.param.watch(write, "shown")
    write()
    return pane


def _title(screen: Screen, title: Text) -> str:
    return f"{screen.words(title)} · {screen.words(screen.catalog.city.title)}"


def _language(parameters: Mapping[str, str]) -> Language:
    wanted = parameters.get("lang")
    if wanted in get_args(Language):
        return "ko" if wanted == "ko" else "en"
    accepted = pn.state.headers.get("Accept-Language", "ko")
    return "en" if accepted.lower().startswith("en") else "ko"


def _theme(parameters: Mapping[str, str]) -> Theme:
    return "light" if parameters.get("theme") == "light" else "dark"


def _keep_address(board: BoardViewer, kept: Mapping[str, str]) -> None:
    """Have the page write the board's state into its address, once the hand rests after a change.

    The page's own script does: Panel's `Location` would be told the new address in return, and take
    a millisecond to find that it knows it.
    """
    document, written = pn.state.curdoc, board.parameters()

    def write(_event: object) -> None:
        nonlocal written
        if document is not None and written != board.parameters():
            written = board.parameters()
            search = f"?{urlencode({**kept, **written})}"
            document.callbacks.trigger_on_change(MessageSentEvent(document, "address", search))

    board.broker.param.watch(write, "shown")


def _variables(
    screen: Screen, board: BoardViewer, problems: list[CityboardError]
) -> dict[str, Any]:
    words = screen.words
    datasets, groups = [], []
    if isinstance(board, LinkedBoard):
        datasets = [
            {"id": d.id, "words": words(d.title), "current": d.id == board.dataset.id}
            for d in board.choices
        ]
    if isinstance(board, OverviewBoard):
        groups = [
            {"id": group.id, "words": words(group.title), "tiles": board.groups[group.id]}
            for group in board.board.groups
        ]
    return {
        **_frame_variables(screen, board.board.id),
        "layout": board.board.layout,
        "problem": " ".join(error_words(error, screen.language) for error in problems),
        "has_pictures": any(isinstance(v, CameraView) and v.plays for v in board.views.values()),
        "places": [name for name in board.views if name != "crumbs"],
        "datasets": datasets,
        "groups": groups,
    }


def _frame_variables(screen: Screen, current: str) -> dict[str, Any]:
    """Return what the header of every page needs."""
    say, words = screen.say, screen.words
    kept = screen.keep
    is_dark = screen.style.theme == "dark"
    return {
        "language": screen.language,
        "style": screen.style,
        "with_nonce": _with_nonce,
        "layout": "problem",
        "city": words(screen.catalog.city.title),
        "say": say,
        "keep": kept,
        "menus": _menus(screen, current),
        "role": role_words(screen),
        "past": past_words(screen),
        "day": screen.store.today.isoformat(),
        "newest_day": dt.datetime.now(ZoneInfo(screen.catalog.city.time_zone)).date().isoformat(),
        "other_language": "en" if screen.language == "ko" else "ko",
        "other_language_words": "English" if screen.language == "ko" else "한국어",
        "other_theme": "light" if is_dark else "dark",
        "other_theme_words": say("밝게", "Light") if is_dark else say("어둡게", "Dark"),
        "datasets": [],
    }


def _menus(screen: Screen, current: str) -> list[dict[str, Any]]:
    """Return the menus that have a board with an app, and their links."""
    served = [b for b in screen.catalog.boards.values() if (APPS / f"{b.id}.py").is_file()]
    in_order = sorted(served, key=lambda board: (board.position, board.id))
    menus = [
        (words, [board for board in in_order if board.menu == menu])
        for menu, words in MENUS.items()
    ]
    return [
        {
            "words": screen.say(*words),
            "current": any(board.id == current for board in boards),
            "links": [_link(screen, board, current) for board in boards],
        }
        for words, boards in menus
        if boards
    ]


def _link(screen: Screen, board: Board, current: str) -> dict[str, Any]:
    href = f"{board.id}?{screen.keep}"
    return {"href": href, "words": screen.words(board.title), "current": board.id == current}


def _age_markup(screen: Screen, board: BoardViewer) -> Markup:
    """Return the day, and how old the oldest figure on the screen is."""
    ids = {a.snapshot.dataset for view in board.views.values() for a in view.answers}
    days = [f.last for f in (screen.store.freshness(i) for i in ids) if f.last]
    today = screen.store.today
    if not days:
        return Markup("")
    oldest, newest = day_words(min(days), screen.language), day_words(max(days), screen.language)
    now = screen.say("오늘", "Today") + f" {day_words(today, screen.language)} · "
    if screen.store.as_of is not None:
        now = ""  # the header says which day it is
    short = screen.say(f"가장 오래된 수치 {oldest}", f"oldest figure {oldest}")
    long = screen.say(
        f"이 화면의 수치는 {oldest}부터 {newest}까지의 것입니다",
        f"The figures on this screen are of {oldest} to {newest}",
    )
    return Markup('<div class="foot" title="{}"><span class="today">{}</span>{}</div>').format(
        long, now, short
    )
