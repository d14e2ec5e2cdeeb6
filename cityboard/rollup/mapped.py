"""Arrays on the disk: mapped into memory, compared with their checksum when first touched."""

import threading
from pathlib import Path

import numpy as np
import xxhash

from cityboard.errors import RollupError


class Mapped:
    """An array of a rollup; its pages are shared by all processes and resident where touched.

    Not a cryptographic digest: what it finds is a flipped bit or a torn file, at 18 GB/s, so that a
    whole plane is compared within the first question that needs it.

    Args:
        path: A `.npy` file.
        digest: XXH3 (128 bits) of the array's bytes, as `digest_of` gives it.
    """

    def __init__(self, path: Path, digest: str) -> None:
        self.path, self.digest = path, digest
        self._array: np.ndarray | None = None
        self._opening = threading.Lock()

    @property
    def array(self) -> np.ndarray:
        """Return the array, read only.

        Raises:
            RollupError: The file is missing, torn, or differs from its checksum.
        """
        if self._array is None:
            with self._opening:
                if self._array is None:
                    self._array = self._open()
        return self._array

    def _open(self) -> np.ndarray:
        try:
            array = np.asarray(np.load(self.path, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError, EOFError) as error:
            msg = f"a file of the rollup cannot be read: {error}"
            raise RollupError(f"{msg}. Delete {self.path.parent} and run `cityboard build`") from (
                error
            )
        if digest_of(array) != self.digest:
            msg = f"{self.path.name} of the rollup differs from its checksum"
            raise RollupError(f"{msg}. Delete {self.path.parent} and run `cityboard build`")
        return array


class InMemory:
    """An array that was just computed, in the place of a mapped one."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array.view()
        self.array.flags.writeable = False  # the loops are compiled for arrays that are read only


Held = Mapped | InMemory


def digest_of(array: np.ndarray) -> str:
    """Return the XXH3 (128 bits) of an array's bytes, as hexadecimal digits."""
    return xxhash.xxh3_128_hexdigest(np.ascontiguousarray(array).data)
