"""Find anything the city has by its name: Korean, English, initial consonants, with typos.

Edit distances are rapidfuzz's; Hangul is taken apart by Unicode's own decomposition.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from rapidfuzz import fuzz, process

from cityboard.catalog import LANGUAGES, Language, PlanNode, Text
from cityboard.errors import CityboardError
from cityboard.promises import PLEDGES, PROJECTS, pledges, projects
from cityboard.store import Store

Kind = Literal[
    "indicator", "board", "area", "vision", "plan_area", "task", "pledge", "project", "dataset",
    "organisation",
]  # fmt: skip
# What is looked for most comes first among equals.
KIND_POINTS: Mapping[str, float] = {
    "indicator": 4, "board": 3, "area": 3, "vision": 2, "pledge": 1.5, "dataset": 1, "task": 1,
    "plan_area": 1, "organisation": 1, "project": 0,
}  # fmt: skip
KIND_WORDS: Mapping[str, Text] = {
    "indicator": Text(ko="지표", en="Indicator"),
    "board": Text(ko="화면", en="Screen"),
    "area": Text(ko="지역", en="Area"),
    "vision": Text(ko="비전", en="Vision"),
    "plan_area": Text(ko="계획 분야", en="Area of the plan"),
    "task": Text(ko="계획 과제", en="Task of the plan"),
    "pledge": Text(ko="공약", en="Pledge"),
    "project": Text(ko="사업", en="Project"),
    "dataset": Text(ko="자료", en="Dataset"),
    "organisation": Text(ko="조직", en="Organisation"),
}
# The initial consonants as a keyboard types them, in the order in which Unicode has them.
INITIALS = "".join(map(chr, (0x3131, 0x3132, 0x3134, *range(0x3137, 0x313A), *range(0x3141, 0x3144),
    *range(0x3145, 0x314F))))  # fmt: skip
FIRST_SYLLABLE, LAST_SYLLABLE, OF_ONE_INITIAL = 0xAC00, 0xD7A3, 588
LONGEST = 80  # characters of a question that are read
LEAST = 68.0  # of a hundred: what is less alike is not shown
_LEFT_OUT = re.compile(r"[\W_]+")


@dataclasses.dataclass(frozen=True)
class Found:
    """Something that can be opened.

    Attributes:
        kind: What it is.
        id: Its id among its kind.
        title: Its name.
        address: Page and parameters that open it.
        parameter: Name and value by which a page that is open shows it; None where none does.
        others: Further names people type for it.
        dataset: Whose rows tell it; None where no rows do.
    """

    kind: Kind
    id: str
    title: Text
    address: str
    parameter: tuple[str, str] | None = None
    others: tuple[str, ...] = ()
    dataset: str | None = None


@dataclasses.dataclass(frozen=True)
class _Name:
    """A name by which an entry may be found, in the forms it is compared in."""

    entry: int
    plain: str
    letters: str
    initials: str
    worth: float


class SearchIndex:
    """Every entry under every name it has.

    Args:
        entries: What can be found.
    """

    def __init__(self, entries: tuple[Found, ...]) -> None:
        self.entries = entries
        self._names = [name for n, entry in enumerate(entries) for name in _names(n, entry)]
        self._letters = [name.letters for name in self._names]

    def find(self, words: str, *, limit: int = 8) -> list[Found]:
        """Return what words may mean, the likeliest first; nothing for no words.

        Args:
            words: As typed; what is longer than 80 characters is cut.
            limit: Most entries returned.
        """
        asked = plain(words[:LONGEST])
        if not asked:
            return []
        points: dict[int, float] = {}
        for name in self._names:
            if score := _score(asked, name):
                points[name.entry] = max(points.get(name.entry, 0.0), score * name.worth)
        for place, score in self._alike(asked):
            name = self._names[place]
            points[name.entry] = max(points.get(name.entry, 0.0), score * name.worth)
        ranked = sorted(points, key=lambda n: (-points[n] - self._bonus(n), self._length(n), n))
        return [self.entries[n] for n in ranked[:limit]]

    def _alike(self, asked: str) -> Iterator[tuple[int, float]]:
        """Yield place and likeness (at most 80) of names with a letter or two typed wrongly."""
        letters = apart(asked)
        if len(letters) < 4 or set(asked) <= set(INITIALS):
            return
        for scorer in (fuzz.ratio, fuzz.partial_ratio):
            found = process.extract(
                letters, self._letters, scorer=scorer, score_cutoff=LEAST, limit=60
            )
            for choice, score, place in found:
                if len(choice) * 2 >= len(letters):  # a short name lies in any long question
                    yield place, score * (0.8 if scorer is fuzz.ratio else 0.76)

    def _bonus(self, entry: int) -> float:
        return KIND_POINTS[self.entries[entry].kind]

    def _length(self, entry: int) -> int:
        return len(self.entries[entry].title.ko)


def index(store: Store) -> SearchIndex:
    """Return an index of all that a store's role may see."""
    return SearchIndex(tuple(_entries(store)))


def plain(words: str) -> str:
    """Return words in small letters without blanks and signs; letters of Hangul in one form."""
    folded = unicodedata.normalize("NFKC", words).casefold()
    # NFKC makes single letters conjoining ones, which are not what a keyboard types.
    typed = "".join(_typed(letter) for letter in folded)
    return _LEFT_OUT.sub("", typed)


