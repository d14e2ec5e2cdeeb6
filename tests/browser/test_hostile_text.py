"""What citizens, feeds and registers send, through the real cleaners, on every board that shows it.

The content-security policy is off: escaping alone protects these pages. A control page shows that
each text does run where somebody is careless.
"""

import dataclasses
import datetime as dt
import email.utils
import html
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from playwright.sync_api import Browser, Dialog, Page

from cityboard.catalog import Catalog
from cityboard.lake import Lake
from cityboard.report import write_report
from cityboard.store import Store, open_store
from data_sources.feeds.stream import Stream
from data_sources.fetched import Fetched
from data_sources.publish import publish
from tests.browsers import DESK, PHONE, BoardPage
from tests.cleaning import SEOUL
from tests.hostile_texts import CANARY, CORPUS, LONGEST, MEGABYTES, RUNNING, SING, SUNG, HostileText
from tests.servers import Served, served

TEXTS = [each.text for each in CORPUS]
LANGUAGES = ("ko", "en")
SIMULATED = ("pledges", "projects", "audit_findings", "polls")
PUSHED = ("incident_steps", "complaint_steps")
PUSHED_WORDS = ("title_ko", "title_en", "station_name", "in_charge_ko", "in_charge_en")
LONGEST_ID = 300
PROPOSALS, ADOPTED, STATIONS = "citizen_proposals", "adopted_proposals", "bike_stations"
KEYWORD = "미세먼지"  # enough proposals name it to be one
NEWS = "media_items"
UNFIT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
WORDS_OF = {
    PROPOSALS: "title",
    ADOPTED: "department_name",
    STATIONS: "station_name",
    NEWS: "title",
    "pledges": "title_ko",
    "projects": "title_ko",
    "audit_findings": "reply_ko",
    "incident_steps": "station_name",
    "complaint_steps": "title_ko",
}
FOUND = {  # what is typed into the search, and what is then found
    "script": "<ScRiPt >",
    "img src=x onerror": "<img src=x onerror=",
    "javascript": "javascript:",
    "DROP TABLE": "DROP TABLE",
    "WWWWWW": "W" * 100,
}
# Boards, and on how many of the texts that are told as they are sent must stand there.
TOLD_ON = {"plan": 20, "live": 3, "opinion": 1, f"opinion?keyword={KEYWORD}": 1}
PAGES = [*TOLD_ON, "mayor", "status", "coverage", "budget", "safety", "complaints", "sources"]
LONG_PAGES = [f"explore?dataset={PROPOSALS}", "explore?dataset=pledges", "plan"]
PAGE_ROWS = 20
REST = 300  # ms in which a handler of what was just drawn would have run


@dataclasses.dataclass
class Hostility:
    """What a page did that no page of ours does: sang, opened a dialog, asked another host.

    Args:
        page: Watched from now on.
        host: The only one it may ask; empty for none.
    """

    page: Page
    host: str

    def __post_init__(self) -> None:
        self.done: list[str] = []
        self.page.on("dialog", self._opened)
        self.page.on("console", lambda said: self._said(said.text))
        self.page.on("pageerror", lambda error: self.done.append(f"error: {error}"))
        self.page.on("request", lambda asked: self._asked(asked.url))
        self.page.on("framenavigated", lambda frame: self._asked(frame.url))

    def _opened(self, dialog: Dialog) -> None:
        self.done.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _said(self, words: str) -> None:
        if CANARY in words:
            self.done.append(f"console: {words}")

    def _asked(self, address: str) -> None:
        if address.startswith("http") and f"//{self.host}/" not in address:
            self.done.append(f"asked: {address}")

    def check(self) -> None:
        """Fail if anything of it happened on the page until now."""
        self.page.wait_for_timeout(REST)
        assert not self.page.evaluate(SUNG)
        assert self.done == []


