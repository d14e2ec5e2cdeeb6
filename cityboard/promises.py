"""From promise to money to outcome: pledges, their milestones and budget, projects and findings."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

import pandas as pd

from cityboard.catalog import LANGUAGES, Indicator, Organisation, PlanNode, Provenance, Text
from cityboard.errors import NoSnapshotError, UnknownNameError
from cityboard.observation import Observation, observe
from cityboard.query import By, Field, Listing, Period, Query
from cityboard.selection import Clause, Members
from cityboard.store import Answer, Store

PLEDGES, MILESTONES, PROJECTS = "pledges", "milestones", "projects"
FINDINGS, BUDGET = "audit_findings", "budget_execution"
DECIDED = frozenset({"on_hold", "dropped"})  # decisions: no milestone tells them
FULFILLED = frozenset({"done", "done_continuing"})
BEHIND_PCT = 90.0  # a budget of which less than this was spent is behind
BUDGET_MEASURES = ("planned", "executed", "execution_rate", "is_over_plan")
ALL_ROWS = 1000  # the longest listing; a register of the city's pledges or projects is shorter


@dataclasses.dataclass(frozen=True)
class Milestone:
    """One step of a pledge.

    Attributes:
        stage: Code of the step; its words are labels of the column `stage_code`.
        due: The day it should be reached.
        done: The day it was; None where it is not.
    """

    id: str
    stage: str
    due: dt.date
    done: dt.date | None

    def is_late(self, day: dt.date) -> bool:
        """Tell whether it was reached after its day, or is not though its day has passed."""
        return (self.done or day) > self.due


@dataclasses.dataclass(frozen=True)
class Money:
    """Planned and executed won.

    Attributes:
        is_over_plan: Whether any part of it was executed above its plan, which is then flagged.
    """

    planned_krw: int
    executed_krw: int
    is_over_plan: bool = False

    @property
    def execution_rate_pct(self) -> float | None:
        """Return what was executed per hundred won planned; None where nothing was."""
        return 100 * self.executed_krw / self.planned_krw if self.planned_krw else None


@dataclasses.dataclass(frozen=True)
class Promise:
    """A pledge in one line, from promise to money to outcome.

    Attributes:
        path: Its vision, area and task in the plan.
        status: As reported: a label of `status_code`.
        milestone_status: What its milestones tell; another than `status` is worth a question.
        told_on: The day the register stands at.
        money: Of the pledge, for the whole plan.
        programme: Label of the programme that pays for it.
        programme_money: Of that programme, in the years its budget is published for.
        milestones: In order of their due days.
        indicator: What it should move; None where the city watches no such number.
        outcome: Newest observation of that; None also where nothing was published for it.
        answers: Where the numbers come from.
    """

    id: str
    title: Text
    path: tuple[PlanNode, ...]
    owner: Organisation
    status: str
    milestone_status: str
    start: dt.date
    due: dt.date
    told_on: dt.date | None
    progress_pct: float
    money: Money
    programme: Text
    programme_money: Money
    milestones: tuple[Milestone, ...]
    indicator: Indicator | None
    outcome: Observation | None
    answers: tuple[Answer, ...]

    @property
    def provenances(self) -> frozenset[Provenance]:
        """Return the provenance class of every number in it."""
        return frozenset(answer.provenance for answer in self.answers)


def pledges(store: Store, *, as_of: dt.datetime | None = None) -> Answer:
    """Return the register of pledges.

    Args:
        store: Answers.
        as_of: The versions known at this instant (aware); None is the newest.

    Returns:
        One row a pledge, by id: the columns of the dataset, and `milestone_status_code`, what its
        milestones tell (see `status_of`).

    Raises:
        CityboardError: As of `Store.list_rows`.
    """
    register = _register(store, PLEDGES, as_of)
    steps = _register(store, MILESTONES, as_of).frame
    reached = steps.groupby("pledge_id")["done"].min() == 1
    frame = register.frame.assign(
        milestone_status_code=[
            status_of(status, is_reached=bool(reached.get(pledge, default=False)))
            for pledge, status in zip(
                register.frame["pledge_id"], register.frame["status_code"], strict=True
            )
        ]
    )
    return dataclasses.replace(register, frame=frame)


def status_of(reported: str, *, is_reached: bool) -> str:
    """Return the status that the milestones of a pledge tell.

    Args:
        reported: Its status as reported. That it is on hold or dropped is a decision, and stays.
        is_reached: Whether every milestone is reached; one without any has reached none.
    """
    if reported in DECIDED:
        return reported
    if not is_reached:
        return "under_way"
    return reported if reported in FULFILLED else "done"


def promise(store: Store, pledge_id: str, *, as_of: dt.datetime | None = None) -> Promise:
    """Return a pledge with its money, its milestones and what it should move.

    Args:
        store: Answers.
        pledge_id: Of the register.
        as_of: The register and the budget known at this instant (aware); None is the newest. The
            outcome is always the newest.

    Raises:
        UnknownNameError: There is no such pledge.
        CityboardError: As of `Store.answer`.
    """
    register = pledges(store, as_of=as_of)
    found = register.frame[register.frame["pledge_id"] == pledge_id]
    if found.empty:
        known, within = list(register.frame["pledge_id"]), f"city {store.catalog.id}"
        raise UnknownNameError("pledge", pledge_id, known=known, within=within)
    row = found.iloc[0]
    steps = _register(store, MILESTONES, as_of)
    spent = _spent(store, row["programme_id"], as_of)
    indicator = _indicator(store, row["indicator_number"])
    outcome = _outcome(store, indicator)
    return Promise(
        id=pledge_id,
        title=Text(**{language: row[f"title_{language}"] for language in LANGUAGES}),
        path=_path(store, row["task_id"]),
        owner=store.catalog.organisation(row["owner_id"]),
        status=row["status_code"],
        milestone_status=row["milestone_status_code"],
        start=_day(row["start_date"]),
        due=_day(row["due_date"]),
        told_on=store.dataset(PLEDGES).vintage,
        progress_pct=float(row["progress_pct"]),
        money=Money(int(row["planned_krw"]), int(row["executed_krw"])),
        programme=_label(store, BUDGET, "programme_id", row["programme_id"]),
        programme_money=_money(spent),
        milestones=_milestones(steps, pledge_id),
        indicator=indicator,
        outcome=outcome,
        answers=(register, steps, spent, *((outcome.answer,) if outcome else ())),
    )


def budget(
    store: Store,
    *,
    by: Sequence[str] = ("bureau_id",),
    where: Sequence[Clause] = (),
    as_of: dt.datetime | None = None,
) -> Answer:
    """Return the execution of the budget against its plan.

    Args:
        store: Answers.
        by: Any of `bureau_id`, `programme_id` and `month`, in order; none is the city.
        where: Clauses, such as a period.
        as_of: The version known at this instant (aware); None is the newest.

    Returns:
        One row a group: the columns of `by` (`month` is its first day), `planned` and `executed`
        (won), `execution_rate` (%), `is_over_plan` (whether any month of any of its programmes is
        above its plan) and `is_behind` (less than 90 % of the plan was executed). By month in
        order of time, else the lowest rate first.

    Raises:
        CityboardError: As of `Store.answer`.
    """
    groups: list[By] = [Period("month") if name == "month" else Field(name) for name in by]
    query = Query(BUDGET, BUDGET_MEASURES, tuple(groups), tuple(where), as_of)
    answer = store.answer(query)
    frame = answer.frame.rename(columns={"period": "month"})
    order = ["month", "execution_rate"] if "month" in by else ["execution_rate"]
    frame = frame.assign(is_behind=frame["execution_rate"] < BEHIND_PCT)
    frame = frame.sort_values([*order, *by], ignore_index=True)
    return dataclasses.replace(answer, frame=frame)


def projects(
    store: Store, *, where: Sequence[Clause] = (), as_of: dt.datetime | None = None
) -> Answer:
    """Return the register of projects.

    Args:
        store: Answers.
        where: Clauses, such as `Members("kind_code", ("smart_city",))`.
        as_of: The version known at this instant (aware); None is the newest.

    Returns:
        One row a project, by id: the columns of the dataset.

    Raises:
        CityboardError: As of `Store.list_rows`.
    """
    return _register(store, PROJECTS, as_of, where)


def findings(store: Store, *, as_of: dt.datetime | None = None) -> Answer:
    """Return what audits found, each with its project.

    Args:
        store: Answers.
        as_of: The versions known at this instant (aware); None is the newest.

    Returns:
        One row a finding, by id: the columns of the dataset, then `title_ko`, `title_en`,
        `kind_code`, `progress_pct` and `pledge_id` of its project.

    Raises:
        CityboardError: As of `Store.list_rows`.
    """
    found, listed = _register(store, FINDINGS, as_of), projects(store, as_of=as_of).frame
    columns = ["project_id", "title_ko", "title_en", "kind_code", "progress_pct", "pledge_id"]
    frame = found.frame.merge(listed[columns], on="project_id", how="left", validate="m:1")
    return dataclasses.replace(found, frame=frame)


def _register(
    store: Store, dataset: str, as_of: dt.datetime | None, where: Sequence[Clause] = ()
) -> Answer:
    key = store.dataset(dataset).key[0]
    where = tuple(where)
    return store.list_rows(Listing(dataset, where=where, order=key, limit=ALL_ROWS, as_of=as_of))


def _spent(store: Store, programme: str, as_of: dt.datetime | None) -> Answer:
    return budget(store, by=(), where=(Members("programme_id", (programme,)),), as_of=as_of)


def _money(answer: Answer) -> Money:
    row = answer.frame.iloc[0]
    if pd.isna(row["planned"]):
        return Money(0, 0)
    return Money(int(row["planned"]), int(row["executed"]), bool(row["is_over_plan"]))


def _milestones(steps: Answer, pledge_id: str) -> tuple[Milestone, ...]:
    rows = steps.frame[steps.frame["pledge_id"] == pledge_id].sort_values("due_date")
    return tuple(
        Milestone(
            row["milestone_id"],
            row["stage_code"],
            _day(row["due_date"]),
            None if pd.isna(row["done_date"]) else _day(row["done_date"]),
        )
        for row in rows.to_dict("records")
    )


def _path(store: Store, task: str) -> tuple[PlanNode, ...]:
    node, plan = store.catalog.task(task), store.catalog.plan
    named = {each.id: each for each in plan.nodes} if plan else {}
    return tuple(named[each] for each in plan.path(node)) if plan else ()


def _indicator(store: Store, number: object) -> Indicator | None:
    """Return the indicator with a number of the list, as the role may see it; None without."""
    if pd.isna(number):  # type: ignore[call-overload]
        return None
    entries = store.catalog.indicators.values()
    name = next((each.id for each in entries if each.number == number), None)
    return store.indicator(name) if name else None


def _outcome(store: Store, indicator: Indicator | None) -> Observation | None:
    if indicator is None:
        return None
    try:
        return observe(store, indicator)
    except NoSnapshotError:
        return None


def _label(store: Store, dataset: str, column: str, code: str) -> Text:
    return (store.dataset(dataset).column(column).labels or {})[code]


def _day(value: object) -> dt.date:
    return pd.Timestamp(value).date()  # type: ignore[arg-type]
