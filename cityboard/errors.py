"""One tree of errors: every message says what was asked, what was there, and what to do."""

NAMES_SHOWN = 20


def listed(names: list[str]) -> str:
    """Return names for a message, the first of them where there are many."""
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return (", ".join(name[:100] for name in names[:NAMES_SHOWN]) or "none") + more


class CityboardError(Exception):
    """Stand at the root of everything the command line prints without a traceback."""


class CatalogError(CityboardError):
    """A catalogue file is missing, not YAML, or breaks its schema; names the file and line."""


class UnknownNameError(CityboardError):
    """A dataset, column, measure, area, board or indicator is not in the catalogue.

    Args:
        kind: What was asked for, in the words of the glossary ("dataset", "column").
        name: The name as asked.
        known: Every name there is.
        within: Where it was looked for, for the message.
    """

    def __init__(self, kind: str, name: str, *, known: list[str], within: str) -> None:
        self.kind, self.name, self.known = kind, name, sorted(known)
        super().__init__(f"No {kind} {name!r} in {within}. There is: {listed(self.known)}.")


class SourceError(CityboardError):
    """An upstream file or service could not be read; names it and the remedy."""


class PassingError(SourceError):
    """An upstream fault that may pass: another try may help."""


class SwitchedOffError(SourceError):
    """A source lacks what switches it on, as an address: that is no fault."""


class NoKeyError(SwitchedOffError):
    """A service needs a key and there is none."""


class QuotaError(SourceError):
    """The daily quota of an upstream service is used up."""


class RowsLostError(SourceError):
    """Rows in are not published plus rejected: a cleaning step dropped rows in silence."""


class ContractError(SourceError):
    """A whole input breaks its dataset's contract (missing column, too few rows)."""


class LakeError(CityboardError):
    """A snapshot could not be published or opened."""


class NoSnapshotError(LakeError):
    """Nothing was published for the dataset at the version or date asked for."""


class OvertakenError(LakeError):
    """Another publisher has added a version since the one that was to be followed."""


class CorruptSnapshotError(LakeError):
    """A data file is missing, cut short, or differs from the checksum recorded at publish."""


class RollupError(CityboardError):
    """A rollup cannot be built as declared, or its files are damaged or missing."""


class NotHeldError(CityboardError):
    """A rollup does not hold the answer to a question; the rows do."""


class RecordsError(CityboardError):
    """What people record cannot be read or written."""


class QueryError(CityboardError):
    """A question the engine cannot answer as asked."""


class StepError(CityboardError):
    """A step cannot be taken: what takes it is not that far, or is closed."""


class RunnerError(CityboardError):
    """An engine elsewhere is not installed, does not start, or cannot be reached."""


class QueryTimeoutError(QueryError):
    """The engine took longer than the time limit and was interrupted."""


class ExportError(CityboardError):
    """An export cannot be made, or its folder cannot be written."""


class CancelledQuestionError(CityboardError):
    """A question was cancelled because a newer one took its place; nobody waits for its answer."""

    def __init__(self) -> None:
        super().__init__("the question was cancelled; a newer one took its place")


class DisclosureError(CityboardError):
    """The role may not see what was asked."""
