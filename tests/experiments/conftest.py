import json
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.record import Record, Variable
from experiments.results import write_results
from experiments.spec import Spec

LONG_NAMES = {
    "test_accuracy": ("1", "test accuracy"),
    "train_accuracy": ("1", "training accuracy, as met while learning"),
    "test_loss": ("1", "test loss"),
    "train_loss": ("1", "training loss, as met while learning"),
    "decorrelation_loss": ("1", "correlation of the layers' inputs: norm of <x x^T>"),
    "pulses_per_cell": ("1", "pulses per cell, since the start"),
    "energy": ("J", "energy of all pulses, since the start"),
    "latency": ("s", "time of all reads and writes, since the start"),
    "endurance_used_largest": ("1", "pulses on the busiest cell, over the cells' rated endurance"),
}

Curves = Mapping[str, Sequence[float]]
Run = Callable[[dict[str, Any]], "Curves | str"]


@pytest.fixture
def curves() -> Callable[..., Curves]:
    """A run's curves from its accuracy: everything else is a plain function of it or of the epoch, unless given."""

    def made(*accuracy: float, **further: Sequence[float]) -> Curves:
        epoch, loss = np.arange(len(accuracy), dtype=float), 2.0 - np.array(accuracy)
        shares = {"test_accuracy": accuracy, "train_accuracy": accuracy, "test_loss": loss, "train_loss": loss}
        return {**shares, "pulses_per_cell": 10 * epoch, "energy": 1e-9 * epoch, "decorrelation_loss": 0.1 / (1 + epoch), **further}

    return made


@pytest.fixture
def results_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a results file: ``run`` gives the curves at each point of the axes, or the status of a run that gave none."""

    def write(axes: Mapping[str, Sequence[Any]], run: Run, *, tree: Mapping[str, Any] | None = None, **attributes: str) -> Path:
        spec = Spec.from_tree(tree or {}).json()
        points = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
        records = [_record(n, spec, run(point)) for n, point in enumerate(points)]
        sweep = json.dumps({key: list(values) for key, values in axes.items()})
        path = tmp_path / "results.h5"
        write_results(path, axes, records, {"spec": spec, "sweep": sweep, **attributes})
        return path

    return write


def _record(number: int, spec: str, outcome: Curves | str) -> Record | None:
    if outcome == "missing":
        return None
    if isinstance(outcome, str):
        status, _, message = outcome.partition(": ")
        return Record(spec=spec, spec_hash=f"{number:064x}", status=status, message=message)
    variables = {name: Variable(np.asarray(values, dtype=float), *LONG_NAMES[name]) for name, values in outcome.items()}
    return Record(spec=spec, spec_hash=f"{number:064x}", status="ok", variables=variables)
