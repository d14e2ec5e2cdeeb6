"""Simulate the execution of the budget of 2019: 35.74 trillion won, by programme and month."""

import datetime as dt

import numpy as np
import polars as pl

from cityboard.catalog import Catalog
from data_sources.scenario_pledges import read_words

TOTAL_KRW = 35_740_000_000_000  # gross budget of 2019 as the city's work plan of 2020 rounds it
UNIT_KRW = 1_000_000
YEAR = 2019
# Share of the year planned per month: a city spends early in the year, and before it closes.
SEASON = np.array([6, 8, 10, 9, 8, 9, 7, 7, 8, 8, 9, 11], dtype=float)
PACE = (0.93, 0.995)  # what a bureau spends of its plan; drawn
BEHIND = {"regeneration": 0.68, "housing": 0.86}  # bureaus that are plainly behind it
OVER_SHARE = 0.04  # of programme months that spend more than planned
OVER_CODES = ("advance", "carried_over", "supplementary")


def budget_execution(
    random: np.random.Generator,
    catalog: Catalog,
    tables: dict[str, pl.DataFrame],  # noqa: ARG001 - a table's form
) -> pl.DataFrame:
    """Return planned and executed won per programme and month, of the month and since January.

    No month spends more than planned without `is_over_plan` and the reason in `over_plan_code`;
    the flag stays while the sum since January is above its plan.
    """
    words = read_words(catalog, "programmes")
    weights = words.get_column("weight").cast(pl.Float64).to_numpy()
    season = SEASON * random.uniform(0.85, 1.15, (words.height, 12))
    year = _shared_out(TOTAL_KRW // UNIT_KRW, weights)
    planned = np.array([_shared_out(sum_, shape) for sum_, shape in zip(year, season, strict=True)])
    executed, over = _executed(random, planned, words.get_column("bureau_id").to_list())
    rows = [
        _rows(programme, planned[n], executed[n], over[n])
        for n, programme in enumerate(words.select("programme_id", "bureau_id").rows(named=True))
    ]
    return pl.concat(rows)


def _shared_out(total: int, weights: np.ndarray) -> np.ndarray:
    """Return whole shares that add up to a total, by largest remainder (Hare-Niemeyer)."""
    exact = total * weights / weights.sum()
    shares = np.floor(exact).astype(np.int64)
    largest = np.argsort(shares - exact, kind="stable")[: total - shares.sum()]
    shares[largest] += 1
    return shares


def _executed(
    random: np.random.Generator, planned: np.ndarray, bureaus: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return what was spent (programmes, 12), and in which months more than planned on purpose."""
    paces = {name: BEHIND.get(name, random.uniform(*PACE)) for name in dict.fromkeys(bureaus)}
    pace = np.array([paces[name] for name in bureaus])[:, None]
    usual = np.minimum(pace * random.normal(1, 0.05, planned.shape), 1.0)
    on_time = ~np.isin(bureaus, list(BEHIND))[:, None]
    over = (random.random(planned.shape) < OVER_SHARE) & on_time
    share = np.where(over, random.uniform(1.02, 1.2, planned.shape), usual)
    return np.floor(planned * share).astype(np.int64), over


def _rows(
    programme: dict[str, str], planned: np.ndarray, executed: np.ndarray, over: np.ndarray
) -> pl.DataFrame:
    reason = OVER_CODES[sum(programme["programme_id"].encode()) % len(OVER_CODES)]
    frame = pl.DataFrame(
        {
            "month": [dt.date(YEAR, n, 1) for n in range(1, 13)],
            "planned_krw": planned * UNIT_KRW,
            "executed_krw": executed * UNIT_KRW,
            "planned_to_date_krw": planned.cumsum() * UNIT_KRW,
            "executed_to_date_krw": executed.cumsum() * UNIT_KRW,
        }
    ).with_columns(pl.lit(value).alias(name) for name, value in programme.items())
    is_over = pl.Series(over) | (pl.col("executed_krw") > pl.col("planned_krw"))
    is_over |= pl.col("executed_to_date_krw") > pl.col("planned_to_date_krw")
    return frame.with_columns(is_over_plan=is_over).with_columns(
        over_plan_code=pl.when("is_over_plan").then(pl.lit(reason))
    )
