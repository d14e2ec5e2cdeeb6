"""Alarms: what the rules of the catalogue say about what was known at an instant.

Nothing is remembered between two looks: alarms are computed from the rows that were known, so they
are the same in a replay, after a restart and on every screen.
"""

from cityboard.alerts.alarm import (
    Alarm,
    Evaluation,
    LogLine,
    acknowledge,
    acknowledgements,
    active,
    alarms,
    city_records,
    evaluate,
    log,
)

__all__ = [
    "Alarm",
    "Evaluation",
    "LogLine",
    "acknowledge",
    "acknowledgements",
    "active",
    "alarms",
    "city_records",
    "evaluate",
    "log",
]
