"""The four-year plan: its totals, its published words, and a task for every number watched."""

import pytest

from cityboard.catalog import Plan
from tests.cleaning import seoul

GENDER_TASKS = {
    "Strengthening gender mainstreaming in municipal administration",
    "Strengthening management of gender-separated statistics",
    "Operation of the Seoul #With U Center",
    "Fostering of gender-equal social designers",
    "Implementation of gender-equal labour policy",
}


@pytest.fixture
def plan() -> Plan:
    """Return the plan of Seoul."""
    found = seoul().plan
    assert found is not None
    return found


def test_the_plan_has_its_published_totals(plan: Plan) -> None:
    assert len(plan.below(None, "vision")) == 5
    assert len(plan.below("democratic", "area")) == 6
    assert len(plan.below("democratic", "task")) == 29
    assert len(plan.below("gender_equality_area", "task")) == 5


def test_the_tasks_of_gender_equality_bear_their_published_names(plan: Plan) -> None:
    tasks = plan.below("gender_equality_area", "task")
    assert {task.title.en for task in tasks} == GENDER_TASKS


def test_the_other_visions_have_three_to_five_areas_of_two_to_five_tasks(plan: Plan) -> None:
    for vision in plan.below(None, "vision"):
        areas = plan.below(vision.id, "area")
        assert vision.id == "democratic" or 3 <= len(areas) <= 5
        assert all(2 <= len(plan.below(area.id, "task")) <= 5 for area in areas)


def test_what_was_not_published_is_marked_and_nothing_else(plan: Plan) -> None:
    published = {node.id for node in plan.nodes if not node.is_simulated}
    visions = {node.id for node in plan.below(None, "vision")}
    gender = {node.id for node in plan.below("gender_equality_area", "task")}
    assert published == visions | gender | {"gender_equality_area"}


def test_no_title_stands_twice_under_one_node(plan: Plan) -> None:
    for language in ("ko", "en"):
        titles = [(n.parent, n.title.in_language(language)) for n in plan.nodes]
        assert len(set(titles)) == len(titles)
