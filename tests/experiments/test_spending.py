"""What learning costs, counted by hand."""

import numpy as np

from experiments.run import run
from experiments.spec import Spec

SAMPLES, BATCH = 70, 10
LINES = ((6, 5), (5, 3))  # inputs, outputs of both layers


def learnt(**sections):
    tree = {
        "data": {"name": "teacher", "features": 6, "classes": 3, "train_size": SAMPLES, "test_size": 20},
        "network": {"hidden": [5]},
        "rule": {"name": "bp", "lr": 0.3},
        "decorrelation": {"on": "none"},
        "train": {"epochs": 2, "batch_size": BATCH},
    }
    return run([Spec.from_tree({**tree, **sections})])[0].variables


def per_epoch(variables, name):
    values = variables[name].values
    np.testing.assert_allclose(np.diff(values), values[1])
    return values[1]


def test_conversions_are_those_of_every_line_and_vector() -> None:
    """Backpropagation: both layers read forward, the second one transposed."""
    found = learnt()
    (first_in, first_out), (second_in, second_out) = LINES
    assert per_epoch(found, "dac_conversions") == SAMPLES * (first_in + second_in + second_out)
    assert per_epoch(found, "adc_conversions") == SAMPLES * (first_out + second_out + second_in)


def test_digital_operations_are_scales_accumulators_and_biases() -> None:
    found = learnt()
    scales = SAMPLES * (5 + 3 + 5)
    accumulators = (SAMPLES + SAMPLES // BATCH) * (6 * 5 + 5 * 3)
    biases = (SAMPLES // BATCH + SAMPLES) * (5 + 3)  # read once per batch, written once per sample
    assert per_epoch(found, "digital_operations") == scales + accumulators + biases


def test_a_digital_decorrelator_is_digital_work() -> None:
    """R x* of both layers: one product per cell and sample, and as many for the rule's update of it."""
    none, digital = (learnt(decorrelation={"name": "scaled", "on": on}) for on in ("none", "digital"))
    more = per_epoch(digital, "digital_operations") - per_epoch(none, "digital_operations")
    cells = 6 * 6 + 5 * 5
    assert more >= 2 * SAMPLES * cells
    assert more % SAMPLES == 0


def test_pulses_up_and_down_add_up() -> None:
    found = learnt(rule={"name": "bp", "lr": 3.0})
    assert found["pulses"].values[-1] > 0
    np.testing.assert_array_equal(found["pulses_up"].values + found["pulses_down"].values, found["pulses"].values)


def test_every_array_has_its_share_of_the_bill() -> None:
    found = learnt(rule={"name": "bp", "lr": 3.0}, decorrelation={"on": "crossbar"})
    arrays = [f"layer{n}{part}" for n in (1, 2) for part in ("", "_decorrelator")]
    pulses = sum(found[f"pulses_in_{array}"].values for array in arrays)
    np.testing.assert_array_equal(pulses, found["pulses"].values)
    energy = sum(found[f"energy_in_{array}"].values for array in arrays)
    assert (energy <= found["energy_total"].values).all()  # the biases' digital work is in no array on cells
    np.testing.assert_allclose(energy, found["energy_total"].values, rtol=0.1)
    assert "decorrelator" in found["energy_in_layer1_decorrelator"].long_name
