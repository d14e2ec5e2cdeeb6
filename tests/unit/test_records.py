"""What people record: kept once for all processes, and told in words where it cannot be."""

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cityboard.errors import RecordsError
from cityboard.records import (
    RECORDS_VARIABLE,
    Acknowledgement,
    CameraCheck,
    Records,
    open_records,
    records_url,
)
from tests.conftest import REPOSITORY

NINE = dt.datetime(2019, 3, 5, 0, 0, tzinfo=dt.UTC)  # 9:00 in Seoul
ROWS = 200
WRITER = f"""
import datetime as dt, sys
from cityboard.records import CameraCheck, open_records
records = open_records(sys.argv[1])
for number in range({ROWS}):
    at = dt.datetime.now(dt.UTC)
    records.record_check(CameraCheck(sys.argv[2], at, number % 2 == 0, str(number)))
"""


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")


def after(minutes: int) -> dt.datetime:
    return NINE + dt.timedelta(minutes=minutes)


def seen(alarm: str, at: dt.datetime) -> Acknowledgement:
    return Acknowledgement(alarm, "official", at, after(1000))


def test_records_lie_in_the_home_unless_another_place_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(RECORDS_VARIABLE, raising=False)
    assert records_url(tmp_path) == f"sqlite:///{tmp_path}/records.sqlite"
    monkeypatch.setenv(RECORDS_VARIABLE, "postgresql://db/city")
    assert records_url(tmp_path) == "postgresql://db/city"


def test_an_acknowledgement_is_read_as_it_was_made(records: Records) -> None:
    made = seen("dust:11680", after(5).astimezone(dt.timezone(dt.timedelta(hours=9))))
    records.acknowledge(made)
    assert records.acknowledgements(until=after(5)) == (made,)


def test_what_was_acknowledged_later_is_not_known_yet(records: Records) -> None:
    records.acknowledge(seen("dust", after(9)))
    records.acknowledge(seen("fire", after(3)))
    assert [made.alarm_id for made in records.acknowledgements(until=after(8))] == ["fire"]
    assert [made.alarm_id for made in records.acknowledgements(until=after(9))] == ["fire", "dust"]


def test_a_camera_has_its_checks_and_its_last_one(records: Records) -> None:
    first = CameraCheck("c1", after(1), is_working=True)
    then = CameraCheck("c1", after(6), is_working=False, reason="no picture for 10 s")
    other = CameraCheck("c2", after(2), is_working=True)
    for check in (then, first, other):
        records.record_check(check)
    assert records.camera_checks("c1", until=after(60)) == (first, then)
    assert records.last_checks(until=after(60)) == {"c1": then, "c2": other}
    assert records.last_checks(until=after(5)) == {"c1": first, "c2": other}


def test_a_statement_within_a_word_is_only_a_word(records: Records) -> None:
    word = "c1'; DROP TABLE camera_check; --"
    records.record_check(CameraCheck(word, NINE, is_working=True))
    assert len(records.camera_checks(word, until=NINE)) == 1


def test_two_processes_write_at_once_and_nothing_is_lost(records: Records, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'records.sqlite'}"
    paths = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, name], env=paths) for name in "ab"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    for name in "ab":
        checks = records.camera_checks(name, until=dt.datetime.now(dt.UTC))
        assert [check.reason for check in checks] == [str(number) for number in range(ROWS)]


def test_the_file_keeps_a_log_so_that_readers_do_not_wait_for_a_writer(
    records: Records, tmp_path: Path
) -> None:
    records.acknowledge(seen("dust", NINE))
    connection = sqlite3.connect(tmp_path / "records.sqlite")
    try:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.execute("BEGIN IMMEDIATE")  # somebody writes, and takes long
        assert len(records.acknowledgements(until=NINE)) == 1
    finally:
        connection.close()


def test_a_disk_that_only_reads_is_told_in_words(records: Records, tmp_path: Path) -> None:
    records.acknowledge(seen("dust", NINE))
    read_only = open_records(f"sqlite:///file:{tmp_path / 'records.sqlite'}?mode=ro&uri=true")
    assert len(read_only.acknowledgements(until=NINE)) == 1
    with pytest.raises(RecordsError, match=r"could not be written: .*readonly.* let itself be"):
        read_only.acknowledge(seen("fire", NINE))


def test_a_folder_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    nowhere = open_records(f"sqlite:///{tmp_path / 'gone/records.sqlite'}")
    with pytest.raises(RecordsError, match=r"could not be read: unable to open database file"):
        nowhere.acknowledgements(until=NINE)


def test_a_file_that_is_no_database_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_text("not a database at all" * 100)
    with pytest.raises(RecordsError, match=r"could not be read: file is not a database"):
        open_records(records_url(tmp_path)).acknowledgements(until=NINE)


@pytest.mark.parametrize("url", ["records", "nothing://here", "", "sqlite+nothing:///records"])
def test_a_url_that_names_no_database_is_refused(url: str) -> None:
    with pytest.raises(RecordsError, match=f"{RECORDS_VARIABLE}: records cannot be kept there"):
        open_records(url)


def test_a_password_is_not_told() -> None:
    with pytest.raises(RecordsError) as refused:
        open_records("nothing://mayor:secret-of-all@db/city")
    assert "secret-of-all" not in str(refused.value)
