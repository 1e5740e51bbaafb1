"""Signs of life of the fleets that are running: small files beside the shards, for progress bars and for those who look on.

Workers far away, which do not see the folder, give none.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor

from experiments.record import Record
from experiments.run import run
from experiments.spec import Spec
from experiments.whole import write_bytes

PAUSE = 0.5
"""Seconds between two signs of one fleet, at least."""


@dataclass(frozen=True)
class Beat:
    """Where a fleet is.

    Attributes:
        spec_hash: of its first run.
        chips: how many runs it is.
        epoch: epochs that it has learnt.
        epochs: how many it will.
    """

    spec_hash: str
    chips: int
    epoch: int
    epochs: int


@dataclass(frozen=True)
class Beating:
    """Runs a fleet and gives signs of life.

    Attributes:
        folder: of the shards.
    """

    folder: Path

    def __call__(self, specs: Sequence[Spec]) -> list[Record]:
        """See ``Runner``."""
        if not self.folder.is_dir():
            return run(specs)
        signs = _Signs(self.folder / f"{specs[0].hash}.beat", specs)
        try:
            return run(specs, signs)
        finally:
            signs.path.unlink(missing_ok=True)


class _Signs:
    def __init__(self, path: Path, specs: Sequence[Spec]) -> None:
        self.path, self._specs, self._last = path, specs, time.monotonic()

    def __call__(self, epoch: int, _: Mapping[str, Tensor]) -> None:
        now = time.monotonic()
        if now - self._last >= PAUSE:
            beat = Beat(self._specs[0].hash, len(self._specs), epoch, self._specs[0].train.epochs)
            write_bytes(self.path, json.dumps(asdict(beat)).encode(), durable=False)
            self._last = now


def beats(folder: Path) -> list[Beat]:
    """Where the fleets that are running are."""
    found = [_read(path) for path in sorted(folder.glob("*.beat"))]
    return [beat for beat in found if beat is not None]


def _read(path: Path) -> Beat | None:
    """A sign, or None where the fleet has just ended."""
    try:
        return Beat(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
