"""Alignment with the natural gradient, of every chip as if it were alone."""

import numpy as np
import pytest

NAMES = ("natural_alignment", "natural_of_gradient", "natural_of_inputs", "natural_of_deltas", "natural_of_both")


def test_before_training_bp_without_decorrelation_is_the_plain_gradient(records) -> None:
    (record,) = records("bp", ["natural"], seeds=(0,), on="none")
    values = {name: record.variables[name].values for name in (*NAMES, "natural_alignment_euclidean", "delta_correlation")}
    np.testing.assert_allclose(values["natural_alignment"], values["natural_of_gradient"], rtol=1e-9)
    assert all(0 < value <= 1 for name in NAMES for value in values[name])
    assert (values["natural_of_both"] > values["natural_of_gradient"]).all()
    assert (values["delta_correlation"] > 0).all()


def test_whitened_inputs_bring_the_update_towards_the_input_side(records) -> None:
    """With decorrelation the update is the gradient behind R^T R, which tends to the inverse of the inputs' correlation."""
    plain, decorrelated = (records("bp", ["natural"], seeds=(0,), lr=lr)[0].variables for lr in (0.0, 0.1))
    assert decorrelated["natural_alignment"].values[2] > plain["natural_alignment"].values[2]


def test_a_chip_is_measured_as_if_it_were_alone(records) -> None:
    together = records("np", ["natural"], seeds=(3, 4))
    alone = records("np", ["natural"], seeds=(4,))
    for name in NAMES:
        np.testing.assert_array_equal(together[1].variables[name].values, alone[0].variables[name].values)


def test_large_networks_are_refused(records, monkeypatch) -> None:
    monkeypatch.setattr("experiments.probes.natural.LARGEST", 100)
    with pytest.raises(ValueError, match="385 effective weights"):
        records("bp", ["natural"])


def test_a_diverged_chip_is_nan(records) -> None:
    for record in records("bp", ["natural"], name="copi", lr=1e300):
        assert record.status == "diverged"
        assert np.isnan(record.variables["natural_alignment"].values[-1])
