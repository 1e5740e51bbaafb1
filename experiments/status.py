"""How far a sweep is, for machines: ``status.json`` in the folder of its shards, replaced whole."""

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from experiments import provenance
from experiments.beats import Beat
from experiments.whole import write_bytes

NAME = "status.json"

Stage = Literal["running", "merging", "finished", "stopped"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a sweep is.

    Attributes:
        stage: running; merging; finished; stopped, where it was interrupted or could not go on. A sweep that was killed still says
            running: its process is gone and ``updated_utc`` grows old.
        runs: how many there are.
        before: how many had ended when the sweep began.
        ok: how many have ended well since.
        diverged: likewise.
        failed: likewise.
        runs_per_second: since the sweep began.
        seconds_left: forecast; None where nothing is known yet.
        workers: how many fleets run at a time.
    """

    stage: Stage
    runs: int
    before: int
    ok: int
    diverged: int
    failed: int
    runs_per_second: float
    seconds_left: float | None
    workers: int


def write_status(folder: Path, progress: Progress, running: Sequence[Beat]) -> None:
    """Write the status file."""
    who = {"host": socket.gethostname(), "pid": os.getpid(), "updated_utc": provenance.now()}
    fleets = [asdict(beat) for beat in running]
    write_bytes(folder / NAME, json.dumps({**asdict(progress), **who, "running": fleets}, indent=1).encode(), durable=False)
