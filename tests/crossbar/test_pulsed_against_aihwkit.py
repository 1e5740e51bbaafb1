"""The pulsed array and aihwkit's tile are the same in distribution: two-sample tests on replicates with fresh cells each.

Every replicate is a tile with its own device-to-device draw. Its statistics are sums over its cells, so that they see means, spreads, and
the correlation of cells that share a row or a column train; the two samples of replicates are compared by Welch's z. The bound of 5.3
sigma has a false-alarm probability of 1.2e-7 per comparison, 6e-5 for the 500 comparisons of this file together; aihwkit's side is
not seedable, ours is fixed.
"""

import numpy as np
import pytest
import torch
from aihwkit.simulator.configs import SingleRPUConfig
from aihwkit.simulator.configs.devices import (
    ConstantStepDevice,
    ExpStepDevice,
    IdealDevice,
    LinearStepDevice,
    PiecewiseStepDevice,
    PowStepDevice,
    SoftBoundsDevice,
    SoftBoundsReferenceDevice,
)
from aihwkit.simulator.parameters.io import IOParameters
from aihwkit.simulator.parameters.training import UpdateParameters
from aihwkit.simulator.tiles import AnalogTile

from crossbar.pulsed import Pulsed
from device_models.cell import as_cell

SHAPE = (12, 16)
REPLICATES = 80
BOUND = 5.3
DEVICES = {
    "constant": ConstantStepDevice(up_down=0.1, dw_min=2e-3),
    "linear": LinearStepDevice(gamma_up=0.5, gamma_down=0.3, dw_min=2e-3),
    "linear-additive": LinearStepDevice(gamma_up=0.5, gamma_down=0.3, mult_noise=False, dw_min_std=3.0, dw_min=2e-3),
    "soft": SoftBoundsDevice(dw_min=2e-3),
    "soft-coarse": SoftBoundsDevice(dw_min=0.1, dw_min_std=0.5),
    "write-noise": SoftBoundsDevice(dw_min=2e-3, write_noise_std=20.0),
    "reference": SoftBoundsReferenceDevice(dw_min=2e-3, reference_std=0.1, subtract_symmetry_point=True, dw_min_std=1.0),
    "exponential": ExpStepDevice(dw_min=2e-3, dw_min_std=1.0),
    "power": PowStepDevice(pow_gamma=1.5, dw_min=2e-3),
    "piecewise": PiecewiseStepDevice(piecewise_up=[1.5, 1.0, 0.5], piecewise_down=[0.5, 1.0, 1.5], dw_min=2e-3),
    "corrupt": LinearStepDevice(corrupt_devices_prob=0.3, dw_min=2e-3),
    "ideal": IdealDevice(diffusion=0.01, lifetime=100.0),
}
CASES = {"one, sparse": (1, 0.005), "one, dense": (1, 0.5), "200, sparse": (200, 0.001), "200, dense": (200, 0.1)}


def vectors(samples):
    g = torch.Generator().manual_seed(2)
    x = torch.randn(samples, SHAPE[1], generator=g) + 0.5
    d = torch.randn(samples, SHAPE[0], generator=g) - 0.3
    return x, d


def ours(device, x, d, lr, parameters, order):
    io = IOParameters()
    seeds = range(REPLICATES)
    array = Pulsed(SHAPE, as_cell(device), seeds=seeds, forward_io=io, backward_io=io, update_parameters=parameters, order=order)
    array.program(torch.full((REPLICATES, *SHAPE), 0.05))
    array.update(x.expand(REPLICATES, -1, -1), d.expand(REPLICATES, -1, -1), lr)
    return array.weights().double().numpy()


def theirs(device, x, d, lr, parameters):
    weights = []
    for _ in range(REPLICATES):
        tile = AnalogTile(*SHAPE, SingleRPUConfig(device=device, update=parameters))
        tile.set_weights(torch.full(SHAPE, 0.05))
        tile.set_learning_rate(lr)
        tile.update(x, d)
        if isinstance(device, IdealDevice) or device.lifetime > 0:
            tile.decay_weights()
        if device.diffusion > 0:
            tile.diffuse_weights()
        weights.append(tile.get_weights()[0].double().numpy())
    return np.stack(weights)


