"""The disk under the lake: one publisher of a dataset at a time, and its errors in words."""

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from deltalake.exceptions import DeltaError
from filelock import FileLock, Timeout

from cityboard.errors import LakeError

WAIT_SECONDS = 600  # for another publisher of the same dataset
_ELSEWHERE = "Set CITYBOARD_HOME to a folder that may be written."
REMEDIES = {
    errno.ENOSPC: "Free some space there, or set CITYBOARD_HOME to a larger disk.",
    errno.EDQUOT: "Free some space there, or ask for a larger quota.",
    errno.EFBIG: "Raise the limit on file sizes (ulimit -f), or use another file system.",
    errno.EROFS: _ELSEWHERE,
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
}


@contextlib.contextmanager
def writing(root: Path, dataset: str) -> Iterator[None]:
    """Lock other publishers of a dataset out, and tell what the disk refuses as a `LakeError`."""
    locks = root / ".locks"
    try:
        locks.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / f"{dataset}.lock", timeout=WAIT_SECONDS):
            yield
    except Timeout as error:
        msg = f"{dataset} was not published: another publisher has kept it for {WAIT_SECONDS} s"
        raise LakeError(f"{msg}. Look for a build that hangs, end it, and run again.") from error
    except (OSError, DeltaError, pl.exceptions.PolarsError) as error:
        words, remedy = _words(error)
        msg = f"{dataset} was not published into {root}: {words}. {remedy}"
        raise LakeError(msg) from error


def _words(error: BaseException) -> tuple[str, str]:
    """Return an error of the disk, of Delta or of polars in words, and the remedy."""
    told = re.search(r"os error (\d+)", str(error))
    code = error.errno if isinstance(error, OSError) and error.errno else told and int(told[1])
    if code:
        return os.strerror(code), REMEDIES.get(code, "Look at the disk, then run the build again.")
    lines = [line.strip() for line in str(error).splitlines()]
    return ": ".join(line for line in lines if line)[:500], "Run the build again."
