"""The closed form of a batch: its functions against float64's, and the cells that it leaves to be walked."""

from typing import Any

import numpy as np
import pytest
from aihwkit.simulator.configs.devices import SoftBoundsDevice
from aihwkit.simulator.parameters.training import UpdateParameters

from crossbar.kernels import batched, streams, trains
from crossbar.kernels.cells import Cells
from crossbar.kernels.streams import Purpose
from tests.crossbar.kernels.test_updates import numbers, reference


def functions(kappa: Any) -> tuple[Any, Any]:
    """phi = (1 - e^-kappa) / kappa and 1 / (1 + e^-kappa) in float64."""
    kappa = kappa.astype(np.float64)
    return np.where(kappa == 0, 1.0, -np.expm1(-kappa) / np.where(kappa == 0, 1.0, kappa)), 1 / (1 + np.exp(-kappa))


@pytest.mark.parametrize(("which", "reach", "bound"), [("_near", 0.25, 2**-23), ("_far", 8.0, 2**-15)])
def test_the_functions_of_kappa_are_those_of_float64(which: str, reach: float, bound: float) -> None:
    """Near 0 to a unit in the last place. At |kappa| = 8 the series leaves out (1/2)^6 / 5040 = 3e-6, of which doublings make 2e-5."""
    kappa = np.linspace(-reach, reach, 2001, dtype=np.float32)
    found = np.array([getattr(batched, which)(each) for each in kappa], dtype=np.float64).T
    for mine, exact in zip(found, functions(kappa), strict=True):
        assert np.abs(mine / exact - 1).max() < bound


@pytest.mark.parametrize("inputs", [37, 700])
def test_steep_cells_among_others_are_walked_pulse_by_pulse(inputs: int) -> None:
    """About a tenth of the cells, some of which share a row's block; in rows of one block that is not whole, and of two."""
    rng, shape = np.random.default_rng(0), (6, inputs)
    response = SoftBoundsDevice(dw_min=5e-3)
    x, d = (rng.normal(size=(24, lines)).astype(np.float32) for lines in shape[::-1])
    cells = Cells.made(response, shape, 3)
    plan = trains.plan(x, d, 2e-3, 5e-3, UpdateParameters())
    words = cells._lines(x, d, plan, UpdateParameters(), 1, 0)
    stream, sums = streams.key(3, Purpose.PULSE, 1), streams.key(3, Purpose.PULSE_SUM, 1)
    expected, counts = reference(cells, words, stream)
    steep = np.abs(cells.p_POI[4:]).max(0) > 0.005 / 0.3
    assert 0.03 < steep.mean() < 0.3
    own = (cells.w, cells.p_POI, cells.g, cells.up, cells.down)
    for begin, end in ((0, 1), (1, 6)):
        batched.batched(stream, sums, *words, numbers(words), begin, end, *own)
    np.testing.assert_array_equal(np.stack([cells.up, cells.down]), counts)
    error = np.abs(cells.w - expected)
    assert (error <= 2**-25 * 4 * np.maximum(counts.sum(0), 1))[steep].all()  # one float32 rounding of a weight below 1 per pulse
    assert (error > 1e-5)[~steep & (counts.sum(0) > 0)].mean() > 0.9  # the others have one draw for all pulses


def test_long_rows_of_many_words_are_counted_whole() -> None:
    """64 words of 1100 lines are more than stay in the cache at once: the columns are then worked on in three bands."""
    rng, shape = np.random.default_rng(1), (5, 1100)
    x, d = (rng.normal(size=(64, lines)).astype(np.float32) for lines in shape[::-1])
    cells = Cells.made(SoftBoundsDevice(dw_min=1e-3), shape, 3)
    plan = trains.plan(x, d, 1.0, 1e-3, UpdateParameters())
    words = cells._lines(x, d, plan, UpdateParameters(), 1, 0)
    assert 2 * words[0].nbytes > batched._CACHED
    stream = streams.key(3, Purpose.PULSE, 1)
    batched.batched(stream, stream, *words, numbers(words), 0, 5, cells.w, cells.p_POI, cells.g, cells.up, cells.down)
    x_WI, x_negative_WI, d_WO, d_negative_WO = words
    together, opposite = x_WI[:, None] & d_WO[:, :, None], x_negative_WI[:, None] ^ d_negative_WO[:, :, None]
    np.testing.assert_array_equal(cells.up, np.bitwise_count(together & opposite).sum(0))
    np.testing.assert_array_equal(cells.down, np.bitwise_count(together & ~opposite).sum(0))
    assert (cells.w != 0).mean() > 0.99