def statistics(w_KOI, direction_OI):
    """One number per replicate each: mean move, spread of cells, spread of row means, of column means, of the tile's mean; third moment."""
    move = (w_KOI - 0.05) * direction_OI
    centred = move - move.mean(0)
    return {
        "mean": move.mean((1, 2)),
        "spread over cells": (move**2).mean((1, 2)),
        "variance": (centred**2).mean((1, 2)),
        "row covariance": (centred.mean(2) ** 2).mean(1),
        "column covariance": (centred.mean(1) ** 2).mean(1),
        "tile covariance": centred.mean((1, 2)) ** 2,
        "skewness": (move**3).mean((1, 2)),
    }


def compare(a_KOI, b_KOI, direction_OI):
    worst = {}
    first, second = statistics(a_KOI, direction_OI), statistics(b_KOI, direction_OI)
    for name, a in first.items():
        b = second[name]
        worst[name] = abs(a.mean() - b.mean()) / np.sqrt((a.var() + b.var()) / REPLICATES + 1e-24)
    print(worst)
    return worst


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", DEVICES)
def test_updates_are_aihwkits_in_distribution(name, case):
    samples, lr = CASES[case]
    x, d = vectors(samples)
    direction = -torch.sign(d.T @ x).double().numpy()
    b = theirs(DEVICES[name], x, d, lr, UpdateParameters())
    worst = compare(ours(DEVICES[name], x, d, lr, UpdateParameters(), "sequential"), b, direction)
    assert max(worst.values()) < BOUND, worst


@pytest.mark.parametrize("case", ["one, sparse", "200, sparse"])
@pytest.mark.parametrize("name", ["constant", "soft", "reference"])
def test_the_batched_order_is_in_distribution_where_samples_come_in_random_order(name, case):
    samples, lr = CASES[case]
    x, d = vectors(samples)
    direction = -torch.sign(d.T @ x).double().numpy()
    b = theirs(DEVICES[name], x, d, lr, UpdateParameters())
    worst = compare(ours(DEVICES[name], x, d, lr, UpdateParameters(), "batched"), b, direction)
    assert max(worst.values()) < BOUND, worst


UPDATES = {
    "long trains": UpdateParameters(desired_bl=100),
    "no management": UpdateParameters(update_bl_management=False, update_management=False),
    "no length management": UpdateParameters(update_bl_management=False),
    "free length": UpdateParameters(update_bl_management=False, update_management=False, fixed_bl=False, desired_bl=5),
    "coarse probabilities": UpdateParameters(res=0.1),
    "rounded at random": UpdateParameters(res=0.1, sto_round=True),
    "gradient scale": UpdateParameters(um_grad_scale=0.5),
}


@pytest.mark.parametrize("lr", [0.005, 0.2])
@pytest.mark.parametrize("name", UPDATES)
def test_trains_are_aihwkits_in_distribution(name, lr):
    x, d = vectors(3)
    direction = -torch.sign(d.T @ x).double().numpy()
    b = theirs(DEVICES["soft"], x, d, lr, UPDATES[name])
    worst = compare(ours(DEVICES["soft"], x, d, lr, UPDATES[name], "sequential"), b, direction)
    assert max(worst.values()) < BOUND, worst


@pytest.mark.parametrize("wrong", [{"dw_min": 3e-3}, {"dw_min_std": 0.6}, {"dw_min_dtod": 0.5}, {"up_down": 0.2}], ids=str)
def test_the_comparison_sees_a_wrong_parameter(wrong):
    """The same tests with one parameter of ours changed must fail: their power, not only their size."""
    samples, lr = CASES["200, sparse"]
    x, d = vectors(samples)
    direction = -torch.sign(d.T @ x).double().numpy()
    right = ConstantStepDevice(dw_min=2e-3, w_max=5.0, w_min=-5.0)
    b = theirs(right, x, d, lr, UpdateParameters())
    a = ours(ConstantStepDevice(**{**vars(right), **wrong}), x, d, lr, UpdateParameters(), "sequential")
    assert max(compare(a, b, direction).values()) > BOUND
