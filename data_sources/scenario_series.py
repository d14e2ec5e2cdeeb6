"""Simulate one series: a path with season and noise, shared out so that its parts add up to it."""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
import polars as pl

from cityboard.catalog import Area

SEED = 62  # with an indicator's number, so that a new series leaves the others as they are
MONTHS: dict[str, int] = {"M": 1, "Q": 3, "A": 12}
PERSISTENCE = 0.6  # of a deviation from the path that is left a period later
DISTRICT = "district_code"
SIMULATED, ANCHORED = "simulated", "anchored"


@dataclasses.dataclass(frozen=True)
class Share:
    """A code of a breakdown.

    Attributes:
        weight: Its share of the denominator, or of the number itself; parts need not add up to 1.
        factor: How far its ratio lies above (1.1) or below (0.9) the city's.
    """

    code: str
    weight: float
    factor: float = 1.0


@dataclasses.dataclass(frozen=True)
class Assumption:
    """What a scenario assumes of one indicator.

    Attributes:
        number: Of the indicator in the list.
        indicator: Its id.
        frequency: Length of a period: month, quarter or year.
        path: Year (2019.5 is the middle of 2019) → the city's value, as a fraction where it is a
            ratio; straight in between.
        over: The same of the denominator; empty where the number is no ratio.
        first: First year simulated.
        last: Last year simulated, included.
        cited: Year → the city's ratio that a published text gives; the series passes through it.
        is_share: Whether a ratio lies between 0 and 1 in every part.
        is_cumulative: Whether the number never falls, in no part.
        season: Amplitude of the yearly wave, relative.
        peak_month: Where the wave is highest.
        noise: Standard deviation of what is neither path nor season, relative.
        districts: How unlike districts are (standard deviation of the logarithm); None without.
        is_by_population: Whether a district's weight is its population; else all weigh alike.
        uplift: District code → factor that is known to be unusual.
        breakdowns: Column → its parts.
    """

    number: int
    indicator: str
    frequency: Literal["M", "Q", "A"]
    path: Mapping[float, float]
    over: Mapping[float, float] = dataclasses.field(default_factory=dict)
    first: int = 2019
    last: int = 2024
    cited: Mapping[int, float] = dataclasses.field(default_factory=dict)
    is_share: bool = True
    is_cumulative: bool = False
    season: float = 0.0
    peak_month: int = 5
    noise: float = 0.01
    districts: float | None = None
    is_by_population: bool = True
    uplift: Mapping[str, float] = dataclasses.field(default_factory=dict)
    breakdowns: Mapping[str, Sequence[Share]] = dataclasses.field(default_factory=dict)

    @property
    def periods(self) -> list[dt.date]:
        """Return the first day of each period, in order."""
        step = MONTHS[self.frequency]
        years = range(self.first, self.last + 1)
        return [dt.date(year, month, 1) for year in years for month in range(1, 13, step)]


def simulate(assumption: Assumption, districts: Sequence[Area]) -> pl.DataFrame:
    """Return a series and its parts.

    Args:
        assumption: What is assumed.
        districts: Those of the city, with their population.

    Returns:
        One row a period and part, ordered so: `indicator_code`, `period_start_date`, the columns of
        the breakdowns, `numerator`, `denominator` (null where the number is no ratio),
        `obs_status`. Parts add up to the city in every period.
    """
    rng = np.random.default_rng([SEED, assumption.number])
    names, cells, weights, factors = _cells(assumption, districts, rng)
    periods = assumption.periods
    numerator, denominator = _city(assumption, rng)
    if assumption.over:
        over = np.array([apportion(total, weights, rng) for total in denominator])
        split = [
            _shared(assumption, total, n=n, factors=factors, rng=rng)
            for total, n in zip(numerator, over, strict=True)
        ]
        parts = np.array(split)
    else:
        parts, over = _added(assumption, numerator, weights * factors, rng), None
    is_cited = [day.year in assumption.cited for day in periods]
    columns: dict[str, object] = {
        "indicator_code": assumption.indicator,
        "period_start_date": np.repeat(np.array(periods, dtype="datetime64[D]"), len(cells)),
        **{name: [cell[n] for cell in cells] * len(periods) for n, name in enumerate(names)},
        "numerator": parts.ravel(),
        "denominator": None if over is None else over.ravel(),
        "obs_status": [ANCHORED if cited else SIMULATED for cited in is_cited for _ in cells],
    }
    whole = {"numerator": pl.Int64, "denominator": pl.Int64}
    return pl.DataFrame(columns, schema_overrides=whole)


