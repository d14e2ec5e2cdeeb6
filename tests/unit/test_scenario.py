"""The scenario of pledges, projects and budget: its published totals, and every name resolves."""

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from cityboard.catalog import Catalog
from cityboard.errors import ContractError
from data_sources.figures.files import write
from data_sources.places import area_of_points
from data_sources.scenario import TABLES, simulate_tables
from tests.cleaning import SEOUL, seoul

TOLD_ON = pd.Timestamp("2019-12-31")
INDICATORS = 62  # of the list of numbers proposed to be watched


def table(name: str) -> pd.DataFrame:
    """Return a table as it ships, read apart from the code under test."""
    return pd.read_parquet(SEOUL / f"figures/{name}.parquet")


def test_the_scenario_is_the_same_to_the_byte_on_every_run(tmp_path: Path) -> None:
    for run in ("one", "other"):
        for name, frame in simulate_tables(Catalog(SEOUL)).items():
            write(frame, name, tmp_path / run)
    for name in TABLES:
        one, other = (tmp_path / run / f"{name}.parquet" for run in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()


def test_the_tables_that_ship_are_those_the_program_makes() -> None:
    """Run `python -m data_sources.scenario` where they are not."""
    for name, frame in simulate_tables(seoul()).items():
        assert frame.equals(pl.read_parquet(SEOUL / f"figures/{name}.parquet")), name


def test_every_table_is_marked_as_simulated_in_both_languages() -> None:
    for name in TABLES:
        entry = seoul().dataset(name)
        (distribution,) = entry.distributions
        assert distribution.provenance == "simulated"
        assert entry.description.en.startswith("Simulated. ")
        assert entry.description.ko.startswith("모의 자료입니다. ")


def test_the_totals_are_those_published() -> None:
    projects = table("projects")
    assert len(table("pledges")) == table("pledges")["pledges"].sum() == 66
    assert len(projects) == 238
    assert (projects["kind_code"] == "smart_city").sum() == 60
    assert table("budget_execution")["planned_krw"].sum() == 35_740_000_000_000


def test_every_name_in_the_tables_resolves() -> None:
    catalog = seoul()
    assert catalog.plan is not None
    tasks = {n.id: catalog.plan.path(n)[0] for n in catalog.plan.nodes if n.kind == "task"}
    organisations = {each.id for each in catalog.organisations_listed}
    districts = {area.code for area in catalog.areas("district")}
    pledges, projects = table("pledges"), table("projects")
    assert set(pledges["task_id"]) | set(projects["task_id"]) <= set(tasks)
    assert list(pledges["task_id"].map(tasks)) == list(pledges["vision_code"])
    for name, column in {
        "pledges": "owner_id",
        "projects": "owner_id",
        "audit_findings": "owner_id",
        "budget_execution": "bureau_id",
    }.items():
        assert set(table(name)[column]) <= organisations
    assert set(projects["district_code"]) <= districts
    assert set(pledges["indicator_number"].dropna()) <= {*range(1, INDICATORS + 1)}
    assert set(table("milestones")["pledge_id"]) == set(pledges["pledge_id"])
    assert set(projects["pledge_id"]) == set(pledges["pledge_id"])
    assert set(table("audit_findings")["project_id"]) <= set(projects["project_id"])
    paid = table("budget_execution").groupby("programme_id")["bureau_id"].first()
    assert list(pledges["programme_id"].map(paid)) == list(pledges["owner_id"])


def test_a_pledge_moves_an_indicator_of_its_own_task() -> None:
    task_of = {i.number: i.task for i in seoul().indicators.values() if i.number and i.task}
    for _, pledge in table("pledges").dropna(subset="indicator_number").iterrows():
        number = pledge["indicator_number"]
        assert task_of.get(number, pledge["task_id"]) == pledge["task_id"], number


def test_owners_and_programmes_bear_the_names_they_have_elsewhere() -> None:
    catalog = seoul()
    for name, column in [
        ("pledges", "owner_id"),
        ("projects", "owner_id"),
        ("budget_execution", "bureau_id"),
    ]:
        for code, title in (catalog.dataset(name).column(column).labels or {}).items():
            assert title == catalog.organisation(code).title
    visions = catalog.dataset("pledges").column("vision_code").labels
    assert catalog.plan is not None
    assert visions == {node.id: node.title for node in catalog.plan.below(None, "vision")}
    programmes = [
        catalog.dataset(n).column("programme_id") for n in ("pledges", "budget_execution")
    ]
    assert programmes[0].labels == programmes[1].labels


def test_a_project_stands_in_its_district_under_a_name_of_its_own() -> None:
    projects = table("projects")
    points = pl.from_pandas(projects[["lon", "lat"]])
    assert area_of_points(points, seoul()).to_list() == list(projects["district_code"])
    assert not projects["title_ko"].duplicated().any()
    assert not projects["title_en"].duplicated().any()


def test_a_status_is_what_the_milestones_tell() -> None:
    pledges, steps = table("pledges").set_index("pledge_id"), table("milestones")
    reached = steps.groupby("pledge_id")["done"].mean() * 100
    assert reached.to_dict() == pledges["progress_pct"].to_dict()
    is_done = pledges["status_code"].isin(["done", "done_continuing"])
    assert (is_done == (pledges["progress_pct"] == 100)).all()
    assert (is_done == (pledges["fulfilled"] == 1)).all()
    assert pd.to_datetime(steps["done_date"]).max() <= TOLD_ON
    assert (steps["done_date"].notna() == (steps["done"] == 1)).all()


def test_steps_are_reached_in_their_order() -> None:
    for _, steps in table("milestones").sort_values("milestone_id").groupby("pledge_id"):
        done = pd.to_datetime(steps["done_date"])
        assert done.dropna().is_monotonic_increasing
        assert list(done.notna()) == sorted(done.notna(), reverse=True)


def test_no_budget_is_executed_above_its_plan_without_a_flag_and_a_reason() -> None:
    spent = table("budget_execution")
    over = spent["executed_krw"] > spent["planned_krw"]
    over |= spent["executed_to_date_krw"] > spent["planned_to_date_krw"]
    assert over.any()
    assert (over == spent["is_over_plan"]).all()
    assert (over == spent["over_plan_code"].notna()).all()
    for name in ("pledges", "projects"):
        assert (table(name)["executed_krw"] <= table(name)["planned_krw"]).all()


def test_sums_since_january_are_those_of_the_months() -> None:
    spent = table("budget_execution").sort_values("month")
    for kind in ("planned", "executed"):
        months = spent.groupby("programme_id")[f"{kind}_krw"].cumsum()
        assert (months == spent[f"{kind}_to_date_krw"]).all()
    assert set(pd.to_datetime(spent["month"]).dt.month) == {*range(1, 13)}


def test_some_bureau_is_plainly_behind() -> None:
    spent = table("budget_execution").groupby("bureau_id")[["planned_krw", "executed_krw"]].sum()
    rates = 100 * spent["executed_krw"] / spent["planned_krw"]
    assert rates.idxmin() == "regeneration"
    assert rates.min() < rates.median() - 20


def test_the_pledge_on_public_housing_is_under_way() -> None:
    pledges = table("pledges")
    (housing,) = pledges[pledges["task_id"] == "public_rental_housing"].to_dict("records")
    assert (housing["status_code"], housing["owner_id"]) == ("under_way", "housing")


def test_what_comes_next_is_told_of_every_project_that_goes_on() -> None:
    projects = table("projects")
    ends = projects["state_code"].isin(["completed", "suspended"])
    assert (projects["next_milestone_code"].isna() == ends).all()
    assert (projects["next_milestone_date"].isna() == ends).all()
    assert pd.to_datetime(projects["next_milestone_date"]).min() > TOLD_ON - dt.timedelta(days=1)


def test_a_finding_is_answered_unless_it_awaits_its_reply() -> None:
    findings = table("audit_findings")
    awaits = findings["state_code"] == "open"
    for column in ("reply_ko", "reply_en"):
        assert (findings[column].isna() == awaits).all()
    assert (findings["closed_date"].notna() == (findings["state_code"] == "closed")).all()


@pytest.mark.parametrize("name", ["title_ko", "reply_ko"])
def test_korean_words_are_korean(name: str) -> None:
    frame = table("projects" if name.startswith("title") else "audit_findings")
    assert all(re.search("[가-힣]", words) for words in frame[name].dropna())


def test_a_row_that_breaks_its_contract_is_not_written(tmp_path: Path) -> None:
    """A programme of a bureau that is none is named by the contract of its dataset."""
    city = tmp_path / "seoul"
    city.mkdir()
    for path in SEOUL.iterdir():
        if path.name != "scenario":
            (city / path.name).symlink_to(path)
    (city / "scenario").mkdir()
    for path in (SEOUL / "scenario").iterdir():
        text = path.read_text("utf-8").replace("housing_youth,housing,", "housing_youth,houses,")
        (city / "scenario" / path.name).write_text(text, "utf-8")
    with pytest.raises(ContractError, match="owner_id is an unknown code"):
        simulate_tables(Catalog(city))