def proposals() -> pl.DataFrame:
    """Return (4,000 rows) proposals as published, each text as title and body."""
    texts = [*TEXTS, LONGEST]
    texts += ["제안"] * (4000 - len(texts))
    return pl.DataFrame(
        {
            "제안번호": range(1, len(texts) + 1),
            "제안제목": texts,
            "제안내용": [f"{KEYWORD} {text}" for text in texts],
            "득표": [0] * len(texts),
            "제안등록일자": ["2019-03-05 09:00:00"] * len(texts),
        }
    )


def station_page(texts: list[str]) -> str:
    """Return the Plaza's page of bike stations with these names."""
    rows = [
        {
            "STA_LOC": "마포구",
            "RENT_ID": f"ST-{n:05}",
            "RENT_NO": f"{n:05}",
            "RENT_NM": text,
            "HOLD_NUM": "10",
            "STA_ADD1": text,
            "STA_LAT": "37.5527",
            "STA_LONG": "126.9186",
        }
        for n, text in enumerate(texts, start=1)
    ]
    result = {"CODE": "INFO-000", "MESSAGE": "정상 처리되었습니다."}
    told = {"list_total_count": str(len(rows)), "RESULT": result, "row": rows}
    return json.dumps({"stationInfo": told}, ensure_ascii=False)


def write_files(data: Path) -> None:
    """Write the publishers' files with hostile texts."""
    (data / "opinion").mkdir(parents=True)
    proposals().write_parquet(data / "opinion/proposals_2017_2019.parquet")
    adopted().write_parquet(data / "opinion/adopted_2010_2017.parquet")
    pages = data / "bike/stations_tbCycleStationInfo_json"
    pages.mkdir(parents=True)
    texts = [*TEXTS, LONGEST[:100_000]]
    texts += ["대여소"] * (2000 - len(texts))
    (pages / "page_1_1000.json").write_text(station_page(texts), "utf-8")


