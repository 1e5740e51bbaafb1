"""New values of an axis go into the file that is there, and nothing is run twice."""

import shutil

import numpy as np
import pytest
import xarray as xr

from experiments.append import append, extended, recorded_study, restore
from experiments.axes import Study, points
from experiments.grid import Grid, read_grid
from experiments.record import Record, Variable
from experiments.results import write_results
from experiments.sweep import shards_folder, sweep
from experiments.whens import When

TREE = {
    "data": {"name": "teacher", "features": 4, "train_samples": 20, "test_samples": 10},
    "network": {"hidden": [3]},
    "array": {"host": "exact"},
}
WHENS = (When({"rule.name": "fa"}, {"rule.lr": 0.5}),)
STUDY = Study(tree=TREE, axes={"rule.name": ["fa", "bp"], "train.seed": [0, 2]}, whens=WHENS)


class Runner:
    """Stands in for training: test accuracy is the seed."""

    def __init__(self) -> None:
        self.seeds: list[int] = []

    def __call__(self, specs):
        self.seeds += [spec.train.seed for spec in specs]
        return [_record(spec) for spec in specs]


def _record(spec) -> Record:
    variables = {"test_accuracy": Variable(np.array([0.0, spec.train.seed]), "1", "test accuracy")}
    return Record(spec=spec.json(), spec_hash=spec.hash, status="ok", variables=variables, attributes={"seed": str(spec.train.seed)})


@pytest.fixture
def out(tmp_path):
    sweep(STUDY, tmp_path / "results.h5", workers=1, runner=Runner())
    return tmp_path / "results.h5"


@pytest.mark.parametrize("keep_shards", [True, False])
def test_only_new_runs_are_run(out, keep_shards) -> None:
    if not keep_shards:
        shutil.rmtree(shards_folder(out))
    runner = Runner()
    assert append(out, ["train.seed=1,2"], workers=1, runner=runner).all_done
    assert runner.seeds == [1, 1]
    with xr.open_dataset(out) as ds:
        assert ds.train_seed.values.tolist() == [0, 1, 2]
        assert ds.rule_name.values.tolist() == ["fa", "bp"]
        np.testing.assert_array_equal(ds.test_accuracy.isel(epoch=-1), [[0, 1, 2]] * 2)
    again = recorded_study(read_grid(out))
    assert again.whens == WHENS
    assert [spec.hash for _, spec in points(again)] == [spec.hash for _, spec in points(extended(STUDY, ["train.seed=1"]))]


def test_new_values_stand_in_order_where_the_old_ones_did() -> None:
    axes = {"a.up": [1, 3], "a.down": [3, 1], "a.word": ["x"]}
    more = extended(Study(tree={}, axes=axes), ["a.up=2,0.5", "a.down=2", "a.word=b,x"])
    assert more.axes == {"a.up": [0.5, 1, 2, 3], "a.down": [3, 1, 2], "a.word": ["x", "b"]}


def test_what_is_no_axis_is_refused(out) -> None:
    before = out.read_bytes()
    with pytest.raises(ValueError, match=r"train\.sed"):
        append(out, ["train.sed=1"], runner=Runner())
    assert out.read_bytes() == before


def test_a_file_of_no_sweep_is_refused(tmp_path) -> None:
    write_results(tmp_path / "run.h5", {}, [None], {"spec": "{}"})
    with pytest.raises(ValueError, match="is not the results file of one sweep"):
        append(tmp_path / "run.h5", ["train.seed=1"], runner=Runner())
    assert [path.name for path in tmp_path.iterdir()] == ["run.h5"]


def test_a_strangers_hash_names_no_file_elsewhere(tmp_path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    record = Record(spec="{}", spec_hash="../../stolen", status="ok")
    grid = Grid(inside / "results.h5", {}, {"spec": "{}"})
    write_results(grid.path, {}, [record], {"spec": "{}"})
    with pytest.raises(ValueError, match="another hash"):
        restore(grid, inside / "results.h5.runs")
    assert not list(tmp_path.rglob("stolen*"))
