"""Totals on the pages of the plan and of coverage equal a count in plain SQL over the files."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import expect

from tests.browsers import BoardPage
from tests.conftest import REPOSITORY
from tests.recounts import Recounts

SEOUL = REPOSITORY / "catalogs/seoul"
BREAKDOWNS = ("area", "sex", "age")
NO_GROUP = "('unknown', 'all', 'total')"


def entries(folder: str) -> Iterable[dict[str, Any]]:
    """Return the catalogue's entries as they are written, apart from the code that reads them."""
    paths: Iterable[Path] = sorted((SEOUL / folder).glob("*.yaml"))
    return [yaml.safe_load(path.read_text("utf-8")) for path in paths]


def labels(dataset: str, column: str) -> dict[str, str]:
    """Return the English words of each code of a column."""
    entry = yaml.safe_load((SEOUL / f"datasets/{dataset}.yaml").read_text("utf-8"))
    (told,) = [each["labels"] for each in entry["columns"] if each["name"] == column]
    return {code: words["en"] for code, words in told.items()}


def counted(words: str) -> dict[str, int]:
    """Return the numbers behind the words of a list, as in `Done 12 · Dropped 3`."""
    return {name.strip(): int(n) for name, n in re.findall(r"([^·(]+?) (\d+)(?= ·|$|\))", words)}


def cells(board: BoardPage, rows: str) -> list[list[str]]:
    """Return the words in each cell of each row that a selector names, also of folded ones."""
    expect(board.page.locator(rows).first).to_be_attached()
    found: list[list[str]] = board.page.locator(rows).evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    return found


@pytest.fixture(scope="module")
def groups(recounts: Recounts) -> dict[tuple[int, str], int]:
    """Return how many groups each expected breakdown of each listed indicator has in its rows."""
    datasets = {each["id"]: each for each in entries("datasets")}
    found = {}
    for entry in entries("indicators"):
        for breakdown in entry.get("expected", []) if entry.get("number") else []:
            column = entry.get(breakdown)
            if breakdown == "area":
                column = datasets[entry["dataset"]].get("place", {}).get("area")
            where = " AND ".join(
                f"{name} IN ({', '.join(repr(value) for value in values)})"
                for name, values in {"true": ["true"], **entry.get("where", {})}.items()
            ).replace("'true'", "true")
            count = 0
            if column:
                count = recounts.one(
                    f"SELECT count(DISTINCT {column}) FROM {entry['dataset']}"
                    f" WHERE {where} AND CAST({column} AS VARCHAR) NOT IN {NO_GROUP}"
                )
            found[entry["number"], breakdown] = count
    return found


def test_pledges_and_projects_of_the_plan_are_counted_as_sql_counts_them(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open("plan?lang=en")
    told = board.page.locator(".plan > p").nth(1).inner_text()
    pledges, projects = re.findall(r"(\d+) (?:core pledges|projects) \(([^)]*)\)", told)
    for (count, parts), dataset, column in (
        (pledges, "pledges", "status_code"),
        (projects, "projects", "kind_code"),
    ):
        words = labels(dataset, column)
        by_code = recounts.pairs(f"SELECT {column}, count(*) FROM {dataset} GROUP BY 1")
        assert int(count) == sum(by_code.values())
        assert counted(parts) == {words[code]: by_code.get(code, 0) for code in words}
    money = recounts.one("SELECT count(*) FROM audit_findings")
    heading = board.page.get_by_role("heading", name=re.compile("^Audit findings"))
    assert heading.inner_text().split()[-1] == str(money)


def test_each_pledge_stands_in_the_plan_with_its_state_and_its_money(
    board: BoardPage, recounts: Recounts
) -> None:
    board.open("plan?lang=en")
    rows = cells(board, ".plan tr:has(a[href*='pledge='])")
    words = labels("pledges", "status_code")
    expected = recounts.rows("SELECT title_en, status_code, planned_krw FROM pledges")
    shown = {row[0]: row for row in rows}
    assert len(rows) == len(expected)
    for title, code, planned in expected:
        row = shown[title]
        assert row[1].startswith(words[code])
        assert row[4].endswith(f"/ ₩{planned / 1e9:,.1f} bn")


def test_the_gap_report_counts_the_breakdowns_that_the_rows_have(
    board: BoardPage, groups: dict[tuple[int, str], int]
) -> None:
    board.open("coverage?lang=en")
    shown = {
        (int(row[0]), breakdown): words
        for row in cells(board, ".coverage tbody tr")
        if row[0]
        for breakdown, words in zip(BREAKDOWNS, row[-3:], strict=True)
        if words
    }
    assert shown.keys() == groups.keys()
    is_there = {key: count > 1 for key, count in groups.items()}
    assert {key: words.startswith("✓") for key, words in shown.items()} == is_there
    shares = dict(
        re.findall(
            r"(\w+): (\d+ / \d+)", "\n".join(board.page.locator(".coverage li").all_inner_texts())
        )
    )
    for breakdown in BREAKDOWNS:
        told = [there for key, there in is_there.items() if key[1] == breakdown]
        assert shares[breakdown.capitalize()] == f"{sum(told)} / {len(told)}"
