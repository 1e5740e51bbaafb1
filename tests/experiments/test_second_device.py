"""A whole run away from the CPU: nothing in layers, rules, decorrelators, wrappers or records mixes devices."""

import numpy as np
import pytest
import torch

from analogdecor import decorrelation, rules
from crossbar import computing
from experiments.record import Record
from experiments.run import run
from experiments.spec import Spec
from tests.elsewhere import DEVICE, Elsewhere, elsewhere


def specs(rule: str, decorrelator: str, **array: object) -> list[Spec]:
    tree = {
        "data": {"train_size": 96, "test_size": 64, "validation_size": 32},
        "network": {"hidden": [6]},
        "array": array,
        "write": {"scheme": "direct"},  # accumulate takes whole steps: a rounding can decide one
        "rule": {"name": rule},
        "decorrelation": {"name": decorrelator, "lr": 1e-4},
    }
    return [Spec.from_tree({**tree, "train": {"epochs": 1, "snapshots": "last", "seed": seed}}) for seed in range(2)]


def same(ours: Record, theirs: Record) -> None:
    assert ours.status == theirs.status == "ok"
    assert ours.variables.keys() == theirs.variables.keys()
    for name, variable in ours.variables.items():
        if name != "learning_time":
            np.testing.assert_allclose(variable.values, theirs.variables[name].values, rtol=1e-9, err_msg=name)


def test_tensors_of_two_devices_do_not_meet():
    with elsewhere() as device:
        there = torch.ones(3, device=device)
        assert isinstance(there, Elsewhere)
        assert float(there.sum()) == 3.0
        with pytest.raises(RuntimeError, match="two devices"):
            there + torch.ones(3)
        with pytest.raises(RuntimeError, match="not supported"):
            there.numpy()
        assert torch.equal((there + torch.ones(3).to(device)).cpu(), torch.full((3,), 2.0))


def learnt_there(wanted: list[Spec], monkeypatch) -> list[Record]:
    with monkeypatch.context() as patch, elsewhere():
        patch.setattr(computing, "device_of", lambda name: DEVICE)
        return run(wanted)


@pytest.mark.parametrize("pair", [*((rule, "scaled") for rule in rules.FOLDER.names()), ("bp", "copi"), ("bp", "dbp"), ("bp", "recurrent")])
def test_exact_arrays_learn_the_same_there(pair, monkeypatch):
    assert {"scaled", "copi", "dbp", "recurrent"} == set(decorrelation.FOLDER.names())
    wanted = specs(*pair, host="exact")
    for ours, theirs in zip(learnt_there(wanted, monkeypatch), run(wanted), strict=True):
        same(ours, theirs)
