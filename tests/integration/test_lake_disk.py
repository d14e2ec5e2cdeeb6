"""Full and unwritable disks: nothing half-written is visible, the last good version is served."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from filelock import FileLock

from cityboard.errors import LakeError
from cityboard.lake import Lake, disk
from tests.lakes import data_files, named_files, numbers, publish, rows
from tests.publishers import finish, go, start, version_frame

PAGE = 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return an empty disk of 6 MB, or skip where none may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, *, leave: int) -> Path:
    """Fill a disk but for some bytes and return the file to delete afterwards."""
    ballast = folder / "ballast"
    ballast.write_bytes(b"\1" * (os.statvfs(folder).f_bavail * PAGE - leave))
    return ballast


def noise(megabytes: int) -> pl.DataFrame:
    return pl.DataFrame({"noise": os.urandom(megabytes << 20).hex()})


def test_a_frame_larger_than_the_disk_is_refused_in_words(small_disk: Path) -> None:
    lake = Lake(small_disk / "lake")
    publish(lake, numbers(1), source=1)

    with pytest.raises(LakeError, match=r"No space left on device\. Free some space") as caught:
        publish(lake, noise(20), source=2)

    assert str(lake.root) in str(caught.value)
    assert rows(Lake(lake.root).snapshot("toy")).equals(numbers(1))
    assert data_files(lake.root / "toy") == named_files(lake)
    assert publish(lake, numbers(3), source=3).version == 1


def test_the_disk_may_fill_up_at_any_page(small_disk: Path) -> None:
    lake, refused = Lake(small_disk / "lake"), 0
    publish(lake, version_frame(0), source=0)
    for pages in range(30):
        ballast = fill(small_disk, leave=pages * PAGE)
        acknowledged = Lake(lake.root).snapshot("toy").version
        try:
            acknowledged = publish(lake, version_frame(pages), source=f"p{pages}").version
        except LakeError as error:
            assert "No space left on device" in str(error)  # noqa: PT017 - both ends are right
            refused += 1
        snapshot = Lake(lake.root).snapshot("toy")
        assert (snapshot.version, snapshot.problem) == (acknowledged, None)
        assert data_files(lake.root / "toy") == named_files(lake)
        ballast.unlink()

    assert 0 < refused < 30


def test_a_checkpoint_that_finds_no_room_takes_nothing_from_its_version(small_disk: Path) -> None:
    lake = Lake(small_disk / "lake")
    for n in range(99):
        publish(lake, numbers(n), source=n)
    ballast = fill(small_disk, leave=4 * PAGE)

    published = publish(lake, numbers(99), source=99)

    ballast.unlink()
    assert not list((lake.root / "toy/_delta_log").glob("*.checkpoint.parquet"))
    assert Lake(lake.root).snapshot("toy") == published
    assert publish(lake, numbers(100), source=100).version == 100


def test_a_flush_that_fails_after_the_commit_takes_nothing_from_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, flush = Lake(tmp_path / "lake"), os.fsync

    def failing(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "_delta_log":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(LakeError, match=r"toy was not published .*: Input/output error"):
        publish(lake, numbers(1))
    assert rows(lake.snapshot("toy")).equals(numbers(1))


def test_a_publisher_does_not_wait_for_ever_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "WAIT_SECONDS", 0.1)
    (tmp_path / ".locks").mkdir()
    with FileLock(tmp_path / ".locks/toy.lock"), pytest.raises(LakeError, match="has kept it for"):
        publish(Lake(tmp_path), numbers(1))


@pytest.mark.parametrize("largest", [10_000, 1_000], ids=["the data", "the log entry"])
def test_a_limit_on_file_sizes_is_refused_as_a_full_disk_is(tmp_path: Path, largest: int) -> None:
    lake = Lake(tmp_path / "lake")
    publish(lake, version_frame(0), source=0)
    publisher = start("limited", lake.root, largest)
    go(publisher)

    words, version = finish(publisher)

    assert "toy was not published" in words
    assert "File too large. Raise the limit on file sizes" in words
    assert version == "1"
    assert data_files(lake.root / "toy") == named_files(lake)


def test_a_root_that_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file where a folder should be")
    with pytest.raises(LakeError, match=r"toy was not published into .*lake: Not a directory"):
        publish(Lake(tmp_path / "lake"), numbers(1))


def test_a_read_only_disk_serves_what_it_has_and_refuses_to_publish(small_disk: Path) -> None:
    lake = Lake(small_disk / "lake")
    published = publish(lake, numbers(1), source=1)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)

    assert Lake(lake.root).snapshot("toy") == published
    with pytest.raises(LakeError, match=r"Read-only file system\. Set CITYBOARD_HOME"):
        publish(lake, numbers(2), source=2)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into any folder")
def test_a_folder_without_the_right_to_write_serves_and_refuses(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    published = publish(lake, numbers(1), source=1)
    for folder in (lake.root / ".locks", lake.root / "toy", lake.root):
        folder.chmod(0o500)
    try:
        assert Lake(lake.root).snapshot("toy") == published
        with pytest.raises(LakeError, match=r"Permission denied\. Set CITYBOARD_HOME"):
            publish(lake, numbers(2), source=2)
    finally:
        for folder in (lake.root, lake.root / "toy", lake.root / ".locks"):
            folder.chmod(0o700)
