"""Convolutions, augmentation, optimizers, blocks and probes away from the CPU: nothing in them mixes devices."""

from pathlib import Path

import numpy as np
import pytest

from crossbar import computing
from experiments.run import run
from experiments.spec import Spec
from tests.elsewhere import DEVICE, elsewhere

CONVNET = {"layers": "convnet", "channels": [3, 4], "hidden": [6]}
CASES = {
    "convnet, adam, feedback": {
        "network": CONVNET,
        "optimizer": {"name": "adam"},
        "rule": {"name": "fa"},
        "probes": ["gradient", "feedback"],
    },
    "convnet, batch norm, kfac": {"network": {**CONVNET, "norm": "batch"}, "optimizer": {"name": "kfac"}, "rule": {"name": "bp"}},
    "blocks, np": {"network": {"hidden": [6]}, "rule": {"name": "np", "lr": 1e-3}, "block": 40, "name": "copi", "probes": ["natural"]},
    "low rank, bp": {"network": {"hidden": [6]}, "rule": {"name": "bp"}, "rank": 4, "name": "copi"},
    "recurrent": {"network": {"hidden": [6]}, "rule": {"name": "bp"}, "name": "recurrent", "probes": ["settling"]},
}


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    g = np.random.default_rng(0)
    x, y = g.integers(0, 256, (120, 3, 8, 8)).astype(np.uint8), g.integers(0, 4, 120)
    np.savez(tmp_path / "pictures.npz", x_train=x, y_train=y, x_test=x[:30], y_test=y[:30])
    return str(tmp_path / "pictures.npz")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_learns_there(case, pictures, monkeypatch) -> None:
    decorrelation = {"on": "digital", "lr": 1e-4, **{key: case[key] for key in ("block", "rank", "name") if key in case}}
    tree = {
        "data": {"name": "arrays", "path": pictures, "mean": [0.5] * 3, "std": [0.2] * 3, "pad": 1, "flip": True},
        "array": {"host": "exact", "dtype": "float32"},
        "write": {"scheme": "direct"},
        "decorrelation": decorrelation,
        **{key: case[key] for key in ("network", "optimizer", "rule") if key in case},
    }
    train = {"epochs": 1, "batch_size": 40, "probes": case.get("probes", [])}
    with monkeypatch.context() as patch, elsewhere():
        patch.setattr(computing, "device_of", lambda name: DEVICE)
        records = run([Spec.from_tree({**tree, "train": {**train, "seed": seed}}) for seed in (0, 1)])
    assert [record.status for record in records] == ["ok", "ok"]
