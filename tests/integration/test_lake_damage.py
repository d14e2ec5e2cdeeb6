"""Damaged snapshots: what is served instead, and what is said."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cityboard.errors import CorruptSnapshotError, LakeError
from cityboard.lake import Lake
from tests.lakes import data_files, named_files, numbers, publish, rows


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return a lake with versions 0, 1 and 2 of one row each, as a new process would open it."""
    lake = Lake(tmp_path / "lake")
    for n in range(3):
        publish(lake, numbers(n), source=n)
    return Lake(lake.root)


def entry(lake: Lake, version: int) -> Path:
    return lake.root / f"toy/_delta_log/{version:020}.json"


def flip_a_bit(path: Path) -> None:
    """Change one bit and let size and time of change stay as they were."""
    stat, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a flipped bit": (flip_a_bit, "is not what was published"),
    "a file cut short": (cut_short, "is not what was published"),
    "an empty file": (lambda path: path.write_bytes(b"") and None, "is not what was published"),
    "a deleted file": (Path.unlink, "version 2 lacks"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_version_before_is_served_and_the_damage_said(lake: Lake, damage: str) -> None:
    hurt, words = DAMAGES[damage]
    hurt(lake.snapshot("toy").files[0])

    snapshot = Lake(lake.root).snapshot("toy")

    assert rows(snapshot).equals(numbers(1))
    assert words in (snapshot.problem or "")
    assert "toy: version 2" in (snapshot.problem or "")


def test_damage_while_the_lake_is_open_is_seen(lake: Lake) -> None:
    cut_short(lake.snapshot("toy").files[0])
    assert lake.snapshot("toy").version == 1


def test_a_file_that_cannot_be_read_counts_as_damage(lake: Lake) -> None:
    path = lake.snapshot("toy").files[0]
    path.unlink()
    path.mkdir()
    assert "cannot be read" in (lake.snapshot("toy").problem or "")


def test_the_damaged_version_itself_is_answered_with_the_one_before(lake: Lake) -> None:
    flip_a_bit(lake.snapshot("toy", version=1).files[0])
    opened = Lake(lake.root)

    assert opened.snapshot("toy", version=1).version == 0
    assert opened.snapshot("toy").problem is None


def test_every_damaged_version_is_named(lake: Lake) -> None:
    for version in (1, 2):
        flip_a_bit(lake.snapshot("toy", version=version).files[0])

    problem = Lake(lake.root).snapshot("toy").problem or ""

    assert "version 1:" in problem
    assert "version 2:" in problem


def test_no_whole_version_is_an_error_that_names_the_command(lake: Lake) -> None:
    for snapshot in lake.versions("toy"):
        flip_a_bit(snapshot.files[0])
    with pytest.raises(CorruptSnapshotError, match=r"No whole version.*build --only toy --force"):
        Lake(lake.root).snapshot("toy")


def test_the_same_input_heals_a_damaged_version(lake: Lake) -> None:
    flip_a_bit(lake.snapshot("toy").files[0])

    healed = publish(Lake(lake.root), numbers(2), source=2)

    assert (healed.version, healed.problem) == (3, None)
    assert Lake(lake.root).snapshot("toy") == healed


def test_a_damaged_file_of_rejects_is_said_but_the_version_is_served(lake: Lake) -> None:
    flip_a_bit(lake.snapshot("toy").rejects[0])

    snapshot = Lake(lake.root).snapshot("toy")

    assert (snapshot.version, snapshot.rejects) == (2, ())
    assert "_rejects" in (snapshot.problem or "")


def test_an_upsert_onto_a_damaged_version_is_refused_because_its_rows_would_be_lost(
    lake: Lake,
) -> None:
    flip_a_bit(lake.snapshot("toy").files[0])
    with pytest.raises(LakeError, match="force the upsert onto version 1"):
        publish(Lake(lake.root), numbers(9), source=9, mode="upsert", key=("id",))


def test_a_forced_upsert_says_which_version_it_stands_on(lake: Lake) -> None:
    flip_a_bit(lake.snapshot("toy").files[0])

    forced = publish(Lake(lake.root), numbers(9), source=9, mode="upsert", key=("id",), force=True)

    assert (forced.version, forced.base) == (3, 1)
    assert rows(forced).equals(numbers(1, 9))


def test_an_upsert_where_no_version_is_whole_is_refused(lake: Lake) -> None:
    for snapshot in lake.versions("toy"):
        flip_a_bit(snapshot.files[0])
    with pytest.raises(CorruptSnapshotError):
        publish(Lake(lake.root), numbers(9), source=9, mode="upsert", key=("id",))


def cut_in_half(text: str) -> str:
    return text[: len(text) // 2]


def lose_the_last_line(text: str) -> str:
    return "\n".join(text.splitlines()[:-1])


def forge_a_count(text: str) -> str:
    return text.replace('"rows_in":1', '"rows_in":3').replace('_published":1', '_published":3')


TORN: dict[str, Callable[[str], str]] = {
    "cut in half": cut_in_half,
    "empty": lambda _: "",
    "zeros": lambda text: "\0" * len(text),
    "without its files": lambda text: "\n".join(
        line for line in text.splitlines() if '"add"' not in line
    ),
    "with another count": forge_a_count,
    "no object": lambda _: "[]\n",
}


@pytest.fixture(params=TORN)
def torn(request: pytest.FixtureRequest, lake: Lake) -> Lake:
    """Return a lake whose newest log entry is as a power cut or a bad disk may leave it."""
    path = entry(lake, 2)
    text = path.read_text()
    path.write_text(TORN[request.param](text))
    assert path.read_text() != text
    return lake


def test_a_broken_log_entry_hides_no_other_version(torn: Lake) -> None:
    snapshot = torn.snapshot("toy")
    assert rows(snapshot).equals(numbers(1))
    assert "log entry 00000000000000000002.json is broken" in (snapshot.problem or "")
    assert torn.snapshot("toy", version=0).problem is None


def test_publishing_goes_on_after_a_broken_log_entry_under_a_new_number(torn: Lake) -> None:
    assert publish(torn, numbers(7), source=7).version == 3
    assert publish(torn, numbers(8), source=8).version == 4
    assert [s.version for s in Lake(torn.root).versions("toy")] == [4, 3, 1, 0]


def test_the_broken_entry_and_its_files_are_kept_to_be_mended_by_hand(torn: Lake) -> None:
    before = data_files(torn.root / "toy")
    publish(torn, numbers(7), source=7)
    publish(torn, numbers(8), source=8)

    assert before <= data_files(torn.root / "toy")
    assert entry(torn, 2).with_suffix(".unreadable").exists()


def test_a_broken_old_entry_hides_only_itself(lake: Lake) -> None:
    entry(lake, 1).write_text("{")
    assert lake.snapshot("toy").problem is None
    assert lake.snapshot("toy", version=1).version == 0
    assert [s.version for s in lake.versions("toy")] == [2, 0]


def test_a_flipped_digit_in_the_log_is_damage(lake: Lake) -> None:
    text = entry(lake, 2).read_text()
    entry(lake, 2).write_text(text.replace('"input_sha256":"2"', '"input_sha256":"3"'))
    assert lake.snapshot("toy").version == 1


def test_a_version_of_another_release_is_passed_over_and_left_as_it_is(lake: Lake) -> None:
    actions = [json.loads(line) for line in entry(lake, 2).read_text().splitlines()]
    (info,) = [action["commitInfo"] for action in actions if "commitInfo" in action]
    info["cityboard"]["mood"] = "fine"
    canonical = json.dumps(info["cityboard"], sort_keys=True).encode()
    info["cityboard_sha256"] = hashlib.sha256(canonical).hexdigest()
    entry(lake, 2).write_text("\n".join(json.dumps(action) for action in actions))

    snapshot = lake.snapshot("toy")
    publish(lake, numbers(3), source=3)

    assert snapshot.version == 1
    assert "written by another release of cityboard" in (snapshot.problem or "")
    assert "mood" in entry(lake, 2).read_text()


def test_a_broken_checkpoint_is_made_again(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for n in range(101):
        publish(lake, numbers(n), source=n)
    (checkpoint,) = (lake.root / "toy/_delta_log").glob("*.checkpoint.parquet")
    checkpoint.write_bytes(b"PAR1")

    assert lake.snapshot("toy").version == 100
    assert publish(lake, numbers(101), source=101).version == 101
    assert lake.snapshot("toy", version=3).problem is None


def test_orphans_of_a_killed_publisher_are_swept(lake: Lake) -> None:
    table = lake.root / "toy"
    (table / f"{'0' * 32}.parquet").write_bytes(b"half")
    (table / f"_rejects/{'0' * 32}.parquet").write_bytes(b"half")
    (table / f"_delta_log/{3:020}.json#1").write_bytes(b"half")

    publish(lake, numbers(3), source=3)

    assert data_files(table) == named_files(lake)
    assert not list((table / "_delta_log").glob("*#*"))


def test_the_commit_holds_its_own_checksum_for_other_readers(lake: Lake) -> None:
    (info,) = [
        json.loads(line)["commitInfo"]
        for line in entry(lake, 2).read_text().splitlines()
        if "commitInfo" in line
    ]
    assert set(info["cityboard"]["files"]) == {
        str(path.relative_to(lake.root / "toy"))
        for snapshot in lake.versions("toy")[:1]
        for path in (*snapshot.files, *snapshot.rejects)
    }