def apportion(total: int, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return whole numbers that add up to a total, each within 1 of its weight's share of it.

    Args:
        total: What is shared out.
        weights: (n,) None below 0.
        rng: Chooses which shares are rounded up, so that none is favoured over many periods.

    Source: W. G. Madow, On the theory of systematic sampling, II, Ann. Math. Stat. 20 (1949).
    """
    order = rng.permutation(len(weights))
    edges = np.floor(total * np.cumsum(weights[order]) / weights.sum() + rng.random())
    edges[-1] = total
    shares = np.empty(len(weights), dtype=np.int64)
    shares[order] = np.diff(edges, prepend=0).astype(np.int64)
    return shares


def _cells(
    assumption: Assumption, districts: Sequence[Area], rng: np.random.Generator
) -> tuple[list[str], list[tuple[str, ...]], np.ndarray, np.ndarray]:
    """Return the columns, and code, weight and factor of each combination of parts."""
    breakdowns = dict(assumption.breakdowns)
    if assumption.districts is not None:
        breakdowns = {DISTRICT: list(_district_parts(assumption, districts, rng)), **breakdowns}
    cells = list(itertools.product(*breakdowns.values()))
    codes = [tuple(part.code for part in cell) for cell in cells]
    weights = [float(np.prod([part.weight for part in cell])) for cell in cells]
    factors = [float(np.prod([part.factor for part in cell])) for cell in cells]
    return list(breakdowns), codes, np.array(weights), np.array(factors)


def _district_parts(
    assumption: Assumption, districts: Sequence[Area], rng: np.random.Generator
) -> Iterator[Share]:
    unlike = np.exp(rng.normal(0.0, assumption.districts or 0.0, len(districts)))
    for area, factor in zip(districts, unlike, strict=True):
        weight = (area.population or 0) if assumption.is_by_population else 1.0
        yield Share(area.code, weight, float(factor) * assumption.uplift.get(area.code, 1.0))


def _city(assumption: Assumption, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Return the city's numerator and denominator in each period, whole."""
    periods = assumption.periods
    at = np.array([day.year + (day.month - 1) / 12 for day in periods])
    at += MONTHS[assumption.frequency] / 24
    months = np.array([day.month for day in periods])
    wave = np.cos(2 * np.pi * (months - assumption.peak_month) / 12)
    values = _along(assumption.path, at) * (1 + assumption.season * wave)
    values *= 1 + _deviations(len(periods), assumption.noise, rng)
    cited = [assumption.cited.get(day.year) for day in periods]
    if not assumption.over:
        return [round(float(value)) for value in values], []
    over = _along(assumption.over, at)
    # A denominator in thousands, so that a ratio cited to a tenth of a per cent is met exactly.
    bases = [round(d, -3) if c else round(d) for d, c in zip(over.tolist(), cited, strict=True)]
    ratios = [c or v for v, c in zip(values.tolist(), cited, strict=True)]
    return [round(r * d) for r, d in zip(ratios, bases, strict=True)], bases


def _along(path: Mapping[float, float], at: np.ndarray) -> np.ndarray:
    return np.interp(at, list(path), list(path.values()))


def _deviations(count: int, size: float, rng: np.random.Generator) -> np.ndarray:
    """Return relative deviations that fade from one period to the next."""
    steps = rng.normal(0.0, size * np.sqrt(1 - PERSISTENCE**2), count)
    deviations = np.zeros(count)
    for n, step in enumerate(steps):
        deviations[n] = step + (PERSISTENCE * deviations[n - 1] if n else 0.0)
    return deviations


def _shared(
    assumption: Assumption,
    total: int,
    *,
    n: np.ndarray,
    factors: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a numerator shared out over parts with denominators `n`."""
    ratio = total / n.sum()
    if not assumption.is_share or ratio <= 0.5:
        return apportion(total, n * factors, rng)
    # Of a large share the rest is shared out: no part can then have more than all of its own.
    rest = np.maximum(1 - ratio * factors, (1 - ratio) / 5)
    return n - apportion(int(n.sum()) - total, n * rest, rng)


def _added(
    assumption: Assumption, totals: list[int], weights: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return numbers that add up, shared out in each period, or as they grow."""
    if not assumption.is_cumulative:
        return np.array([apportion(total, weights, rng) for total in totals])
    rising = np.maximum.accumulate(np.array(totals))
    steps = [apportion(int(step), weights, rng) for step in np.diff(rising, prepend=0)]
    return np.cumsum(np.array(steps), axis=0)
