"""What people type for a thing besides its name."""

from typing import Annotated

from pydantic import StringConstraints

from cityboard.catalog.text import Entry

Thing = Annotated[str, StringConstraints(pattern=r"^(indicator|dataset|board|area)/[a-z0-9_]+$")]


class Words(Entry):
    """Names people type.

    Attributes:
        words: Kind and id of an entry → the names, in any language.
    """

    words: dict[Thing, tuple[str, ...]]
