"""After training: numbers against the same chips aged by hand, and their way through results files."""

import io
import json

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

from experiments.info import info
from experiments.join import join
from experiments.results import write_results
from experiments.run import prepare, run, train
from experiments.select import select, selection_of
from experiments.shard import read_record, write_shard
from experiments.spec import Spec
from experiments.study import load_sweep

TIMES, CYCLES = [1.0, 1e4, 1e8], [1e3, 1e5]
TREE = {
    "data": {"name": "teacher", "features": 6, "classes": 3, "train_samples": 90, "test_samples": 60},
    "network": {"hidden": [5]},
    "array": {"forward": {"is_perfect": True}, "backward": {"is_perfect": True}},
    "rule": {"name": "bp", "lr": 1.0},
    "decorrelation": {"on": "none"},
    "ageing": {"retention": {"r": 0.08, "t0": 1.0, "relaxed": 0.6}, "d2d": 0.5, "endurance": {"eta": 1e4, "stuck_at": 1.0}},
    "train": {"epochs": 2, "batch_size": 10},
    "shelf": {"times": TIMES, "cycles": CYCLES, "heal_epochs": 3},
}


def spec(**sections):
    return Spec.from_tree({**TREE, **sections})


@pytest.fixture(scope="module")
def records():
    return run([spec(train={"epochs": 2, "batch_size": 10, "seed": seed}) for seed in range(2)])


def test_times_and_cycles_are_labelled_dimensions(records) -> None:
    for record in records:
        found = {name: variable for name, variable in record.variables.items() if variable.dims != ("epoch",) and variable.dims}
        assert {name: variable.dims for name, variable in found.items()} == {
            "shelf_time": ("shelf_time",),
            "shelf_accuracy": ("shelf_time",),
            "shelf_loss": ("shelf_time",),
            "healing_epoch": ("healing_epoch",),
            "healing_accuracy": ("healing_epoch",),
            "healing_pulses_per_cell": ("healing_epoch",),
            "unaged_accuracy": ("healing_epoch",),
            "wear_cycles": ("wear_cycles",),
            "wear_accuracy": ("wear_cycles",),
            "wear_broken": ("wear_cycles",),
        }
        np.testing.assert_array_equal(found["shelf_time"].values, TIMES)
        np.testing.assert_array_equal(found["healing_epoch"].values, range(4))


def test_healing_starts_where_the_shelf_ends_and_the_unaged_chip_where_training_does(records) -> None:
    """Reads are perfect, so that the same chip is tested alike."""
    for record in records:
        found = {name: variable.values for name, variable in record.variables.items()}
        assert found["healing_accuracy"][0] == found["shelf_accuracy"][-1]
        assert found["unaged_accuracy"][0] == found["test_accuracy"][-1]
        assert found["healing_pulses_per_cell"][0] == 0
        assert found["healing_pulses_per_cell"][-1] > 0
        assert found["shelf_accuracy"][-1] != found["shelf_accuracy"][0]


def test_healing_may_start_after_another_time(records) -> None:
    (early,) = run([spec(shelf={"times": TIMES, "heal_epochs": 1, "heal_after": TIMES[1]})])
    assert early.variables["healing_accuracy"].values[0] == records[0].variables["shelf_accuracy"].values[1]
    (alone,) = run([spec(shelf={"heal_epochs": 1, "heal_after": TIMES[1]})])
    np.testing.assert_array_equal(alone.variables["healing_accuracy"].values, early.variables["healing_accuracy"].values)


def test_a_chip_that_learns_on_unaged_is_one_that_was_trained_longer() -> None:
    (longer,) = run([spec(train={"epochs": 5, "batch_size": 10}, shelf={})])
    (shorter,) = run([spec()])
    np.testing.assert_array_equal(shorter.variables["unaged_accuracy"].values, longer.variables["test_accuracy"].values[2:])


