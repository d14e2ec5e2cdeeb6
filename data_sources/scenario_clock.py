"""When things happen on the day of the scenario, and how long after they are known."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np

DAY = dt.date(2019, 3, 5)  # a Tuesday, with 102 to 156 μg/m³ of PM2.5 in every hour
ZONE = ZoneInfo("Asia/Seoul")
KNOWN_SECONDS = (5, 40)  # from a step to its being known, where nothing delays it
LATE_MINUTES = (6, 25)  # where something does


def instant(day: dt.date, minutes: float) -> dt.datetime:
    """Return an instant (UTC, whole seconds) some minutes after a day has begun in Seoul."""
    midnight = dt.datetime.combine(day, dt.time(), ZONE).astimezone(dt.UTC)
    return midnight + dt.timedelta(seconds=round(minutes * 60))


def minutes_of_day(random: np.random.Generator, count: int, hours: Sequence[float]) -> np.ndarray:
    """Return (count,) minutes from midnight, ascending; an hour is as likely as its weight."""
    weights = np.asarray(hours) / np.sum(hours)
    drawn = random.choice(24, count, p=weights) * 60 + random.uniform(0, 60, count)
    return np.sort(drawn)


def known_after(random: np.random.Generator, at: dt.datetime, *, late_share: float) -> dt.datetime:
    """Return when a step is known: seconds after it, or minutes for a share of them."""
    is_late, seconds = random.random() < late_share, random.uniform(*KNOWN_SECONDS)
    minutes = random.uniform(*LATE_MINUTES)
    return at + dt.timedelta(seconds=round(minutes * 60 if is_late else seconds))
