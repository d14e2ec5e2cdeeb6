"""The registers: which sources there are and which are connected; which data types are shown."""

from cityboard.registers.data_types import (
    SHOWN_BY,
    DataType,
    DataTypes,
    can_fill,
    data_types,
    told_dimensions,
)
from cityboard.registers.listed import (
    LIST,
    WITH_SERVICE,
    WITHOUT_SERVICE,
    ListedPage,
    ListedSource,
    listed_page,
)
from cityboard.registers.sources import (
    ADAPTERS,
    STATES,
    Source,
    SourceCounts,
    SourceState,
    source_counts,
    sources,
)
from cityboard.registers.switch import entry_text, owner_of

__all__ = [
    "ADAPTERS",
    "LIST",
    "SHOWN_BY",
    "STATES",
    "WITHOUT_SERVICE",
    "WITH_SERVICE",
    "DataType",
    "DataTypes",
    "ListedPage",
    "ListedSource",
    "Source",
    "SourceCounts",
    "SourceState",
    "can_fill",
    "data_types",
    "entry_text",
    "listed_page",
    "owner_of",
    "source_counts",
    "sources",
    "told_dimensions",
]
