"""A damaged shard is found by its checksum, told in one line, and run again."""

import numpy as np
import pytest
import xarray as xr

from experiments.axes import Study, points
from experiments.merge import merge
from experiments.record import Record, Variable
from experiments.shard import read_record, shard_path
from experiments.sweep import shards_folder, sweep

TREE = {
    "data": {"name": "teacher", "features": 4, "train_samples": 20, "test_samples": 10},
    "network": {"hidden": [3]},
    "array": {"host": "exact"},
}
STUDY = Study(tree=TREE, axes={"rule.name": ["bp", "fa"], "train.seed": [0, 1, 2]})


class Runner:
    """Stands in for training; counts runs."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, specs):
        self.calls += len(specs)
        return [_record(spec) for spec in specs]


def _record(spec) -> Record:
    variables = {"test_accuracy": Variable(np.array([0.0, spec.train.seed]), "1", "test accuracy")}
    return Record(spec=spec.json(), spec_hash=spec.hash, status="ok", variables=variables)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "results.h5"


@pytest.mark.parametrize("damage", [lambda data: data[:300], lambda data: data[:2000] + b"!" + data[2001:]])
def test_it_is_told_and_run_again(out, capsys, damage) -> None:
    sweep(STUDY, out, workers=1, runner=Runner())
    shard = sorted(shards_folder(out).glob("*.h5"))[0]
    before = shard.read_bytes()
    shard.write_bytes(damage(before))
    again = Runner()
    capsys.readouterr()
    assert sweep(STUDY, out, workers=1, runner=again).all_done
    assert again.calls == 1
    told = [line for line in capsys.readouterr().err.splitlines() if "damaged" in line]
    assert len(told) == 1
    assert str(shard) in told[0]
    assert read_record(shard).status == "ok"


def test_it_is_missing_when_it_is_damaged_later(out) -> None:
    sweep(STUDY, out, workers=1, runner=Runner())
    found, told = points(STUDY), []
    shard = shard_path(shards_folder(out), found[2][1].hash)
    shard.write_bytes(shard.read_bytes()[:-5])
    merged = merge(out, STUDY, found, shards_folder(out), {}, told.append)
    assert merged.statuses == ["ok", "ok", "missing", "ok", "ok", "ok"]
    assert len(told) == 1
    with xr.open_dataset(out) as ds:
        assert ds.status.values.ravel().tolist() == [0, 0, 3, 0, 0, 0]
