"""Promises followed to their money and their outcome, recounted apart from the code under test."""

import dataclasses
import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest

from cityboard.catalog import Catalog
from cityboard.errors import UnknownNameError
from cityboard.lake import Lake
from cityboard.promises import budget, findings, pledges, projects, promise, status_of
from cityboard.selection import Interval, Members
from cityboard.store import Store
from data_sources.publish import publish
from tests.cleaning import SEOUL, seoul

TABLES = ("pledges", "milestones", "projects", "audit_findings", "budget_execution")


def opened(catalog: Catalog, root: Path) -> Store:
    """Return a store of the registers alone, published from the tables that ship."""
    lake = Lake(root)
    for name in TABLES:
        publish(catalog.dataset(name), catalog=catalog, lake=lake, data=None)
    return Store(catalog, lake)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return Seoul with its registers."""
    return opened(seoul(), tmp_path_factory.mktemp("lake"))


def table(name: str) -> pd.DataFrame:
    """Return a table as it ships."""
    return pd.read_parquet(SEOUL / f"figures/{name}.parquet")


def test_a_pledge_is_one_line_from_promise_to_money_to_outcome(store: Store) -> None:
    row = table("pledges").set_index("task_id").loc["regeneration_projects"]
    spent = table("budget_execution")
    spent = spent[spent["programme_id"] == row["programme_id"]]
    regenerated = table("projects").query("kind_code == 'regeneration'")["progress_pct"].mean()

    line = promise(store, row["pledge_id"])

    assert [node.kind for node in line.path] == ["vision", "area", "task"]
    assert (line.path[0].id, line.path[2].id) == ("balanced", "regeneration_projects")
    assert line.owner.id == "regeneration"
    assert (line.status, line.due) == (row["status_code"], row["due_date"])
    assert line.money.planned_krw == row["planned_krw"]
    assert line.programme_money.planned_krw == spent["planned_krw"].sum()
    assert line.programme_money.executed_krw == spent["executed_krw"].sum()
    assert line.programme_money.execution_rate_pct == pytest.approx(
        100 * spent["executed_krw"].sum() / spent["planned_krw"].sum()
    )
    steps = table("milestones").query("pledge_id == @row.pledge_id")
    assert [step.due for step in line.milestones] == sorted(steps["due_date"])
    assert line.indicator is not None
    assert line.indicator.number == 48
    assert line.outcome is not None
    assert line.outcome.value == pytest.approx(regenerated)
    assert line.provenances == {"simulated"}
    named = {answer.snapshot.dataset for answer in line.answers}
    assert named == {"pledges", "milestones", "budget_execution", "projects"}


def test_every_pledge_has_its_line(store: Store) -> None:
    for pledge in pledges(store).frame["pledge_id"]:
        line = promise(store, pledge)
        assert line.milestone_status == line.status
        assert line.programme_money.planned_krw > 0
        assert len(line.milestones) == 5


def test_a_pledge_that_is_none_is_told_with_those_there_are(store: Store) -> None:
    with pytest.raises(UnknownNameError, match=r"No pledge 'p99' in city seoul\. There is: p01,"):
        promise(store, "p99")


def test_the_registers_hold_every_row(store: Store) -> None:
    assert len(pledges(store).frame) == 66
    assert len(projects(store).frame) == 238
    assert len(projects(store, where=(Members("kind_code", ("smart_city",)),)).frame) == 60
    found = findings(store).frame
    expected = table("audit_findings").merge(table("projects"), on="project_id")
    assert len(found) == len(table("audit_findings"))
    assert sorted(found["title_ko"]) == sorted(expected["title_ko"])


def test_the_bureaus_of_the_budget_add_up_and_the_latest_comes_first(store: Store) -> None:
    frame = budget(store).frame
    spent = table("budget_execution").groupby("bureau_id")[["planned_krw", "executed_krw"]].sum()
    rates = (100 * spent["executed_krw"] / spent["planned_krw"]).sort_values()
    assert frame["planned"].sum() == 35_740_000_000_000
    assert list(frame["bureau_id"]) == list(rates.index)
    assert list(frame["execution_rate"]) == pytest.approx(list(rates))
    assert set(frame[frame["is_behind"]]["bureau_id"]) == set(rates[rates < 90].index)
    assert frame["bureau_id"][0] == "regeneration"


def test_the_budget_of_a_month_is_that_of_its_programmes(store: Store) -> None:
    march = Interval(dt.date(2019, 3, 1), dt.date(2019, 4, 1))
    frame = budget(store, by=("month", "bureau_id", "programme_id"), where=(march,)).frame
    rows = table("budget_execution")
    rows = rows[rows["month"] == dt.date(2019, 3, 1)]
    assert (pd.to_datetime(frame["month"]) == pd.Timestamp("2019-03-01")).all()
    assert dict(zip(frame["programme_id"], frame["executed"], strict=True)) == dict(
        zip(rows["programme_id"], rows["executed_krw"], strict=True)
    )


@pytest.mark.parametrize("by", [("bureau_id",), ("bureau_id", "month"), ("programme_id", "month")])
def test_no_rate_above_its_plan_is_without_a_flag(store: Store, by: tuple[str, ...]) -> None:
    frame = budget(store, by=by).frame
    above = frame[frame["execution_rate"] > 100]
    assert len(above) > 0
    assert above["is_over_plan"].all()


def test_a_milestone_that_is_reached_changes_what_is_told_of_its_pledge(tmp_path: Path) -> None:
    shutil.copytree(SEOUL, tmp_path / "seoul")
    catalog = Catalog(tmp_path / "seoul")
    store = opened(catalog, tmp_path / "lake")
    pledge = table("pledges").query("status_code == 'under_way'")["pledge_id"].iloc[0]
    before = max(store.snapshot(name).published_at for name in TABLES)
    steps = table("milestones")
    steps.loc[steps["pledge_id"] == pledge, "done"] = 1
    steps.to_parquet(catalog.figures_folder / "milestones.parquet")
    publish(catalog.dataset("milestones"), catalog=catalog, lake=store.lake, data=None)
    store = Store(catalog, store.lake)

    line = promise(store, pledge)

    assert (line.status, line.milestone_status) == ("under_way", "done")
    assert promise(store, pledge, as_of=before).milestone_status == "under_way"


@pytest.mark.parametrize(
    ("reported", "is_reached", "told"),
    [
        ("under_way", False, "under_way"),
        ("under_way", True, "done"),
        ("done", False, "under_way"),
        ("done", True, "done"),
        ("done_continuing", True, "done_continuing"),
        ("on_hold", True, "on_hold"),
        ("dropped", False, "dropped"),
    ],
)
def test_a_decision_stays_whatever_was_reached(reported: str, is_reached: bool, told: str) -> None:
    assert status_of(reported, is_reached=is_reached) == told


def test_a_milestone_is_late_after_its_day(store: Store) -> None:
    first = promise(store, "p01").milestones[0]
    assert first.done is not None
    assert first.is_late(first.due) == (first.done > first.due)
    waiting = dataclasses.replace(first, done=None)
    assert not waiting.is_late(first.due)
    assert waiting.is_late(first.due + dt.timedelta(days=1))
