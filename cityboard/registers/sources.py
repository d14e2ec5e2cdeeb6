"""The sources of the city: those an entry connects, by their state, and those that are absent.

A source is a data set that somebody publishes. Those of the catalogue have the state of what their
newest version came from. Those that the city's list of open data tells of and no entry names are
absent. What is simulated stands in for a source and is none.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from cityboard.catalog import Dataset, Text
from cityboard.errors import CityboardError
from cityboard.registers.listed import WITH_SERVICE, listed_counts, listed_ids
from cityboard.store import LEVELS_SEEN, Store
from cityboard.surroundings import AIR, PERSONS

REPLAYED = frozenset({AIR, PERSONS})  # recorded hours that the live screens play back

SourceState = Literal["live", "replayed", "published", "figures", "simulated", "absent"]
STATES: Mapping[SourceState, tuple[str, Text]] = {
    "live": ("●", Text(ko="실시간", en="live")),
    "replayed": ("◐", Text(ko="재생", en="replayed")),
    "published": ("■", Text(ko="공표 파일", en="published file")),
    "figures": ("□", Text(ko="요약 통계", en="figures")),
    "simulated": ("▨", Text(ko="모의 자료", en="SIMULATED")),
    "absent": ("○", Text(ko="연결 안 됨", en="absent")),
}
ADAPTERS: Mapping[str, Text] = {
    "api": Text(ko="OpenAPI", en="OpenAPI"),
    "push": Text(ko="수신", en="push"),
    "file": Text(ko="파일", en="file"),
    "figures": Text(ko="내장 요약 통계", en="embedded figures"),
    "simulation": Text(ko="모의 생성", en="simulation"),
}


@dataclasses.dataclass(frozen=True)
class Source:
    """A source that an entry of the catalogue connects, or would.

    Attributes:
        dataset: Its entry.
        state: What its newest version came from; absent where nothing was published.
        listed_as: Its id in the list of open data; None where that does not tell of it.
    """

    dataset: Dataset
    state: SourceState
    listed_as: str | None

    @property
    def adapters(self) -> tuple[str, ...]:
        """Return the kinds of its distributions, the preferred first."""
        return tuple(dict.fromkeys(each.kind for each in self.dataset.distributions))

    @property
    def services(self) -> tuple[str, ...]:
        """Return the services it can ask."""
        named = (each.service for each in self.dataset.distributions)
        return tuple(dict.fromkeys(name for name in named if name))


@dataclasses.dataclass(frozen=True)
class SourceCounts:
    """How many sources there are, each counted once.

    Attributes:
        listed: In the list of open data.
        elsewhere: Of the catalogue, those that the list does not tell of and that are real.
        states: State → sources; all but the simulated ones together are the total.
        with_service: Of the list, those with a service.
        switchable: Of the list, those with a service that are absent: an entry switches one on.
    """

    listed: int
    elsewhere: int
    states: Mapping[SourceState, int]
    with_service: int
    switchable: int

    @property
    def total(self) -> int:
        """Return how many sources there are."""
        return self.listed + self.elsewhere

    @property
    def connected(self) -> int:
        """Return how many of them have published something real."""
        return self.total - self.states["absent"]


def sources(store: Store) -> tuple[Source, ...]:
    """Return the sources of the catalogue that the role may see, ordered by state, then id."""
    seen = LEVELS_SEEN[store.role]
    entries = [e for e in store.catalog.datasets.values() if e.disclosure.level in seen]
    listed = listed_ids(store, (entry.dcat.identifier for entry in entries))
    found = []
    for entry in entries:
        name = entry.dcat.identifier
        found.append(Source(entry, state_of(store, entry), name if name in listed else None))
    order = list(STATES)
    return tuple(sorted(found, key=lambda each: (order.index(each.state), each.dataset.id)))


def state_of(store: Store, dataset: Dataset) -> SourceState:
    """Return the state of a dataset's newest version."""
    try:
        provenance = store.snapshot(dataset.id).lineage.provenance
    except CityboardError:
        return "absent"
    is_recorded = provenance in {"figures", "published"}
    return "replayed" if is_recorded and dataset.id in REPLAYED else provenance


def source_counts(store: Store, found: Iterable[Source]) -> SourceCounts:
    """Return how many sources there are, by state.

    A data set of the list that feeds several datasets counts once, by the first state of theirs.

    Args:
        store: Answers.
        found: As of `sources`, in its order.
    """
    listed, with_service = listed_counts(store)
    of_list: dict[str, SourceState] = {}
    elsewhere: list[SourceState] = []
    for each in found:
        if each.listed_as is None:
            elsewhere.append(each.state)
        elif each.state not in {"simulated", "absent"}:
            of_list.setdefault(each.listed_as, each.state)
    states = Counter([*elsewhere, *of_list.values()])
    states["absent"] += listed - len(of_list)
    return SourceCounts(
        listed=listed,
        elsewhere=sum(state != "simulated" for state in elsewhere),
        states={state: states[state] for state in STATES},
        with_service=with_service,
        switchable=with_service - len(listed_ids(store, of_list, WITH_SERVICE)),
    )
