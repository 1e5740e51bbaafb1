"""Exponentials and powers in float32 against numpy's in float64."""

import numba
import numpy as np

from crossbar.kernels.elementary import exp, power


@numba.njit
def exponentials(x, y):
    for n in range(x.size):
        y[n] = exp(x[n])


@numba.njit
def powers(x, y, z):
    for n in range(x.size):
        z[n] = power(x[n], y[n])


def test_exponentials_to_a_rounding():
    x = np.linspace(-87, 88, 1_000_001).astype(np.float32)
    y = np.empty_like(x)
    exponentials(x, y)
    error = abs(y / np.exp(x.astype(np.float64)) - 1)
    assert error.max() < 2**-23, error.max() * 2**23
    far, limits = np.array([-1e9, -100.0, 100.0, np.inf], dtype=np.float32), np.empty(4, dtype=np.float32)
    exponentials(far, limits)
    np.testing.assert_allclose(limits, np.exp(np.array([-87.0, -87.0, 88.0, 88.0])), rtol=2**-23)


def test_powers_to_a_rounding_of_the_exponent():
    rng = np.random.default_rng(0)
    x, y = rng.random(1_000_000).astype(np.float32), rng.uniform(-3, 3, 1_000_000).astype(np.float32)
    x[:1000] = np.float32(1) - np.arange(1000, dtype=np.float32) * np.float32(2**-24)
    z = np.empty_like(x)
    powers(x, y, z)
    wide, exponent = x.astype(np.float64), y * np.log(np.maximum(x, 2.0**-126).astype(np.float64))
    inside = (abs(exponent) < 80) & (x > 0)
    error = abs(z / np.power(wide, y.astype(np.float64), where=inside, out=np.ones_like(wide)) - 1)[inside]
    assert (error < 2**-23 * (1 + 2 * abs(exponent[inside]))).all(), (error / (1 + 2 * abs(exponent[inside]))).max() * 2**23


def test_powers_of_zero():
    x, y, z = np.zeros(3, dtype=np.float32), np.array([0.5, 0.0, -0.5], dtype=np.float32), np.empty(3, dtype=np.float32)
    powers(x, y, z)
    assert z.tolist() == [0.0, 1.0, np.inf]
