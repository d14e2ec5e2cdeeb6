"""Paging through one service of the Seoul Open Data Plaza, until there is nothing more."""

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable

import stamina

from cityboard.errors import PassingError, SourceError
from data_sources.plaza.codes import FINE, NO_DATA, refusal
from data_sources.plaza.envelope import Answer, Row, parse
from data_sources.plaza.files import Kept, Page, PageFolder
from data_sources.plaza.question import Question
from data_sources.plaza.request import Connection, Limits

logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Paging:
    """Reads every page of one question.

    Attributes:
        question: What is asked.
        address: URL up to the service name, the key masked.
        folder: Where pages are kept.
        limits: Of tries and waits; time and size are the connection's.
        now: Gives the present instant.
    """

    question: Question
    address: str
    folder: PageFolder
    limits: Limits
    now: Callable[[], dt.datetime]

    async def read(self, connection: Connection, kept: Kept | None) -> Kept:
        """Return all pages: at least one, which is empty when the service has no data.

        Args:
            connection: Asks.
            kept: Pages of an earlier fetch; one that still holds is not sent again.

        Raises:
            SourceError: A page could not be read, or came twice.
        """
        pages: list[Page] = []
        previous: tuple[Row, ...] = ()
        count, total = 0, None
        for place, window in enumerate(self.question.windows()):
            old = kept.pages[place] if kept and place < len(kept.pages) else None
            page, answer = await self._page(connection, window, old)
            if pages and not answer.rows:
                break
            self._check_progress(answer, previous)
            pages.append(page)
            previous, total = answer.rows, answer.total
            count += len(answer.rows)
            if _is_last(answer, window, count):
                break
        return Kept(self._request(len(pages), count, total), tuple(pages))

    async def _page(
        self, connection: Connection, window: tuple[int, int], old: Page | None
    ) -> tuple[Page, Answer]:
        retrying = stamina.AsyncRetryingCaller(
            attempts=self.limits.tries,
            timeout=None,
            wait_initial=self.limits.wait_seconds,
            wait_max=self.limits.wait_seconds * 8,
            wait_jitter=self.limits.wait_seconds / 2,
        )
        return await retrying.on(PassingError)(self._try, connection, window, old)

    async def _try(
        self, connection: Connection, window: tuple[int, int], old: Page | None
    ) -> tuple[Page, Answer]:
        url = self.address + self.question.path(*window)
        reply = await connection.ask(url, old)
        body = old.body if old and reply.body is None else reply.body or b""
        try:
            answer = parse(body)
        except SourceError as error:
            msg = f"{url}: {error}"
            raise SourceError(msg) from error
        if answer.code not in {FINE, NO_DATA}:
            raise refusal(answer.code, answer.message, asked=url)
        _check_place(url, self.question, answer)
        path = self.folder.add(body, window=window)
        tags = (old.etag, old.last_modified) if old and reply.body is None else reply.tags
        return Page(path, self.now(), *tags), answer

    def _check_progress(self, answer: Answer, previous: tuple[Row, ...]) -> None:
        if answer.total and not answer.rows:
            msg = (
                f"{self.address}{self.question.service} announces {answer.total:,} rows and gives "
                "none. Try again later."
            )
            raise SourceError(msg)
        if answer.rows and answer.rows == previous:
            msg = (
                f"{self.address}{self.question.service} gave the same {len(previous):,} rows for "
                "two pages: it takes no notice of the rows asked for. Ask for less with a limit."
            )
            raise SourceError(msg)

    def _request(self, pages: int, count: int, total: int | None) -> str:
        """Return what was asked and how much came, for the lineage."""
        first = self.address + self.question.path(*next(self.question.windows()))
        words = f"{first} ({pages} pages, {count:,} rows"
        if total is None or total <= count:
            return f"{words})"
        if self.question.limit is None:
            logger.warning("%s%s: %d rows of %d", self.address, self.question.service, count, total)
        return f"{words} of {total:,} announced)"


def _is_last(answer: Answer, window: tuple[int, int], count: int) -> bool:
    """Tell whether nothing follows: a short page, or the announced count is reached.

    A count no larger than a page is not believed after a full page: some services announce the
    rows they return.
    """
    start, end = window
    size = end - start + 1
    if len(answer.rows) < size:
        return True
    return answer.total is not None and size < answer.total <= count


def _check_place(url: str, question: Question, answer: Answer) -> None:
    """Refuse city data of another place: the sample key has one place, whatever is asked."""
    if not question.service.startswith("citydata") or not question.arguments:
        return
    asked = question.arguments[0]
    for row in answer.rows:
        answered = [str(row[name]) for name in ("AREA_NM", "AREA_CD") if name in row]
        if answered and asked not in answered:
            msg = (
                f"{url} answered for {' '.join(answered)} instead of {asked}. The sample key has "
                "one place only; use your own key."
            )
            raise SourceError(msg)
