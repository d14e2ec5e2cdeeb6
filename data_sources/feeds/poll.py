"""Poll a feed: ask its service, take what it answers."""

import functools
import logging

from cityboard.errors import CityboardError, SwitchedOffError
from data_sources.distribution import ask
from data_sources.feeds.stream import Intake, Stream

log = logging.getLogger(__name__)


def poll(stream: Stream) -> Intake | None:
    """Ask once and append what is new; None where that failed, which the feed's state tells."""
    try:
        return stream.take(ask(stream.distribution, stream.lake))
    except SwitchedOffError as error:
        stream.failed(str(error), is_switched_off=True)
        _warn_once(stream.dataset.id, str(error))
    except CityboardError as error:
        stream.failed(str(error))
    except Exception as error:
        log.exception("%s could not be polled", stream.dataset.id)
        stream.failed(f"it could not be polled: {type(error).__name__}: {error}")
    return None


@functools.cache
def _warn_once(dataset: str, problem: str) -> None:
    log.warning("%s is off: %s", dataset, problem)
