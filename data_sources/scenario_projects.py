"""Simulate the 238 projects, 60 of them smart-city, and what audits found in some."""

import datetime as dt

import numpy as np
import polars as pl

from cityboard.catalog import Catalog
from data_sources.places import area_of_points
from data_sources.scenario_pledges import TOLD_ON, read_words

KINDS = {"regeneration": 56, "smart_city": 60, "other": 122}  # 238 together
MONTH_DAYS = 30.44
SUSPENDED_SHARE = 0.04
PROJECT_WON = 10_000_000  # budgets of projects are whole tens of millions
CANDIDATES = 60  # points drawn in a district's box; the first inside is taken
# Progress (%) from which the next milestone is another.
NEXT = {0: "approval", 15: "design", 30: "contract", 55: "midway", 80: "completion"}
FINDINGS = 44
SEVERITIES = {"minor": 0.5, "moderate": 0.36, "serious": 0.14}
STATES = {"open": 0.25, "in_progress": 0.35, "closed": 0.4}


def projects(
    random: np.random.Generator, catalog: Catalog, tables: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Return the projects: a kind of project of a pledge, in a district, at a point inside it.

    Progress follows the time that has passed since the start; what was spent follows progress.
    """
    pledged = tables["pledges"].select("pledge_id", "task_id", "owner_id")
    frame = _placed(random, catalog, _chosen(random, catalog)).join(
        pledged, on="pledge_id", how="left", maintain_order="left"
    )
    rows = pl.DataFrame([_course(random) for _ in range(frame.height)], infer_schema_length=None)
    planned = np.round(np.exp(random.normal(5.4, 0.9, frame.height))).astype(int) + 10
    spent = planned * rows.get_column("progress_pct").to_numpy() / 100
    spent *= random.uniform(0.75, 1.0, frame.height)
    return pl.concat([frame, rows], how="horizontal").with_columns(
        project_id=pl.format("j{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(3)),
        planned_krw=pl.Series(planned * PROJECT_WON),
        executed_krw=pl.Series(np.round(spent).astype(int) * PROJECT_WON),
    )


def audit_findings(
    random: np.random.Generator,
    catalog: Catalog,
    tables: dict[str, pl.DataFrame],
) -> pl.DataFrame:
    """Return the findings, each of another project that has begun, all of 2019."""
    begun = tables["projects"].filter(pl.col("progress_pct") > 0)
    chosen = begun[np.sort(random.choice(begun.height, FINDINGS, replace=False))]
    replies = read_words(catalog, "replies").rows(named=True)
    rows = [_finding(random, n, replies) for n in range(1, FINDINGS + 1)]
    owned = chosen.select("project_id", "owner_id", "district_code")
    return pl.concat([pl.DataFrame(rows, infer_schema_length=None), owned], how="horizontal")


def _chosen(random: np.random.Generator, catalog: Catalog) -> pl.DataFrame:
    """Return a kind of project and a district a row, no pair twice."""
    words = read_words(catalog, "project_kinds")
    districts = catalog.areas("district")
    rows = []
    for kind, count in KINDS.items():
        types = list(words.filter(kind_code=kind).iter_rows(named=True))
        shares = [count // len(types) + (n < count % len(types)) for n in range(len(types))]
        for each, share in zip(types, shares, strict=True):
            for n in np.sort(random.choice(len(districts), share, replace=False)):
                name = districts[n].name
                titles = {
                    "title_ko": f"{name.ko} {each['title_ko']}",
                    "title_en": f"{each['title_en']}, {name.en}",
                }
                rows.append({**each, **titles, "district_code": districts[n].code})
    return pl.DataFrame(rows)


def _placed(random: np.random.Generator, catalog: Catalog, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with a point (`lon`, `lat`) inside their district."""
    boxes = {o.code: _box(o.polygons) for o in catalog.outlines("district")}
    codes = frame.get_column("district_code").to_list()
    shares = random.random((frame.height, CANDIDATES, 2))
    low = np.array([boxes[code][0] for code in codes])[:, None]
    high = np.array([boxes[code][1] for code in codes])[:, None]
    drawn = np.round(low + shares * (high - low), 5).reshape(-1, 2)
    points = pl.DataFrame(drawn, schema=["lon", "lat"]).with_columns(
        row=pl.int_range(pl.len()) // CANDIDATES
    )
    inside = points.with_columns(area_of_points(points, catalog).alias("found"))
    inside = inside.with_columns(pl.Series("wanted", codes).gather(points.get_column("row")))
    inside = inside.filter(pl.col("found") == pl.col("wanted")).unique("row", keep="first")
    return frame.hstack(inside.sort("row").select("lon", "lat"))


def _box(polygons: tuple[tuple[np.ndarray, ...], ...]) -> tuple[np.ndarray, np.ndarray]:
    corners = np.concatenate([rings[0] for rings in polygons])
    return corners.min(axis=0), corners.max(axis=0)


def _course(random: np.random.Generator) -> dict[str, object]:
    """Return when a project begins and ends, how far it is, and what comes next."""
    start = dt.date(2018, 7, 1) + dt.timedelta(days=int(random.integers(0, 640)))
    due = start + dt.timedelta(days=round(int(random.integers(6, 40)) * MONTH_DAYS))
    passed = (TOLD_ON - start).days / (due - start).days
    progress = int(np.clip(100 * passed * random.normal(0.9, 0.25), 0, 100))
    is_suspended, wait = random.random() < SUSPENDED_SHARE, int(random.integers(20, 120))
    state = _state(progress, start, due, is_suspended=is_suspended)
    goes_on = state not in {"completed", "suspended"}
    following = [code for least, code in NEXT.items() if progress >= least][-1]
    soon = min(max(start, TOLD_ON) + dt.timedelta(days=wait), max(due, TOLD_ON))
    if state == "delayed":
        soon = TOLD_ON + dt.timedelta(days=wait)
    return {
        "start_date": start,
        "due_date": due,
        "progress_pct": float(progress),
        "state_code": state,
        "next_milestone_code": following if goes_on else None,
        "next_milestone_date": soon if goes_on else None,
    }


def _state(progress: int, start: dt.date, due: dt.date, *, is_suspended: bool) -> str:
    if progress == 100:
        return "completed"
    if start > TOLD_ON:
        return "planned"
    if is_suspended:
        return "suspended"
    return "delayed" if due <= TOLD_ON else "under_way"


def _finding(
    random: np.random.Generator, number: int, replies: list[dict[str, str | None]]
) -> dict[str, object]:
    reply = replies[random.integers(len(replies))]
    opened = dt.date(2019, 1, 2) + dt.timedelta(days=int(random.integers(0, 330)))
    took = dt.timedelta(days=int(random.integers(20, 120)))
    state = str(random.choice(list(STATES), p=list(STATES.values())))
    if state == "closed" and opened + took > TOLD_ON:
        state = "in_progress"
    if state == "open":
        reply = {**reply, "reply_ko": None, "reply_en": None}
    return {
        **reply,
        "finding_id": f"f{number:02d}",
        "severity_code": str(random.choice(list(SEVERITIES), p=list(SEVERITIES.values()))),
        "opened_date": opened,
        "state_code": state,
        "closed_date": opened + took if state == "closed" else None,
    }