def events(texts: list[str]) -> str:
    """Return steps of incidents and complaints as they are pushed, an object a line."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    rows = [
        {
            "event_id": f"e{n:05}",
            "incident_id": text if len(text) < LONGEST_ID else f"i{n}",
            "complaint_id": text if len(text) < LONGEST_ID else f"c{n}",
            "kind_code": "fire",
            "category_code": "roads",
            "step_code": "received",
            "state_code": "received",
            "at": now,
            "due_at": now,
            "lon": 126.978,
            "lat": 37.566,
            **dict.fromkeys(PUSHED_WORDS, text),
        }
        for n, text in enumerate(texts)
    ]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def adopted() -> pl.DataFrame:
    """Return adopted proposals as published, each text as title, reply and department."""
    texts = TEXTS * (400 // len(TEXTS) + 1)
    return pl.DataFrame(
        {
            "제안번호": range(1, len(texts) + 1),
            "제안제목": texts,
            "제안내용": texts,
            "담당부서 의견": texts,
            "담당부서": texts,
            "제안등록일자": ["2017-03-05 09:00:00"] * len(texts),
        }
    )


def news() -> str:
    """Return what a news feed gave, as it is kept: RSS whose titles and links are hostile."""
    now = email.utils.format_datetime(dt.datetime.now(dt.UTC))
    texts = [UNFIT_FOR_XML.sub("", each.text) for each in CORPUS]
    items = "".join(
        f"<item><title>{html.escape(text)}</title><link>{html.escape(text)}</link>"
        f"<guid>{n}</guid><pubDate>{now}</pubDate></item>"
        f"<item><title><![CDATA[{text.replace(']]>', '')}]]></title>"
        f"<link>javascript:{SING}</link><guid>c{n}</guid><pubDate>{now}</pubDate></item>"
        for n, text in enumerate(texts)
    )
    name = html.escape(RUNNING[4].text)
    body = f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>"
    received = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    document = {"address": "https://news.example/rss", "received_at": received, "problem": None}
    return json.dumps(document | {"body": body.encode().decode("latin-1")})


def push(catalog: Catalog, lake: Lake, folder: Path) -> None:
    """Have feeds bring hostile news, incidents and complaints; what is too long is refused."""
    path = folder / "news.json"
    path.write_text(news(), "utf-8")
    taken = Stream(catalog.dataset(NEWS), catalog, lake).take(Fetched((path,), "rss", ""))
    assert taken.published > len(TEXTS)
    path = folder / "pushed.json"
    path.write_text(events([*TEXTS, LONGEST]), "utf-8")
    for name in PUSHED:
        taken = Stream(catalog.dataset(name), catalog, lake).take(Fetched((path,), "pushed", ""))
        assert (taken.published, taken.rejected) == (len(TEXTS), 1)


def write_simulated(city: Path, catalog: Catalog) -> None:
    """Put a hostile text into every column of words of the simulated registers."""
    for name in SIMULATED:
        path = city / f"figures/{name}.parquet"
        frame = pl.read_parquet(path)
        words = [c.name for c in catalog.dataset(name).columns if c.unit in {"text", "name"}]
        texts = pl.Series("text", TEXTS)
        row = frame.select(pl.int_range(pl.len()) % len(TEXTS)).to_series()
        frame = frame.with_columns([texts.gather(row).alias(column) for column in words])
        frame.write_parquet(path)


@pytest.fixture(scope="module")
def hostile_home(figures_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return catalogue and home of a Seoul whose citizens, feeds and registers are hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(SEOUL, folder / "seoul")
    shutil.copytree(figures_home, folder / "home", copy_function=os.link)
    write_files(folder / "data")
    catalog, lake = Catalog(folder / "seoul"), Lake(folder / "home/lake/seoul")
    write_simulated(folder / "seoul", catalog)
    for name in (PROPOSALS, ADOPTED, STATIONS, *SIMULATED):
        shutil.rmtree(lake.root / name, ignore_errors=True)
        snapshot = publish(catalog.dataset(name), catalog=catalog, lake=lake, data=folder / "data")
        assert snapshot.lineage.distribution != "figures" or name in SIMULATED
    push(catalog, lake, folder)
    return folder / "seoul", folder / "home"


@pytest.fixture(scope="module")
def hostile(
    hostile_home: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """Serve it."""
    city, home = hostile_home
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with served(home, log, "--city", str(city)) as running:
        yield running


@pytest.fixture(scope="module")
def store(hostile_home: tuple[Path, Path]) -> Store:
    """Return it, opened."""
    return open_store(*hostile_home)


@pytest.fixture
def unguarded(browser: Browser) -> Iterator[Page]:
    """Give a page without the content-security policy."""
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("each", RUNNING, ids=lambda each: each.name)
def test_a_careless_page_would_have_run_it(unguarded: Page, each: HostileText) -> None:
    assert each.careless is not None
    unguarded.route("**/*", lambda route: route.fulfill(status=404))
    unguarded.set_content(each.careless(each.text), wait_until="commit")
    if each.is_pressed:
        unguarded.locator("a, button").first.click(no_wait_after=True)
    unguarded.wait_for_function(SUNG)


def opened(page: Page, served_by: Served, path: str, size: tuple[int, int] = DESK) -> Hostility:
    """Open a board, then everything on it that opens, and point at its figures."""
    hostility = Hostility(page, served_by.host)
    BoardPage(page, served_by.address).open(path, size)
    unfold(page)
    for closed in page.get_by_role("button", name="▸").all()[::-1]:
        closed.click()
    for figure in page.locator("main canvas").all():
        if box := figure.bounding_box():
            page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    return hostility


def unfold(page: Page) -> None:
    """Open everything on a page that opens."""
    page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")


def seen(words: str) -> str:
    """Return words as a page shows them: white space is one blank."""
    return " ".join(words.split())


def listed(page: Page) -> set[str]:
    """Return the words of every cell of the table of rows."""
    cells = page.locator("main table").last.locator("td").all_text_contents()
    return {seen(cell) for cell in cells}


def overhang(page: Page) -> int:
    """Return the pixels by which a page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def turned(page: Page, board: BoardPage) -> set[str]:
    """Return the words of every cell of the table of rows, page after page."""
    found = listed(page)
    following = page.get_by_role("button", name="›").last
    for _ in range(len(TEXTS) // PAGE_ROWS):
        if not following.is_enabled():
            break
        before = listed(page)
        following.click()
        board.until(lambda: listed(page), before.__ne__)
        found |= listed(page)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("dataset", WORDS_OF)
def test_no_row_runs_where_rows_are_listed(
    unguarded: Page, hostile: Served, store: Store, dataset: str, language: str
) -> None:
    hostility = opened(unguarded, hostile, f"explore?dataset={dataset}&lang={language}")
    found = turned(unguarded, BoardPage(unguarded, hostile.address))
    entry = store.dataset(dataset)
    rows = store.frame(dataset).sort_values(entry.key[0])[WORDS_OF[dataset]].dropna()
    told = {seen(words[:100]) for words in rows if seen(words)}
    shown = {words for words in told if any(words in cell for cell in found)}
    assert len(shown) >= len(told) / 4, "the hostile rows are not those listed"
    hostility.check()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["mayor", "plan", "status", "coverage", "budget", "opinion"])
