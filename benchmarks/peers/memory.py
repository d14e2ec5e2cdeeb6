"""How fast memory is read and copied: what no method that reads rows can beat."""

import dataclasses

import numba
import numpy as np

from benchmarks.peers.work import THREADS, Clock

MEGABYTES = 512
MEASURED = 5


@dataclasses.dataclass(frozen=True)
class Bandwidth:
    """Measured on arrays larger than any cache, with two threads.

    Attributes:
        read_gb_s: Adding up (GB/s read).
        copy_gb_s: Copying (GB/s read and written).
    """

    read_gb_s: float
    copy_gb_s: float


def bandwidth(megabytes: int = MEGABYTES) -> Bandwidth:
    """Measure, and return the best of five."""
    numba.set_num_threads(min(THREADS, numba.config.NUMBA_NUM_THREADS))
    source = np.ones(megabytes * 125_000, np.int64)
    target = np.empty_like(source)
    _add(source)
    _copy(source, target)
    clock, reads, copies = Clock(), [], []
    for _ in range(MEASURED):
        clock.lap()
        _add(source)
        reads.append(clock.lap())
        _copy(source, target)
        copies.append(clock.lap())
    return Bandwidth(source.nbytes / min(reads) / 1e6, 2 * source.nbytes / min(copies) / 1e6)


@numba.njit(parallel=True)
def _add(values):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    parts = np.zeros(THREADS, np.int64)
    for thread in numba.prange(THREADS):
        part = values[len(values) * thread // THREADS : len(values) * (thread + 1) // THREADS]
        total = 0
        for n in range(len(part)):
            total += part[n]
        parts[thread] = total
    return parts.sum()


@numba.njit(parallel=True)
def _copy(source, target):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for n in numba.prange(len(source)):
        target[n] = source[n]
