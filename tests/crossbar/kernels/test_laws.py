"""Every law against aihwkit's own tile: its d2d draws, and single pulses without noise from any weight."""

import numpy as np
import pytest
import torch
from aihwkit.simulator.configs import SingleRPUConfig
from aihwkit.simulator.configs.devices import (
    ConstantStepDevice,
    ExpStepDevice,
    LinearStepDevice,
    PiecewiseStepDevice,
    PowStepDevice,
    SoftBoundsDevice,
    SoftBoundsPmaxDevice,
    SoftBoundsReferenceDevice,
)
from aihwkit.simulator.parameters.training import UpdateParameters
from aihwkit.simulator.tiles import AnalogTile

from crossbar.kernels import addressed
from crossbar.kernels import device as drawing
from crossbar.kernels.cells import Cells
from crossbar.kernels.fleet import gathered
from crossbar.kernels.laws import law_module, law_of

SPREAD = {"dw_min": 0.02, "up_down": -0.15, "up_down_dtod": 0.05, "w_min": -0.7, "w_max": 0.9, "w_max_dtod": 0.2, "w_min_dtod": 0.1}
DEVICES = {
    "constant": ConstantStepDevice(**SPREAD),
    "linear": LinearStepDevice(gamma_up=0.4, gamma_down=0.6, gamma_up_dtod=0.2, **SPREAD),
    "linear-own-bound": LinearStepDevice(gamma_up=0.4, gamma_down=0.6, mean_bound_reference=False, mult_noise=False, **SPREAD),
    "linear-growing": LinearStepDevice(gamma_up=-0.4, gamma_down=0.1, gamma_down_dtod=0.3, allow_increasing=True, **SPREAD),
    "linear-reversed": LinearStepDevice(gamma_up=0.4, gamma_down=0.6, reverse_down=True, **SPREAD),
    "soft": SoftBoundsDevice(enforce_consistency=False, dw_min_dtod=0.6, **SPREAD),
    "soft-log": SoftBoundsDevice(dw_min_dtod_log_normal=True, perfect_bias=True, **SPREAD),
    "reference": SoftBoundsReferenceDevice(reference_mean=0.1, reference_std=0.1, slope_up_dtod=0.1, slope_down_dtod=0.2, **SPREAD),
    "reference-symmetric": SoftBoundsReferenceDevice(subtract_symmetry_point=True, mult_noise=True, reset=0.1, reset_dtod=0.2, **SPREAD),
    "exponential": ExpStepDevice(lifetime=100.0, lifetime_dtod=0.2, **SPREAD),
    "power": PowStepDevice(pow_gamma=1.7, pow_up_down=0.2, pow_up_down_dtod=0.1, diffusion=0.1, diffusion_dtod=0.3, **SPREAD),
    "piecewise": PiecewiseStepDevice(piecewise_up=[1.5, 1.0, 0.7, 0.1], piecewise_down=[0.2, 0.8, 1.0, 1.2], **SPREAD),
    "corrupt": LinearStepDevice(corrupt_devices_prob=0.3, corrupt_devices_range=0.4, **SPREAD),
}
ONE_PULSE = UpdateParameters(desired_bl=1, update_bl_management=False, update_management=False)


def quiet(name):
    """The device without c2c noise and, for injection, with its spread."""
    response = DEVICES[name]
    return type(response)(**{**vars(response), "dw_min_std": 0.0})


def tile_of(response, shape):
    return AnalogTile(*shape, SingleRPUConfig(device=response, update=ONE_PULSE))


def twin(name, shape, seed=5):
    """Our cells, and aihwkit's tile with our cells' parameters injected."""
    response = quiet(name)
    cells = Cells.made(response, shape, seed)
    tile = tile_of(response, shape)
    hidden = tile.get_hidden_parameters()
    common = drawing.common(response, drawing.Draws(seed, shape))
    low, high = cells.bounds_2OI
    hidden |= {"max_bound": high, "min_bound": low, "dwmin_up": common.up, "dwmin_down": common.down}
    if cells.law == "linear":
        hidden |= {"slope_up": cells.p_POI[4], "slope_down": cells.p_POI[5]}
    if cells.law == "reference":
        hidden["reference"] = low - cells.p_POI[0]
    if cells.law == "power":
        hidden |= {"gamma_up": cells.p_POI[5], "gamma_down": cells.p_POI[6]}
    tile.set_hidden_parameters({key: torch.from_numpy(np.asarray(value, dtype=np.float32).copy()) for key, value in hidden.items()})
    return cells, tile


