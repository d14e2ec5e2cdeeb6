"""What peers need that the project does not: packages installed once, beside it."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import platformdirs

from benchmarks.peers.work import MissingPeerError

INSTALL_SECONDS = 1200


def cache_folder() -> Path:
    """Return where such packages are kept (`CITYBOARD_BENCH_CACHE`, or the user's cache)."""
    named = os.environ.get("CITYBOARD_BENCH_CACHE")
    return Path(named or platformdirs.user_cache_dir("cityboard-benchmarks", appauthor=False))


def python_with(name: str, packages: list[str]) -> Path:
    """Return the interpreter of an environment of its own that has some packages.

    Args:
        name: Of the environment; change it when the packages change.
        packages: As pip takes them; only wheels.

    Raises:
        MissingPeerError: They could not be installed.
    """
    folder = cache_folder() / name
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if (folder / "installed").exists():
        return python
    venv.create(folder, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *packages]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
    )
    if done.returncode:
        msg = f"{', '.join(packages)} could not be installed: {done.stderr.strip()[-300:]}"
        raise MissingPeerError(msg)
    (folder / "installed").touch()
    return python
