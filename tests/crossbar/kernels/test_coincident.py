"""Updates of a fleet: each chip has the bits that it has alone, in any order, on any number of threads, whatever the others' trains."""

import numpy as np
import pytest
from aihwkit.simulator.configs.devices import ExpStepDevice, PiecewiseStepDevice, PowStepDevice, SoftBoundsDevice
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.kernels import threads
from crossbar.kernels.cells import Cells
from crossbar.kernels.fleet import gathered

SHAPE, PIECE = (40, 210), 64
DEVICES = {
    "few steep": [SoftBoundsDevice(dw_min=1e-3)] * 4,
    "some chips steep": [SoftBoundsDevice(dw_min=dw_min) for dw_min in (1e-3, 0.1, 1e-3, 2e-3)],
    "all steep": [SoftBoundsDevice(dw_min=0.1)] * 4,
    "power": [PowStepDevice(dw_min=1e-3)] * 4,
    "exponential": [ExpStepDevice(dw_min=1e-3)] * 4,
    "piecewise": [PiecewiseStepDevice(dw_min=1e-3, piecewise_up=[1.5, 1.0, 0.2], piecewise_down=[0.3, 1.0, 1.4])] * 4,
}
STEPS = np.array([0.5, 2.0, 0.0, 30.0])
"""Rates in steps: trains of at most 16 slots, of at most 32, none, and of more than 64."""


def lived(devices, chips, x, d, lr_K, order):
    """Weights and counters of some of the chips, each with its own seed, after two updates."""
    fleet = gathered([Cells.made(devices[k], SHAPE, 3 + k) for k in chips])
    for count in (1, 2):
        at = [v[list(chips)].copy() for v in (x, d, lr_K)]
        fleet.update(*at, UpdateParameters(desired_bl=100), count, order, PIECE)
    return {k: (fleet.w_KOI[n], fleet.up_KOI[n], fleet.down_KOI[n]) for n, k in enumerate(chips)}


@pytest.mark.parametrize("samples", [1, 5, 70])
@pytest.mark.parametrize("order", ["sequential", "batched"])
@pytest.mark.parametrize("name", DEVICES)
def test_a_chip_has_the_same_bits_in_any_fleet(name, order, samples, limited):
    rng, devices = np.random.default_rng(samples), DEVICES[name]
    x, d = (rng.normal(size=(4, samples, lines)).astype(np.float32) for lines in SHAPE[::-1])
    x[1, 1:3] = 0.0  # silent samples of one chip
    lr_K = STEPS * [device.dw_min for device in devices]
    threads.limit(3)
    together = lived(devices, (0, 1, 2, 3), x, d, lr_K, order)
    pulses = {k: int(up.sum() + down.sum()) for k, (_, up, down) in together.items()}
    assert pulses[2] == 0
    assert min(pulses[k] for k in (0, 1, 3)) > 100
    for limit, chips in ((2, (3, 1, 2, 0)), (1, (0,)), (1, (1,)), (1, (3,)), (3, (2, 1))):
        threads.limit(limit)
        for k, found in lived(devices, chips, x, d, lr_K, order).items():
            for mine, other in zip(found, together[k], strict=True):
                np.testing.assert_array_equal(mine, other)
