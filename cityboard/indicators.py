"""The list of indicators: value, source and date of each, and the line that rebuilds it."""

from typing import Any

from cityboard.catalog import Indicator
from cityboard.errors import CityboardError
from cityboard.observation import GRAINS, Observation, observe
from cityboard.store import Store
from cityboard.words import period_words


def listed(store: Store, indicator: Indicator) -> dict[str, Any]:
    """Return one indicator as a row for programs.

    Args:
        store: Answers.
        indicator: One of its catalogue.

    Returns:
        `value` in `unit`, None with a `problem` where it cannot be had; `period` it is about in
        words and from `first_day` to `last_day`; `as_of`, the last day its figures are about;
        `known_at`, when they were published here (UTC); `line`, which rebuilds it in a notebook.
    """
    organisation = store.catalog.organisation(indicator.owner)
    row = {
        "id": indicator.id,
        "number": indicator.number,
        "title_ko": indicator.title.ko,
        "title_en": indicator.title.en,
        "unit": indicator.unit,
        "decimals": indicator.decimals,
        "frequency": indicator.frequency,
        "direction": indicator.direction,
        "owner": organisation.title.en,
        "owner_ko": organisation.title.ko,
        "dataset": indicator.dataset,
        "measures_otherwise": None if (m := indicator.measures_otherwise) is None else m.en,
    }
    names = ("value", "period", "first_day", "last_day", "provenance", "source", "as_of")
    missing = (*names, "known_at", "version", "line")
    try:
        return {**row, **_seen(store, observe(store, indicator)), "problem": None}
    except CityboardError as error:
        return {**row, **dict.fromkeys(missing), "problem": str(error)}


def rebuilding_line(store: Store, observed: Observation) -> str:
    """Return the line that rebuilds an observation in a notebook, from the same version."""
    at = store.as_of or observed.answer.snapshot.published_at
    name = f"{store.catalog.id}/{observed.indicator.id}"
    return f'from cityboard.notebook import load; load("{name}", as_of="{at.isoformat()}")'


def _seen(store: Store, observed: Observation) -> dict[str, Any]:
    indicator, snapshot = observed.indicator, observed.answer.snapshot
    dataset = store.dataset(indicator.dataset)
    told = [day for day in (observed.until, store.freshness(dataset.id).last) if day]
    about = min(told, default=None)  # of a stock the day it was counted on, not its period's last
    return {
        "value": observed.value,
        "period": period_words(observed.period, GRAINS[indicator.frequency], "en")
        if observed.period
        else None
        if about is None
        else about.isoformat(),
        "first_day": observed.period.isoformat() if observed.period else None,
        "last_day": about.isoformat() if about else None,
        "provenance": observed.answer.provenance,
        "source": dataset.publisher.en,
        "as_of": about.isoformat() if about else None,
        "known_at": snapshot.published_at.isoformat(timespec="seconds"),
        "version": snapshot.version,
        "line": rebuilding_line(store, observed),
    }
