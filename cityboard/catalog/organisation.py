"""Who answers for what: bureaus, headquarters, agencies and what they belong to."""

from typing import Literal

from cityboard.catalog.dataset import Name
from cityboard.catalog.text import Entry, Text


class Organisation(Entry):
    """One part of the administration, or another body that answers for a number.

    Attributes:
        kind: What it is; `external` where the city does not direct it.
        parent: The organisation it belongs to; None of the city itself and of others' bodies.
    """

    id: Name
    title: Text
    kind: Literal["city", "bureau", "headquarters", "agency", "corporation", "external"]
    parent: Name | None = None


class Organisations(Entry):
    """The organisations of a city, in the order they are shown."""

    organisations: tuple[Organisation, ...]
