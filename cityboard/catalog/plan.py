"""The city's plan: visions, areas and tasks, a tree."""

from typing import Literal

from cityboard.catalog.dataset import Name
from cityboard.catalog.text import Entry, Text

ABOVE: dict[str, str | None] = {"vision": None, "area": "vision", "task": "area"}


class PlanNode(Entry):
    """A vision, an area of one, or a task of an area.

    Attributes:
        parent: The vision of an area, the area of a task; None of a vision.
        is_simulated: Whether its words were made up because the city has published none.
    """

    id: Name
    kind: Literal["vision", "area", "task"]
    title: Text
    parent: Name | None = None
    is_simulated: bool = False


class Plan(Entry):
    """A plan.

    Attributes:
        first_year: Its first year.
        last_year: Its last.
        source: Where its words were published, and what was not.
        nodes: Every vision, area and task, in the order shown.
    """

    title: Text
    first_year: int
    last_year: int
    source: Text
    nodes: tuple[PlanNode, ...]

    def below(self, node: str | None, kind: Literal["vision", "area", "task"]) -> list[PlanNode]:
        """Return the nodes of a kind that are anywhere below a node, in order.

        Args:
            node: Id of a vision, an area or a task, which lies below itself; None is the plan.
            kind: Of the nodes wanted.
        """
        return [n for n in self.nodes if n.kind == kind and (node is None or node in self.path(n))]

    def path(self, node: PlanNode) -> tuple[str, ...]:
        """Return the ids from a node's vision to itself."""
        named = {each.id: each for each in self.nodes}
        path = [node]
        while path[0].parent is not None:
            path.insert(0, named[path[0].parent])
        return tuple(each.id for each in path)
