import numpy as np
import pytest

from device_models.fit.bounded import Bounded
from device_models.fit.laws import Exponential, Linear, Power, SoftBounds
from device_models.fit.piecewise import Piecewise
from device_models.fit.rescaled import Held, Rescaled
from device_models.steps import bounds, mean_step

LAWS = [
    (Linear(), [0.04, 0.05, 0.6, -0.3]),
    (Linear(), [0.05, 0.04, 0.6, 0.3]),
    (SoftBounds(), [0.06, 0.02, 1.2, -1.0]),
    (Power(), [0.08, 0.1, 1.8, 0.6, 1.3, -1.1]),
    (Power(), [0.1, 0.08, 0.6, 1.8, 1.0, -1.0]),
    (Exponential(), [0.05, 0.06, 0.1, 0.3, 2.5, 0.7]),
    (Piecewise(4), [0.01, 0.05, 0.06, 0.02, 0.03, 0.02, 0.04, 0.0]),
]
GRID = np.linspace(-0.99, 0.99, 41)


@pytest.mark.parametrize(("law", "theta"), LAWS, ids=lambda value: getattr(value, "name", None))
def test_a_law_steps_as_its_device_does(law, theta):
    theta = np.array(theta)
    device = law.device(theta)
    assert type(device).__name__ == law.name
    for up, direction in ((True, 1), (False, -1)):
        own = law.size(np.stack([theta, 2 * theta]), np.stack([GRID, GRID]), up)
        np.testing.assert_allclose(direction * own[0], mean_step(device, GRID, direction), rtol=1e-12)
    assert {name for name in vars(device) if name.endswith("_dtod") and getattr(device, name)} == set()
    edges = law.edges(theta[None])[0] + [-1, 1]
    np.testing.assert_allclose(edges if np.isfinite(edges).all() else bounds(device), bounds(device))


@pytest.mark.parametrize(("law", "theta"), LAWS, ids=lambda value: getattr(value, "name", None))
def test_parameters_limits_and_starts_have_one_length(law, theta):
    for kind in (law, law.individual(np.array(theta)), Bounded(law)):
        lower, upper = kind.limits()
        starts = kind.starts(0.05, 0.04)
        assert {len(kind.parameters), lower.size, upper.size} == {starts[0].size}
        assert all((lower <= s).all() and (s <= upper).all() for s in starts)
        assert "dw_min" in kind.fields(starts[0])


def test_held_and_rescaled_laws_are_the_law_at_the_same_parameters():
    law, theta = LAWS[3][0], np.array(LAWS[3][1])
    held, rescaled = Held(law, theta, free=4), Rescaled(law, theta)
    w = GRID[None]
    np.testing.assert_array_equal(held.size(theta[None, :4], w, True), law.size(theta[None], w, True))
    np.testing.assert_allclose(rescaled.size(np.array([[2.0, 3.0]]), w, False), 3 * law.size(theta[None], w, False))
    assert held.fields(theta[:4]) == law.fields(theta)
    assert rescaled.fields(np.ones(2)) == {name: law.fields(theta)[name] for name in ("dw_min", "up_down")}
    np.testing.assert_array_equal(held.edges(theta[None, :4]), law.edges(theta[None]))


def test_bounded_moves_the_edges():
    law = Bounded(Linear())
    theta = np.array([[0.04, 0.05, 0.6, 0.5, -0.02, 0.03]])
    np.testing.assert_array_equal(law.edges(theta), [[-0.02, 0.03]])
    np.testing.assert_array_equal(law.size(theta, GRID[None], True), Linear().size(theta[:, :4], GRID[None], True))