def test_no_text_runs_on_a_board(
    unguarded: Page, hostile: Served, path: str, language: str
) -> None:
    join = "&" if "?" in path else "?"
    hostility = opened(unguarded, hostile, f"{path}{join}lang={language}")
    if least := TOLD_ON.get(path, 0):
        told = unguarded.locator("main td, main li, main p, main dd")
        BoardPage(unguarded, hostile.address).until(
            told.all_text_contents,
            lambda texts: sum(any(each[:40] in text for text in texts) for each in TEXTS) >= least,
        )
        unfold(unguarded)
    hostility.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_pledge_runs_where_it_is_opened(
    unguarded: Page, hostile: Served, store: Store, language: str
) -> None:
    ids = store.frame("pledges")["pledge_id"].tolist()
    hostility = Hostility(unguarded, hostile.host)
    for name in ids[:: len(ids) // 8]:
        BoardPage(unguarded, hostile.address).open(f"plan?lang={language}&pledge={quote(name)}")
        hostility.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_incident_runs_where_it_is_opened(
    unguarded: Page, hostile: Served, store: Store, language: str
) -> None:
    ids = sorted(store.frame("incident_steps")["incident_id"].unique())
    hostility = Hostility(unguarded, hostile.host)
    for name in ids[:: len(ids) // 8]:
        path = f"incident?lang={language}&incident={quote(name)}"
        BoardPage(unguarded, hostile.address).open(path)
        unguarded.locator("main.incident-grid").wait_for()
        hostility.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_title_runs_where_it_is_found(unguarded: Page, hostile: Served, language: str) -> None:
    board = BoardPage(unguarded, hostile.address)
    hostility = opened(unguarded, hostile, f"mayor?lang={language}")
    options = unguarded.locator("#found [role=option]")
    for words, expected in FOUND.items():
        unguarded.fill("#search", words)
        board.until(options.all_text_contents, lambda t, e=expected: any(e in each for each in t))
        hostility.check()
    assert overhang(unguarded) <= 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_runs_in_a_report(
    unguarded: Page, store: Store, tmp_path: Path, language: str
) -> None:
    boards = [("plan", {}), *(("explore", {"dataset": name}) for name in WORDS_OF)]
    hostility = Hostility(unguarded, "")
    for board, address in boards:
        path = tmp_path / "report.html"
        write_report(store, board, path, language=language, address=address)
        unguarded.goto(path.as_uri())
        unfold(unguarded)
        hostility.check()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(
    "path", [f"explore?dataset={PROPOSALS}", "explore?dataset=pledges", "plan"]
)
def test_ten_megabytes_and_endless_words_break_no_layout(
    unguarded: Page, hostile: Served, path: str, size: tuple[int, int]
) -> None:
    board = BoardPage(unguarded, hostile.address).open(path, size)
    if "dataset" in path:
        turned(unguarded, board)
    assert overhang(unguarded) <= 0


def test_what_is_too_long_is_published_whole(store: Store) -> None:
    titles = store.frame(PROPOSALS).set_index("proposal_id")["title"]
    assert len(titles[len(TEXTS) + 1].encode()) > 0.9 * MEGABYTES * 1024 * 1024
