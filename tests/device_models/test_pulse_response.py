import numpy as np
import pytest
from aihwkit.simulator.configs.devices import ConstantStepDevice

from device_models import as_cell, preset, preset_names
from device_models.noise import scaled
from device_models.pulse_response import pulse_response

WITH_PULSES = [name for name in preset_names() if name != "ideal"]


@pytest.mark.parametrize(("dw_min", "bound"), [(0.001, 1.0), (0.9, 900.0)])
def test_each_call_is_exactly_one_pulse_on_every_device(dw_min, bound):
    """2000 calls on 64 devices: half a float32 eps of the bound each time stays well below the one pulse that could be missing."""
    device = ConstantStepDevice(dw_min=dw_min, w_min=-bound, w_max=bound)
    w = pulse_response(scaled(as_cell(device), c2c=0, d2d=0), up=1000, down=1000, devices=64, seed=0)
    expected = -bound + dw_min * np.concatenate([np.arange(1001), np.arange(999, -1, -1)])
    rounding = 2000 * 2**-24 * bound
    assert rounding < dw_min / 5
    np.testing.assert_allclose(w, np.broadcast_to(expected[:, None], w.shape), rtol=0, atol=rounding)


@pytest.mark.parametrize("name", WITH_PULSES)
def test_every_preset_goes_up_and_comes_down(name):
    up = min(preset(name).levels or 100, 300)
    w = pulse_response(preset(name), up=up, down=up, devices=200, seed=1)
    assert w.shape == (2 * up + 1, 200)
    assert np.isfinite(w).all()
    means = w.mean(axis=1)
    assert means[up] > means[0]
    assert means[-1] < means[up]


@pytest.mark.parametrize("name", ["idealized", "pcm"])
def test_the_seed_draws_the_devices(name):
    one, same, other = (pulse_response(scaled(preset(name), c2c=0), up=0, down=0, devices=20, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.ptp(one) > 0.01


def test_the_lowest_state_is_each_devices_own():
    """w_min = -1 with a spread of 30 %: the mean of 2000 within 5 standard errors (one fixed draw)."""
    w = pulse_response(preset("idealized"), up=0, down=0, devices=2000, seed=0)
    assert w.mean() == pytest.approx(-1, abs=5 * 0.3 / np.sqrt(2000))
    assert w.std() == pytest.approx(0.3, rel=5 / np.sqrt(4000))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"up": -1}, "numbers of pulses must be 0 or more"),
        ({"down": -1}, "numbers of pulses must be 0 or more"),
        ({"devices": 0}, "devices must be at least 1"),
        ({"seed": -1}, "seed within"),
        ({"seed": 2**31 - 1}, "seed within"),
        ({"cell": preset("ideal")}, "ideal and has no pulses"),
        ({"cell": as_cell(ConstantStepDevice(dw_min=1.5))}, "above 1"),
    ],
)
def test_impossible_requests_are_refused(change, message):
    request = {"cell": preset("ecram"), "up": 1, "down": 1, "devices": 1, "seed": 0} | change
    with pytest.raises(ValueError, match=message):
        pulse_response(request.pop("cell"), **request)