def apart(words: str) -> str:
    """Return words with syllables of Hangul taken apart into letters."""
    return unicodedata.normalize("NFD", words)


def initials(words: str) -> str:
    """Return words with syllables of Hangul made their first consonants."""
    return "".join(_initial(letter) for letter in words)


def _initial(letter: str) -> str:
    if FIRST_SYLLABLE <= ord(letter) <= LAST_SYLLABLE:
        return INITIALS[(ord(letter) - FIRST_SYLLABLE) // OF_ONE_INITIAL]
    return letter


def _typed(letter: str) -> str:
    """Return the letter of the keyboard for a conjoining initial consonant."""
    place = ord(letter) - 0x1100
    return INITIALS[place] if 0 <= place < len(INITIALS) else letter


def _score(asked: str, name: _Name) -> float:
    """Return how well a name holds what was asked, as typed or by its initials; 0 where not."""
    if asked == name.plain:
        return 100.0
    if name.plain.startswith(asked):
        return 95.0
    if asked in name.plain:
        return 90.0
    if any(letter in INITIALS for letter in asked) and (place := _by_initials(asked, name)) >= 0:
        return 92.0 if place == 0 else 86.0
    return 0.0


def _by_initials(asked: str, name: _Name) -> int:
    """Return where a name holds letters and initials as asked; -1 where it does not."""
    start = name.initials.find(initials(asked))
    while start >= 0:
        part = name.plain[start : start + len(asked)]
        if all(a in {b, _initial(b)} for a, b in zip(asked, part, strict=True)):
            return start
        start = name.initials.find(initials(asked), start + 1)
    return -1


def _names(place: int, entry: Found) -> Iterator[_Name]:
    titles = {plain(entry.title.ko): 1.0, plain(entry.title.en): 1.0}
    for worth, words in ((0.97, entry.others), (0.9, (entry.id,))):
        for other in words:
            titles.setdefault(plain(other), worth)
    for title, worth in titles.items():
        if title:
            yield _Name(place, title, apart(title), initials(title), worth)


def _entries(store: Store) -> Iterator[Found]:
    catalog = store.catalog
    others = catalog.words

    def known(kind: str, name: str) -> tuple[str, ...]:
        return others.get(f"{kind}/{name}", ())

    for indicator in catalog.indicators.values():
        try:
            store.indicator(indicator.id)
        except CityboardError:
            continue
        yield Found(
            "indicator",
            indicator.id,
            indicator.title,
            f"indicator?indicator={indicator.id}",
            ("indicator", indicator.id),
            known("indicator", indicator.id),
            indicator.dataset,
        )
    for board in catalog.boards.values():
        yield Found("board", board.id, board.title, board.id, None, known("board", board.id))
    for area in catalog.areas("district"):
        parameter = ("area", area.code)
        others_of = known("area", area.code)
        yield Found("area", area.code, area.name, f"mayor?area={area.code}", parameter, others_of)
    if told := _by_neighbourhood(store):
        for area in catalog.areas("neighbourhood"):
            address = f"explore?dataset={told}&area={area.code}"
            yield Found("area", area.code, area.name, address, None, known("area", area.code))
    for dataset in store.datasets():
        address = f"explore?dataset={dataset.id}"
        others_of = known("dataset", dataset.id)
        yield Found("dataset", dataset.id, dataset.title, address, None, others_of, dataset.id)
    for organisation in catalog.organisations_listed:
        yield Found("organisation", organisation.id, organisation.title, "budget")
    yield from _plan(store)


def _by_neighbourhood(store: Store) -> str | None:
    """Return a dataset that tells neighbourhoods apart, with the most fields; None without any.

    What is told by districts has nothing of a neighbourhood, which would look like a zero.
    """
    told = [d.id for d in store.datasets() if d.place and d.place.level == "neighbourhood"]
    told = [name for name in told if "area" in store.fields(name)]
    return max(told, key=lambda name: len(store.fields(name)), default=None)


def _plan(store: Store) -> Iterator[Found]:
    plan = store.catalog.plan
    kinds: dict[str, Kind] = {"vision": "vision", "area": "plan_area", "task": "task"}
    for node in plan.nodes if plan else ():
        yield Found(kinds[node.kind], node.id, node.title, f"plan?vision={_vision(store, node)}")
    published = {dataset.id for dataset in store.datasets()}
    if PLEDGES in published and "milestones" in published:
        for row in pledges(store).frame.to_dict("records"):
            address = f"plan?pledge={row['pledge_id']}"
            yield Found("pledge", row["pledge_id"], _title(row), address, dataset=PLEDGES)
    if PROJECTS in published:
        for row in projects(store).frame.to_dict("records"):
            address = f"explore?dataset={PROJECTS}&area={row['district_code']}"
            yield Found("project", row["project_id"], _title(row), address, dataset=PROJECTS)


def _title(row: Mapping[Any, Any]) -> Text:
    return Text.model_validate({language: row[f"title_{language}"] for language in LANGUAGES})


def _vision(store: Store, node: PlanNode) -> str:
    return store.catalog.plan.path(node)[0] if store.catalog.plan else ""


def kind_words(kind: Kind, language: Language) -> str:
    """Return what a found thing is, in words."""
    return KIND_WORDS[kind].in_language(language)
