"""How the recurrent form settles."""

import numpy as np
import pytest


def test_the_error_falls_with_the_reads_at_the_rate_of_the_slowest_direction(records) -> None:
    few, many = (
        records("bp", ["settling"], seeds=(0,), name="recurrent", iterations=iterations, damping=0.3)[0].variables for iterations in (5, 25)
    )
    np.testing.assert_allclose(few["settling_rate"].values[0], 0.7)  # M = 1 before training: |1 - 0.3|
    np.testing.assert_allclose(few["settling_error"].values[0], 0.0, atol=1e-12)  # and x* = z is the fixed point already
    np.testing.assert_allclose(few["settling_rate"].values[1], 0.7)  # pixels that are always 0 never leave M = 1
    assert 0 < many["settling_error"].values[1] < 1e-2 * few["settling_error"].values[1], (few, many)


def test_a_matrix_does_not_settle(records) -> None:
    with pytest.raises(ValueError, match="recurrent form"):
        records("bp", ["settling"])


def test_a_diverged_chip_is_nan(records) -> None:
    for record in records("bp", ["settling"], name="recurrent", lr=1e300, iterations=3):
        assert record.status == "diverged"
        assert np.isnan(record.variables["settling_error"].values[-1])
