"""Whole training runs on our pulsed array and on aihwkit's tiles: the same distribution over seeds.

Two-sided Mann-Whitney tests of test loss and test accuracy after training, 20 seeds a side, for three device classes. aihwkit's
pulses are not seeded, so these are new draws every time: at a bound of 1e-5 for each of the six comparisons a suite alarms falsely
once in 16,000 runs. A shift of 1.8 standard deviations of the seeds is found nine times in ten.
"""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from experiments.run import run
from experiments.spec import Spec

SEEDS = range(20)
RUN = {
    "data": {"name": "digits", "centre": True, "train_size": 640},
    "network": {"hidden": [16]},
    "write": {"scheme": "direct"},
    "rule": {"name": "bp", "lr": 0.5},
    "decorrelation": {"on": "none"},
}
CELLS = {
    "ConstantStepDevice": {"dw_min": 0.005},
    "LinearStepDevice": {"dw_min": 0.01, "gamma_up": 0.3, "gamma_down": 0.2},
    "SoftBoundsDevice": {"dw_min": 0.005, "w_max": 1.0, "w_min": -1.0},
}


def trained(host: str, name: str) -> dict[str, np.ndarray]:
    device = {"class": name, "response": CELLS[name]}
    records = run([Spec.from_tree({**RUN, "device": device, "array": {"host": host}, "train": {"epochs": 4, "seed": s}}) for s in SEEDS])
    return {kind: np.array([record.variables[kind].values[-1] for record in records]) for kind in ("test_loss", "test_accuracy")}


@pytest.mark.parametrize("name", CELLS)
def test_training_ends_alike_on_both_hosts(name: str) -> None:
    ours, theirs = trained("pulsed", name), trained("hosted", name)
    assert ours["test_accuracy"].mean() > 0.5  # something was learnt that could differ
    for kind in ours:
        found = mannwhitneyu(ours[kind], theirs[kind]).pvalue
        assert found > 1e-5, (kind, found, ours[kind].mean(), theirs[kind].mean())
