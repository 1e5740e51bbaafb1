"""A short exact run with probes."""

import numpy as np
import pytest

from experiments.record import Record
from experiments.run import run
from experiments.spec import Spec


@pytest.fixture
def records():
    """``records(rule, probe, seeds, **decorrelation)``: runs of two epochs on a few digits."""

    def made(rule: str, probes: list[str], seeds: tuple[int, ...] = (0, 1), **decorrelation: object) -> list[Record]:
        tree = {
            "data": {"train_size": 128, "test_size": 32, "centre": True, "scale": True},
            "network": {"hidden": [5]},
            "array": {"host": "exact"},
            "write": {"scheme": "direct"},
            "rule": {"name": rule, "lr": 0.05},
            "decorrelation": {"on": "digital", "lr": 1e-3, **decorrelation},
        }
        return run([Spec.from_tree({**tree, "train": {"epochs": 2, "batch_size": 32, "seed": seed, "probes": probes}}) for seed in seeds])

    return made


@pytest.fixture
def unprobed():
    """``unprobed(one, two)``: two records agree in everything that both measured, but for time."""

    def check(one: Record, two: Record) -> None:
        for name in (one.variables.keys() & two.variables.keys()) - {"learning_time", "fleet_chips", "fleet_position"}:
            equal = np.testing.assert_allclose if name.startswith("energy") else np.testing.assert_array_equal  # differences of sums
            equal(one.variables[name].values, two.variables[name].values, err_msg=name)

    return check
