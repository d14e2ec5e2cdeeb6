"""Check that what indicators, boards, alerts, organisations and the plan name is there."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cityboard.catalog.alert import Alert
from cityboard.catalog.board import Board
from cityboard.catalog.dataset import Dataset
from cityboard.catalog.files import line_of
from cityboard.catalog.indicator import Indicator
from cityboard.catalog.organisation import Organisation
from cityboard.catalog.plan import ABOVE, PlanNode
from cityboard.errors import CatalogError, UnknownNameError

if TYPE_CHECKING:
    from cityboard.catalog.catalog import Catalog

# What tells of each incident when which of its steps was taken, and when that became known.
INCIDENT_COLUMNS = ("incident_id", "kind_code", "step_code", "at", "known_at")


def check_links(catalog: "Catalog") -> None:
    """Raise `CatalogError`, with file and line, for the first name that is not there."""
    _check_organisations(catalog)
    _check_plan(catalog)
    _check_words(catalog)
    numbers: dict[int, str] = {}
    for indicator in catalog.indicators.values():
        _check_indicator(catalog, indicator)
        _check_number(catalog, indicator, numbers)
    for board in catalog.boards.values():
        _check_groups(catalog, board)
        _check_dataset(catalog, board)
    _check_alerts(catalog)


def _check_indicator(catalog: "Catalog", indicator: Indicator) -> None:
    path = catalog.folder / "indicators" / f"{indicator.id}.yaml"
    with _at(path, "dataset"):
        dataset = catalog.dataset(indicator.dataset)
    with _at(path, "measure"):
        dataset.measure(indicator.measure)
    with _at(path, "owner"):
        catalog.organisation(indicator.owner)
    if indicator.task is not None:
        with _at(path, "task"):
            catalog.task(indicator.task)
    for field in ("sex", "age"):
        if name := getattr(indicator, field):
            with _at(path, field):
                dataset.column(name)
    for name, codes in indicator.where.items():
        with _at(path, "where", name):
            _check_codes(dataset, name, codes)


def _check_number(catalog: "Catalog", indicator: Indicator, numbers: dict[int, str]) -> None:
    """Refuse a number that another indicator has."""
    if indicator.number is None:
        return
    other = numbers.setdefault(indicator.number, indicator.id)
    if other != indicator.id:
        path = catalog.folder / "indicators" / f"{indicator.id}.yaml"
        line = line_of(path, ("number",))
        msg = f"{path}:{line}: {other} has the number {indicator.number} already. Choose another."
        raise CatalogError(msg)


def _check_organisations(catalog: "Catalog") -> None:
    """Refuse an organisation that stands twice, or that belongs to none there is or to itself."""
    path, seen = catalog.folder / "organisations.yaml", set[str]()
    for n, each in enumerate(catalog.organisations_listed):
        _refuse_twice(path, ("organisations", n, "id"), each.id, seen)
    for n, each in enumerate(catalog.organisations_listed):
        place = ("organisations", n, "parent")
        above: Organisation | None = each
        passed: list[str] = []
        while above is not None:
            if above.id in passed:
                ring = " → ".join([*passed, above.id])
                msg = f"{path}:{line_of(path, place)}: {ring} is a ring. Name the one above all."
                raise CatalogError(msg)
            passed.append(above.id)
            with _at(path, *place):
                above = catalog.organisation(above.parent) if above.parent else None


def _check_plan(catalog: "Catalog") -> None:
    """Refuse a node that stands twice, or does not lie in one of the kind above it."""
    if catalog.plan is None:
        return
    path, seen = catalog.folder / "plan.yaml", set[str]()
    kinds = {node.id: node.kind for node in catalog.plan.nodes}
    for n, node in enumerate(catalog.plan.nodes):
        _refuse_twice(path, ("nodes", n, "id"), node.id, seen)
        above = ABOVE[node.kind]
        if (kinds.get(node.parent) if node.parent else None) != above or (
            above is None and node.parent
        ):
            line = line_of(path, ("nodes", n, "parent"))
            raise CatalogError(f"{path}:{line}: {_misplaced(node, kinds)}")


def _check_alerts(catalog: "Catalog") -> None:
    """Refuse a rule that stands twice, or that watches or names what is not there."""
    path, seen = catalog.folder / "alerts.yaml", set[str]()
    for n, alert in enumerate(catalog.alerts):
        place = ("alerts", n)
        _refuse_twice(path, (*place, "id"), alert.id, seen)
        with _at(path, *place, "dataset"):
            dataset = catalog.dataset(alert.dataset)
        _check_watched(path, place, alert, dataset)
        with _at(path, *place, "owner"):
            catalog.organisation(alert.owner)
        if alert.escalation:
            with _at(path, *place, "escalation", "to"):
                catalog.organisation(alert.escalation.to)
        if alert.instead_of:
            with _at(path, *place, "instead_of"):
                catalog.alert(alert.instead_of)


def _check_watched(path: Path, place: tuple[str | int, ...], alert: Alert, of: Dataset) -> None:
    """Refuse a measure, column, code or place that the dataset of a rule does not have."""
    if alert.measure:
        with _at(path, *place, "measure"):
            of.measure(alert.measure)
    for name, codes in alert.where.items():
        with _at(path, *place, "where", name):
            _check_codes(of, name, codes)
    if alert.watches != "measure":
        for name in INCIDENT_COLUMNS:
            with _at(path, *place, "watches"):
                of.column(name)
    if alert.watches == "measure" and (of.time is None or of.time.grain not in {"hour", "day"}):
        words = f"{of.id} does not tell hours or days apart. Watch another dataset."
        raise CatalogError(f"{path}:{line_of(path, (*place, 'dataset'))}: {words}")
    if alert.by == "district" and (of.place is None or of.place.area is None):
        words = f"{of.id} has no areas. Watch it by city."
        raise CatalogError(f"{path}:{line_of(path, (*place, 'by'))}: {words}")


def _check_words(catalog: "Catalog") -> None:
    """Refuse words for a thing that is not there."""
    finders = {
        "indicator": catalog.indicator,
        "dataset": catalog.dataset,
        "board": catalog.board,
        "area": catalog.area,
    }
    for thing in catalog.words:
        kind, _, name = thing.partition("/")
        with _at(catalog.folder / "words.yaml", "words", thing):
            finders[kind](name)


def _misplaced(node: PlanNode, kinds: Mapping[str, str]) -> str:
    above = ABOVE[node.kind]
    there = (
        f"{node.parent!r} is {kinds.get(node.parent, 'not there')}"
        if node.parent
        else "it has none"
    )
    if above is None:
        return f"{node.id} is a vision and lies in nothing; leave its parent out."
    wanted = ", ".join(name for name, kind in kinds.items() if kind == above)
    return f"{node.kind} {node.id} needs a parent that is {above}; {there}. There are: {wanted}."


def _refuse_twice(path: Path, place: tuple[str | int, ...], name: str, seen: set[str]) -> None:
    if name in seen:
        msg = f"{path}:{line_of(path, place)}: the id {name!r} stands twice. Name one otherwise."
        raise CatalogError(msg)
    seen.add(name)


def _check_codes(dataset: Dataset, name: str, codes: tuple[str, ...]) -> None:
    labels = dataset.column(name).labels
    for code in codes:
        if labels is not None and code not in labels:
            within = f"column {name} of dataset {dataset.id}"
            raise UnknownNameError("code", code, known=list(labels), within=within)


def _check_groups(catalog: "Catalog", board: Board) -> None:
    path = catalog.folder / "boards" / f"{board.id}.yaml"
    for n, group in enumerate(board.groups):
        for position, indicator in enumerate(group.indicators):
            with _at(path, "groups", n, "indicators", position):
                catalog.indicator(indicator)
    if board.headline:
        with _at(path, "headline"):
            catalog.indicator(board.headline)


def _check_dataset(catalog: "Catalog", board: Board) -> None:
    path = catalog.folder / "boards" / f"{board.id}.yaml"
    if board.dataset:
        with _at(path, "dataset"):
            catalog.dataset(board.dataset)
    for n, name in enumerate(board.datasets):
        with _at(path, "datasets", n):
            catalog.dataset(name)
    for n, name in enumerate(board.indicators):
        with _at(path, "indicators", n):
            catalog.indicator(name)


@contextlib.contextmanager
def _at(path: Path, *place: str | int) -> Iterator[None]:
    try:
        yield
    except UnknownNameError as error:
        raise CatalogError(f"{path}:{line_of(path, place)}: {error}") from error
