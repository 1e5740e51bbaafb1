import numpy as np
import pytest

from device_models.fit.robust import CONSISTENCY, C, influence, loss, weight


def test_the_loss_is_scipys():
    z = np.linspace(-8, 8, 33)
    np.testing.assert_allclose(loss(z), C**2 * 2 * (np.sqrt(1 + (z / C) ** 2) - 1))
    np.testing.assert_allclose((loss(z + 1e-6) - loss(z - 1e-6)) / 2e-6, 2 * influence(z), atol=1e-8)
    np.testing.assert_allclose(influence(z), weight(z) * z)


def test_consistency_and_efficiency_for_normal_data():
    """A fixed quadrature instead of scipy's: 4001 points over +-10."""
    z = np.linspace(-10, 10, 4001)
    p = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    assert (CONSISTENCY * z * influence(z) * p).sum() == pytest.approx(1, abs=1e-9)
    curvature = (weight(z) ** 3 * p).sum()
    assert curvature**2 / (influence(z) ** 2 * p).sum() > 0.97


def test_the_loss_falls_by_less_than_the_likelihood():
    """From the true scale to the fitted one, on average by 0.85 where chi^2_1 has 1: 400 samples of 500, 4 sigma, 6e-5 false alarms."""
    rng = np.random.default_rng(0)
    z_ST = rng.standard_normal((400, 500))
    grid = np.exp(np.linspace(-0.25, 0.25, 201))
    cost_GS = np.array([(2 * np.log(s) + CONSISTENCY * loss(z_ST / s)).sum(axis=1) for s in grid])
    fall = cost_GS[100] - cost_GS.min(axis=0)
    error = fall.std(ddof=1) / np.sqrt(400)
    assert abs(fall.mean() - 0.85) < 4 * error, (fall.mean(), error)
