"""One fleet from specs to records, against a training loop written out by hand."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from analogdecor.draws import Draws
from analogdecor.initial import kaiming_uniform
from experiments.meter import CATALOGUE
from experiments.run import failed, prepare, run
from experiments.spec import Spec
from experiments.splits import load

SMALL = {
    "data": {"name": "teacher", "features": 6, "classes": 3, "train_samples": 90, "test_samples": 40, "validation_size": 20},
    "network": {"hidden": [5]},
    "train": {"epochs": 2, "batch_size": 16, "seed": 4},
}


def spec(**sections) -> Spec:
    merged = {name: {**SMALL.get(name, {}), **sections.get(name, {})} for name in {*SMALL, *sections}}
    return Spec.from_tree(merged)


def exact(**sections) -> Spec:
    plain = {"array": {"host": "exact"}, "write": {"scheme": "direct"}, "rule": {"name": "bp", "lr": 0.3}, "decorrelation": {"on": "none"}}
    return spec(**{name: {**plain.get(name, {}), **sections.get(name, {})} for name in {*plain, *sections}})


def by_hand(wanted: Spec) -> list[float]:
    """Test loss after every epoch of plain gradient descent in float64."""
    seed, splits = wanted.train.seed, load(wanted.data)
    shapes = ((5, 6), (3, 5))
    weights = [kaiming_uniform([seed], shape, f"layer{n}")[0].double().requires_grad_() for n, shape in enumerate(shapes, start=1)]
    biases = [torch.zeros(shape[0], dtype=torch.float64, requires_grad=True) for shape in shapes]
    order = Draws([seed], "data order")

    def loss(x, y):
        hidden = F.leaky_relu(x.double() @ weights[0].T + biases[0], 0.01)
        return F.cross_entropy(hidden @ weights[1].T + biases[1], y)

    losses = [loss(splits.test.inputs, splits.test.labels).item()]
    for _ in range(wanted.train.epochs):
        for chosen in order.permutation(len(splits.train))[0].split(wanted.train.batch_size):
            parameters = [*weights, *biases]
            grads = torch.autograd.grad(loss(splits.train.inputs[chosen], splits.train.labels[chosen]), parameters)
            with torch.no_grad():
                for parameter, grad in zip(parameters, grads, strict=True):
                    parameter -= wanted.rule.lr * grad
        losses.append(loss(splits.test.inputs, splits.test.labels).item())
    return losses


def test_on_exact_arrays_backprop_is_gradient_descent() -> None:
    (record,) = run([exact()])
    np.testing.assert_allclose(record.variables["test_loss"].values, by_hand(exact()), rtol=1e-9)


def test_everything_in_the_catalogue_is_measured() -> None:
    (record,) = run([spec()])
    over_epochs = {name: variable for name, variable in record.variables.items() if variable.dims == ("epoch",)}
    arrays = [f"{layer}{part}" for layer in ("layer1", "layer2") for part in ("", "_decorrelator")]
    own = {f"{kind}_in_{array}" for kind in ("pulses", "energy") for array in arrays}
    assert set(CATALOGUE) | {"correlation_layer1", "correlation_layer2"} | own == set(over_epochs)
    assert {len(variable.values) for variable in over_epochs.values()} == {3}
    assert set(record.variables) - set(over_epochs) == {"fleet_chips", "fleet_position"}
    assert record.status == "ok"
    assert all(0 <= record.variables[f"{part}_accuracy"].values.min() <= 1 for part in ("train", "validation", "test"))


def test_costs_are_those_of_learning_alone() -> None:
    """70 samples per epoch; every array on cells reads each once forward; backward: W2 for the delta, R2 behind it, and both R for copi."""
    (record,) = run([spec(rule={"name": "bp"}, decorrelation={"name": "scaled", "on": "crossbar"})])
    samples = 70 * np.arange(3)
    np.testing.assert_array_equal(record.variables["forward_reads"].values, 4 * samples)
    np.testing.assert_array_equal(record.variables["backward_reads"].values, 4 * samples)
    pulses = record.variables["pulses"].values
    assert pulses[0] == 0
    assert (np.diff(pulses) >= 0).all()
    cells = 5 * 6 + 3 * 5 + 6 * 6 + 5 * 5
    np.testing.assert_allclose(record.variables["pulses_per_cell"].values, pulses / cells)


def test_energy_is_nan_where_the_source_gives_none() -> None:
    (known,), (unknown,) = run([spec(rule={"name": "bp", "lr": 1.0})]), run([spec(device={"preset": "gokmen_vlasov"})])
    assert np.isnan(unknown.variables["energy"].values).all()
    assert known.variables["pulses"].values[-1] > 0
    assert known.variables["energy"].values[-1] > 0


def test_a_record_says_how_its_chip_was_grouped() -> None:
    records = run([exact(train={"seed": seed}) for seed in range(3)])
    assert [float(record.variables["fleet_chips"].values) for record in records] == [3, 3, 3]
    assert [float(record.variables["fleet_position"].values) for record in records] == [0, 1, 2]


def test_learning_time_is_shared_out() -> None:
    """The chips of a fleet learn together: each has its part of the same time."""
    times = [record.variables["learning_time"].values for record in run([exact(train={"seed": seed}) for seed in range(3)])]
    assert (times[0] == times[1]).all()
    assert (np.diff(times[0]) > 0).all()


def test_the_same_spec_gives_the_same_numbers() -> None:
    first, second = (run([spec(array={"host": "pulsed"}, rule={"name": "anp", "lr": 0.3})])[0] for _ in range(2))
    for name in set(first.variables) - {"learning_time"}:
        np.testing.assert_array_equal(first.variables[name].values, second.variables[name].values)


def test_an_overflow_is_a_result_marked_diverged() -> None:
    (record,) = run([exact(rule={"lr": 1e38})])
    assert record.status == "diverged"
    assert np.isfinite(record.variables["test_loss"].values[0])
    assert np.isnan(record.variables["test_loss"].values[-1])
    assert np.isnan(record.variables["test_accuracy"].values[-1])
    assert np.isnan(record.variables["forward_reads"].values[-1])


def test_only_the_chip_that_diverged_is_marked() -> None:
    broken, fine = run([exact(rule={"lr": 1e38}), exact()])
    assert (broken.status, fine.status) == ("diverged", "ok")
    np.testing.assert_allclose(fine.variables["test_loss"].values, by_hand(exact()), rtol=1e-9)


def test_a_record_says_where_it_comes_from() -> None:
    (record,) = run([spec(array={"host": "hosted"}, train={"epochs": 0}, decorrelation={"device": {"preset": "gokmen_vlasov"}})])
    assert Spec.from_tree(json.loads(record.spec)).hash == record.spec_hash
    wanted = {
        "python_version",
        "torch_version",
        "aihwkit_version",
        "numpy_version",
        "h5py_version",
        "analogdecor_version",
        "git_commit",
        "git_dirty",
    }
    wanted |= {"hostname", "start_utc", "end_utc", "seed", "seeding", "preset", "preset_citation", "preset_doi", "preset_confidence"}
    wanted |= {"data_source", "data_train_size", "data_train_sha256", "decorrelator_preset_citation", "seeding_cycle-to-cycle_spread"}
    assert wanted <= set(record.attributes)
    assert record.attributes["start_utc"] <= record.attributes["end_utc"]


def test_on_epoch_sees_every_epoch() -> None:
    seen = []
    run([exact()], lambda epoch, measured: seen.append((epoch, float(measured["test_loss"][0]))))
    np.testing.assert_allclose(seen, list(enumerate(by_hand(exact()))), rtol=1e-9)


def test_what_does_not_fit_shows_before_training() -> None:
    with pytest.raises(ValueError, match="training samples"):
        prepare([spec(data={"train_size": 10_000})])


def test_a_failed_record_holds_the_traceback() -> None:
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError as error:
        record = failed(spec(), error, "2026-01-01T00:00:00+00:00")
    assert record.status == "failed"
    assert record.message.startswith("Traceback")
    assert record.message.strip().endswith("ZeroDivisionError: by nothing")
