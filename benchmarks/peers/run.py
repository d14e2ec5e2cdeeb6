"""Run one peer: `python -m benchmarks.peers.run FOLDER`, where `job.json` says what.

Leaves `result.json` and `answers.npz` in the folder.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.registry import make_peer
from benchmarks.peers.work import Clock, MissingPeerError, Peer, Step, digest, peak_mb, periods


def run(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Prepare a peer, let it step, and return what to tell of it."""
    try:
        peer = make_peer(job["name"])
        told: dict[str, Any] = {"title": peer.title}
        if peer.most_rows is not None and job["rows"] > peer.most_rows:
            return told | {"note": f"not run above {peer.most_rows:,} rows: {peer.why}"}
        peer.obtain()
    except MissingPeerError as error:
        return {"title": job["name"], "note": str(error)}
    clock = Clock()
    peer.prepare([Path(path) for path in job["files"]], folder / "data")
    told["prepare_s"] = clock.lap() / 1000
    if peer.activates:
        peer.activate()
        told["activation_ms"] = clock.lap()
    told |= measure(peer, job, folder / "answers.npz")
    told["peak_mb"] = peak_mb(peer.pids())
    peer.close()
    return told | {"note": peer.note}


def measure(peer: Peer, job: dict[str, Any], answers: Path) -> dict[str, Any]:
    """Step through the periods, keep the answers and return the times."""
    steps: list[Step] = []
    taken: list[float] = []
    for low, high in periods(job["warm_up"] + job["repeats"]):
        clock = Clock()
        step = peer.step(low, high)
        elapsed = clock.lap()
        steps.append(step)
        taken.append(elapsed if step.ms is None else step.ms)
    arrays = {f"{n} {k}": v for n, step in enumerate(steps) for k, v in step.arrays().items()}
    np.savez_compressed(answers, **arrays)
    measured = steps[job["warm_up"] :]
    return {
        "step_ms": float(np.median(taken[job["warm_up"] :])),
        "p95_ms": float(np.percentile(taken[job["warm_up"] :], 95)),
        "charts_ms": _median([step.charts_ms for step in measured]),
        "map_ms": _median([step.map_ms for step in measured]),
        "digest": digest(steps),
    }


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def main() -> None:
    """Run what the folder says."""
    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text("utf-8"))
    (folder / "result.json").write_text(json.dumps(run(job, folder)), "utf-8")


if __name__ == "__main__":
    main()
