"""Snapshots: what the arrays themselves say, per chip, in the file's dimensions."""

import numpy as np
import pytest
import xarray as xr

from device_models import preset
from experiments.axes import Study
from experiments.build import build
from experiments.rerun import rerun
from experiments.run import prepare, train
from experiments.snapshots import Snapshots
from experiments.spec import Spec
from experiments.sweep import sweep

TREE = {
    "data": {"name": "teacher", "features": 4, "train_samples": 20, "test_samples": 10},
    "network": {"hidden": [3]},
    "rule": {"name": "bp", "lr": 0.5},
    "train": {"epochs": 2, "snapshots": "last"},
}


def _spec(**train) -> Spec:
    return Spec.from_tree({**TREE, "train": {**TREE["train"], **train}})


def test_the_end_of_the_training_is_what_the_arrays_hold() -> None:
    fleet, splits = prepare([_spec(seed=seed) for seed in (0, 1)])
    records = train(fleet, splits)
    cell = preset("fefet_jerry2017_mirror")
    for chip, record in enumerate(records):
        for name, one in fleet.analog.items():
            array = name.replace(" ", "_")
            ledger = one.array.ledger()
            weights = record.variables[f"weights_{array}"]
            assert weights.dims == (f"{array}_output", f"{array}_input")
            np.testing.assert_array_equal(weights.values, one.array.weights()[chip])
            np.testing.assert_array_equal(record.variables[f"writes_up_{array}"].values, ledger.pulses_up_KOI[chip])
            np.testing.assert_array_equal(record.variables[f"writes_down_{array}"].values, ledger.pulses_down_KOI[chip])
            conductance = record.variables[f"conductance_{array}"]
            assert conductance.units == "S"
            assert (conductance.values >= cell.g_min - 0.5 * (cell.g_max - cell.g_min)).all()
        pulses = sum(v.values.sum() for n, v in record.variables.items() if n.startswith(("writes_up_", "writes_down_")))
        assert pulses == pytest.approx(record.variables["pulses"].values[-1])
        assert pulses > 0


def test_conductances_are_those_of_programmed_weights() -> None:
    """w = -1, 0, 1 of the cells are g_min, the middle, g_max; the digital scale does not count."""
    spec = _spec()
    fleet = build([spec], 4, 2)
    one = fleet.analog["layer1"]
    scale = float(one.array.state()["Scaled.scale_K"][0])
    cell = one.cells[0]
    snapshots = Snapshots(fleet.analog, "last")
    inner = one.array.weights()[0].double().numpy() / scale
    snapshots.epoch(last=False)
    assert not snapshots.variables(0)
    snapshots.epoch(last=True)
    found = snapshots.variables(0)["conductance_layer1"].values
    np.testing.assert_allclose(found, np.interp(inner, [-1, 1], [cell.g_min, cell.g_max]), rtol=1e-5)


def test_every_epoch_and_none() -> None:
    fleet, splits = prepare([_spec(snapshots="every")])
    (record,) = train(fleet, splits)
    counts = record.variables["writes_up_layer1"]
    assert counts.dims == ("epoch", "layer1_output", "layer1_input")
    assert counts.values.shape == (3, 3, 4)
    assert not counts.values[0].any()
    assert (np.diff(counts.values, axis=0) >= 0).all()
    fleet, splits = prepare([_spec(snapshots="none")])
    (record,) = train(fleet, splits)
    assert not [name for name in record.variables if name.startswith(("weights_", "writes_up_", "conductance_", "dead_"))]


def test_a_cell_without_conductances_has_none() -> None:
    tree = {**TREE, "device": {"class": "ConstantStepDevice"}}
    fleet = build([Spec.from_tree(tree)], 4, 2)
    snapshots = Snapshots(fleet.analog, "last")
    snapshots.epoch(last=True)
    assert "weights_layer1" in snapshots.variables(0)
    assert "conductance_layer1" not in snapshots.variables(0)


STUCK = {"preset": "fefet_jerry2017_mirror", "response": {"corrupt_devices_prob": 0.25, "corrupt_devices_range": 1.0}}


def test_dead_cells_are_those_that_never_change() -> None:
    tree = {**TREE, "device": STUCK, "network": {"hidden": [12]}, "train": {"epochs": 3, "snapshots": "every"}}
    (record,) = train(*prepare([Spec.from_tree(tree)]))
    dead, weights, writes = (record.variables[f"{kind}_layer1"].values for kind in ("dead", "weights", "writes_up"))
    assert set(np.unique(dead)) == {0.0, 1.0}
    assert (dead == dead[0]).all()
    assert (weights[:, dead[0] == 1] == weights[0, dead[0] == 1]).all()
    assert writes[-1, dead[0] == 1].sum() > 0  # they were pulsed like the others
    (other,) = train(*prepare([Spec.from_tree({**tree, "train": {"epochs": 3, "snapshots": "none"}})]))
    for name, variable in other.variables.items():  # looking changes nothing
        if name != "learning_time":
            np.testing.assert_array_equal(variable.values, record.variables[name].values)


def test_dead_cells_of_hosted_tiles_are_not_looked_for() -> None:
    (record,) = train(*prepare([Spec.from_tree({**TREE, "array": {"host": "hosted"}})]))
    assert "weights_layer1" in record.variables
    assert "dead_layer1" not in record.variables


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_layers_of_different_sizes_share_a_file(tmp_path, engine) -> None:
    out = tmp_path / "results.h5"
    assert sweep(Study(tree=TREE, axes={"network.hidden": [[2], [3]]}), out, workers=1).all_done
    with xr.open_dataset(out, engine=engine) as ds:
        assert ds.conductance_layer1.dims == ("network_hidden", "layer1_output", "layer1_input")
        missing = np.isnan(ds.conductance_layer1).sum(["layer1_output", "layer1_input"])
        assert missing.values.tolist() == [4, 0]
    assert rerun(out, {"network.hidden": ["[2]"]}).same
