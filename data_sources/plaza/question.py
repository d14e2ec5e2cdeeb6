"""What is asked of the Seoul Open Data Plaza: a service, its arguments, how many rows."""

import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Self
from urllib.parse import quote

from cityboard.errors import SourceError

PAGE_ROWS = 1000  # ERROR-336 beyond
SAMPLE_ROWS = 5  # ERROR-335 beyond
SERVICE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
SUBWAY_SERVICES = frozenset({"realtimeStationArrival", "realtimePosition"})
GAPS_ALLOWED = frozenset({"tbLnOpendataRtmsV"})  # its page shows /대지/////아파트


@dataclasses.dataclass(frozen=True)
class Question:
    """One question; valid by construction with `Question.of`.

    Attributes:
        service: Service name; capitals count.
        arguments: Positional arguments in the service's own order.
        limit: Rows wanted at most; None is all there are.
    """

    service: str
    arguments: tuple[str, ...] = ()
    limit: int | None = None

    @classmethod
    def of(
        cls, service: str, arguments: Iterable[str | None] = (), *, limit: int | None = None
    ) -> Self:
        """Return a question the Plaza can answer as meant.

        Args:
            service: Service name.
            arguments: In order; empty ones at the end are left away.
            limit: Rows wanted at most.

        Raises:
            SourceError: The service name is not one, an argument is missing before one that is
                given (the Plaza would answer "no data"), or the limit is below 1.
        """
        if not SERVICE.fullmatch(service):
            msg = f"{service!r} is no service name: letters, digits and _ only, as on its page."
            raise SourceError(msg)
        if limit is not None and limit < 1:
            msg = f"{service}: a limit of {limit} rows was asked for; ask for at least 1."
            raise SourceError(msg)
        given = [argument or "" for argument in arguments]
        while given and not given[-1]:
            given.pop()
        _check_arguments(service, given)
        return cls(service, tuple(given), limit)

    @property
    def is_subway(self) -> bool:
        """Tell whether the subway host answers it."""
        return self.service in SUBWAY_SERVICES

    def windows(self) -> Iterator[tuple[int, int]]:
        """Yield first and last row of each page, both included; endless without a limit."""
        first = 0 if self.is_subway else 1
        for start in itertools.count(first, PAGE_ROWS):
            end = start + PAGE_ROWS - 1
            last = end if self.limit is None else first + self.limit - 1
            if start > last:
                return
            yield start, min(end, last)

    def path(self, start: int, end: int) -> str:
        """Return the URL path of one page, from the service name on."""
        arguments = "/".join(quote(argument, safe="") for argument in self.arguments)
        return f"{self.service}/{start}/{end}/{arguments}"


def _check_arguments(service: str, arguments: list[str]) -> None:
    for place, argument in enumerate(arguments, start=1):
        if not argument and service not in GAPS_ALLOWED:
            msg = (
                f"{service}: argument {place} of {len(arguments)} is missing. Arguments count by "
                "place, so give every one before the last; see the service's page for their order."
            )
            raise SourceError(msg)
        if argument in {".", ".."}:  # a URL path drops them, and every argument would move
            msg = f"{service}: argument {place} is {argument!r}, which cannot stand in a URL."
            raise SourceError(msg)