@pytest.mark.filterwarnings("ignore:DW min seems to have changed")
@pytest.mark.parametrize("name", DEVICES)
def test_one_pulse_is_aihwkits_pulse_from_any_weight(name):
    shape = (24, 24)
    g = torch.Generator().manual_seed(1)
    for is_down in (False, True):
        cells, tile = twin(name, shape)
        start = 2.4 * torch.rand(shape, generator=g) - 1.2
        cells.program(start.numpy(), 1)
        tile.set_weights(start)
        np.testing.assert_array_equal(cells.w, tile.get_weights()[0].numpy())
        tile.set_learning_rate(float(law_module(cells.law).granularity(cells.response)))
        sign = 1 if is_down else -1
        for o in range(shape[0]):  # one row at a time, so that every cell sees exactly one pulse at probability one
            d = torch.zeros(1, shape[0])
            d[0, o] = sign
            tile.tile.update(torch.ones(1, shape[1]), d, False)
        n_KOI = np.full((1, *shape), -sign, dtype=np.float32)
        gathered([cells]).pulse(n_KOI, addressed.asked(n_KOI)[1], 2)
        # a handful of float32 operations on numbers below 1.2 (bounds may exceed 1 by spread)
        np.testing.assert_allclose(cells.w, tile.get_weights()[0].numpy(), rtol=0, atol=8 * 2**-23)


def moments_agree(ours, theirs, what):
    """Mean and spread of two samples of cells: 4.9 sigma two-sided, false alarm 1e-6 per comparison."""
    n = ours.size
    for power, name in ((1, "mean"), (2, "spread")):
        a, b = (np.asarray(v, dtype=np.float64).ravel() for v in (ours, theirs))
        if power == 2:
            a, b = (a - a.mean()) ** 2, (b - b.mean()) ** 2
        sigma = np.sqrt((a.var() + b.var()) / n)
        z = abs(a.mean() - b.mean()) / max(sigma, 1e-6 * max(abs(b.mean()), 1e-3))
        assert z < 4.9, f"{what} {name}: {a.mean()} and {b.mean()}, {z:.1f} sigma"


@pytest.mark.parametrize("name", DEVICES)
def test_device_to_device_spread_is_aihwkits(name):
    shape = (100, 100)
    response = type(DEVICES[name])(**{**vars(DEVICES[name]), "construction_seed": 7})
    cells = Cells.made(response, shape, 3)
    draws = drawing.Draws(3, shape)
    common = drawing.common(response, draws)
    law_module(cells.law).draw(response, common, draws)  # a reference moves bounds and reset values
    low, high = cells.bounds_2OI
    hidden = {key: value.numpy() for key, value in tile_of(response, shape).get_hidden_parameters().items()}
    ours = {"max_bound": high, "min_bound": low, "dwmin_up": common.up, "dwmin_down": common.down}
    ours |= {"decay_scales": common.decay, "diffusion_rates": common.diffusion, "reset_bias": common.reset}
    if cells.law == "linear":
        ours |= {"slope_up": cells.p_POI[4], "slope_down": cells.p_POI[5]}
    if cells.law == "reference":
        ours["reference"] = low - cells.p_POI[0]
    if cells.law == "power":
        ours |= {"gamma_up": cells.p_POI[5], "gamma_down": cells.p_POI[6]}
    for key, value in ours.items():
        moments_agree(value, hidden[key], key)
    products = {(a, b) for a in ours for b in ours if a < b}
    for a, b in products:  # parameters spread together in both, or in neither
        moments_agree(ours[a] * ours[b], hidden[a] * hidden[b], f"{a} times {b}")


def test_a_law_answers_for_one_class_exactly():
    assert law_of(SoftBoundsDevice()) == "linear"
    with pytest.raises(ValueError, match="SoftBoundsPmaxDevice has no compiled law"):
        law_of(SoftBoundsPmaxDevice())
    with pytest.raises(ValueError, match="equally many nodes"):
        law_module("piecewise").constants(PiecewiseStepDevice(piecewise_up=[1.0, 2.0], piecewise_down=[1.0]))
    with pytest.raises(ValueError, match="mult_noise"):
        Cells.made(LinearStepDevice(reverse_up=True, mult_noise=False), (2, 2), 0)
