"""The benchmark's own smoke run: a million rows, every peer equal, a row for every goal."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEERS = ("duckdb-parquet", "numba", "cityboard")
FEW = ["--sessions", "3", "--seconds", "6", "--leak", "10", "--brushes", "0"]


def test_a_million_rows_give_a_row_for_every_goal_and_equal_answers(tmp_path: Path) -> None:
    told, page = tmp_path / "goals.json", tmp_path / "benchmark.md"
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.crossfilter", "--rows", "1e6"]
    command += ["--peers", *PEERS, *FEW, "--json", str(told), "--table", str(page)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr[-3000:]
    goals = json.loads(told.read_text("utf-8"))
    assert all({*goal} == {"goal", "figure", "target", "pass"} for goal in goals)
    assert {goal["goal"][0] for goal in goals} == set("1234567")
    equal = [goal for goal in goals if "equals the first" in goal["goal"]]
    assert [goal["figure"] for goal in equal] == [100]
    errors = [
        goal["figure"] for goal in goals if "errors" in goal["goal"] and goal["goal"][0] == "5"
    ]
    assert errors == [0]
    left = [goal["figure"] for goal in goals if "documents left" in goal["goal"]]
    assert left == [0]
    text = page.read_text("utf-8")
    assert "cityboard, rollup" in text
    assert "| goal | figure | target | met |" in text