def test_cells_break_by_the_law_as_they_are_cycled(records) -> None:
    """45 + 15 cells of 2 chips within 5 standard errors (6e-7 each), besides the pulses of training, which 1e3 cycles exceed by far."""
    cells = 6 * 5 + 5 * 3
    share = np.mean([record.variables["wear_broken"].values for record in records], axis=0)
    p = 1 - np.exp(-((np.array(CYCLES) / 1e4) ** 2))
    assert abs(share[0] - p[0]) < 5 * (p[0] * (1 - p[0]) / (2 * cells)) ** 0.5 + 1e-3
    assert share[1] == 1.0


def test_a_chip_of_a_fleet_has_the_shelf_it_has_alone(records) -> None:
    (alone,) = run([spec(train={"epochs": 2, "batch_size": 10, "seed": 1})])
    for name, variable in alone.variables.items():
        if name not in ("learning_time", "fleet_chips", "fleet_position"):
            np.testing.assert_array_equal(records[1].variables[name].values, variable.values, err_msg=name)


def test_measuring_leaves_the_chips_as_they_were() -> None:
    fleet, splits = prepare([spec(shelf={"times": [1e8], "heal_epochs": 1, "cycles": [1e5]})])
    train(fleet, splits)
    other, _ = prepare([spec(shelf={})])
    train(other, splits)
    for name, one in fleet.analog.items():
        np.testing.assert_array_equal(one.array.weights(), other.analog[name].array.weights())


def test_the_clock_goes_while_the_chip_learns() -> None:
    """bp: both layers read 90 samples an epoch forward, the second one transposed; 9 steps write both."""
    ticking = {**TREE["ageing"], "clock": {"per_sample": 1.0, "per_read": 0.1, "per_write": 10.0}}
    (record,) = run([spec(ageing=ticking, shelf={})])
    np.testing.assert_allclose(record.variables["chip_time"].values, np.arange(3) * (90 + 0.1 * 3 * 90 + 10 * 2 * 9))
    (timeless,) = run([spec(shelf={})])
    assert not timeless.variables["chip_time"].values.any()
    assert record.variables["test_loss"].values[-1] != timeless.variables["test_loss"].values[-1]


def test_files_keep_the_labels_through_selecting_and_merging(records, tmp_path) -> None:
    attributes = {"spec": records[0].spec, "sweep": json.dumps({"train.seed": [0, 1]})}
    write_results(tmp_path / "all.h5", {"train.seed": [0, 1]}, records, attributes)
    for seed in (0, 1):
        select(tmp_path / "all.h5", selection_of([f"train.seed={seed}"]), tmp_path / f"{seed}.h5")
    out = io.StringIO()
    Console(file=out, width=100).print(info(tmp_path / "all.h5"))
    rows = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert {"shelf_time 1, 10000, 1e+08 s", "healing_epoch 0, 1, 2, 3"} <= set(rows)
    join([tmp_path / "0.h5", tmp_path / "1.h5"], tmp_path / "joined.h5")
    for engine in ("h5netcdf", "netcdf4"):
        with xr.open_dataset(tmp_path / "joined.h5", engine=engine) as joined, xr.open_dataset(tmp_path / "all.h5", engine=engine) as whole:
            assert joined["shelf_accuracy"].dims == ("train_seed", "shelf_time")
            np.testing.assert_array_equal(joined["shelf_time"], TIMES)
            assert joined["shelf_time"].attrs["units"] == "s"
            for name in ("shelf_accuracy", "healing_accuracy", "healing_epoch", "wear_broken"):
                np.testing.assert_array_equal(joined[name], whole[name])


def test_a_shard_keeps_the_labels(records, tmp_path) -> None:
    back = read_record(write_shard(tmp_path, records[0]))
    assert back.variables.keys() == records[0].variables.keys()
    for name, variable in records[0].variables.items():
        assert back.variables[name].dims == variable.dims
        np.testing.assert_array_equal(back.variables[name].values, variable.values)


def test_times_are_no_axis() -> None:
    with pytest.raises(ValueError, match=r"shelf\.times is no axis"):
        load_sweep(None, ["shelf.times=1,10"])
