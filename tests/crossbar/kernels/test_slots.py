"""The walk of all cells, slot by slot. More of it, device by device, is in ``test_updates``."""

import numpy as np
from aihwkit.simulator.configs.devices import PowStepDevice
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.kernels import streams, trains
from crossbar.kernels.cells import Cells
from crossbar.kernels.laws import law_module
from crossbar.kernels.slots import every
from crossbar.kernels.streams import Purpose
from tests.crossbar.kernels.test_updates import numbers, reference


def test_long_trains_are_walked_piece_by_piece_as_the_reference():
    """24 samples of 100 slots: two pieces of 2048 slots."""
    rng, parameters = np.random.default_rng(0), UpdateParameters(desired_bl=100, update_bl_management=False, update_management=False)
    x, d = rng.normal(size=(24, 21)).astype(np.float32), rng.normal(size=(24, 5)).astype(np.float32)
    device = PowStepDevice(pow_gamma=1.5, dw_min=2e-3)
    cells = Cells.made(device, (5, 21), 3)
    step, plan = law_module(cells.law).step, trains.plan(x, d, 0.01, 2e-3, parameters)
    words = cells._lines(x, d, plan, parameters, 1, 0)
    assert len(words[0]) * 64 > 2048
    stream = streams.key(3, Purpose.PULSE, 1)
    expected, counts = reference(cells, words, stream)
    every(step)(stream, stream, *words, numbers(words), 0, 5, cells.w, cells.p_POI, cells.g, cells.up, cells.down)
    np.testing.assert_array_equal(np.stack([cells.up, cells.down]), counts)
    # one float32 rounding of a weight below 1 per pulse (2^-25), accumulated without cancelling
    assert np.abs(cells.w - expected).max() <= 2**-25 * 4 * counts.sum(0).max()
