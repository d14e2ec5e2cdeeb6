"""Simulate the 66 core pledges and their milestones."""

import datetime as dt

import numpy as np
import polars as pl

from cityboard.catalog import Catalog

TOLD_ON = dt.date(2019, 12, 31)  # the day the scenario stands at: the end of the budget year
# Step → the share of a pledge's term after which it is due.
STAGES = {"plan": 0.1, "budget": 0.2, "begun": 0.35, "midway": 0.65, "reached": 1.0}
# Pledges whose goal is reached go on where they are kept anew every year.
ENDED = {"done": 9, "done_continuing": 14, "on_hold": 3, "dropped": 2}
# Reached early, it would leave nothing to ask of the promise that is asked about most.
STAYS_UNDER_WAY = "public_rental_housing"
SHARE_OF_PROGRAMME = (0.1, 0.6)  # of four years of a programme, all its pledges together; drawn
WON_A_WEIGHT = 400_000_000  # a programme's weight is a year's budget in 100 million won
PLEDGE_WON = 10_000_000  # budgets of pledges are whole tens of millions
SLIP_DAYS = 45  # mean delay of a milestone that was reached
LATE_SHARE = 0.2  # of the milestones due by now under a pledge under way, not reached


def read_words(catalog: Catalog, name: str) -> pl.DataFrame:
    """Return a word list of the scenario, every cell text, a blank one null."""
    return pl.read_csv(catalog.folder / "scenario" / f"{name}.csv", infer_schema=False)


def milestones(
    random: np.random.Generator,
    catalog: Catalog,
    tables: dict[str, pl.DataFrame],  # noqa: ARG001 - a table's form
) -> pl.DataFrame:
    """Return the milestones of every pledge, with the pledge's status.

    Five of a pledge, `STAGES`, from its start to its due day. Of a pledge that is done all are
    reached, of one on hold or dropped none after the second; of one under way most of those that
    are due, never the last.
    """
    words = read_words(catalog, "pledges")
    statuses = _statuses(random, words)
    rows = []
    for pledge, status in zip(words.get_column("pledge_id"), statuses, strict=True):
        start, due = _term(random, status)
        before: dt.date | None = start  # no step is reached before the one ahead of it
        for n, (stage, share) in enumerate(STAGES.items(), start=1):
            due_date = start + dt.timedelta(days=round((due - start).days * share))
            before = _done_date(random, due_date, status, number=n, before=before)
            rows.append(
                {
                    "milestone_id": f"{pledge}_{n}",
                    "pledge_id": pledge,
                    "stage_code": stage,
                    "due_date": due_date,
                    "done_date": before,
                    "start_date": start,
                    "status_code": status,
                }
            )
    done = pl.col("done_date").is_not_null().cast(pl.Int32)
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(milestones=1, done=done)


def pledges(
    random: np.random.Generator, catalog: Catalog, tables: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return the pledges; status, days and progress are those of their milestones.

    Budgets are of the whole plan (four years); what was spent by now follows the progress.
    """
    words = read_words(catalog, "pledges").drop("continues")
    owners = read_words(catalog, "programmes").select(
        "programme_id", pl.col("weight").cast(pl.Float64), owner_id="bureau_id"
    )
    told = (
        tables["milestones"]
        .group_by("pledge_id")
        .agg(
            pl.col("status_code").first(),
            pl.col("start_date").first(),
            pl.col("due_date").max(),
            progress_pct=pl.col("done").mean() * 100,
        )
    )
    frame = words.join(owners, on="programme_id", how="left").join(told, on="pledge_id", how="left")
    frame = frame.sort("pledge_id").with_columns(pl.col("indicator_number").cast(pl.Int32))
    share = frame.select(pl.col("weight") / pl.len().over("programme_id")).to_series().to_numpy()
    share = share * random.uniform(*SHARE_OF_PROGRAMME, frame.height) * WON_A_WEIGHT
    planned = np.round(share / PLEDGE_WON).astype(np.int64)
    progress = frame.get_column("progress_pct").to_numpy() / 100
    spent = np.round(planned * progress * random.uniform(0.8, 1.0, frame.height)).astype(np.int64)
    status = pl.col("status_code")
    return frame.with_columns(
        vision_code=pl.col("task_id").replace_strict(_visions(catalog)),
        planned_krw=pl.Series(planned * PLEDGE_WON),
        executed_krw=pl.Series(spent * PLEDGE_WON),
        pledges=1,
        fulfilled=status.is_in(["done", "done_continuing"]).cast(pl.Int32),
    )


def _visions(catalog: Catalog) -> dict[str, str]:
    """Return task → the vision it lies in."""
    plan = catalog.plan
    return {n.id: plan.path(n)[0] for n in plan.nodes if n.kind == "task"} if plan else {}


def _statuses(random: np.random.Generator, words: pl.DataFrame) -> list[str]:
    """Return a status for every pledge, in order; their totals are `ENDED`, the rest under way."""
    statuses = np.full(words.height, "under_way", dtype=object)
    goes_on = (words.get_column("continues") == "1").to_numpy()
    free = (words.get_column("task_id") != STAYS_UNDER_WAY).to_numpy()
    for status, count in ENDED.items():
        fits = free & (goes_on if status == "done_continuing" else ~goes_on)
        chosen = random.choice(np.flatnonzero(fits), count, replace=False)
        statuses[chosen], free[chosen] = status, False
    return [str(status) for status in statuses]


def _term(random: np.random.Generator, status: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a pledge."""
    start = dt.date(2018, 7, 1) + dt.timedelta(days=int(random.integers(0, 270)))
    if status.startswith("done"):
        return start, dt.date(2019, 7, 1) + dt.timedelta(days=int(random.integers(0, 120)))
    return start, dt.date(2020, 12, 31) + dt.timedelta(days=int(random.integers(0, 545)))


def _done_date(
    random: np.random.Generator,
    due: dt.date,
    status: str,
    *,
    number: int,
    before: dt.date | None,
) -> dt.date | None:
    """Return when a step was reached; None where it, or the one ahead of it, is not."""
    slip, luck = dt.timedelta(days=round(random.exponential(SLIP_DAYS))), random.random()
    if before is None:
        return None
    reached = min(max(due + slip, before), TOLD_ON)
    if status.startswith("done"):
        return reached
    is_late = luck < LATE_SHARE and number > 2
    if due > TOLD_ON or number == len(STAGES) or is_late:
        return None
    return reached if status == "under_way" or number <= 2 else None
