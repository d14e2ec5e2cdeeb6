"""A page a topic: one map, three to five linked charts, its own datasets and its indicators."""

from pathlib import Path

import pandas as pd
import pytest

from cityboard.boards import TopicBoard, make_board
from cityboard.catalog import Board, Language
from cityboard.errors import UnknownNameError
from cityboard.observation import observe
from cityboard.selection import Members
from cityboard.store import Store, open_store
from cityboard.views.screen import open_screen
from tests.cleaning import SEOUL, seoul

TOPICS = {board.id: board for board in seoul().boards.values() if board.layout == "topic"}
CHOICES = [(b.id, name) for b in TOPICS.values() for name in (b.dataset, *b.datasets)]
GANGNAM = Members("area", ("11680",))


@pytest.fixture(scope="module")
def store(figures_home: Path) -> Store:
    """Return Seoul from its embedded figures."""
    return open_store(SEOUL, figures_home)


def opened(
    store: Store, topic: str, dataset: str | None = None, *, language: Language = "ko"
) -> TopicBoard:
    """Return a topic's board, asked and shown."""
    screen = open_screen(store, language=language, is_live=False)
    board = make_board(screen, topic, dataset=dataset)
    assert isinstance(board, TopicBoard)
    assert board.restore({}) == []
    return board


def charts(board: TopicBoard) -> list[str]:
    return [name for name in board.views if name not in {"crumbs", "about", "map", "table"}]


def test_every_subject_the_operator_names_has_a_page() -> None:
    assert {"safety", "transport", "air", "water", "education"} <= {*TOPICS}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_a_map_and_three_to_five_linked_charts(store: Store, topic: str) -> None:
    board = opened(store, topic)
    assert "map" in board.views
    assert 3 <= len(charts(board)) <= 5
    assert [view.problem for view in board.views.values() if view.problem] == []


@pytest.mark.parametrize(("topic", "dataset"), CHOICES)
def test_every_dataset_that_a_topic_offers_fills_its_page(
    store: Store, topic: str, dataset: str
) -> None:
    board = opened(store, topic, dataset)
    assert board.dataset.id == dataset
    assert [view.problem for view in board.views.values() if view.problem] == []
    assert {"map", "trend"} & {*board.views}


@pytest.mark.parametrize("topic", TOPICS)
def test_the_header_offers_the_datasets_of_the_topic_alone(store: Store, topic: str) -> None:
    entry = TOPICS[topic]
    offered = [dataset.id for dataset in opened(store, topic).choices]
    assert offered == [entry.dataset, *entry.datasets]


@pytest.mark.parametrize(
    ("dataset", "layer"),
    [("traffic_deaths", "areas"), ("crime", "areas"), ("cctv_cameras", "points")],
)
def test_a_map_of_few_points_begins_with_districts(store: Store, dataset: str, layer: str) -> None:
    assert opened(store, "safety", dataset).views["map"].layer == layer


def test_a_dataset_of_another_topic_is_refused(store: Store) -> None:
    with pytest.raises(UnknownNameError, match="libraries"):
        make_board(open_screen(store), "safety", dataset="libraries")


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_topic_says_what_it_shows_and_what_is_simulated(
    store: Store, topic: str, language: Language
) -> None:
    board = opened(store, topic, language=language)
    told = str(board.views["about"].markup()[1])
    entry = TOPICS[topic]
    assert entry.title.in_language(language) in told
    assert str(entry.description.in_language(language)).replace("'", "&#39;") in told
    provenance = store.snapshot(board.dataset.id).lineage.provenance
    assert ('class="simulated-words"' in told) == (provenance == "simulated")


@pytest.mark.parametrize("topic", TOPICS)
def test_every_indicator_of_a_topic_is_a_tile_that_opens_its_page(store: Store, topic: str) -> None:
    told = str(opened(store, topic).views["about"].markup()[1])
    for name in TOPICS[topic].indicators:
        assert f'href="indicator?indicator={name}&amp;' in told
    assert told.count("data-indicator") == 2 * len(TOPICS[topic].indicators)  # the link, the tile


def test_the_tiles_follow_the_districts_selected_and_not_the_period(store: Store) -> None:
    board = opened(store, "safety")
    about = board.views["about"]
    for parameters, where in (
        ({"area": "11680"}, (GANGNAM,)),
        ({"time": "2018-03-01..2018-04-01"}, ()),
    ):
        board.restore(parameters)
        seen = next(each.seen for each in about.result.listed if each.seen)
        expected = observe(store, store.indicator(TOPICS["safety"].indicators[0]), where=where)
        assert (seen.value, seen.period) == (expected.value, expected.period)


@pytest.mark.parametrize("topic", TOPICS)
def test_the_bars_of_districts_add_up_as_the_published_rows_do(store: Store, topic: str) -> None:
    board = opened(store, topic)
    dataset = board.dataset
    rows = pd.concat([pd.read_parquet(p) for p in store.snapshot(dataset.id).files])
    if name := dataset.told_apart_by:  # one thing at a time: the first
        rows = rows[rows[name] == next(iter(dataset.column(name).labels))]
    measure = dataset.measures[0]
    groups = rows.groupby(dataset.place.area)
    column = groups.size() if measure.column is None else groups[measure.column]
    expected = column if measure.column is None else getattr(column, measure.aggregate)()
    frame = board.views["ranking"].result.frame.dropna()
    seen = dict(zip(frame["district"], frame[measure.id], strict=True))
    assert seen == pytest.approx(expected.to_dict())


def test_a_board_names_its_topic_by_entries_that_are_there(store: Store) -> None:
    names = store.catalog.datasets, store.catalog.indicators
    for entry in TOPICS.values():
        assert isinstance(entry, Board)
        assert {entry.dataset, *entry.datasets} <= {*names[0]}
        assert {*entry.indicators} <= {*names[1]}
